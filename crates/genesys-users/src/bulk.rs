//! How the responses of bulk operations become one outcome per item.
//!
//! The operations [`Users::patch_many`](crate::Users::patch_many), those of [`Routing`](crate::Routing) and those of
//! [`Roles`](crate::Roles) return a [`Batch`](crate::batch::Batch): any number of items, divided into chunks of the size
//! that one request takes.
//!
//! An item that lacks a property which the operation requires is invalid; it is not sent, and the others are.
//!
//! | what happened to a request | its items |
//! | --- | --- |
//! | a response that lists the item | accepted, with what the response holds |
//! | a response that does not list it | unknown |
//! | a [rejection](rosterkit_core::Error::is_rejection) | rejected, with the service's message |
//! | an error that [may have taken effect](rosterkit_core::Error::may_have_taken_effect) | unknown, with the error |
//! | any other error, such as a failed connection or a 429 | not sent, with the error |
//!
//! A service that refuses a request refuses all of its items, also those that it would have taken alone. A batch of size
//! 1 tells which they are. It is not documented whether a refused request changes nothing at all.

use rosterkit_core::batch::{Outcome, match_by_key};
use rosterkit_core::{Error, Refusal};

use crate::types::ErrorBody;

/// The service's reason for rejecting a request.
pub(crate) fn reason(error: &Error) -> Option<String> {
    let documented = error.service_error::<ErrorBody>();
    let documented = documented.and_then(|body| body.message.clone().or_else(|| body.code.clone()));
    documented.or_else(|| error.service_error::<Refusal>().map(ToString::to_string))
}

/// The outcomes of a response that lists the items that were applied, by id.
pub(crate) fn by_id<I, T>(
    items: &[I],
    listed: Option<Vec<T>>,
    item_id: impl Fn(&I) -> Option<String>,
    id: impl Fn(&T) -> Option<String>,
) -> Vec<Outcome<T>> {
    let listed = listed.unwrap_or_default().into_iter();
    let entries = listed.map(|entity| (id(&entity).into_iter().collect(), Outcome::Accepted(entity)));
    match_by_key(items, |item| item_id(item).into_iter().collect(), entries)
}
