//! Says where two JSON values differ.

use serde_json::{Number, Value};

/// The first difference between two values, with its place as a JSON pointer: numbers by value, text by character.
pub fn json_diff(expected: &Value, actual: &Value) -> Option<String> {
    at("", expected, actual)
}

fn at(place: &str, expected: &Value, actual: &Value) -> Option<String> {
    match (expected, actual) {
        (Value::Object(expected), Value::Object(actual)) => {
            let missing = expected.keys().find(|key| !actual.contains_key(*key)).map(|key| (key, "is missing"));
            let extra = || actual.keys().find(|key| !expected.contains_key(*key)).map(|key| (key, "is not expected"));
            if let Some((key, problem)) = missing.or_else(extra) {
                return Some(format!("`{place}/{key}` {problem}"));
            }
            expected.iter().find_map(|(key, value)| at(&format!("{place}/{key}"), value, &actual[key]))
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => expected
            .iter()
            .zip(actual)
            .enumerate()
            .find_map(|(index, (expected, actual))| at(&format!("{place}/{index}"), expected, actual)),
        (Value::Number(left), Value::Number(right)) if equal(left, right) => None,
        (expected, actual) if expected == actual => None,
        _ => Some(format!("`{place}` is {}, expected {}", shown(actual), shown(expected))),
    }
}

fn equal(left: &Number, right: &Number) -> bool {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left == right,
        _ => left.as_f64() == right.as_f64(),
    }
}

fn shown(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_difference_is_found_with_its_place() {
        let expected = json!({ "a": [1, { "b": null }], "c": "é", "d": {} });
        for (actual, found) in [
            (json!({ "a": [1, { "b": null }], "c": "é" }), "`/d` is missing"),
            (json!({ "a": [1, { "b": null, "x": 1 }], "c": "é", "d": {} }), "`/a/1/x` is not expected"),
            (json!({ "a": [1, { "b": 0 }], "c": "é", "d": {} }), "`/a/1/b` is 0, expected null"),
            (json!({ "a": [1], "c": "é", "d": {} }), "`/a` is [1], expected [1,{\"b\":null}]"),
            (json!({ "a": [2, { "b": null }], "c": "é", "d": {} }), "`/a/0` is 2, expected 1"),
            (json!({ "a": [1, { "b": null }], "c": "e\u{301}", "d": {} }), "`/c` is"),
            (json!({ "a": [1, { "b": null }], "c": "é", "d": [] }), "`/d` is [], expected {}"),
        ] {
            let difference = json_diff(&expected, &actual).expect("a difference");
            assert!(difference.starts_with(found), "{difference}");
        }
        assert_eq!(json_diff(&expected, &expected), None);
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert_eq!(json_diff(&json!(3), &json!(3.0)), None);
        assert!(json_diff(&json!(9_007_199_254_740_993_i64), &json!(9_007_199_254_740_992_i64)).is_some());
        assert!(json_diff(&json!(0.1), &json!(0.100_000_000_000_000_02)).is_some());
        assert!(json_diff(&json!(1), &json!("1")).is_some());
    }
}
