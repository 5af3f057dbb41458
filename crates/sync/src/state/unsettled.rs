//! Tables `settled_flow` and `unsettled`: who has to be compared again. Whoever is settled, which is to be on both sides as last
//! applied, stays so until a row of theirs is written.
//!
//! It is known only of flows in `settled_flow`. Where many people change at once, it is given up: to compare everybody again costs
//! less than to note each of them.

use rusqlite::{Connection, params};

use crate::state::error::StateError;
use crate::state::side_reads::Side;

/// Whether so many people of all of them are too many to be noted one by one.
pub(crate) fn are_many(some: u64, all: u64) -> bool {
    some > 1_000 && some.saturating_mul(8) > all
}

/// Whether it is known who of the flow is not settled.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn is_known(connection: &Connection, flow: &str) -> Result<bool, StateError> {
    Ok(connection.prepare_cached("SELECT 1 FROM settled_flow WHERE flow = ?1")?.exists([flow])?)
}

/// Gives up what is known of the flow: everybody is compared the next time.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn give_up(connection: &Connection, flow: &str) -> Result<(), StateError> {
    connection.execute("DELETE FROM settled_flow WHERE flow = ?1", [flow])?;
    connection.execute("DELETE FROM unsettled WHERE flow = ?1", [flow])?;
    Ok(())
}

/// Notes that the rows of some people were written. Their ids are in a table or follow from a query in parentheses.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn note(connection: &Connection, flow: &str, side: Side, ids: &str) -> Result<(), StateError> {
    if is_known(connection, flow)? {
        let sql = format!("INSERT OR IGNORE INTO unsettled (flow, side, id) SELECT ?1, ?2, id FROM {ids}");
        connection.execute(&sql, params![flow, side])?;
    }
    Ok(())
}

/// Notes that the row of one person was written.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn note_one(connection: &Connection, flow: &str, side: Side, id: &str) -> Result<(), StateError> {
    if is_known(connection, flow)? {
        let sql = "INSERT OR IGNORE INTO unsettled (flow, side, id) VALUES (?1, ?2, ?3)";
        connection.prepare_cached(sql)?.execute(params![flow, side, id])?;
    }
    Ok(())
}
