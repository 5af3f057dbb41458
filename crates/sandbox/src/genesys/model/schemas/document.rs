//! The JSON documents of schemas of custom attributes.

use genesys_users::types::JsonSchemaDocument;
use regex::Regex;
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

/// Where the fields are.
const AT: &str = "jsonSchema.properties";

/// The types that a field without a core type can have.
const TYPES: [&str; 5] = ["string", "integer", "number", "boolean", "array"];

/// The keywords that limit values, the least beside the most.
pub(crate) const PAIRS: [(&str, &str); 3] =
    [("minLength", "maxLength"), ("minimum", "maximum"), ("minItems", "maxItems")];

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
    match &document.additional_properties {
        None | Some(Value::Bool(_)) => {}
        Some(further) if further.is_object() => check_field("additionalProperties", further)?,
        Some(_) => {
            return Err(Error::invalid(
                "jsonSchema.additionalProperties",
                "must be true, false or the schema of a field",
            ));
        }
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

/// The types that a field names itself.
pub(crate) fn types(field: &Value) -> Vec<&str> {
    match field.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Whether the items of a list have a type of their own. Else they are texts.
pub(crate) fn is_typed(items: &Value) -> bool {
    items.get("type").is_some() || core_type(items).is_some()
}

fn check_field(name: &str, field: &Value) -> Result<(), Error> {
    check_length(AT, name, "minFieldNameCharacters", "maxFieldNameCharacters")?;
    if !field.is_object() {
        return Err(Error::invalid(AT, "holds a field that is not an object"));
    }
    for (key, min, max) in [
        ("title", "minFieldTitleCharacters", "maxFieldTitleCharacters"),
        ("description", "minFieldDescriptionCharacters", "maxFieldDescriptionCharacters"),
    ] {
        match field.get(key) {
            None => {}
            Some(Value::String(text)) => check_length(key, text, min, max)?,
            Some(_) => return Err(wrong(key, "is not a string")),
        }
    }
    // A field has a type, or refers to a core type.
    let core = core_type(field);
    match core {
        Some(name) if !core_types::is_known(name) => return Err(wrong("$ref", "leads to no core type")),
        Some(_) => {}
        None => check_types(field)?,
    }
    check_values(field)?;
    check_limits(core, field)?;
    match field.get("items") {
        None => Ok(()),
        Some(items) if core.is_none() && is_typed(items) => check_field("items", items),
        Some(items) if items.is_object() => {
            check_values(items)?;
            check_item_limits(core, items)
        }
        Some(_) => Err(wrong("items", "is not an object")),
    }
}

fn wrong(key: &str, problem: &str) -> Error {
    Error::invalid(AT, &format!("holds a field whose `{key}` {problem}"))
}

fn check_types(field: &Value) -> Result<(), Error> {
    let named = types(field);
    let count = field.get("type").map_or(0, |given| given.as_array().map_or(1, Vec::len));
    if count > 0 && named.len() == count && named.iter().all(|name| TYPES.contains(name)) {
        return Ok(());
    }
    let known = TYPES.join(", ");
    let message =
        format!("holds a field without a type: give `allOf` with a `$ref` to a core type, or a `type` of {known}");
    Err(Error::invalid(AT, &message))
}

/// Checks the keywords that name values one by one or by their form.
fn check_values(field: &Value) -> Result<(), Error> {
    match field.get("enum") {
        Some(Value::Array(values)) if values.is_empty() => return Err(wrong("enum", "is empty")),
        None | Some(Value::Array(_)) => {}
        Some(_) => return Err(wrong("enum", "is not a list")),
    }
    match field.get("pattern") {
        None => Ok(()),
        Some(Value::String(pattern)) if Regex::new(pattern).is_ok() => Ok(()),
        Some(_) => Err(wrong("pattern", "is not a regular expression")),
    }
}

/// Checks the keywords that limit values. A core type has bounds for them.
fn check_limits(core: Option<&str>, field: &Value) -> Result<(), Error> {
    check_bounds(field, |key| match core {
        Some(core) => {
            core_types::bounds(core, key).ok_or_else(|| wrong(key, &format!("is not a limit of the core type {core}")))
        }
        None => Ok(if key.ends_with("imum") { (i64::MIN, i64::MAX) } else { (0, i64::MAX) }),
    })
}

/// As [`check_limits`], for the items of a list.
fn check_item_limits(core: Option<&str>, items: &Value) -> Result<(), Error> {
    let bounds = if core.is_some() { core_types::ITEM_LENGTH } else { (0, i64::MAX) };
    check_bounds(items, |key| match key {
        "minLength" | "maxLength" => Ok(bounds),
        _ if core.is_some() => Err(wrong(key, "is not a limit of an item")),
        _ => Ok(if key.ends_with("imum") { (i64::MIN, i64::MAX) } else { (0, i64::MAX) }),
    })
}

fn check_bounds(field: &Value, bounds: impl Fn(&str) -> Result<(i64, i64), Error>) -> Result<(), Error> {
    let limit = |key: &str| -> Result<Option<f64>, Error> {
        let Some(limit) = field.get(key) else { return Ok(None) };
        let limit = limit.as_f64().ok_or_else(|| wrong(key, "is not a number"))?;
        let (min, max) = bounds(key)?;
        if limit < min as f64 || limit > max as f64 {
            return Err(wrong(key, &format!("must be from {min} to {max}")));
        }
        Ok(Some(limit))
    };
    for (least, most) in PAIRS {
        if let (Some(low), Some(high)) = (limit(least)?, limit(most)?)
            && low > high
        {
            return Err(wrong(least, &format!("is larger than its `{most}`")));
        }
    }
    Ok(())
}
