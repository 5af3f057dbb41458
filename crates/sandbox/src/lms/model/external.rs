//! Records of external training.

use peoplefluent_lms::bulk;
use serde::{Deserialize, Serialize};

use crate::lms::datetime::Timestamp;
use crate::lms::model::record::Status;

/// A record of training with another provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ExternalRecord {
    pub(crate) id: String,
    /// Login.
    pub(crate) user: String,
    pub(crate) title: String,
    /// One of the module types of the XML responses.
    pub(crate) kind: String,
    pub(crate) subject: Option<String>,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
    pub(crate) venue: Option<String>,
    pub(crate) language: Option<String>,
    pub(crate) duration: Option<String>,
    /// `minute`, `hour`, `day`, `week`, `month` or `year`.
    pub(crate) duration_unit: Option<String>,
    pub(crate) cost: Option<String>,
    pub(crate) currency: Option<String>,
    pub(crate) grade: Option<String>,
    pub(crate) score: Option<String>,
    pub(crate) vendor: Option<String>,
    pub(crate) comments: Option<String>,
    pub(crate) status: ExternalStatus,
    pub(crate) attachment: Option<Attachment>,
    pub(crate) updated: Timestamp,
}

/// The six states of the bulk file; forms accept four of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum ExternalStatus {
    #[default]
    OpenForEditing,
    PendingApproval,
    Approved,
    ApprovalDenied,
    Completed,
    Cancelled,
}

impl ExternalStatus {
    const ALL: [(Self, &'static str); 6] = [
        (Self::OpenForEditing, "openForEditing"),
        (Self::PendingApproval, "pendingApproval"),
        (Self::Approved, "approved"),
        (Self::ApprovalDenied, "approvalDenied"),
        (Self::Completed, "completed"),
        (Self::Cancelled, "cancelled"),
    ];

    pub(crate) fn word(self) -> &'static str {
        Self::ALL.iter().find(|(status, _)| *status == self).map_or("openForEditing", |(_, word)| word)
    }

    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == word).map(|(status, _)| *status)
    }

    /// How training records show it.
    pub(crate) fn overall(self) -> Status {
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

impl From<bulk::ExternalStatus> for ExternalStatus {
    fn from(status: bulk::ExternalStatus) -> Self {
        match status {
            bulk::ExternalStatus::OpenForEditing => Self::OpenForEditing,
            bulk::ExternalStatus::PendingApproval => Self::PendingApproval,
            bulk::ExternalStatus::Approved => Self::Approved,
            bulk::ExternalStatus::ApprovalDenied => Self::ApprovalDenied,
            bulk::ExternalStatus::Completed => Self::Completed,
            bulk::ExternalStatus::Cancelled => Self::Cancelled,
        }
    }
}

/// A file that belongs to a record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attachment {
    pub(crate) name: String,
    pub(crate) media_type: String,
    pub(crate) size: u64,
    /// In base64.
    pub(crate) content: String,
}

impl ExternalRecord {
    pub(crate) fn is_completed(&self) -> bool {
        self.status == ExternalStatus::Completed
    }

    /// The URL of the attachment, which `resource` takes.
    pub(crate) fn attachment_url(&self) -> String {
        format!("attachments/{}", self.id)
    }
}
