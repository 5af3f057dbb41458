//! Some fields of a record as JSON. A Genesys user has many fields, and most flows use few of them.

use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeStruct, Serializer};
use serde_json::{Error, Map, Value};

use crate::expression::Paths;

/// The JSON object of a struct, with the fields of the paths only. Gives `null` for what has no JSON object, as no record has.
pub(super) fn of<T: Serialize>(record: &T, paths: &Paths) -> Value {
    match paths {
        Paths::All => serde_json::to_value(record).unwrap_or_default(),
        Paths::Some(_) => record.serialize(Fields { paths, object: Map::new() }).unwrap_or_default(),
    }
}

struct Fields<'a> {
    paths: &'a Paths,
    object: Map<String, Value>,
}

impl SerializeStruct for Fields<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        if self.paths.contains(name) {
            self.object.insert(name.to_owned(), serde_json::to_value(value)?);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.object))
    }
}

/// Forms of values that are not structs.
macro_rules! no_struct {
    ($($method:ident($($kind:ty),*) -> $result:ty;)*) => {
        $(fn $method(self, $(_: $kind),*) -> Result<$result, Error> {
            Err(Error::custom("expected a struct"))
        })*
    };
}

type Not = Impossible<Value, Error>;

impl Serializer for Fields<'_> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Not;
    type SerializeTuple = Not;
    type SerializeTupleStruct = Not;
    type SerializeTupleVariant = Not;
    type SerializeMap = Not;
    type SerializeStruct = Self;
    type SerializeStructVariant = Not;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Error> {
        Err(Error::custom("expected a struct"))
    }

    no_struct! {
        serialize_bool(bool) -> Value;
        serialize_i8(i8) -> Value;
        serialize_i16(i16) -> Value;
        serialize_i32(i32) -> Value;
        serialize_i64(i64) -> Value;
        serialize_u8(u8) -> Value;
        serialize_u16(u16) -> Value;
        serialize_u32(u32) -> Value;
        serialize_u64(u64) -> Value;
        serialize_f32(f32) -> Value;
        serialize_f64(f64) -> Value;
        serialize_char(char) -> Value;
        serialize_str(&str) -> Value;
        serialize_bytes(&[u8]) -> Value;
        serialize_none() -> Value;
        serialize_unit() -> Value;
        serialize_unit_struct(&'static str) -> Value;
        serialize_unit_variant(&'static str, u32, &'static str) -> Value;
        serialize_seq(Option<usize>) -> Not;
        serialize_tuple(usize) -> Not;
        serialize_tuple_struct(&'static str, usize) -> Not;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Not;
        serialize_map(Option<usize>) -> Not;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Not;
    }
}

#[cfg(test)]
mod tests {
    use genesys_users::types::User;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_has_the_fields_that_are_asked_for_as_if_it_were_written_whole() {
        let whole = json!({ "id": "1", "name": "Sample", "version": 2, "division": { "id": "d", "name": "Home" } });
        let user: User = serde_json::from_value(whole.clone()).expect("a user");
        assert_eq!(of(&user, &Paths::All), whole);
        let some = of(&user, &Paths::some(["id", "division", "email"]));
        assert_eq!(some, json!({ "id": "1", "division": { "id": "d", "name": "Home" } }));
        assert_eq!(of(&"text", &Paths::some(["id"])), Value::Null);
    }
}
