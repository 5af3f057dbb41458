//! Items that are named by id on the command line, with an outcome line each.
//!
//! | case | outcome | exit code |
//! | --- | --- | --- |
//! | the service accepts all items | `accepted` | 0 |
//! | it rejects one of several | `rejected`; the others are still sent | 3 |
//! | the outcome of one of several is unknown | `unknown`, or `not sent` if the service was not reached; the others are still sent | 3 |
//! | it rejects the only one | `rejected` | 1 |
//! | the call for the only one fails otherwise | `unknown` or `not sent` | that of the error |
//! | the credential is rejected | `not sent`, and so are the others | 4 |
//! | all fail because of the network | one line each | 5 |
//! | interrupted | those in flight are `unknown` after a grace period, the others `not sent` | 130 |

use futures_util::StreamExt as _;
use rosterkit_core::batch::{Batch, Cancellation, Outcome};

use crate::bulk;
use crate::context::Context;
use crate::error::Error;
use crate::people::PeopleOptions;
pub(super) use crate::people::id;

pub(super) const COLUMNS: [&str; 3] = ["id", "outcome", "reason"];
/// Number of items per request. No limit is documented.
const BATCH_SIZE: usize = 50;

/// Parses a name to look for. A blank one, as from an unset variable, would list everything.
pub(super) fn name(text: &str) -> Result<String, String> {
    match text.trim().is_empty() {
        true => Err("the name is blank".to_owned()),
        false => Ok(text.to_owned()),
    }
}

/// Sends items in as few requests as possible, and writes their outcomes.
pub(super) async fn send<'a, I: Clone + Send + Sync + 'a, T: 'a>(
    context: &Context,
    items: Vec<(String, I)>,
    batch: impl Fn(Vec<I>, usize) -> Batch<'a, I, T>,
) -> Result<(), Error> {
    let is_single = items.len() == 1;
    let start = |items, cancellation: &Cancellation| {
        let together = bulk::carrying(batch(Vec::new(), BATCH_SIZE), items, cancellation);
        let (batch, cancellation) = (&batch, cancellation.clone());
        together.ordered().then(move |it| {
            let cancellation = cancellation.clone();
            async move {
                let outcome = match (it.outcome, &it.item.request) {
                    // The service rejects the whole request for one invalid item, so rejected items are sent again alone.
                    // The requests are idempotent.
                    (Outcome::Rejected(reason), Ok(request)) if !is_single => {
                        let alone = batch(vec![request.clone()], 1).cancellation(&cancellation).ordered().next().await;
                        alone.map_or(Outcome::Rejected(reason), |alone| alone.outcome)
                    }
                    (outcome, _) => outcome,
                };
                Ok((it.item, outcome))
            }
        })
    };
    bulk::send_named(context, &COLUMNS, items, start, |_| None).await
}

/// The user whom the first argument names, and the other arguments. There is none if users are listed or chosen.
pub(super) fn user_and_rest<'a>(
    people: &PeopleOptions,
    values: &'a [String],
) -> Result<(Option<&'a str>, &'a [String]), Error> {
    match values.split_first() {
        _ if people.are_many() => Ok((None, values)),
        Some((user, rest)) => Ok((Some(user), rest)),
        None => Err(Error::usage(
            "no user is given: expected a user, --from FILE or --where EXPRESSION; see --help for the arguments",
        )),
    }
}
