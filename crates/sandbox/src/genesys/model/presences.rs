//! What users have set of their presence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What has been changed. A source is named by its id, or by its name if it is a custom one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Presences {
    /// The source that counts for a user; the platform at first.
    pub(crate) primary: BTreeMap<u64, String>,
    /// The presences that have been set, by user and source.
    pub(crate) by_source: BTreeMap<u64, BTreeMap<String, Presence>>,
}

/// The presence of a user at one source.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Presence {
    /// The position in the list of presences; none while only the message was set.
    pub(crate) definition: Option<usize>,
    pub(crate) message: Option<String>,
    pub(crate) since: String,
}

impl Presences {
    /// What has been set at a source.
    pub(crate) fn at(&self, user: u64, source: &str) -> Option<&Presence> {
        self.by_source.get(&user)?.get(source)
    }

    /// Forgets what a deleted user has set.
    pub(crate) fn release(&mut self, user: u64) {
        self.primary.remove(&user);
        self.by_source.remove(&user);
    }
}
