//! How bulk verbs make requests out of items, and outcomes out of responses.

use futures_util::future::FutureExt as _;
use rosterkit_core::batch::{Batch, Outcome};
use rosterkit_core::dispatch::Arguments;
use rosterkit_core::{Error as CallError, Operation};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Requests;

/// An item as the body of an operation. What the operation does not take is refused, not left out.
pub(crate) fn typed<T: DeserializeOwned + Serialize>(operation: &'static Operation, item: Value) -> Result<T, String> {
    let body = Arguments::new().json(item).take_json(operation).map_err(|error| error.to_string())?;
    body.ok_or_else(|| "there is no body".to_owned())
}

/// A batch that sends each item alone.
pub(crate) fn one_by_one<'a, T, R, F>(
    requests: Requests<'a, T>,
    concurrency: u16,
    call: impl Fn(T) -> F + Send + Sync + 'a,
) -> Batch<'a, T, R>
where
    T: Clone + Send + 'a,
    R: Send + 'a,
    F: Future<Output = Result<R, CallError>> + Send + 'a,
{
    let call = move |item| call(item).map(|answer| answer.map(Outcome::Accepted)).boxed();
    one_by_one_judged(requests, concurrency, call)
}

/// A batch that sends each item alone, for calls whose answers can be refusals.
pub(crate) fn one_by_one_judged<'a, T, R, F>(
    requests: Requests<'a, T>,
    concurrency: u16,
    call: impl Fn(T) -> F + Send + Sync + 'a,
) -> Batch<'a, T, R>
where
    T: Clone + Send + 'a,
    R: Send + 'a,
    F: Future<Output = Result<Outcome<R>, CallError>> + Send + 'a,
{
    let send = move |items: &[T]| {
        let calls: Vec<F> = items.iter().cloned().map(&call).collect();
        async move {
            let mut outcomes = Vec::with_capacity(calls.len());
            for call in calls {
                outcomes.push(call.await?);
            }
            Ok(outcomes)
        }
        .boxed()
    };
    let batch = Batch::of_stream(requests, send, |_: &[T], outcomes| outcomes).size(1);
    batch.concurrency(concurrency.into()).rejection(rejection)
}

/// Why the service [rejects](CallError::is_rejection) a request.
pub(crate) fn rejection(error: &CallError) -> Option<String> {
    let body: Value = error.body().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let said = ["/message", "/error/message", "/code"].iter().find_map(|it| body.pointer(it).and_then(Value::as_str));
    Some(match (said, error.status()) {
        (Some(said), Some(status)) => format!("{}: {said}", status.as_u16()),
        _ => error.to_string(),
    })
}
