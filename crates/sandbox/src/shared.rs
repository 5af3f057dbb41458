//! One sandbox: its services, and what surrounds them.

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

/// What a request can meet in a sandbox. Shared by the server's thread and the handle of whoever started it.
pub(crate) struct Shared {
    pub(crate) people: People,
    /// The services by the prefix of their paths.
    pub(crate) endpoints: Vec<(&'static str, Arc<dyn Endpoint>)>,
    pub(crate) login: Arc<Login>,
    pub(crate) clock: Arc<Clock>,
    pub(crate) faults: Faults,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) log: Log,
    pub(crate) max_body: usize,
    /// How long the server waits for the body of a request.
    pub(crate) body_timeout: Duration,
    pub(crate) state_file: Option<StateFile>,
    /// `http://127.0.0.1:49152`, once the port is open.
    pub(crate) base_url: OnceLock<String>,
    /// The state of the services when nothing was changed.
    pub(crate) pristine: BTreeMap<String, Value>,
    /// Requests that may have changed something.
    pub(crate) changes: AtomicU64,
    /// As many of them as the state file knows of.
    pub(crate) saved: AtomicU64,
    /// Why the last attempt to write the state file failed, if it did.
    pub(crate) trouble: Mutex<Option<String>>,
}

impl Shared {
    /// The service that a path belongs to, and the path below its prefix.
    pub(crate) fn endpoint<'a>(&self, path: &'a str) -> Option<(&'a str, &Arc<dyn Endpoint>)> {
        self.endpoints.iter().find_map(|(prefix, endpoint)| Some((below(path, prefix)?, endpoint)))
    }

    pub(crate) fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Relaxed);
    }

    /// How many changes the state file does not know of. Another thread can save between the two looks.
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

    /// Takes a state over as a whole, or not at all.
    pub(crate) fn restore(&self, snapshot: Snapshot) -> Result<(), StateError> {
        let now = snapshot.time()?;
        let before = Self::services(&self.endpoints)?;
        if let Err(error) = self.load(snapshot.services) {
            // What was just written can be read again.
            self.load(before)?;
            return Err(error);
        }
        self.clock.set(now);
        self.changed();
        Ok(())
    }

    /// Forgets every change. Time, faults and the log stay as they are.
    pub(crate) fn reset(&self) -> Result<(), StateError> {
        self.load(self.pristine.clone())?;
        self.changed();
        Ok(())
    }

    fn load(&self, mut states: BTreeMap<String, Value>) -> Result<(), StateError> {
        for (_, endpoint) in &self.endpoints {
            let name = endpoint.name();
            let state = states.remove(name);
            let state = state.ok_or_else(|| StateError::Unfit(format!("the state lacks the service {name}")))?;
            let unfit = |error| StateError::Unfit(format!("the state of the service {name} is damaged: {error}"));
            endpoint.load(state).map_err(unfit)?;
        }
        match states.keys().next() {
            Some(name) => Err(StateError::Unfit(format!("the state has a service {name}, which the sandbox has not"))),
            None => Ok(()),
        }
    }

    /// Writes the state file.
    pub(crate) fn save(&self) -> Result<(), StateError> {
        let file = self.state_file.as_ref().ok_or(StateError::NoFile)?;
        // Read before the state is: a change in between is written once more rather than never.
        let changes = self.changes.load(Ordering::Relaxed);
        let result = self.snapshot().and_then(|snapshot| file.write(&snapshot));
        let trouble = result.as_ref().err().map(ToString::to_string);
        if trouble.is_none() {
            self.saved.store(changes, Ordering::Relaxed);
        }
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        result
    }

    /// Writes the state file if there is one and something may have changed since it was written.
    pub(crate) fn save_changes(&self) -> Result<(), StateError> {
        if self.state_file.is_some() && self.unsaved() > 0 { self.save() } else { Ok(()) }
    }
}

/// What of a path is below a prefix.
pub(crate) fn below<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}
