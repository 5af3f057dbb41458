//! Tables `source_person` and `target_person`: the people of the last read of each flow.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};
use serde_json::{Map, Value};

use crate::state::error::StateError;
use crate::state::side_reads::Side;
use crate::state::unsettled;
use crate::state::value::{Json, Number, text_enum};

text_enum! {
    /// What a source person is for a flow.
    SourceStatus {
        /// In scope and active.
        Wanted = "wanted",
        /// Inactive in the source.
        Inactive = "inactive",
        /// Deleted in the source.
        Deleted = "deleted",
        /// Not matched by `where`.
        OutOfScope = "out_of_scope",
        /// The record cannot be used.
        Invalid = "invalid",
        /// Several records have this id.
        Duplicate = "duplicate",
    }
}

text_enum! {
    /// What a person is in the target.
    TargetStatus {
        /// Active.
        Active = "active",
        /// Inactive.
        Inactive = "inactive",
        /// Deleted.
        Deleted = "deleted",
    }
}

/// A person of the source, as mapped for the target.
#[derive(Clone, Debug, PartialEq)]
pub struct SourcePerson {
    /// The stable id.
    pub id: String,
    /// The position of the record in the source, counted from 1.
    pub ordinal: u64,
    /// The name, for people who read the plan.
    pub label: Option<String>,
    /// What the person is for the flow.
    pub status: SourceStatus,
    /// Why the record is invalid, or which records have the same id.
    pub problem: Option<String>,
    /// Why the person is protected.
    pub protected: Option<String>,
    /// The fields to write; `null` clears; a field without a value is absent.
    pub fields: Map<String, Value>,
    /// The key of each pass.
    pub keys: Vec<Option<String>>,
}

/// A person of the target.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetPerson {
    /// The id.
    pub id: String,
    /// The name, for people who read the plan.
    pub label: Option<String>,
    /// What the person is in the target.
    pub status: TargetStatus,
    /// The version, where the service has one.
    pub version: Option<i64>,
    /// Why the person cannot be written, such as a session user without `remoteId`.
    pub unwritable: Option<String>,
    /// Why the person is protected.
    pub protected: Option<String>,
    /// The owned fields as they are; a field whose part was not read is absent.
    pub fields: Map<String, Value>,
    /// The key of each pass.
    pub keys: Vec<Option<String>>,
}

/// Runs a function in one transaction that does not wait for the disk: snapshots can be read again. Every later commit does
/// wait, and with it everything before.
///
/// # Errors
/// The function's error, after which nothing of it stays, and those of SQLite.
pub fn load<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, StateError>,
) -> Result<T, StateError> {
    relaxed(connection, |connection| {
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    })
}

/// Runs a function that makes transactions of its own. They do not wait for the disk, and what they delete stays in unused pages
/// until these are used again or a person is forgotten, which rewrites the file.
pub(crate) fn relaxed<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Connection) -> Result<T, StateError>,
) -> Result<T, StateError> {
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    let relaxed = Relaxed(connection);
    relaxed.0.pragma_update(None, "secure_delete", false)?;
    work(relaxed.0)
}

/// `synchronous=NORMAL` and no `secure_delete` until it is dropped.
struct Relaxed<'a>(&'a Connection);

impl Drop for Relaxed<'_> {
    fn drop(&mut self) {
        // The first fails only inside of a transaction, and the transaction has ended before.
        let _ = self.0.pragma_update(None, "synchronous", "FULL");
        let _ = self.0.pragma_update(None, "secure_delete", true);
    }
}

/// What becomes of a source person whose id is there already.
pub(crate) const REPEATED_SOURCE: &str = "
    ON CONFLICT (flow, id) DO UPDATE SET status = 'duplicate', digest = NULL,
        protected = coalesce(protected, excluded.protected),
        problem = CASE
            WHEN status <> 'duplicate' THEN
                'the same id in records ' || ordinal || ' and ' || excluded.ordinal || ' of the source'
            WHEN length(problem) < 200 THEN problem || ', also in ' || excluded.ordinal
            ELSE problem
        END";

/// The table of a side.
pub(crate) fn table(side: Side) -> &'static str {
    match side {
        Side::Source => "source_person",
        Side::Target => "target_person",
    }
}

/// The table of a side by its index, which has the id, the status and the digest of each person and is read in a fraction of the time.
pub(crate) fn outline(side: Side) -> &'static str {
    match side {
        Side::Source => "source_person INDEXED BY source_person_outline",
        Side::Target => "target_person INDEXED BY target_person_outline",
    }
}

/// Deletes the snapshot of a side, all at once if there is none of another flow.
///
/// # Errors
/// Those of SQLite.
pub fn clear(connection: &Connection, flow: &str, side: Side) -> Result<(), StateError> {
    let table = table(side);
    unsettled::give_up(connection, flow)?;
    let others = format!(
        "SELECT EXISTS (SELECT 1 FROM {table} WHERE flow < ?1) OR EXISTS (SELECT 1 FROM {table} WHERE flow > ?1)"
    );
    match connection.query_row(&others, [flow], |row| row.get(0))? {
        true => connection.execute(&format!("DELETE FROM {table} WHERE flow = ?1"), [flow])?,
        false => connection.execute(&format!("DELETE FROM {table}"), [])?,
    };
    Ok(())
}

/// Adds a source person. A second record with the same id makes the person a duplicate: the first record's values stay, and
/// the problem names the positions of both.
///
/// # Errors
/// Those of SQLite.
pub fn insert_source(connection: &Connection, flow: &str, person: &SourcePerson) -> Result<(), StateError> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO source_person (flow, id, ordinal, label, status, problem, protected, fields, keys)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) {REPEATED_SOURCE}"
        ))?
        .execute(params![
            flow,
            person.id,
            Number(person.ordinal),
            person.label,
            person.status,
            person.problem,
            person.protected,
            Json(&person.fields),
            Json(&person.keys),
        ])?;
    unsettled::note_one(connection, flow, Side::Source, &person.id)
}

/// Adds a target person. A second record with the same id replaces the first: a listing paged by number may show a person
/// twice, and the later record is the newer one. Returns whether the id is new.
///
/// # Errors
/// Those of SQLite.
pub fn insert_target(connection: &Connection, flow: &str, person: &TargetPerson) -> Result<bool, StateError> {
    let values = params![
        flow,
        person.id,
        person.label,
        person.status,
        person.version,
        person.unwritable,
        person.protected,
        Json(&person.fields),
        Json(&person.keys),
    ];
    const COLUMNS: &str = "INTO target_person (flow, id, label, status, version, unwritable, protected, fields, keys)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let new = connection.prepare_cached(&format!("INSERT OR IGNORE {COLUMNS}"))?.execute(values)? > 0;
    if !new {
        connection.prepare_cached(&format!("INSERT OR REPLACE {COLUMNS}"))?.execute(values)?;
    }
    unsettled::note_one(connection, flow, Side::Target, &person.id)?;
    Ok(new)
}

/// Makes the index by which target people are found by their first key, the one by which the service recognizes them. A read of a
/// target in which many people have changed drops it: with many people, it takes longer than what most plans need it for.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn index_keys(connection: &Connection) -> Result<(), StateError> {
    let index = "CREATE INDEX IF NOT EXISTS target_person_by_key ON target_person (flow, keys ->> 0)";
    Ok(connection.execute_batch(index)?)
}

/// A source person by id.
///
/// # Errors
/// Those of SQLite.
pub fn source(connection: &Connection, flow: &str, id: &str) -> Result<Option<SourcePerson>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM source_person WHERE flow = ?1 AND id = ?2")?;
    Ok(statement.query_row([flow, id], read_source).optional()?)
}

/// A target person by id.
///
/// # Errors
/// Those of SQLite.
pub fn target(connection: &Connection, flow: &str, id: &str) -> Result<Option<TargetPerson>, StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM target_person WHERE flow = ?1 AND id = ?2")?;
    Ok(statement.query_row([flow, id], read_target).optional()?)
}

/// Gives each source person to a function, in the order of the ids. The function may write to other tables.
///
/// # Errors
/// The function's, which ends it, and those of SQLite.
pub fn each_source(
    connection: &Connection,
    flow: &str,
    mut take: impl FnMut(SourcePerson) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM source_person WHERE flow = ?1 ORDER BY id")?;
    let mut rows = statement.query([flow])?;
    while let Some(row) = rows.next()? {
        take(read_source(row)?)?;
    }
    Ok(())
}

/// Gives each target person to a function, in the order of the ids. The function may write to other tables.
///
/// # Errors
/// The function's, which ends it, and those of SQLite.
pub fn each_target(
    connection: &Connection,
    flow: &str,
    mut take: impl FnMut(TargetPerson) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut statement = connection.prepare_cached("SELECT * FROM target_person WHERE flow = ?1 ORDER BY id")?;
    let mut rows = statement.query([flow])?;
    while let Some(row) = rows.next()? {
        take(read_target(row)?)?;
    }
    Ok(())
}

/// The number of source people of each status.
///
/// # Errors
/// Those of SQLite.
pub fn source_counts(connection: &Connection, flow: &str) -> Result<BTreeMap<SourceStatus, u64>, StateError> {
    let sql = format!("SELECT status, count(*) FROM {} WHERE flow = ?1 GROUP BY status", outline(Side::Source));
    counts(connection, &sql, flow)
}

/// The number of target people of each status.
///
/// # Errors
/// Those of SQLite.
pub fn target_counts(connection: &Connection, flow: &str) -> Result<BTreeMap<TargetStatus, u64>, StateError> {
    let sql = format!("SELECT status, count(*) FROM {} WHERE flow = ?1 GROUP BY status", outline(Side::Target));
    counts(connection, &sql, flow)
}

/// Reads rows of a value and a number.
pub(crate) fn counts<K: rusqlite::types::FromSql + Ord>(
    connection: &Connection,
    sql: &str,
    flow: &str,
) -> Result<BTreeMap<K, u64>, StateError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([flow], |row| Ok((row.get(0)?, row.get::<_, Number>(1)?.0)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A row of `source_person`, selected with `*`.
pub(crate) fn read_source(row: &Row<'_>) -> rusqlite::Result<SourcePerson> {
    Ok(SourcePerson {
        id: row.get(1)?,
        ordinal: row.get::<_, Number>(2)?.0,
        label: row.get(3)?,
        status: row.get(4)?,
        problem: row.get(5)?,
        protected: row.get(6)?,
        fields: row.get::<_, Json<_>>(7)?.0,
        keys: row.get::<_, Json<_>>(8)?.0,
    })
}

/// A row of `target_person`, selected with `*`.
pub(crate) fn read_target(row: &Row<'_>) -> rusqlite::Result<TargetPerson> {
    Ok(TargetPerson {
        id: row.get(1)?,
        label: row.get(2)?,
        status: row.get(3)?,
        version: row.get(4)?,
        unwritable: row.get(5)?,
        protected: row.get(6)?,
        fields: row.get::<_, Json<_>>(7)?.0,
        keys: row.get::<_, Json<_>>(8)?.0,
    })
}
