//! Parses JSON and rejects what would change silently: duplicate keys, of which only the last would be kept, and numbers
//! that a 64-bit number does not hold.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::suggest::printable;

/// The start of the message about a duplicate key, which shows no value.
const DUPLICATE: &str = "duplicate key `";

/// How many significant digits of a fraction are kept.
const MAX_DIGITS: usize = 17;

/// Parses a line as a JSON object.
///
/// # Errors
/// A message that shows no value.
pub fn object(line: &[u8]) -> Result<Value, String> {
    match value(line) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err("expected a JSON object".to_owned()),
        Err(Problem { cause: Some(cause), .. }) => Err(cause),
        Err(Problem { cause: None, column, .. }) => Err(format!("invalid JSON at column {column}")),
    }
}

/// Why a text is not accepted, and where.
#[derive(Debug)]
pub struct Problem {
    /// `None` if it is not JSON.
    pub cause: Option<String>,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
}

/// Parses a JSON value.
///
/// # Errors
/// Where it is not JSON, or what would change.
pub fn value(text: &[u8]) -> Result<Value, Problem> {
    let parsed = serde_json::from_slice::<Unique>(text).map_err(|error| {
        let message = error.to_string();
        let key = message.strip_prefix(DUPLICATE).and_then(|rest| rest.split_once('`'));
        let cause = key.map(|(key, _)| format!("{DUPLICATE}{key}`: keep only one of them"));
        Problem { cause, line: error.line(), column: error.column() }
    });
    let Unique(value) = parsed?;
    match inexact_number(text) {
        None => Ok(value),
        Some((line, column)) => {
            let place = format!("the number at line {line}, column {column}");
            let cause = format!(
                "{place} would be changed: expected a whole number of at most 64 bits, or at most {MAX_DIGITS} digits"
            );
            Err(Problem { cause: Some(cause), line, column })
        }
    }
}

/// The line and column of the first number in valid JSON that a 64-bit number does not hold.
fn inexact_number(text: &[u8]) -> Option<(usize, usize)> {
    let (mut line, mut line_start, mut at) = (1, 0, 0);
    while let Some(&byte) = text.get(at) {
        match byte {
            b'"' => {
                at += 1;
                while let Some(&byte) = text.get(at).filter(|byte| **byte != b'"') {
                    at += if byte == b'\\' { 2 } else { 1 };
                }
                at += 1;
            }
            b'\n' => {
                at += 1;
                (line, line_start) = (line + 1, at);
            }
            b'-' | b'0'..=b'9' => {
                let rest = text.get(at..).unwrap_or_default();
                let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let length = rest.iter().take_while(|byte| is_part(byte)).count();
                let number = str::from_utf8(rest.get(..length).unwrap_or_default()).unwrap_or_default();
                if !is_exact(number) {
                    return Some((line, at - line_start + 1));
                }
                at += length;
            }
            _ => at += 1,
        }
    }
    None
}

/// Whether a JSON number keeps its value as a 64-bit number.
fn is_exact(number: &str) -> bool {
    if !number.contains(['.', 'e', 'E']) {
        return number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok();
    }
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let significant = digits.trim_start_matches('0').trim_end_matches('0');
    let value: f64 = number.parse().unwrap_or(f64::INFINITY);
    significant.len() <= MAX_DIGITS && value.is_finite() && (value != 0.0 || significant.is_empty())
}

/// A value without duplicate keys.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Self)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let Unique(value) = fields.next_value()?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format_args!("{DUPLICATE}{}`", printable(&name))));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_of_all_types_are_parsed() {
        let line = r#"{"a":[1,-2,1.5,true,null,"x",{"b":18446744073709551615}],"c":{}}"#;
        assert_eq!(
            object(line.as_bytes()),
            Ok(json!({ "a": [1, -2, 1.5, true, null, "x", { "b": u64::MAX }], "c": {} }))
        );
    }

    #[test]
    fn duplicate_keys_are_reported_without_values() {
        for (line, expected) in [
            (r#"{"id":"S3NTINEL","id":"x"}"#, "duplicate key `id`"),
            (r#"{"a":[{"b":{"id":1,"id":1}}]}"#, "duplicate key `id`"),
            (r#"{"i\u0064":1,"id":"S3NTINEL"}"#, "duplicate key `id`"),
            (r#"{"\u001b":1,"\u001b":2}"#, "duplicate key `\\u{1b}`"),
            (r#"{"a":"S3NTINEL",}"#, "invalid JSON at column 17"),
            (r#"{"a":S3NTINEL}"#, "invalid JSON at column 6"),
            ("[{}]", "expected a JSON object"),
            ("\"S3NTINEL\"", "expected a JSON object"),
            ("{} {}", "invalid JSON"),
        ] {
            let message = object(line.as_bytes()).expect_err(line);
            assert!(message.contains(expected) && !message.contains("S3NTINEL"), "{line}: {message}");
        }
        assert!(object("[".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn numbers_that_would_change_are_reported_with_their_place() {
        for (text, place) in [
            ("{\"a\":18446744073709551616}", (1, 6)),
            ("{\"a\":-9223372036854775809}", (1, 6)),
            ("{\"a\":[1,\n 0.123456789012345678]}", (2, 2)),
            ("{\"\\\"1\":1e400}", (1, 8)),
            ("{\"a\":1e-400}", (1, 6)),
            ("{\"a\":123456789012345678901e0}", (1, 6)),
        ] {
            let problem = value(text.as_bytes()).expect_err(text);
            // A number beyond all numbers is not JSON for the parser.
            if problem.cause.is_some() {
                assert_eq!((problem.line, problem.column), place, "{text}");
            }
            assert!(object(text.as_bytes()).is_err(), "{text}");
        }
        let text =
            r#"{"a":[18446744073709551615,-9223372036854775808,0.10000000000000001,1.50000000000000000000,0,0.0,1e3]}"#;
        assert!(value(text.as_bytes()).is_ok());
        assert!(value(br#"{"18446744073709551616":"18446744073709551616 \" 1e999"}"#).is_ok());
    }
}
