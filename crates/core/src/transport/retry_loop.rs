//! Attempts of one call, and the waits between them.

use std::future::Future;
use std::sync::PoisonError;

use tokio::time::sleep;

use super::attempt::{AttemptError, Next};
use super::settings::Settings;
use crate::retry::RetryState;
use crate::{Error, RetryEvent, telemetry};

/// Makes attempts until one succeeds or the call is given up. Nothing outlives the future: when it is dropped, its timers,
/// its permit and its connection are dropped too.
///
/// The state goes through every attempt and comes back with the result. (An `AsyncFn` could borrow it, but its future is
/// not `Send` for all lifetimes.)
pub(super) async fn retry_loop<T, A, F>(
    settings: &Settings,
    mut state: RetryState,
    attempt: A,
) -> (RetryState, Result<T, Error>)
where
    A: Fn(RetryState) -> F,
    F: Future<Output = (RetryState, Result<T, AttemptError>)>,
{
    let mut last: Option<Error> = None;
    loop {
        let result;
        (state, result) = attempt(state).await;
        let AttemptError { error, next } = match result {
            Ok(value) => return (state, Ok(value)),
            Err(failed) => failed,
        };
        let error = error.with_attempts(state.attempts());
        let delay = match next {
            Next::Never => return (state, Err(error)),
            // Nothing was sent since the last response, so that says more.
            Next::NeverSent => return (state, Err(last.unwrap_or(error))),
            Next::AtOnce => None,
            Next::ByPolicy => {
                let delay = state.wait(&error, &mut settings.jitter.lock().unwrap_or_else(PoisonError::into_inner));
                if delay.is_none() {
                    let error = if state.is_wait_too_long(&error) { error.with_too_long_wait() } else { error };
                    return (state, Err(error));
                }
                delay
            }
        };
        if let Some(delay) = delay {
            let event = RetryEvent { error: &error, attempt: state.attempts(), delay };
            telemetry::retrying(&event);
            settings.on_retry.iter().for_each(|hook| hook(&event));
            state.repeat_after(&error, delay);
        }
        last = Some(error);
        if let Some(delay) = delay {
            sleep(delay).await;
        }
    }
}
