//! Standard output that is written to on a thread of its own: a reader that does not read, such as a pager that waits for
//! a key, holds up the command, but not a signal.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::signals;

/// How many bytes wait for the reader.
const AHEAD: usize = 256 * 1024;
/// How long to wait before signals are looked for again.
const PAUSE: Duration = Duration::from_millis(50);
/// How often to look after a signal, if the reader takes nothing meanwhile.
const LOOKS: u32 = 5;

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
    waiting: Vec<u8>,
    is_writing: bool,
    /// How many pieces the reader took.
    taken: u64,
    is_closed: bool,
    /// Why nothing more can be written.
    error: Option<io::Error>,
    has_failed: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what waits, until nothing will come any more.
    fn drain(&self, mut out: impl Write) {
        let mut piece = Vec::new();
        loop {
            let mut state = self.state();
            while state.waiting.is_empty() && !state.is_closed {
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
            if state.waiting.is_empty() {
                return;
            }
            std::mem::swap(&mut state.waiting, &mut piece);
            state.is_writing = true;
            drop(state);
            let written = out.write_all(&piece).and_then(|()| out.flush());
            piece.clear();
            let mut state = self.state();
            state.is_writing = false;
            state.taken += 1;
            if let Err(error) = written {
                state.waiting.clear();
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

    /// Waits until the state is as it should be, or writing failed, or a signal came and nobody reads.
    fn wait(&self, is_right: impl Fn(&State) -> bool) -> io::Result<MutexGuard<'_, State>> {
        let mut state = self.shared.state();
        let (mut looks, mut taken) = (0, state.taken);
        loop {
            if state.has_failed {
                // The kind is told each time, the details once.
                let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
                return Err(state.error.take().unwrap_or_else(gone));
            }
            if is_right(&state) {
                return Ok(state);
            }
            let (after, pause) = self.shared.changed.wait_timeout(state, PAUSE).unwrap_or_else(PoisonError::into_inner);
            state = after;
            if state.taken != taken {
                (looks, taken) = (0, state.taken);
            } else if pause.timed_out()
                && let Some(code) = signals::exit_code()
            {
                looks += 1;
                if looks >= LOOKS {
                    return Err(io::Error::other(signals::Unread(code)));
                }
            }
        }
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.start()?;
        let mut state = self.wait(|state| state.waiting.len() < AHEAD)?;
        state.waiting.extend_from_slice(bytes);
        drop(state);
        self.shared.changed.notify_all();
        Ok(bytes.len())
    }

    /// Waits until all is written.
    fn flush(&mut self) -> io::Result<()> {
        if !self.is_started {
            return Ok(());
        }
        self.wait(|state| state.waiting.is_empty() && !state.is_writing).map(drop)
    }
}

impl Drop for Stdout {
    fn drop(&mut self) {
        // What cannot be written any more has been told, or nobody asked.
        let _ = self.flush();
        self.shared.state().is_closed = true;
        self.shared.changed.notify_all();
    }
}
