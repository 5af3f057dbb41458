//! The JSON fields of a type, from its `Deserialize`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::forward_to_deserialize_any;

/// The JSON fields of a type; `None` if it is not an object, or takes any field.
pub(crate) fn fields_of<'de, T: Deserialize<'de>>() -> Option<&'static [&'static str]> {
    let mut fields = None;
    // Decoding stops at the first call, which has the names of the fields.
    let _ = T::deserialize(FieldNames(&mut fields));
    fields
}

/// A deserializer that records the names of the fields.
struct FieldNames<'a>(&'a mut Option<&'static [&'static str]>);

/// The error that stops decoding.
#[derive(Debug)]
struct NoValue;

impl fmt::Display for NoValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no value")
    }
}

impl std::error::Error for NoValue {}

impl Error for NoValue {
    fn custom<M: fmt::Display>(_: M) -> Self {
        Self
    }
}

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = NoValue;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NoValue> {
        Err(NoValue)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, NoValue> {
        *self.0 = Some(fields);
        Err(NoValue)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, NoValue> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq
        tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn the_fields_of_a_struct_are_found() {
        let fields = fields_of::<genesys_users::types::User>().unwrap_or_default();
        assert!(
            fields.contains(&"name") && fields.contains(&"divisionId") | fields.contains(&"division"),
            "{fields:?}"
        );
        assert_eq!(fields_of::<Value>(), None);
        assert_eq!(fields_of::<Vec<String>>(), None);
    }
}
