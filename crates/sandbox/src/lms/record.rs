//! Training records: what one holds, and how it looks in answers.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::datetime::Timestamp;
use super::module::{Module, link};
use super::store::Store;
use super::tree::Tree;
use crate::http::encode;

/// The overall status of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Status {
    AdministrativeEntry,
    Cancelled,
    Completed,
    Enrolled,
    FinishedUsing,
    Incomplete,
    PendingApproval,
    Resource,
    Shared,
    #[default]
    Unknown,
    Waitlisted,
    Withdrawn,
}

const WORDS: [(Status, &str); 12] = [
    (Status::AdministrativeEntry, "administrativeEntry"),
    (Status::Cancelled, "cancelled"),
    (Status::Completed, "completed"),
    (Status::Enrolled, "enrolled"),
    (Status::FinishedUsing, "finishedUsing"),
    (Status::Incomplete, "incomplete"),
    (Status::PendingApproval, "pendingApproval"),
    (Status::Resource, "resource"),
    (Status::Shared, "shared"),
    (Status::Unknown, "unknown"),
    (Status::Waitlisted, "waitlisted"),
    (Status::Withdrawn, "withdrawn"),
];

impl Status {
    pub(super) fn word(self) -> &'static str {
        WORDS.iter().find(|(status, _)| *status == self).map_or("unknown", |(_, word)| word)
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, known)| *known == word).map(|(status, _)| *status)
    }

    pub(super) fn words() -> String {
        WORDS.map(|(_, word)| word).join(", ")
    }

    /// Whether the training is still to be done or finished.
    pub(super) fn is_open(self) -> bool {
        matches!(self, Self::Enrolled | Self::Incomplete | Self::PendingApproval | Self::Waitlisted)
    }

    /// Whether the record takes a seat of its session.
    pub(super) fn takes_seat(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Withdrawn | Self::PendingApproval | Self::Waitlisted)
    }
}

/// A training record; while it is not complete, an enrollment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    /// Login of the user.
    pub(super) user: String,
    pub(super) assignment: String,
    pub(super) module: String,
    pub(super) session: Option<String>,
    /// The record of the program that this one belongs to.
    pub(super) parent: Option<String>,
    pub(super) enrolled: Option<Timestamp>,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) status: Status,
    pub(super) score: Option<String>,
    pub(super) last_attempt: Option<Timestamp>,
    pub(super) attempts: u32,
    pub(super) self_enrolled: bool,
    pub(super) revision: Option<u32>,
    pub(super) updated: Timestamp,
    pub(super) approval: Option<Approval>,
    pub(super) withdrawal: Option<Withdrawal>,
    /// Whether a task, which its user has finished, has been approved of.
    pub(super) task_approved: bool,
    /// Further columns of the bulk file, by their names.
    pub(super) columns: BTreeMap<String, String>,
}

/// A request for an enrollment, on its way through the steps of its approval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Approval {
    pub(super) submitted: Timestamp,
    pub(super) reason: Option<String>,
    pub(super) cost_center: Option<String>,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) id: String,
    /// Login.
    pub(super) approver: String,
    pub(super) state: Decision,
    pub(super) comments: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Decision {
    #[default]
    Pending,
    Approved,
    Denied,
}

impl Decision {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }
}

/// A request to be taken off.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Withdrawal {
    pub(super) submitted: Timestamp,
    /// Login.
    pub(super) approver: String,
    pub(super) state: Decision,
    pub(super) comments: Option<String>,
}

impl Approval {
    /// The first step that nobody has decided, unless one was denied.
    pub(super) fn current(&self) -> Option<&Step> {
        if self.steps.iter().any(|step| step.state == Decision::Denied) {
            return None;
        }
        self.steps.iter().find(|step| step.state == Decision::Pending)
    }

    pub(super) fn state(&self) -> Decision {
        match self.current() {
            Some(_) => Decision::Pending,
            None if self.steps.iter().any(|step| step.state == Decision::Denied) => Decision::Denied,
            None => Decision::Approved,
        }
    }
}

impl Record {
    pub(super) fn is_completed(&self) -> bool {
        self.status == Status::Completed
    }

    /// Sets the status and the dates that follow from it.
    pub(super) fn set_status(&mut self, status: Status, now: Timestamp) {
        self.status = status;
        self.updated = now;
        match status {
            Status::Completed => {
                self.started = self.started.or(Some(now));
                self.ended = self.ended.or(Some(now));
            }
            Status::Incomplete => self.started = self.started.or(Some(now)),
            _ => {}
        }
        if status.is_open() {
            self.ended = None;
        }
    }

    /// The module, which can have many sessions and is not copied.
    pub(super) fn module<'a>(&self, store: &'a Store) -> Cow<'a, Module> {
        let unknown = || Module { id: self.module.clone(), title: self.module.clone(), ..Module::default() };
        store.module(&self.module).map_or_else(|| Cow::Owned(unknown()), Cow::Borrowed)
    }

    /// The record alone.
    pub(super) fn tree(&self, store: &Store) -> Tree {
        self.tree_with(store, &Nesting::default(), 0)
    }

    /// The record with those of a program's modules in it.
    fn tree_with(&self, store: &Store, nesting: &Nesting<'_>, depth: usize) -> Tree {
        // Records that name each other as their parents must not lead into an endless tree.
        let inner = nesting.0.get(self.id.as_str()).filter(|_| depth < DEPTH).map(Vec::as_slice).unwrap_or_default();
        let module = self.module(store);
        let date = |moment: Option<Timestamp>| moment.map(Timestamp::text);
        let score = self.score.as_deref().unwrap_or_default();
        Tree::new("trainingRecord")
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
            .with_some(self.revision.map(|revision| Tree::count("revision", revision)))
            .flag("downloadable", module.downloadable)
            .list("trainingRecords", inner.iter().map(|child| child.tree_with(store, nesting, depth + 1)))
    }
}

pub(super) fn record_links(id: &str) -> [Tree; 2] {
    [
        link("self", "application/json", format!("api/record?id={}&format=json", encode(id))),
        link("alternate", "text/html", format!("servlet/ekp?TX={}", encode(id))),
    ]
}

/// As deep as records can be in each other.
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
pub(super) fn nested(store: &Store, records: &[Record]) -> Vec<Tree> {
    let nesting = Nesting::of(records);
    let ids: BTreeSet<&str> = records.iter().map(|record| record.id.as_str()).collect();
    let is_inner = |record: &Record| record.parent.as_deref().is_some_and(|parent| ids.contains(parent));
    records.iter().filter(|record| !is_inner(record)).map(|record| record.tree_with(store, &nesting, 0)).collect()
}

/// The tree of one of a user's records, with those of a program's modules in it.
pub(super) fn with_inner(store: &Store, record: &Record, records: &[Record]) -> Tree {
    record.tree_with(store, &Nesting::of(records), 0)
}
