//! Items of bulk commands, and batches that send each item alone.

use futures_util::future::try_join_all;
use peoplefluent_lms::Refusal;
use rosterkit_core::batch::{Batch, Outcome, Violation};
use rosterkit_core::{Error as CallError, dispatch};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::input::Raw;

/// An item of the input, with its request.
pub(crate) struct Item<T> {
    /// The line where it begins, counted from 1.
    pub line: u64,
    /// Its name in the outcome line.
    pub name: String,
    /// Its text in the input.
    pub raw: Raw,
    /// The request, or why the item is invalid.
    pub request: Result<T, Vec<Violation>>,
}

impl<T> Item<T> {
    /// An item that is named on the command line, counted from 1.
    pub(super) fn named(number: u64, name: String, request: T) -> Self {
        Self { line: number, name, raw: Raw::default(), request: Ok(request) }
    }

    /// The same item with another request.
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Item<U> {
        Item { line: self.line, name: self.name, raw: self.raw, request: self.request.map(map) }
    }
}

/// An item as the body of an operation. Unknown fields are rejected, not ignored.
pub(crate) fn typed<T: DeserializeOwned + Serialize>(item: &Value) -> Result<T, String> {
    dispatch::body(item).map_err(|invalid| invalid.to_string())
}

/// A batch without input that sends each item alone.
pub(crate) fn one_by_one<'a, T, R, F>(concurrency: u16, call: impl Fn(T) -> F + Send + Sync + 'a) -> Batch<'a, T, R>
where
    T: Clone + Send + 'a,
    R: Send + 'a,
    F: Future<Output = Result<R, CallError>> + Send + 'a,
{
    let send = move |items: &[T]| try_join_all(items.iter().cloned().map(&call));
    let accepted = |_: &[T], responses: Vec<R>| responses.into_iter().map(Outcome::Accepted).collect();
    let batch = Batch::of([], send, accepted).size(1);
    batch.concurrency(concurrency.into()).rejection(rejection)
}

/// Why the service [rejects](CallError::is_rejection) a request.
pub(super) fn rejection(error: &CallError) -> Option<String> {
    if let Some(refusal) = error.service_error::<Refusal>() {
        return Some(refusal.to_string());
    }
    let body: Value = error.body().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let message =
        ["/message", "/error/message", "/code"].iter().find_map(|it| body.pointer(it).and_then(Value::as_str));
    Some(match (message, error.status()) {
        (Some(message), Some(status)) => format!("{}: {message}", status.as_u16()),
        _ => error.to_string(),
    })
}
