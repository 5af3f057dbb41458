//! The users: the sample people, and what has been changed about them.
//!
//! Indices up to the number of people are theirs, those after belong to users created since. Of the people only changed
//! fields are kept.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::reference::Reference;
use crate::people::{People, Person};

/// Whether an account is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Active,
    Inactive,
    Deleted,
}

impl State {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Deleted => "deleted",
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::Deleted].into_iter().find(|state| state.as_str() == text)
    }

    pub(super) fn of_sample(index: u64) -> Self {
        if People::is_active(index) { Self::Active } else { Self::Inactive }
    }
}

/// All users.
#[derive(Debug)]
pub(super) struct Users {
    pub(super) people: People,
    changes: BTreeMap<u64, Change>,
    /// The users whose changed or first e-mail address this is, in lower case.
    emails: HashMap<String, u64>,
    created: u64,
}

/// What differs from the sample person, or all there is of a created user.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) version: i64,
    pub(super) state: State,
    /// Fields by name; `null` for a cleared one.
    pub(super) fields: Map<String, Value>,
}

/// One user as it is now.
#[derive(Clone, Debug)]
pub(super) struct User<'a> {
    pub(super) index: u64,
    pub(super) id: String,
    pub(super) version: i64,
    pub(super) state: State,
    /// The sample person, unless the user was created.
    pub(super) person: Option<Person>,
    pub(super) fields: Option<&'a Map<String, Value>>,
}

impl Users {
    pub(super) fn new(people: People) -> Self {
        Self { people, changes: BTreeMap::new(), emails: HashMap::new(), created: 0 }
    }

    /// What users refer to.
    pub(super) fn reference(&self) -> Reference {
        Reference::new(self.people.seed, self.people.count)
    }

    /// One more than the largest index.
    pub(super) fn end(&self) -> u64 {
        self.people.count + self.created
    }

    pub(super) fn changes(&self) -> impl Iterator<Item = (u64, &Change)> {
        self.changes.iter().map(|(index, change)| (*index, change))
    }

    pub(super) fn get(&self, index: u64) -> Option<User<'_>> {
        let (person, change) = (self.people.get(index), self.changes.get(&index));
        if person.is_none() && change.is_none() {
            return None;
        }
        Some(User {
            index,
            id: self.people.id(index),
            version: change.map_or(1, |change| change.version),
            state: change.map_or_else(|| State::of_sample(index), |change| change.state),
            person,
            fields: change.map(|change| &change.fields),
        })
    }

    pub(super) fn by_id(&self, id: &str) -> Option<User<'_>> {
        self.get(self.people.index_of_id(id)?)
    }

    pub(super) fn by_email(&self, email: &str) -> Option<User<'_>> {
        if let Some(index) = self.emails.get(&email.to_lowercase()) {
            return self.get(*index);
        }
        let user = self.get(self.people.by_email(email)?.index)?;
        let changed = user.fields.is_some_and(|fields| fields.contains_key("email"));
        (!changed).then_some(user)
    }

    pub(super) fn by_jabber_id(&self, jabber_id: &str) -> Option<User<'_>> {
        let holds = |user: &User<'_>| user.jabber_id().as_deref() == Some(jabber_id);
        let sample = || self.get(self.people.index_of_id(&id_of_jabber_id(jabber_id)?)?).filter(holds);
        sample().or_else(|| self.changes.keys().filter_map(|index| self.get(*index)).find(holds))
    }

    pub(super) fn create(&mut self, state: State, fields: Map<String, Value>) -> u64 {
        let index = self.end();
        self.created += 1;
        self.note_email(index, &fields);
        self.changes.insert(index, Change { version: 1, state, fields });
        index
    }

    /// Changes fields and, if given, the state of a user that exists, and raises its version.
    pub(super) fn update(&mut self, index: u64, state: Option<State>, fields: Map<String, Value>) {
        self.note_email(index, &fields);
        let current = State::of_sample(index);
        let change =
            self.changes.entry(index).or_insert_with(|| Change { version: 1, state: current, fields: Map::new() });
        change.version += 1;
        change.state = state.unwrap_or(change.state);
        change.fields.extend(fields);
    }

    fn note_email(&mut self, index: u64, fields: &Map<String, Value>) {
        if let Some(email) = fields.get("email").and_then(Value::as_str) {
            self.emails.retain(|_, holder| *holder != index);
            self.emails.insert(email.to_lowercase(), index);
        }
    }
}

impl User<'_> {
    /// The value of a field that was changed: `Some(Value::Null)` for a cleared one.
    pub(super) fn changed(&self, field: &str) -> Option<&Value> {
        self.fields?.get(field)
    }

    fn jabber_id(&self) -> Option<String> {
        match self.changed("chat") {
            Some(chat) => Some(chat.get("jabberId")?.as_str()?.to_owned()),
            None => Some(jabber_id(&self.id)),
        }
    }
}

const CHAT_DOMAIN: &str = "@chat.example.com";

pub(super) fn jabber_id(id: &str) -> String {
    format!("{id}{CHAT_DOMAIN}")
}

fn id_of_jabber_id(jabber_id: &str) -> Option<String> {
    Some(jabber_id.strip_suffix(CHAT_DOMAIN)?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_user_is_found_by_its_current_email_only() {
        let mut users = Users::new(People::new(7, 3));
        let old = users.people.get(1).map(|person| person.email()).unwrap_or_default();
        let found = |users: &Users, email: &str| users.by_email(email).map(|user| user.index);
        assert_eq!(found(&users, &old.to_uppercase()), None, "the domain is compared as it is written");
        assert_eq!(found(&users, &old), Some(1));
        users.update(1, None, fields(serde_json::json!({ "email": "New@example.com" })));
        assert_eq!((found(&users, &old), found(&users, "new@example.com")), (None, Some(1)));
        users.update(1, None, fields(serde_json::json!({ "email": "newer@example.com" })));
        assert_eq!((found(&users, "new@example.com"), found(&users, "newer@example.com")), (None, Some(1)));
    }

    #[test]
    fn created_users_come_after_the_people() {
        let mut users = Users::new(People::new(7, 3));
        assert!(users.get(3).is_none());
        let index = users.create(State::Active, Map::new());
        let id = users.get(index).map(|user| user.id).unwrap_or_default();
        assert_eq!((index, users.end()), (3, 4));
        assert_eq!(users.by_id(&id).map(|user| user.index), Some(3));
    }
}
