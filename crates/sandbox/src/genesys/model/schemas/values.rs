//! Checks the attributes of a user against their schema.

use genesys_users::types::JsonSchemaDocument;
use regex::Regex;
use rosterkit_core::catalog::printable;
use serde_json::{Map, Value};

use super::core_types;
use super::document::core_type;
use crate::http::Error;

/// Refuses unknown and invalid attributes, and a set without a required one.
pub(crate) fn check(document: &JsonSchemaDocument, attributes: &Map<String, Value>) -> Result<(), Error> {
    let none = Map::new();
    let properties = document.properties.as_ref().unwrap_or(&none);
    for (name, value) in attributes {
        let place = place(name);
        let field = properties.get(name).ok_or_else(|| Error::invalid(&place, "is not a field of the schema"))?;
        problem(field, value).map_or(Ok(()), |problem| Err(Error::invalid(&place, &problem)))?;
    }
    match document.required.iter().flatten().find(|name| !attributes.contains_key(*name)) {
        Some(name) => Err(Error::missing(&place(name))),
        None => Ok(()),
    }
}

fn place(name: &str) -> String {
    format!("attributes.{}", printable(name))
}

/// The problem of a value, if it is invalid.
fn problem(field: &Value, value: &Value) -> Option<String> {
    let core = core_type(field).and_then(core_types::value);
    let own = field.get("type").and_then(Value::as_str);
    let (kind, pattern) = core.or_else(|| Some((own?, None)))?;
    let fits = match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.as_array().is_some_and(|items| items.iter().all(Value::is_string)),
        _ => true,
    };
    if !fits {
        return Some(format!("must be one of the type {kind}"));
    }
    if let (Some(pattern), Some(text)) = (pattern, value.as_str())
        && !Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
    {
        return Some(format!("does not match {pattern}"));
    }
    if field.get("enum").and_then(Value::as_array).is_some_and(|known| !known.contains(value)) {
        return Some("must be one of the values of its enumeration".to_owned());
    }
    let measure = match value {
        Value::String(text) => Some((text.chars().count() as f64, "minLength", "maxLength")),
        Value::Array(items) => Some((items.len() as f64, "minItems", "maxItems")),
        Value::Number(number) => number.as_f64().map(|number| (number, "minimum", "maximum")),
        _ => None,
    };
    let (measure, least, most) = measure?;
    let limit = |name: &str| field.get(name).and_then(Value::as_f64);
    match (limit(least), limit(most)) {
        (Some(limit), _) if measure < limit => Some(format!("is below its {least} of {limit}")),
        (_, Some(limit)) if measure > limit => Some(format!("is beyond its {most} of {limit}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_checked_against_type_and_limits() {
        let core = |name: &str| json!({ "allOf": [{ "$ref": format!("#/definitions/{name}") }] });
        let limited = |mut field: Value, name: &str, limit: i64| {
            field[name] = json!(limit);
            field
        };
        for (field, value, fits) in [
            (core("text"), json!("x"), true),
            (core("text"), json!(1), false),
            (limited(core("text"), "maxLength", 2), json!("äö"), true),
            (limited(core("text"), "maxLength", 2), json!("äöü"), false),
            (limited(core("text"), "minLength", 2), json!("ä"), false),
            (core("url"), json!("https://example.com"), true),
            (core("url"), json!("example.com"), false),
            (core("date"), json!("2025-01-01"), true),
            (core("date"), json!("tomorrow"), false),
            (core("integer"), json!(3), true),
            (core("integer"), json!(3.5), false),
            (limited(core("number"), "maximum", 3), json!(3.5), false),
            (core("checkbox"), json!("true"), false),
            (core("tag"), json!(["a", "b"]), true),
            (core("tag"), json!("a"), false),
            (limited(core("tag"), "maxItems", 1), json!(["a", "b"]), false),
            (json!({ "type": "boolean" }), json!(true), true),
            (json!({ "type": "boolean" }), json!(0), false),
            (json!({ "type": "string", "enum": ["a", "b"] }), json!("b"), true),
            (json!({ "type": "string", "enum": ["a", "b"] }), json!("c"), false),
        ] {
            assert_eq!(problem(&field, &value).is_none(), fits, "{value} in {field}");
        }
    }
}
