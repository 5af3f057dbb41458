//! Records as they are read, which become rows only where that is needed.
//!
//! Most people are as in the last read. A digest over the text of what a flow uses of a record tells so, and is far cheaper than the
//! row.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use rosterkit_core::{UnreadableItem, read_item};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Deserializer, Value};
use sha2::{Digest as _, Sha256};

use super::{Row, fields};
use crate::expression::Paths;
use crate::hex::{half, parts};

/// A record of a source.
#[derive(Debug)]
pub(crate) enum Record {
    /// An item of a listing.
    Item(Item),
    /// A row, where that is the first form of a record.
    Row(Row),
}

impl Record {
    /// What tells it from all records of which a flow uses something else, where there is such a digest.
    pub(crate) fn digest(&self) -> Option<u128> {
        match self {
            Self::Item(item) => item.digest,
            Self::Row(_) => None,
        }
    }

    /// The row.
    ///
    /// # Errors
    /// Why it cannot be read. The text has no values.
    pub(crate) fn into_row(self) -> Result<Row, String> {
        match self {
            Self::Item(item) => item.row().map_err(|unreadable| format!("{}: {unreadable}", item.what)),
            Self::Row(row) => Ok(row),
        }
    }
}

/// How the items of a listing become rows.
pub(super) struct Form {
    read: fn(usize, &str, &Paths) -> Result<Value, UnreadableItem>,
    /// What rows have of an item, at least.
    fields: Paths,
    /// The parts that are asked for.
    expand: Vec<String>,
    /// What rows depend on beside the item. Without it, items have no digest.
    context: Option<Context>,
}

/// What rows depend on beside the record.
pub(crate) type Context = [u8; 32];

impl Form {
    /// Items that are read as `T`, and have the fields as rows.
    pub(super) fn of<T: DeserializeOwned + Serialize>(
        fields: Paths,
        expand: &[String],
        context: Option<Context>,
    ) -> Arc<Self> {
        let read = |index, text: &str, paths: &Paths| read_item::<T>(index, text).map(|item| fields::of(&item, paths));
        Arc::new(Self { read, fields, expand: expand.to_vec(), context })
    }
}

/// An item of a listing.
pub(crate) struct Item {
    what: &'static str,
    /// Its number on its page, from 0.
    index: usize,
    text: Box<RawValue>,
    id: Option<String>,
    digest: Option<u128>,
    form: Arc<Form>,
}

impl Item {
    pub(super) fn new(what: &'static str, index: usize, text: Box<RawValue>, form: &Arc<Form>) -> Self {
        let hashed = form.context.map(|context| context.to_vec());
        let mut scan = Scan { fields: &form.fields, hashed, id: None };
        let is_object = (&mut scan).deserialize(&mut Deserializer::from_str(text.get())).is_ok();
        let digest = scan.hashed.filter(|_| is_object).map(|hashed| half(Sha256::new_with_prefix(hashed)));
        Self { what, index, id: scan.id, digest, text, form: Arc::clone(form) }
    }

    /// Its id, if it has one.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// What is wrong with an item without an id.
    pub(super) fn problem(&self) -> String {
        match self.row() {
            Ok(_) => format!("{}: item {} has no `id`", self.what, self.index),
            Err(unreadable) => format!("{}: {unreadable}", self.what),
        }
    }

    fn row(&self) -> Result<Row, UnreadableItem> {
        let value = (self.form.read)(self.index, self.text.get(), &self.form.fields)?;
        Ok(Row::of(value, &self.form.expand))
    }
}

/// Shows nothing of a person.
impl fmt::Debug for Item {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Item").field("what", &self.what).field("index", &self.index).finish_non_exhaustive()
    }
}

/// Finds the id of an item, and the fields that rows have of it.
struct Scan<'a> {
    fields: &'a Paths,
    /// What the digest is of, in one piece: to hash it bit by bit takes longer.
    hashed: Option<Vec<u8>>,
    id: Option<String>,
}

/// The name of a field.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// An id as services write them: a text, or a number where a service is loose about it.
#[derive(Deserialize)]
struct Id(#[serde(deserialize_with = "rosterkit_core::loose_json::deserialize")] String);

impl Id {
    fn read(json: &str) -> Option<String> {
        // Most are texts without an escape.
        let plain = json.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).filter(|text| !text.contains('\\'));
        let id = plain.map(str::to_owned).or_else(|| serde_json::from_str(json).ok().map(|Self(id)| id));
        id.filter(|id| !id.is_empty())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Scan<'_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Scan<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(Name(name)) = map.next_key::<Name<'de>>()? {
            let is_id = name == "id";
            if !is_id && !self.fields.contains(&name) {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let text = map.next_value::<&RawValue>()?.get();
            if is_id {
                self.id = Id::read(text);
            }
            if let Some(hashed) = &mut self.hashed {
                for (length, text) in [&name, text].map(|text| parts(Some(text))) {
                    hashed.extend(length);
                    hashed.extend(text.as_bytes());
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use session_clusters::types::SessionUser;

    use super::*;

    fn item(text: &str, fields: Paths, context: Option<Context>) -> Item {
        let text = RawValue::from_string(text.to_owned()).expect("JSON");
        Item::new("session users", 3, text, &Form::of::<SessionUser>(fields, &[], context))
    }

    #[test]
    fn the_digest_is_that_of_the_fields_that_are_used_and_of_what_rows_depend_on_besides() {
        let digest = |text: &str, context: u8| {
            item(text, Paths::some(["id", "active"]), Some([context; 32])).digest.expect("a digest")
        };
        let first = digest(r#"{"id":"u-1","active":true,"lastName":"A"}"#, 1);
        for same in [
            r#"{"id":"u-1","active":true,"lastName":"B"}"#,
            r#"{"id":"u-1", "active" : true}"#,
            r#"{"other":[{"id":"x"}],"id":"u-1","\u0061ctive":true}"#,
        ] {
            assert_eq!(digest(same, 1), first, "{same}");
        }
        for other in [
            r#"{"id":"u-2","active":true}"#,
            r#"{"id":"u-1","active":false}"#,
            r#"{"id":"u-1"}"#,
            r#"{"id":"u-1","active":true,"active":true}"#,
            r#"{"id":"u-1\",\"active","x":true}"#,
        ] {
            assert_ne!(digest(other, 1), first, "{other}");
        }
        assert_ne!(digest(r#"{"id":"u-1","active":true}"#, 2), first);
        assert_eq!(item(r#"{"id":"u-1"}"#, Paths::All, None).digest, None);
    }

    #[test]
    fn an_item_becomes_the_row_of_its_type_or_says_why_not() {
        let text = r#"{"id":4711,"active":true,"remoteId":"r-1","new":1}"#;
        let item_of = |text: &str| item(text, Paths::All, Some([0; 32]));
        assert_eq!(item_of(text).id(), Some("4711"));
        let row = Record::Item(item_of(text)).into_row().expect("a row");
        assert_eq!(row.value, json!({ "id": "4711", "active": true, "remoteId": "r-1", "new": 1 }));
        for (json, id) in [(r#""u-1""#, "u-1"), (r#""\u0075-1""#, "u-1"), (r#""\"""#, "\""), ("4711", "4711")] {
            assert_eq!(item_of(&format!(r#"{{"id": {json}, "active": true}}"#)).id(), Some(id), "{json}");
        }
        for (text, id, problem) in [
            (
                r#"{"id":"u-1","active":"S3NTINEL"}"#,
                Some("u-1"),
                "session users: item 3 with id `u-1`, in `active`: expected",
            ),
            (r#"{"id":"","active":true}"#, None, "session users: item 3 has no `id`"),
            (r#"{"active":true}"#, None, "session users: item 3 has no `id`"),
            (r#"{"id":["u-1"]}"#, None, "session users: item 3, in `id`: expected"),
            ("7", None, "session users: item 3: expected"),
        ] {
            let found = item_of(text);
            assert_eq!((found.id(), found.problem().starts_with(problem)), (id, true), "{text}: {}", found.problem());
            assert!(!format!("{found:?}{}", found.problem()).contains("S3NTINEL"), "{text}");
        }
        assert_eq!(item_of("7").digest, None);
    }
}
