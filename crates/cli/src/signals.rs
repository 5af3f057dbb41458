//! Ctrl-C, SIGTERM and SIGHUP. A thread of its own receives them, so that blocking code cannot delay the end of a
//! command.
//!
//! | signal | effect |
//! | --- | --- |
//! | the first | the command stops: in-flight requests are dropped, temporary files are removed. A command that changes something sends nothing more, waits for in-flight requests, says what became of them and writes its file of failed items |
//! | the second | such a command aborts in-flight requests |
//! | the third | the process exits at once |
//!
//! If a command does not react within a second, because it is blocked on a pipe or a program, the thread removes its
//! temporary files and ends the process.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// How long a command may take to react to a signal.
const REACTION: Duration = Duration::from_secs(1);
/// The number of the signal that ends the process at once.
const LAST: u8 = 3;

/// The number of signals so far, and the exit code of the last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signals {
    pub count: u8,
    pub code: u8,
}

static SIGNALS: LazyLock<watch::Sender<Signals>> = LazyLock::new(watch::Sender::default);
/// How many signals the command has reacted to.
static NOTICED: AtomicU8 = AtomicU8::new(0);
/// How many [`Graceful`] guards exist.
static GRACEFUL: AtomicU32 = AtomicU32::new(0);
/// Files to remove when the process ends.
static TEMPORARY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Starts to listen. If that is not possible, signals have the system's default effect.
pub(crate) fn listen() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let listen = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(receive(&ready));
        };
        let spawned = std::thread::Builder::new().name("rosterkit-signals".to_owned()).spawn(listen);
        // The sender is dropped if listening is not possible.
        let _ = spawned.map(|_| is_ready.recv());
    });
}

/// Receives signals forever.
async fn receive(ready: &std::sync::mpsc::Sender<()>) {
    let Some(mut source) = source::Source::new() else { return };
    let _ = ready.send(());
    loop {
        let code = source.next().await;
        let mut count = 0;
        SIGNALS.send_modify(|signals| {
            signals.count = signals.count.saturating_add(1);
            signals.code = code;
            count = signals.count;
        });
        if count >= LAST {
            exit(code);
        }
        let is_noticed = async {
            while NOTICED.load(Ordering::Acquire) < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(REACTION, is_noticed).await.is_err() {
            exit(code);
        }
    }
}

/// Removes temporary files and ends the process.
fn exit(code: u8) -> ! {
    for path in std::mem::take(&mut *temporary()) {
        // It may have been renamed to its final name meanwhile.
        let _ = std::fs::remove_file(path);
    }
    std::process::exit(code.into())
}

/// The number of signals so far. Whoever acts on it waits for [`more_than`].
pub(crate) fn count() -> u8 {
    SIGNALS.borrow().count
}

/// The exit code of the last signal, if one came. For blocking code, which asks now and then.
pub(crate) fn exit_code() -> Option<u8> {
    let signals = *SIGNALS.borrow();
    (signals.count > 0).then(|| {
        notice(signals);
        signals.code
    })
}

/// Waits until more than `count` signals have arrived.
pub(crate) async fn more_than(count: u8) -> Signals {
    let mut receiver = SIGNALS.subscribe();
    match receiver.wait_for(|signals| signals.count > count).await.map(|signals| *signals) {
        Ok(signals) => {
            notice(signals);
            signals
        }
        // The sender lives as long as the process.
        Err(_) => std::future::pending().await,
    }
}

/// Waits for a signal while no [`Graceful`] guard exists, and returns its exit code.
pub(crate) async fn shutdown() -> u8 {
    let mut receiver = SIGNALS.subscribe();
    let is_shutdown = |signals: &Signals| signals.count > 0 && GRACEFUL.load(Ordering::Acquire) == 0;
    match receiver.wait_for(is_shutdown).await.map(|signals| *signals) {
        Ok(signals) => {
            notice(signals);
            signals.code
        }
        Err(_) => std::future::pending().await,
    }
}

/// The source of an I/O error: a signal arrived while the reader of standard output was not reading. It has the exit
/// code.
#[derive(Debug)]
pub(crate) struct Unread(pub u8);

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted while standard output was blocked")
    }
}

impl std::error::Error for Unread {}

fn notice(signals: Signals) {
    NOTICED.fetch_max(signals.count, Ordering::AcqRel);
}

/// While it exists, its owner reacts to signals, with [`more_than`].
pub(crate) struct Graceful(());

impl Graceful {
    pub(crate) fn begin() -> Self {
        GRACEFUL.fetch_add(1, Ordering::AcqRel);
        Self(())
    }
}

impl Drop for Graceful {
    fn drop(&mut self) {
        GRACEFUL.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Does work that must not stop in the middle, such as one whose response is valid once. A first signal stops the command
/// after it, a second one stops it: then there is no result.
pub(crate) async fn uninterrupted<T>(work: impl Future<Output = T>) -> Option<T> {
    let graceful = Graceful::begin();
    let mut work = std::pin::pin!(work);
    let result = tokio::select! {
        biased;
        result = &mut work => Some(result),
        _ = more_than(0) => tokio::select! {
            biased;
            result = &mut work => Some(result),
            _ = more_than(1) => None,
        },
    };
    drop(graceful);
    // `shutdown` looks at the guards again.
    SIGNALS.send_modify(|_| ());
    result
}

fn temporary() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// While it exists, the file is removed if a signal ends the process.
pub(crate) struct Temporary(PathBuf);

impl Temporary {
    pub(crate) fn new(path: &Path) -> Self {
        temporary().insert(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        temporary().remove(&self.0);
    }
}

#[cfg(unix)]
mod source {
    //! Signals of Unix. Ignored signals stay ignored, as `nohup` and shells with background jobs expect.

    use tokio::signal::unix::{Signal, SignalKind, signal};

    pub(super) struct Source {
        interrupt: Option<Signal>,
        terminate: Option<Signal>,
        hang_up: Option<Signal>,
    }

    impl Source {
        pub(super) fn new() -> Option<Self> {
            let ignored = ignored();
            let is_ignored = |kind: SignalKind| ignored.is_some_and(|mask| mask >> (kind.as_raw_value() - 1) & 1 == 1);
            let listen = |kind: SignalKind| if is_ignored(kind) { None } else { signal(kind).ok() };
            // If it is not known whether SIGHUP is ignored, it keeps its default effect.
            let hang_up = ignored.and_then(|_| listen(SignalKind::hangup()));
            let (interrupt, terminate) = (listen(SignalKind::interrupt()), listen(SignalKind::terminate()));
            let has_none = interrupt.is_none() && terminate.is_none() && hang_up.is_none();
            (!has_none).then_some(Self { interrupt, terminate, hang_up })
        }

        /// The exit code of the next signal.
        pub(super) async fn next(&mut self) -> u8 {
            tokio::select! {
                () = one(&mut self.interrupt) => 130,
                () = one(&mut self.terminate) => 143,
                () = one(&mut self.hang_up) => 129,
            }
        }
    }

    async fn one(signal: &mut Option<Signal>) {
        match signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }

    /// The signals that this process ignores, on Linux: bit 0 is signal 1.
    fn ignored() -> Option<u64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(mask.trim(), 16).ok()
    }
}

#[cfg(not(unix))]
mod source {
    //! Ctrl-C.

    pub(super) struct Source(());

    impl Source {
        pub(super) fn new() -> Option<Self> {
            Some(Self(()))
        }

        /// The exit code of the next signal.
        pub(super) async fn next(&mut self) -> u8 {
            match tokio::signal::ctrl_c().await {
                Ok(()) => 130,
                Err(_) => std::future::pending().await,
            }
        }
    }
}
