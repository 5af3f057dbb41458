//! The types of fields of custom attributes.

use serde_json::{Value, json};

/// The path of all schemas.
pub(crate) const PATH: &str = "/api/v2/users/customattributes/schemas";

const MADE: &str = "2024-01-08T09:00:00.000Z";

/// Name, JSON type, pattern of values, and the limits that a field can set, with their bounds.
type Core = (&'static str, &'static str, Option<&'static str>, &'static [(&'static str, i64, i64)]);

const TYPES: &[Core] = &[
    ("text", "string", None, &[("minLength", 0, 100), ("maxLength", 1, 100)]),
    ("longtext", "string", None, &[("minLength", 0, 1_000), ("maxLength", 1, 1_000)]),
    ("url", "string", Some("^https?://"), &[("minLength", 0, 200), ("maxLength", 1, 200)]),
    ("identifier", "string", None, &[("minLength", 0, 100), ("maxLength", 1, 100)]),
    ("date", "string", Some(r"^\d{4}-\d{2}-\d{2}$"), &[]),
    ("datetime", "string", Some(r"^\d{4}-\d{2}-\d{2}T"), &[]),
    ("enum", "string", None, &[]),
    (
        "integer",
        "integer",
        None,
        &[("minimum", -2_147_483_648, 2_147_483_647), ("maximum", -2_147_483_648, 2_147_483_647)],
    ),
    (
        "number",
        "number",
        None,
        &[("minimum", -2_147_483_648, 2_147_483_647), ("maximum", -2_147_483_648, 2_147_483_647)],
    ),
    ("checkbox", "boolean", None, &[]),
    ("tag", "array", None, &[("minItems", 0, 10), ("maxItems", 1, 20)]),
];

/// The bounds of the limits of the length of an item of a list.
pub(crate) const ITEM_LENGTH: (i64, i64) = (1, 100);

/// The JSON type of a core type, and the pattern of its values.
pub(crate) fn value(name: &str) -> Option<(&'static str, Option<&'static str>)> {
    TYPES.iter().find(|(known, ..)| *known == name).map(|(_, kind, pattern, _)| (*kind, *pattern))
}

/// The bounds of a limit that a field of a core type can set.
pub(crate) fn bounds(name: &str, limit: &str) -> Option<(i64, i64)> {
    let (.., limits) = TYPES.iter().find(|(known, ..)| *known == name)?;
    limits.iter().find(|(known, ..)| *known == limit).map(|(_, min, max)| (*min, *max))
}

pub(crate) fn is_known(name: &str) -> bool {
    TYPES.iter().any(|(known, ..)| *known == name)
}

fn show((name, kind, pattern, limits): &Core) -> Value {
    let mut schema = json!({ "title": name, "type": [kind] });
    if let Some(pattern) = pattern {
        schema["pattern"] = json!(pattern);
    }
    let mut shown = json!({
        "id": name, "name": name, "version": 1, "dateCreated": MADE, "current": true,
        "validationFields": limits.iter().map(|(limit, ..)| limit).collect::<Vec<_>>(),
        "selfUri": format!("{PATH}/coretypes/{name}"),
    });
    if !limits.is_empty() {
        let bounds = limits.iter().map(|(limit, min, max)| ((*limit).to_owned(), json!({ "min": min, "max": max })));
        shown["validationLimits"] = bounds.collect::<serde_json::Map<_, _>>().into();
    }
    if *kind == "array" {
        schema["items"] = json!({ "type": "string" });
        let (min, max) = ITEM_LENGTH;
        shown["itemValidationFields"] = json!(["minLength", "maxLength"]);
        shown["itemValidationLimits"] =
            json!({ "minLength": { "min": min, "max": max }, "maxLength": { "min": min, "max": max } });
    }
    shown["schema"] = schema;
    shown
}

pub(crate) fn all() -> impl Iterator<Item = Value> {
    TYPES.iter().map(show)
}

pub(crate) fn find(name: &str) -> Option<Value> {
    TYPES.iter().find(|(known, ..)| *known == name).map(show)
}
