//! Training taken elsewhere: what a record holds, and how it looks in answers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::datetime::Timestamp;
use super::module::link;
use super::record::{Status, record_links};
use super::tree::Tree;
use crate::http::encode;
use crate::ids::IdSpace;
use crate::people::{People, Person};

/// The external records of the site.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct ExternalRecords {
    by_id: BTreeMap<String, ExternalRecord>,
    /// User and record id, to read those of one user.
    by_user: BTreeSet<(String, String)>,
    generated_ids: u64,
}

/// A record of training that was taken elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExternalRecord {
    pub(super) id: String,
    /// Login.
    pub(super) user: String,
    pub(super) title: String,
    /// One of the module types of the XML answers.
    pub(super) kind: String,
    pub(super) subject: Option<String>,
    pub(super) start: Option<Timestamp>,
    pub(super) end: Option<Timestamp>,
    pub(super) venue: Option<String>,
    pub(super) language: Option<String>,
    pub(super) duration: Option<String>,
    /// `minute`, `hour`, `day`, `week`, `month` or `year`.
    pub(super) duration_unit: Option<String>,
    pub(super) cost: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) grade: Option<String>,
    pub(super) score: Option<String>,
    pub(super) vendor: Option<String>,
    pub(super) comments: Option<String>,
    pub(super) status: ExternalStatus,
    pub(super) attachment: Option<Attachment>,
    pub(super) updated: Timestamp,
}

/// The six states of the bulk file; forms know four of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum ExternalStatus {
    #[default]
    OpenForEditing,
    PendingApproval,
    Approved,
    ApprovalDenied,
    Completed,
    Cancelled,
}

impl ExternalStatus {
    const ALL: [(Self, &'static str, &'static str); 6] = [
        (Self::OpenForEditing, "openForEditing", "0"),
        (Self::PendingApproval, "pendingApproval", "1"),
        (Self::Approved, "approved", "2"),
        (Self::ApprovalDenied, "approvalDenied", "3"),
        (Self::Completed, "completed", "4"),
        (Self::Cancelled, "cancelled", "5"),
    ];

    pub(super) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(status, ..)| *status == self).map_or("openForEditing", |(_, word, _)| word)
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known, _)| *known == word).map(|(status, ..)| *status)
    }

    /// The state of a digit of the bulk file, or of the word that is its documented default.
    pub(super) fn of_digit(digit: &str) -> Option<Self> {
        if digit == "OPEN_FOR_EDITING" {
            return Some(Self::OpenForEditing);
        }
        Self::ALL.iter().find(|(.., known)| *known == digit).map(|(status, ..)| *status)
    }

    /// How training records show it.
    fn overall(self) -> Status {
        match self {
            Self::OpenForEditing => Status::Incomplete,
            Self::PendingApproval => Status::PendingApproval,
            Self::Approved => Status::Enrolled,
            Self::ApprovalDenied => Status::Withdrawn,
            Self::Completed => Status::Completed,
            Self::Cancelled => Status::Cancelled,
        }
    }
}

/// A file that belongs to a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Attachment {
    pub(super) name: String,
    pub(super) media_type: String,
    pub(super) size: u64,
    /// In base64.
    pub(super) content: String,
}

/// Whose record is there from the start, by the number of the person: one that is still open.
const FIRST: u64 = 5;

impl ExternalRecords {
    pub(super) fn new(people: People) -> Self {
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

    pub(super) fn get(&self, id: &str) -> Option<&ExternalRecord> {
        self.by_id.get(id)
    }

    /// The records of one user, by id.
    pub(super) fn of(&self, user: &str) -> impl Iterator<Item = &ExternalRecord> {
        let first = (user.to_owned(), String::new());
        let ids = self.by_user.range(first..).take_while(move |(owner, _)| owner == user);
        ids.filter_map(|(_, id)| self.by_id.get(id))
    }

    pub(super) fn put(&mut self, record: ExternalRecord) {
        self.remove(&record.id.clone());
        self.by_user.insert((record.user.clone(), record.id.clone()));
        self.by_id.insert(record.id.clone(), record);
    }

    pub(super) fn remove(&mut self, id: &str) {
        if let Some(record) = self.by_id.remove(id) {
            self.by_user.remove(&(record.user, record.id));
        }
    }

    /// An id for a record that was sent without one.
    pub(super) fn new_id(&mut self) -> String {
        loop {
            self.generated_ids += 1;
            let id = format!("EXT{:09}", self.generated_ids);
            if !self.by_id.contains_key(&id) {
                return id;
            }
        }
    }
}

impl ExternalRecord {
    pub(super) fn is_completed(&self) -> bool {
        self.status == ExternalStatus::Completed
    }

    /// The URL of the attachment, which `resource` takes.
    pub(super) fn attachment_url(&self) -> String {
        format!("attachments/{}", self.id)
    }

    /// The record as the functions for external records give it.
    pub(super) fn tree(&self) -> Tree {
        let attachment = self.attachment.as_ref().map(|attachment| {
            Tree::new("attachment")
                .text("name", &attachment.name)
                .text("mediaType", &attachment.media_type)
                .number("size", attachment.size)
                .text("url", self.attachment_url())
        });
        let text = |value: &Option<String>| value.clone();
        let duration = self
            .duration
            .as_deref()
            .map(|amount| Tree::new("duration").decimal("amount", amount).some("unit", text(&self.duration_unit)));
        let cost = self
            .cost
            .as_deref()
            .map(|amount| Tree::new("cost").decimal("amount", amount).some("currency", text(&self.currency)));
        Tree::new("externalTrainingRecord")
            .text("id", &self.id)
            .text("userId", &self.user)
            .text("title", &self.title)
            .text("type", &self.kind)
            .some("subject", text(&self.subject))
            .some("startDate", self.start.map(Timestamp::text))
            .some("endDate", self.end.map(Timestamp::text))
            .some("venue", text(&self.venue))
            .some("language", text(&self.language))
            .with_some(duration)
            .some("durationUnit", text(&self.duration_unit))
            .with_some(cost)
            .some("costCurrency", text(&self.currency))
            .some("grade", text(&self.grade))
            .some("score", text(&self.score))
            .some("vendor", text(&self.vendor))
            .some("comments", text(&self.comments))
            .with_some(attachment)
            .text("status", self.status.word())
            .text("lastUpdated", self.updated.text())
    }

    /// The record among those of training here. Its score may be any text, a training record's is a number.
    pub(super) fn in_history(&self) -> Tree {
        let links = [
            link("self", "application/json", format!("api/externalTrainingRecord?id={}&format=json", encode(&self.id))),
            link("alternate", "text/html", format!("servlet/ekp?EXT={}", encode(&self.id))),
        ];
        let module = Tree::new("learningModule")
            .text("id", &self.id)
            .text("title", &self.title)
            .text("type", &self.kind)
            .list("links", links);
        Tree::new("trainingRecord")
            .attribute("id", &self.id)
            .text("userId", &self.user)
            .with(module)
            .some("startDate", self.start.map(Timestamp::text))
            .some("endDate", self.end.map(Timestamp::text))
            .text("overallStatus", self.status.overall().word())
            .decimal("score", self.score.as_deref().unwrap_or_default())
            .some("lastAttemptDate", self.end.map(Timestamp::text))
            .number("attemptCount", u32::from(self.start.is_some()))
            .flag("isSelfEnrolled", false)
            .list("links", record_links(&self.id))
            .flag("downloadable", false)
    }
}
