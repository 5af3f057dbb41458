//! The state file.

mod file;
mod forget;
mod lock;
mod tables;

use std::path::{Path, PathBuf};

use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_sync::state::{State, StateError};
use rusqlite::Connection;

/// A time of the tests, in seconds after a fixed one.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + seconds, 0).expect("a date-time")
}

/// A folder of its own, and the path of a state file in it.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sync.db");
    (folder, path)
}

async fn open(path: &Path) -> State {
    State::open(path, "sync test").await.expect("opens")
}

/// Runs a function on a connection to a new state file.
async fn with_new<T: Send + 'static>(
    work: impl FnOnce(&mut Connection) -> Result<T, StateError> + Send + 'static,
) -> Result<T, StateError> {
    let (_folder, path) = folder();
    open(&path).await.call(work).await
}

/// All bytes of the state file and of the files beside it.
fn bytes_of(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    for suffix in ["", "-wal", "-shm", ".lock"] {
        let mut file = path.as_os_str().to_owned();
        file.push(suffix);
        if let Ok(more) = std::fs::read(file) {
            bytes.extend(more);
        }
    }
    bytes
}
