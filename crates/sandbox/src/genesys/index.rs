//! An index of changed and created users, so that lookups need not iterate over all changes.
//!
//! It is derived from the changes, and built again when they are loaded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::fenwick::Fenwick;
use super::model::user::{Change, UserState};
use crate::people::People;

/// Users by the value of a field, which several can share.
type Holders = BTreeMap<String, BTreeSet<u64>>;

/// The changed and created users by their lookup keys.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By e-mail address in lower case.
    emails: Holders,
    /// By an id from a file.
    ids: Holders,
    jabber_ids: Holders,
    /// By the id of their manager.
    reports: Holders,
    /// For each state, the difference in the number of users to the sample people.
    trees: [Fenwick; UserState::ALL.len()],
}

impl Index {
    pub(super) fn add(&mut self, people: &People, index: u64, change: &Change) {
        self.keys(change, |holders, key| {
            holders.entry(key).or_default().insert(index);
        });
        self.count(people, index, change, 1);
    }

    pub(super) fn remove(&mut self, people: &People, index: u64, change: &Change) {
        self.keys(change, |holders, key| {
            if let Some(users) = holders.get_mut(&key) {
                users.remove(&index);
                if users.is_empty() {
                    holders.remove(&key);
                }
            }
        });
        self.count(people, index, change, -1);
    }

    fn keys(&mut self, change: &Change, visit: impl Fn(&mut Holders, String)) {
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let fields = &change.fields;
        if let Some(id) = &change.id {
            visit(&mut self.ids, id.clone());
        }
        if let Some(email) = text(fields.get("email")) {
            visit(&mut self.emails, email.to_lowercase());
        }
        if let Some(jabber_id) = text(fields.get("chat").and_then(|chat| chat.get("jabberId"))) {
            visit(&mut self.jabber_ids, jabber_id);
        }
        if let Some(manager) = text(fields.get("manager").and_then(|manager| manager.get("id"))) {
            visit(&mut self.reports, manager);
        }
    }

    fn count(&mut self, people: &People, index: u64, change: &Change, sign: i64) {
        let before = (index < people.count).then(|| UserState::of_sample(index));
        if before != Some(change.state) {
            self.trees[change.state as usize].add(index, sign);
            if let Some(before) = before {
                self.trees[before as usize].add(index, -sign);
            }
        }
    }

    pub(super) fn by_email(&self, email: &str) -> Option<u64> {
        self.emails.get(&email.to_lowercase())?.first().copied()
    }

    pub(super) fn by_id(&self, id: &str) -> Option<u64> {
        self.ids.get(id)?.first().copied()
    }

    pub(super) fn by_jabber_id(&self, jabber_id: &str) -> Option<u64> {
        self.jabber_ids.get(jabber_id)?.first().copied()
    }

    /// The users whose changed manager has this id.
    pub(super) fn reports(&self, manager: &str) -> impl Iterator<Item = u64> {
        self.reports.get(manager).into_iter().flatten().copied()
    }

    pub(super) fn tree(&self, state: UserState) -> &Fenwick {
        &self.trees[state as usize]
    }

    #[cfg(test)]
    pub(super) fn visits(&self) -> u64 {
        self.trees.iter().map(|tree| tree.visits.get()).sum()
    }
}
