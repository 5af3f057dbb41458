//! Table `source_completion`: the completions that the last plan read, and those that older plans still need.

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use session_clusters::types::Completion;

use super::record_id;
use super::row::session;
use crate::state::{Json, StateError, Time, snapshots};

/// A completion as it was read.
#[derive(Clone, Debug)]
pub(super) struct Staged {
    /// Its id in lower case. One without an id has [`WITHOUT_ID`] and its position.
    pub(super) id: String,
    pub(super) record_id: String,
    /// Whether it was listed several times, with different content.
    pub(super) is_ambiguous: bool,
    pub(super) completion: Completion,
}

/// Begins what replaces the id of a completion that has none. No id begins with a control character.
pub(super) const WITHOUT_ID: char = '\u{1}';

/// The key of a completion: ids are compared without regard to case, as in its record id.
pub(super) fn key(completion: &Completion) -> Option<String> {
    completion.id.as_deref().filter(|id| !id.is_empty() && !id.starts_with(WITHOUT_ID)).map(str::to_lowercase)
}

/// Forgets completions that no plan needs any more.
pub(super) fn begin(connection: &mut Connection, flow: &str) -> Result<(), StateError> {
    connection.execute(
        "DELETE FROM source_completion WHERE flow = ?1 AND id NOT IN (
             SELECT a.source_id FROM action a JOIN plan p ON p.id = a.plan
             WHERE p.applied_at IS NULL AND a.flow = ?1 AND a.kind IN ('create', 'update') AND a.source_id IS NOT NULL)",
        [flow],
    )?;
    Ok(())
}

/// Keeps completions of a plan. `first` is the position of the first one in the read. Returns how many have no id.
pub(super) fn add(
    connection: &mut Connection,
    flow: &str,
    plan: i64,
    first: u64,
    completions: &[Completion],
) -> Result<u64, StateError> {
    snapshots::load(connection, |connection| {
        let mut insert = connection.prepare_cached(
            "INSERT INTO source_completion (flow, id, record_id, plan, session_start, completion)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (flow, id) DO UPDATE SET
                 is_ambiguous = plan = excluded.plan AND (is_ambiguous OR completion <> excluded.completion),
                 record_id = excluded.record_id, plan = excluded.plan, session_start = excluded.session_start,
                 completion = excluded.completion",
        )?;
        let mut without_id = 0;
        for (position, completion) in (first..).zip(completions) {
            let id = key(completion).unwrap_or_else(|| {
                without_id += 1;
                format!("{WITHOUT_ID}{}", position + 1)
            });
            let start = session(completion).ok().map(|(start, _)| Time(start));
            insert.execute(params![flow, id, record_id(&id), plan, start, Json(completion)])?;
        }
        Ok(without_id)
    })
}

/// Notes that the completions of an applied record are listed at another time than the window's.
pub(super) fn note_elsewhere(
    connection: &mut Connection,
    flow: &str,
    completions: &[Completion],
) -> Result<(), StateError> {
    let mut note = connection.prepare_cached("DELETE FROM temp.missing_completion WHERE flow = ?1 AND id = ?2")?;
    for id in completions.iter().filter_map(key) {
        note.execute([flow, &id])?;
    }
    Ok(())
}

/// The completions of a plan, in the order of their ids, from one id on.
pub(super) fn next(
    connection: &Connection,
    flow: &str,
    plan: i64,
    after: &str,
    limit: u32,
) -> Result<Vec<Staged>, StateError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, record_id, is_ambiguous, completion FROM source_completion
         WHERE flow = ?1 AND plan = ?2 AND id > ?3 ORDER BY id LIMIT ?4",
    )?;
    let rows = statement.query_map(params![flow, plan, after, limit], |row| {
        let Json(completion) = row.get(3)?;
        Ok(Staged { id: row.get(0)?, record_id: row.get(1)?, is_ambiguous: row.get(2)?, completion })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Another completion of a plan with this record id.
pub(super) fn with_record(
    connection: &Connection,
    flow: &str,
    plan: i64,
    record_id: &str,
    id: &str,
) -> Result<Option<String>, StateError> {
    let mut statement = connection.prepare_cached(
        "SELECT id FROM source_completion WHERE flow = ?1 AND record_id = ?2 AND plan = ?3 AND id <> ?4 LIMIT 1",
    )?;
    Ok(statement.query_row(params![flow, record_id, plan, id], |row| row.get(0)).optional()?)
}

/// A completion as it was last read, and when its session starts.
pub(super) type Read = (Completion, Option<DateTime<Utc>>);

/// A completion as it was last read.
pub(super) fn get(connection: &Connection, flow: &str, id: &str) -> Result<Option<Read>, StateError> {
    let mut statement = connection
        .prepare_cached("SELECT completion, session_start FROM source_completion WHERE flow = ?1 AND id = ?2")?;
    let found = statement.query_row([flow, id], |row| {
        let Json(completion) = row.get(0)?;
        Ok((completion, row.get::<_, Option<Time>>(1)?.map(|time| time.0)))
    });
    Ok(found.optional()?)
}

/// When the newest session of a plan starts, of those in the window.
pub(super) fn newest(
    connection: &Connection,
    flow: &str,
    plan: i64,
    before: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StateError> {
    let mut statement = connection.prepare_cached(
        "SELECT max(session_start) FROM source_completion WHERE flow = ?1 AND plan = ?2 AND session_start < ?3",
    )?;
    let newest: Option<Time> = statement.query_row(params![flow, plan, Time(before)], |row| row.get(0))?;
    Ok(newest.map(|time| time.0))
}
