//! Ends a batch before its input does.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Waker;

use futures_util::task::AtomicWaker;

use crate::{Error, ErrorKind};

/// Ends a batch from elsewhere, such as a signal handler. Given to it with
/// [`Batch::cancellation`](crate::batch::Batch::cancellation). Clones cancel the same batch.
///
/// Every item still comes out. After [`stop_sending`](Self::stop_sending), requests in flight are awaited, and the items
/// that were not sent come out as [not sent](crate::batch::Outcome::NotSent), including the rest of the input: end the
/// input to end the batch earlier. After [`abort`](Self::abort), items in flight come out as
/// [unknown](crate::batch::Outcome::Unknown), unless their request certainly had [not been
/// sent](crate::WriteWatch::is_certainly_unsent).
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use rosterkit_core::batch::{Batch, Cancellation, all_accepted};
///
/// let cancellation = Cancellation::new();
/// let send = |items: &[u32]| {
///     let count = items.len();
///     async move { Ok(count) }
/// };
/// let batch = Batch::of(0..1000, send, |_: &[u32], count| all_accepted(count));
/// let mut outcomes = batch.size(10).concurrency(1).cancellation(&cancellation).ordered();
/// assert!(outcomes.next().await.is_some());
/// cancellation.stop_sending();
/// while outcomes.next().await.is_some() {}
/// let counts = outcomes.counts();
/// assert!(counts.accepted >= 10 && counts.not_sent > 0);
/// assert_eq!(counts.accepted + counts.not_sent, 1000);
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Cancellation(Arc<State>);

#[derive(Default)]
struct State {
    phase: AtomicU8,
    reason: OnceLock<Cow<'static, str>>,
    waker: AtomicWaker,
}

/// How far a batch is to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Running,
    /// Nothing more is sent.
    Stopping,
    /// Requests in flight are dropped too.
    Aborted,
}

impl Cancellation {
    /// A cancellation that was not requested yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends nothing more, and awaits the requests in flight.
    pub fn stop_sending(&self) {
        self.set(Phase::Stopping);
    }

    /// As [`stop_sending`](Self::stop_sending), with the reason that the errors of the items not sent give. The first
    /// reason counts. It is printed, so it must hold no personal data.
    pub fn stop_sending_because(&self, reason: impl Into<Cow<'static, str>>) {
        self.0.reason.get_or_init(|| reason.into());
        self.stop_sending();
    }

    /// Drops the requests in flight too. Their items may have been applied.
    pub fn abort(&self) {
        self.set(Phase::Aborted);
    }

    /// Whether nothing more is sent.
    pub fn is_stopping(&self) -> bool {
        self.phase() != Phase::Running
    }

    fn set(&self, phase: Phase) {
        self.0.phase.fetch_max(phase as u8, Ordering::AcqRel);
        self.0.waker.wake();
    }

    pub(super) fn phase(&self) -> Phase {
        match self.0.phase.load(Ordering::Acquire) {
            0 => Phase::Running,
            1 => Phase::Stopping,
            _ => Phase::Aborted,
        }
    }

    pub(super) fn register(&self, waker: &Waker) {
        self.0.waker.register(waker);
    }

    /// The error of items that were not sent.
    pub(super) fn not_sent(&self) -> Error {
        let reason = self.0.reason.get().cloned();
        Error::new(ErrorKind::Cancelled, reason.unwrap_or(Cow::Borrowed("the batch was cancelled before")))
    }

    /// The error of items whose request was not sent yet when the batch was aborted.
    pub(super) fn aborted_before() -> Error {
        Error::new(ErrorKind::Cancelled, "the batch was aborted before the request was sent")
    }

    /// The error of items that were in flight when the batch was aborted.
    pub(super) fn aborted() -> Error {
        Error::new(ErrorKind::Cancelled, "the batch was aborted while the request was in flight")
            .with_advice("read the item from the service before sending it again")
            .with_earlier_effect(true)
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Cancellation").field("phase", &self.phase()).finish_non_exhaustive()
    }
}
