//! An account from a file of people.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lms::model::reference::Organization;

/// An account from a file. It has what the file says of it and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Imported {
    /// Counted on from the sample people.
    pub(crate) index: u64,
    pub(crate) login: String,
    pub(crate) family: String,
    pub(crate) active: bool,
    /// The other fields that hold a text, by path: `jobTitle`, `organization.id`. None is empty.
    pub(crate) texts: BTreeMap<String, String>,
    /// The descriptions of the attributes.
    pub(crate) attributes: Vec<String>,
    /// At least one.
    pub(crate) assignments: Vec<ImportedAssignment>,
}

/// An assignment of an account from a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportedAssignment {
    pub(crate) id: String,
    pub(crate) code: String,
    pub(crate) primary: bool,
}

impl Imported {
    /// The text of a field that only some accounts have.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// The organization, if it is one of the site's own.
    pub(crate) fn organization(&self) -> Option<&'static Organization> {
        self.text("organization.id").and_then(Organization::find)
    }
}
