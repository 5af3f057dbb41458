//! What the server and the handle of one sandbox share: services, login, clock, faults, log, state file.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::clock::Clock;
use crate::faults::Faults;
use crate::http::Endpoint;
use crate::log::Log;
use crate::login::Login;
use crate::origins::Origins;
use crate::people::People;
use crate::rate_limit::RateLimit;
use crate::snapshot::{Snapshot, StateError};
use crate::state_file::StateFile;

/// The prefix of the control endpoint.
pub(crate) const CONTROL: &str = "/_sandbox";

/// The prefixes of the services.
pub(crate) const GENESYS: &str = "/genesys";
pub(crate) const LOGIN: &str = "/login";
pub(crate) const LMS: &str = "/ekp";
pub(crate) const SESSIONS: &str = "/sessions";

/// The parts of a sandbox, shared by the server's thread and [`Sandbox`](crate::Sandbox).
pub(crate) struct Shared {
    pub(crate) people: People,
    /// The services by the prefix of their paths.
    pub(crate) endpoints: Vec<(&'static str, Arc<dyn Endpoint>)>,
    pub(crate) login: Arc<Login>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) faults: Faults,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) log: Log,
    pub(crate) origins: Origins,
    pub(crate) max_body: usize,
    /// How long the server waits for the head of a request.
    pub(crate) head_timeout: Duration,
    /// How long the server waits for the body of a request.
    pub(crate) body_timeout: Duration,
    pub(crate) state_file: Option<StateFile>,
    /// `http://127.0.0.1:49152`, once the port is open.
    pub(crate) base_url: OnceLock<String>,
    /// The initial state of the services.
    pub(crate) pristine: BTreeMap<String, Value>,
    /// The number of requests that may have changed something.
    pub(crate) changes: AtomicU64,
    /// How many of them are in the state file.
    pub(crate) saved: AtomicU64,
    /// The error of the last attempt to write the state file, if it failed.
    pub(crate) problem: Mutex<Option<String>>,
}

impl Shared {
    /// The service that a path belongs to, and the path below its prefix.
    pub(crate) fn endpoint<'a>(&self, path: &'a str) -> Option<(&'a str, &Arc<dyn Endpoint>)> {
        self.endpoints.iter().find_map(|(prefix, endpoint)| Some((below(path, prefix)?, endpoint)))
    }

    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// The number of changes that are not in the state file. Another thread can save between the two reads.
    pub(crate) fn unsaved(&self) -> u64 {
        let saved = self.saved.load(Ordering::Relaxed);
        self.changes.load(Ordering::Relaxed).saturating_sub(saved)
    }

    /// The state of every service, by name.
    pub(crate) fn services(
        endpoints: &[(&'static str, Arc<dyn Endpoint>)],
    ) -> Result<BTreeMap<String, Value>, StateError> {
        let states = endpoints.iter().map(|(_, endpoint)| Ok((endpoint.name().to_owned(), endpoint.save()?)));
        states.collect::<serde_json::Result<_>>().map_err(StateError::Unwritable)
    }

    pub(crate) fn snapshot(&self) -> Result<Snapshot, StateError> {
        let services = Self::services(&self.endpoints)?;
        Ok(Snapshot::new(self.people.seed, self.people.count, self.clock.now(), services))
    }

    /// Restores a state completely, or not at all.
    pub(crate) fn restore(&self, snapshot: Snapshot) -> Result<(), StateError> {
        let now = snapshot.time()?;
        let before = Self::services(&self.endpoints)?;
        if let Err(error) = self.load(snapshot.services) {
            // This state was just written, so it can be read.
            self.load(before)?;
            return Err(error);
        }
        self.clock.set(now);
        self.changed();
        Ok(())
    }

    /// Discards every change. Time, faults and the log are kept.
    pub(crate) fn reset(&self) -> Result<(), StateError> {
        self.load(self.pristine.clone())?;
        self.changed();
        Ok(())
    }

    fn load(&self, mut states: BTreeMap<String, Value>) -> Result<(), StateError> {
        for (_, endpoint) in &self.endpoints {
            let name = endpoint.name();
            let state = states.remove(name);
            let state = state.ok_or_else(|| StateError::Unfit(format!("missing service {name} in the state")))?;
            let unfit = |error| StateError::Unfit(format!("invalid state of the service {name}: {error}"));
            endpoint.load(state).map_err(unfit)?;
        }
        match states.keys().next() {
            Some(name) => Err(StateError::Unfit(format!("unknown service {name} in the state"))),
            None => Ok(()),
        }
    }

    /// Writes the state file.
    pub(crate) fn save(&self) -> Result<(), StateError> {
        let file = self.state_file.as_ref().ok_or(StateError::NoFile)?;
        // Read before the state: a change in between is written twice rather than never.
        let changes = self.changes.load(Ordering::Relaxed);
        let result = self.snapshot().and_then(|snapshot| file.write(&snapshot));
        let problem = result.as_ref().err().map(ToString::to_string);
        if problem.is_none() {
            self.saved.store(changes, Ordering::Relaxed);
        }
        *self.problem.lock().unwrap_or_else(PoisonError::into_inner) = problem;
        result
    }

    /// Writes the state file if there is one and something may have changed since it was written.
    pub(crate) fn save_changes(&self) -> Result<(), StateError> {
        if self.state_file.is_some() && self.unsaved() > 0 { self.save() } else { Ok(()) }
    }
}

/// The part of a path below a prefix.
pub(crate) fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}
