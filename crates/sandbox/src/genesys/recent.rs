//! What users were before recent changes, for reads that lag behind.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, TimeDelta, Utc};

use super::model::user::Change;
use crate::Lag;
use crate::clock;

/// Who looks at users, and so how old they may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Reader {
    /// Sees every change.
    #[default]
    Current,
    /// Reads one user.
    Read,
    /// Searches.
    Search,
}

/// A state that was current before a change.
#[derive(Debug)]
struct Before<T> {
    changed: DateTime<Utc>,
    state: T,
}

/// The states before recent changes, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Recent {
    lag: Lag,
    reader: Cell<Reader>,
    /// By user; `None` for one who had not been changed, or not created.
    users: BTreeMap<u64, Vec<Before<Option<Change>>>>,
    /// By user and queue: whether the user had joined the queue.
    queues: BTreeMap<u64, BTreeMap<usize, Vec<Before<bool>>>>,
}

impl Recent {
    pub(super) fn new(lag: Lag) -> Self {
        Self { lag, ..Self::default() }
    }

    pub(super) fn lag(&self) -> Lag {
        self.lag
    }

    /// Sets who looks at users from now on.
    pub(super) fn look(&self, reader: Reader) {
        self.reader.set(reader);
    }

    fn reader_lag(&self) -> Duration {
        match self.reader.get() {
            Reader::Current => Duration::ZERO,
            Reader::Read => self.lag.read,
            Reader::Search => self.lag.search,
        }
    }

    /// Keeps the state of a user before a change.
    pub(super) fn keep(&mut self, index: u64, before: Option<&Change>) {
        let longest = self.lag.read.max(self.lag.search);
        if longest.is_zero() {
            return;
        }
        self.users.retain(|_, states| {
            states.retain(|state| is_recent(state.changed, longest));
            !states.is_empty()
        });
        let before = Before { changed: clock::now(), state: before.cloned() };
        self.users.entry(index).or_default().push(before);
    }

    /// What the reader sees of a user in place of the current state; the inner `None` is a user who had not been
    /// changed, or not created.
    pub(super) fn before(&self, index: u64) -> Option<Option<&Change>> {
        let lag = self.reader_lag();
        if lag.is_zero() {
            return None;
        }
        let oldest = self.users.get(&index)?.iter().find(|state| is_recent(state.changed, lag))?;
        Some(oldest.state.as_ref())
    }

    /// Whether the reader sees any user in another than the current state.
    pub(super) fn is_behind(&self) -> bool {
        let lag = self.reader_lag();
        !lag.is_zero() && self.users.values().flatten().any(|state| is_recent(state.changed, lag))
    }

    /// Keeps whether a user had joined a queue before a change.
    pub(super) fn keep_queue(&mut self, index: u64, queue: usize, joined: bool) {
        let lag = self.lag.queues;
        if lag.is_zero() {
            return;
        }
        self.queues.retain(|_, queues| {
            queues.retain(|_, states| {
                states.retain(|state| is_recent(state.changed, lag));
                !states.is_empty()
            });
            !queues.is_empty()
        });
        let states = self.queues.entry(index).or_default().entry(queue).or_default();
        states.push(Before { changed: clock::now(), state: joined });
    }

    /// The queues of a user that are shown in another than the current state.
    pub(super) fn queues_before(&self, index: u64) -> impl Iterator<Item = (usize, bool)> {
        let lag = self.lag.queues;
        self.queues.get(&index).into_iter().flatten().filter_map(move |(queue, states)| {
            Some((*queue, states.iter().find(|state| is_recent(state.changed, lag))?.state))
        })
    }
}

/// Whether a change is so new that a reader with this lag does not see it.
fn is_recent(changed: DateTime<Utc>, lag: Duration) -> bool {
    let end = TimeDelta::from_std(lag).ok().and_then(|lag| changed.checked_add_signed(lag));
    end.is_none_or(|end| clock::now() < end)
}
