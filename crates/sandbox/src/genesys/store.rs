//! The users: the sample people, and what has been changed about them.
//!
//! Indices below the number of people are those of the sample people, of whom only changed fields are kept. Created users
//! follow.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::fenwick::Fenwick;
use super::index::Index;
use super::model::details::Details;
use super::model::greetings::Greetings;
use super::model::jobs::Jobs;
use super::model::monitors::Monitors;
use super::model::rules::Rules;
use super::model::schemas::Schemas;
use super::model::user::{CHAT_DOMAIN, Change, StateChange, User, UserState};
use super::recent::{Reader, Recent};
use super::reference::Reference;
use crate::Lag;
use crate::clock;
use crate::login::Directory;
use crate::people::People;

/// The service and its state.
pub(crate) struct Genesys {
    /// Shared with the login.
    pub(super) directory: Arc<Mutex<Users>>,
    /// For whom the next handler reads users.
    pub(super) reader: Mutex<Reader>,
    extras: Mutex<Extras>,
}

/// The state beside the users. It is locked after them, where both are needed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Extras {
    pub(super) greetings: Greetings,
    pub(super) jobs: Jobs,
    pub(super) monitors: Monitors,
    pub(super) rules: Rules,
    pub(super) schemas: Schemas,
}

impl Genesys {
    pub(crate) fn new(people: People, lag: Lag) -> Self {
        let extras = Extras {
            greetings: Greetings::new(people.count),
            jobs: Jobs::new(people.seed),
            monitors: Monitors::new(people.count),
            rules: Rules::new(people.seed),
            schemas: Schemas::new(people.seed),
        };
        let users = Users { recent: Recent::new(lag), ..Users::new(people) };
        Self { directory: Arc::new(Mutex::new(users)), reader: Mutex::default(), extras: Mutex::new(extras) }
    }

    /// Those who can sign in.
    pub(crate) fn directory(&self) -> Arc<dyn Directory> {
        self.directory.clone()
    }

    /// The users as the current handler sees them.
    pub(super) fn users(&self) -> MutexGuard<'_, Users> {
        lock(&self.directory, *self.reader.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn extras(&self) -> MutexGuard<'_, Extras> {
        self.extras.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The users as a reader sees them.
pub(super) fn lock(users: &Mutex<Users>, reader: Reader) -> MutexGuard<'_, Users> {
    let users = users.lock().unwrap_or_else(PoisonError::into_inner);
    users.recent.look(reader);
    users
}

/// For each queue the number of members, and how many of them have joined it.
pub(super) type QueueSizes = Vec<(u64, u64)>;

/// All users.
#[derive(Debug)]
pub(super) struct Users {
    pub(super) people: People,
    /// Changes beside the fields of users.
    pub(super) details: Details,
    changes: BTreeMap<u64, Change>,
    created: u64,
    index: Index,
    /// What readers that lag behind see.
    pub(super) recent: Recent,
    /// The sizes of queues without changes, counted when they are first needed.
    pub(super) queue_sizes: OnceCell<QueueSizes>,
    /// For each role the number of users without changes who hold it, counted when it is first needed.
    pub(super) role_sizes: OnceCell<Vec<u64>>,
}

/// The saved state of the users.
#[derive(Debug, Deserialize)]
pub(crate) struct Kept {
    changes: BTreeMap<u64, Change>,
    created: u64,
    details: Details,
}

/// A user from a file.
#[derive(Debug)]
pub(super) struct NewUser {
    pub(super) id: Option<String>,
    pub(super) version: i64,
    pub(super) state: UserState,
    pub(super) fields: Map<String, Value>,
}

/// [`Kept`] for writing.
#[derive(Debug, Serialize)]
pub(crate) struct KeptRef<'a> {
    changes: &'a BTreeMap<u64, Change>,
    created: u64,
    details: &'a Details,
}

impl Users {
    pub(super) fn new(people: People) -> Self {
        let (details, index) = (Details::default(), Index::default());
        let (changes, recent) = (BTreeMap::new(), Recent::default());
        let (queue_sizes, role_sizes) = (OnceCell::new(), OnceCell::new());
        Self { people, details, changes, created: 0, index, recent, queue_sizes, role_sizes }
    }

    /// Restores what [`kept`](Self::kept) returned. The error is a message.
    pub(super) fn restore(people: People, kept: Kept) -> Result<Self, String> {
        let created = kept.changes.range(people.count..);
        let end = people.count.saturating_add(kept.created);
        if !created.map(|(index, _)| *index).eq(people.count..end) {
            return Err(format!(
                "the Genesys users after the first {} are not {} in a row",
                people.count, kept.created
            ));
        }
        let mut index = Index::default();
        for (user, change) in &kept.changes {
            index.add(&people, *user, change);
        }
        let (changes, created) = (kept.changes, kept.created);
        Ok(Self { details: kept.details, changes, created, index, ..Self::new(people) })
    }

    /// The state to save.
    pub(super) fn kept(&self) -> KeptRef<'_> {
        KeptRef { changes: &self.changes, created: self.created, details: &self.details }
    }

    /// The lists that users refer to.
    pub(super) fn reference(&self) -> Reference {
        Reference::new(self.people.seed, self.people.count)
    }

    /// One more than the largest index.
    pub(super) fn end(&self) -> u64 {
        self.people.count + self.created
    }

    /// The change of a user that the reader sees.
    fn change(&self, index: u64) -> Option<&Change> {
        self.recent.before(index).unwrap_or_else(|| self.changes.get(&index))
    }

    pub(super) fn get(&self, index: u64) -> Option<User<'_>> {
        let (person, change) = (self.people.get(index), self.change(index));
        if person.is_none() && change.is_none() {
            return None;
        }
        Some(User {
            index,
            id: self.id(index),
            version: change.map_or(1, |change| change.version),
            state: change.map_or_else(|| UserState::of_sample(index), |change| change.state),
            state_change: change.and_then(|change| change.state_change.as_ref()),
            person,
            fields: change.map(|change| &change.fields),
        })
    }

    /// The state of a user, without its other fields.
    pub(super) fn state(&self, index: u64) -> Option<UserState> {
        let sample = (index < self.people.count).then(|| UserState::of_sample(index));
        self.change(index).map(|change| change.state).or(sample)
    }

    /// The deleted users.
    pub(super) fn deleted(&self) -> impl Iterator<Item = u64> {
        self.changes.iter().filter(|(_, change)| change.state == UserState::Deleted).map(|(index, _)| *index)
    }

    /// The users of whom a field was changed and who are not deleted, with the value of the field.
    pub(super) fn with_changed(&self, field: &str) -> impl Iterator<Item = (u64, &Value)> {
        let living = self.changes.iter().filter(|(_, change)| change.state != UserState::Deleted);
        living.filter_map(move |(index, change)| Some((*index, change.fields.get(field)?)))
    }

    /// The id of a user, whether or not there is one of this index.
    pub(super) fn id(&self, index: u64) -> String {
        let own = self.changes.get(&index).and_then(|change| change.id.clone());
        own.unwrap_or_else(|| self.people.id(index))
    }

    /// The index of a user's id, whether or not there is such a user.
    pub(super) fn index_of_id(&self, id: &str) -> Option<u64> {
        if let Some(index) = self.index.by_id(id) {
            return Some(index);
        }
        let index = self.people.index_of_id(id)?;
        // The id of a user from a file does not follow from the index.
        self.changes.get(&index).is_none_or(|change| change.id.is_none()).then_some(index)
    }

    pub(super) fn by_id(&self, id: &str) -> Option<User<'_>> {
        self.get(self.index_of_id(id)?)
    }

    /// The user with this id, unless deleted.
    pub(super) fn living(&self, id: &str) -> Option<User<'_>> {
        self.by_id(id).filter(|user| user.state != UserState::Deleted)
    }

    pub(super) fn by_email(&self, email: &str) -> Option<User<'_>> {
        if let Some(index) = self.index.by_email(email) {
            return self.get(index);
        }
        let user = self.get(self.people.by_email(email)?.index)?;
        user.changed("email").is_none().then_some(user)
    }

    pub(super) fn by_jabber_id(&self, wanted: &str) -> Option<User<'_>> {
        if let Some(index) = self.index.by_jabber_id(wanted) {
            return self.get(index);
        }
        self.by_id(wanted.strip_suffix(CHAT_DOMAIN)?).filter(|user| user.changed("chat").is_none())
    }

    /// The reports of a user, without deleted ones, in the order of creation.
    pub(super) fn reports(&self, manager: &User<'_>) -> Vec<u64> {
        let samples = self.people.reports(manager.index);
        let samples = samples.filter(|index| self.get(*index).is_some_and(|user| user.changed("manager").is_none()));
        let mut reports: Vec<u64> = samples.chain(self.index.reports(&manager.id)).collect();
        reports.retain(|index| self.get(*index).is_some_and(|user| user.state != UserState::Deleted));
        reports.sort_unstable();
        reports
    }

    /// The index of the manager of a user.
    pub(super) fn manager(&self, user: &User<'_>) -> Option<u64> {
        match user.changed("manager") {
            None => user.person.as_ref()?.manager,
            Some(manager) => self.index_of_id(manager.get("id")?.as_str()?),
        }
    }

    /// The groups to which a user belongs, by their positions in the list.
    pub(super) fn groups(&self, user: &User<'_>) -> Vec<usize> {
        match user.changed("groups") {
            Some(changed) => self.reference().groups_in(changed),
            None => user.person.iter().map(|person| self.reference().group_of(person.index)).collect(),
        }
    }

    pub(super) fn create(&mut self, state: UserState, fields: Map<String, Value>) -> u64 {
        let index = self.end();
        self.created += 1;
        let change = Change { id: None, version: 1, state, state_change: None, fields };
        self.recent.keep(index, None);
        self.index.add(&self.people, index, &change);
        self.changes.insert(index, change);
        index
    }

    /// Adds a user who was there before the sandbox started.
    pub(super) fn add(&mut self, user: NewUser) {
        let index = self.end();
        self.created += 1;
        let NewUser { id, version, state, fields } = user;
        let change = Change { id, version, state, state_change: None, fields };
        self.index.add(&self.people, index, &change);
        self.changes.insert(index, change);
    }

    /// Changes fields and, if given, the state of a user that exists, and raises its version.
    pub(super) fn update(&mut self, index: u64, state: Option<UserState>, fields: Map<String, Value>) {
        self.recent.keep(index, self.changes.get(&index));
        let mut change = match self.changes.remove(&index) {
            Some(change) => {
                self.index.remove(&self.people, index, &change);
                change
            }
            None => Change {
                id: None,
                version: 1,
                state: UserState::of_sample(index),
                state_change: None,
                fields: Map::new(),
            },
        };
        change.version = change.version.saturating_add(1);
        if state.is_some() {
            self.details.stateless.remove(&index);
        }
        if let Some(state) = state.filter(|state| *state != change.state) {
            change.state = state;
            change.state_change = Some(StateChange { date: clock::rfc3339(clock::now()), reason: None });
            if state == UserState::Deleted {
                self.details.release(index);
                // The roles are gone for good, that of employees, too.
                let id = change.id.clone().unwrap_or_else(|| self.people.id(index));
                self.details.grants.insert(id, Vec::new());
            }
        }
        change.fields.extend(fields);
        self.index.add(&self.people, index, &change);
        self.changes.insert(index, change);
    }

    /// Sets date and reason of the last change of a state.
    pub(super) fn explain_state(&mut self, index: u64, explanation: StateChange) {
        if let Some(change) = self.changes.get_mut(&index) {
            change.state_change = Some(explanation);
        }
    }

    pub(super) fn tree(&self, state: UserState) -> &Fenwick {
        self.index.tree(state)
    }

    #[cfg(test)]
    pub(super) fn visits(&self) -> u64 {
        self.index.visits()
    }
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
    fn saved_users_are_restored() {
        let mut users = Users::new(People::new(7, 30));
        users.update(3, Some(UserState::Deleted), fields(serde_json::json!({ "email": "x@example.com" })));
        users.create(UserState::Active, fields(serde_json::json!({ "chat": { "jabberId": "someone" } })));
        let text = serde_json::to_string(&users.kept()).unwrap_or_default();
        let kept = || serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        assert!(Users::restore(People::new(7, 29), kept()).is_err(), "saved with another number of people");
        let restored = Users::restore(users.people, kept()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(restored.by_email("x@example.com").map(|user| user.index), Some(3));
        assert_eq!(restored.by_jabber_id("someone").map(|user| user.index), Some(30));
        assert_eq!(restored.tree(UserState::Deleted).before(31), 1);
        assert_eq!(serde_json::to_string(&restored.kept()).unwrap_or_default(), text);
    }

    #[test]
    fn a_user_with_a_changed_manager_is_a_report_of_the_new_one() {
        let mut users = Users::new(People::new(7, 30));
        let reports = |users: &Users, index| users.get(index).map(|user| users.reports(&user)).unwrap_or_default();
        assert_eq!(reports(&users, 2), (20..30).collect::<Vec<_>>());
        let id = users.people.id(2);
        users.update(11, None, fields(serde_json::json!({ "manager": { "id": id } })));
        users.update(21, None, fields(serde_json::json!({ "manager": null })));
        users.update(22, Some(UserState::Deleted), Map::new());
        assert_eq!(reports(&users, 2), [11, 20, 23, 24, 25, 26, 27, 28, 29]);
        assert_eq!(reports(&users, 1), [10, 12, 13, 14, 15, 16, 17, 18, 19]);
        assert_eq!(users.get(11).and_then(|user| users.manager(&user)), Some(2));
        assert_eq!(users.get(21).and_then(|user| users.manager(&user)), None);
    }

    #[test]
    fn created_users_come_after_the_people() {
        let mut users = Users::new(People::new(7, 3));
        assert!(users.get(3).is_none());
        let index = users.create(UserState::Active, Map::new());
        let id = users.get(index).map(|user| user.id).unwrap_or_default();
        assert_eq!((index, users.end()), (3, 4));
        assert_eq!(users.by_id(&id).map(|user| user.index), Some(3));
    }
}
