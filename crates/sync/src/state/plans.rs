//! Tables `plan` and `action`: what was planned.

use std::collections::BTreeMap;

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;

use crate::plan::{Action, ActionKind, Change};
use crate::state::error::StateError;
use crate::state::snapshots::counts;
use crate::state::value::{Json, Number, Time};

/// How many plans are kept.
pub const KEPT: u32 = 20;

/// A plan, without its actions.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPlan {
    /// Its number.
    pub id: i64,
    /// The run that made it.
    pub run: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// The hash of the sync file.
    pub file_hash: String,
    /// The address of each service.
    pub addresses: Value,
    /// Counts, limits and reads of each flow.
    pub summary: Value,
    /// SHA-256 over the actions; empty if planning did not come to its end.
    pub digest: String,
    /// When it was applied.
    pub applied_at: Option<DateTime<Utc>>,
}

/// Which actions of a plan.
#[derive(Clone, Copy, Debug, Default)]
pub struct ActionFilter<'a> {
    /// Of this flow only.
    pub flow: Option<&'a str>,
    /// Of this kind only.
    pub kind: Option<ActionKind>,
}

/// The next actions after a position that are applied: those of some kinds, and not held.
///
/// # Errors
/// Those of SQLite.
pub fn due(
    connection: &Connection,
    plan: i64,
    flow: &str,
    kinds: &[ActionKind],
    after: u64,
    limit: usize,
) -> Result<Vec<Action>, StateError> {
    let mut statement = connection.prepare_cached(
        "SELECT seq, flow, kind, source_id, target_id, label, changes, reason, held FROM action
         WHERE plan = ?1 AND flow = ?2 AND kind IN (SELECT value FROM json_each(?3)) AND held IS NULL AND seq > ?4
         ORDER BY seq LIMIT ?5",
    )?;
    let actions =
        statement.query_map(params![plan, flow, Json(kinds), Number(after), Number(limit as u64)], read_action)?;
    Ok(actions.collect::<Result<_, _>>()?)
}

/// Adds a plan, and returns its number. The summary has no values of people.
///
/// # Errors
/// Those of SQLite.
pub fn insert(
    connection: &Connection,
    run: i64,
    file_hash: &str,
    addresses: &Value,
    summary: &Value,
    now: DateTime<Utc>,
) -> Result<i64, StateError> {
    connection
        .prepare_cached(
            "INSERT INTO plan (run, created_at, file_hash, addresses, summary) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![run, Time(now), file_hash, Json(addresses), Json(summary)])?;
    Ok(connection.last_insert_rowid())
}

/// Writes what is known after the actions are: the summary, and the digest by which a plan file is recognized.
///
/// # Errors
/// [`StateError::NoSuchRow`] if there is no such plan, and those of SQLite.
pub fn finish(connection: &Connection, plan: i64, summary: &Value, digest: &str) -> Result<(), StateError> {
    let sql = "UPDATE plan SET summary = ?2, digest = ?3 WHERE id = ?1";
    changed(connection.prepare_cached(sql)?.execute(params![plan, Json(summary), digest])?)
}

/// The position of the last action; 0 if there is none.
///
/// # Errors
/// Those of SQLite.
pub fn last_seq(connection: &Connection, plan: i64) -> Result<u64, StateError> {
    let mut statement = connection.prepare_cached("SELECT coalesce(max(seq), 0) FROM action WHERE plan = ?1")?;
    Ok(statement.query_row([plan], |row| row.get::<_, Number>(0))?.0)
}

/// Adds an action.
///
/// # Errors
/// Those of SQLite.
pub fn add_action(connection: &Connection, plan: i64, action: &Action) -> Result<(), StateError> {
    connection
        .prepare_cached(
            "INSERT INTO action (plan, seq, flow, kind, source_id, target_id, label, changes, reason, held)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            plan,
            Number(action.seq),
            action.flow,
            action.kind,
            action.source_id,
            action.target_id,
            action.label,
            Json(&action.changes),
            action.reason,
            action.held,
        ])?;
    Ok(())
}

/// Makes an action one of a protected person, who is not touched.
///
/// # Errors
/// [`StateError::NoSuchRow`] if there is no such action, and those of SQLite.
pub fn protect(connection: &Connection, plan: i64, seq: u64, reason: &str) -> Result<(), StateError> {
    let sql = "UPDATE action SET kind = 'protected', reason = ?3 WHERE plan = ?1 AND seq = ?2";
    match connection.prepare_cached(sql)?.execute(params![plan, Number(seq), reason])? {
        0 => Err(StateError::NoSuchRow { what: "action" }),
        _ => Ok(()),
    }
}

/// A plan by its number.
///
/// # Errors
/// Those of SQLite.
pub fn get(connection: &Connection, plan: i64) -> Result<Option<StoredPlan>, StateError> {
    Ok(connection.prepare_cached("SELECT * FROM plan WHERE id = ?1")?.query_row([plan], read).optional()?)
}

/// The newest plan.
///
/// # Errors
/// Those of SQLite.
pub fn last(connection: &Connection) -> Result<Option<StoredPlan>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM plan ORDER BY id DESC LIMIT 1")?;
    Ok(statement.query_row([], read).optional()?)
}

/// A pair that a pass of a plan found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairing {
    /// The id in the source.
    pub source_id: String,
    /// The id in the target.
    pub target_id: String,
    /// The position of the pass, from 0.
    pub pass: u64,
}

/// The pair of a plan that has this id on either side.
///
/// # Errors
/// Those of SQLite.
pub fn pairing_of(connection: &Connection, plan: i64, flow: &str, id: &str) -> Result<Option<Pairing>, StateError> {
    let mut statement = connection.prepare_cached(
        "SELECT source_id, target_id, pass FROM pairing
         WHERE plan = ?1 AND flow = ?2 AND (source_id = ?3 OR target_id = ?3) LIMIT 1",
    )?;
    let read = |row: &Row<'_>| {
        Ok(Pairing { source_id: row.get(0)?, target_id: row.get(1)?, pass: row.get::<_, Number>(2)?.0 })
    };
    Ok(statement.query_row(params![plan, flow, id], read).optional()?)
}

/// Deletes a plan that was made to look at it only.
///
/// # Errors
/// [`StateError::NoSuchRow`] if there is no such plan, and those of SQLite.
pub fn delete(connection: &Connection, plan: i64) -> Result<(), StateError> {
    changed(connection.prepare_cached("DELETE FROM plan WHERE id = ?1")?.execute([plan])?)
}

/// Gives each action that the filter selects to a function, in the plan's order. The function may write to other tables.
///
/// # Errors
/// The function's, which ends it, and those of SQLite.
pub fn each_action(
    connection: &Connection,
    plan: i64,
    filter: ActionFilter<'_>,
    mut take: impl FnMut(Action) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut sql =
        "SELECT seq, flow, kind, source_id, target_id, label, changes, reason, held FROM action WHERE plan = ?1"
            .to_owned();
    // The unused parameters are bound all the same.
    sql.push_str(if filter.flow.is_some() { " AND flow = ?2" } else { " AND ?2 IS NULL" });
    sql.push_str(if filter.kind.is_some() { " AND kind = ?3" } else { " AND ?3 IS NULL" });
    sql.push_str(" ORDER BY seq");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params![plan, filter.flow, filter.kind])?;
    while let Some(row) = rows.next()? {
        take(read_action(row)?)?;
    }
    Ok(())
}

/// The number of actions of each kind in a flow.
///
/// # Errors
/// Those of SQLite.
pub fn action_counts(connection: &Connection, plan: i64, flow: &str) -> Result<BTreeMap<ActionKind, u64>, StateError> {
    // The number is an integer, so that it cannot change the statement.
    counts(
        connection,
        &format!("SELECT kind, count(*) FROM action WHERE plan = {plan} AND flow = ?1 GROUP BY kind"),
        flow,
    )
}

/// Records that a plan was applied, so that it is not applied again.
///
/// # Errors
/// [`StateError::NoSuchRow`] if there is no such plan, and those of SQLite.
pub fn mark_applied(connection: &Connection, plan: i64, now: DateTime<Utc>) -> Result<(), StateError> {
    let sql = "UPDATE plan SET applied_at = ?2 WHERE id = ?1";
    changed(connection.prepare_cached(sql)?.execute(params![plan, Time(now)])?)
}

/// Deletes all plans but the newest [`KEPT`] and those with an effect that has no outcome yet. Returns how many.
///
/// # Errors
/// Those of SQLite.
pub fn prune(connection: &Connection) -> Result<usize, StateError> {
    Ok(connection
        .prepare_cached(
            "DELETE FROM plan WHERE id NOT IN (SELECT id FROM plan ORDER BY id DESC LIMIT ?1)
             AND id NOT IN (SELECT plan FROM journal WHERE outcome IS NULL AND plan IS NOT NULL)",
        )?
        .execute([KEPT])?)
}

fn changed(rows: usize) -> Result<(), StateError> {
    if rows == 0 { Err(StateError::NoSuchRow { what: "plan" }) } else { Ok(()) }
}

fn read(row: &Row<'_>) -> rusqlite::Result<StoredPlan> {
    Ok(StoredPlan {
        id: row.get("id")?,
        run: row.get("run")?,
        created_at: row.get::<_, Time>("created_at")?.0,
        file_hash: row.get("file_hash")?,
        addresses: row.get::<_, Json<_>>("addresses")?.0,
        summary: row.get::<_, Json<_>>("summary")?.0,
        digest: row.get("digest")?,
        applied_at: row.get::<_, Option<Time>>("applied_at")?.map(|time| time.0),
    })
}

fn read_action(row: &Row<'_>) -> rusqlite::Result<Action> {
    Ok(Action {
        seq: row.get::<_, Number>(0)?.0,
        flow: row.get(1)?,
        kind: row.get(2)?,
        source_id: row.get(3)?,
        target_id: row.get(4)?,
        label: row.get(5)?,
        changes: row.get::<_, Json<Vec<Change>>>(6)?.0,
        reason: row.get(7)?,
        held: row.get(8)?,
    })
}
