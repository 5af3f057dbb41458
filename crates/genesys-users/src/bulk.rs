//! How the answers of bulk operations become one outcome per item.
//!
//! The operations [`Users::patch_many`](crate::Users::patch_many), those of [`Routing`](crate::Routing) and those of
//! [`Roles`](crate::Roles) return a [`Batch`](crate::batch::Batch): any number of items, cut to what one request takes.
//!
//! | what happened to a request | its items |
//! | --- | --- |
//! | an answer that lists the item | accepted, with what the answer holds |
//! | an answer that does not list it | unknown |
//! | a 4xx with a documented error, except 401, 408 and 429 | rejected, with the service's message |
//! | the same after an attempt that [may have taken effect](rosterkit_core::Error::may_have_taken_effect) | unknown, with the error |
//! | anything else: no answer, 5xx, 401, 408, 429 | unknown, with the error |
//!
//! A service that refuses a request refuses all of its items, also those that it would have taken alone. A batch of size
//! 1 tells which they are. Nobody documents that a refused request changed nothing at all.

use rosterkit_core::Error;
use rosterkit_core::batch::{Verdict, all_rejected, match_by_key};

use crate::types::ErrorBody;

/// What a bulk request came to: the service's list, or why it refuses.
pub(crate) type Answer<T> = Result<T, String>;

/// Takes a refusal out of the errors.
pub(crate) trait Refusable<T> {
    /// The answer, or the reason for which the service refuses. Other errors stay.
    fn refusable(self) -> Result<Answer<T>, Error>;
}

impl<T> Refusable<T> for Result<T, Error> {
    fn refusable(self) -> Result<Answer<T>, Error> {
        let error = match self {
            Ok(answer) => return Ok(Ok(answer)),
            Err(error) => error,
        };
        if !error.is_rejection() {
            return Err(error);
        }
        match error.service_error::<ErrorBody>().and_then(|body| body.message.clone().or_else(|| body.code.clone())) {
            Some(reason) => Ok(Err(reason)),
            None => Err(error),
        }
    }
}

/// The verdicts of an answer that lists what became of the items, by id.
pub(crate) fn by_id<I, T>(
    items: &[I],
    answer: Answer<Option<Vec<T>>>,
    item_id: impl Fn(&I) -> Option<String>,
    id: impl Fn(&T) -> Option<String>,
) -> Vec<Verdict<T>> {
    let entities = match answer {
        Ok(entities) => entities.unwrap_or_default(),
        Err(reason) => return all_rejected(items.len(), &reason),
    };
    let answers = entities.into_iter().map(|entity| (id(&entity).into_iter().collect(), Verdict::Accepted(entity)));
    match_by_key(items, |item| item_id(item).into_iter().collect(), answers)
}
