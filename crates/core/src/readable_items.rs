//! The items of a list that can be read, and which ones cannot.
//!
//! One value that does not fit its type makes a whole response unreadable, since nothing is to be lost in silence. A caller
//! who would rather go on without the item decodes the list as [`ReadableItems`], which says what it left out.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::transport::{expectation, printable_id, printable_path};

/// The items of a JSON array that match `T`. The others are left out and [told](Self::unreadable).
///
/// The array itself must be one: anything else is an error, as for a `Vec`.
///
/// ```
/// use rosterkit_core::ReadableItems;
///
/// #[derive(serde::Deserialize)]
/// struct User {
///     id: String,
///     active: bool,
/// }
///
/// let text = r#"[{"id":"u-1","active":true},{"id":"u-2","active":"perhaps"}]"#;
/// let users: ReadableItems<User> = serde_json::from_str(text)?;
/// assert_eq!((users.items.len(), users.unreadable.len()), (1, 1));
/// assert_eq!(users.unreadable[0].to_string(), "item 1 with id `u-2`, in `active`: expected a boolean");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReadableItems<T> {
    /// The items that could be read, in their order.
    pub items: Vec<T>,
    /// Those that could not.
    pub unreadable: Vec<UnreadableItem>,
}

/// An item of a list that could not be read. It prints nothing of the item but its id, unless that could be an address or a
/// name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnreadableItem {
    /// Its number in the list, counted from 0.
    pub index: usize,
    /// Its `id`.
    pub id: Option<String>,
    cause: String,
}

impl fmt::Display for UnreadableItem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "item {}", self.index)?;
        if let Some(id) = &self.id {
            write!(formatter, " with id `{id}`")?;
        }
        formatter.write_str(&self.cause)
    }
}

impl<T> Default for ReadableItems<T> {
    fn default() -> Self {
        Self { items: Vec::new(), unreadable: Vec::new() }
    }
}

impl<T> From<Vec<T>> for ReadableItems<T> {
    fn from(items: Vec<T>) -> Self {
        Self { items, unreadable: Vec::new() }
    }
}

/// Shows how many items there are, not the items.
impl<T> fmt::Debug for ReadableItems<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ReadableItems")
            .field("items", &self.items.len())
            .field("unreadable", &self.unreadable)
            .finish()
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for ReadableItems<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items(PhantomData))
    }
}

struct Items<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Items<T> {
    type Value = ReadableItems<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<ReadableItems<T>, A::Error> {
        let mut read = ReadableItems::default();
        let mut index = 0;
        while let Some(item) = sequence.next_element::<Item>()? {
            match item.read() {
                Ok(item) => read.items.push(item),
                Err(cause) => read.unreadable.push(UnreadableItem { index, id: printable_id(&item.value), cause }),
            }
            index += 1;
        }
        Ok(read)
    }
}

/// An item before it is read as what it should be.
struct Item {
    value: Value,
    /// Whether an object in it has a name twice, of which a value keeps one only.
    has_duplicates: bool,
}

impl Item {
    /// The item, or why it cannot be read, in words that follow the item's name.
    fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        if self.has_duplicates {
            return Err(": a field occurs twice".to_owned());
        }
        serde_path_to_error::deserialize(&self.value).map_err(|error| {
            let path = printable_path(error.path()).map(|path| format!(", in `{path}`")).unwrap_or_default();
            let expected = expectation(&error.inner().to_string());
            let expected = expected.map_or_else(|| ": invalid value".to_owned(), |expected| format!(": {expected}"));
            path + &expected
        })
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyItem)
    }
}

struct AnyItem;

fn scalar<E>(value: Value) -> Result<Item, E> {
    Ok(Item { value, has_duplicates: false })
}

impl<'de> Visitor<'de> for AnyItem {
    type Value = Item;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Item, E> {
        scalar(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Item, E> {
        scalar(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Item, E> {
        scalar(number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Item, E> {
        scalar(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Item, E> {
        scalar(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Item, E> {
        scalar(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Item, E> {
        scalar(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Item, A::Error> {
        let (mut values, mut has_duplicates) = (Vec::new(), false);
        while let Some(item) = sequence.next_element::<Item>()? {
            has_duplicates |= item.has_duplicates;
            values.push(item.value);
        }
        Ok(Item { value: Value::Array(values), has_duplicates })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Item, A::Error> {
        let (mut fields, mut has_duplicates) = (Map::new(), false);
        while let Some((name, item)) = map.next_entry::<String, Item>()? {
            has_duplicates |= item.has_duplicates;
            has_duplicates |= fields.insert(name, item.value).is_some();
        }
        Ok(Item { value: Value::Object(fields), has_duplicates })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct User {
        id: Option<String>,
        version: Option<u8>,
    }

    fn read(text: &str) -> Result<ReadableItems<User>, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn what_can_be_read_is_read_as_in_a_list() {
        for text in ["[]", r#"[{"id":"a","version":1},{},{"id":null,"other":[{"x":1.5}]}]"#] {
            let expected: Vec<User> = serde_json::from_str(text).expect("readable");
            assert_eq!(read(text).expect("readable"), ReadableItems { items: expected, unreadable: Vec::new() });
        }
    }

    #[test]
    fn each_item_that_cannot_be_read_is_left_out_and_told() {
        let text = r#"[{"id":"a"},{"id":"b","version":300},7,{"id":"c","version":"S3NTINEL"},
            {"id":"sample@example.com","version":true},{"id":"d","version":1,"version":2},{"id":"e","version":-1},{"id":"f"}]"#;
        let read = read(text).expect("a list");
        let ids: Vec<_> = read.items.iter().filter_map(|user| user.id.as_deref()).collect();
        let told: Vec<_> = read.unreadable.iter().map(ToString::to_string).collect();
        assert_eq!(ids, ["a", "f"]);
        assert_eq!(
            told,
            [
                "item 1 with id `b`, in `version`: expected u8",
                "item 2: expected struct User",
                "item 3 with id `c`, in `version`: expected u8",
                "item 4, in `version`: expected u8",
                "item 5 with id `d`: a field occurs twice",
                "item 6 with id `e`, in `version`: expected u8",
            ]
        );
        assert!(!format!("{read:?}").contains("S3NTINEL") && !format!("{read:?}").contains("sample@"));
    }

    #[test]
    fn what_is_no_list_or_no_json_is_an_error() {
        for text in ["{}", "7", "null", r#""a""#, r#"[{"id":"a"}"#, r#"[{"id":}]"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
