//! How a run ends before its input does: by a signal, by a credential that is refused, or because nobody can be told.
//!
//! | cause | what is under way | the rest of the input |
//! | --- | --- | --- |
//! | a signal | is awaited for 5 seconds, or until a second signal, and is `unknown` then | goes into the file of failed items, without lines of its own; standard input as far as it flows, for 5 seconds |
//! | a refused credential | is awaited | is `not sent`, each with its line |
//! | outcomes that cannot be written | is awaited | goes into the file of failed items |

use std::sync::Arc;
use std::time::Duration;

use rosterkit_core::Error;
use rosterkit_core::batch::Cancellation;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::report::Report;
use crate::context::Context;
use crate::signals::{self, Graceful};

/// How long what is under way is awaited after a signal.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long standard input may pause after a signal.
const PAUSE: Duration = Duration::from_secs(1);

/// Why a run ends before its input does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A signal, with the exit code that belongs to it.
    Interrupted(u8),
    /// There is no credential, or the service does not accept it.
    Refused,
    /// Outcomes or failed items cannot be written.
    Output,
}

impl Cause {
    /// Why an item is not sent.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Interrupted(_) => "the run was interrupted before",
            Self::Refused => "authentication failed at an item before",
            Self::Output => "the run was ended before, since its outcomes could not be written",
        }
    }
}

/// Whether and how a run ends before its input does. While it lives, signals end nothing else.
pub(crate) struct Shutdown {
    stop: Cancellation,
    /// Notified when the run is to read no more of its input.
    began: Arc<Notify>,
    cause: Option<Cause>,
    signals: u8,
    /// Until when what is under way is awaited.
    deadline: Option<Instant>,
    is_given_up: bool,
    _graceful: Graceful,
}

impl Shutdown {
    pub(crate) fn new() -> Self {
        Self {
            stop: Cancellation::new(),
            began: Arc::default(),
            cause: None,
            signals: 0,
            deadline: None,
            is_given_up: false,
            _graceful: Graceful::begin(),
        }
    }

    /// What ends the batch.
    pub(crate) fn stop(&self) -> &Cancellation {
        &self.stop
    }

    pub(crate) fn cause(&self) -> Option<Cause> {
        self.cause
    }

    /// Ends the run for a reason of its own. A signal goes before it.
    pub(crate) fn because(&mut self, cause: Cause) {
        self.cause.get_or_insert(cause);
        self.stop_sending();
    }

    fn stop_sending(&self) {
        self.stop.stop_sending();
        self.began.notify_one();
    }

    /// Waits until the run ends before its input does.
    pub(crate) fn began(&self) -> impl Future<Output = ()> + Send + use<> {
        let began = Arc::clone(&self.began);
        async move { began.notified().await }
    }

    /// Why an item has no response, for the error of its cancellation.
    pub(crate) fn cancelled(&self, error: &Error) -> String {
        match error.may_have_taken_effect() {
            true => "it was given up while it was under way".to_owned(),
            false => self.cause.unwrap_or(Cause::Output).reason().to_owned(),
        }
    }

    /// Waits for what shortens the run, and does it.
    pub(crate) async fn called(&mut self, context: &Context, report: &Report) {
        let patience = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            signals = signals::more_than(self.signals) => {
                if self.signals == 0 {
                    self.cause = Some(Cause::Interrupted(signals.code));
                    self.stop_sending();
                    self.deadline = Some(Instant::now() + PATIENCE);
                    report.beside(|| context.hint(format_args!(
                        "interrupted: waiting up to {} s for in-flight requests (Ctrl-C again to abort)",
                        PATIENCE.as_secs()
                    )));
                }
                self.signals = signals.count;
                if signals.count > 1 {
                    self.give_up();
                }
            }
            () = patience => self.give_up(),
        }
    }

    fn give_up(&mut self) {
        self.is_given_up = true;
        self.deadline = None;
        self.stop.abort();
    }

    /// The next item of the rest of the input. A file is read to its end, standard input as far as it flows.
    pub(crate) async fn next<T>(
        &mut self,
        context: &Context,
        report: &Report,
        is_file: bool,
        next: impl Future<Output = Option<T>>,
    ) -> Rest<T> {
        let of = |item: Option<T>| item.map_or(Rest::End, Rest::Item);
        let mut next = std::pin::pin!(next);
        let is_hurried = |this: &Self| !is_file && matches!(this.cause, Some(Cause::Interrupted(_)));
        loop {
            if is_hurried(self) && self.is_given_up {
                return Rest::LeftUnread;
            }
            let is_pausing = is_hurried(self);
            tokio::select! {
                biased;
                () = self.called(context, report) => {}
                item = &mut next => return of(item),
                () = tokio::time::sleep(PAUSE), if is_pausing => return Rest::LeftUnread,
            }
        }
    }
}

/// What comes of the rest of an input.
pub(crate) enum Rest<T> {
    Item(T),
    End,
    /// There may be more, which nobody reads.
    LeftUnread,
}
