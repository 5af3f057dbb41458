//! Table `run`: one row per command that plans or applies.

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::state::error::StateError;
use crate::state::value::{Json, Time, text_enum};

text_enum! {
    /// How a run ended.
    RunStatus {
        /// All of it was done.
        Done = "done",
        /// Some people were not done.
        Partial = "partial",
        /// A limit or an incomplete read kept it from part of its work.
        KeptBack = "kept_back",
        /// It failed.
        Failed = "failed",
        /// It was stopped.
        Interrupted = "interrupted",
    }
}

/// A run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// The command. It names no person.
    pub command: String,
    /// The hash of the sync file.
    pub file_hash: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// When it ended; `None` while it goes on, or if it was killed.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended.
    pub status: Option<RunStatus>,
    /// Counts.
    pub summary: Option<Value>,
}

/// Records that a run begins, and returns its number. `command` must not name a person.
///
/// # Errors
/// Those of SQLite.
pub fn begin(connection: &Connection, command: &str, file_hash: &str, now: DateTime<Utc>) -> Result<i64, StateError> {
    connection
        .prepare_cached("INSERT INTO run (command, file_hash, started_at) VALUES (?1, ?2, ?3)")?
        .execute(params![command, file_hash, Time(now)])?;
    Ok(connection.last_insert_rowid())
}

/// Records how a run ended. The summary has counts only, no values of people.
///
/// # Errors
/// [`StateError::NoSuchRow`] if there is no such run, and those of SQLite.
pub fn end(
    connection: &Connection,
    id: i64,
    status: RunStatus,
    summary: &Value,
    now: DateTime<Utc>,
) -> Result<(), StateError> {
    let changed = connection
        .prepare_cached("UPDATE run SET ended_at = ?2, status = ?3, summary = ?4 WHERE id = ?1")?
        .execute(params![id, Time(now), status, Json(summary)])?;
    if changed == 0 { Err(StateError::NoSuchRow { what: "run" }) } else { Ok(()) }
}

/// A run by its number.
///
/// # Errors
/// Those of SQLite.
pub fn get(connection: &Connection, id: i64) -> Result<Option<Run>, StateError> {
    Ok(connection.prepare_cached("SELECT * FROM run WHERE id = ?1")?.query_row([id], read).optional()?)
}

/// The last runs, the newest first.
///
/// # Errors
/// Those of SQLite.
pub fn last(connection: &Connection, limit: u32) -> Result<Vec<Run>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM run ORDER BY id DESC LIMIT ?1")?;
    let runs = statement.query_map([limit], read)?.collect::<Result<_, _>>()?;
    Ok(runs)
}

fn read(row: &Row<'_>) -> rusqlite::Result<Run> {
    Ok(Run {
        id: row.get("id")?,
        command: row.get("command")?,
        file_hash: row.get("file_hash")?,
        started_at: row.get::<_, Time>("started_at")?.0,
        ended_at: row.get::<_, Option<Time>>("ended_at")?.map(|time| time.0),
        status: row.get("status")?,
        summary: row.get::<_, Option<Json<Value>>>("summary")?.map(|json| json.0),
    })
}
