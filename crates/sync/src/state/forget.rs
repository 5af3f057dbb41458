//! Erases a person from the state file. History keeps what was done, with a keyed hash in place of the ids.
//!
//! An id means the same person wherever the same system is a side of a flow: a person who came from one service, was
//! created in a second and linked to a third is found by any of the three ids. That takes the systems of the flows, since
//! two systems may use the same id for two people.
//!
//! What the person left with others (a manager's id, a name in the reason of a conflict) is erased as well. A plan that
//! was not applied yet and names the person is deleted as a whole: what remained of it was never approved.

mod columns;
mod terms;

use std::collections::BTreeSet;

use hmac::{Hmac, KeyInit, Mac};
use rusqlite::{Connection, OptionalExtension, ToSql, TransactionBehavior, params};
use serde_json::Value;
use sha2::Sha256;

use self::columns::{IDS, Ids, MENTIONS, Mentions};
use self::terms::Terms;
use crate::hex::hex;
use crate::state::error::StateError;
use crate::state::side_reads::Side;

/// The key in table `meta` of the key that ids are hashed with.
const KEY: &str = "forget_key";

/// What an id becomes starts with this.
const FORGOTTEN: &str = "forgotten:";

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
