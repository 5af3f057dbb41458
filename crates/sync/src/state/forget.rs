//! Erases a person from the state file. History keeps what was done, with a keyed hash in place of the ids.
//!
//! An id means the same person wherever the same system is a side of a flow: a person who came from one service, was
//! created in a second and linked to a third is found by any of the three ids. That takes the systems of the flows, since
//! two systems may use the same id for two people.
//!
//! What the person left with others (a manager's id, a name in the reason of a conflict) is erased as well. A plan that
//! was not applied yet and names the person is deleted as a whole: what remained of it was never approved.

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, ToSql, TransactionBehavior, params};
use serde_json::Value;
use sha2::Sha256;

use crate::hex::hex;
use crate::state::error::StateError;
use crate::state::side_reads::Side;

/// The key in table `meta` of the key that ids are hashed with.
const KEY: &str = "forget_key";

/// What an id becomes starts with this.
const FORGOTTEN: &str = "forgotten:";

/// Shorter texts are compared with whole values only: they would be found in too many others.
const SHORTEST_PART: usize = 6;

/// Whom to forget.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// An id of the person.
    pub id: String,
    /// The flow that knows the person by it; only necessary if the id means several people.
    pub flow: Option<String>,
    /// The side of that flow.
    pub side: Option<Side>,
}

/// Which systems a flow connects. The names are the caller's; equal names mean equal ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowSystems {
    /// The flow.
    pub flow: String,
    /// Where its records come from, such as `genesys` or the path of a file.
    pub source: String,
    /// Where they go, such as `sessions`.
    pub target: String,
}

/// How many rows were deleted or erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    /// Source people of the snapshots, deleted.
    pub source_people: usize,
    /// Target people of the snapshots, deleted.
    pub target_people: usize,
    /// Rows of the identity map, deleted. The person is no longer managed.
    pub identities: usize,
    /// Pairs of the last plan, deleted.
    pub pairings: usize,
    /// Plans that were not applied yet, deleted.
    pub plans: usize,
    /// Actions of applied plans, erased.
    pub actions: usize,
    /// Entries of the journal, erased.
    pub journal: usize,
    /// Rows of the ledger whose user was erased.
    pub ledger: usize,
    /// Values of the person in the rows of others and of runs, erased.
    pub mentions: usize,
}

/// An id, and the system that it belongs to.
type Node = (String, String);

/// A table that has ids of a side.
struct Ids {
    table: &'static str,
    column: &'static str,
    side: Side,
}

const IDS: &[Ids] = &[
    Ids { table: "source_person", column: "id", side: Side::Source },
    Ids { table: "target_person", column: "id", side: Side::Target },
    Ids { table: "identity", column: "source_id", side: Side::Source },
    Ids { table: "identity", column: "target_id", side: Side::Target },
    Ids { table: "pairing", column: "source_id", side: Side::Source },
    Ids { table: "pairing", column: "target_id", side: Side::Target },
    Ids { table: "action", column: "source_id", side: Side::Source },
    Ids { table: "action", column: "target_id", side: Side::Target },
    Ids { table: "journal", column: "source_id", side: Side::Source },
    Ids { table: "journal", column: "target_id", side: Side::Target },
    Ids { table: "ledger", column: "user_id", side: Side::Target },
];

/// Erases a person, in one transaction, and then rewrites the file, so that no byte of it stays in unused pages or in the
/// write-ahead log. The rewrite needs as much free space as the file has, and some time for a large one.
///
/// If the rewrite fails, the person is erased nevertheless, but bytes may remain: calling it again repeats the rewrite.
/// It cannot reach what is elsewhere: plan files, reports, backups, the services.
///
/// # Errors
/// [`StateError::OpenIntents`] while an effect for the person has no outcome, [`StateError::AmbiguousPerson`] if the id
/// means several people, [`StateError::Busy`] if another process reads the file, and those of SQLite.
pub fn forget(connection: &mut Connection, person: &Person, systems: &[FlowSystems]) -> Result<Forgotten, StateError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let flows = Flows::read(&transaction, systems)?;
    let nodes = flows.find(&transaction, person)?;
    let mut erasure = Erasure::prepare(&transaction, &flows, &nodes, person)?;
    erasure.refuse_open_intents()?;
    erasure.run()?;
    let forgotten = erasure.forgotten;
    // Rows of others may have lost values of the person: they are read and compared anew.
    transaction.execute_batch(
        "UPDATE source_person SET digest = NULL; UPDATE target_person SET digest = NULL;
         DELETE FROM settled_flow; DELETE FROM unsettled;",
    )?;
    transaction.commit()?;
    rewrite(connection)?;
    Ok(forgotten)
}

/// What replaces an id in the history after the person was forgotten. `None` if no one was forgotten yet.
pub(crate) fn hash_of(connection: &Connection, id: &str) -> Result<Option<String>, StateError> {
    Ok(stored_key(connection)?.map(|key| hash(&key, id)))
}

fn stored_key(connection: &Connection) -> Result<Option<Vec<u8>>, StateError> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    Ok(statement.query_row([KEY], |row| row.get(0)).optional()?)
}

/// The key, made at random when the first person is forgotten.
fn key(connection: &Connection) -> Result<Vec<u8>, StateError> {
    if let Some(key) = stored_key(connection)? {
        return Ok(key);
    }
    let mut key = vec![0; 32];
    getrandom::fill(&mut key).map_err(|_| StateError::NoRandomness)?;
    connection.execute("INSERT INTO meta (key, value) VALUES (?1, ?2)", params![KEY, key])?;
    Ok(key)
}

fn hash(key: &[u8], id: &str) -> String {
    // HMAC takes a key of any length.
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(id).finalize().into_bytes());
    FORGOTTEN.to_owned() + &hex(&mac.unwrap_or_default()[..16])
}

/// Deleted rows are overwritten (`secure_delete`), but copies of them may stay where SQLite moved rows within a page, so the
/// file is written anew, and the log, which has the pages of before, is cut.
fn rewrite(connection: &Connection) -> Result<(), StateError> {
    connection.execute_batch("VACUUM")?;
    let blocked: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if blocked == 0 { Ok(()) } else { Err(StateError::Busy { path: Default::default() }) }
}

/// The flows of the state file, with the system of each side. A flow that the sync file no longer has is a world of its own.
struct Flows(Vec<FlowSystems>);

impl Flows {
    fn read(connection: &Connection, systems: &[FlowSystems]) -> Result<Self, StateError> {
        let mut flows = systems.to_vec();
        let known: BTreeSet<&str> = systems.iter().map(|flow| flow.flow.as_str()).collect();
        let mut found = BTreeSet::new();
        for Ids { table, .. } in IDS {
            let mut statement = connection.prepare(&format!("SELECT DISTINCT flow FROM {table}"))?;
            for flow in statement.query_map([], |row| row.get::<_, String>(0))? {
                found.insert(flow?);
            }
        }
        for flow in found.into_iter().filter(|flow| !known.contains(flow.as_str())) {
            // A line break is in no name that a caller would give.
            let (source, target) = (format!("{flow}\nsource"), format!("{flow}\ntarget"));
            flows.push(FlowSystems { flow, source, target });
        }
        Ok(Self(flows))
    }

    /// Each side with its system.
    fn sides(&self) -> impl Iterator<Item = (&str, Side, &str)> {
        self.0.iter().flat_map(|FlowSystems { flow, source, target }| {
            [(flow.as_str(), Side::Source, source.as_str()), (flow.as_str(), Side::Target, target.as_str())]
        })
    }

    /// All ids of the person, each with its system.
    fn find(&self, connection: &Connection, person: &Person) -> Result<BTreeSet<Node>, StateError> {
        let mut starts: Vec<(&str, Side, Node)> = Vec::new();
        for (flow, side, system) in self.sides() {
            let wanted = person.flow.as_deref().is_none_or(|wanted| wanted == flow)
                && person.side.is_none_or(|wanted| wanted == side);
            if wanted && has(connection, flow, side, &person.id)? {
                starts.push((flow, side, (system.to_owned(), person.id.clone())));
            }
        }
        let Some((.., first)) = starts.first() else { return Ok(BTreeSet::new()) };
        let found = self.reach(connection, first.clone())?;
        if starts.iter().all(|(.., node)| found.contains(node)) {
            return Ok(found);
        }
        let found = starts.iter().map(|(flow, side, _)| format!("{} of flow `{flow}`", side.as_str())).collect();
        Err(StateError::AmbiguousPerson { found })
    }

    /// The ids that pairs lead to.
    fn reach(&self, connection: &Connection, start: Node) -> Result<BTreeSet<Node>, StateError> {
        let mut found = BTreeSet::from([start.clone()]);
        let mut next = vec![start];
        while let Some((system, id)) = next.pop() {
            for FlowSystems { flow, source, target } in &self.0 {
                for table in ["identity", "pairing"] {
                    for (own, other, own_system, other_system) in
                        [("source_id", "target_id", source, target), ("target_id", "source_id", target, source)]
                    {
                        if *own_system != system {
                            continue;
                        }
                        let sql = format!("SELECT {other} FROM {table} WHERE flow = ?1 AND {own} = ?2");
                        let partner: Option<String> =
                            connection.prepare_cached(&sql)?.query_row([flow, &id], |row| row.get(0)).optional()?;
                        if let Some(partner) = partner {
                            let node = (other_system.clone(), partner);
                            if found.insert(node.clone()) {
                                next.push(node);
                            }
                        }
                    }
                }
            }
        }
        Ok(found)
    }
}

fn has(connection: &Connection, flow: &str, side: Side, id: &str) -> Result<bool, StateError> {
    for Ids { table, column, .. } in IDS.iter().filter(|ids| ids.side == side) {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE flow = ?1 AND {column} = ?2)");
        if connection.prepare_cached(&sql)?.query_row([flow, id], |row| row.get(0))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What is done to a column of rows that are not the person's own.
enum Mentions {
    /// JSON: the values become `null`.
    Null,
    /// JSON: the members of the object go.
    Remove,
    /// A text becomes `null`.
    Text,
    /// A text that cannot be `null` is replaced.
    Required,
}

/// The columns that may hold a value of somebody else than the row's person: table, its key, column.
const MENTIONS: &[(&str, &str, &str, Mentions)] = &[
    ("source_person", "flow, id", "fields", Mentions::Null),
    ("source_person", "flow, id", "keys", Mentions::Null),
    ("source_person", "flow, id", "problem", Mentions::Text),
    ("target_person", "flow, id", "fields", Mentions::Null),
    ("target_person", "flow, id", "keys", Mentions::Null),
    ("target_person", "flow, id", "unwritable", Mentions::Text),
    ("identity", "flow, source_id", "applied", Mentions::Remove),
    ("action", "plan, seq", "changes", Mentions::Null),
    ("action", "plan, seq", "reason", Mentions::Required),
    ("journal", "id, flow", "request", Mentions::Null),
    ("journal", "id, flow", "reason", Mentions::Text),
    ("ledger", "flow, completion_id", "reason", Mentions::Text),
    ("ledger", "flow, completion_id", "row", Mentions::Null),
    ("ledger", "flow, completion_id", "completion", Mentions::Null),
    ("source_completion", "flow, id", "completion", Mentions::Null),
    ("run", "id, file_hash", "command", Mentions::Required),
    ("run", "id, file_hash", "summary", Mentions::Null),
    ("plan", "id, run", "summary", Mentions::Null),
    ("side_read", "run, flow", "incomplete", Mentions::Text),
];

struct Erasure<'a> {
    connection: &'a Connection,
    /// The person's ids where they are: flow, side, id.
    places: Vec<(String, Side, String)>,
    terms: Terms,
    key: Vec<u8>,
    forgotten: Forgotten,
}

impl<'a> Erasure<'a> {
    fn prepare(
        connection: &'a Connection,
        flows: &Flows,
        nodes: &BTreeSet<Node>,
        person: &Person,
    ) -> Result<Self, StateError> {
        let mut places = Vec::new();
        for (flow, side, system) in flows.sides() {
            let ids = nodes.iter().filter(|(of, _)| of == system).map(|(_, id)| (flow.to_owned(), side, id.clone()));
            places.extend(ids);
        }
        let mut terms = Terms::default();
        terms.add_id(&person.id);
        nodes.iter().for_each(|(_, id)| terms.add_id(id));
        let mut erasure = Self { connection, places, terms, key: key(connection)?, forgotten: Forgotten::default() };
        erasure.learn()?;
        Ok(erasure)
    }

    /// Collects names and e-mail addresses, by which others may mention the person.
    fn learn(&mut self) -> Result<(), StateError> {
        const COLUMNS: &[(&str, &str, Side, &str)] = &[
            ("source_person", "id", Side::Source, "label, fields, keys"),
            ("target_person", "id", Side::Target, "label, fields, keys"),
            ("identity", "source_id", Side::Source, "NULL, applied, NULL"),
            ("action", "source_id", Side::Source, "label, changes, NULL"),
            ("action", "target_id", Side::Target, "label, changes, NULL"),
            ("journal", "source_id", Side::Source, "NULL, request, NULL"),
            ("journal", "target_id", Side::Target, "NULL, request, NULL"),
        ];
        for (flow, side, id) in &self.places {
            for (table, column, _, texts) in COLUMNS.iter().filter(|(_, _, of, _)| of == side) {
                let sql = format!("SELECT {texts} FROM {table} WHERE flow = ?1 AND {column} = ?2");
                let mut statement = self.connection.prepare_cached(&sql)?;
                let mut rows = statement.query([flow, id])?;
                while let Some(row) = rows.next()? {
                    if let Some(label) = row.get::<_, Option<String>>(0)? {
                        self.terms.add_name(&label);
                    }
                    for column in [1, 2] {
                        let json: Option<String> = row.get(column)?;
                        if let Some(value) = json.and_then(|json| serde_json::from_str(&json).ok()) {
                            self.terms.add_addresses(&value);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn refuse_open_intents(&self) -> Result<(), StateError> {
        let mut open = BTreeSet::new();
        let mut statement = self
            .connection
            .prepare("SELECT id, flow, source_id, target_id, request FROM journal WHERE outcome IS NULL")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, flow): (i64, String) = (row.get(0)?, row.get(1)?);
            let ids: [(Side, Option<String>); 2] = [(Side::Source, row.get(2)?), (Side::Target, row.get(3)?)];
            let own = ids.iter().any(|(side, id)| {
                let id = id.as_deref();
                self.places.iter().any(|(of, place, own)| *of == flow && place == side && Some(own.as_str()) == id)
            });
            let request: Option<String> = row.get(4)?;
            if own || request.is_some_and(|request| self.terms.may_be_in(&request) && self.terms.are_in_json(&request))
            {
                open.insert(id);
            }
        }
        match open.len() {
            0 => Ok(()),
            count => Err(StateError::OpenIntents { count: count as u64 }),
        }
    }

    fn run(&mut self) -> Result<(), StateError> {
        self.delete_plans()?;
        for (flow, side, id) in std::mem::take(&mut self.places) {
            let connection = self.connection;
            let change = |sql: &str| -> Result<usize, StateError> {
                Ok(connection.prepare_cached(sql)?.execute(params![flow, id])?)
            };
            let forgotten = &mut self.forgotten;
            let column = match side {
                Side::Source => {
                    forgotten.source_people += change("DELETE FROM source_person WHERE flow = ?1 AND id = ?2")?;
                    "source_id"
                }
                Side::Target => {
                    forgotten.target_people += change("DELETE FROM target_person WHERE flow = ?1 AND id = ?2")?;
                    // The hash of a row with few unknown values could be found by trying.
                    forgotten.ledger += change(
                        "UPDATE ledger SET user_id = NULL, row_hash = NULL, row = NULL, completion = NULL,
                             reason = NULL
                         WHERE flow = ?1 AND user_id = ?2",
                    )?;
                    "target_id"
                }
            };
            let matching = format!("WHERE flow = ?1 AND {column} = ?2");
            forgotten.identities += change(&format!("DELETE FROM identity {matching}"))?;
            forgotten.pairings += change(&format!("DELETE FROM pairing {matching}"))?;
            forgotten.actions +=
                change(&format!("UPDATE action SET label = NULL, changes = '[]', reason = '(forgotten)' {matching}"))?;
            hash_ids(connection, &self.key, "action", "plan, seq", &matching, &flow, &id)?;
            forgotten.journal += change(&format!("UPDATE journal SET request = NULL, reason = NULL {matching}"))?;
            hash_ids(connection, &self.key, "journal", "id, run", &matching, &flow, &id)?;
        }
        for (table, key, column, mentions) in MENTIONS {
            self.forgotten.mentions += self.erase_mentions(table, key, column, mentions)?;
        }
        self.forget_samples()
    }

    /// Deletes the plans that were not applied and name the person.
    fn delete_plans(&mut self) -> Result<(), StateError> {
        let mut plans = BTreeSet::new();
        let mut statement = self.connection.prepare(
            "SELECT plan, flow, source_id, target_id, changes, reason FROM action
             WHERE plan IN (SELECT id FROM plan WHERE applied_at IS NULL)",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let plan: i64 = row.get(0)?;
            if plans.contains(&plan) {
                continue;
            }
            let flow: String = row.get(1)?;
            let ids: [(Side, Option<String>); 2] = [(Side::Source, row.get(2)?), (Side::Target, row.get(3)?)];
            let own = ids.iter().any(|(side, id)| {
                self.places.iter().any(|(of, place, own)| *of == flow && place == side && Some(own) == id.as_ref())
            });
            let (changes, reason): (String, String) = (row.get(4)?, row.get(5)?);
            if own
                || (self.terms.may_be_in(&changes) && self.terms.are_in_json(&changes))
                || self.terms.are_in_text(&reason)
            {
                plans.insert(plan);
            }
        }
        for plan in plans {
            self.forgotten.plans += self.connection.execute("DELETE FROM plan WHERE id = ?1", [plan])?;
        }
        Ok(())
    }

    fn erase_mentions(&self, table: &str, key: &str, column: &str, mentions: &Mentions) -> Result<usize, StateError> {
        let mut erased = 0;
        let sql = format!("SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL");
        let (first, second) = key.split_once(", ").unwrap_or((key, key));
        let update = format!("UPDATE {table} SET {column} = ?3 WHERE {first} = ?1 AND {second} = ?2 AND {column} = ?4");
        let mut statement = self.connection.prepare(&sql)?;
        let mut update = self.connection.prepare(&update)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let text = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
            if !self.terms.may_be_in(text) {
                continue;
            }
            let new = match mentions {
                Mentions::Text | Mentions::Required if !self.terms.are_in_text(text) => continue,
                Mentions::Text => None,
                Mentions::Required => Some("(forgotten)".to_owned()),
                Mentions::Null | Mentions::Remove => {
                    // JSON that cannot be read cannot be cleared in part.
                    let mut value = serde_json::from_str(text).unwrap_or(Value::Null);
                    if !self.terms.clear(&mut value, matches!(mentions, Mentions::Remove)) {
                        continue;
                    }
                    Some(value.to_string())
                }
            };
            let key: [rusqlite::types::Value; 2] = [row.get(0)?, row.get(1)?];
            let values: [&dyn ToSql; 4] = [&key[0], &key[1], &new, &text];
            erased += update.execute(values)?;
        }
        Ok(erased)
    }

    /// `ANALYZE` keeps samples of keys, ids among them.
    fn forget_samples(&self) -> Result<(), StateError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_stat4')";
        if self.connection.query_row(sql, [], |row| row.get(0))? {
            self.connection.execute("DELETE FROM sqlite_stat4", [])?;
        }
        Ok(())
    }
}

/// Puts hashes in place of both ids of the rows that one id leads to. Both are of the person, also if who is who was decided
/// anew since then.
fn hash_ids(
    connection: &Connection,
    key: &[u8],
    table: &str,
    primary_key: &str,
    matching: &str,
    flow: &str,
    id: &str,
) -> Result<(), StateError> {
    let (first, second) = primary_key.split_once(", ").unwrap_or((primary_key, primary_key));
    let mut select =
        connection.prepare_cached(&format!("SELECT {primary_key}, source_id, target_id FROM {table} {matching}"))?;
    let found = select
        .query_map([flow, id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<Vec<(i64, i64, Option<String>, Option<String>)>, _>>()?;
    let mut update = connection.prepare_cached(&format!(
        "UPDATE {table} SET source_id = ?3, target_id = ?4 WHERE {first} = ?1 AND {second} = ?2"
    ))?;
    let hashed = |id: Option<String>| id.map(|id| if id.starts_with(FORGOTTEN) { id } else { hash(key, &id) });
    for (first, second, source, target) in found {
        update.execute(params![first, second, hashed(source), hashed(target)])?;
    }
    Ok(())
}

/// Texts that identify the person, in lower case.
#[derive(Default)]
struct Terms {
    /// Ids and e-mail addresses, which are looked for in texts and in JSON.
    ids: BTreeSet<String>,
    /// Names, which are looked for in texts only: others may have the same name.
    names: BTreeSet<String>,
}

impl Terms {
    fn add_id(&mut self, id: &str) {
        if !id.is_empty() {
            self.ids.insert(id.to_lowercase());
        }
    }

    fn add_name(&mut self, name: &str) {
        if name.chars().count() >= SHORTEST_PART {
            self.names.insert(name.to_lowercase());
        }
    }

    fn add_addresses(&mut self, value: &Value) {
        match value {
            Value::String(text) if text.contains('@') => self.add_id(text),
            Value::Array(values) => values.iter().for_each(|value| self.add_addresses(value)),
            Value::Object(members) => members.values().for_each(|value| self.add_addresses(value)),
            _ => {}
        }
    }

    /// Whether a closer look is worth it: a text, or JSON, where a term may be written with escapes.
    fn may_be_in(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.ids.union(&self.names).any(|term| {
            text.contains(term.as_str()) || {
                let escaped = Value::from(term.as_str()).to_string();
                text.contains(&escaped[1..escaped.len() - 1])
            }
        })
    }

    /// Whether a sentence has a term as a word of its own.
    fn are_in_text(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        self.ids.union(&self.names).any(|term| has_word(&text, term))
    }

    fn are_in_json(&self, json: &str) -> bool {
        serde_json::from_str(json).is_ok_and(|mut value| self.clear(&mut value, false))
    }

    /// Whether a value is a term, or a text with one that is long enough not to be there by chance.
    fn is(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => {
                let text = text.to_lowercase();
                let long = |term: &&String| term.chars().count() >= SHORTEST_PART;
                self.ids.contains(&text) || self.ids.iter().filter(long).any(|term| has_word(&text, term))
            }
            Value::Number(number) => self.ids.contains(&number.to_string()),
            _ => false,
        }
    }

    /// Takes the person's values out, and returns whether there was one. Arrays keep their length.
    fn clear(&self, value: &mut Value, remove: bool) -> bool {
        match value {
            Value::Array(values) => values.iter_mut().fold(false, |cleared, value| self.clear(value, remove) | cleared),
            Value::Object(members) => {
                let before = members.len();
                if remove {
                    members.retain(|_, value| !self.is(value));
                }
                let removed = members.len() < before;
                members.values_mut().fold(removed, |cleared, value| self.clear(value, remove) | cleared)
            }
            value if self.is(value) => {
                *value = Value::Null;
                true
            }
            _ => false,
        }
    }
}

/// Whether a text has a word that is not a part of a longer id, address or name.
fn has_word(text: &str, word: &str) -> bool {
    let joins = |letter: char| letter.is_alphanumeric() || "-_@+".contains(letter);
    text.match_indices(word).any(|(start, found)| {
        let mut before = text[..start].chars().rev();
        let mut after = text[start + found.len()..].chars();
        // A dot joins, too, unless it ends the sentence.
        let goes_on = |next: Option<char>, beyond: Option<char>| match next {
            Some('.') => beyond.is_some_and(joins),
            next => next.is_some_and(joins),
        };
        !goes_on(before.next(), before.next()) && !goes_on(after.next(), after.next())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_not_found_in_a_longer_one() {
        for text in ["user-1", "is user-1.", "(user-1)", "user-1, user-12", "the ids user-12 and user-1"] {
            assert!(has_word(text, "user-1"), "{text}");
        }
        for text in ["user-12", "my-user-1", "user-1@example.com", "user-1.example", "x.user-1", "äuser-1"] {
            assert!(!has_word(text, "user-1"), "{text}");
        }
    }

    #[test]
    fn values_of_the_person_are_cleared_and_those_that_only_look_like_them_stay() {
        let mut terms = Terms::default();
        terms.add_id("Session-1");
        terms.add_id("17");
        terms.add_addresses(&serde_json::json!([{ "email": "Jo@Example.com" }, "no address"]));
        terms.add_name("Jo Somebody");
        let stay = serde_json::json!({ "id": "session-12", "room": "Room 17", "name": "Jo Somebody", "level": 170 });
        let mut value = stay.clone();
        assert!(!terms.clear(&mut value, false));
        assert_eq!(value, stay);
        let mut value =
            serde_json::json!({ "a": "SESSION-1", "b": [17, "by jo@example.com"], "c": { "d": "17" }, "e": 1 });
        let mut without = value.clone();
        assert!(terms.clear(&mut value, false));
        assert_eq!(value, serde_json::json!({ "a": null, "b": [null, null], "c": { "d": null }, "e": 1 }));
        assert!(terms.clear(&mut without, true));
        assert_eq!(without, serde_json::json!({ "b": [null, null], "c": {}, "e": 1 }));
    }
}
