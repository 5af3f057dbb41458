//! Opens the state file: its mode, write-ahead logging, its version.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use crate::state::error::StateError;

/// What brings the tables from each version to the next: the first makes version 1. A released step is never changed.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("schema.sql"), include_str!("schema-2.sql")];

/// `PRAGMA application_id` of a state file.
const APPLICATION_ID: i64 = 0x726b_7379;

/// How long another program, such as a SQLite shell, may keep a statement waiting.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The file that a path means. A symbolic link is followed, so that each name of a file has the same lock. A link to
/// nothing, or a file with several hard links (whose names would have a lock each), is refused.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, StateError> {
    let invalid = |problem| StateError::InvalidPath { path: path.to_owned(), problem };
    let name = path.file_name().ok_or_else(|| invalid("has no file name"))?;
    match fs::canonicalize(path) {
        Ok(file) => {
            let found = fs::metadata(&file).map_err(|source| StateError::io(&file, "read", source))?;
            if found.is_dir() {
                return Err(invalid("is a folder"));
            }
            if !found.is_file() {
                return Err(invalid("is not a regular file"));
            }
            #[cfg(unix)]
            if std::os::unix::fs::MetadataExt::nlink(&found) > 1 {
                return Err(invalid("has several hard links, so copy it to a file of its own"));
            }
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(invalid("is a symbolic link to a file that does not exist"));
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            match fs::canonicalize(folder) {
                Ok(folder) => Ok(folder.join(name)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    Err(invalid("is in a folder that does not exist"))
                }
                Err(error) => Err(StateError::io(folder, "read", error)),
            }
        }
        Err(error) => Err(StateError::io(path, "read", error)),
    }
}

/// Opens the state file for writing, creates or migrates it, and checks it. The caller holds the lock.
pub(crate) fn open(path: &Path) -> Result<Connection, StateError> {
    create(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let mut connection = connect(path, flags)?;
    let version = version(&connection, path)?;
    let known = known_version(MIGRATIONS);
    if version > known {
        return Err(StateError::NewerSchema { path: path.to_owned(), found: version, known });
    }
    use_wal(&connection, path)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "secure_delete", true)?;
    // The log may grow with a large transaction; it is cut back to this at the next checkpoint.
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    check(&connection)?;
    migrate(&mut connection, MIGRATIONS)?;
    Ok(connection)
}

/// Opens the state file for reading, without the lock: also while a run goes on.
pub(crate) fn open_read_only(path: &Path) -> Result<Connection, StateError> {
    if !path.exists() {
        return Err(StateError::Missing { path: path.to_owned() });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = connect(path, flags)?;
    let found = version(&connection, path)?;
    let known = known_version(MIGRATIONS);
    match found {
        _ if found > known => Err(StateError::NewerSchema { path: path.to_owned(), found, known }),
        _ if found < known => Err(StateError::OlderSchema { path: path.to_owned(), found, known }),
        _ => Ok(connection),
    }
}

/// Makes an empty file that only its owner can read, before SQLite opens it: SQLite gives its -wal and -shm files the same
/// mode. A file that others can read is closed to them.
fn create(path: &Path) -> Result<(), StateError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => close_to_others(path),
        Err(error) => Err(StateError::io(path, "create", error)),
    }
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> Result<(), StateError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path).map_err(|source| StateError::io(path, "read", source))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    // By path: to open and close the file would release the locks of another connection of this process.
    fs::set_permissions(path, fs::Permissions::from_mode(mode & 0o700))
        .map_err(|source| StateError::io(path, "change the mode of", source))
}

#[cfg(not(unix))]
fn close_to_others(_: &Path) -> Result<(), StateError> {
    Ok(())
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StateError> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // In KiB: enough for the upper pages of a large directory.
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.set_prepared_statement_cache_capacity(128);
    Ok(connection)
}

/// The version of the tables; 0 if there are none.
fn version(connection: &Connection, path: &Path) -> Result<i64, StateError> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let version = number("user_version")?;
    let objects: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let ours = if objects == 0 { version == 0 } else { version > 0 && number("application_id")? == APPLICATION_ID };
    if ours { Ok(version) } else { Err(StateError::ForeignDatabase { path: path.to_owned() }) }
}

fn use_wal(connection: &Connection, path: &Path) -> Result<(), StateError> {
    let no_wal = |found| StateError::NoWal { path: path.to_owned(), found };
    match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
        Ok(mode) if mode == "wal" => Ok(()),
        Ok(mode) => Err(no_wal(format!("journal mode `{mode}`"))),
        // Shared memory is what network file systems lack.
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::SystemIoFailure) => {
            Err(no_wal(error.to_string()))
        }
        Err(error) => Err(error.into()),
    }
}

/// What each plan reads anew from the services. With many people, it is most of the file. Damage in it is an error when it is
/// used, or replaced.
const READ_ANEW: &str = "'source_person', 'target_person'";

/// Reads the file once, all but [`READ_ANEW`].
fn check(connection: &Connection) -> Result<(), StateError> {
    let tables = format!("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ({READ_ANEW})");
    let mut tables = connection.prepare(&tables)?;
    let mut tables = tables.query([])?;
    while let Some(table) = tables.next()? {
        let table: String = table.get(0)?;
        connection.pragma(None, "quick_check", table, |row| match row.get_ref(0)?.as_str()? {
            "ok" => Ok(()),
            // The text may quote what is in a row.
            _ => Err(damaged()),
        })?;
    }
    Ok(())
}

fn damaged() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None)
}

fn known_version(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// Brings the tables up to date, one transaction per step.
fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), StateError> {
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version: i64 = step.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let Some(sql) = usize::try_from(version).ok().and_then(|version| migrations.get(version)) else {
            return Ok(());
        };
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", version + 1)?;
        step.commit()?;
    }
}

/// Runs a function in a transaction: the one that is open, or one of its own.
pub(crate) fn atomically<T>(
    connection: &Connection,
    work: impl FnOnce() -> Result<T, StateError>,
) -> Result<T, StateError> {
    if !connection.is_autocommit() {
        return work();
    }
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let value = work()?;
    transaction.commit()?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_run_once_each_and_one_that_fails_leaves_the_version_before_it() {
        let mut connection = Connection::open_in_memory().expect("a database");
        let version = |connection: &Connection| -> i64 {
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
        };
        let steps = ["CREATE TABLE a (x)", "INSERT INTO a VALUES (1)", "INSERT INTO a VALUES (2); SELECT nonsense"];
        migrate(&mut connection, &steps[..2]).expect("migrates");
        assert_eq!(version(&connection), 2);
        migrate(&mut connection, &steps).expect_err("the third step is wrong");
        assert_eq!(version(&connection), 2);
        migrate(&mut connection, &[steps[0], steps[1], "INSERT INTO a VALUES (3)"]).expect("migrates");
        let sum: i64 = connection.query_row("SELECT sum(x) FROM a", [], |row| row.get(0)).expect("a sum");
        assert_eq!((version(&connection), sum), (3, 4));
    }
}
