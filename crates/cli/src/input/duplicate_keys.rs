//! A line of JSON whose objects have each name once.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::text;

/// How long a name is that is shown.
const LONGEST: usize = 64;
/// What marks the message about a name that stands twice, which shows no value.
const TWICE: &str = "the line has `";

/// Reads a line.
///
/// # Errors
/// A message that shows no value.
pub(super) fn parse(line: &[u8]) -> Result<Value, String> {
    match serde_json::from_slice::<Unique>(line) {
        Ok(Unique(value)) if value.is_object() => Ok(value),
        Ok(_) => Err("the line is no JSON object".to_owned()),
        Err(error) => {
            let message = error.to_string();
            match message.strip_prefix(TWICE).and_then(|rest| rest.split_once("` twice")) {
                Some((name, _)) => Err(format!("{TWICE}{name}` twice: keep one of them")),
                None => Err(format!("the line is no JSON, at column {}", error.column())),
            }
        }
    }
}

/// A value in which no name stands twice.
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
                return Err(A::Error::custom(format_args!("{TWICE}{}` twice", text::shortened(&name, LONGEST))));
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
    fn a_line_is_what_it_says() {
        let line = r#"{"a":[1,-2,1.5,true,null,"x",{"b":18446744073709551615}],"c":{}}"#;
        assert_eq!(
            parse(line.as_bytes()),
            Ok(json!({ "a": [1, -2, 1.5, true, null, "x", { "b": u64::MAX }], "c": {} }))
        );
    }

    #[test]
    fn names_that_stand_twice_are_told_and_values_are_not() {
        for (line, expected) in [
            (r#"{"id":"S3NTINEL","id":"x"}"#, "`id` twice"),
            (r#"{"a":[{"b":{"id":1,"id":1}}]}"#, "`id` twice"),
            (r#"{"i\u0064":1,"id":"S3NTINEL"}"#, "`id` twice"),
            (r#"{"\u001b":1,"\u001b":2}"#, "`\\u{1b}` twice"),
            (r#"{"a":"S3NTINEL",}"#, "no JSON, at column 17"),
            (r#"{"a":S3NTINEL}"#, "no JSON, at column 6"),
            ("[{}]", "no JSON object"),
            ("\"S3NTINEL\"", "no JSON object"),
            ("{} {}", "no JSON"),
        ] {
            let message = parse(line.as_bytes()).expect_err(line);
            assert!(message.contains(expected) && !message.contains("S3NTINEL"), "{line}: {message}");
        }
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }
}
