//! Ends a batch before its input does, without losing count of what was sent.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::task::Waker;

use futures_util::task::AtomicWaker;

/// Ends a batch from elsewhere, such as a handler of signals; given to it with
/// [`Batch::cancellation`](crate::batch::Batch::cancellation). Clones end the same batch.
///
/// A batch that is dropped forgets what was under way. One that is stopped still yields the outcome of every item that was
/// answered, and [`sent`](Self::sent) tells the others apart: of those without an outcome, the ones with a smaller index
/// may have been carried out, and the rest never left.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use rosterkit_core::batch::{Batch, Cancellation, all_accepted};
///
/// let stop = Cancellation::new();
/// let send = |items: &[u32]| {
///     let count = items.len();
///     async move { Ok(count) }
/// };
/// let batch = Batch::of(0..1000, send, |_: &[u32], count| all_accepted(count));
/// let mut outcomes = batch.size(10).concurrency(1).cancellation(&stop).ordered();
/// assert!(outcomes.next().await.is_some());
/// stop.stop_sending();
/// let mut answered = 1;
/// while outcomes.next().await.is_some() {
///     answered += 1;
/// }
/// assert_eq!(stop.sent(), answered);
/// assert!(answered < 1000);
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Cancellation(Arc<State>);

#[derive(Default)]
struct State {
    phase: AtomicU8,
    sent: AtomicU64,
    waker: AtomicWaker,
}

/// How far a batch is to go.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    Running,
    /// Nothing more is sent.
    Ending,
    /// What is under way is given up, too.
    GivenUp,
}

impl Cancellation {
    /// Ends nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sends nothing more. Requests that are under way go on, and their items have outcomes. Items that were read from the
    /// input and not sent come out no more.
    pub fn stop_sending(&self) {
        self.set(Phase::Ending);
    }

    /// Gives up what is under way, too: what became of those items is not known. What was answered before still comes
    /// out.
    pub fn abort(&self) {
        self.set(Phase::GivenUp);
    }

    /// How many items have been sent: those with a smaller [index](crate::batch::Outcome::index).
    pub fn sent(&self) -> u64 {
        self.0.sent.load(Ordering::Acquire)
    }

    fn set(&self, phase: Phase) {
        self.0.phase.fetch_max(phase as u8, Ordering::AcqRel);
        self.0.waker.wake();
    }

    pub(super) fn phase(&self) -> Phase {
        match self.0.phase.load(Ordering::Acquire) {
            0 => Phase::Running,
            1 => Phase::Ending,
            _ => Phase::GivenUp,
        }
    }

    pub(super) fn register(&self, waker: &Waker) {
        self.0.waker.register(waker);
    }

    pub(super) fn add_sent(&self, items: u64) {
        self.0.sent.fetch_add(items, Ordering::AcqRel);
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = self.0.phase.load(Ordering::Acquire);
        formatter.debug_struct("Cancellation").field("phase", &phase).field("sent", &self.sent()).finish()
    }
}
