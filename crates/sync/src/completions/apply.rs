//! Applies a flow of completions: rows are journalled as intended, sent, and their outcomes journalled with the ledger.

use std::sync::Arc;

use peoplefluent_lms::bulk::{ExternalTrainingRow, OnInvalid, Outcome};
use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde_json::{Value, json};

use super::compare::{changed_row, instant};
use super::row::{from_json, is_withdrawal, to_json, withdrawal};
use super::window::Applied;
use super::{COLUMNS, row_hash, staging};
use crate::config::Flow;
use crate::engine::{Checkpoint, Engine, Error, FlowReport};
use crate::plan::{Action, ActionKind};
use crate::state::journal::{EntryOutcome, Intent, Settlement, Step};
use crate::state::ledger::{LedgerRow, LedgerStatus};
use crate::state::{Json, Number, StateError, journal, ledger, plans};

/// How many rows are journalled in one commit, and sent in one upload.
pub(super) const CHUNK: usize = 500;
/// After how many uploads in a row without any certain outcome nothing more is sent: the LMS is down.
const OUTAGES: u32 = 3;
/// The columns of a row that withdraws.
const WITHDRAWAL_COLUMNS: [&str; 2] = ["Action", "RecordID"];

/// The kinds of actions, in the order in which they are sent, and what they are in the journal. An upload with rows that
/// withdraw cannot be repeated without harm, so they are apart.
const PHASES: [(&[ActionKind], Step); 2] =
    [(&[ActionKind::Create, ActionKind::Update], Step::Row), (&[ActionKind::Withdraw], Step::Withdraw)];

/// A row that is journalled as intended.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub(super) intent: i64,
    pub(super) action: Action,
    /// The completion's id.
    pub(super) id: String,
    pub(super) row: ExternalTrainingRow,
}

/// The next actions of a plan, compared with the ledger as it is now.
struct Chunk {
    /// The last position; the next chunk begins after it.
    last: u64,
    sendings: Vec<Sending>,
    skipped: Vec<(Action, String)>,
    done: u64,
}

/// Which actions come next.
#[derive(Clone)]
struct Next {
    run: i64,
    plan: i64,
    flow: Arc<str>,
    kinds: &'static [ActionKind],
    step: Step,
    after: u64,
}

impl Engine {
    /// Applies the actions of a plan for a flow of completions. The ledger is what the LMS has, so it is what they are compared
    /// with.
    ///
    /// # Errors
    /// If the LMS has no client, or the state file fails. A row that the LMS refuses is not an error: the report has it.
    pub(crate) async fn apply_completions(
        &self,
        run: i64,
        plan: i64,
        flow: &Flow,
        report: &mut FlowReport,
    ) -> Result<(), Error> {
        let name: Arc<str> = flow.name.as_str().into();
        let mut is_reached = true;
        for (kinds, step) in PHASES {
            let next = Next { run, plan, flow: Arc::clone(&name), kinds, step, after: 0 };
            is_reached = match is_reached {
                true => self.apply_rows(next, report).await?,
                false => self.leave_out(next, report).await.map(|()| false)?,
            };
        }
        if is_reached && !self.shutdown.has_begun() {
            self.state.call(move |connection| Applied::mark(connection, &name, plan)).await?;
        }
        Ok(())
    }

    /// Sends rows chunk by chunk. Whether the LMS could be reached to the end.
    async fn apply_rows(&self, mut next: Next, report: &mut FlowReport) -> Result<bool, Error> {
        let mut outages = 0;
        while !self.shutdown.has_begun() {
            self.checkpoint(Checkpoint::BeforeIntent)?;
            let (from, now) = (next.clone(), self.now());
            let chunk = self.state.call(move |connection| intend(connection, &from, now)).await?;
            for (action, reason) in chunk.skipped {
                report.not_done(&action, "skipped", reason);
            }
            if chunk.done > 0 {
                *report.outcomes.entry("done".to_owned()).or_default() += chunk.done;
            }
            if chunk.last == next.after {
                return Ok(true);
            }
            next.after = chunk.last;
            if chunk.sendings.is_empty() {
                continue;
            }
            self.checkpoint(Checkpoint::AfterIntent)?;
            match self.send_rows(&next.flow, chunk.sendings, report).await? {
                Reached::Yes => outages = 0,
                Reached::No => outages += 1,
                Reached::Refused => outages = OUTAGES,
            }
            if outages >= OUTAGES {
                self.leave_out(next, report).await?;
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Counts the actions, without naming them, that are not sent because the LMS is down.
    async fn leave_out(&self, next: Next, report: &mut FlowReport) -> Result<(), Error> {
        let count = move |connection: &mut Connection| {
            let sql = "SELECT count(*) FROM action WHERE plan = ?1 AND flow = ?2 AND held IS NULL AND seq > ?3
                       AND kind IN (SELECT value FROM json_each(?4))";
            let values = params![next.plan, &*next.flow, Number(next.after), Json(next.kinds)];
            Ok(connection.query_row(sql, values, |row| row.get::<_, Number>(0))?.0)
        };
        let count = self.state.call(count).await?;
        if count > 0 {
            *report.outcomes.entry(EntryOutcome::NotSent.as_str().to_owned()).or_default() += count;
            report.not_done_count += count;
        }
        Ok(())
    }

    /// Sends rows that are journalled as intended, and journals what became of them.
    pub(super) async fn send_rows(
        &self,
        flow: &Arc<str>,
        sendings: Vec<Sending>,
        report: &mut FlowReport,
    ) -> Result<Reached, Error> {
        let withdraws = sendings.iter().any(|sending| is_withdrawal(&sending.row));
        let columns: &[&str] = if withdraws { &WITHDRAWAL_COLUMNS } else { &COLUMNS };
        let rows: Vec<ExternalTrainingRow> = sendings.iter().map(|sending| sending.row.clone()).collect();
        let upload = self.services.lms()?.bulk().external_training(rows).columns(columns);
        let mut outcomes = upload.on_invalid(OnInvalid::Skip).outcomes();
        let mut settled = Vec::with_capacity(sendings.len());
        let mut reached = Reached::No;
        for sending in sendings {
            let outcome = match outcomes.next().await {
                Some(Ok(outcome)) => outcome.outcome,
                // Those without an outcome stay open, and are sent again when the next run begins.
                Some(Err(error)) => return Err(Error::Refused(format!("flow `{flow}`: {error}"))),
                None => return Err(Error::Refused(format!("flow `{flow}`: an upload ended before its rows"))),
            };
            reached = reached.and(&outcome);
            settled.push(Settled::new(sending, &outcome));
        }
        self.checkpoint(Checkpoint::BeforeOutcome)?;
        for it in &settled {
            match it.outcome {
                EntryOutcome::Accepted | EntryOutcome::Warned => report.count(it.outcome.as_str()),
                outcome => {
                    report.not_done(&it.sending.action, outcome.as_str(), it.reason.clone().unwrap_or_default());
                }
            }
        }
        let (flow, now) = (Arc::clone(flow), self.now());
        self.state.call(move |connection| settle(connection, &flow, &settled, now)).await?;
        self.checkpoint(Checkpoint::AfterOutcome)?;
        Ok(reached)
    }
}

/// Whether the LMS answered an upload.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reached {
    Yes,
    No,
    /// It refuses the credential: every other upload would fail, too.
    Refused,
}

impl Reached {
    fn and(self, outcome: &Outcome<()>) -> Self {
        match outcome.error() {
            _ if self == Self::Refused => self,
            Some(error) if error.is_credential_refused() => Self::Refused,
            Some(_) => self,
            None => Self::Yes,
        }
    }
}

/// A row with its outcome.
struct Settled {
    sending: Sending,
    outcome: EntryOutcome,
    reason: Option<String>,
    correlation_id: Option<String>,
}

impl Settled {
    fn new(sending: Sending, outcome: &Outcome<()>) -> Self {
        let reason = outcome.reason().map(std::borrow::Cow::into_owned);
        let correlation_id = outcome.error().and_then(|error| error.correlation_id()).map(str::to_owned);
        let outcome = match outcome {
            Outcome::Accepted(()) => EntryOutcome::Accepted,
            Outcome::Warned((), _) => EntryOutcome::Warned,
            Outcome::Rejected(_) => EntryOutcome::Rejected,
            Outcome::Invalid(_) => EntryOutcome::Invalid,
            Outcome::NotSent(_) => EntryOutcome::NotSent,
            Outcome::Unknown(_) => EntryOutcome::Unknown,
        };
        Self { sending, outcome, reason, correlation_id }
    }

    /// What the LMS has now, as far as that is known.
    fn apply_to(&self, record: LedgerRow) -> LedgerRow {
        let row = &self.sending.row;
        let open = |status| LedgerRow { status, reason: self.reason.clone(), ..record.clone() };
        match self.outcome {
            EntryOutcome::Accepted | EntryOutcome::Warned if is_withdrawal(row) => LedgerRow {
                row_hash: None,
                row: None,
                completion: None,
                status: LedgerStatus::Withdrawn,
                reason: None,
                ..record
            },
            EntryOutcome::Accepted | EntryOutcome::Warned => LedgerRow {
                user_id: row.user_id.clone(),
                row_hash: Some(row_hash(row)),
                row: Some(to_json(row)),
                completion: None,
                status: LedgerStatus::Accepted,
                reason: self.reason.clone(),
                ..record
            },
            EntryOutcome::Rejected | EntryOutcome::Invalid => open(LedgerStatus::Rejected),
            EntryOutcome::NotSent => open(LedgerStatus::NotSent),
            EntryOutcome::Unknown => open(LedgerStatus::Unknown),
        }
    }
}

/// Journals outcomes and what the LMS has because of them, in one commit.
fn settle(connection: &mut Connection, flow: &str, settled: &[Settled], now: DateTime<Utc>) -> Result<(), StateError> {
    let transaction = connection.transaction()?;
    let settlements: Vec<Settlement> = settled
        .iter()
        .map(|it| Settlement {
            id: it.sending.intent,
            outcome: it.outcome,
            reason: it.reason.clone(),
            correlation_id: it.correlation_id.clone(),
            target_id: None,
        })
        .collect();
    journal::settle(&transaction, &settlements, now)?;
    for it in settled {
        let record = ledger::get(&transaction, flow, &it.sending.id)?;
        let record = record.ok_or(StateError::NoSuchRow { what: "completion" })?;
        ledger::upsert(&transaction, flow, &it.apply_to(record))?;
    }
    transaction.commit()?;
    Ok(())
}

/// How an action compares with the ledger as it is now.
enum Verdict {
    /// The row, and what the ledger says until its outcome is known.
    Send(Box<(ExternalTrainingRow, LedgerRow)>),
    Done,
    Skip(String),
}

/// Journals the next actions as intended, in one commit.
fn intend(connection: &mut Connection, next: &Next, now: DateTime<Utc>) -> Result<Chunk, StateError> {
    let transaction = connection.transaction()?;
    let mut chunk = Chunk { last: next.after, sendings: Vec::new(), skipped: Vec::new(), done: 0 };
    let mut intents = Vec::new();
    for action in plans::due(&transaction, next.plan, &next.flow, next.kinds, next.after, CHUNK)? {
        chunk.last = action.seq;
        let Some(id) = action.source_id.clone() else {
            chunk.skipped.push((action, "it has no id".to_owned()));
            continue;
        };
        match verdict(&transaction, next, &action, &id, now)? {
            Verdict::Skip(reason) => chunk.skipped.push((action, reason)),
            Verdict::Done => chunk.done += 1,
            Verdict::Send(sent) => {
                let (row, record) = *sent;
                ledger::upsert(&transaction, &next.flow, &record)?;
                intents.push(Intent {
                    run: next.run,
                    action: Some((next.plan, action.seq)),
                    flow: action.flow.clone(),
                    kind: action.kind,
                    step: next.step,
                    source_id: action.source_id.clone(),
                    target_id: action.target_id.clone(),
                    request: json!({ "row": to_json(&row) }),
                });
                chunk.sendings.push(Sending { intent: 0, action, id, row });
            }
        }
    }
    for (sending, intent) in chunk.sendings.iter_mut().zip(journal::intend(&transaction, &intents, now)?) {
        sending.intent = intent;
    }
    transaction.commit()?;
    Ok(chunk)
}

fn verdict(
    connection: &Connection,
    next: &Next,
    action: &Action,
    id: &str,
    now: DateTime<Utc>,
) -> Result<Verdict, StateError> {
    let record = ledger::get(connection, &next.flow, id)?;
    if action.kind == ActionKind::Withdraw {
        let Some(record) = record.filter(|record| record.row_hash.is_some()) else { return Ok(Verdict::Done) };
        if record.status == LedgerStatus::Unknown {
            return Ok(Verdict::Skip("the outcome of its last row is unknown".to_owned()));
        }
        let row = withdrawal(&record.record_id);
        let record = LedgerRow { status: LedgerStatus::Unknown, sent_at: Some(now), completion: None, ..record };
        return Ok(Verdict::Send(Box::new((row, record))));
    }
    let before = record.as_ref().and_then(|record| record.row.as_ref());
    let row = match from_json(&changed_row(before, &action.changes)) {
        Ok(row) => row,
        Err(invalid) => return Ok(Verdict::Skip(invalid.to_string())),
    };
    if let Some(record) = &record
        && record.status == LedgerStatus::Accepted
        && record.row_hash.as_deref() == Some(row_hash(&row).as_str())
    {
        return Ok(Verdict::Done);
    }
    let is_changed =
        |field: &str, planned: &Value| before.and_then(|row| row.get(field)).unwrap_or(&Value::Null) != planned;
    if let Some(change) = action.changes.iter().find(|change| is_changed(&change.field, &change.before)) {
        return Ok(Verdict::Skip(format!("`{}` was changed since the plan", change.field)));
    }
    let staged = staging::get(connection, &next.flow, id)?;
    let (completion, start) = match staged {
        Some((completion, start)) => (Some(json!(completion)), start.map(instant)),
        None => {
            record.as_ref().map(|record| (record.completion.clone(), record.session_date.clone())).unwrap_or_default()
        }
    };
    if completion.is_none() && before.is_none() {
        return Ok(Verdict::Skip("another plan was made since, which no longer has it: plan again".to_owned()));
    }
    let record_id = row.record_id.clone().unwrap_or_default();
    let new = LedgerRow {
        completion_id: id.to_owned(),
        record_id,
        user_id: row.user_id.clone(),
        row_hash: None,
        row: None,
        completion: None,
        status: LedgerStatus::Unknown,
        reason: None,
        session_date: None,
        first_seen_at: now,
        sent_at: None,
        seen_run: next.run,
    };
    let old = record.unwrap_or(new);
    let user_id = if old.row_hash.is_some() { old.user_id.clone() } else { row.user_id.clone() };
    let session_date = start.or_else(|| old.session_date.clone());
    let status = LedgerStatus::Unknown;
    let record = LedgerRow { completion, status, user_id, session_date, reason: None, sent_at: Some(now), ..old };
    Ok(Verdict::Send(Box::new((row, record))))
}
