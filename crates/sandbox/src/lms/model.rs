//! What the site holds, as plain data: no type here knows the store or a call.

pub(crate) mod account;
pub(crate) mod assignment;
pub(crate) mod external;
pub(crate) mod imported;
pub(crate) mod module;
pub(crate) mod record;
pub(crate) mod reference;

use serde::{Deserialize, Serialize};

use crate::lms::datetime::Timestamp;

/// An attempt at an assessment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) id: String,
    /// Login.
    pub(crate) user: String,
    pub(crate) submitted: Timestamp,
    pub(crate) enrollment: Option<String>,
    pub(crate) module: Option<String>,
    pub(crate) score: Option<String>,
}

/// An imported content package.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Package {
    /// Ids of the items of its manifest.
    pub(crate) items: Vec<String>,
    /// The archive in base64.
    pub(crate) content: String,
}

/// A message in a mailbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    pub(crate) id: String,
    /// Login of the recipient.
    pub(crate) to: String,
    pub(crate) sent: Timestamp,
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// A user group.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Group {
    /// Login of its creator.
    pub(crate) owner: String,
    pub(crate) shared: bool,
}
