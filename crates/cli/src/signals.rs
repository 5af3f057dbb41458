//! Ctrl-C, SIGTERM and a terminal that is closed: heard on a thread of their own, so that nothing that blocks can keep a
//! command from ending.
//!
//! | signal | what happens |
//! | --- | --- |
//! | the first | the command ends: what is under way is dropped, temporary files are removed. A bulk verb sends nothing more, awaits what is under way and writes its file of failed items |
//! | the second | a bulk verb gives up what is under way |
//! | the third | the process ends at once |
//!
//! A command that does not notice within a second, since it waits for a pipe or a program that does nothing, is ended from
//! the thread, which removes its temporary files.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// How long a command may take to notice a signal.
const NOTICE: Duration = Duration::from_secs(1);
/// The signal that ends the process at once.
const LAST: u8 = 3;

/// How many signals came, and the exit code that belongs to the last.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signals {
    pub count: u8,
    pub code: u8,
}

static SIGNALS: LazyLock<watch::Sender<Signals>> = LazyLock::new(watch::Sender::default);
/// How many signals were noticed.
static NOTICED: AtomicU8 = AtomicU8::new(0);
/// How many parts of the program end themselves after a signal.
static GRACEFUL: AtomicU32 = AtomicU32::new(0);
/// Files that are to vanish with the process.
static TEMPORARY: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// Begins to listen. Where that is impossible, signals end the process in the system's way.
pub(crate) fn listen() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let listen = move || {
            let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(hear(&ready));
        };
        let spawned = std::thread::Builder::new().name("rosterkit-signals".to_owned()).spawn(listen);
        // The sender is gone where listening is impossible.
        let _ = spawned.map(|_| is_ready.recv());
    });
}

/// Hears signals for ever.
async fn hear(ready: &std::sync::mpsc::Sender<()>) {
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
            end(code);
        }
        let is_noticed = async {
            while NOTICED.load(Ordering::Acquire) < count {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(NOTICE, is_noticed).await.is_err() {
            end(code);
        }
    }
}

/// Ends the process from beside it.
fn end(code: u8) -> ! {
    for path in std::mem::take(&mut *temporary()) {
        // It may have been put into its place a moment ago.
        let _ = std::fs::remove_file(path);
    }
    std::process::exit(code.into())
}

/// The exit code of the last signal, if one came. For blocking code, which asks now and then.
pub(crate) fn exit_code() -> Option<u8> {
    let signals = *SIGNALS.borrow();
    (signals.count > 0).then(|| {
        notice(signals);
        signals.code
    })
}

/// Waits until more signals came than so many.
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

/// Waits for a signal after which nothing ends itself.
pub(crate) async fn ends() -> u8 {
    let mut receiver = SIGNALS.subscribe();
    let is_end = |signals: &Signals| signals.count > 0 && GRACEFUL.load(Ordering::Acquire) == 0;
    match receiver.wait_for(is_end).await.map(|signals| *signals) {
        Ok(signals) => {
            notice(signals);
            signals.code
        }
        Err(_) => std::future::pending().await,
    }
}

/// A signal came while nobody read standard output.
#[derive(Debug)]
pub(crate) struct Unread(pub u8);

impl fmt::Display for Unread {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted while nobody read it")
    }
}

impl std::error::Error for Unread {}

fn notice(signals: Signals) {
    NOTICED.fetch_max(signals.count, Ordering::AcqRel);
}

/// While it lives, signals are heard by its owner, who has to ask [`more_than`].
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

fn temporary() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    TEMPORARY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A file that vanishes with the process, as long as this lives.
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
    //! Signals of Unix. What is ignored stays ignored, as `nohup` and shells with background jobs want it.

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
            let heard = |kind: SignalKind| if is_ignored(kind) { None } else { signal(kind).ok() };
            // Where nobody can tell whether it is ignored, a closed terminal ends the process in the system's way.
            let hang_up = ignored.and_then(|_| heard(SignalKind::hangup()));
            let (interrupt, terminate) = (heard(SignalKind::interrupt()), heard(SignalKind::terminate()));
            let is_deaf = interrupt.is_none() && terminate.is_none() && hang_up.is_none();
            (!is_deaf).then_some(Self { interrupt, terminate, hang_up })
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

    /// The signals that this process ignores, where the system tells: bit 0 is signal 1.
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
