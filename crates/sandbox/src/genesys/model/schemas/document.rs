//! The JSON documents of schemas of custom attributes.

use genesys_users::types::JsonSchemaDocument;
use serde_json::{Map, Value, json};

use super::core_types::{self, PATH};
use crate::http::Error;

/// The limits, by name.
const LIMITS: &[(&str, i64)] = &[
    ("minFieldNameCharacters", 1),
    ("maxFieldNameCharacters", 140),
    ("minFieldTitleCharacters", 1),
    ("maxFieldTitleCharacters", 140),
    ("minFieldDescriptionCharacters", 0),
    ("maxFieldDescriptionCharacters", 255),
    ("minSchemaNameCharacters", 1),
    ("maxSchemaNameCharacters", 140),
    ("minSchemaDescriptionCharacters", 0),
    ("maxSchemaDescriptionCharacters", 255),
    ("maxNumberOfSchemasPerOrg", 20),
    ("maxNumberOfFieldsPerSchema", 50),
    ("maxNumberOfFieldsPerOrg", 200),
];

pub(crate) fn limits() -> Value {
    let limits = LIMITS.iter().map(|(name, limit)| ((*name).to_owned(), json!(limit)));
    let mut limits: Map<String, Value> = limits.collect();
    limits.insert("selfUri".to_owned(), json!(format!("{PATH}/limits")));
    limits.into()
}

pub(crate) fn limit(name: &str) -> i64 {
    LIMITS.iter().find(|(known, _)| *known == name).map_or(0, |(_, limit)| *limit)
}

/// The document of the initial schema.
pub(crate) fn workplace() -> JsonSchemaDocument {
    let field =
        |title: &str, core: &str| json!({ "title": title, "allOf": [{ "$ref": format!("#/definitions/{core}") }] });
    JsonSchemaDocument {
        title: Some("Workplace".to_owned()),
        description: Some("Where somebody works".to_owned()),
        type_: Some("object".to_owned()),
        properties: Some(Map::from_iter([
            ("desk".to_owned(), field("Desk", "identifier")),
            ("remote".to_owned(), field("Works from home", "checkbox")),
        ])),
        ..JsonSchemaDocument::default()
    }
}

/// The number of fields of a schema.
pub(crate) fn fields(document: &JsonSchemaDocument) -> usize {
    document.properties.as_ref().map_or(0, Map::len)
}

pub(crate) fn check_length(name: &str, text: &str, min: &str, max: &str) -> Result<(), Error> {
    let (min, max) = (limit(min), limit(max));
    if i64::try_from(text.chars().count()).is_ok_and(|count| (min..=max).contains(&count)) {
        return Ok(());
    }
    Err(Error::invalid(name, &format!("must have from {min} to {max} characters")))
}

/// Refuses a document that is not an object with fields of core types.
pub(crate) fn check(document: &JsonSchemaDocument) -> Result<(), Error> {
    if document.type_.as_deref().is_some_and(|kind| kind != "object") {
        return Err(Error::invalid("jsonSchema.type", "must be `object`"));
    }
    if let Some(description) = &document.description {
        check_length(
            "jsonSchema.description",
            description,
            "minSchemaDescriptionCharacters",
            "maxSchemaDescriptionCharacters",
        )?;
    }
    let none = Map::new();
    let properties = document.properties.as_ref().unwrap_or(&none);
    let most = limit("maxNumberOfFieldsPerSchema");
    if i64::try_from(properties.len()).is_ok_and(|count| count > most) {
        return Err(Error::invalid("jsonSchema.properties", &format!("holds more than {most} fields")));
    }
    for (name, field) in properties {
        check_field(name, field)?;
    }
    if document.required.iter().flatten().any(|name| !properties.contains_key(name)) {
        return Err(Error::invalid("jsonSchema.required", "names a field that is not among the properties"));
    }
    Ok(())
}

/// The core type of a field, as the editor of the platform refers to it.
pub(crate) fn core_type(field: &Value) -> Option<&str> {
    let reference = field.get("allOf")?.as_array()?.first()?.get("$ref")?.as_str()?;
    reference.rsplit(['/', '#']).next()
}

fn check_field(name: &str, field: &Value) -> Result<(), Error> {
    let at = "jsonSchema.properties";
    check_length(at, name, "minFieldNameCharacters", "maxFieldNameCharacters")?;
    let core = core_type(field);
    let field = field.as_object().ok_or_else(|| Error::invalid(at, "holds a field that is not an object"))?;
    let text = |key: &str| -> Result<Option<&str>, Error> {
        field
            .get(key)
            .map(|value| {
                value
                    .as_str()
                    .ok_or_else(|| Error::invalid(at, &format!("holds a field whose `{key}` is not a string")))
            })
            .transpose()
    };
    if let Some(title) = text("title")? {
        check_length("title", title, "minFieldTitleCharacters", "maxFieldTitleCharacters")?;
    }
    if let Some(description) = text("description")? {
        check_length("description", description, "minFieldDescriptionCharacters", "maxFieldDescriptionCharacters")?;
    }
    // A field has a type, or refers to a core type.
    match (core, text("type")) {
        (Some(name), _) => {
            if core_types::is_known(name) {
                Ok(())
            } else {
                Err(Error::invalid(at, "holds a field whose `$ref` leads to no core type"))
            }
        }
        (None, Ok(Some("string" | "integer" | "number" | "boolean" | "array"))) => Ok(()),
        (None, _) => Err(Error::invalid(
            at,
            "holds a field without a type: give `allOf` with a `$ref` to a core type, or a `type` of string, integer, number, boolean, array",
        )),
    }
}
