//! Compares completions with the ledger: each one becomes an action, or is unchanged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono_tz::Tz;
use rosterkit_core::chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};
use session_clusters::types::Completion;

use super::row::{self, session};
use super::staging::{self, Staged, WITHOUT_ID};
use super::users::{Owner, Owners};
use super::window::Window;
use super::{COLUMNS, row_hash, training_row};
use crate::expression::{Data, Expression};
use crate::plan::{Action, ActionKind, Change, FlowSummary};
use crate::span::Span;
use crate::state::ledger::{LedgerRow, LedgerStatus};
use crate::state::{Number, StateError, ledger, plans};

/// How many completions are read from the state file at once.
const CHUNK: u32 = 1_000;

/// What is compared.
pub(super) struct Comparison {
    pub(super) flow: Arc<str>,
    pub(super) run: i64,
    pub(super) plan: i64,
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Tz,
    /// Sessions that end later than this are not carried yet.
    pub(super) settled_before: DateTime<Utc>,
    pub(super) scope: Option<Expression>,
    pub(super) owners: Owners,
    pub(super) window: Window,
    pub(super) withdraws: bool,
    /// Why the window was not read completely.
    pub(super) incomplete: Vec<String>,
    /// Only the completions of this person, or this one.
    pub(super) only: Option<String>,
}

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) counts: BTreeMap<ActionKind, u64>,
    pub(super) held: BTreeMap<ActionKind, u64>,
    /// The completions whose sessions have not ended long enough ago.
    early: u64,
    /// The age of the oldest completion without an LMS user, in days.
    oldest_unresolved: Option<i64>,
}

impl Counted {
    /// What the reader of the plan should know.
    pub(super) fn notes(&self, settle: Span) -> Vec<String> {
        let mut notes = Vec::new();
        if self.early > 0 {
            notes.push(format!(
                "completions of sessions that have not ended {settle} ago, carried later: {}",
                self.early
            ));
        }
        let unresolved = self.counts.get(&ActionKind::Unresolved).copied().unwrap_or_default();
        if let Some(days) = self.oldest_unresolved.filter(|_| unresolved > 0) {
            notes.push(format!("completions without an LMS user: {unresolved}, the oldest for {}", in_days(days)));
        }
        notes
    }
}

/// An action, and the ids by which somebody may ask for it.
struct Decision {
    action: Action,
    ids: BTreeSet<String>,
}

/// Writes actions in order, and counts them.
struct Writer<'a> {
    connection: &'a Connection,
    seq: u64,
    counting: FlowSummary,
    counted: Counted,
}

impl Comparison {
    /// Writes the actions of the plan, and keeps completions without an LMS user in the ledger.
    pub(super) fn run(&self, connection: &Connection) -> Result<Counted, StateError> {
        let seq = connection
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM action WHERE plan = ?1")?
            .query_row([self.plan], |row| row.get::<_, Number>(0))?;
        let (counting, counted) = (FlowSummary::default(), Counted::default());
        let mut writer = Writer { connection, seq: seq.0, counting, counted };
        self.listed(&mut writer)?;
        self.open(&mut writer)?;
        if self.withdraws {
            self.missing(&mut writer)?;
        }
        connection
            .prepare_cached(
                "UPDATE ledger SET seen_run = ?1, session_date = coalesce(s.session_start, session_date)
                 FROM source_completion s
                 WHERE ledger.flow = ?2 AND s.flow = ledger.flow AND s.id = ledger.completion_id AND s.plan = ?3",
            )?
            .execute(params![self.run, &*self.flow, self.plan])?;
        let Writer { counting, mut counted, .. } = writer;
        (counted.counts, counted.held) = (counting.counts, counting.held);
        Ok(counted)
    }

    /// The completions of the window.
    fn listed(&self, writer: &mut Writer<'_>) -> Result<(), StateError> {
        let mut after = String::new();
        loop {
            let chunk = staging::next(writer.connection, &self.flow, self.plan, &after, CHUNK)?;
            let Some(last) = chunk.last() else { return Ok(()) };
            after.clone_from(&last.id);
            for staged in &chunk {
                let decision = self.decide(writer, staged)?;
                self.write(writer, decision)?;
            }
        }
    }

    /// The completions of the ledger that the LMS does not have as they are, and that the window lacks.
    fn open(&self, writer: &mut Writer<'_>) -> Result<(), StateError> {
        let mut after = String::new();
        loop {
            let ids: Vec<String> = writer
                .connection
                .prepare_cached(
                    "SELECT completion_id FROM ledger l
                     WHERE flow = ?1 AND status IN ('unresolved', 'unknown', 'rejected', 'not_sent') AND completion_id > ?2
                     AND NOT EXISTS (SELECT 1 FROM source_completion s
                                     WHERE s.flow = l.flow AND s.id = l.completion_id AND s.plan = ?3)
                     ORDER BY completion_id LIMIT ?4",
                )?
                .query_map(params![&*self.flow, after, self.plan, CHUNK], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let Some(last) = ids.last() else { return Ok(()) };
            after.clone_from(last);
            for id in &ids {
                if let Some(record) = ledger::get(writer.connection, &self.flow, id)? {
                    let decision = self.decide_open(writer, record)?;
                    self.write(writer, decision)?;
                }
            }
        }
    }

    fn decide_open(&self, writer: &mut Writer<'_>, record: LedgerRow) -> Result<Option<Decision>, StateError> {
        let start = record.session_date.as_deref().and_then(|start| start.parse::<DateTime<Utc>>().ok());
        let is_gone = self.incomplete.is_empty() && start.is_some_and(|start| self.window.contains(start));
        let is_unknown = record.status == LedgerStatus::Unknown;
        if is_gone && !is_unknown {
            // A record that the LMS has is withdrawn, if that is wanted. Nothing else is left to do.
            if record.row_hash.is_none() {
                ledger::delete(writer.connection, &self.flow, &record.completion_id)?;
            }
            return Ok(None);
        }
        let completion = record.completion.clone().and_then(|value| serde_json::from_value::<Completion>(value).ok());
        if let Some(completion) = completion {
            let (id, record_id) = (record.completion_id, record.record_id);
            return self.decide(writer, &Staged { id, record_id, is_ambiguous: false, completion });
        }
        // A withdrawal of unknown outcome: only a row that is written makes it certain what the LMS has.
        let reason = "the outcome of its withdrawal is unknown: its row is sent again, and withdrawn in the next run";
        Ok((is_unknown && record.row.is_some()).then(|| self.of_record(&record, ActionKind::Update, reason)))
    }

    /// The records of completions that are gone.
    fn missing(&self, writer: &mut Writer<'_>) -> Result<(), StateError> {
        let mut after = String::new();
        loop {
            let ids: Vec<String> = writer
                .connection
                .prepare_cached(
                    "SELECT id FROM temp.missing_completion WHERE flow = ?1 AND id > ?2 ORDER BY id LIMIT ?3",
                )?
                .query_map(params![&*self.flow, after, CHUNK], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            let Some(last) = ids.last() else { return Ok(()) };
            after.clone_from(last);
            for id in &ids {
                let record = ledger::get(writer.connection, &self.flow, id)?;
                let Some(record) = record.filter(|record| record.status != LedgerStatus::Unknown) else { continue };
                let reason = "its session lies in the window, and the completion is no longer listed";
                let mut decision = self.of_record(&record, ActionKind::Withdraw, reason);
                if !self.incomplete.is_empty() {
                    let why = self.incomplete.join("; ");
                    decision.action.held = Some(format!("the source was not read completely: {why}"));
                }
                self.write(writer, Some(decision))?;
            }
        }
    }

    /// What is to be done for a completion. `None`: nothing, and it is not to be counted.
    fn decide(&self, writer: &mut Writer<'_>, staged: &Staged) -> Result<Option<Decision>, StateError> {
        let connection = writer.connection;
        let completion = &staged.completion;
        let decide = |kind, reason: String| Ok(Some(self.of_completion(staged, kind, reason)));
        match self.is_in_scope(completion) {
            Ok(true) => {}
            Ok(false) => return decide(ActionKind::OutOfScope, "not matched by `where`".to_owned()),
            Err(problem) => return decide(ActionKind::Invalid, problem),
        }
        if staged.id.starts_with(WITHOUT_ID) {
            return decide(ActionKind::Invalid, "invalid `id`: missing".to_owned());
        }
        if staged.is_ambiguous {
            return decide(ActionKind::Conflict, "it is listed several times, with different content".to_owned());
        }
        match session(completion) {
            Err(invalid) => return decide(ActionKind::Invalid, invalid.to_string()),
            Ok((_, end)) if end > self.settled_before => {
                writer.counted.early += 1;
                return Ok(None);
            }
            Ok(_) => {}
        }
        if let Some(other) = self.other_with_record(connection, staged)? {
            return decide(
                ActionKind::Conflict,
                format!("completion {other} has the same RecordID {}", staged.record_id),
            );
        }
        let record = ledger::get(connection, &self.flow, &staged.id)?;
        let owner = self.owners.find(connection, self.plan, completion)?;
        // Whoever has a record keeps it, also when no one knows any more who that is.
        let recorded = record.as_ref().filter(|record| record.row_hash.is_some());
        let user_id = match (owner, recorded.and_then(|record| record.user_id.clone())) {
            (Owner::Known(user_id), _) | (Owner::Unresolved(_), Some(user_id)) => user_id,
            (Owner::Unresolved(why), None) => return self.unresolved(writer, staged, record, &why).map(Some),
            (Owner::Ambiguous(why), _) => return decide(ActionKind::Conflict, why),
            (Owner::Invalid(why), _) => return decide(ActionKind::Invalid, why),
        };
        let mut row = match training_row(completion, &user_id, self.zone) {
            Ok(row) => row,
            Err(invalid) => return decide(ActionKind::Invalid, invalid.to_string()),
        };
        let before = record.as_ref().and_then(|record| record.row.clone()).unwrap_or_default();
        // A blank cell leaves the record's value alone, so the record keeps its score.
        if row.score.is_none() {
            row.score = before.get("Score").and_then(Value::as_str).map(str::to_owned);
        }
        let owner_before = before.get("UserId").and_then(Value::as_str);
        if let Some(other) = owner_before.filter(|other| *other != user_id) {
            return decide(
                ActionKind::Conflict,
                format!(
                    "its LMS user is {user_id}, but the record belongs to {other}: the LMS gives no record to another user"
                ),
            );
        }
        let hash = row_hash(&row);
        let (kind, reason) = match &record {
            None => (ActionKind::Create, "not in the LMS yet".to_owned()),
            Some(record) => {
                let is_same = record.row_hash.as_deref() == Some(hash.as_str());
                if is_same && record.status != LedgerStatus::Unknown {
                    self.confirm(connection, record)?;
                    return decide(ActionKind::Unchanged, "as in the LMS".to_owned());
                }
                let kind = if record.row_hash.is_some() { ActionKind::Update } else { ActionKind::Create };
                (kind, reason(record.status).to_owned())
            }
        };
        let mut decision = self.of_completion(staged, kind, reason);
        decision.action.target_id = Some(user_id.clone());
        decision.ids.insert(user_id);
        decision.action.changes = changes(&before, &row::to_json(&row));
        Ok(Some(decision))
    }

    fn is_in_scope(&self, completion: &Completion) -> Result<bool, String> {
        let Some(scope) = &self.scope else { return Ok(true) };
        match scope.apply(&Data::new(json!(completion))) {
            Ok(Value::Bool(value)) => Ok(value),
            Ok(Value::Null) => Ok(false),
            Ok(_) => Err(format!("`where`: `{}` is neither true nor false", scope.as_str())),
            Err(error) => Err(format!("`where`: {error}")),
        }
    }

    /// Another completion, of this read or of the ledger, with the same record id.
    fn other_with_record(&self, connection: &Connection, staged: &Staged) -> Result<Option<String>, StateError> {
        let (id, record_id) = (&staged.id, &staged.record_id);
        if let Some(other) = staging::with_record(connection, &self.flow, self.plan, record_id, id)? {
            return Ok(Some(other));
        }
        let recorded = ledger::by_record(connection, &self.flow, record_id)?;
        Ok(recorded.map(|record| record.completion_id).filter(|other| other != id))
    }

    /// Keeps a completion without an LMS user, so that the next runs look the user up again.
    fn unresolved(
        &self,
        writer: &mut Writer<'_>,
        staged: &Staged,
        record: Option<LedgerRow>,
        why: &str,
    ) -> Result<Decision, StateError> {
        use LedgerStatus::{NotSent, Rejected, Unresolved, Withdrawn};
        let since = record.as_ref().map_or(self.now, |record| record.first_seen_at);
        // What the LMS may have stays in the ledger as it is.
        if record.as_ref().is_none_or(|it| matches!(it.status, Unresolved | Rejected | NotSent | Withdrawn)) {
            let start = session(&staged.completion).ok().map(|(start, _)| instant(start));
            let kept = LedgerRow {
                completion_id: staged.id.clone(),
                record_id: staged.record_id.clone(),
                user_id: None,
                row_hash: None,
                row: None,
                completion: Some(json!(staged.completion)),
                status: Unresolved,
                reason: Some(why.to_owned()),
                session_date: start,
                first_seen_at: since,
                sent_at: record.and_then(|record| record.sent_at),
                seen_run: self.run,
            };
            ledger::upsert(writer.connection, &self.flow, &kept)?;
        }
        let days = (self.now - since).num_days().max(0);
        writer.counted.oldest_unresolved = writer.counted.oldest_unresolved.max(Some(days));
        let reason = format!("{why}; without an LMS user for {}", in_days(days));
        Ok(self.of_completion(staged, ActionKind::Unresolved, reason))
    }

    /// The LMS has the row as it should be: a change that it refused, or that was not sent, is not wanted any more.
    fn confirm(&self, connection: &Connection, record: &LedgerRow) -> Result<(), StateError> {
        if record.status == LedgerStatus::Accepted {
            return Ok(());
        }
        let accepted = LedgerRow { status: LedgerStatus::Accepted, reason: None, completion: None, ..record.clone() };
        ledger::upsert(connection, &self.flow, &accepted)
    }

    fn of_completion(&self, staged: &Staged, kind: ActionKind, reason: String) -> Decision {
        let completion = &staged.completion;
        let position = staged.id.strip_prefix(WITHOUT_ID);
        let label = match position {
            Some(position) => Some(format!("record {position}")),
            None => completion.module_name.clone(),
        };
        let ids = [&completion.id, &completion.remote_user_id].into_iter().flatten().cloned();
        let ids = ids.chain([staged.id.clone(), staged.record_id.clone()]).collect();
        let source_id = position.is_none().then(|| staged.id.clone());
        Decision { action: self.action(kind, source_id, None, label, reason), ids }
    }

    fn of_record(&self, record: &LedgerRow, kind: ActionKind, reason: &str) -> Decision {
        let title = record.row.as_ref().and_then(|row| row.get("Title")).and_then(Value::as_str).map(str::to_owned);
        let (source_id, target_id) = (record.completion_id.clone(), record.user_id.clone());
        let ids = target_id.iter().cloned().chain([source_id.clone(), record.record_id.clone()]).collect();
        Decision { action: self.action(kind, Some(source_id), target_id, title, reason.to_owned()), ids }
    }

    fn action(
        &self,
        kind: ActionKind,
        source_id: Option<String>,
        target_id: Option<String>,
        label: Option<String>,
        reason: String,
    ) -> Action {
        let flow = self.flow.to_string();
        Action { seq: 0, flow, kind, source_id, target_id, label, changes: Vec::new(), reason, held: None }
    }

    fn write(&self, writer: &mut Writer<'_>, decision: Option<Decision>) -> Result<(), StateError> {
        let Some(Decision { mut action, ids }) = decision else { return Ok(()) };
        if self.only.as_ref().is_some_and(|only| !ids.contains(only)) {
            return Ok(());
        }
        writer.counting.count(&action);
        // Of the unchanged ones, a plan has the number.
        if action.kind == ActionKind::Unchanged {
            return Ok(());
        }
        writer.seq += 1;
        action.seq = writer.seq;
        plans::add_action(writer.connection, self.plan, &action)
    }
}

/// Why a completion of the ledger is sent.
fn reason(status: LedgerStatus) -> &'static str {
    match status {
        LedgerStatus::Accepted => "changed since it was sent",
        LedgerStatus::Unresolved => "its LMS user is known now",
        LedgerStatus::Rejected => "the LMS rejected it before",
        LedgerStatus::Unknown => "the outcome of its last row is unknown: it is sent again",
        LedgerStatus::NotSent => "it was not sent before, since the LMS was not reached",
        LedgerStatus::Withdrawn => "it was withdrawn, and is listed again",
    }
}

/// The columns that differ. The action is none of the record.
fn changes(before: &Map<String, Value>, after: &Map<String, Value>) -> Vec<Change> {
    let columns = COLUMNS.into_iter().filter(|column| *column != "Action");
    let change = |column: &str| {
        let value = |row: &Map<String, Value>| row.get(column).cloned().unwrap_or_default();
        let (before, after) = (value(before), value(after));
        let is_change = before != after;
        is_change.then(|| Change { field: column.to_owned(), before, after, overwrites_manual_change: false })
    };
    columns.filter_map(change).collect()
}

fn in_days(days: i64) -> String {
    match days {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// A time as the ledger keeps it: texts compare as times do.
pub(super) fn instant(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// The row that the LMS is to have: what it had, with the changes of an action.
pub(super) fn changed_row(before: Option<&Map<String, Value>>, changes: &[Change]) -> Map<String, Value> {
    let mut row = before.cloned().unwrap_or_default();
    row.insert("Action".to_owned(), "AU".into());
    for change in changes {
        row.insert(change.field.clone(), change.after.clone());
    }
    row.retain(|_, value| !value.is_null());
    row
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_changes_of_an_action_make_the_row_again() {
        let row = |json: Value| json.as_object().cloned().unwrap_or_default();
        let before = row(json!({ "Action": "AU", "Title": "Old", "Status": "5", "Score": "1" }));
        let after = row(json!({ "Action": "AU", "Title": "New", "Status": "5", "Unit": "I" }));
        let changes = changes(&before, &after);
        let fields: Vec<_> = changes.iter().map(|change| change.field.as_str()).collect();
        assert_eq!(fields, ["Title", "Score", "Unit"], "in the order of the columns");
        assert_eq!(changed_row(Some(&before), &changes), after);
        assert_eq!(changed_row(None, &super::changes(&Map::new(), &after)), after);
    }
}
