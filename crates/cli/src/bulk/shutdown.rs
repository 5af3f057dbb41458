//! How a run stops before the end of its input.
//!
//! | cause | requests in flight | the rest of the input |
//! | --- | --- | --- |
//! | a signal | are awaited for 5 seconds or until a second signal, and are `unknown` then | goes into the file of failed items, without outcome lines; standard input until it pauses or a second signal arrives |
//! | a rejected credential | are awaited | is `not sent`, with outcome lines |
//! | the service seems to be down, or asks to come back much later | are awaited | is `not sent`, with outcome lines (the batch stops itself) |
//! | outcomes cannot be written | are awaited | goes into the file of failed items, without outcome lines |
//!
//! A rest that gets neither outcome lines nor a file is not read, nor is one whose file cannot be written any more. Items
//! that are named on the command line get outcome lines in any case, and are all sent if these cannot be written.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _};
use rosterkit_core::batch::Cancellation;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::error::Error;
use crate::signals::{self, Graceful};

/// How long requests in flight are awaited after a signal.
const GRACE_PERIOD: Duration = Duration::from_secs(5);
/// How long standard input may pause after a signal.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a run stops before the end of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// A signal, with its exit code.
    Interrupted(u8),
    /// There is no credential, or the service does not accept it.
    Authentication,
    /// Outcomes or failed items cannot be written.
    Output,
}

impl Cause {
    /// Why items are not sent.
    fn reason(self) -> &'static str {
        match self {
            Self::Interrupted(_) => "the run was interrupted before",
            Self::Authentication => "authentication failed for an item before",
            Self::Output => "the run stopped before, since its outcomes could not be written",
        }
    }

    /// Whether items that were not sent because of it get outcome lines.
    pub(super) fn has_lines(self) -> bool {
        self == Self::Authentication
    }
}

/// Why the input was not read to its end.
pub(super) enum Rest {
    /// The run stopped.
    Unread,
    /// The input cannot be read.
    Broken(Error),
}

#[derive(Clone, Copy, Default)]
struct State {
    cause: Option<Cause>,
    is_aborted: bool,
    /// Whether the rest of the input is wanted: for the file of failed items, or for outcome lines of named items.
    reads_rest: bool,
}

/// Whether and how a run stops before the end of its input. While it exists, signals stop nothing else.
pub(super) struct Shutdown {
    cancellation: Cancellation,
    state: watch::Sender<State>,
    signals: u8,
    reads_rest: bool,
    /// Until when requests in flight are awaited.
    deadline: Option<Instant>,
    rest: Arc<Mutex<Option<Rest>>>,
    _graceful: Graceful,
}

impl Shutdown {
    pub(super) fn new() -> Self {
        Self {
            cancellation: Cancellation::new(),
            state: watch::Sender::default(),
            signals: 0,
            reads_rest: false,
            deadline: None,
            rest: Arc::default(),
            _graceful: Graceful::begin(),
        }
    }

    /// The cancellation of the batch.
    pub(super) fn cancellation(&self) -> &Cancellation {
        &self.cancellation
    }

    pub(super) fn cause(&self) -> Option<Cause> {
        self.state.borrow().cause
    }

    /// Waits for work that knows of the [cancellation](Self::cancellation), such as the next outcome of a batch, and reacts
    /// to signals meanwhile. `hint` tells the user what happens after the first.
    pub(super) async fn watch<T>(&mut self, work: impl Future<Output = T>, hint: impl Fn(String)) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                is_first_signal = self.changed() => if is_first_signal { hint(waiting()) },
                done = &mut work => return done,
            }
        }
    }

    /// The same for work that does not know of it. `None` if it was dropped: after the grace period or a second signal.
    pub(super) async fn watch_or_drop<T>(&mut self, work: impl Future<Output = T>, hint: impl Fn(String)) -> Option<T> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                is_first_signal = self.changed() => {
                    if is_first_signal {
                        hint(waiting());
                    } else if self.state.borrow().is_aborted {
                        return None;
                    }
                }
                done = &mut work => return Some(done),
            }
        }
    }

    /// Notes whether the rest of the input is read after the run stopped.
    pub(super) fn set_reads_rest(&mut self, reads_rest: bool) {
        if std::mem::replace(&mut self.reads_rest, reads_rest) != reads_rest {
            self.state.send_modify(|state| state.reads_rest = reads_rest);
        }
    }

    /// Whether a signal has arrived.
    pub(super) fn is_signalled(&self) -> bool {
        signals::count() > 0
    }

    /// Stops sending, unless the run has stopped before.
    pub(super) fn start(&self, cause: Cause) {
        if self.cause().is_none() {
            self.stop_sending(cause);
        }
    }

    fn stop_sending(&self, cause: Cause) {
        self.state.send_modify(|state| state.cause = Some(cause));
        self.cancellation.stop_sending_because(cause.reason());
    }

    /// Waits for a signal or the end of the grace period, and reacts to it. Returns whether it was the first signal.
    async fn changed(&mut self) -> bool {
        let grace_period = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let signals = tokio::select! {
            signals = signals::more_than(self.signals) => signals,
            () = grace_period => {
                self.abort();
                return false;
            }
        };
        let is_first = self.signals == 0;
        if is_first {
            self.stop_sending(Cause::Interrupted(signals.code));
            self.deadline = Some(Instant::now() + GRACE_PERIOD);
        }
        self.signals = signals.count;
        if signals.count > 1 {
            self.abort();
        }
        is_first
    }

    fn abort(&mut self) {
        self.deadline = None;
        self.state.send_modify(|state| state.is_aborted = true);
        self.cancellation.abort();
    }

    /// The items of the input until it ends, cannot be read, or need not be read any more.
    pub(super) fn until_stopped<'a, T: Send + 'a>(
        &self,
        input: impl Stream<Item = Result<T, Error>> + Send + 'a,
        is_file: bool,
    ) -> BoxStream<'a, T> {
        let rest = Arc::clone(&self.rest);
        let start = (input.map_err(Rest::Broken).boxed(), self.state.subscribe());
        let items = stream::unfold(start, move |(mut input, mut state)| {
            let rest = Arc::clone(&rest);
            async move {
                let is_running = state.borrow().cause.is_none();
                let stopped = if is_running { None } else { stop_reading(&mut state, is_file).now_or_never() };
                let item = match stopped {
                    Some(()) => Some(Err(Rest::Unread)),
                    // An item that is there takes precedence over a pause in which no item was asked for.
                    None => match input.next().now_or_never() {
                        Some(item) => item,
                        None => tokio::select! {
                            biased;
                            item = input.next() => item,
                            () = stop_reading(&mut state, is_file) => Some(Err(Rest::Unread)),
                        },
                    },
                };
                match item? {
                    Ok(item) => Some((item, (input, state))),
                    Err(why) => {
                        *rest.lock().unwrap_or_else(PoisonError::into_inner) = Some(why);
                        None
                    }
                }
            }
        });
        items.boxed()
    }

    /// Why the input was not read to its end, if it was not.
    pub(super) fn take_rest(&self) -> Option<Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What happens after the first signal.
fn waiting() -> String {
    let seconds = GRACE_PERIOD.as_secs();
    format!("interrupted: waiting up to {seconds} s for in-flight requests (Ctrl-C again to abort)")
}

/// Waits until the input need not be read any more.
async fn stop_reading(state: &mut watch::Receiver<State>, is_file: bool) {
    loop {
        let State { cause, is_aborted, reads_rest } = *state.borrow_and_update();
        let pause = match cause {
            Some(cause) if !reads_rest && !cause.has_lines() => return,
            Some(Cause::Interrupted(_)) if !is_file && is_aborted => return,
            Some(Cause::Interrupted(_)) if !is_file => Some(PAUSE),
            _ => None,
        };
        let pause = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = pause => return,
            // The sender lives as long as the run.
            changed = state.changed() => if changed.is_err() { std::future::pending::<()>().await },
        }
    }
}
