//! The outcomes of items that are named on the command line, with a line each.

use std::sync::Arc;

use rosterkit_core::batch::Outcome;
use serde_json::Value;

use crate::error::{self, Error, Outage};
use crate::output::Rows;

/// The outcomes of items that are named on the command line.
pub(super) struct ItemOutcomes {
    rows: Rows,
    total: usize,
    failed: usize,
    outage: Outage,
}

impl ItemOutcomes {
    pub(super) fn new(rows: Rows, total: usize) -> Self {
        Self { rows, total, failed: 0, outage: Outage::default() }
    }

    /// Whether there is only one item, whose error is that of the command.
    pub(super) fn is_single(&self) -> bool {
        self.total == 1
    }

    /// Adds the outcome of an item to its row. After an error, nothing more must be sent.
    pub(super) fn add<T>(&mut self, mut row: Value, outcome: &Outcome<T>) -> Result<(), Error> {
        if let Some(error) = outcome.error() {
            if self.is_single() || error::code_of(error) == error::AUTHENTICATION {
                self.rows.show()?;
                return Err(Arc::clone(error).into());
            }
            self.outage.add(error);
        }
        self.failed += usize::from(!outcome.is_accepted());
        row["outcome"] = outcome.name().into();
        row["reason"] = outcome.reason().into();
        self.rows.push(row)
    }

    /// Writes the end of the lines, and returns the result of the command.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.rows.finish()?;
        Error::of_named(self.failed, self.total, self.outage)
    }
}
