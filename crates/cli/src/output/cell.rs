//! A JSON value as the text of one cell.

use serde_json::Value;

/// The text: nothing for `null` and for what is not there, compact JSON for arrays and objects.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) if !values.is_empty() && values.iter().all(is_plain_word) => {
            values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        value => value.to_string(),
    }
}

/// A string that is still one when it stands between commas.
fn is_plain_word(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty() && !text.contains([',', '"', '[', ']', '\n']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_cell_is_the_value_and_nothing_else() {
        for (value, expected) in [
            (json!(null), ""),
            (json!("=1+1"), "=1+1"),
            (json!(1.5), "1.5"),
            (json!(["a", "b"]), "a, b"),
            (json!(["a, b", "c"]), "[\"a, b\",\"c\"]"),
            (json!([]), "[]"),
            (json!({ "id": 1 }), "{\"id\":1}"),
        ] {
            assert_eq!(text(&value), expected);
        }
    }
}
