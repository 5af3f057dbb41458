//! Decodes elements into types, with serde.
//!
//! | in the document | in the type |
//! | --- | --- |
//! | child elements and attributes | fields of their names without prefix, in any order; unknown ones are skipped |
//! | several children of one name | a `Vec`, even if other elements are between them; a single value takes the first |
//! | an empty element, in an optional field | `None` |
//! | text | strings, numbers and `bool`, without white space around it |
//! | text beside attributes or children | the field `$text` |
//! | text alone, if the type has no field `$text` | its field `code`, if it has one |
//! | `true`, `1`, `yes`, `y`, `on`; `false`, `0`, `no`, `n`, `off`, in any case | `bool` |
//!
//! Types that keep the text (`String`, `Timestamp`, `Decimal`, open enumerations) never fail. An invalid whole number or
//! `bool` is an error with its path, since its value would otherwise be lost silently.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{CowStrDeserializer, StrDeserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, Expected, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};

use super::error::{XmlError, XmlErrorKind, printable};
use super::tree::{Element, trim};

/// The field that takes the text of an element with attributes or children.
const TEXT: &str = "$text";
/// The field that takes text without attributes and children, if there is no field `$text`.
const CODE: &str = "code";

/// Decodes an element.
pub(super) fn decode<T: de::DeserializeOwned>(element: Element<'_>) -> Result<T, XmlError> {
    let values = [Value::Element(element)];
    T::deserialize(Group(&values)).map_err(|error| {
        let mut path = printable(element.name()).to_owned();
        for name in error.path.iter().rev() {
            path.push('/');
            path.push_str(printable(name));
        }
        XmlError::new((XmlErrorKind::Value, error.what.into()), 0, path)
    })
}

/// An invalid value. It holds what was expected, never what was found.
#[derive(Debug)]
pub(super) struct ValueError {
    what: String,
    /// Names of elements, innermost first.
    path: Vec<String>,
}

impl ValueError {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), path: Vec::new() }
    }

    fn within(mut self, name: &str) -> Self {
        self.path.push(name.to_owned());
        self
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)
    }
}

impl std::error::Error for ValueError {}

impl de::Error for ValueError {
    /// The message may quote the document.
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::new("invalid value")
    }

    fn invalid_type(_found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn invalid_value(_found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn invalid_length(_length: usize, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {expected}"))
    }

    fn unknown_variant(_found: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected one of {}", expected.join(", ")))
    }

    fn unknown_field(_found: &str, expected: &'static [&'static str]) -> Self {
        Self::new(format!("expected only {}", expected.join(", ")))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("`{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(format!("duplicate field `{field}`"))
    }
}

/// A source of a field's value.
#[derive(Clone, Copy)]
enum Value<'a> {
    Element(Element<'a>),
    Attribute(&'a str),
    /// The text of an element that has attributes or children.
    Text(Element<'a>),
}

impl<'a> Value<'a> {
    fn text(self) -> Cow<'a, str> {
        match self {
            // The site may split a text into child elements.
            Self::Element(element) if element.children().next().is_some() => element.all_text(),
            Self::Element(element) | Self::Text(element) => element.text(),
            Self::Attribute(value) => Cow::Borrowed(trim(value)),
        }
    }

    fn is_empty(self) -> bool {
        match self {
            Self::Element(element) => element.is_empty(),
            Self::Attribute(value) => trim(value).is_empty(),
            Self::Text(element) => element.text().is_empty(),
        }
    }
}

/// All values of one name, at least one.
#[derive(Clone, Copy)]
struct Group<'v, 'a>(&'v [Value<'a>]);

impl<'a> Group<'_, 'a> {
    fn first(self) -> Value<'a> {
        self.0.first().copied().unwrap_or(Value::Attribute(""))
    }

    fn number<T: std::str::FromStr>(self, expected: &str) -> Result<T, ValueError> {
        let text = self.first().text();
        // The site may write a computed whole number with a decimal point.
        let whole = text.split_once('.').filter(|(_, rest)| rest.bytes().all(|digit| digit == b'0'));
        let parsed = text.parse().ok().or_else(|| whole.and_then(|(whole, _)| whole.parse().ok()));
        parsed.ok_or_else(|| ValueError::new(format!("expected {expected}")))
    }
}

macro_rules! number {
    ($($method:ident $visit:ident $expected:literal,)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
            visitor.$visit(self.number($expected)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Group<'_, '_> {
    type Error = ValueError;

    number! {
        deserialize_i8 visit_i8 "a whole number of 8 bits",
        deserialize_i16 visit_i16 "a whole number of 16 bits",
        deserialize_i32 visit_i32 "a whole number of 32 bits",
        deserialize_i64 visit_i64 "a whole number of 64 bits",
        deserialize_i128 visit_i128 "a whole number of 128 bits",
        deserialize_u8 visit_u8 "a whole number of 8 bits that is not negative",
        deserialize_u16 visit_u16 "a whole number of 16 bits that is not negative",
        deserialize_u32 visit_u32 "a whole number of 32 bits that is not negative",
        deserialize_u64 visit_u64 "a whole number of 64 bits that is not negative",
        deserialize_u128 visit_u128 "a whole number of 128 bits that is not negative",
        deserialize_f32 visit_f32 "a number",
        deserialize_f64 visit_f64 "a number",
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        let text = self.first().text();
        let is = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
        if is(["true", "1", "yes", "y", "on"]) {
            visitor.visit_bool(true)
        } else if is(["false", "0", "no", "n", "off"]) {
            visitor.visit_bool(false)
        } else {
            Err(ValueError::new("expected true or false"))
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        match self.first().text() {
            Cow::Borrowed(text) => visitor.visit_str(text),
            Cow::Owned(text) => visitor.visit_string(text),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_bytes(self.first().text().as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.0.iter().all(|value| value.is_empty()) { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _name: &'static str, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_seq(Items(self.0.iter()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_map(Fields::new(self.first()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let mut of_element = Fields::new(self.first());
        of_element.name_text(fields);
        visitor.visit_map(of_element)
    }

    /// A fieldless enum of the caller's.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ValueError> {
        let word: CowStrDeserializer<'_, ValueError> = self.first().text().into_deserializer();
        visitor.visit_enum(word)
    }

    /// Free-form values: an object if there are children or attributes, a list if there are several, else text.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        if self.0.len() > 1 {
            return self.deserialize_seq(visitor);
        }
        match self.first() {
            Value::Element(element) if has_fields(element) => self.deserialize_map(visitor),
            _ => self.deserialize_str(visitor),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ValueError> {
        visitor.visit_unit()
    }
}

fn has_fields(element: Element<'_>) -> bool {
    element.children().next().is_some() || element.own_attributes().next().is_some()
}

/// The values of one name, as a sequence.
struct Items<'v, 'a>(std::slice::Iter<'v, Value<'a>>);

impl<'de> SeqAccess<'de> for Items<'_, '_> {
    type Error = ValueError;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, ValueError> {
        let Some(value) = self.0.next() else { return Ok(None) };
        seed.deserialize(Group(std::slice::from_ref(value))).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

/// The children and attributes of an element, grouped by name.
struct Fields<'a> {
    names: Vec<(&'a str, Value<'a>)>,
    next: usize,
    current: &'a str,
    group: Vec<Value<'a>>,
}

impl<'a> Fields<'a> {
    fn new(value: Value<'a>) -> Self {
        let mut names = Vec::new();
        if let Value::Element(element) = value {
            names.extend(element.children().map(|child| (child.name(), Value::Element(child))));
            let children = names.len();
            for (name, value) in element.own_attributes() {
                // An element takes precedence over an attribute of the same name.
                if !names[..children].iter().any(|(child, _)| *child == name) {
                    names.push((name, Value::Attribute(value)));
                }
            }
            if !element.text().is_empty() {
                names.push((TEXT, Value::Text(element)));
            }
            // Stable: the values of one name keep their order.
            names.sort_by_key(|(name, _)| *name);
        }
        Self { names, next: 0, current: "", group: Vec::new() }
    }

    /// Uses text without attributes as the `code` of a type that has a code and a label.
    fn name_text(&mut self, fields: &[&str]) {
        if let [(name @ TEXT, _)] = self.names.as_mut_slice()
            && !fields.contains(&TEXT)
            && fields.contains(&CODE)
        {
            *name = CODE;
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = ValueError;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, ValueError> {
        let Some((name, _)) = self.names.get(self.next) else { return Ok(None) };
        self.current = name;
        self.group.clear();
        let same = self.names[self.next..].iter().take_while(|(other, _)| other == name);
        self.group.extend(same.map(|(_, value)| *value));
        self.next += self.group.len();
        let name: StrDeserializer<'_, ValueError> = self.current.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, ValueError> {
        seed.deserialize(Group(&self.group)).map_err(|error| error.within(self.current))
    }
}
