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

use rosterkit_core::batch::{Batch, Verdict};
use serde_json::json;

use crate::bulk;
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
    pub(super) fn add<T>(&mut self, id: &str, verdict: Verdict<T>) -> Result<(), Error> {
        let (outcome, reason) = match verdict {
            Verdict::Accepted(_) => ("accepted", None),
            Verdict::Rejected(reason) => ("rejected", Some(reason)),
            Verdict::Unknown(error) if self.is_single() || error::code_of(&error) == error::AUTHENTICATION => {
                self.rows.show()?;
                return Err(error.into());
            }
            Verdict::Unknown(error) => {
                self.outage.add(&error);
                (bulk::fate(&error), Some(error.to_string()))
            }
        };
        self.failed += usize::from(outcome != "accepted");
        self.rows.push(json!({ "id": id, "outcome": outcome, "reason": reason }))
    }

    /// Sends items in as few requests as possible, and adds their outcomes.
    pub(super) async fn send<'a, I, T>(
        mut self,
        items: Vec<I>,
        batch: impl Fn(Vec<I>, usize) -> Batch<'a, I, T>,
        id: impl Fn(&I) -> String,
    ) -> Result<(), Error> {
        let mut outcomes = batch(items, BATCH_SIZE).ordered();
        while let Some(outcome) = outcomes.next().await {
            let id = id(&outcome.item);
            let verdict = match outcome.verdict {
                // The service rejects the whole request for one invalid item, so rejected items are sent again alone. The
                // requests are idempotent.
                Verdict::Rejected(reason) if !self.is_single() => {
                    let alone = batch(vec![outcome.item], 1).ordered().next().await;
                    alone.map_or(Verdict::Rejected(reason), |alone| alone.verdict)
                }
                verdict => verdict,
            };
            self.add(&id, verdict)?;
        }
        self.finish()
    }

    /// Writes the end of the lines, and returns the result of the command.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.rows.finish()?;
        Error::of_named(self.failed, self.total, self.outage)
    }
}
