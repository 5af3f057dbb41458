//! The users of the service.
//!
//! Every second sample person is a user from the start, as after a first synchronization. Their positions come first,
//! followed by those of users created later.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::model::{Cluster, User, clusters};
use crate::ids::IdSpace;
use crate::people::{People, Person};

/// One of this many people is a user from the start.
const EVERY: u64 = 2;

/// The service and its state.
pub(crate) struct Sessions {
    pub(super) people: People,
    pub(super) clusters: Vec<Cluster>,
    users: Mutex<Users>,
}

impl Sessions {
    pub(crate) fn new(people: People) -> Self {
        Self { people, clusters: clusters(people.seed), users: Mutex::new(Users::new(people)) }
    }

    pub(super) fn users(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All users.
#[derive(Debug)]
pub(super) struct Users {
    people: People,
    ids: IdSpace,
    /// Changed and created users, by position.
    changes: BTreeMap<u64, User>,
    /// The positions of created users, by remote id.
    created: BTreeMap<String, u64>,
}

/// Changed and created users, for a state file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    changes: BTreeMap<u64, User>,
    created: BTreeMap<String, u64>,
}

impl Users {
    pub(super) fn new(people: People) -> Self {
        let ids = IdSpace::new(people.seed, "session user");
        Self { people, ids, changes: BTreeMap::new(), created: BTreeMap::new() }
    }

    pub(super) fn kept(&self) -> Kept {
        Kept { changes: self.changes.clone(), created: self.created.clone() }
    }

    /// Restores what [`kept`](Self::kept) returned. The error is a message.
    pub(super) fn restore(&mut self, kept: Kept) -> Result<(), String> {
        let first = initial(&self.people);
        let mut positions: Vec<u64> = kept.created.values().copied().collect();
        positions.sort_unstable();
        let in_a_row = positions.iter().copied().eq((first..).take(positions.len()));
        if !in_a_row || !kept.changes.range(first..).map(|(position, _)| *position).eq(positions) {
            return Err(format!("the users after the first {first} are not as many as were created, in a row"));
        }
        (self.changes, self.created) = (kept.changes, kept.created);
        Ok(())
    }

    pub(super) fn total(&self) -> u64 {
        initial(&self.people) + self.created.len() as u64
    }

    pub(super) fn get(&self, position: u64) -> Option<User> {
        if let Some(user) = self.changes.get(&position) {
            return Some(user.clone());
        }
        let person = person_at(&self.people, position)?;
        let active = person.active;
        let (first_name, last_name) = (person.given, person.family);
        Some(User { id: self.id(position), first_name, last_name, active, remote_id: person.id })
    }

    pub(super) fn by_remote_id(&self, remote_id: &str) -> Option<u64> {
        let known = self.people.index_of_id(remote_id).filter(|index| index % EVERY == 0).map(|index| index / EVERY);
        known.filter(|position| *position < initial(&self.people)).or_else(|| self.created.get(remote_id).copied())
    }

    pub(super) fn by_id(&self, id: &str) -> Option<u64> {
        self.ids.index_of_hex(id).map(u64::from).filter(|position| *position < self.total())
    }

    /// Creates a user, or changes the one with this remote id. Without `active` the value stays, and is true for a new
    /// user.
    pub(super) fn upsert(&mut self, remote_id: &str, first_name: &str, last_name: &str, active: Option<bool>) -> User {
        let known = self.by_remote_id(remote_id);
        let position = known.unwrap_or_else(|| self.total());
        let before = known.and_then(|position| self.get(position));
        let user = User {
            id: self.id(position),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            active: active.or(before.map(|user| user.active)).unwrap_or(true),
            remote_id: remote_id.to_owned(),
        };
        if known.is_none() {
            self.created.insert(remote_id.to_owned(), position);
        }
        self.changes.insert(position, user.clone());
        user
    }

    pub(super) fn deactivate(&mut self, position: u64) {
        if let Some(user) = self.get(position) {
            self.changes.insert(position, User { active: false, ..user });
        }
    }

    fn id(&self, position: u64) -> String {
        self.ids.hex(position as u32)
    }
}

/// The number of users from the start.
pub(super) fn initial(people: &People) -> u64 {
    people.count.div_ceil(EVERY)
}

/// The person who is the user at this position from the start.
pub(super) fn person_at(people: &People, position: u64) -> Option<Person> {
    people.get(position.checked_mul(EVERY)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn created_users_are_positioned_after_the_people() {
        let people = People::new(7, 5);
        let mut users = Users::new(people);
        assert_eq!(users.total(), 3);
        let (known, unknown) = (people.id(4), people.id(3));
        users.upsert(&known, "A", "B", None);
        assert_eq!(users.total(), 3);
        let created = users.upsert(&unknown, "C", "D", None);
        assert_eq!((users.total(), users.by_remote_id(&unknown)), (4, Some(3)));
        assert_eq!(users.by_id(&created.id), Some(3));
        assert_eq!(users.get(3), Some(created));
        assert_eq!(users.get(4), None);
    }

    #[test]
    fn an_update_without_active_keeps_it() {
        let people = People::new(7, 5);
        let mut users = Users::new(people);
        users.deactivate(0);
        assert!(!users.upsert(&people.id(0), "A", "B", None).active);
        assert!(users.upsert(&people.id(0), "A", "B", Some(true)).active);
        assert_eq!(users.total(), 3);
    }
}
