//! Plans and applies the flows of a sync file.

mod addresses;
mod apply;
mod error;
mod explain;
mod genesys_users;
mod leavers;
mod load;
mod planning;
mod progress;
mod session_users;
mod settle;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rosterkit_core::chrono::{DateTime, Utc};

pub use apply::{ApplyOptions, ApplyReport, FlowReport, MAX_NOT_DONE, NotDone};
pub use error::Error;
pub use explain::Explanation;
pub use planning::{Plan, PlanOptions};
pub use progress::Progress;

use crate::config::SyncFile;
use crate::source::Services;
use crate::state::State;

/// Plans and applies the flows of a sync file, with the state in its file.
pub struct Engine {
    pub(crate) file: Arc<SyncFile>,
    pub(crate) services: Services,
    pub(crate) state: State,
    clock: Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>,
    pub(crate) shutdown: Shutdown,
    probe: Option<Probe>,
    watch: Option<Watch>,
}

/// Ends a run early: what is in flight is finished and journalled, nothing more is sent.
#[derive(Clone, Debug, Default)]
pub struct Shutdown(Arc<AtomicBool>);

impl Shutdown {
    /// Asks for the end.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the end was asked for.
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A place in a run at which a test can stop it, as a crash would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checkpoint {
    /// Effects are about to be journalled as intended.
    BeforeIntent,
    /// Effects are journalled, and about to be sent.
    AfterIntent,
    /// The service has responded, and nothing of it is journalled.
    BeforeOutcome,
    /// Outcomes are journalled.
    AfterOutcome,
}

type Probe = Arc<dyn Fn(Checkpoint) -> bool + Send + Sync>;
type Watch = Arc<dyn Fn(Progress) + Send + Sync>;

impl Engine {
    /// An engine for a sync file, with its services and its state.
    pub fn new(file: SyncFile, services: Services, state: State) -> Self {
        let clock = Arc::new(|| DateTime::from(std::time::SystemTime::now()));
        Self { file: Arc::new(file), services, state, clock, shutdown: Shutdown::default(), probe: None, watch: None }
    }

    /// Replaces the clock, which is the system's by default.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }

    /// Calls a function at each checkpoint; if it returns `true`, the run ends there with [`Error::Stopped`], and nothing more is
    /// written. For tests of what a crash leaves behind.
    #[doc(hidden)]
    #[must_use]
    pub fn probe(self, probe: impl Fn(Checkpoint) -> bool + Send + Sync + 'static) -> Self {
        Self { probe: Some(Arc::new(probe)), ..self }
    }

    /// What ends a run of this engine early.
    pub fn shutdown(&self) -> Shutdown {
        self.shutdown.clone()
    }

    /// The state file.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The sync file.
    pub fn file(&self) -> &SyncFile {
        &self.file
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    pub(crate) fn checkpoint(&self, checkpoint: Checkpoint) -> Result<(), Error> {
        match &self.probe {
            Some(probe) if probe(checkpoint) => Err(Error::Stopped),
            _ => Ok(()),
        }
    }
}
