//! Finds who is who: the identity map first, then the passes of the flow.
//!
//! A pass pairs a source person and a target person if exactly one of each has the key. Everybody else with that key is a
//! conflict: a guess could give one person's data to another.
//!
//! A key that needs a part which did not come is not known: the pass finds no one by it. Who is found by no other pass either may
//! be in the target all the same, and is a conflict, too: as a new person, they would be there twice.

use rusqlite::{Connection, params};

use super::mapping::UNKNOWN_KEY;
use crate::config::Pass;
use crate::state::{Number, Side, StateError, snapshots, unsettled};
use crate::target::Directory;

/// The positions of the passes whose pairs must be confirmed, as the table `pairing` has them: the directory's own key comes first.
pub(crate) fn to_confirm(directory: Directory, passes: &[Pass]) -> Vec<i64> {
    let first = i64::from(directory.key_field().is_some());
    (first..).zip(passes).filter(|(_, pass)| pass.confirm).map(|(position, _)| position).collect()
}

/// Fills the table `pairing` with the people who are not in the identity map, and temporary tables:
///
/// | table | who is in it |
/// | --- | --- |
/// | `open_person` (id, is_loose) | source people of whom there is something to say; loose are those without a partner in the identity map |
/// | `loose_target` (id) | target people who are not in the identity map |
/// | `gone_person` (id) | source ids of the identity map whom the source lacks |
/// | `pairing_conflict` (side, id, reason) | who could be several people |
///
/// If `leaves_settled`, source people are left out who are on both sides as they were last applied. Returns how many.
pub(crate) fn pair(
    connection: &Connection,
    plan: i64,
    flow: &str,
    passes: &[String],
    key_field: Option<&str>,
    leaves_settled: bool,
) -> Result<u64, StateError> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.open_person;
         CREATE TEMP TABLE open_person (id TEXT NOT NULL, is_loose INTEGER NOT NULL);
         DROP TABLE IF EXISTS temp.loose_target;
         CREATE TEMP TABLE loose_target (id TEXT NOT NULL);
         DROP TABLE IF EXISTS temp.gone_person;
         CREATE TEMP TABLE gone_person (id TEXT NOT NULL);
         CREATE TEMP TABLE IF NOT EXISTS pairing_conflict (
             side INTEGER NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (side, id)) WITHOUT ROWID;
         DELETE FROM pairing_conflict;",
    )?;
    let settled = match leaves_settled {
        true => collect_unsettled(connection, flow)?,
        false => collect_everybody(connection, flow, false).map(|_| 0)?,
    };
    if connection.prepare("SELECT 1 FROM open_person WHERE is_loose")?.exists([])? {
        snapshots::index_keys(connection)?;
    }
    let mut in_doubt = Vec::new();
    for (index, name) in passes.iter().enumerate() {
        let index = i64::try_from(index).unwrap_or(i64::MAX);
        collect_keys(connection, plan, flow, index)?;
        let unknown = format!("DELETE FROM pairing_key WHERE {}", is_unknown("key"));
        if connection.execute(&unknown, [])? > 0 {
            in_doubt.push((index, name));
        }
        note_conflicts(connection, name)?;
        connection.execute(
            "INSERT INTO pairing (plan, flow, source_id, target_id, pass)
             SELECT ?1, ?2, min(CASE side WHEN 0 THEN id END) AS source_id, min(CASE side WHEN 1 THEN id END), ?3
             FROM pairing_key GROUP BY key HAVING count(*) = 2 AND sum(side) = 1 ORDER BY source_id",
            params![plan, flow, index],
        )?;
    }
    for (index, name) in in_doubt {
        note_unknown_keys(connection, plan, flow, (index, name))?;
    }
    note_claims(connection, flow, key_field)?;
    Ok(settled)
}

/// Whether a key is one of which only the part is known that it needs.
fn is_unknown(key: &str) -> String {
    let (first, next) = (u32::from(UNKNOWN_KEY), u32::from(UNKNOWN_KEY) + 1);
    format!("{key} >= char({first}) AND {key} < char({next})")
}

/// Notes source people without a partner who would be created, and whom a pass may have missed because a part did not come: theirs,
/// or that of target people without a partner.
fn note_unknown_keys(
    connection: &Connection,
    plan: i64,
    flow: &str,
    (pass, name): (i64, &str),
) -> Result<(), StateError> {
    let loose_target = format!(
        "SELECT count(*), min(substr(t.keys ->> ?3, 2)) FROM loose_target l
         CROSS JOIN target_person t ON t.flow = ?2 AND t.id = l.id
         WHERE {} AND NOT EXISTS (SELECT 1 FROM pairing p WHERE p.plan = ?1 AND p.flow = t.flow AND p.target_id = t.id)",
        is_unknown("t.keys ->> ?3")
    );
    let (targets, part): (Number, Option<String>) =
        connection.query_row(&loose_target, params![plan, flow, pass], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let of_target = part.map(|part| {
        let targets = targets.0;
        format!(
            "it may be one of the {targets} target people whose `{name}` needs `{part}`, which the service did not send"
        )
    });
    connection.execute(
        &format!(
            "INSERT OR IGNORE INTO pairing_conflict (side, id, reason)
             SELECT 0, s.id, CASE WHEN {unknown}
                 THEN 'it may be in the target: `' || ?4 || '` needs `' || substr(s.keys ->> ?3, 2) || '`, which the service did not send'
                 ELSE ?5 END
             FROM open_person o CROSS JOIN source_person s ON s.flow = ?2 AND s.id = o.id
             WHERE o.is_loose AND s.status = 'wanted' AND s.keys ->> ?3 IS NOT NULL AND (?5 IS NOT NULL OR {unknown})
             AND NOT EXISTS (SELECT 1 FROM pairing p WHERE p.plan = ?1 AND p.flow = s.flow AND p.source_id = s.id)",
            unknown = is_unknown("s.keys ->> ?3")
        ),
        params![plan, flow, pass, name, of_target],
    )?;
    Ok(())
}

/// Who is settled: on both sides as last applied, text by text. Whatever the comparison looks at is equal.
const SETTLED: &str = "t.status IS 'active' AND t.fields IS s.fields AND s.status = 'wanted' AND i.applied IS t.fields
    AND i.protected IS s.protected AND i.deactivated_by_sync IS 0 AND i.missing_since IS NULL";

/// A source person, the identity and the target person, as far as there are any.
const PARTNERS: &str = "LEFT JOIN identity i ON i.flow = s.flow AND i.source_id = s.id
    LEFT JOIN target_person t ON t.flow = s.flow AND t.id = i.target_id";

/// Fills the tables without those who are settled, who need neither a partner nor an action. Returns how many those are. Whoever was
/// settled the last time is looked at only if a row of theirs was written since.
fn collect_unsettled(connection: &Connection, flow: &str) -> Result<u64, StateError> {
    let sql = format!("SELECT count(*) FROM {} WHERE flow = ?1", snapshots::outline(Side::Source));
    let all: u64 = connection.query_row(&sql, [flow], |row| row.get::<_, Number>(0))?.0;
    if unsettled::is_known(connection, flow)? {
        return Ok(all.saturating_sub(collect_noted(connection, flow)?));
    }
    let open = collect_everybody(connection, flow, true)?;
    let count = |table: &str| -> Result<u64, StateError> {
        Ok(connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, Number>(0))?.0)
    };
    if !unsettled::are_many(open + count("gone_person")? + count("loose_target")?, all) {
        unsettled::give_up(connection, flow)?;
        connection.execute("INSERT INTO settled_flow (flow) VALUES (?1)", [flow])?;
        unsettled::note(connection, flow, Side::Source, "open_person")?;
        unsettled::note(connection, flow, Side::Source, "gone_person")?;
        unsettled::note(connection, flow, Side::Target, "loose_target")?;
    }
    Ok(all.saturating_sub(open))
}

/// Fills the tables by a look at everybody, with or without those who are settled. Returns the number of rows of `open_person`. A
/// target person of the identity map belongs to somebody, also if the source lacks that person now.
fn collect_everybody(connection: &Connection, flow: &str, leaves_settled: bool) -> Result<u64, StateError> {
    let open = connection.execute(
        &format!(
            "INSERT INTO open_person (id, is_loose) SELECT s.id, t.id IS NULL FROM source_person s {PARTNERS}
             WHERE s.flow = ?1 AND NOT (?2 AND {SETTLED})"
        ),
        params![flow, leaves_settled],
    )?;
    connection.execute(
        "INSERT INTO gone_person (id) SELECT i.source_id FROM identity i
         WHERE i.flow = ?1 AND NOT EXISTS (SELECT 1 FROM source_person s WHERE s.flow = i.flow AND s.id = i.source_id)",
        [flow],
    )?;
    connection.execute(
        "INSERT INTO loose_target (id) SELECT t.id FROM target_person t
         WHERE t.flow = ?1 AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.flow = t.flow AND i.target_id = t.id)",
        [flow],
    )?;
    Ok(open as u64)
}

/// Fills the tables by a look at those who are noted, and drops those of them who are settled. Returns the number of rows of
/// `open_person`.
fn collect_noted(connection: &Connection, flow: &str) -> Result<u64, StateError> {
    let execute = |sql: &str| connection.execute(sql, [flow]);
    // A target person of the identity map is noted as the source person.
    execute(
        "INSERT OR IGNORE INTO unsettled (flow, side, id)
         SELECT u.flow, 'source', i.source_id FROM unsettled u
         CROSS JOIN identity i ON i.flow = u.flow AND i.target_id = u.id
         WHERE u.flow = ?1 AND u.side = 'target'",
    )?;
    execute(
        "DELETE FROM unsettled AS u WHERE u.flow = ?1 AND u.side = 'target'
         AND (EXISTS (SELECT 1 FROM identity i WHERE i.flow = u.flow AND i.target_id = u.id)
             OR NOT EXISTS (SELECT 1 FROM target_person t WHERE t.flow = u.flow AND t.id = u.id))",
    )?;
    execute("INSERT INTO loose_target (id) SELECT id FROM unsettled WHERE flow = ?1 AND side = 'target'")?;
    execute(&format!(
        "DELETE FROM unsettled AS u WHERE u.flow = ?1 AND u.side = 'source'
         AND (EXISTS (SELECT 1 FROM source_person s {PARTNERS} WHERE s.flow = u.flow AND s.id = u.id AND {SETTLED})
             OR NOT EXISTS (SELECT 1 FROM source_person s WHERE s.flow = u.flow AND s.id = u.id)
             AND NOT EXISTS (SELECT 1 FROM identity i WHERE i.flow = u.flow AND i.source_id = u.id))"
    ))?;
    execute(
        "INSERT INTO gone_person (id) SELECT u.id FROM unsettled u
         WHERE u.flow = ?1 AND u.side = 'source'
         AND NOT EXISTS (SELECT 1 FROM source_person s WHERE s.flow = u.flow AND s.id = u.id)",
    )?;
    let open = execute(&format!(
        "INSERT INTO open_person (id, is_loose) SELECT s.id, t.id IS NULL FROM unsettled u
         CROSS JOIN source_person s ON s.flow = u.flow AND s.id = u.id {PARTNERS}
         WHERE u.flow = ?1 AND u.side = 'source'"
    ))?;
    Ok(open as u64)
}

/// How many people of the identity map are active in the target. Needs the tables of [`pair`].
pub(crate) fn managed_active(connection: &Connection, flow: &str) -> Result<u64, StateError> {
    let count = |sql: &str| -> Result<u64, StateError> {
        Ok(connection.query_row(sql, [flow], |row| row.get::<_, Number>(0))?.0)
    };
    let people = snapshots::outline(Side::Target);
    let active = count(&format!("SELECT count(*) FROM {people} WHERE flow = ?1 AND status = 'active'"))?;
    let loose = count(
        "SELECT count(*) FROM loose_target l CROSS JOIN target_person t ON t.flow = ?1 AND t.id = l.id
         WHERE t.status = 'active'",
    )?;
    Ok(active.saturating_sub(loose))
}

/// Notes target people of the identity map whose first key a source person without a partner has. The same person may have
/// another id in the source by now, so that no one has left. Who is out of scope has no keys, but may have the field.
fn note_claims(connection: &Connection, flow: &str, key_field: Option<&str>) -> Result<(), StateError> {
    connection.execute(
        "INSERT OR IGNORE INTO pairing_conflict (side, id, reason)
         SELECT 1, t.id, 'the source has its key under another id: `' || s.id || '`'
         FROM open_person o
         CROSS JOIN source_person s ON s.flow = ?1 AND s.id = o.id
         CROSS JOIN target_person t ON t.flow = s.flow AND t.keys ->> 0 = coalesce(s.keys ->> 0, s.fields ->> ?2)
         JOIN identity other ON other.flow = t.flow AND other.target_id = t.id
         WHERE o.is_loose",
        params![flow, key_field],
    )?;
    Ok(())
}

/// Collects the keys of everybody who has no partner yet.
fn collect_keys(connection: &Connection, plan: i64, flow: &str, pass: i64) -> Result<(), StateError> {
    connection.execute_batch(
        "DROP TABLE IF EXISTS temp.pairing_key;
         CREATE TEMP TABLE pairing_key (side INTEGER NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL);",
    )?;
    connection.execute(
        "INSERT INTO pairing_key (side, key, id)
         SELECT 0, s.keys ->> ?3, s.id FROM open_person o
         CROSS JOIN source_person s ON s.flow = ?2 AND s.id = o.id
         WHERE o.is_loose AND s.keys ->> ?3 IS NOT NULL
         AND s.status NOT IN ('invalid', 'duplicate')
         AND NOT EXISTS (SELECT 1 FROM pairing p WHERE p.plan = ?1 AND p.flow = s.flow AND p.source_id = s.id)
         AND NOT EXISTS (SELECT 1 FROM pairing_conflict c WHERE c.side = 0 AND c.id = s.id)",
        params![plan, flow, pass],
    )?;
    connection.execute(
        "INSERT INTO pairing_key (side, key, id)
         SELECT 1, t.keys ->> ?3, t.id FROM loose_target l
         CROSS JOIN target_person t ON t.flow = ?2 AND t.id = l.id
         WHERE t.keys ->> ?3 IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM pairing p WHERE p.plan = ?1 AND p.flow = t.flow AND p.target_id = t.id)
         AND NOT EXISTS (SELECT 1 FROM pairing_conflict c WHERE c.side = 1 AND c.id = t.id)",
        params![plan, flow, pass],
    )?;
    // Filled first and sorted then, which is quicker by far for many people.
    Ok(connection.execute_batch("CREATE INDEX temp.pairing_key_by_key ON pairing_key (key, side, id)")?)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::schema;

    /// One person on both sides and in the identity map, as last applied.
    const PERSON: &str = r#"
        INSERT INTO source_person VALUES ('f', 's', 1, 'A', 'wanted', NULL, NULL, '{"a":1}', '["k"]', NULL);
        INSERT INTO target_person VALUES ('f', 't', 'A', 'active', NULL, NULL, NULL, '{"a":1}', '["k"]', NULL);
        INSERT INTO identity (flow, source_id, target_id, origin, since_run, applied) VALUES ('f', 's', 't', 'matched', 1, '{"a":1}');
    "#;

    /// Source people who are a conflict, with the reason, and the number of pairs. People are side, id and two keys: `s|1|a,?` has the
    /// key `a` and one that is not known; `i` are inactive ones of the source, `t` those of the target.
    fn conflicts(people: &str) -> (Vec<(String, String)>, u64) {
        let connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch(&schema()).expect("tables");
        let plan = "INSERT INTO run VALUES (1, '', '', '', NULL, NULL, NULL); INSERT INTO plan VALUES (1, 1, '', '', '', '', '', NULL)";
        connection.execute_batch(plan).expect("a plan");
        for person in people.split_whitespace() {
            let [side, id, keys] = person.split('|').collect::<Vec<_>>()[..] else { panic!("{person}") };
            let keys: Vec<Option<String>> = keys
                .split(',')
                .map(|key| match key {
                    "" => None,
                    "?" => Some(format!("{UNKNOWN_KEY}part")),
                    key => Some(key.to_owned()),
                })
                .collect();
            let (table, columns, status) = match side {
                "s" => ("source_person", "ordinal, ", "1, 'wanted'"),
                "i" => ("source_person", "ordinal, ", "1, 'inactive'"),
                _ => ("target_person", "", "'active'"),
            };
            let insert = format!(
                "INSERT INTO {table} (flow, id, {columns}status, fields, keys) VALUES ('f', ?1, {status}, '{{}}', ?2)"
            );
            connection.execute(&insert, params![id, crate::state::Json(&keys)]).expect("a person");
        }
        let passes = ["number".to_owned(), "email".to_owned()];
        pair(&connection, 1, "f", &passes, None, false).expect("pairs");
        let mut statement = connection.prepare("SELECT id, reason FROM pairing_conflict WHERE side = 0").expect("SQL");
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).expect("rows");
        let pairs = connection.query_row("SELECT count(*) FROM pairing", [], |row| row.get::<_, Number>(0));
        (rows.collect::<Result<_, _>>().expect("a row"), pairs.expect("a number").0)
    }

    #[test]
    fn whoever_could_have_been_missed_because_of_an_unknown_key_is_a_conflict() {
        for (people, paired, expected) in [
            // Found by a key before, or by one after.
            ("s|1|a,? t|1|a,", 1, &[][..]),
            ("s|1|?,a t|1|b,a", 1, &[]),
            ("s|1|a,m t|1|?,m", 1, &[]),
            // Found by no one.
            ("s|1|?,a t|1|b,", 0, &[("1", "it may be in the target: `number` needs `part`")]),
            ("s|1|a,? t|1|b,m", 0, &[("1", "it may be in the target: `email` needs `part`")]),
            ("s|1|a, t|1|?, t|2|?,", 0, &[("1", "it may be one of the 2 target people whose `number` needs `part`")]),
            // Two unknown keys are not the same key.
            ("s|1|?,a s|2|?,b t|1|?,a t|2|c,b", 2, &[]),
            // Whoever may be meant has a partner by now.
            ("s|1|a,m s|2|b,n t|1|?,m", 1, &[]),
            // A missing key differs from an unknown one, and whoever has left is not created.
            ("s|1|,a t|1|?,b", 0, &[]),
            ("i|1|?,a t|1|b,b", 0, &[]),
        ] {
            let (found, pairs) = conflicts(people);
            assert_eq!((pairs, found.len()), (paired, expected.len()), "{people}: {found:?}");
            for ((id, reason), (expected_id, expected)) in found.iter().zip(expected) {
                assert!(id == expected_id && reason.starts_with(expected), "{people}: {found:?}");
            }
        }
    }

    fn settled(connection: &Connection, leaves_settled: bool) -> u64 {
        pair(connection, 1, "f", &[], None, leaves_settled).expect("pairs")
    }

    /// How many people are in each table.
    fn open(connection: &Connection) -> [u64; 3] {
        ["open_person", "loose_target", "gone_person"].map(|table| {
            let sql = format!("SELECT count(*) FROM {table}");
            connection.query_row(&sql, [], |row| row.get::<_, Number>(0)).expect("a number").0
        })
    }

    #[test]
    fn only_who_is_as_last_applied_on_both_sides_is_settled() {
        for (change, expected) in [
            ("", 1),
            (
                "UPDATE target_person SET label = 'B', keys = '[null]', protected = 'p', unwritable = 'u', version = 2",
                1,
            ),
            ("UPDATE source_person SET protected = 'p'; UPDATE identity SET protected = 'p'", 1),
            ("UPDATE source_person SET protected = 'p'", 0),
            ("UPDATE identity SET protected = 'p'", 0),
            ("UPDATE source_person SET status = 'inactive'", 0),
            ("UPDATE source_person SET status = 'duplicate'", 0),
            ("UPDATE source_person SET fields = '{\"a\":2}'", 0),
            ("UPDATE source_person SET fields = '{}'", 0),
            ("UPDATE target_person SET status = 'inactive'", 0),
            ("UPDATE target_person SET fields = '{\"a\":2}'", 0),
            ("UPDATE identity SET applied = NULL", 0),
            ("UPDATE identity SET applied = '{}'", 0),
            ("UPDATE identity SET deactivated_by_sync = 1", 0),
            ("UPDATE identity SET missing_since = '2026-01-01T00:00:00Z'", 0),
            ("UPDATE identity SET target_id = 'other'", 0),
            // The policy of a statement applies in the triggers of the table, too.
            (
                "INSERT INTO identity (flow, source_id, target_id, origin, since_run) VALUES ('f', 's', 'other', 'matched', 2)
                 ON CONFLICT (flow, source_id) DO UPDATE SET target_id = excluded.target_id",
                0,
            ),
            (
                "UPDATE identity SET target_id = 'more';
                 INSERT INTO identity (flow, source_id, target_id, origin, since_run) VALUES ('f', 's', 'other', 'matched', 2)
                 ON CONFLICT (flow, source_id) DO UPDATE SET target_id = excluded.target_id",
                0,
            ),
            (
                "INSERT OR REPLACE INTO identity (flow, source_id, target_id, origin, since_run)
                 VALUES ('f', 's', 't', 'matched', 2)",
                0,
            ),
            ("UPDATE OR REPLACE identity SET target_id = 'other'", 0),
            ("UPDATE identity SET flow = 'g'", 0),
            ("DELETE FROM identity", 0),
            ("DELETE FROM target_person", 0),
            ("DELETE FROM target_person; DELETE FROM identity", 0),
        ] {
            let connection = Connection::open_in_memory().expect("a database");
            connection.execute_batch(&format!("{}; {PERSON}", schema())).expect("tables");
            // Everybody is looked at, then no one, then those who are noted, then everybody again.
            assert_eq!((settled(&connection, true), open(&connection)), (1, [0, 0, 0]), "{change}");
            assert_eq!((settled(&connection, true), open(&connection)), (1, [0, 0, 0]), "{change}");
            connection.execute_batch(change).expect("a change");
            // The identity map notes its changes itself.
            for (table, side, id) in [("source_person", Side::Source, "s"), ("target_person", Side::Target, "t")] {
                if change.contains(table) {
                    unsettled::note(&connection, "f", side, &format!("(SELECT '{id}' AS id)")).expect("a note");
                }
            }
            assert_eq!(settled(&connection, true), expected, "{change}");
            let noted = open(&connection);
            assert_eq!(noted[0], 1 - expected, "{change}");
            unsettled::give_up(&connection, "f").expect("nothing is known");
            assert_eq!((settled(&connection, true), open(&connection)), (expected, noted), "{change}");
            assert_eq!((settled(&connection, false), open(&connection)[0]), (0, 1), "{change}");
        }
    }
}
