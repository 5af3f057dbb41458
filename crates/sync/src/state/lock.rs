//! The lock: a file beside the state file, so that no one opens the state file itself a second time, which would release
//! the locks of SQLite. The operating system releases it with the process, however that ends. The file stays; deleting it
//! while a run goes on would let a second run in.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use rosterkit_core::chrono::{SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::state::error::StateError;

/// The most that is read of a holder's text.
const HOLDER_LIMIT: u64 = 4096;

/// Who holds the lock.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: String,
    command: String,
    started_at: String,
}

/// Holds the lock until it is dropped.
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock of a state file.
    ///
    /// # Errors
    /// [`StateError::Locked`] if another process, or another part of this one, holds it.
    pub(crate) fn take(state: &Path, command: &str) -> Result<Self, StateError> {
        let path = lock_path(state);
        let mut file = open(&path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(StateError::Locked { path: state.to_owned(), holder: describe(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(StateError::io(&path, "lock", source)),
        }
        let mut lock = Self { file };
        lock.write(&Holder {
            pid: std::process::id(),
            host: host(),
            command: command.to_owned(),
            started_at: Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true),
        })
        .map_err(|source| StateError::io(&path, "write", source))?;
        Ok(lock)
    }

    fn write(&mut self, holder: &Holder) -> std::io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        self.file.write_all(&serde_json::to_vec(holder)?)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The text is for others while the lock is held. It may stay.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// The lock file of a state file.
fn lock_path(state: &Path) -> PathBuf {
    let mut path = state.as_os_str().to_owned();
    path.push(".lock");
    path.into()
}

fn open(path: &Path) -> Result<File, StateError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // A link could lead to a file of somebody else, which would be overwritten.
        options.mode(0o600).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits() as i32);
    }
    options.open(path).map_err(|source| match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => {
            StateError::InvalidPath { path: path.to_owned(), problem: "is a symbolic link" }
        }
        _ => StateError::io(path, "open", source),
    })
}

/// Who holds the lock, as far as that can be read: the holder may be about to write it.
fn describe(file: &mut File) -> String {
    let mut text = String::new();
    let holder =
        file.take(HOLDER_LIMIT).read_to_string(&mut text).ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    match holder {
        Some(Holder { pid, host, command, started_at }) => {
            let printable = |text: String| text.replace(char::is_control, " ");
            format!("process {pid} on {} since {} (`{}`)", printable(host), printable(started_at), printable(command))
        }
        None => "another process".to_owned(),
    }
}

#[cfg(unix)]
fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(not(unix))]
fn host() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "this host".to_owned())
}
