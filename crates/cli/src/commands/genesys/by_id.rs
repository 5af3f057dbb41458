//! Items that the command line names: a line with the outcome of each.
//!
//! | what happens | outcome | exit code |
//! | --- | --- | --- |
//! | the service carries an item out | `accepted` | 0 |
//! | it refuses one of several | `rejected`; the others go on | 3 |
//! | no answer says what became of one of several | `unknown`, or `not sent` if the service was not reached; the others go on | 3 |
//! | it refuses the only one | `rejected` | 1 |
//! | the call for the only one fails | none | that of the failure |
//! | the credential is refused | none; nothing more is sent | 4 |
//! | that is so of all, for lack of a connection or an answer | a line for each | 5 |

use rosterkit_core::batch::{Batch, Verdict};
use serde_json::json;

use crate::bulk;
use crate::context::Context;
use crate::error::{self, Error, Outage};
use crate::output::Rows;

const COLUMNS: [&str; 3] = ["id", "outcome", "reason"];
/// How many items go into a request. No limit is documented.
const SIZE: usize = 50;

/// An id as an argument: a blank one would name something else.
pub(super) fn id(text: &str) -> Result<String, String> {
    match text.trim().is_empty() {
        true => Err("the id is blank".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// The outcomes of items that the command line names.
pub(super) struct Named {
    rows: Rows,
    total: usize,
    failed: usize,
    outage: Outage,
}

impl Named {
    pub(super) fn new(context: &Context, total: usize) -> Result<Self, Error> {
        Ok(Self { rows: context.printer()?.rows(&COLUMNS), total, failed: 0, outage: Outage::default() })
    }

    /// Whether there is one item only, whose failure is that of the command.
    pub(super) fn is_single(&self) -> bool {
        self.total == 1
    }

    /// Tells what became of an item. An error means that nothing more is to be sent.
    pub(super) fn tell<T>(&mut self, id: &str, verdict: Verdict<T>) -> Result<(), Error> {
        let (outcome, reason) = match verdict {
            Verdict::Accepted(_) => ("accepted", None),
            Verdict::Rejected(reason) => ("rejected", Some(reason)),
            Verdict::Unknown(error) if self.is_single() || error::code_of(&error) == error::AUTHENTICATION => {
                self.rows.show()?;
                return Err(error.into());
            }
            Verdict::Unknown(error) => {
                self.outage.see(&error);
                (bulk::fate(&error), Some(error.to_string()))
            }
        };
        self.failed += usize::from(outcome != "accepted");
        self.rows.push(json!({ "id": id, "outcome": outcome, "reason": reason }))
    }

    /// Sends items in as few requests as can be, and tells what became of each.
    pub(super) async fn send<'a, I, T>(
        mut self,
        items: Vec<I>,
        batch: impl Fn(Vec<I>, usize) -> Batch<'a, I, T>,
        id: impl Fn(&I) -> String,
    ) -> Result<(), Error> {
        let mut outcomes = batch(items, SIZE).ordered();
        while let Some(outcome) = outcomes.next().await {
            let id = id(&outcome.item);
            let verdict = match outcome.verdict {
                // One wrong item makes the service refuse all that are in the request with it. Alone, each gets the
                // answer that is its own; setting something twice has the effect of setting it once.
                Verdict::Rejected(reason) if !self.is_single() => {
                    let alone = batch(vec![outcome.item], 1).ordered().next().await;
                    alone.map_or(Verdict::Rejected(reason), |alone| alone.verdict)
                }
                verdict => verdict,
            };
            self.tell(&id, verdict)?;
        }
        self.finish()
    }

    /// Ends the lines, and says how it went.
    pub(super) fn finish(self) -> Result<(), Error> {
        self.rows.finish()?;
        Error::of_named(self.failed, self.total, self.outage)
    }
}
