//! Table `side_read`: how the sides of flows were read, and which sizes later reads are compared with.

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::source::ReadReport;
use crate::state::error::StateError;
use crate::state::value::{Number, Time, text_enum};

text_enum! {
    /// A side of a flow.
    Side {
        /// Where records come from.
        Source = "source",
        /// Where they go.
        Target = "target",
    }
}

/// How a side was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SideRead {
    /// The run that read it.
    pub run: i64,
    /// When the read ended.
    pub ended_at: DateTime<Utc>,
    /// The number of records.
    pub rows: u64,
    /// Why it is incomplete; `None` if it is complete.
    pub incomplete: Option<String>,
    /// Whether later reads are compared with its size.
    pub is_reference: bool,
}

/// Records how a side was read. A second record of the same run replaces the first.
///
/// # Errors
/// Those of SQLite.
pub fn record(
    connection: &Connection,
    run: i64,
    flow: &str,
    side: Side,
    report: &ReadReport,
    now: DateTime<Utc>,
) -> Result<(), StateError> {
    let incomplete = (!report.is_complete()).then(|| report.incomplete.join("; "));
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO side_read (run, flow, side, ended_at, row_count, incomplete)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![run, flow, side, Time(now), Number(report.rows), incomplete])?;
    Ok(())
}

/// Makes the read of a run the one that later reads are compared with. The caller decides which: a complete read of an
/// applied run, or one whose size the operator accepted.
///
/// # Errors
/// [`StateError::NoSuchRow`] if the run did not read the side, and those of SQLite.
pub fn mark_reference(connection: &Connection, run: i64, flow: &str, side: Side) -> Result<(), StateError> {
    let changed = connection
        .prepare_cached("UPDATE side_read SET is_reference = 1 WHERE run = ?1 AND flow = ?2 AND side = ?3")?
        .execute(params![run, flow, side])?;
    if changed == 0 { Err(StateError::NoSuchRow { what: "read" }) } else { Ok(()) }
}

/// The read that later ones are compared with: the newest one marked. `None` before the first.
///
/// # Errors
/// Those of SQLite.
pub fn reference(connection: &Connection, flow: &str, side: Side) -> Result<Option<SideRead>, StateError> {
    newest(connection, flow, side, "is_reference = 1")
}

/// The newest complete read.
///
/// # Errors
/// Those of SQLite.
pub fn last_complete(connection: &Connection, flow: &str, side: Side) -> Result<Option<SideRead>, StateError> {
    newest(connection, flow, side, "incomplete IS NULL")
}

/// The read of a run.
///
/// # Errors
/// Those of SQLite.
pub fn get(connection: &Connection, run: i64, flow: &str, side: Side) -> Result<Option<SideRead>, StateError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM side_read WHERE run = ?1 AND flow = ?2 AND side = ?3")?;
    Ok(statement.query_row(params![run, flow, side], read).optional()?)
}

fn newest(
    connection: &Connection,
    flow: &str,
    side: Side,
    condition: &'static str,
) -> Result<Option<SideRead>, StateError> {
    let sql =
        format!("SELECT * FROM side_read WHERE flow = ?1 AND side = ?2 AND {condition} ORDER BY run DESC LIMIT 1");
    Ok(connection.prepare_cached(&sql)?.query_row(params![flow, side], read).optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<SideRead> {
    Ok(SideRead {
        run: row.get("run")?,
        ended_at: row.get::<_, Time>("ended_at")?.0,
        rows: row.get::<_, Number>("row_count")?.0,
        incomplete: row.get("incomplete")?,
        is_reference: row.get("is_reference")?,
    })
}
