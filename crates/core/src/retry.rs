//! Which failed attempts are repeated, how often, and after what wait.
//!
//! A request to a service that is busy or restarting is best repeated later, and not by all clients at once. But a
//! request that creates something must not be sent twice because its response was lost. A [`RetryPolicy`] holds both rules as a value,
//! set for a client ([`TransportBuilder::retry`](crate::TransportBuilder::retry)) or for a call
//! ([`CallOptions::retry`](crate::CallOptions::retry)).

mod backoff;
mod state;

use std::fmt;
use std::time::Duration;

pub use backoff::Backoff;
pub(crate) use state::RetryState;

use crate::Error;

/// How failed attempts of a call are repeated.
///
/// | setting | default |
/// | --- | --- |
/// | [`with_attempts`](Self::with_attempts) | 4, the first included |
/// | [`with_total`](Self::with_total) | 60 s |
/// | [`with_backoff`](Self::with_backoff) | 250 ms, doubled each time up to 30 s, with full jitter |
/// | [`with_retry_after_cap`](Self::with_retry_after_cap) | 180 s |
/// | [`with_repeat_unsafe`](Self::with_repeat_unsafe) | `false` |
/// | [`with_conflict_attempts`](Self::with_conflict_attempts) | 10, the first included |
/// | [`with_conflict_step`](Self::with_conflict_step) | 500 ms, and so much longer each time |
///
/// ```
/// use std::time::Duration;
/// use rosterkit_core::{Backoff, RetryPolicy};
///
/// // For a job at night: patient, and gentle with the service.
/// let patient = RetryPolicy::default()
///     .with_attempts(10)
///     .with_total(Duration::from_secs(15 * 60))
///     .with_backoff(Backoff::new(Duration::from_secs(1), 2.0, Duration::from_secs(120)));
/// ```
///
/// # What is repeated
/// A request is *safe* if its method is idempotent (`GET`, `HEAD`, `OPTIONS`, `PUT`, `DELETE`), if its spec marks the
/// operation as only reading, such as a search by `POST`, or if the request itself is
/// [idempotent](crate::CallOptions::idempotent), such as an upsert in which every item has its key. All others, mostly
/// `POST` and `PATCH`, are repeated only where the service certainly has not carried the request out, unless the caller
/// [says so](Self::with_repeat_unsafe).
///
/// | what happened | safe request | other `POST`, `PATCH` | the same with `repeat_unsafe` |
/// | --- | --- | --- | --- |
/// | no connection: name resolution, refused, TLS, proxy, connect timeout | repeated | repeated | repeated |
/// | status 429 | repeated | repeated | repeated |
/// | status 408, 500, 502, 503, 504 | repeated | – | repeated |
/// | connection lost before the response was complete | repeated | – | repeated |
/// | attempt timed out | repeated | – | repeated |
/// | any other status, or a response that cannot be decoded | – | – | – |
/// | nothing was sent: invalid argument, no credential, wrong settings | – | – | – |
/// | the source of the request's body failed | – | – | – |
/// | redirect that is not followed | – | – | – |
/// | what the call [says is a conflict](crate::CallOptions::repeat_conflicts) | repeated | repeated | repeated |
///
/// A body that is streamed can be sent once, other than one from a file or a
/// [repeatable](crate::Body::repeatable) source. Such a request is repeated only as long as nothing of its body was read,
/// which is so when there was no connection. The body of a decoded response is read within the attempt, so a connection
/// that breaks in the middle counts as lost; the body of a streamed response is the caller's, and not repeated.
///
/// By default an attempt may take as long as all of them together, 60 s. An attempt that timed out is repeated only with a
/// longer [total](Self::with_total) or a shorter [timeout](crate::TransportBuilder::timeout).
///
/// # How long it waits
/// The wait before a retry is what a 429 or 503 asks for in `Retry-After`, in seconds or as a date; without it, or if it asks
/// for no wait, a random part of the [`Backoff`]'s step. A retry is given up at once, with the error of the last attempt,
/// if its wait would end beyond the [total](Self::with_total) or the
/// [call timeout](crate::TransportBuilder::call_timeout): no call sleeps only to fail.
///
/// Waits that the service asks for do not count towards the total. A call makes three of them in a row at most. A further
/// one, or one above the [cap](Self::with_retry_after_cap), ends the call, and a [batch](crate::batch) with it. While one
/// call waits, no other call of the client is sent; see [`RateLimit`](crate::RateLimit).
///
/// A 401 after which the credential could be renewed is repeated once, at once, and does not count as a retry.
///
/// # Conflicts
/// A conflict with another change passes by itself, so it is counted apart: a call that repeats conflicts does so until it
/// was sent [`conflict_attempts`](Self::with_conflict_attempts) times because of them, and so does a task that reads and
/// writes again ([`Transport::wait_after_conflict`](crate::Transport::wait_after_conflict)). The wait is what the service
/// asks for in `Retry-After`, up to the [cap](Self::with_retry_after_cap); without it, a
/// [step](Self::with_conflict_step) after the first conflict, two after the second, and so on. These waits do not count
/// towards the total.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct RetryPolicy {
    attempts: u32,
    total: Duration,
    backoff: Backoff,
    retry_after_cap: Duration,
    repeat_unsafe: bool,
    conflict_attempts: u32,
    conflict_step: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 4,
            total: Duration::from_secs(60),
            backoff: Backoff::default(),
            retry_after_cap: Duration::from_secs(180),
            repeat_unsafe: false,
            conflict_attempts: 10,
            conflict_step: Duration::from_millis(500),
        }
    }
}

impl RetryPolicy {
    /// A policy that repeats nothing, not even after a conflict.
    pub fn none() -> Self {
        Self { attempts: 1, ..Self::default() }
    }

    /// Sets how often a request is sent at most, the first time included; repetitions after a
    /// [conflict](Self#conflicts) are counted apart. 0 counts as 1. With 1, nothing is repeated, not even after a conflict.
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Sets the time after which no further attempt begins, counted from when the first one was sent: time spent
    /// waiting for the [`RateLimit`](crate::RateLimit) before that is not counted. An attempt that has begun is not cut
    /// short.
    pub fn with_total(mut self, total: Duration) -> Self {
        self.total = total;
        self
    }

    /// Sets the waits between attempts where the service does not ask for one.
    pub fn with_backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets the longest wait that the service may ask for with `Retry-After`. A longer one ends the call at once, with
    /// advice when to come back.
    pub fn with_retry_after_cap(mut self, cap: Duration) -> Self {
        self.retry_after_cap = cap;
        self
    }

    /// Whether operations that are not safe to repeat are repeated even where the service may have carried the request
    /// out. Only for a caller who knows that a second time does no harm.
    pub fn with_repeat_unsafe(mut self, repeat: bool) -> Self {
        self.repeat_unsafe = repeat;
        self
    }

    /// Sets how often a request is sent at most because of [conflicts](Self#conflicts), the first time included. 0 counts as
    /// 1: conflicts are reported at once.
    pub fn with_conflict_attempts(mut self, attempts: u32) -> Self {
        self.conflict_attempts = attempts.max(1);
        self
    }

    /// Sets by how much the wait grows with each [conflict](Self#conflicts) of a call where the service asks for none.
    pub fn with_conflict_step(mut self, step: Duration) -> Self {
        self.conflict_step = step;
        self
    }

    /// How long to wait after a conflict that comes after so many others; `None` if it is final.
    pub(crate) fn conflict_wait(&self, error: &Error, earlier: u32) -> Option<Duration> {
        let is_repeated = self.attempts > 1 && earlier + 1 < self.conflict_attempts;
        let asked = error.retry_after().filter(|asked| !asked.is_zero());
        let wait = asked.unwrap_or_else(|| self.conflict_step.saturating_mul(earlier + 1));
        Some(wait).filter(|_| is_repeated && asked.is_none_or(|asked| asked <= self.retry_after_cap))
    }
}

/// One retry that is about to happen, as a hook sees it; see
/// [`TransportBuilder::on_retry`](crate::TransportBuilder::on_retry).
#[non_exhaustive]
pub struct RetryEvent<'a> {
    pub(crate) error: &'a Error,
    pub(crate) attempt: u32,
    pub(crate) delay: Duration,
}

impl RetryEvent<'_> {
    /// Why the attempt failed. It names the operation, and is safe to log.
    pub fn error(&self) -> &Error {
        self.error
    }

    /// The number of the attempt that failed, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long the call now waits.
    pub fn delay(&self) -> Duration {
        self.delay
    }
}

impl fmt::Debug for RetryEvent<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RetryEvent")
            .field("attempt", &self.attempt)
            .field("delay", &self.delay)
            .field("error", &self.error)
            .finish()
    }
}
