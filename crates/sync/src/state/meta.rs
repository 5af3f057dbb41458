//! Table `meta`: single values by key.

use rusqlite::{Connection, OptionalExtension};

use crate::state::error::StateError;

/// The text of a key.
///
/// # Errors
/// Those of SQLite.
pub fn get(connection: &Connection, key: &str) -> Result<Option<String>, StateError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([key], |row| row.get(0)).optional()?)
}

/// Sets the text of a key.
///
/// # Errors
/// Those of SQLite.
pub fn set(connection: &Connection, key: &str, value: &str) -> Result<(), StateError> {
    connection.prepare_cached("INSERT OR REPLACE INTO meta (key, value) VALUES (?1, ?2)")?.execute([key, value])?;
    Ok(())
}
