//! Table `journal`: every effect, recorded before it is sent, and its outcome after. It is the history as well.

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, params};
use serde_json::Value;

use crate::plan::ActionKind;
use crate::state::error::StateError;
use crate::state::forget;
use crate::state::open::atomically;
use crate::state::value::{Json, Number, Time, text_enum};

text_enum! {
    /// What one entry does. An action may take several.
    Step {
        /// Session users: `batchUpsertUsers`.
        Upsert = "upsert",
        /// Session users: `batchDeactivateUsers`.
        Deactivate = "deactivate",
        /// Genesys: creates the user.
        Create = "create",
        /// Genesys: the state alone.
        State = "state",
        /// Genesys: the fields.
        Fields = "fields",
        /// Genesys: the division.
        Division = "division",
        /// Genesys: the manager.
        Manager = "manager",
        /// Genesys: the skills.
        Skills = "skills",
        /// Genesys: the languages.
        Languages = "languages",
        /// LMS: a row of `externalTrainingCsv` that adds or corrects.
        Row = "row",
        /// LMS: a row that withdraws.
        Withdraw = "withdraw",
    }
}

text_enum! {
    /// What became of an effect.
    EntryOutcome {
        /// The service applied it.
        Accepted = "accepted",
        /// The service applied it, with a warning.
        Warned = "warned",
        /// The service refused it.
        Rejected = "rejected",
        /// It was not sent, because it violates a rule.
        Invalid = "invalid",
        /// It was not applied.
        NotSent = "not_sent",
        /// It may have been applied. Another outcome may follow.
        Unknown = "unknown",
    }
}

/// An effect that is about to be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// The run.
    pub run: i64,
    /// The plan, and the action's position in it.
    pub action: Option<(i64, u64)>,
    /// The flow.
    pub flow: String,
    /// The action's kind.
    pub kind: ActionKind,
    /// What it does.
    pub step: Step,
    /// The id in the source.
    pub source_id: Option<String>,
    /// The id in the target.
    pub target_id: Option<String>,
    /// What is sent.
    pub request: Value,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The entry.
    pub id: i64,
    /// What became of it.
    pub outcome: EntryOutcome,
    /// Why, in the service's words.
    pub reason: Option<String>,
    /// The id of the request at the service.
    pub correlation_id: Option<String>,
    /// The id in the target, if the effect made it known.
    pub target_id: Option<String>,
}

/// An entry of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// The run.
    pub run: i64,
    /// The plan, and the action's position in it.
    pub action: Option<(i64, u64)>,
    /// The flow.
    pub flow: String,
    /// The action's kind.
    pub kind: ActionKind,
    /// What it does.
    pub step: Step,
    /// The id in the source; a keyed hash if the person was forgotten.
    pub source_id: Option<String>,
    /// The id in the target; a keyed hash if the person was forgotten.
    pub target_id: Option<String>,
    /// What was sent; `None` if the person was forgotten.
    pub request: Option<Value>,
    /// When it was recorded.
    pub intended_at: DateTime<Utc>,
    /// What became of it; `None` while it is open.
    pub outcome: Option<EntryOutcome>,
    /// Why, in the service's words.
    pub reason: Option<String>,
    /// The id of the request at the service.
    pub correlation_id: Option<String>,
    /// When the outcome was recorded.
    pub ended_at: Option<DateTime<Utc>>,
}

/// Records effects that are about to be sent, in one commit. Returns their numbers, in order. Send only after this.
///
/// # Errors
/// Those of SQLite; then nothing is recorded.
pub fn intend(connection: &Connection, intents: &[Intent], now: DateTime<Utc>) -> Result<Vec<i64>, StateError> {
    atomically(connection, || {
        let mut statement = connection.prepare_cached(
            "INSERT INTO journal (run, plan, seq, flow, kind, step, source_id, target_id, request, intended_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?;
        intents
            .iter()
            .map(|intent| {
                statement.execute(params![
                    intent.run,
                    intent.action.map(|(plan, _)| plan),
                    intent.action.map(|(_, seq)| Number(seq)),
                    intent.flow,
                    intent.kind,
                    intent.step,
                    intent.source_id,
                    intent.target_id,
                    Json(&intent.request),
                    Time(now),
                ])?;
                Ok(connection.last_insert_rowid())
            })
            .collect()
    })
}

/// Records outcomes, in one commit. An entry takes an outcome if it is open or its outcome is unknown.
///
/// # Errors
/// [`StateError::NotOpen`] if an entry has a final outcome, and those of SQLite; then nothing is recorded.
pub fn settle(connection: &Connection, settlements: &[Settlement], now: DateTime<Utc>) -> Result<(), StateError> {
    atomically(connection, || {
        let mut statement = connection.prepare_cached(
            "UPDATE journal SET outcome = ?2, reason = ?3, correlation_id = coalesce(?4, correlation_id),
                 target_id = coalesce(?5, target_id), ended_at = ?6
             WHERE id = ?1 AND (outcome IS NULL OR outcome = 'unknown')",
        )?;
        for settlement in settlements {
            let changed = statement.execute(params![
                settlement.id,
                settlement.outcome,
                settlement.reason,
                settlement.correlation_id,
                settlement.target_id,
                Time(now),
            ])?;
            if changed == 0 {
                return Err(StateError::NotOpen { id: settlement.id });
            }
        }
        Ok(())
    })
}

/// The first effects of a flow without outcome after the one with this number, at most so many, the oldest first: each may have been
/// sent, or not.
///
/// # Errors
/// Those of SQLite.
pub fn open_after(connection: &Connection, flow: &str, id: i64, limit: usize) -> Result<Vec<Entry>, StateError> {
    let mut entries = Vec::new();
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let condition = "outcome IS NULL AND id > ?2 AND flow = ?1 ORDER BY id LIMIT ?3";
    each(connection, condition, params![flow, id, limit], |entry| {
        entries.push(entry);
        Ok(())
    })?;
    Ok(entries)
}

/// The number of effects without outcome.
///
/// # Errors
/// Those of SQLite.
pub fn count_open(connection: &Connection) -> Result<u64, StateError> {
    let mut statement = connection.prepare_cached("SELECT count(*) FROM journal WHERE outcome IS NULL")?;
    Ok(statement.query_row([], |row| row.get::<_, Number>(0))?.0)
}

/// Gives each effect of a run to a function, in order.
///
/// # Errors
/// The function's, which ends it, and those of SQLite.
pub fn each_of_run(
    connection: &Connection,
    run: i64,
    take: impl FnMut(Entry) -> Result<(), StateError>,
) -> Result<(), StateError> {
    each(connection, "run = ?1 ORDER BY id", params![run], take)
}

/// The newest effects for a person, by an id of either side, the newest first. A person who was forgotten is found as well.
///
/// # Errors
/// Those of SQLite.
pub fn of_person(connection: &Connection, id: &str, limit: u32) -> Result<Vec<Entry>, StateError> {
    let hash = forget::hash_of(connection, id)?;
    let mut entries = Vec::new();
    each(
        connection,
        "source_id IN (?1, ?2) OR target_id IN (?1, ?2) ORDER BY id DESC LIMIT ?3",
        params![id, hash, limit],
        |entry| {
            entries.push(entry);
            Ok(())
        },
    )?;
    Ok(entries)
}

/// The newest effect of a flow for a source person.
///
/// # Errors
/// Those of SQLite.
pub fn newest_of(connection: &Connection, flow: &str, source_id: &str) -> Result<Option<Entry>, StateError> {
    let mut newest = None;
    each(connection, "source_id = ?1 AND flow = ?2 ORDER BY id DESC LIMIT 1", params![source_id, flow], |entry| {
        newest = Some(entry);
        Ok(())
    })?;
    Ok(newest)
}

/// The newest effects, the newest first.
///
/// # Errors
/// Those of SQLite.
pub fn last(connection: &Connection, limit: u32) -> Result<Vec<Entry>, StateError> {
    let mut entries = Vec::new();
    each(connection, "TRUE ORDER BY id DESC LIMIT ?1", params![limit], |entry| {
        entries.push(entry);
        Ok(())
    })?;
    Ok(entries)
}

fn each(
    connection: &Connection,
    condition: &'static str,
    values: &[&dyn rusqlite::ToSql],
    mut take: impl FnMut(Entry) -> Result<(), StateError>,
) -> Result<(), StateError> {
    let mut statement = connection.prepare_cached(&format!("SELECT * FROM journal WHERE {condition}"))?;
    let mut rows = statement.query(values)?;
    while let Some(row) = rows.next()? {
        take(read(row)?)?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let plan: Option<i64> = row.get("plan")?;
    let seq = row.get::<_, Option<Number>>("seq")?;
    Ok(Entry {
        id: row.get("id")?,
        run: row.get("run")?,
        action: plan.zip(seq.map(|seq| seq.0)),
        flow: row.get("flow")?,
        kind: row.get("kind")?,
        step: row.get("step")?,
        source_id: row.get("source_id")?,
        target_id: row.get("target_id")?,
        request: row.get::<_, Option<Json<_>>>("request")?.map(|json| json.0),
        intended_at: row.get::<_, Time>("intended_at")?.0,
        outcome: row.get("outcome")?,
        reason: row.get("reason")?,
        correlation_id: row.get("correlation_id")?,
        ended_at: row.get::<_, Option<Time>>("ended_at")?.map(|time| time.0),
    })
}
