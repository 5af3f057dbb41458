//! Accounts and training records.

use std::collections::{BTreeMap, BTreeSet};

use crate::credentials::SANDBOX;
use crate::people::{People, Person};

/// What the site holds.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) people: People,
    external: BTreeMap<String, ExternalRecord>,
    /// User and record id of every external record, to read those of one user.
    by_user: BTreeSet<(String, String)>,
    generated_ids: u64,
}

/// An account of the site.
#[derive(Clone, Debug)]
pub(super) enum Account {
    /// One of the sample people.
    Person(Box<Person>),
    /// The account that the sandbox's credentials belong to. No listing shows it.
    Integration,
}

/// A record of training that was taken elsewhere, as the bulk file describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ExternalRecord {
    pub(super) id: String,
    pub(super) user: String,
    /// The other columns that were given, by name.
    pub(super) columns: BTreeMap<&'static str, String>,
}

impl Store {
    pub(super) fn new(people: People) -> Self {
        Self { people, external: BTreeMap::new(), by_user: BTreeSet::new(), generated_ids: 0 }
    }

    pub(super) fn account(&self, login: &str) -> Option<Account> {
        if login == SANDBOX.lms_user {
            return Some(Account::Integration);
        }
        self.people.by_login(login).filter(Person::has_lms_account).map(Box::new).map(Account::Person)
    }

    pub(super) fn accounts(&self) -> impl Iterator<Item = Person> + use<> {
        self.people.iter().filter(Person::has_lms_account)
    }

    pub(super) fn external_record(&self, id: &str) -> Option<&ExternalRecord> {
        self.external.get(id)
    }

    /// The external records of one user, by id.
    pub(super) fn external_records(&self, user: &str) -> impl Iterator<Item = &ExternalRecord> {
        let first = (user.to_owned(), String::new());
        let ids = self.by_user.range(first..).take_while(move |(owner, _)| owner == user);
        ids.filter_map(|(_, id)| self.external.get(id))
    }

    pub(super) fn put(&mut self, record: ExternalRecord) {
        self.remove(&record.id.clone());
        self.by_user.insert((record.user.clone(), record.id.clone()));
        self.external.insert(record.id.clone(), record);
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(record) = self.external.remove(id) {
            self.by_user.remove(&(record.user, record.id));
        }
    }

    /// An id for a record that was sent without one.
    pub(super) fn new_id(&mut self) -> String {
        loop {
            self.generated_ids += 1;
            let id = format!("EXT{:09}", self.generated_ids);
            if !self.external.contains_key(&id) {
                return id;
            }
        }
    }
}
