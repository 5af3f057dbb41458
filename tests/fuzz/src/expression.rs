//! JMESPath of mappings and queries: the first line is an expression, the rest a record.
//!
//! The value depends on the fields that the expression is said to use, and on no other.

use rosterkit_sync::expression::{Data, Expression, Paths};
use serde_json::{Map, Value, json};

use crate::{Target, first_line, no_seeds};

pub const TARGET: Target = Target {
    name: "expression",
    run,
    seeds: no_seeds,
    words: &[
        "name",
        "skills",
        "[0]",
        "[*]",
        "[?",
        "[::-1]",
        "[::9999999999]",
        "@",
        "|",
        "||",
        "&&",
        "!",
        "`null`",
        "'x'",
        "&name",
        "lower(",
        "trim(",
        "default(",
        "date(",
        "split_name_first(",
        "sort_by(",
        "map(",
        "to_string(",
        "keys(@)",
        "length(",
        ")",
        "{a: ",
        "}",
        ".",
        "*",
        "((((",
        "\"q\"",
        "'%d.%m.%Y'",
        "'Europe/Berlin'",
    ],
};

fn sample() -> Value {
    json!({
        "name": "Ada M. Roe", "email": "ada@example.com", "n": 3, "flag": true, "none": null, "day": "2024-02-29",
        "skills": [{ "name": "French", "level": 4 }, { "name": "Chat", "level": 2 }], "manager": { "id": "u-1", "name": "B" },
    })
}

fn run(data: &[u8]) {
    let (text, record) = first_line(data);
    let text = String::from_utf8_lossy(text);
    let record = serde_json::from_slice(record).ok().filter(Value::is_object).unwrap_or_else(sample);
    for parsed in [Expression::parse(&text), Expression::parse_standard(&text)] {
        match parsed {
            Ok(expression) => check(&expression, &text, &record),
            Err(error) => assert!(!error.about("field `x`").contains('\n'), "{error}"),
        }
    }
}

fn check(expression: &Expression, text: &str, record: &Value) {
    assert_eq!(expression.as_str(), text);
    let value = expression.apply(&Data::from(record)).map_err(|error| error.to_string());
    let Paths::Some(_) = expression.paths() else { return };
    let paths = expression.paths();
    let used: Map<String, Value> = record
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, _)| paths.contains(name))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let other = expression.apply(&Data::from(Value::Object(used))).map_err(|error| error.to_string());
    assert_eq!(value, other, "{text:?} uses more than it says");
}
