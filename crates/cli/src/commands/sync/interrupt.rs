//! What signals do to a run.
//!
//! | part of a run | the first signal | the second |
//! | --- | --- | --- |
//! | nothing is sent: reading, planning | ends it at once | |
//! | people are written | what is in flight is finished and journalled, nothing more is sent | ends it at once; the next run looks up what became of what was in flight |

use std::pin::pin;

use rosterkit_sync::engine::Shutdown;

use crate::error::Error;
use crate::signals::{self, Graceful};

/// While it exists, signals stop nothing else.
pub(super) struct Interrupt {
    signals: u8,
    code: Option<u8>,
    _graceful: Graceful,
}

impl Interrupt {
    pub(super) fn new() -> Self {
        Self { signals: 0, code: None, _graceful: Graceful::begin() }
    }

    /// The exit code of the signal that came.
    pub(super) fn code(&self) -> Option<u8> {
        self.code
    }

    /// Waits for work that sends nothing, or for a signal.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if a signal came first, and that of the work.
    pub(super) async fn at_once<T, E>(&mut self, work: impl Future<Output = Result<T, E>>) -> Result<T, Error>
    where
        Error: From<E>,
    {
        tokio::select! {
            biased;
            signals = signals::more_than(self.signals) => {
                (self.signals, self.code) = (signals.count, Some(signals.code));
                Err(Error::Interrupted(signals.code))
            }
            done = work => Ok(done?),
        }
    }

    /// Waits for work that sends. The first signal begins the shutdown, of which `tell` is told; the second drops the work.
    ///
    /// # Errors
    /// [`Error::Interrupted`] if the work was dropped, and that of the work.
    pub(super) async fn gracefully<T, E>(
        &mut self,
        shutdown: &Shutdown,
        tell: impl Fn(),
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Error>
    where
        Error: From<E>,
    {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                signals = signals::more_than(self.signals) => {
                    (self.signals, self.code) = (signals.count, Some(signals.code));
                    if shutdown.has_begun() || signals.count > 1 {
                        return Err(Error::Interrupted(signals.code));
                    }
                    shutdown.begin();
                    tell();
                }
                done = &mut work => return Ok(done?),
            }
        }
    }
}
