//! Checks the attributes of a user against their schema.

use genesys_users::types::JsonSchemaDocument;
use regex::Regex;
use rosterkit_core::catalog::printable;
use rosterkit_core::{Date, Timestamp};
use serde_json::{Map, Value, json};

use super::core_types;
use super::document::{core_type, is_typed, types};
use crate::http::Error;

/// Refuses unknown and invalid attributes, and a set without a required one.
pub(crate) fn check(document: &JsonSchemaDocument, attributes: &Map<String, Value>) -> Result<(), Error> {
    let none = Map::new();
    let properties = document.properties.as_ref().unwrap_or(&none);
    for (name, value) in attributes {
        let place = place(name);
        let problem = match (properties.get(name), &document.additional_properties) {
            (Some(field), _) => problem(field, value),
            (None, Some(Value::Bool(true))) => None,
            (None, Some(further @ Value::Object(_))) => problem(further, value),
            (None, _) => Some("is not a field of the schema".to_owned()),
        };
        problem.map_or(Ok(()), |problem| Err(Error::invalid(&place, &problem)))?;
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
    let name = core_type(field);
    let core = name.and_then(core_types::value);
    let kinds = core.map_or_else(|| types(field), |(kind, _)| vec![kind]);
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(kind, value)) {
        return Some(format!("must be of the type {}", kinds.join(" or ")));
    }
    if let Some(text) = value.as_str() {
        let is_written = match name {
            Some("date") => text.parse::<Date>().is_ok(),
            Some("datetime") => text.parse::<Timestamp>().is_ok(),
            _ => true,
        };
        let own = field.get("pattern").and_then(Value::as_str);
        let patterns = core.and_then(|(_, pattern)| pattern).into_iter().chain(own);
        let mut broken = patterns.filter(|pattern| !Regex::new(pattern).is_ok_and(|regex| regex.is_match(text)));
        if let Some(pattern) = broken.next() {
            return Some(format!("does not match {pattern}"));
        }
        if !is_written {
            return Some(format!("must be a {}", name.unwrap_or_default()));
        }
    }
    if field.get("enum").and_then(Value::as_array).is_some_and(|known| !known.contains(value)) {
        return Some("must be one of the values of its enumeration".to_owned());
    }
    let items = value.as_array().into_iter().flatten();
    // The items of a list are texts, unless the field says otherwise.
    let text = json!({ "type": "string" });
    let mut of_items = items.filter_map(|item| match field.get("items") {
        Some(schema) if core.is_none() && is_typed(schema) => problem(schema, item),
        schema => problem(&text, item).or_else(|| problem(schema?, item)),
    });
    if let Some(found) = of_items.next() {
        return Some(format!("holds an item that {found}"));
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

fn is_of(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
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
            (core("date"), json!("2025-02-30"), false),
            (core("datetime"), json!("2025-01-01T00:00:00Z"), true),
            (core("datetime"), json!("2025-01-01T25:00:00Z"), false),
            (core("tag"), json!([1]), false),
            (json!({ "type": "array", "items": { "maxLength": 1 } }), json!(["a"]), true),
            (json!({ "type": "array", "items": { "maxLength": 1 } }), json!(["ab"]), false),
            (json!({ "type": "array", "items": { "type": "integer", "minimum": 3 } }), json!([3]), true),
            (json!({ "type": "array", "items": { "type": "integer", "minimum": 3 } }), json!([2]), false),
            (json!({ "type": ["string", "integer"] }), json!(5), true),
            (json!({ "type": ["string", "integer"] }), json!(true), false),
            (json!({ "type": "string", "pattern": "^[A-Z]$" }), json!("A"), true),
            (json!({ "type": "string", "pattern": "^[A-Z]$" }), json!("a"), false),
            (json!({ "type": "boolean" }), json!(true), true),
            (json!({ "type": "boolean" }), json!(0), false),
            (json!({ "type": "string", "enum": ["a", "b"] }), json!("b"), true),
            (json!({ "type": "string", "enum": ["a", "b"] }), json!("c"), false),
        ] {
            assert_eq!(problem(&field, &value).is_none(), fits, "{value} in {field}");
        }
    }
}
