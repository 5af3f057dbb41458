//! Training records.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::lms::datetime::Timestamp;

/// The overall status of a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Status {
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
    pub(crate) fn word(self) -> &'static str {
        WORDS.iter().find(|(status, _)| *status == self).map_or("unknown", |(_, word)| word)
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        WORDS.iter().find(|(_, known)| *known == word).map(|(status, _)| *status)
    }

    pub(crate) fn words() -> String {
        WORDS.map(|(_, word)| word).join(", ")
    }

    /// Whether the training is not over yet.
    pub(crate) fn is_open(self) -> bool {
        matches!(self, Self::Enrolled | Self::Incomplete | Self::PendingApproval | Self::Waitlisted)
    }

    /// Whether the record occupies a seat of its session.
    pub(crate) fn takes_seat(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Withdrawn | Self::PendingApproval | Self::Waitlisted)
    }
}

/// A training record; while it is not complete, an enrollment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    /// Login of the user.
    pub(crate) user: String,
    pub(crate) assignment: String,
    pub(crate) module: String,
    pub(crate) session: Option<String>,
    /// The record of the program that this one belongs to.
    pub(crate) parent: Option<String>,
    pub(crate) enrolled: Option<Timestamp>,
    pub(crate) started: Option<Timestamp>,
    pub(crate) ended: Option<Timestamp>,
    pub(crate) status: Status,
    pub(crate) score: Option<String>,
    pub(crate) last_attempt: Option<Timestamp>,
    pub(crate) attempts: u32,
    pub(crate) self_enrolled: bool,
    pub(crate) revision: Option<u32>,
    pub(crate) updated: Timestamp,
    pub(crate) approval: Option<Approval>,
    pub(crate) withdrawal: Option<Withdrawal>,
    /// Whether a finished task has been approved.
    pub(crate) task_approved: bool,
    /// Further columns of the bulk file, by their names.
    pub(crate) columns: BTreeMap<String, String>,
}

/// A request for an enrollment, which one approver after the other decides on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Approval {
    pub(crate) submitted: Timestamp,
    pub(crate) reason: Option<String>,
    pub(crate) cost_center: Option<String>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub(crate) id: String,
    /// Login.
    pub(crate) approver: String,
    pub(crate) state: Decision,
    pub(crate) comments: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Decision {
    #[default]
    Pending,
    Approved,
    Denied,
}

impl Decision {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Denied => "denied",
        }
    }
}

/// A request to withdraw from the training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Withdrawal {
    pub(crate) submitted: Timestamp,
    /// Login.
    pub(crate) approver: String,
    pub(crate) state: Decision,
    pub(crate) comments: Option<String>,
}

impl Approval {
    /// The first undecided step, unless a step was denied.
    pub(crate) fn current(&self) -> Option<&Step> {
        if self.steps.iter().any(|step| step.state == Decision::Denied) {
            return None;
        }
        self.steps.iter().find(|step| step.state == Decision::Pending)
    }

    pub(crate) fn state(&self) -> Decision {
        match self.current() {
            Some(_) => Decision::Pending,
            None if self.steps.iter().any(|step| step.state == Decision::Denied) => Decision::Denied,
            None => Decision::Approved,
        }
    }
}

impl Record {
    pub(crate) fn is_completed(&self) -> bool {
        self.status == Status::Completed
    }

    /// Sets the status and the dates that follow from it.
    pub(crate) fn set_status(&mut self, status: Status, now: Timestamp) {
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
}
