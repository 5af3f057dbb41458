//! Items that are named by id on the command line, with an outcome line each.
//!
//! | case | outcome | exit code |
//! | --- | --- | --- |
//! | the service accepts all items | `accepted` | 0 |
//! | it rejects one of several | `rejected`; the others are still sent | 3 |
//! | the outcome of one of several is unknown | `unknown`, or `not sent` if the service was not reached; the others are still sent | 3 |
//! | it rejects the only one | `rejected` | 1 |
//! | the call for the only one fails | none | that of the error |
//! | the credential is rejected | none; nothing more is sent | 4 |
//! | all fail because of the network | one line each | 5 |

use std::sync::Arc;

use rosterkit_core::batch::{Batch, Outcome};
use serde_json::json;

use crate::context::Context;
use crate::error::{self, Error, Outage};
use crate::output::Rows;

const COLUMNS: [&str; 3] = ["id", "outcome", "reason"];
/// Number of items per request. No limit is documented.
const BATCH_SIZE: usize = 50;

/// Parses an id. A blank one would address another resource.
pub(super) fn id(text: &str) -> Result<String, String> {
    match text.trim().is_empty() {
        true => Err("the id is blank".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// The outcomes of items that are named on the command line.
pub(super) struct IdOutcomes {
    rows: Rows,
    total: usize,
    failed: usize,
    outage: Outage,
}

impl IdOutcomes {
    pub(super) fn new(context: &Context, total: usize) -> Result<Self, Error> {
        Ok(Self { rows: context.printer()?.rows(&COLUMNS), total, failed: 0, outage: Outage::default() })
    }

    /// Whether there is only one item, whose error is that of the command.
    pub(super) fn is_single(&self) -> bool {
        self.total == 1
    }

    /// Adds the outcome of an item. After an error, nothing more must be sent.
    pub(super) fn add<T>(&mut self, id: &str, outcome: Outcome<T>) -> Result<(), Error> {
        if let Some(error) = outcome.error() {
            if self.is_single() || error::code_of(error) == error::AUTHENTICATION {
                self.rows.show()?;
                return Err(Arc::clone(error).into());
            }
            self.outage.add(error);
        }
        self.failed += usize::from(!outcome.is_accepted());
        self.rows.push(json!({ "id": id, "outcome": outcome.name(), "reason": outcome.reason() }))
    }

    /// Sends items in as few requests as possible, and adds their outcomes.
    pub(super) async fn send<'a, I: 'a, T: 'a>(
        mut self,
        items: Vec<I>,
        batch: impl Fn(Vec<I>, usize) -> Batch<'a, I, T>,
        id: impl Fn(&I) -> String,
    ) -> Result<(), Error> {
        let mut outcomes = batch(items, BATCH_SIZE).ordered();
        while let Some(item) = outcomes.next().await {
            let id = id(&item.item);
            let outcome = match item.outcome {
                // The service rejects the whole request for one invalid item, so rejected items are sent again alone. The
                // requests are idempotent.
                Outcome::Rejected(reason) if !self.is_single() => {
                    let alone = batch(vec![item.item], 1).ordered().next().await;
                    alone.map_or(Outcome::Rejected(reason), |alone| alone.outcome)
                }
                outcome => outcome,
            };
            self.add(&id, outcome)?;
        }
        self.finish()
    }

    /// Writes the end of the lines, and returns the result of the command.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.rows.finish()?;
        Error::of_named(self.failed, self.total, self.outage)
    }
}
