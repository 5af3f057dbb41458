//! The records of external training.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::counter::Counter;
use crate::ids::IdSpace;
use crate::lms::datetime::Timestamp;
use crate::lms::model::external::ExternalRecord;
use crate::people::{People, Person};

/// The external records of the site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ExternalRecords {
    by_id: BTreeMap<String, ExternalRecord>,
    /// User and record id, to read those of one user.
    by_user: BTreeSet<(String, String)>,
    generated_ids: Counter,
}

/// Index of the person who has a record from the start: an open one.
const FIRST: u64 = 5;

impl ExternalRecords {
    pub(crate) fn new(people: People) -> Self {
        let mut records = Self::default();
        if let Some(person) = people.get(FIRST).filter(Person::has_lms_account) {
            records.put(ExternalRecord {
                id: IdSpace::new(people.seed, "external").short(0),
                user: person.login,
                title: "First Aid at the Fire Brigade".to_owned(),
                kind: "classroom".to_owned(),
                start: Some(Timestamp::SAMPLE.plus_days(-40)),
                end: Some(Timestamp::SAMPLE.plus_days(-39)),
                venue: Some("Northtown".to_owned()),
                language: Some("en".to_owned()),
                duration: Some("2".to_owned()),
                duration_unit: Some("day".to_owned()),
                vendor: Some("Fire Brigade of Northtown".to_owned()),
                updated: Timestamp::SAMPLE.plus_days(-38),
                ..ExternalRecord::default()
            });
        }
        records
    }

    pub(crate) fn get(&self, id: &str) -> Option<&ExternalRecord> {
        self.by_id.get(id)
    }

    /// The records of one user, by id.
    pub(crate) fn of(&self, user: &str) -> impl Iterator<Item = &ExternalRecord> {
        let first = (user.to_owned(), String::new());
        let ids = self.by_user.range(first..).take_while(move |(owner, _)| owner == user);
        ids.filter_map(|(_, id)| self.by_id.get(id))
    }

    pub(crate) fn put(&mut self, record: ExternalRecord) {
        self.remove(&record.id.clone());
        self.by_user.insert((record.user.clone(), record.id.clone()));
        self.by_id.insert(record.id.clone(), record);
    }

    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(record) = self.by_id.remove(id) {
            self.by_user.remove(&(record.user, record.id));
        }
    }

    /// An id for a record without one.
    pub(crate) fn new_id(&mut self) -> String {
        loop {
            let id = format!("EXT{:09}", self.generated_ids.next());
            if !self.by_id.contains_key(&id) {
                return id;
            }
        }
    }
}
