//! What can go wrong with the state file. Texts name the file and what to do; they hold no values of people.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// What is wrong with the state file.
///
/// Nothing may be sent to a service after one of these: what was sent could not be journalled.
#[derive(Debug)]
#[non_exhaustive]
pub enum StateError {
    /// There is no such file, and it was to be read only.
    Missing {
        /// The state file.
        path: PathBuf,
    },
    /// Another process works with the state file.
    Locked {
        /// The state file.
        path: PathBuf,
        /// Who holds the lock: process, host, start and command.
        holder: String,
    },
    /// The path cannot be a state file, such as a folder.
    InvalidPath {
        /// The path.
        path: PathBuf,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The operating system does not allow it.
    PermissionDenied {
        /// The file.
        path: PathBuf,
    },
    /// The file or its file system cannot be written.
    ReadOnly {
        /// The state file.
        path: PathBuf,
    },
    /// There is no space left.
    Full {
        /// The state file.
        path: PathBuf,
    },
    /// Another program uses the database, and did not let go of it in time.
    Busy {
        /// The state file.
        path: PathBuf,
    },
    /// The file is not a SQLite database.
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is a SQLite database, but not one of sync.
    ForeignDatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file is damaged.
    Corrupt {
        /// The state file.
        path: PathBuf,
    },
    /// The file was written by a newer version of this program.
    NewerSchema {
        /// The state file.
        path: PathBuf,
        /// The version of the file's tables.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The file was written by an older version, or has no tables yet, and was to be read only.
    OlderSchema {
        /// The state file.
        path: PathBuf,
        /// The version of the file's tables.
        found: i64,
        /// The version that is needed.
        known: i64,
    },
    /// Write-ahead logging is not possible where the file is.
    NoWal {
        /// The state file.
        path: PathBuf,
        /// The journal mode that took effect, or the error.
        found: String,
    },
    /// The operating system reports another error.
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried, such as `lock`.
        action: &'static str,
        /// The error.
        source: io::Error,
    },
    /// SQLite reports another error.
    Sqlite {
        /// The state file.
        path: PathBuf,
        /// The error, in SQLite's words. These have no values.
        message: String,
    },
    /// A column holds a value that this version does not know.
    UnknownValue {
        /// The state file.
        path: PathBuf,
        /// The position of the column, from 0, in the statement.
        column: usize,
    },
    /// A closure left a transaction open. It was rolled back.
    OpenTransaction,
    /// The thread of the state file has ended.
    Closed,
    /// A target person already belongs to another source person, or the other way round.
    IdentityTaken {
        /// The flow.
        flow: String,
        /// The pair that was to be recorded: the ids in source and target.
        new: (String, String),
        /// The pair that is recorded.
        existing: (String, String),
    },
    /// Two completions have the same `RecordID`.
    RecordIdCollision {
        /// The flow.
        flow: String,
        /// The id of the training record.
        record_id: String,
        /// The completion that has it, and the one that should get it.
        completions: (String, String),
    },
    /// An outcome is for an entry of the journal that is not there, or that has a final outcome.
    NotOpen {
        /// The entry.
        id: i64,
    },
    /// A row that must exist is not there.
    NoSuchRow {
        /// What it is, such as `plan`.
        what: &'static str,
    },
    /// A person cannot be forgotten while an effect has no outcome.
    OpenIntents {
        /// How many have none.
        count: u64,
    },
    /// The operating system has no random bytes for the key of forgotten ids.
    NoRandomness,
    /// An id means people who have nothing to do with each other.
    AmbiguousPerson {
        /// Where the id was found: flow and side.
        found: Vec<String>,
    },
}

impl StateError {
    /// The error of a file operation.
    pub(crate) fn io(path: &Path, action: &'static str, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::PermissionDenied => Self::PermissionDenied { path },
            io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full { path },
            io::ErrorKind::IsADirectory => Self::InvalidPath { path, problem: "is a folder" },
            _ => Self::Io { path, action, source },
        }
    }

    /// The same error with the path of the state file, which functions over a connection do not know.
    pub(crate) fn at(mut self, state: &Path) -> Self {
        if let Self::ReadOnly { path }
        | Self::PermissionDenied { path }
        | Self::Full { path }
        | Self::Busy { path }
        | Self::NotADatabase { path }
        | Self::Corrupt { path }
        | Self::Sqlite { path, .. }
        | Self::UnknownValue { path, .. } = &mut self
            && path.as_os_str().is_empty()
        {
            *path = state.to_owned();
        }
        self
    }
}

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::Error as Sql;
        let path = PathBuf::new();
        match &error {
            Sql::FromSqlConversionFailure(column, ..)
            | Sql::IntegralValueOutOfRange(column, _)
            | Sql::Utf8Error(column, _)
            | Sql::InvalidColumnType(column, ..) => return Self::UnknownValue { path, column: *column },
            _ => {}
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path },
            Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::AuthorizationForStatementDenied) => {
                Self::PermissionDenied { path }
            }
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed) => {
                Self::Busy { path }
            }
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path },
            _ => Self::Sqlite { path, message: message(&error) },
        }
    }
}

/// The error in SQLite's words, without the text of the statement.
fn message(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        // The inner error may quote a value.
        rusqlite::Error::ToSqlConversionFailure(_) => "a value cannot be stored".to_owned(),
        error => error.to_string(),
    }
}

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { path } => {
                write!(f, "no state file {}: it is made by the first `sync plan` or `sync run`", path.display())
            }
            Self::Locked { path, holder } => write!(
                f,
                "the state file {} is in use by {holder}: wait until that ends, or stop it; nothing was sent",
                path.display()
            ),
            Self::InvalidPath { path, problem } => write!(
                f,
                "invalid state file {}: it {problem}; expected a regular file in an existing folder",
                path.display()
            ),
            Self::PermissionDenied { path } => write!(
                f,
                "permission denied for {}: the user who runs sync must own it, and be able to write it and its folder",
                path.display()
            ),
            Self::ReadOnly { path } => write!(
                f,
                "the state file {} is read-only: make the file, its folder and their file system writable",
                path.display()
            ),
            Self::Full { path } => write!(
                f,
                "no space left for the state file {}: free some space on its file system, then repeat the command",
                path.display()
            ),
            Self::Busy { path } => write!(
                f,
                "the state file {} is in use by another program, such as a SQLite shell or a backup: end it, then \
                 repeat the command",
                path.display()
            ),
            Self::NotADatabase { path } => write!(
                f,
                "{} is not a SQLite database: give the path of a state file, or of a file that does not exist yet",
                path.display()
            ),
            Self::ForeignDatabase { path } => write!(
                f,
                "{} is the database of another program: give the path of a state file, or of a file that does not \
                 exist yet",
                path.display()
            ),
            Self::Corrupt { path } => write!(
                f,
                "the state file {} is damaged: restore it from a backup, with its -wal file if there is one",
                path.display()
            ),
            Self::NewerSchema { path, found, known } => write!(
                f,
                "the state file {} was written by a newer version (tables of version {found}; this program knows \
                 {known}): use that version",
                path.display()
            ),
            Self::OlderSchema { path, found, known } => write!(
                f,
                "the state file {} was written by an older version (tables of version {found}; {known} is needed): \
                 `sync plan` brings it up to date",
                path.display()
            ),
            Self::NoWal { path, found } => write!(
                f,
                "the state file {} cannot use write-ahead logging ({found}): network file systems do not support it; \
                 put the state file on a local disk",
                path.display()
            ),
            Self::Io { path, action, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::Sqlite { path, message } => write!(f, "the state file {}: {message}", path.display()),
            Self::UnknownValue { path, column } => write!(
                f,
                "the state file {} holds a value that this version does not know (column {column}): was it changed by \
                 another program? Restore it from a backup",
                path.display()
            ),
            Self::OpenTransaction => f.write_str("a transaction was left open; it was rolled back"),
            Self::Closed => f.write_str("the state file is closed"),
            Self::IdentityTaken { flow, new, existing } => write!(
                f,
                "flow `{flow}`: {} in the source cannot be {} in the target, since {} is recorded as {}",
                new.0, new.1, existing.0, existing.1
            ),
            Self::RecordIdCollision { flow, record_id, completions } => write!(
                f,
                "flow `{flow}`: the completions {} and {} have the same RecordID {record_id}; the second is not sent",
                completions.0, completions.1
            ),
            Self::NotOpen { id } => write!(f, "entry {id} of the journal already has a final outcome, or is not there"),
            Self::NoSuchRow { what } => write!(f, "no such {what} in the state file"),
            Self::OpenIntents { count } => write!(
                f,
                "{count} effects for this person have no outcome yet: `sync apply` or `sync run` settles them; then \
                 repeat the command"
            ),
            Self::NoRandomness => f.write_str("the operating system gives no random bytes: nothing was forgotten"),
            Self::AmbiguousPerson { found } => {
                write!(f, "the id means different people ({}): give the flow as well", found.join(", "))
            }
        }
    }
}

impl std::error::Error for StateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::ffi;

    use super::*;

    /// The error that SQLite reports by this code.
    fn sqlite(code: i32) -> String {
        let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        StateError::from(error).at(Path::new("/data/sync.db")).to_string()
    }

    #[test]
    fn errors_of_sqlite_name_the_file_and_what_to_do() {
        for (code, what, remedy) in [
            (ffi::SQLITE_FULL, "no space left for the state file", "free some space"),
            (ffi::SQLITE_READONLY, "is read-only", "writable"),
            (ffi::SQLITE_READONLY_DIRECTORY, "is read-only", "writable"),
            (ffi::SQLITE_CANTOPEN, "permission denied", "must own it"),
            (ffi::SQLITE_PERM, "permission denied", "must own it"),
            (ffi::SQLITE_BUSY, "in use by another program", "then repeat the command"),
            (ffi::SQLITE_BUSY_SNAPSHOT, "in use by another program", "then repeat the command"),
            (ffi::SQLITE_CORRUPT, "is damaged", "restore it from a backup"),
            (ffi::SQLITE_NOTADB, "is not a SQLite database", "give the path"),
            (ffi::SQLITE_IOERR_WRITE, "the state file", ""),
        ] {
            let text = sqlite(code);
            assert!(text.contains(what) && text.contains(remedy) && text.contains("/data/sync.db"), "{code}: {text}");
        }
    }

    #[test]
    fn errors_of_files_name_the_file_and_what_to_do() {
        for (kind, what) in [
            (io::ErrorKind::PermissionDenied, "permission denied"),
            (io::ErrorKind::ReadOnlyFilesystem, "is read-only"),
            (io::ErrorKind::StorageFull, "no space left"),
            (io::ErrorKind::QuotaExceeded, "no space left"),
            (io::ErrorKind::IsADirectory, "is a folder"),
            (io::ErrorKind::Unsupported, "cannot lock"),
        ] {
            let text = StateError::io(Path::new("/data/sync.db.lock"), "lock", kind.into()).to_string();
            assert!(text.contains(what) && text.contains("/data/sync.db.lock"), "{text}");
        }
    }

    #[test]
    fn an_error_keeps_the_path_that_it_has() {
        let error = StateError::io(Path::new("/data/sync.db.lock"), "open", io::ErrorKind::PermissionDenied.into());
        assert!(error.at(Path::new("/data/sync.db")).to_string().contains("sync.db.lock"));
    }

    #[test]
    fn the_text_of_a_statement_and_of_an_inner_error_is_not_shown() {
        let connection = rusqlite::Connection::open_in_memory().expect("a database");
        let error = connection.prepare("SELECT 'somebody' FROM missing").expect_err("no table");
        let text = StateError::from(error).to_string();
        assert!(text.contains("no such table: missing") && !text.contains("somebody"), "{text}");
        let inner = rusqlite::Error::ToSqlConversionFailure("somebody".into());
        assert!(!StateError::from(inner).to_string().contains("somebody"));
    }
}
