//! Parses JSON and rejects duplicate keys.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::text;

/// The maximum length of a key that is shown.
const MAX_KEY: usize = 64;
/// The start of the message about a duplicate key, which shows no value.
const DUPLICATE: &str = "duplicate key `";

/// Parses a line as a JSON object.
///
/// # Errors
/// A message that shows no value.
pub(super) fn parse(line: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice::<Unique>(line) {
        Ok(Unique(value)) if value.is_object() => Ok(value),
        Ok(_) => Err("expected a JSON object".to_owned()),
        Err(error) => {
            let message = error.to_string();
            match message.strip_prefix(DUPLICATE).and_then(|rest| rest.split_once('`')) {
                Some((key, _)) => Err(format!("{DUPLICATE}{key}`: keep only one of them")),
                None => Err(format!("invalid JSON at column {}", error.column())),
            }
        }
    }
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
                return Err(A::Error::custom(format_args!("{DUPLICATE}{}`", text::shortened(&name, MAX_KEY))));
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
            parse(line.as_bytes()),
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
            let message = parse(line.as_bytes()).expect_err(line);
            assert!(message.contains(expected) && !message.contains("S3NTINEL"), "{line}: {message}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
