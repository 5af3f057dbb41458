//! Table `ledger`: the training record of each completion.

use std::collections::BTreeMap;

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use crate::state::error::StateError;
use crate::state::snapshots::counts;
use crate::state::value::{Json, Number, Time, text_enum};

text_enum! {
    /// What became of a completion.
    LedgerStatus {
        /// No LMS user is known yet.
        Unresolved = "unresolved",
        /// The LMS has the record.
        Accepted = "accepted",
        /// The LMS refused it.
        Rejected = "rejected",
        /// The LMS may have it.
        Unknown = "unknown",
        /// It was not sent, because the LMS was not reached.
        NotSent = "not_sent",
        /// It was withdrawn.
        Withdrawn = "withdrawn",
    }
}

/// A completion and its training record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// The completion.
    pub completion_id: String,
    /// The `RecordID` of the training record.
    pub record_id: String,
    /// The LMS user; `None` while no one is found, or after the person was forgotten.
    pub user_id: Option<String>,
    /// The SHA-256 of the mapped row as it was last accepted; `None` if the LMS has none.
    pub row_hash: Option<String>,
    /// That row, by column; `None` if the LMS has none, or after the person was forgotten.
    pub row: Option<Map<String, Value>>,
    /// The completion as it was last read, while its row is not accepted.
    pub completion: Option<Value>,
    /// What became of it.
    pub status: LedgerStatus,
    /// Why.
    pub reason: Option<String>,
    /// When the session starts: RFC 3339 in UTC, to the second, so that texts compare as times do.
    pub session_date: Option<String>,
    /// When a run first had it.
    pub first_seen_at: DateTime<Utc>,
    /// When it was last sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// The last run whose window had it.
    pub seen_run: i64,
}

/// A completion by its id.
///
/// # Errors
/// Those of SQLite.
pub fn get(connection: &Connection, flow: &str, completion_id: &str) -> Result<Option<LedgerRow>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM ledger WHERE flow = ?1 AND completion_id = ?2")?;
    Ok(statement.query_row([flow, completion_id], read).optional()?)
}

/// A completion by the id of its training record.
///
/// # Errors
/// Those of SQLite.
pub fn by_record(connection: &Connection, flow: &str, record_id: &str) -> Result<Option<LedgerRow>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM ledger WHERE flow = ?1 AND record_id = ?2")?;
    Ok(statement.query_row([flow, record_id], read).optional()?)
}

/// Adds a completion, or replaces what is known of it. When it was first seen stays.
///
/// # Errors
/// [`StateError::RecordIdCollision`] if another completion has the record id, and those of SQLite.
pub fn upsert(connection: &Connection, flow: &str, row: &LedgerRow) -> Result<(), StateError> {
    let result = connection
        .prepare_cached(
            "INSERT INTO ledger (flow, completion_id, record_id, user_id, row_hash, status, reason, session_date,
                 first_seen_at, sent_at, seen_run, row, completion)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (flow, completion_id) DO UPDATE SET record_id = excluded.record_id,
                 user_id = excluded.user_id, row_hash = excluded.row_hash, status = excluded.status,
                 reason = excluded.reason, session_date = excluded.session_date, sent_at = excluded.sent_at,
                 seen_run = excluded.seen_run, row = excluded.row, completion = excluded.completion",
        )?
        .execute(params![
            flow,
            row.completion_id,
            row.record_id,
            row.user_id,
            row.row_hash,
            row.status,
            row.reason,
            row.session_date,
            Time(row.first_seen_at),
            row.sent_at.map(Time),
            row.seen_run,
            row.row.as_ref().map(Json),
            row.completion.as_ref().map(Json),
        ]);
    match result {
        Ok(_) => Ok(()),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => {
            match by_record(connection, flow, &row.record_id)? {
                Some(other) if other.completion_id != row.completion_id => Err(StateError::RecordIdCollision {
                    flow: flow.to_owned(),
                    record_id: row.record_id.clone(),
                    completions: (other.completion_id, row.completion_id.clone()),
                }),
                _ => Err(error.into()),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// Gives each completion of a status to a function, in the order of the ids. The function may write to other tables.
///
/// # Errors
/// The function's, which ends it, and those of SQLite.
pub fn each_of_status(
    connection: &Connection,
    flow: &str,
    status: LedgerStatus,
    mut take: impl FnMut(LedgerRow) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM ledger WHERE flow = ?1 AND status = ?2 ORDER BY completion_id")?;
    let mut rows = statement.query(params![flow, status])?;
    while let Some(row) = rows.next()? {
        take(read(row)?)?;
    }
    Ok(())
}

/// Takes a completion out of the ledger. Returns whether there was one.
///
/// # Errors
/// Those of SQLite.
pub fn delete(connection: &Connection, flow: &str, completion_id: &str) -> Result<bool, StateError> {
    let sql = "DELETE FROM ledger WHERE flow = ?1 AND completion_id = ?2";
    Ok(connection.prepare_cached(sql)?.execute([flow, completion_id])? > 0)
}

/// The number of completions whose record the LMS has, as it was last accepted.
///
/// # Errors
/// Those of SQLite.
pub fn count_recorded(connection: &Connection, flow: &str) -> Result<u64, StateError> {
    let sql = "SELECT count(*) FROM ledger WHERE flow = ?1 AND row_hash IS NOT NULL";
    Ok(connection.prepare_cached(sql)?.query_row([flow], |row| row.get::<_, Number>(0))?.0)
}

/// The number of completions of each status.
///
/// # Errors
/// Those of SQLite.
pub fn status_counts(connection: &Connection, flow: &str) -> Result<BTreeMap<LedgerStatus, u64>, StateError> {
    counts(connection, "SELECT status, count(*) FROM ledger WHERE flow = ?1 GROUP BY status", flow)
}

fn read(row: &Row<'_>) -> rusqlite::Result<LedgerRow> {
    Ok(LedgerRow {
        completion_id: row.get("completion_id")?,
        record_id: row.get("record_id")?,
        user_id: row.get("user_id")?,
        row_hash: row.get("row_hash")?,
        row: row.get::<_, Option<Json<_>>>("row")?.map(|json| json.0),
        completion: row.get::<_, Option<Json<_>>>("completion")?.map(|json| json.0),
        status: row.get("status")?,
        reason: row.get("reason")?,
        session_date: row.get("session_date")?,
        first_seen_at: row.get::<_, Time>("first_seen_at")?.0,
        sent_at: row.get::<_, Option<Time>>("sent_at")?.map(|time| time.0),
        seen_run: row.get("seen_run")?,
    })
}
