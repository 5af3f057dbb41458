//! What a service takes although its documents say otherwise: new values of enumerations, and numbers in quotation marks.

use rosterkit_core::catalog::{Property, Schema, SchemaKind};
use serde_json::Value;

/// Turns texts into the whole numbers and booleans that a schema wants, such as `"3"` and `"true"`. Returns whether
/// anything changed.
pub(crate) fn read_texts(schema: &Schema, value: &mut Value) -> bool {
    let read = match (&schema.kind, &*value) {
        (SchemaKind::Integer { .. }, Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        (SchemaKind::Boolean, Value::String(text)) => text.parse::<bool>().ok().map(Value::from),
        _ => None,
    };
    match read {
        Some(read) => {
            *value = read;
            true
        }
        None => each(schema, value, read_texts),
    }
}

/// Replaces unknown values of enumerations by known ones, so that a check finds what else is wrong. Returns whether
/// anything changed.
pub(crate) fn replace_unknown(schema: &Schema, value: &mut Value) -> bool {
    match (&schema.kind, &*value) {
        (SchemaKind::Text { values, .. }, Value::String(text)) if !values.contains(&text.as_str()) => {
            let known = values.first().map(|known| Value::from(*known));
            known.map(|known| *value = known).is_some()
        }
        _ => each(schema, value, replace_unknown),
    }
}

/// Changes what is directly in a value.
fn each(schema: &Schema, value: &mut Value, change: fn(&Schema, &mut Value) -> bool) -> bool {
    let mut changed = false;
    match (&schema.kind, value) {
        (SchemaKind::Array { items, .. }, Value::Array(list)) => {
            list.iter_mut().for_each(|item| changed |= change(items, item));
        }
        (SchemaKind::Map(values), Value::Object(map)) => {
            map.values_mut().for_each(|item| changed |= change(values, item));
        }
        (SchemaKind::Object { properties, .. }, Value::Object(map)) => {
            for Property { name, schema, .. } in *properties {
                if let Some(item) = map.get_mut(*name) {
                    changed |= change(schema, item);
                }
            }
        }
        _ => {}
    }
    changed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema(operation: &str) -> &'static Schema {
        genesys_users::generated::schemas::body(operation).unwrap_or_else(|| panic!("{operation} has no schema"))
    }

    #[test]
    fn whole_numbers_and_booleans_are_read_from_texts() {
        for (operation, given, expected) in [
            ("patchUser", json!({ "version": "3", "title": "3" }), Some(json!({ "version": 3, "title": "3" }))),
            ("patchUser", json!({ "acdAutoAnswer": "true" }), Some(json!({ "acdAutoAnswer": true }))),
            ("patchUsersBulk", json!([{ "acdAutoAnswer": "false" }]), Some(json!([{ "acdAutoAnswer": false }]))),
            ("patchUser", json!({ "version": "three", "acdAutoAnswer": "yes" }), None),
            ("patchUser", json!({ "version": 3 }), None),
        ] {
            let mut read = given.clone();
            let changed = read_texts(schema(operation), &mut read);
            assert_eq!((changed, &read), (expected.is_some(), expected.as_ref().unwrap_or(&given)), "{given}");
        }
    }

    #[test]
    fn unknown_values_are_replaced_wherever_they_are() {
        let mut body = json!({ "name": "A B", "email": "a@example.com", "state": "asleep", "addresses": [{ "mediaType": "PIGEON", "address": "x" }] });
        assert!(schema("postUsers").check(&body).is_err());
        assert!(replace_unknown(schema("postUsers"), &mut body));
        assert_eq!(schema("postUsers").check(&body), Ok(()));
        assert_eq!(body["addresses"][0]["address"], "x");
        assert!(!replace_unknown(schema("postUsers"), &mut body), "nothing is left");
    }
}
