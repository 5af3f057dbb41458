//! One call for each of many people or awards.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_core::Stream;
use futures_util::{StreamExt as _, stream};
use rosterkit_core::Error;

/// How many calls of one method for many people or awards are in flight at the same time.
const CONCURRENCY: usize = 4;

/// Makes a call for each of these ids, and yields the results in their order. The first call is made alone, then four at a
/// time; after one whose credential is missing or refused, no further one is made, since each could lock the account.
pub(crate) fn each<'a, T: Send + 'a, F>(
    ids: impl IntoIterator<Item = String, IntoIter: Send + 'a>,
    call: impl Fn(String) -> F + Send + Sync + 'a,
) -> impl Stream<Item = (String, Result<T, Error>)> + Send + 'a
where
    F: Future<Output = Result<T, Error>> + Send + 'a,
{
    let is_refused = Arc::new(AtomicBool::new(false));
    let mut calls = ids.into_iter().map(move |id| {
        let (is_refused, call) = (Arc::clone(&is_refused), call(id.clone()));
        async move {
            if is_refused.load(Ordering::Acquire) {
                let cause = "not sent: the credential was refused for a call before";
                return (id, Err(Error::authentication(cause, "check the credential")));
            }
            let result = call.await;
            if result.as_ref().is_err_and(Error::is_credential_refused) {
                is_refused.store(true, Ordering::Release);
            }
            (id, result)
        }
    });
    let first = stream::iter(calls.next()).buffered(1);
    first.chain(stream::iter(calls).buffered(CONCURRENCY))
}
