//! Types as documents, through serde: for the responses of test servers.

use std::fmt;

use rosterkit_core::Error;
use serde::ser::{
    self, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple, Serializer,
};

use super::read::FromXml;
use super::writer::{XML_DECLARATION, XmlWriter, write};

/// Writes a document of the site, for the responses of your test servers. [`FromXml::from_xml`] reads it back.
///
/// Elements come in alphabetical order, and what is absent is left out.
///
/// ```
/// use peoplefluent_lms::types::{OverallStatus, TrainingHistory, TrainingRecord};
/// use peoplefluent_lms::xml::{FromXml as _, to_xml};
///
/// let record = TrainingRecord {
///     id: Some("T-1".into()),
///     overall_status: Some(OverallStatus::Completed),
///     ..TrainingRecord::default()
/// };
/// let history = TrainingHistory { training_record: Some(vec![record]), ..TrainingHistory::default() };
/// let document = to_xml(&history)?;
/// assert!(document.ends_with(
///     r#"<trainingHistory><trainingRecord id="T-1"><overallStatus>completed</overallStatus></trainingRecord></trainingHistory>"#
/// ));
/// assert_eq!(TrainingHistory::from_xml(document)?, history);
/// # Ok::<(), peoplefluent_lms::Error>(())
/// ```
///
/// # Errors
/// [`ErrorKind::Configuration`](crate::ErrorKind::Configuration) if a text holds a control character, which no
/// document can.
pub fn to_xml<T: FromXml + Serialize>(document: &T) -> Result<String, Error> {
    let unwritable = |what| Error::configuration(format!("cannot write `{}`: {what}", T::ROOT));
    let root = document.serialize(ToContent(T::ATTRIBUTES)).map_err(|error| unwritable(error.0))?;
    let root = write(T::ROOT, |element| root.fill(element)).map_err(unwritable)?;
    Ok(format!("{XML_DECLARATION}{root}"))
}

/// The content of an element.
enum Content {
    Absent,
    Text(String),
    Many(Vec<Content>),
    Fields { attributes: Vec<(String, String)>, children: Vec<(String, Content)> },
}

impl Content {
    fn fill(&self, element: &mut XmlWriter<'_>) {
        match self {
            Self::Absent => {}
            Self::Text(text) => {
                element.text(text);
            }
            // A list in a list has no names of its own.
            Self::Many(items) => items.iter().for_each(|item| item.fill(element)),
            Self::Fields { attributes, children } => {
                for (name, value) in attributes {
                    element.attribute(name, value);
                }
                for (name, child) in children {
                    child.write(name, element);
                }
            }
        }
    }

    fn write(&self, name: &str, parent: &mut XmlWriter<'_>) {
        match self {
            Self::Absent => {}
            Self::Many(items) => items.iter().for_each(|item| item.write(name, parent)),
            content => {
                parent.element(name, |element| content.fill(element));
            }
        }
    }
}

/// Which fields of which types are attributes.
type Attributes = &'static [(&'static str, &'static [&'static str])];

#[derive(Clone, Copy)]
struct ToContent(Attributes);

/// A value that no element can hold.
#[derive(Debug)]
struct Unwritable(String);

impl fmt::Display for Unwritable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self("it holds a value that XML cannot represent".to_owned())
    }
}

macro_rules! text {
    ($($method:ident $kind:ty,)*) => {$(
        fn $method(self, value: $kind) -> Result<Content, Unwritable> {
            Ok(Content::Text(value.to_string()))
        }
    )*};
}

impl Serializer for ToContent {
    type Ok = Content;
    type Error = Unwritable;
    type SerializeSeq = List;
    type SerializeTuple = List;
    type SerializeTupleStruct = Impossible<Content, Unwritable>;
    type SerializeTupleVariant = Impossible<Content, Unwritable>;
    type SerializeMap = Fields;
    type SerializeStruct = Fields;
    type SerializeStructVariant = Impossible<Content, Unwritable>;

    text! {
        serialize_bool bool, serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_f32 f32, serialize_f64 f64,
        serialize_char char, serialize_str &str,
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<Content, Unwritable> {
        Err(ser::Error::custom("bytes"))
    }

    fn serialize_none(self) -> Result<Content, Unwritable> {
        Ok(Content::Absent)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Content, Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Content, Unwritable> {
        Ok(Content::Absent)
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<Content, Unwritable> {
        Ok(Content::Absent)
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<Content, Unwritable> {
        Ok(Content::Text(variant.to_owned()))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Content, Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<Content, Unwritable> {
        Err(ser::Error::custom("a variant with content"))
    }

    fn serialize_seq(self, _length: Option<usize>) -> Result<List, Unwritable> {
        Ok(List { items: Vec::new(), inner: self })
    }

    fn serialize_tuple(self, _length: usize) -> Result<List, Unwritable> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unwritable> {
        Err(ser::Error::custom("a tuple"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(ser::Error::custom("a variant with content"))
    }

    fn serialize_map(self, _length: Option<usize>) -> Result<Fields, Unwritable> {
        self.serialize_struct("", 0)
    }

    fn serialize_struct(self, name: &'static str, _length: usize) -> Result<Fields, Unwritable> {
        let known = self.0.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, names)| names);
        Ok(Fields { known, attributes: Vec::new(), children: Vec::new(), key: String::new(), inner: self })
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _length: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(ser::Error::custom("a variant with content"))
    }
}

struct List {
    items: Vec<Content>,
    inner: ToContent,
}

impl SerializeSeq for List {
    type Ok = Content;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        self.items.push(value.serialize(self.inner)?);
        Ok(())
    }

    fn end(self) -> Result<Content, Unwritable> {
        Ok(Content::Many(self.items))
    }
}

impl SerializeTuple for List {
    type Ok = Content;
    type Error = Unwritable;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        SerializeSeq::serialize_element(self, value)
    }

    fn end(self) -> Result<Content, Unwritable> {
        SerializeSeq::end(self)
    }
}

struct Fields {
    /// The names that are attributes.
    known: &'static [&'static str],
    attributes: Vec<(String, String)>,
    children: Vec<(String, Content)>,
    key: String,
    inner: ToContent,
}

impl Fields {
    fn add(&mut self, name: String, content: Content) {
        match content {
            Content::Text(text) if self.known.contains(&name.as_str()) => self.attributes.push((name, text)),
            content => self.children.push((name, content)),
        }
    }
}

impl SerializeStruct for Fields {
    type Ok = Content;
    type Error = Unwritable;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Unwritable> {
        let content = value.serialize(self.inner)?;
        self.add(name.to_owned(), content);
        Ok(())
    }

    fn end(self) -> Result<Content, Unwritable> {
        Ok(Content::Fields { attributes: self.attributes, children: self.children })
    }
}

impl SerializeMap for Fields {
    type Ok = Content;
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        match key.serialize(self.inner)? {
            Content::Text(name) => self.key = name,
            _ => return Err(ser::Error::custom("a key that is not a string")),
        }
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        let (name, content) = (std::mem::take(&mut self.key), value.serialize(self.inner)?);
        self.add(name, content);
        Ok(())
    }

    fn end(self) -> Result<Content, Unwritable> {
        SerializeStruct::end(self)
    }
}
