//! One user: the sample person, and what has been changed about it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::people::{People, Person};

/// Whether an account is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UserState {
    Active,
    Inactive,
    Deleted,
}

impl UserState {
    /// In the order of their values.
    pub(crate) const ALL: [Self; 3] = [Self::Active, Self::Inactive, Self::Deleted];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Deleted => "deleted",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub(crate) fn of_sample(index: u64) -> Self {
        if People::is_active(index) { Self::Active } else { Self::Inactive }
    }
}

/// What differs from the sample person, or everything about a created user.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    /// The id of a user from a file. The ids of all others follow from their index.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) version: i64,
    pub(crate) state: UserState,
    /// When the state was changed last, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) state_change: Option<StateChange>,
    /// Fields by name; `null` for a cleared one.
    pub(crate) fields: Map<String, Value>,
}

/// When and why the state of a user changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StateChange {
    pub(crate) date: String,
    pub(crate) reason: Option<String>,
}

/// One user in its current state.
#[derive(Clone, Debug)]
pub(crate) struct User<'a> {
    pub(crate) index: u64,
    pub(crate) id: String,
    pub(crate) version: i64,
    pub(crate) state: UserState,
    pub(crate) state_change: Option<&'a StateChange>,
    /// The sample person, unless the user was created.
    pub(crate) person: Option<Person>,
    pub(crate) fields: Option<&'a Map<String, Value>>,
}

impl User<'_> {
    /// The value of a field that was changed: `Some(Value::Null)` for a cleared one.
    pub(crate) fn changed(&self, field: &str) -> Option<&Value> {
        self.fields?.get(field)
    }

    /// The name, as JSON text.
    pub(crate) fn name(&self) -> Value {
        let original = || self.person.as_ref().map(|person| person.name().into()).unwrap_or_default();
        self.changed("name").cloned().unwrap_or_else(original)
    }
}

/// The domain of Jabber ids, with its `@`.
pub(crate) const CHAT_DOMAIN: &str = "@chat.example.com";

pub(crate) fn jabber_id(id: &str) -> String {
    format!("{id}{CHAT_DOMAIN}")
}

/// The path of a user.
pub(crate) fn user_uri(id: &str) -> String {
    format!("/api/v2/users/{id}")
}

/// How one user refers to another.
pub(crate) fn user_reference(id: &str) -> Value {
    json!({ "id": id, "selfUri": user_uri(id) })
}
