//! Whether several items failed for one reason: nobody reached the service.

use std::sync::Arc;

use rosterkit_core::Error;

use crate::failure::{self, Failure};

/// The items of several that failed because there was no connection, it broke, or no answer came in time.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    items: u64,
    first: Option<Arc<Error>>,
}

impl Outage {
    /// Counts an item whose call failed, if it failed for that reason.
    pub(crate) fn see(&mut self, error: &Arc<Error>) {
        if failure::code_of(error) == failure::NETWORK {
            self.items += 1;
            self.first.get_or_insert_with(|| Arc::clone(error));
        }
    }

    /// The failure of the first item, if all of so many failed for that reason.
    pub(crate) fn of_all(self, total: u64) -> Option<Failure> {
        self.first.filter(|_| self.items == total).map(Failure::from)
    }
}
