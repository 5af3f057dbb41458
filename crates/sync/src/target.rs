//! What a target directory takes, and how its records are read.

mod genesys_users;
mod lms_users;
mod names;
mod session_users;

use serde_json::{Map, Value};

pub(crate) use genesys_users::expands;
pub(crate) use names::{Names, Nouns};

use crate::config::To;
use crate::state::snapshots::TargetStatus;

/// A record of the target, as far as sync is concerned.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TargetRecord {
    pub(crate) id: String,
    pub(crate) label: Option<String>,
    pub(crate) status: TargetStatus,
    pub(crate) version: Option<i64>,
    /// Why it cannot be written.
    pub(crate) unwritable: Option<&'static str>,
    /// All fields that a flow could own, as far as they were read.
    pub(crate) fields: Map<String, Value>,
}

/// The kind of a directory that people go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::enum_variant_names, reason = "as in the sync file")]
pub(crate) enum Directory {
    SessionUsers,
    GenesysUsers,
    /// Linked only: nothing is written.
    LmsUsers,
}

impl Directory {
    /// The directory of a flow of people.
    pub(crate) fn of(to: To) -> Option<Self> {
        match to {
            To::SessionUsers => Some(Self::SessionUsers),
            To::GenesysUsers => Some(Self::GenesysUsers),
            To::LmsUsers => Some(Self::LmsUsers),
            To::LmsExternalTraining => None,
        }
    }

    /// Whether people are only recognized in it.
    pub(crate) fn is_link_only(self) -> bool {
        self == Self::LmsUsers
    }

    /// Reads a row of its listing.
    ///
    /// # Errors
    /// Why the row cannot be used. It has no values.
    pub(crate) fn record(self, row: &Value, names: &Names) -> Result<TargetRecord, String> {
        match self {
            Self::SessionUsers => session_users::record(row),
            Self::GenesysUsers => genesys_users::record(row, names),
            Self::LmsUsers => lms_users::record(row),
        }
    }

    /// A value as the directory takes it in a field.
    ///
    /// # Errors
    /// What is expected. It has no values.
    pub(crate) fn value(self, field: &str, value: Value, names: &Names) -> Result<Value, String> {
        match (self, value) {
            (Self::GenesysUsers, value) => genesys_users::value(field, value, names),
            (_, value @ Value::String(_)) => Ok(value),
            // Another number was rounded when it was read.
            (_, Value::Number(number)) if !number.is_f64() => Ok(Value::String(number.to_string())),
            (_, Value::Number(_)) => Err("expected a text, or a whole number of at most 18 digits".to_owned()),
            (_, Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err("expected a text".to_owned()),
        }
    }

    /// What is to be written, where a mapped value says only part of it: with the rest from the target.
    pub(crate) fn completed(self, field: &str, after: Value, before: Option<&Value>) -> Value {
        match self {
            Self::GenesysUsers => genesys_users::completed(field, after, before),
            Self::SessionUsers | Self::LmsUsers => after,
        }
    }

    /// The field whose value is the exact key by which the service itself recognizes a person.
    pub(crate) fn key_field(self) -> Option<&'static str> {
        match self {
            Self::SessionUsers => Some("remoteId"),
            Self::GenesysUsers | Self::LmsUsers => None,
        }
    }

    /// The fields without which no one is created.
    pub(crate) fn required_fields(self) -> &'static [&'static str] {
        match self {
            Self::SessionUsers => &["remoteId", "firstName", "lastName"],
            Self::GenesysUsers => &["name", "email"],
            Self::LmsUsers => &[],
        }
    }
}

/// A text of a record, if it has one.
pub(crate) fn text(row: &Value, name: &str) -> Option<String> {
    match row.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The name of a person in a record of any service.
pub(crate) fn label(row: &Value) -> Option<String> {
    if let Some(name) = text(row, "name") {
        return Some(name);
    }
    let names = ["firstName", "given", "lastName", "family"].into_iter().filter_map(|name| text(row, name));
    let label = names.collect::<Vec<_>>().join(" ");
    (!label.is_empty()).then_some(label)
}
