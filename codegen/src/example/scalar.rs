//! Example values that are neither objects nor arrays, cycling through what needs care.

use serde_json::{Value, json};

use crate::spec::Schema;

/// Date-times in the forms that the services send.
const DATE_TIMES: [&str; 6] = [
    "2024-04-04T00:00:00.000Z",
    "2024-04-04T00:00:00.000-05:00",
    "2009-11-13T20:00Z",
    "2024-02-29T23:59:59+0000",
    "2016-12-31T23:59:60.123456789Z",
    "2024-04-04T12:34:56.7+05:30",
];
const DATES: [&str; 3] = ["2024-02-29", "1969-12-31", "9999-12-31"];

/// The example number `count` of a schema that is not a reference, for a property called `name`.
pub(super) fn known(schema: &Schema, name: &str, count: usize) -> Value {
    if schema.is_enum() {
        return json!(pick(&schema.values, count));
    }
    match (schema.kind.as_deref(), schema.format.as_deref()) {
        (Some("integer"), format) => {
            let (least, most) = limits(schema, format == Some("int32"));
            json!(integer(count).clamp(least, most))
        }
        (Some("number"), _) => number(schema, count),
        (Some("boolean"), _) => json!(count.is_multiple_of(2)),
        (Some("string"), Some("date-time")) => json!(pick(&DATE_TIMES, count)),
        (Some("string"), Some("date")) => json!(pick(&DATES, count)),
        (Some("string"), Some("uuid")) => json!(format!("00000000-0000-4000-8000-{count:012x}")),
        (Some("string"), _) => json!(text(schema, name, count)),
        _ => Value::Null,
    }
}

/// An unsurprising value, for responses of stand-ins.
pub(super) fn plain(schema: &Schema, name: &str, count: usize) -> Value {
    if let Some(first) = schema.values.first() {
        return json!(first);
    }
    let (least, most) = limits(schema, false);
    match (schema.kind.as_deref(), schema.format.as_deref()) {
        (Some("integer"), _) => json!(1.clamp(least, most)),
        (Some("number"), _) => json!(1.5_f64.clamp(least as f64, most as f64)),
        (Some("boolean"), _) => json!(true),
        (Some("string"), Some("date-time")) => json!("2025-01-01T09:00:00.000Z"),
        (Some("string"), Some("date")) => json!("2025-01-01"),
        (Some("string"), Some("uuid")) => json!(format!("00000000-0000-4000-8000-{count:012x}")),
        (Some("string"), _) => {
            let text = format!("{name} {count}");
            match schema.max_length.map(usize::try_from) {
                Some(Ok(most)) => json!(text.chars().take(most).collect::<String>()),
                _ => json!(text),
            }
        }
        _ => Value::Null,
    }
}

/// A value that an enumeration does not know: sometimes one that differs in case or white space only.
pub(super) fn unknown(values: &[String], count: usize) -> Value {
    let known = pick(values, count);
    let swapped = |c: char| if c.is_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    let value = match count % 4 {
        0 => known.chars().map(swapped).collect(),
        1 => format!("{known} "),
        2 => format!("not/in the spec&é \"{count}\""),
        _ => "Unrecognized".to_owned(),
    };
    if values.contains(&value) { json!(format!("not in the spec {count}")) } else { json!(value) }
}

fn pick<T>(values: &[T], count: usize) -> &T {
    &values[count % values.len()]
}

fn limits(schema: &Schema, small: bool) -> (i64, i64) {
    let (least, most) = if small { (i32::MIN.into(), i32::MAX.into()) } else { (i64::MIN, i64::MAX) };
    (schema.minimum.unwrap_or(least), schema.maximum.unwrap_or(most))
}

fn integer(count: usize) -> i64 {
    let small = i64::try_from(count).unwrap_or(i64::MAX);
    match count % 6 {
        // The first whole number that a double cannot hold.
        2 => 9_007_199_254_740_993,
        3 => -small,
        4 => i64::MAX,
        5 => i64::MIN,
        _ => small,
    }
}

fn number(schema: &Schema, count: usize) -> Value {
    let number = [0.1, -2.5, 98.600_000_000_000_01, 1e21, 12.345_678_901_234_567, 3.0, 1e-7][count % 7];
    match (schema.minimum, schema.maximum) {
        (None, None) => json!(number),
        (Some(least), _) => json!(least),
        (None, Some(most)) => json!(most),
    }
}

fn text(schema: &Schema, name: &str, count: usize) -> String {
    let text = match count % 8 {
        1 => format!("{name} {count} \"quoted\" 'single' \\back/slash"),
        2 => format!("{name} {count} é ß 漢字 \u{1f642} e\u{301}"),
        3 => format!("{name}\n\ttwo lines \u{1}\u{7f}\u{2028} {count}"),
        4 => format!("  {name} <b>&amp;</b> %41+%2F {count} "),
        5 => format!("00{count}"),
        6 => String::new(),
        7 => "null".to_owned(),
        _ => format!("{name} {count}"),
    };
    match schema.max_length.map(usize::try_from) {
        Some(Ok(most)) => text.chars().take(most).collect(),
        _ => text,
    }
}
