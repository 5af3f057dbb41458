//! A snapshot while it is read. Whoever is as in the last snapshot, as a digest of the record or of the row tells, is not written
//! again. All others are in a temporary table, in the order in which they come, until the end: then they take the place of those who
//! changed or are gone, all at once.
//!
//! They are sorted by id first. To add them in any other order would change every page of the snapshot again and again.
//!
//! Of the last snapshot, 20 bytes for each person are in memory while a side is read.

use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, TransactionBehavior, params, params_from_iter};
use sha2::{Digest as _, Sha256};

use crate::hex::{add_text, half};
use crate::state::digests::Digests;
use crate::state::error::StateError;
use crate::state::side_reads::Side;
use crate::state::snapshots::{REPEATED_SOURCE, SourcePerson, TargetPerson, clear, outline, relaxed, table};
use crate::state::unsettled;
use crate::state::value::Json;

/// A snapshot that is being read.
pub(crate) struct Staged {
    side: Side,
    /// The digests of the last snapshot.
    last: Digests,
    /// For each of them, the number of the record that is the same, from 1; 0 as long as there is none.
    found: Vec<u32>,
    /// How many rows of the last snapshot have no digest.
    without_digest: u64,
    /// How many records there were so far, and how many of them are in the temporary table.
    records: u32,
    staged: u64,
}

/// The temporary table of a side: `id`, the [`columns`], `number`, `digest`.
fn staged(side: Side) -> &'static str {
    match side {
        Side::Source => "staged_source",
        Side::Target => "staged_target",
    }
}

/// What a snapshot has of a person beside the id and the position.
fn columns(side: Side) -> &'static str {
    match side {
        Side::Source => "label, status, problem, protected, fields, keys",
        Side::Target => "label, status, version, unwritable, protected, fields, keys",
    }
}

/// Begins a snapshot. What is left of one that did not come to its end is dropped.
///
/// # Errors
/// Those of SQLite.
pub(crate) fn begin(connection: &Connection, flow: &str, side: Side) -> Result<Staged, StateError> {
    // The snapshot has the types.
    let (name, columns) = (self::staged(side), columns(side));
    connection.execute_batch(&format!(
        "DROP TABLE IF EXISTS temp.{name}; CREATE TEMP TABLE {name} (id, {columns}, number, digest)"
    ))?;
    let (mut last, mut without_digest) = (Vec::new(), 0);
    let mut digests = connection.prepare(&format!("SELECT digest FROM {} WHERE flow = ?1", outline(side)))?;
    let mut digests = digests.query([flow])?;
    while let Some(row) = digests.next()? {
        match row.get::<_, Option<[u8; 16]>>(0)? {
            Some(digest) => last.push(u128::from_be_bytes(digest)),
            None => without_digest += 1,
        }
    }
    let found = vec![0; last.len()];
    Ok(Staged { side, last: Digests::new(last), found, without_digest, records: 0, staged: 0 })
}

impl Staged {
    /// The position of the next record, from 1.
    pub(crate) fn position(&self) -> u64 {
        u64::from(self.records) + 1
    }

    /// Whether the last snapshot has the record with this digest. It is counted then, and there is nothing to add.
    pub(crate) fn has(&mut self, digest: Option<u128>) -> bool {
        let is_found = digest.is_some_and(|digest| self.is_found(digest));
        self.records = self.records.saturating_add(u32::from(is_found));
        is_found
    }

    /// Adds a source person, with the digest of the record, or that of the row if it has none.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(crate) fn add_source(
        &mut self,
        connection: &Connection,
        person: &SourcePerson,
        record: Option<u128>,
    ) -> Result<(), StateError> {
        let (fields, keys) = (Json(&person.fields).text()?, Json(&person.keys).text()?);
        let row = [
            Some(person.id.as_str()),
            person.label.as_deref(),
            Some(person.status.as_str()),
            person.problem.as_deref(),
            person.protected.as_deref(),
            Some(fields.as_str()),
            Some(keys.as_str()),
        ];
        self.add(connection, "INSERT INTO staged_source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", &row, record)
    }

    /// Adds a target person, with the digest of the record, or that of the row if it has none.
    ///
    /// # Errors
    /// Those of SQLite.
    pub(crate) fn add_target(
        &mut self,
        connection: &Connection,
        person: &TargetPerson,
        record: Option<u128>,
    ) -> Result<(), StateError> {
        let (fields, keys) = (Json(&person.fields).text()?, Json(&person.keys).text()?);
        let version = person.version.map(|version| version.to_string());
        let row = [
            Some(person.id.as_str()),
            person.label.as_deref(),
            Some(person.status.as_str()),
            version.as_deref(),
            person.unwritable.as_deref(),
            person.protected.as_deref(),
            Some(fields.as_str()),
            Some(keys.as_str()),
        ];
        self.add(connection, "INSERT INTO staged_target VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", &row, record)
    }

    /// Adds the id and the [`columns`] of a person, unless the last snapshot has them.
    fn add(
        &mut self,
        connection: &Connection,
        insert: &'static str,
        row: &[Option<&str>],
        record: Option<u128>,
    ) -> Result<(), StateError> {
        let digest = record.unwrap_or_else(|| digest(row));
        // That the last snapshot does not have the record is known.
        let is_found = record.is_none() && self.is_found(digest);
        self.records = self.records.saturating_add(1);
        if !is_found {
            self.staged += 1;
            let (number, digest) = (self.records, digest.to_be_bytes());
            let end: [&dyn ToSql; 2] = [&number, &digest];
            let values = params_from_iter(row.iter().map(|text| text as &dyn ToSql).chain(end));
            connection.prepare_cached(insert)?.execute(values)?;
        }
        Ok(())
    }

    /// Whether the last snapshot has what will be the next record.
    fn is_found(&mut self, digest: u128) -> bool {
        let number = self.records.saturating_add(1);
        let found = self.last.position(digest).and_then(|at| self.found.get_mut(at));
        match (found, self.side) {
            (None, _) => false,
            // The first record of a source person is the one that stays, and the second makes it a duplicate.
            (Some(found), Side::Source) if *found > 0 => false,
            (Some(found), _) => {
                *found = number;
                true
            }
        }
    }

    /// The number of the record that is the same as a row of the last snapshot; 0 if there is none.
    fn found(&self, digest: [u8; 16]) -> u32 {
        let at = self.last.position(u128::from_be_bytes(digest));
        at.and_then(|at| self.found.get(at)).copied().unwrap_or_default()
    }

    /// Puts the people in the place of the last snapshot of the side, as [`insert_source`](super::snapshots::insert_source) and
    /// [`insert_target`](super::snapshots::insert_target) would add them. Of people who are as they were, the position in the source
    /// stays as it was, too.
    ///
    /// # Errors
    /// Those of SQLite, after which the last snapshot is there still.
    pub(crate) fn finish(&self, connection: &mut Connection, flow: &str) -> Result<(), StateError> {
        relaxed(connection, |connection| {
            let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            let kept = self.found.iter().filter(|number| **number > 0).count() as u64;
            let changed = self.staged + (self.last.len() as u64 - kept) + self.without_digest;
            if unsettled::are_many(changed, u64::from(self.records)) {
                unsettled::give_up(&transaction, flow)?;
                if self.side == Side::Target {
                    transaction.execute_batch("DROP INDEX IF EXISTS target_person_by_key")?;
                }
            }
            match kept {
                0 => clear(&transaction, flow, self.side)?,
                _ => self.remove_changed(&transaction, flow, self.last.len() as u64 - kept)?,
            }
            let (staged, columns) = (staged(self.side), columns(self.side));
            let fill = match self.side {
                Side::Source => format!(
                    "INSERT INTO source_person (flow, id, {columns}, digest, ordinal)
                     SELECT ?1, id, {columns}, digest, number FROM {staged} WHERE TRUE ORDER BY id, number {REPEATED_SOURCE}"
                ),
                Side::Target => format!(
                    "INSERT OR REPLACE INTO target_person (flow, id, {columns}, digest)
                     SELECT ?1, id, {columns}, digest FROM {staged} ORDER BY id, number"
                ),
            };
            transaction.execute(&fill, [flow])?;
            unsettled::note(&transaction, flow, self.side, staged)?;
            transaction.execute_batch(&format!("DROP TABLE {staged}"))?;
            Ok(transaction.commit()?)
        })
    }

    /// Deletes the rows of the last snapshot of people who have others now, and of those who are gone. `others` rows have a digest
    /// that no record has.
    fn remove_changed(&self, connection: &Connection, flow: &str, mut others: u64) -> Result<(), StateError> {
        let (table, staged, columns) = (table(self.side), staged(self.side), columns(self.side));
        let mut without_digest = self.without_digest;
        let mut find = connection.prepare(&format!("SELECT digest FROM {table} WHERE flow = ?1 AND id = ?2"))?;
        let mut delete = connection.prepare(&format!("DELETE FROM {table} WHERE flow = ?1 AND id = ?2"))?;
        let mut also_as_before = Vec::new();
        let mut people = connection.prepare(&format!("SELECT DISTINCT id FROM {staged} ORDER BY id"))?;
        let mut people = people.query([])?;
        while let Some(row) = people.next()? {
            let id: String = row.get(0)?;
            let Some(digest) = find.query_row(params![flow, id], |row| row.get(0)).optional()? else { continue };
            match digest {
                Some(digest) if self.found(digest) > 0 => also_as_before.push((id, self.found(digest))),
                Some(_) => others = others.saturating_sub(delete.execute(params![flow, id])? as u64),
                None => without_digest = without_digest.saturating_sub(delete.execute(params![flow, id])? as u64),
            }
        }
        // Of several records of one person, the order decides.
        for (id, number) in also_as_before {
            connection.execute(
                &format!(
                    "INSERT INTO {staged} SELECT id, {columns}, ?3, digest FROM {table} WHERE flow = ?1 AND id = ?2"
                ),
                params![flow, id, number],
            )?;
            delete.execute(params![flow, id])?;
        }
        match others > 0 || without_digest > 0 {
            true => self.remove_gone(connection, flow),
            false => Ok(()),
        }
    }

    fn remove_gone(&self, connection: &Connection, flow: &str) -> Result<(), StateError> {
        let table = table(self.side);
        connection.execute_batch("CREATE TEMP TABLE gone (id TEXT NOT NULL)")?;
        {
            let mut note = connection.prepare("INSERT INTO gone VALUES (?1)")?;
            let mut rows =
                connection.prepare(&format!("SELECT id, digest FROM {} WHERE flow = ?1", outline(self.side)))?;
            let mut rows = rows.query([flow])?;
            while let Some(row) = rows.next()? {
                let digest: Option<[u8; 16]> = row.get(1)?;
                if digest.is_none_or(|digest| self.found(digest) == 0) {
                    note.execute([row.get::<_, String>(0)?])?;
                }
            }
        }
        let delete = format!("DELETE FROM {table} WHERE flow = ?1 AND id IN (SELECT id FROM gone)");
        connection.execute(&delete, [flow])?;
        unsettled::note(connection, flow, self.side, "gone")?;
        Ok(connection.execute_batch("DROP TABLE gone")?)
    }
}

/// What tells a row from all others.
fn digest(texts: &[Option<&str>]) -> u128 {
    let mut hash = Sha256::new();
    texts.iter().for_each(|text| add_text(&mut hash, *text));
    half(hash)
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

    fn read_source(connection: &mut Connection, people: &[SourcePerson]) -> Result<u64, StateError> {
        let mut staged = begin(connection, "f", Side::Source)?;
        people.iter().try_for_each(|person| staged.add_source(connection, person, None))?;
        staged.finish(connection, "f")?;
        Ok(staged.staged)
    }

    fn read_target(connection: &mut Connection, people: &[TargetPerson]) -> Result<u64, StateError> {
        let mut staged = begin(connection, "f", Side::Target)?;
        people.iter().try_for_each(|person| staged.add_target(connection, person, None))?;
        staged.finish(connection, "f")?;
        Ok(staged.staged)
    }

    fn unsettled_people(connection: &Connection) -> Result<Vec<String>, StateError> {
        let mut ids = connection.prepare("SELECT id FROM unsettled WHERE flow = 'f' ORDER BY side, id")?;
        let ids = ids.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<Result<_, _>>()?)
    }

    /// What is noted of a read after everybody was settled.
    fn noted(connection: &Connection) -> Result<Vec<String>, StateError> {
        let found = unsettled_people(connection)?;
        connection.execute_batch("DELETE FROM unsettled; INSERT OR IGNORE INTO settled_flow VALUES ('f')")?;
        Ok(found)
    }

    #[test]
    fn only_source_people_who_changed_are_written_and_noted() -> Result<(), StateError> {
        let mut connection = database();
        // A read, in which a capital letter is another record of the person; how many are staged; who is noted.
        for (read, staged, expected) in [
            ("abcd", 4, &[][..]),
            ("abcd", 0, &[]),
            ("aBcd", 1, &["b"]),
            ("dcBa", 0, &[]),
            ("dce", 1, &["a", "b", "e"]),
            // The same record twice, which is read as such each time; then once.
            ("dcde", 1, &["d"]),
            ("dcde", 2, &["d"]),
            ("ced", 1, &["d"]),
            // Two records of a person, the first or the second as before.
            ("edcC", 1, &["c"]),
            ("edc", 1, &["c"]),
            ("eCdc", 1, &["c"]),
            ("x", 1, &[]),
        ] {
            let people: Vec<SourcePerson> = (1..)
                .zip(read.chars())
                .map(|(ordinal, letter)| SourcePerson {
                    ordinal,
                    label: Some(letter.to_string()),
                    ..source(&letter.to_lowercase().to_string(), 1)
                })
                .collect();
            assert_eq!(read_source(&mut connection, &people)?, staged, "{read}");
            let alone = database();
            people.iter().try_for_each(|person| snapshots::insert_source(&alone, "f", person))?;
            let found = |connection: &Connection| -> Vec<SourcePerson> {
                sources(connection, "f").into_iter().map(|person| SourcePerson { ordinal: 0, ..person }).collect()
            };
            assert_eq!(found(&connection), found(&alone), "{read}");
            assert_eq!(noted(&connection)?, expected, "{read}");
        }
        Ok(())
    }

    #[test]
    fn a_duplicate_names_the_records_of_this_read_also_if_the_first_is_as_before() -> Result<(), StateError> {
        let mut connection = database();
        let again = SourcePerson { ordinal: 3, ..source("a", 1) };
        let other = SourcePerson { label: Some("other".to_owned()), ..source("a", 4) };
        read_source(&mut connection, &[source("a", 1), source("b", 2)])?;
        read_source(&mut connection, &[source("b", 1), source("b2", 2), again, other])?;
        let problem = snapshots::source(&connection, "f", "a")?.and_then(|person| person.problem);
        assert_eq!(problem.as_deref(), Some("the same id in records 3 and 4 of the source"));
        Ok(())
    }

    #[test]
    fn only_target_people_who_changed_are_written_and_noted_and_the_last_record_counts() -> Result<(), StateError> {
        let mut connection = database();
        let (a, b, c, x) = (target("a", "A"), target("b", "B"), target("c", "C"), target("c", "X"));
        for (read, staged, label, expected) in [
            ([a.clone(), b.clone(), c.clone()], 3, "C", &[][..]),
            ([c.clone(), b.clone(), a.clone()], 0, "C", &[]),
            ([a.clone(), b.clone(), x.clone()], 1, "X", &["c"]),
            ([a.clone(), x.clone(), c.clone()], 1, "C", &["b", "c"]),
            ([a.clone(), x.clone(), c.clone()], 1, "C", &["c"]),
            ([a.clone(), c.clone(), x.clone()], 1, "X", &["c"]),
        ] {
            assert_eq!(read_target(&mut connection, &read)?, staged, "{read:?}");
            let found = snapshots::target(&connection, "f", "c")?.and_then(|person| person.label);
            assert_eq!(found.as_deref(), Some(label), "{read:?}");
            assert_eq!(noted(&connection)?, expected, "{read:?}");
        }
        // A row that was added alone has no digest: it is written again, or goes.
        snapshots::insert_target(&connection, "f", &target("late", "L"))?;
        snapshots::insert_target(&connection, "f", &target("b", "B"))?;
        assert_eq!(noted(&connection)?, ["b", "late"]);
        assert_eq!(read_target(&mut connection, &[a, x, b])?, 1);
        assert_eq!(noted(&connection)?, ["b", "late"]);
        assert_eq!(snapshots::target(&connection, "f", "late")?, None);
        Ok(())
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
            begin(&connection, "f", Side::Source)?.add_source(&connection, &source("z", 1), None)?;
            read_source(&mut connection, &read)?;
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
        read_target(&mut connection, &[target("x", "B"), target("a", "C"), target("x", "D")])?;
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
