//! The state file of one sandbox.
//!
//! Two sandboxes with one file would overwrite each other's changes. So the file that was last read or written is kept open
//! and locked, where the system has locks, and it is replaced only while the path still leads to it. The lock is on the
//! file itself, so there is no lock file, and it ends with the process.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rosterkit_core::atomic_file::{AtomicFile, Existing};

use crate::snapshot::{Snapshot, StateError};

/// How often opening is repeated when the file is replaced meanwhile.
const ATTEMPTS: usize = 10;

/// A state file that belongs to this sandbox.
#[derive(Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
    /// The file that was last read or written; `None` while there is no file.
    held: Mutex<Option<File>>,
}

impl StateFile {
    /// Opens and locks a file, and reads its state, if it exists.
    pub(crate) fn open(path: &Path, seed: u64, users: u64) -> Result<(Self, Option<Snapshot>), StateError> {
        let unread = |source| StateError::Read { path: path.to_owned(), source };
        let Some(mut file) = take(path)? else {
            // Detects at the start that the folder is not writable.
            AtomicFile::create(path, Existing::Keep, true)
                .map_err(|source| StateError::Write { path: path.to_owned(), source })?;
            return Ok((Self { path: path.to_owned(), held: Mutex::new(None) }, None));
        };
        let mut text = Vec::new();
        file.read_to_end(&mut text).map_err(unread)?;
        let snapshot = Snapshot::parse(&text, seed, users).map_err(|error| match error {
            StateError::Unfit(problem) => StateError::Unfit(format!("{}: {problem}", path.display())),
            other => other,
        })?;
        Ok((Self { path: path.to_owned(), held: Mutex::new(Some(file)) }, Some(snapshot)))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn held(&self) -> MutexGuard<'_, Option<File>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the file atomically: writes a temporary file, syncs it, and renames it.
    pub(crate) fn write(&self, snapshot: &Snapshot) -> Result<(), StateError> {
        let text = serde_json::to_vec(snapshot).map_err(StateError::Unwritable)?;
        let path = self.path.as_path();
        let unwritten = |source| StateError::Write { path: path.to_owned(), source };
        let mut held = self.held();
        // If there was no file, there must not be one now.
        let is_new = match (present(path).map_err(unwritten)?, &*held) {
            (None, _) => true,
            (Some(present), Some(held)) if is_same(held, &present).map_err(unwritten)? => false,
            (Some(_), _) => return Err(StateError::Taken { path: path.to_owned() }),
        };
        let unplaced = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => StateError::Taken { path: path.to_owned() },
            _ => unwritten(error),
        };
        let existing = if is_new { Existing::Keep } else { Existing::Replace };
        let mut file = AtomicFile::create(path, existing, true).map_err(unplaced)?;
        file.write_all(&text).map_err(unwritten)?;
        lock(file.as_file(), path)?;
        let written = file.as_file().try_clone().map_err(unwritten)?;
        let result = file.persist();
        // The file can be in place although its folder could not be synced. Then it is this sandbox's all the same.
        let is_in_place = match present(path) {
            Ok(Some(present)) => is_same(&written, &present).unwrap_or(result.is_ok()),
            _ => result.is_ok(),
        };
        if is_in_place {
            *held = Some(written);
        }
        result.map(drop).map_err(unplaced)
    }
}

/// Opens and locks the file at a path, if there is one.
fn take(path: &Path) -> Result<Option<File>, StateError> {
    let unread = |source| StateError::Read { path: path.to_owned(), source };
    for _ in 0..ATTEMPTS {
        let Some(file) = present(path).map_err(unread)? else { return Ok(None) };
        lock(&file, path)?;
        // The previous holder can have replaced the file before it released the lock.
        if let Some(now) = present(path).map_err(unread)?
            && is_same(&file, &now).map_err(unread)?
        {
            return Ok(Some(file));
        }
    }
    Err(StateError::Taken { path: path.to_owned() })
}

fn present(path: &Path) -> io::Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn lock(file: &File, path: &Path) -> Result<(), StateError> {
    use rustix::fs::{FlockOperation, flock};
    use rustix::io::Errno;
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(Errno::WOULDBLOCK) => Err(StateError::Taken { path: path.to_owned() }),
        // Some file systems have no locks. A file of another sandbox is still detected before it is replaced.
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn lock(_: &File, _: &Path) -> Result<(), StateError> {
    Ok(())
}

#[cfg(unix)]
fn is_same(one: &File, other: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (one, other) = (one.metadata()?, other.metadata()?);
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

/// Without file identities, a file of another size or time is another file.
#[cfg(not(unix))]
fn is_same(one: &File, other: &File) -> io::Result<bool> {
    let (one, other) = (one.metadata()?, other.metadata()?);
    Ok((one.len(), one.modified()?) == (other.len(), other.modified()?))
}
