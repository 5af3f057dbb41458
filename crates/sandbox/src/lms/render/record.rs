//! Training records in responses.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::lms::datetime::Timestamp;
use crate::lms::model::module::Module;
use crate::lms::model::record::Record;
use crate::lms::node::Node;
use crate::lms::render::record_links;
use crate::lms::store::Store;

impl Record {
    /// The module. It is borrowed, since it can have many sessions.
    pub(crate) fn module<'a>(&self, store: &'a Store) -> Cow<'a, Module> {
        let unknown = || Module { id: self.module.clone(), title: self.module.clone(), ..Module::default() };
        store.module(&self.module).map_or_else(|| Cow::Owned(unknown()), Cow::Borrowed)
    }

    /// The record alone.
    pub(crate) fn node(&self, store: &Store) -> Node {
        self.tree_with(store, &Nesting::default(), 0)
    }

    /// The record with those of a program's modules in it.
    fn tree_with(&self, store: &Store, nesting: &Nesting<'_>, depth: usize) -> Node {
        // Records that name each other as their parents must not recurse without end.
        let inner = nesting.0.get(self.id.as_str()).filter(|_| depth < DEPTH).map(Vec::as_slice).unwrap_or_default();
        let module = self.module(store);
        let date = |time: Option<Timestamp>| time.map(Timestamp::text);
        let score = self.score.as_deref().unwrap_or_default();
        Node::new("trainingRecord")
            .attribute("id", &self.id)
            .text("userId", &self.user)
            .with(module.reference())
            .some("enrollmentDate", date(self.enrolled))
            .some("startDate", date(self.started))
            .some("endDate", date(self.ended))
            .text("overallStatus", self.status.word())
            .decimal("score", score)
            .some("lastAttemptDate", date(self.last_attempt))
            .number("attemptCount", self.attempts)
            .flag("isSelfEnrolled", self.self_enrolled)
            .list("links", record_links(&self.id))
            .with_some(self.revision.map(|revision| Node::count("revision", revision)))
            .flag("downloadable", module.downloadable)
            .list("trainingRecords", inner.iter().map(|child| child.tree_with(store, nesting, depth + 1)))
    }
}

/// The maximum nesting of records.
const DEPTH: usize = 16;

/// Records by the record of the program that they belong to.
#[derive(Debug, Default)]
struct Nesting<'a>(BTreeMap<&'a str, Vec<&'a Record>>);

impl<'a> Nesting<'a> {
    fn of(records: &'a [Record]) -> Self {
        let mut nesting = Self::default();
        for record in records {
            if let Some(parent) = &record.parent {
                nesting.0.entry(parent).or_default().push(record);
            }
        }
        nesting
    }
}

/// Trees of records, those of a program's modules within the program's.
pub(crate) fn nested(store: &Store, records: &[Record]) -> Vec<Node> {
    let nesting = Nesting::of(records);
    let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
    let is_inner = |record: &Record| record.parent.as_deref().is_some_and(|parent| ids.contains(parent));
    records.iter().filter(|record| !is_inner(record)).map(|record| record.tree_with(store, &nesting, 0)).collect()
}

/// The node of one of a user's records, with those of a program's modules in it.
pub(crate) fn with_inner(store: &Store, record: &Record, records: &[Record]) -> Node {
    record.tree_with(store, &Nesting::of(records), 0)
}
