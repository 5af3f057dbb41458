//! Standard output, written on a thread of its own: a reader that does not read, such as a pager that waits for a key,
//! blocks the command, but not its reaction to signals.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::signals;

/// How many bytes are buffered for the reader.
const BUFFER: usize = 256 * 1024;
/// How long to wait between checks for signals.
const PAUSE: Duration = Duration::from_millis(50);
/// How many checks after a signal without progress of the reader end the wait.
const CHECKS: u32 = 5;

/// Standard output.
pub(super) struct Stdout {
    shared: Arc<Shared>,
    is_started: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    pending: Vec<u8>,
    is_writing: bool,
    /// How many chunks have been written.
    written: u64,
    is_closed: bool,
    /// The write error, until it is returned.
    error: Option<io::Error>,
    has_failed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes pending bytes until the output is closed.
    fn drain(&self, mut out: impl Write) {
        let mut chunk = Vec::new();
        loop {
            let mut state = self.state();
            while state.pending.is_empty() && !state.is_closed {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.pending.is_empty() {
                return;
            }
            std::mem::swap(&mut state.pending, &mut chunk);
            state.is_writing = true;
            drop(state);
            let written = out.write_all(&chunk).and_then(|()| out.flush());
            chunk.clear();
            let mut state = self.state();
            state.is_writing = false;
            state.written += 1;
            if let Err(error) = written {
                state.pending.clear();
                state.has_failed = true;
                state.error = Some(error);
            }
            drop(state);
            self.changed.notify_all();
        }
    }
}

impl Stdout {
    pub(super) fn new() -> Self {
        Self { shared: Arc::default(), is_started: false }
    }

    fn start(&mut self) -> io::Result<()> {
        if !self.is_started {
            let shared = Arc::clone(&self.shared);
            std::thread::Builder::new()
                .name("rosterkit-output".to_owned())
                .spawn(move || shared.drain(io::stdout()))?;
            self.is_started = true;
        }
        Ok(())
    }

    /// Waits until the condition holds, writing fails, or a signal arrives while the reader does not read.
    fn wait(&self, condition: impl Fn(&State) -> bool) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.shared.state();
        let (mut checks, mut written) = (0, state.written);
        loop {
            if state.has_failed {
                // The error itself is returned once; later calls get a broken pipe.
                let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
                return Err(state.error.take().unwrap_or_else(gone));
            }
            if condition(&state) {
                return Ok(state);
            }
            let (after, pause) = self.shared.changed.wait_timeout(state, PAUSE).unwrap_or_else(PoisonError::into_inner);
            state = after;
            if state.written != written {
                (checks, written) = (0, state.written);
            } else if pause.timed_out()
                && let Some(code) = signals::exit_code()
            {
                checks += 1;
                if checks >= CHECKS {
                    return Err(io::Error::other(signals::Unread(code)));
                }
            }
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.start()?;
        let mut state = self.wait(|state| state.pending.len() < BUFFER)?;
        state.pending.extend_from_slice(bytes);
        drop(state);
        self.shared.changed.notify_all();
        Ok(bytes.len())
    }

    /// Waits until everything is written.
    fn flush(&mut self) -> io::Result<()> {
        if !self.is_started {
            return Ok(());
        }
        self.wait(|state| state.pending.is_empty() && !state.is_writing).map(drop)
    }
}

impl Drop for Stdout {
    fn drop(&mut self) {
        // A write error was returned before, or the caller did not ask for it.
        let _ = self.flush();
        self.shared.state().is_closed = true;
        self.shared.changed.notify_all();
    }
}
