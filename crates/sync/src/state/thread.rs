//! The thread that owns the connection. Calls reach it through a bounded channel and run one after the other.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::state::error::StateError;
use crate::state::lock::Lock;
use crate::state::open;

/// How many calls may wait for the thread.
const CALLS: usize = 16;

type Call = Box<dyn FnOnce(&mut Connection) + Send>;

/// An open state file.
///
/// The connection lives on a thread of its own. [`close`](Self::close) ends it; dropping the state does the same, and blocks
/// until the calls that were already made have run. After either, the lock is free.
#[derive(Debug)]
pub struct State {
    path: PathBuf,
    /// Both are there until the state is closed.
    calls: Option<mpsc::Sender<Call>>,
    thread: Option<JoinHandle<()>>,
}

impl State {
    /// Takes the lock, and opens the state file for writing. A file that does not exist is created, one of an older version
    /// migrated.
    ///
    /// `command` is what others are told who find the lock held, such as `sync run`; it must not name a person.
    ///
    /// # Errors
    /// [`StateError::Locked`] if another process works with the file, and every error of files and of SQLite.
    pub async fn open(path: impl Into<PathBuf>, command: &str) -> Result<Self, StateError> {
        let command = command.to_owned();
        Self::start(path.into(), move |path| {
            let path = open::resolve(path)?;
            let lock = Lock::take(&path, &command)?;
            let connection = open::open(&path).map_err(|error| error.at(&path))?;
            Ok((path, connection, Some(lock)))
        })
        .await
    }

    /// Opens the state file for reading only, without the lock: also while another process writes it.
    ///
    /// # Errors
    /// [`StateError::Missing`] if it does not exist, and every error of files and of SQLite.
    pub async fn open_read_only(path: impl Into<PathBuf>) -> Result<Self, StateError> {
        Self::start(path.into(), move |path| {
            if std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound) {
                return Err(StateError::Missing { path: path.to_owned() });
            }
            let path = open::resolve(path)?;
            let connection = open::open_read_only(&path).map_err(|error| error.at(&path))?;
            Ok((path, connection, None))
        })
        .await
    }

    async fn start(
        path: PathBuf,
        open: impl FnOnce(&Path) -> Result<(PathBuf, Connection, Option<Lock>), StateError> + Send + 'static,
    ) -> Result<Self, StateError> {
        let (calls, mut received) = mpsc::channel::<Call>(CALLS);
        let (opened, open_result) = oneshot::channel();
        let failed = path.clone();
        let thread = std::thread::Builder::new()
            .name("sync-state".to_owned())
            .spawn(move || {
                let (path, mut connection, lock) = match open(&path) {
                    Ok(opened) => opened,
                    Err(error) => return drop(opened.send(Err(error))),
                };
                // If no one waits any more, the channel is closed as well, and the loop ends at once.
                let _ = opened.send(Ok(path));
                while let Some(call) = received.blocking_recv() {
                    call(&mut connection);
                }
                // The order matters: the next holder of the lock must find the file closed.
                drop(connection);
                drop(lock);
            })
            .map_err(|source| StateError::io(&failed, "start the thread of", source))?;
        let path = open_result.await.unwrap_or(Err(StateError::Closed))?;
        Ok(Self { path, calls: Some(calls), thread: Some(thread) })
    }

    /// The state file, with symbolic links resolved.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a function on the thread of the connection.
    ///
    /// Once it is queued, it runs to its end even if the future is dropped: what was to be written is written, only no one
    /// hears of it. A transaction that it leaves open is rolled back.
    ///
    /// # Errors
    /// The function's error.
    ///
    /// # Panics
    /// If the function does. The state remains usable.
    pub async fn call<T, F>(&self, work: F) -> Result<T, StateError>
    where
        F: FnOnce(&mut Connection) -> Result<T, StateError> + Send + 'static,
        T: Send + 'static,
    {
        self.begin(work).await?.await
    }

    /// The same, and returns as soon as the function is queued. What is returned then waits for its end.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub(crate) async fn begin<T, F>(&self, work: F) -> Result<BoxFuture<'_, Result<T, StateError>>, StateError>
    where
        F: FnOnce(&mut Connection) -> Result<T, StateError> + Send + 'static,
        T: Send + 'static,
    {
        let (result, received) = oneshot::channel();
        let call = Box::new(move |connection: &mut Connection| {
            // No one may be left to hear it.
            let _ = result.send(run(connection, work));
        });
        self.calls.as_ref().ok_or(StateError::Closed)?.send(call).await.map_err(|_| StateError::Closed)?;
        let ended = async move {
            match received.await {
                Ok(Ok(result)) => result.map_err(|error| error.at(&self.path)),
                Ok(Err(panic)) => resume_unwind(panic),
                Err(_) => Err(StateError::Closed),
            }
        };
        Ok(ended.boxed())
    }

    /// Closes the file and releases the lock, after the calls that were already made.
    ///
    /// # Errors
    /// [`StateError::Closed`] if the thread ended before.
    pub async fn close(mut self) -> Result<(), StateError> {
        self.calls = None;
        let Some(thread) = self.thread.take() else { return Err(StateError::Closed) };
        match tokio::task::spawn_blocking(move || thread.join()).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(StateError::Closed),
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.calls = None;
        // A call that owns the last handle drops it on the thread itself, which cannot wait for itself.
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != std::thread::current().id()
        {
            let _ = thread.join();
        }
    }
}

/// Runs a function. The inner error is its panic.
fn run<T>(
    connection: &mut Connection,
    work: impl FnOnce(&mut Connection) -> Result<T, StateError>,
) -> Result<Result<T, StateError>, Box<dyn Any + Send>> {
    let result = catch_unwind(AssertUnwindSafe(|| work(connection)));
    if connection.is_autocommit() {
        return result;
    }
    let rolled_back = connection.execute_batch("ROLLBACK").map_err(StateError::from);
    // An error of the function says more.
    result.map(|value| value.and_then(|_| rolled_back.and(Err(StateError::OpenTransaction))))
}
