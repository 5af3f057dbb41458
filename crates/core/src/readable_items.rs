//! The items of a list that can be read, and which ones cannot.
//!
//! One value that does not fit its type makes a whole response unreadable, since nothing is to be lost in silence. A caller
//! who would rather go on without the item decodes the list as [`ReadableItems`], which says what it left out.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;

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
        while let Some(text) = sequence.next_element::<Box<RawValue>>()? {
            match read_item(index, text.get()) {
                Ok(item) => read.items.push(item),
                Err(item) => read.unreadable.push(item),
            }
            index += 1;
        }
        Ok(read)
    }
}

/// Reads the JSON text of an item of a list, for listings that keep the texts of their items.
///
/// # Errors
/// The item, with its number in the list and what is wrong with it.
pub fn read_item<T: DeserializeOwned>(index: usize, text: &str) -> Result<T, UnreadableItem> {
    serde_json::from_str(text).or_else(|_| {
        // Once more, to learn where it differs.
        serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text)).map_err(|error| {
            let id = serde_json::from_str(text).ok().and_then(|value| printable_id(&value));
            let path = printable_path(error.path()).map(|path| format!(", in `{path}`")).unwrap_or_default();
            let expected = expectation(&error.inner().to_string());
            let cause = path + &expected.map_or_else(|| ": invalid value".to_owned(), |it| format!(": {it}"));
            UnreadableItem { index, id, cause }
        })
    })
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
                "item 5 with id `d`: duplicate field `version`",
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
