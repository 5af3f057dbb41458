//! How far a run is, for those who watch it.

use super::Engine;
use crate::state::Side;

/// How far a run is. It names no person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// A side of a flow is being read.
    Reading {
        /// The flow.
        flow: String,
        /// The side.
        side: Side,
        /// The number of records so far.
        records: u64,
    },
    /// The two sides of a flow are being compared.
    Comparing {
        /// The flow.
        flow: String,
    },
    /// The actions of a flow are being applied.
    Applying {
        /// The flow.
        flow: String,
        /// The number of actions with an outcome.
        done: u64,
        /// The number of actions.
        total: u64,
    },
    /// Effects without outcome are being looked up in the target.
    Settling {
        /// The flow.
        flow: String,
    },
}

impl Engine {
    /// Calls a function whenever a run gets further. It must return at once.
    #[must_use]
    pub fn watch(self, watch: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        Self { watch: Some(std::sync::Arc::new(watch)), ..self }
    }

    pub(super) fn tell(&self, progress: impl FnOnce() -> Progress) {
        if let Some(watch) = &self.watch {
            watch(progress());
        }
    }
}
