//! Whether a task that was dropped had sent a request that changes something.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

/// Requests have begun, but none that changes something was sent: they read, or wait for a credential or their turn.
const NOT_SENT: u8 = 1;
/// A request that changes something was sent.
const SENT: u8 = 2;

thread_local! {
    /// The watches of the tasks that are being polled, the outermost first.
    static CURRENT: RefCell<Vec<WriteWatch>> = const { RefCell::new(Vec::new()) };
}

/// Tells of a task that was dropped before its end, such as by a signal, whether it had sent a request that
/// [changes something](crate::Operation::only_reads). It knows the requests of every [`Transport`](crate::Transport).
///
/// ```
/// use rosterkit_core::WriteWatch;
///
/// # async fn run(transport: rosterkit_core::Transport, request: rosterkit_core::Request) {
/// let watch = WriteWatch::new();
/// let sent = tokio::time::timeout(std::time::Duration::from_secs(5), watch.watch(transport.send_empty(request))).await;
/// if sent.is_err() && !watch.is_certainly_unsent() {
///     println!("it may have been applied");
/// }
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct WriteWatch(
    /// 0 before the first request.
    Arc<AtomicU8>,
);

impl WriteWatch {
    /// A watch for one task.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a task and watches its requests. Requests of other tasks that it spawns are not seen.
    pub async fn watch<F: Future>(&self, task: F) -> F::Output {
        let mut task = pin!(task);
        poll_fn(|context| {
            let _current = Current::enter(self.clone());
            task.as_mut().poll(context)
        })
        .await
    }

    /// Whether the task has begun a request, and has sent none that changes something. `false` also for a task that has
    /// begun no request at all, since it may change something by other means.
    pub fn is_certainly_unsent(&self) -> bool {
        self.0.load(Ordering::Acquire) == NOT_SENT
    }

    /// Notes that a request begins.
    pub(crate) fn note_begin() {
        Self::note(NOT_SENT);
    }

    /// Notes that a request which changes something is sent.
    pub(crate) fn note_sent() {
        Self::note(SENT);
    }

    fn note(state: u8) {
        CURRENT.with_borrow(|current| {
            for watch in current {
                watch.0.fetch_max(state, Ordering::AcqRel);
            }
        });
    }
}

/// The time in which a task is polled.
struct Current;

impl Current {
    fn enter(watch: WriteWatch) -> Self {
        CURRENT.with_borrow_mut(|current| current.push(watch));
        Self
    }
}

impl Drop for Current {
    fn drop(&mut self) {
        CURRENT.with_borrow_mut(Vec::pop);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_watch_sees_what_is_sent_while_its_task_is_polled() {
        let (outer, inner, other) = (WriteWatch::new(), WriteWatch::new(), WriteWatch::new());
        assert!(!outer.is_certainly_unsent());
        let task = async {
            WriteWatch::note_begin();
            inner.watch(async { WriteWatch::note_sent() }).await;
            WriteWatch::note_begin();
        };
        assert_eq!(outer.watch(task).now_or_never(), Some(()));
        WriteWatch::note_sent();
        assert!(!outer.is_certainly_unsent() && !inner.is_certainly_unsent());
        assert!(!other.is_certainly_unsent(), "nothing is known of it");
        assert_eq!(other.watch(async { WriteWatch::note_begin() }).now_or_never(), Some(()));
        assert!(other.is_certainly_unsent());
        assert!(CURRENT.with_borrow(Vec::is_empty));
    }
}
