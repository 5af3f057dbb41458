//! Sessions in which one user sees the screen of another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::counter::Counter;
use crate::genesys::reference::MADE;

/// All sessions by number. In one from the start, the second person monitors the first.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Monitors {
    started: Counter,
    pub(crate) sessions: BTreeMap<u32, Session>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The user who monitors.
    pub(crate) source: u64,
    /// The user whose screen is monitored.
    pub(crate) target: u64,
    pub(crate) since: String,
}

impl Monitors {
    pub(crate) fn new(people: u64) -> Self {
        let first = Session { source: 1, target: 0, since: MADE.to_owned() };
        let sessions = (people > 1).then_some((0, first)).into_iter().collect();
        Self { started: Counter::default(), sessions }
    }

    /// Starts a session and returns its number.
    pub(crate) fn start(&mut self, source: u64, target: u64) -> u32 {
        let number = self.started.next();
        self.sessions.insert(number, Session { source, target, since: clock::rfc3339(clock::now()) });
        number
    }
}
