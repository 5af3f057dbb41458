//! Settles rows of training records whose outcome an earlier run did not learn, by sending them again.

use std::sync::Arc;

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::apply::{CHUNK, Sending};
use super::row::from_json;
use crate::config::Flow;
use crate::engine::{Engine, Error, FlowReport};
use crate::plan::{Action, ActionKind};
use crate::state::journal::{Entry, EntryOutcome, Intent, Settlement, Step};
use crate::state::ledger::{LedgerRow, LedgerStatus};
use crate::state::{StateError, journal, ledger};

impl Engine {
    /// Settles the open rows of a flow of completions. A row `AU` has the same effect a second time, so it is sent again. A
    /// withdrawal has not: the row is written again, which makes it certain what the LMS has, and the next plan withdraws it.
    ///
    /// # Errors
    /// If the LMS has no client, or the state file fails.
    pub(crate) async fn resume_completions(&self, flow: &Flow, report: &mut FlowReport) -> Result<(), Error> {
        let name: Arc<str> = flow.name.as_str().into();
        while !self.shutdown.has_begun() {
            let (key, now) = (Arc::clone(&name), self.now());
            let sendings = self.state.call(move |connection| reopen(connection, &key, now)).await?;
            if sendings.is_empty() {
                break;
            }
            self.send_rows(&name, sendings, report).await?;
        }
        Ok(())
    }
}

/// The next open rows, ready to be sent.
fn reopen(connection: &mut Connection, flow: &str, now: DateTime<Utc>) -> Result<Vec<Sending>, StateError> {
    let transaction = connection.transaction()?;
    let mut sendings = Vec::new();
    for entry in journal::open_after(&transaction, flow, 0, CHUNK)? {
        let Some(id) = entry.source_id.clone() else {
            close(&transaction, entry.id, "it has no id", now)?;
            continue;
        };
        let record = ledger::get(&transaction, flow, &id)?;
        let (intent, cells) = match entry.step {
            Step::Withdraw => (rewrite(&transaction, flow, &entry, record, now)?, None),
            _ => (
                Some(entry.id),
                entry.request.as_ref().and_then(|request| request.get("row")).and_then(Value::as_object),
            ),
        };
        let Some(intent) = intent else { continue };
        let kept = ledger::get(&transaction, flow, &id)?.and_then(|record| record.row);
        match cells.or(kept.as_ref()).map(from_json) {
            Some(Ok(row)) => sendings.push(Sending { intent, action: action(&entry), id, row }),
            _ => close(&transaction, intent, "its row is not in the state file", now)?,
        }
    }
    transaction.commit()?;
    Ok(sendings)
}

/// In place of a withdrawal without outcome, intends to write its row again. `None` if there is no row.
fn rewrite(
    connection: &Connection,
    flow: &str,
    entry: &Entry,
    record: Option<LedgerRow>,
    now: DateTime<Utc>,
) -> Result<Option<i64>, StateError> {
    close(connection, entry.id, "the run ended before its outcome", now)?;
    let row: Option<&Map<String, Value>> = record.as_ref().and_then(|record| record.row.as_ref());
    let (Some(record), Some(row)) = (&record, row) else { return Ok(None) };
    let intent = Intent {
        run: entry.run,
        action: entry.action,
        flow: flow.to_owned(),
        kind: ActionKind::Update,
        step: Step::Row,
        source_id: entry.source_id.clone(),
        target_id: entry.target_id.clone(),
        request: json!({ "row": row }),
    };
    ledger::upsert(connection, flow, &LedgerRow { status: LedgerStatus::Unknown, ..record.clone() })?;
    Ok(journal::intend(connection, &[intent], now)?.first().copied())
}

fn close(connection: &Connection, id: i64, reason: &str, now: DateTime<Utc>) -> Result<(), StateError> {
    let settlement = Settlement {
        id,
        outcome: EntryOutcome::Unknown,
        reason: Some(reason.to_owned()),
        correlation_id: None,
        target_id: None,
    };
    journal::settle(connection, &[settlement], now)
}

fn action(entry: &Entry) -> Action {
    Action {
        seq: entry.action.map(|(_, seq)| seq).unwrap_or_default(),
        flow: entry.flow.clone(),
        kind: entry.kind,
        source_id: entry.source_id.clone(),
        target_id: entry.target_id.clone(),
        label: None,
        changes: Vec::new(),
        reason: String::new(),
        held: None,
    }
}
