//! Table `identity`: who is who. People in it are managed.

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::{Map, Value};

use crate::state::error::StateError;
use crate::state::value::{Json, Number, Time, text_enum};

text_enum! {
    /// How a person came into the map.
    Origin {
        /// Created in the target by the flow.
        Created = "created",
        /// Matched by a pass of an applied run.
        Matched = "matched",
        /// Adopted by the operator.
        Adopted = "adopted",
    }
}

/// One person on both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct Identity {
    /// The id in the source.
    pub source_id: String,
    /// The id in the target.
    pub target_id: String,
    /// How the person came into the map.
    pub origin: Origin,
    /// The run since which.
    pub since_run: i64,
    /// The owned fields as they were last applied.
    pub applied: Option<Map<String, Value>>,
    /// Whether sync deactivated the person.
    pub deactivated_by_sync: bool,
    /// When a complete read first lacked the person.
    pub missing_since: Option<DateTime<Utc>>,
    /// How many complete reads did since.
    pub missing_reads: u64,
}

/// The person with this id in the source.
///
/// # Errors
/// Those of SQLite.
pub fn by_source(connection: &Connection, flow: &str, id: &str) -> Result<Option<Identity>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM identity WHERE flow = ?1 AND source_id = ?2")?;
    Ok(statement.query_row([flow, id], read).optional()?)
}

/// The person with this id in the target.
///
/// # Errors
/// Those of SQLite.
pub fn by_target(connection: &Connection, flow: &str, id: &str) -> Result<Option<Identity>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM identity WHERE flow = ?1 AND target_id = ?2")?;
    Ok(statement.query_row([flow, id], read).optional()?)
}

/// Records who is who. A pair that is recorded already stays as it is, so that a run which goes on after a kill may repeat
/// it. Returns whether the pair is new.
///
/// # Errors
/// [`StateError::IdentityTaken`] if one of the two has another partner, and those of SQLite.
pub fn insert(
    connection: &Connection,
    flow: &str,
    source_id: &str,
    target_id: &str,
    origin: Origin,
    run: i64,
) -> Result<bool, StateError> {
    let inserted = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO identity (flow, source_id, target_id, origin, since_run)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![flow, source_id, target_id, origin, run])?;
    if inserted > 0 {
        return Ok(true);
    }
    let existing = match by_source(connection, flow, source_id)? {
        Some(existing) => existing,
        None => by_target(connection, flow, target_id)?.ok_or(StateError::NoSuchRow { what: "identity" })?,
    };
    if existing.source_id == source_id && existing.target_id == target_id {
        return Ok(false);
    }
    Err(StateError::IdentityTaken {
        flow: flow.to_owned(),
        new: (source_id.to_owned(), target_id.to_owned()),
        existing: (existing.source_id, existing.target_id),
    })
}

/// Records the owned fields as they were applied.
///
/// # Errors
/// [`StateError::NoSuchRow`] if the person is not in the map, and those of SQLite.
pub fn set_applied(
    connection: &Connection,
    flow: &str,
    source_id: &str,
    applied: &Map<String, Value>,
) -> Result<(), StateError> {
    let sql = "UPDATE identity SET applied = ?3 WHERE flow = ?1 AND source_id = ?2";
    changed(connection.prepare_cached(sql)?.execute(params![flow, source_id, Json(applied)])?)
}

/// Records some of the owned fields as they were applied, and leaves the others.
///
/// # Errors
/// [`StateError::NoSuchRow`] if the person is not in the map, and those of SQLite.
pub fn add_applied(
    connection: &Connection,
    flow: &str,
    source_id: &str,
    fields: &Map<String, Value>,
) -> Result<(), StateError> {
    let identity = by_source(connection, flow, source_id)?.ok_or(StateError::NoSuchRow { what: "identity" })?;
    let mut applied = identity.applied.unwrap_or_default();
    applied.extend(fields.clone());
    set_applied(connection, flow, source_id, &applied)
}

/// Records that sync deactivated the person.
///
/// # Errors
/// [`StateError::NoSuchRow`] if the person is not in the map, and those of SQLite.
pub fn mark_deactivated(connection: &Connection, flow: &str, source_id: &str) -> Result<(), StateError> {
    let sql = "UPDATE identity SET deactivated_by_sync = 1 WHERE flow = ?1 AND source_id = ?2";
    changed(connection.prepare_cached(sql)?.execute([flow, source_id])?)
}

/// Records that the person is active again, whoever did it.
///
/// # Errors
/// [`StateError::NoSuchRow`] if the person is not in the map, and those of SQLite.
pub fn mark_reactivated(connection: &Connection, flow: &str, source_id: &str) -> Result<(), StateError> {
    let sql = "UPDATE identity SET deactivated_by_sync = 0 WHERE flow = ?1 AND source_id = ?2";
    changed(connection.prepare_cached(sql)?.execute([flow, source_id])?)
}

/// Records that a complete read lacked the person. The first time sets the time, each time counts.
///
/// # Errors
/// [`StateError::NoSuchRow`] if the person is not in the map, and those of SQLite.
pub fn mark_missing(
    connection: &Connection,
    flow: &str,
    source_id: &str,
    now: DateTime<Utc>,
) -> Result<(), StateError> {
    let sql = "UPDATE identity SET missing_since = coalesce(missing_since, ?3), missing_reads = missing_reads + 1
               WHERE flow = ?1 AND source_id = ?2";
    changed(connection.prepare_cached(sql)?.execute(params![flow, source_id, Time(now)])?)
}

/// Records that a read had the person: the grace period starts anew the next time.
///
/// # Errors
/// [`StateError::NoSuchRow`] if the person is not in the map, and those of SQLite.
pub fn mark_seen(connection: &Connection, flow: &str, source_id: &str) -> Result<(), StateError> {
    let sql = "UPDATE identity SET missing_since = NULL, missing_reads = 0 WHERE flow = ?1 AND source_id = ?2";
    changed(connection.prepare_cached(sql)?.execute([flow, source_id])?)
}

/// Takes a person out of the map: no longer managed. Returns whether there was one.
///
/// # Errors
/// Those of SQLite.
pub fn delete(connection: &Connection, flow: &str, source_id: &str) -> Result<bool, StateError> {
    let sql = "DELETE FROM identity WHERE flow = ?1 AND source_id = ?2";
    Ok(connection.prepare_cached(sql)?.execute([flow, source_id])? > 0)
}

/// The number of people in the map.
///
/// # Errors
/// Those of SQLite.
pub fn count(connection: &Connection, flow: &str) -> Result<u64, StateError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM identity WHERE flow = ?1")?;
    Ok(statement.query_row([flow], |row| row.get::<_, Number>(0))?.0)
}

/// Gives each person of the map to a function, in the order of the source ids. The function may write to other tables, and
/// to the row that it was given.
///
/// # Errors
/// The function's, which ends it, and those of SQLite.
pub fn each(
    connection: &Connection,
    flow: &str,
    mut take: impl FnMut(Identity) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM identity WHERE flow = ?1 ORDER BY source_id")?;
    let mut rows = statement.query([flow])?;
    while let Some(row) = rows.next()? {
        take(read(row)?)?;
    }
    Ok(())
}

fn changed(rows: usize) -> Result<(), StateError> {
    if rows == 0 { Err(StateError::NoSuchRow { what: "identity" }) } else { Ok(()) }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Identity> {
    Ok(Identity {
        source_id: row.get("source_id")?,
        target_id: row.get("target_id")?,
        origin: row.get("origin")?,
        since_run: row.get("since_run")?,
        applied: row.get::<_, Option<Json<_>>>("applied")?.map(|json| json.0),
        deactivated_by_sync: row.get("deactivated_by_sync")?,
        missing_since: row.get::<_, Option<Time>>("missing_since")?.map(|time| time.0),
        missing_reads: row.get::<_, Number>("missing_reads")?.0,
    })
}
