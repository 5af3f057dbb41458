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

use rosterkit_core::batch::{Batch, Outcome};
use serde_json::json;

use crate::commands::item_outcomes::ItemOutcomes;
use crate::context::Context;
use crate::error::Error;

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

/// The outcome lines of so many items.
pub(super) fn outcomes(context: &Context, total: usize) -> Result<ItemOutcomes, Error> {
    Ok(ItemOutcomes::new(context.printer()?.rows(&COLUMNS), total))
}

/// Sends items in as few requests as possible, and writes their outcomes.
pub(super) async fn send<'a, I: 'a, T: 'a>(
    mut lines: ItemOutcomes,
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
            Outcome::Rejected(reason) if !lines.is_single() => {
                let alone = batch(vec![item.item], 1).ordered().next().await;
                alone.map_or(Outcome::Rejected(reason), |alone| alone.outcome)
            }
            outcome => outcome,
        };
        lines.add(json!({ "id": id }), &outcome)?;
    }
    lines.finish()
}
