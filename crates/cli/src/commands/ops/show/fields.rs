//! The fields of JSON bodies: one line each for people, a JSON schema for programs.

use std::ptr;

use rosterkit_core::catalog::{Schema, SchemaKind};
use serde_json::{Map, Value, json};

use super::{count, range, values};

/// A field, for people.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) kind: String,
    pub(super) required: bool,
    pub(super) read_only: bool,
    /// Values, limits, and the fields below it.
    pub(super) notes: Vec<String>,
}

/// Whether the body is an array, and the fields that it, or each of its items, has.
pub(super) fn of(schema: &Schema) -> (bool, Vec<Field>) {
    let (is_array, schema) = match schema.kind {
        SchemaKind::Array { items, .. } => (true, items),
        _ => (false, schema),
    };
    let SchemaKind::Object { properties, .. } = schema.kind else { return (is_array, Vec::new()) };
    let fields = properties.iter().map(|property| Field {
        name: property.name,
        kind: kind(property.schema),
        required: property.required,
        read_only: property.read_only,
        notes: notes(property.schema),
    });
    (is_array, fields.collect())
}

/// The name of a type.
fn kind(schema: &Schema) -> String {
    let kind = match schema.kind {
        SchemaKind::Any => "any JSON".to_owned(),
        SchemaKind::AnyObject | SchemaKind::Object { .. } => "object".to_owned(),
        SchemaKind::Text { .. } => "text".to_owned(),
        SchemaKind::Date => "date".to_owned(),
        SchemaKind::DateTime => "date and time".to_owned(),
        SchemaKind::Integer { .. } => "whole number".to_owned(),
        SchemaKind::Number { .. } => "number".to_owned(),
        SchemaKind::Boolean => "true or false".to_owned(),
        SchemaKind::Array { items, .. } => format!("list of {}", kind(items)),
        SchemaKind::Map(values) => format!("object of any names, each with {}", kind(values)),
    };
    if schema.nullable { format!("{kind}, or null") } else { kind }
}

fn notes(schema: &Schema) -> Vec<String> {
    let own = match schema.kind {
        SchemaKind::Text { values: known, max_length } => {
            [values(known), max_length.map(|most| format!("at most {most} characters"))]
        }
        SchemaKind::Integer { minimum, maximum } | SchemaKind::Number { minimum, maximum } => {
            [range(minimum, maximum), None]
        }
        SchemaKind::Array { min_items, max_items, .. } => [count(min_items, max_items), None],
        SchemaKind::Object { properties, .. } => {
            let names: Vec<&str> = properties.iter().map(|property| property.name).collect();
            [(!names.is_empty()).then(|| format!("fields: {}", names.join(", "))), None]
        }
        _ => [None, None],
    };
    let below = match schema.kind {
        SchemaKind::Array { items: below, .. } | SchemaKind::Map(below) => notes(below),
        _ => Vec::new(),
    };
    own.into_iter().flatten().chain(below).collect()
}

/// The JSON schema of a body, as OpenAPI writes one. An object that holds one of its own kind is told once.
pub(super) fn json_schema(schema: &Schema) -> Value {
    tell(schema, &mut Vec::new())
}

fn tell<'a>(schema: &'a Schema, around: &mut Vec<&'a Schema>) -> Value {
    let mut told = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            told.insert(name.to_owned(), value);
        }
    };
    let kind = match schema.kind {
        SchemaKind::Any => None,
        SchemaKind::Text { .. } | SchemaKind::Date | SchemaKind::DateTime => Some("string"),
        SchemaKind::Integer { .. } => Some("integer"),
        SchemaKind::Number { .. } => Some("number"),
        SchemaKind::Boolean => Some("boolean"),
        SchemaKind::Array { .. } => Some("array"),
        SchemaKind::AnyObject | SchemaKind::Map(_) | SchemaKind::Object { .. } => Some("object"),
    };
    put("type", kind.map(Value::from));
    put("nullable", schema.nullable.then_some(Value::Bool(true)));
    match schema.kind {
        SchemaKind::Any | SchemaKind::AnyObject | SchemaKind::Boolean => {}
        SchemaKind::Text { values, max_length } => {
            put("enum", (!values.is_empty()).then(|| json!(values)));
            put("maxLength", max_length.map(Value::from));
        }
        SchemaKind::Date => put("format", Some(json!("date"))),
        SchemaKind::DateTime => put("format", Some(json!("date-time"))),
        SchemaKind::Integer { minimum, maximum } | SchemaKind::Number { minimum, maximum } => {
            put("minimum", minimum.map(Value::from));
            put("maximum", maximum.map(Value::from));
        }
        SchemaKind::Array { items, min_items, max_items } => {
            put("items", Some(tell(items, around)));
            put("minItems", min_items.map(Value::from));
            put("maxItems", max_items.map(Value::from));
        }
        SchemaKind::Map(values) => put("additionalProperties", Some(tell(values, around))),
        SchemaKind::Object { properties, open } => {
            if around.iter().any(|other| ptr::eq(*other, schema)) {
                return Value::Object(told);
            }
            around.push(schema);
            let below = properties.iter().map(|it| {
                let mut told = tell(it.schema, around);
                if it.read_only
                    && let Value::Object(told) = &mut told
                {
                    told.insert("readOnly".to_owned(), Value::Bool(true));
                }
                (it.name.to_owned(), told)
            });
            put("properties", Some(Value::Object(below.collect())));
            around.pop();
            let required: Vec<&str> = properties.iter().filter(|it| it.required).map(|it| it.name).collect();
            put("required", (!required.is_empty()).then(|| json!(required)));
            put("additionalProperties", Some(json!(open)));
        }
    }
    Value::Object(told)
}
