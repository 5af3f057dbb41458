//! How bulk verbs make requests out of items, and verdicts out of answers.

use futures_util::future::FutureExt as _;
use rosterkit_core::batch::{Batch, Verdict};
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
    let call = move |item| call(item).map(|answer| answer.map(Verdict::Accepted)).boxed();
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
    F: Future<Output = Result<Verdict<R>, CallError>> + Send + 'a,
{
    let send = move |items: &[T]| {
        let calls: Vec<F> = items.iter().cloned().map(&call).collect();
        async move {
            let mut verdicts = Vec::with_capacity(calls.len());
            for call in calls {
                verdicts.push(call.await.or_else(judge)?);
            }
            Ok(verdicts)
        }
        .boxed()
    };
    Batch::of_stream(requests, send, |_: &[T], verdicts| verdicts).size(1).concurrency(concurrency.into())
}

/// A [rejection](CallError::is_rejection) of the service as a verdict; other errors stay.
pub(crate) fn judge<R>(error: CallError) -> Result<Verdict<R>, CallError> {
    let Some(status) = error.status().filter(|_| error.is_rejection()) else { return Err(error) };
    let body: Value = error.body().and_then(|body| serde_json::from_slice(body).ok()).unwrap_or_default();
    let said = ["/message", "/error/message", "/code"].iter().find_map(|it| body.pointer(it).and_then(Value::as_str));
    Ok(Verdict::Rejected(match said {
        Some(said) => format!("{}: {said}", status.as_u16()),
        None => error.to_string(),
    }))
}
