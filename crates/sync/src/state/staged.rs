//! A snapshot while it is read: its people are in a temporary table, in the order in which they come. At the end, they take the
//! place of the last snapshot, all at once.
//!
//! They are sorted by id first. To add them in any other order would change every page of the snapshot again and again.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::state::error::StateError;
use crate::state::side_reads::Side;
use crate::state::snapshots::{REPEATED_SOURCE, SourcePerson, TargetPerson, clear, relaxed};
use crate::state::value::{Json, Number};

/// Begins a snapshot. What is left of one that did not come to its end is dropped.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn begin(connection: &Connection, side: Side) -> Result<(), StateError> {
    Ok(connection.execute_batch(match side {
        Side::Source => {
            "DROP TABLE IF EXISTS temp.staged_source;
             CREATE TEMP TABLE staged_source (id TEXT NOT NULL, ordinal INTEGER NOT NULL, label TEXT, status TEXT NOT NULL,
                 problem TEXT, protected TEXT, fields TEXT NOT NULL, keys TEXT NOT NULL)"
        }
        Side::Target => {
            "DROP TABLE IF EXISTS temp.staged_target;
             CREATE TEMP TABLE staged_target (id TEXT NOT NULL, label TEXT, status TEXT NOT NULL, version INTEGER,
                 unwritable TEXT, protected TEXT, fields TEXT NOT NULL, keys TEXT NOT NULL)"
        }
    })?)
}

/// Adds source people.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn add_source(connection: &Connection, people: &[SourcePerson]) -> Result<(), StateError> {
    let transaction = connection.unchecked_transaction()?;
    let mut insert = transaction.prepare_cached("INSERT INTO staged_source VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for person in people {
        insert.execute(params![
            person.id,
            Number(person.ordinal),
            person.label,
            person.status,
            person.problem,
            person.protected,
            Json(&person.fields),
            Json(&person.keys),
        ])?;
    }
    drop(insert);
    Ok(transaction.commit()?)
}

/// Adds target people.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn add_target(connection: &Connection, people: &[TargetPerson]) -> Result<(), StateError> {
    let transaction = connection.unchecked_transaction()?;
    let mut insert = transaction.prepare_cached("INSERT INTO staged_target VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for person in people {
        insert.execute(params![
            person.id,
            person.label,
            person.status,
            person.version,
            person.unwritable,
            person.protected,
            Json(&person.fields),
            Json(&person.keys),
        ])?;
    }
    drop(insert);
    Ok(transaction.commit()?)
}

/// Puts the people in the place of the last snapshot of the side, as [`insert_source`](super::snapshots::insert_source) and
/// [`insert_target`](super::snapshots::insert_target) would add them.
///
/// # Errors
/// Those of SQLite, after which the last snapshot is there still.
pub(crate) fn finish(connection: &mut Connection, flow: &str, side: Side) -> Result<(), StateError> {
    relaxed(connection, |connection| {
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        match side {
            Side::Source => {
                clear(&transaction, flow, side)?;
                transaction.execute(
                    &format!(
                        "INSERT INTO source_person (flow, id, ordinal, label, status, problem, protected, fields, keys)
                         SELECT ?1, id, ordinal, label, status, problem, protected, fields, keys
                         FROM staged_source WHERE TRUE ORDER BY id, ordinal {REPEATED_SOURCE}"
                    ),
                    [flow],
                )?;
                transaction.execute_batch("DROP TABLE staged_source")?;
            }
            Side::Target => {
                transaction.execute_batch("DROP INDEX IF EXISTS target_person_by_key")?;
                clear(&transaction, flow, side)?;
                transaction.execute(
                    "INSERT OR REPLACE INTO target_person
                         (flow, id, label, status, version, unwritable, protected, fields, keys)
                     SELECT ?1, id, label, status, version, unwritable, protected, fields, keys
                     FROM staged_target ORDER BY id, rowid",
                    [flow],
                )?;
                transaction.execute_batch("DROP TABLE staged_target")?;
            }
        }
        Ok(transaction.commit()?)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::state::schema;
    use crate::state::snapshots::{self, SourceStatus, TargetStatus};

    fn source(id: &str, ordinal: u64) -> SourcePerson {
        SourcePerson {
            id: id.to_owned(),
            ordinal,
            label: Some(format!("record {ordinal}")),
            status: SourceStatus::Wanted,
            problem: None,
            protected: (ordinal == 3).then(|| "a rule".to_owned()),
            fields: json!({ "remoteId": id }).as_object().cloned().unwrap_or_default(),
            keys: vec![Some(id.to_owned()), None],
        }
    }

    fn target(id: &str, label: &str) -> TargetPerson {
        TargetPerson {
            id: id.to_owned(),
            label: Some(label.to_owned()),
            status: TargetStatus::Active,
            version: Some(2),
            unwritable: None,
            protected: None,
            fields: json!({ "remoteId": format!("r-{id}") }).as_object().cloned().unwrap_or_default(),
            keys: vec![Some(format!("r-{id}"))],
        }
    }

    fn database() -> Connection {
        let connection = Connection::open_in_memory().expect("a database");
        connection.execute_batch(&schema()).expect("tables");
        connection
    }

    fn sources(connection: &Connection, flow: &str) -> Vec<SourcePerson> {
        let mut people = Vec::new();
        let take = |person| {
            people.push(person);
            Ok(())
        };
        snapshots::each_source(connection, flow, take).expect("reads");
        people
    }

    #[test]
    fn a_snapshot_has_the_same_people_as_if_each_was_added_alone() -> Result<(), StateError> {
        let (mut connection, alone) = (database(), database());
        let read = [source("b", 1), source("a", 2), source("b", 3), source("c", 4), source("b", 5)];
        read.iter().try_for_each(|person| snapshots::insert_source(&alone, "f", person))?;
        for others in [false, true] {
            if others {
                snapshots::insert_source(&connection, "g", &source("a", 1))?;
            }
            // One that did not come to its end leaves nothing, and the second time replaces the first.
            begin(&connection, Side::Source)?;
            add_source(&connection, &[source("z", 1)])?;
            begin(&connection, Side::Source)?;
            read.chunks(2).try_for_each(|chunk| add_source(&connection, chunk))?;
            finish(&mut connection, "f", Side::Source)?;
            assert_eq!(sources(&connection, "f"), sources(&alone, "f"));
            assert_eq!(sources(&connection, "g").len(), usize::from(others));
        }
        Ok(())
    }

    #[test]
    fn the_later_record_of_a_target_person_counts_and_people_are_found_by_key() -> Result<(), StateError> {
        let mut connection = database();
        snapshots::insert_target(&connection, "f", &target("gone", "A"))?;
        snapshots::insert_target(&connection, "g", &target("x", "other"))?;
        begin(&connection, Side::Target)?;
        add_target(&connection, &[target("x", "B"), target("a", "C"), target("x", "D")])?;
        finish(&mut connection, "f", Side::Target)?;
        snapshots::index_keys(&connection)?;
        let find = "SELECT flow || label FROM target_person INDEXED BY target_person_by_key
                    WHERE flow = ?1 AND keys ->> 0 = ?2";
        let found = |flow: &str, key: &str| {
            rusqlite::OptionalExtension::optional(
                connection.query_row(find, [flow, key], |row| row.get::<_, String>(0)),
            )
        };
        assert_eq!(found("f", "r-x")?.as_deref(), Some("fD"));
        assert_eq!(found("f", "r-a")?.as_deref(), Some("fC"));
        assert_eq!(found("f", "r-gone")?, None);
        assert_eq!(found("g", "r-x")?.as_deref(), Some("gother"));
        let durable: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
        let erased: i64 = connection.pragma_query_value(None, "secure_delete", |row| row.get(0))?;
        assert_eq!((durable, erased), (2, 1));
        Ok(())
    }
}
