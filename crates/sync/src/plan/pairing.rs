//! Finds who is who: the identity map first, then the passes of the flow.
//!
//! A pass pairs a source person and a target person if exactly one of each has the key. Everybody else with that key is a
//! conflict: a guess could give one person's data to another.

use rusqlite::{Connection, params};

use crate::config::Pass;
use crate::state::StateError;
use crate::target::Directory;

/// The positions of the passes whose pairs must be confirmed, as the table `pairing` has them: the directory's own key comes first.
pub(crate) fn to_confirm(directory: Directory, passes: &[Pass]) -> Vec<i64> {
    let first = i64::from(directory.key_field().is_some());
    (first..).zip(passes).filter(|(_, pass)| pass.confirm).map(|(position, _)| position).collect()
}

/// Fills the table `pairing` with the people who are not in the identity map, and the temporary table `pairing_conflict` (side,
/// id, reason).
pub(crate) fn pair(
    connection: &Connection,
    plan: i64,
    flow: &str,
    passes: &[String],
    key_field: Option<&str>,
) -> Result<(), StateError> {
    connection.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS pairing_key (side INTEGER NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL);
         CREATE INDEX IF NOT EXISTS temp.pairing_key_by_key ON pairing_key (key, side);
         CREATE TEMP TABLE IF NOT EXISTS pairing_conflict (
             side INTEGER NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (side, id)) WITHOUT ROWID;
         DELETE FROM pairing_conflict;",
    )?;
    for (index, name) in passes.iter().enumerate() {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        collect_keys(connection, plan, flow, index)?;
        note_conflicts(connection, name)?;
        connection.execute(
            "INSERT INTO pairing (plan, flow, source_id, target_id, pass)
             SELECT ?1, ?2, min(CASE side WHEN 0 THEN id END), min(CASE side WHEN 1 THEN id END), ?3
             FROM pairing_key GROUP BY key HAVING count(*) = 2 AND sum(side) = 1",
            params![plan, flow, index],
        )?;
    }
    note_claims(connection, flow, key_field)
}

/// Notes target people of the identity map whose first key a source person without a partner has. The same person may have
/// another id in the source by now, so that no one has left. Who is out of scope has no keys, but may have the field.
fn note_claims(connection: &Connection, flow: &str, key_field: Option<&str>) -> Result<(), StateError> {
    connection.execute(
        "INSERT OR IGNORE INTO pairing_conflict (side, id, reason)
         SELECT 1, t.id, 'the source has its key under another id: `' || s.id || '`'
         FROM source_person s
         LEFT JOIN identity i ON i.flow = s.flow AND i.source_id = s.id
         LEFT JOIN target_person own ON own.flow = s.flow AND own.id = i.target_id
         CROSS JOIN target_person t ON t.flow = s.flow AND t.keys ->> 0 = coalesce(s.keys ->> 0, s.fields ->> ?2)
         JOIN identity other ON other.flow = t.flow AND other.target_id = t.id
         WHERE s.flow = ?1 AND own.id IS NULL",
        params![flow, key_field],
    )?;
    Ok(())
}

/// Collects the keys of everybody who has no partner yet. A target person of the identity map belongs to somebody, also if the
/// source lacks that person now.
fn collect_keys(connection: &Connection, plan: i64, flow: &str, pass: i64) -> Result<(), StateError> {
    connection.execute("DELETE FROM pairing_key", [])?;
    connection.execute(
        "INSERT INTO pairing_key (side, key, id)
         SELECT 0, s.keys ->> ?3, s.id FROM source_person s
         LEFT JOIN identity i ON i.flow = s.flow AND i.source_id = s.id
         LEFT JOIN target_person t ON t.flow = s.flow AND t.id = i.target_id
         WHERE s.flow = ?2 AND t.id IS NULL AND s.keys ->> ?3 IS NOT NULL
         AND s.status NOT IN ('invalid', 'duplicate')
         AND NOT EXISTS (SELECT 1 FROM pairing p WHERE p.plan = ?1 AND p.flow = s.flow AND p.source_id = s.id)
         AND NOT EXISTS (SELECT 1 FROM pairing_conflict c WHERE c.side = 0 AND c.id = s.id)",
        params![plan, flow, pass],
    )?;
    connection.execute(
        "INSERT INTO pairing_key (side, key, id)
         SELECT 1, t.keys ->> ?3, t.id FROM target_person t
         WHERE t.flow = ?2 AND t.keys ->> ?3 IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.flow = t.flow AND i.target_id = t.id)
         AND NOT EXISTS (SELECT 1 FROM pairing p WHERE p.plan = ?1 AND p.flow = t.flow AND p.target_id = t.id)
         AND NOT EXISTS (SELECT 1 FROM pairing_conflict c WHERE c.side = 1 AND c.id = t.id)",
        params![plan, flow, pass],
    )?;
    Ok(())
}

/// How many ids of one conflict are named.
const NAMED: usize = 4;

/// Notes people who share a key with others of their side. Two source people alone are a conflict, too: both would be written to
/// one target person.
fn note_conflicts(connection: &Connection, pass: &str) -> Result<(), StateError> {
    let mut conflicts = connection.prepare_cached(
        "SELECT json_group_array(id) FILTER (WHERE side = 0), json_group_array(id) FILTER (WHERE side = 1)
         FROM pairing_key GROUP BY key HAVING sum(side = 0) > 1 OR (sum(side = 1) > 1 AND sum(side = 0) > 0)",
    )?;
    let mut insert =
        connection.prepare_cached("INSERT OR IGNORE INTO pairing_conflict (side, id, reason) VALUES (?, ?, ?)")?;
    let mut rows = conflicts.query([])?;
    while let Some(row) = rows.next()? {
        let ids = |column: usize| -> Result<Vec<String>, StateError> {
            let text: String = row.get(column)?;
            Ok(serde_json::from_str(&text).unwrap_or_default())
        };
        let (sources, targets) = (ids(0)?, ids(1)?);
        let reason = format!(
            "the same `{pass}`: source {}{}",
            named(&sources),
            if targets.is_empty() { String::new() } else { format!("; target {}", named(&targets)) }
        );
        for (side, ids) in [(0, &sources), (1, &targets)] {
            for id in ids {
                insert.execute(params![side, id, reason])?;
            }
        }
    }
    Ok(())
}

fn named(ids: &[String]) -> String {
    let shown = ids.iter().take(NAMED).map(|id| format!("`{id}`")).collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
