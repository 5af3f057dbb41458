//! Who takes over interactions that were routed directly to a user who does not answer.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::people::People;

/// The settings that have been changed, `None` where they were removed, and whom each user is the backup of. Every tenth
/// of the sample people has the first queue as backup from the start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Backups {
    settings: BTreeMap<u64, Option<Backup>>,
    pub(crate) backed_up: BTreeMap<u64, BTreeSet<u64>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Backup {
    /// Who takes over: the user, or the queue if there is none or the user does not answer either.
    pub(crate) user: Option<u64>,
    pub(crate) queue: Option<usize>,
    pub(crate) wait_for_agent: bool,
    pub(crate) wait_seconds: Option<i64>,
}

impl Backup {
    /// How long a backup can wait for the agent, in seconds.
    pub(crate) const WAIT: RangeInclusive<i64> = 60..=864_000;
}

impl Backups {
    pub(crate) fn of(&self, people: People, index: u64) -> Option<Backup> {
        let original = Backup { user: None, queue: Some(0), wait_for_agent: true, wait_seconds: Some(60) };
        match self.settings.get(&index) {
            Some(changed) => changed.clone(),
            None => people.is_equipped(index).then_some(original),
        }
    }

    /// Sets or removes the settings of a user, and returns the previous ones.
    pub(crate) fn set(&mut self, people: People, index: u64, backup: Option<Backup>) -> Option<Backup> {
        let before = self.of(people, index);
        if let Some(Backup { user: Some(taker), .. }) = before
            && let Some(backed_up) = self.backed_up.get_mut(&taker)
        {
            backed_up.remove(&index);
        }
        if let Some(Backup { user: Some(taker), .. }) = backup {
            self.backed_up.entry(taker).or_default().insert(index);
        }
        if before.is_some() || backup.is_some() {
            self.settings.insert(index, backup);
        }
        before
    }
}
