//! Journals outcomes, and settles effects without one by reading the target.

use std::sync::Arc;

use rosterkit_core::batch::Outcome;
use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::apply::{FlowReport, Request, Whom, Write, current};
use super::{Checkpoint, Engine, Error, Progress};
use crate::config::{Flow, To};
use crate::plan::{Action, ActionKind};
use crate::state::identities::{self, Origin};
use crate::state::journal::{self, EntryOutcome, Settlement};
use crate::state::snapshots::TargetStatus;
use crate::state::{StateError, runs, snapshots};
use crate::target::{Directory, Names};

/// An effect with its outcome.
pub(super) struct Settled {
    write: Write,
    /// `None` leaves it open: what the service lists later decides.
    outcome: Option<EntryOutcome>,
    reason: Option<String>,
    correlation_id: Option<String>,
    target_id: Option<String>,
    error: Option<Arc<rosterkit_core::Error>>,
}

impl Settled {
    pub(super) fn of<T>(write: Write, outcome: Outcome<T>, id_of: impl Fn(&T) -> Option<String>) -> Self {
        let reason = outcome.reason().map(std::borrow::Cow::into_owned);
        let error = match &outcome {
            Outcome::NotSent(error) | Outcome::Unknown(error) => Some(Arc::clone(error)),
            _ => None,
        };
        let correlation_id = outcome.error().and_then(|error| error.correlation_id()).map(str::to_owned);
        // A deactivation counts when a later listing shows it.
        let is_promise = write.action.kind == ActionKind::Deactivate;
        let (outcome, target_id) = match &outcome {
            Outcome::Accepted(_) | Outcome::Warned(..) if is_promise => (None, None),
            Outcome::Accepted(done) => (Some(EntryOutcome::Accepted), id_of(done)),
            Outcome::Warned(done, _) => (Some(EntryOutcome::Warned), id_of(done)),
            Outcome::Rejected(_) => (Some(EntryOutcome::Rejected), None),
            Outcome::Invalid(_) => (Some(EntryOutcome::Invalid), None),
            Outcome::NotSent(_) => (Some(EntryOutcome::NotSent), None),
            Outcome::Unknown(_) => (None, None),
        };
        Self { write, outcome, reason, correlation_id, target_id, error }
    }

    fn is_effective(&self) -> bool {
        matches!(self.outcome, Some(EntryOutcome::Accepted | EntryOutcome::Warned))
    }
}

impl Engine {
    /// Journals outcomes, with what follows from them for the identity map, in one commit.
    pub(super) async fn settle(
        &self,
        flow: &Flow,
        settled: Vec<Settled>,
        report: &mut FlowReport,
    ) -> Result<(), Error> {
        for it in &settled {
            it.error.iter().for_each(|error| report.failed(error));
            match it.outcome {
                None => {}
                Some(outcome) if it.is_effective() => report.count(outcome.as_str()),
                Some(outcome) => {
                    report.not_done(&it.write.action, outcome.as_str(), it.reason.clone().unwrap_or_default());
                }
            }
        }
        self.tell(|| Progress::Applying { flow: flow.name.clone(), done: report.ended(), total: report.due });
        let (name, now) = (flow.name.clone(), self.now());
        let settle = move |connection: &mut Connection| {
            let transaction = connection.transaction()?;
            let settlements = settled.iter().filter_map(|it| {
                Some(Settlement {
                    id: it.write.intent,
                    outcome: it.outcome?,
                    reason: it.reason.clone(),
                    correlation_id: it.correlation_id.clone(),
                    target_id: it.target_id.clone(),
                })
            });
            journal::settle(&transaction, &settlements.collect::<Vec<_>>(), now)?;
            for it in settled.iter().filter(|it| it.is_effective()) {
                let target_id = it.write.action.target_id.as_deref().or(it.target_id.as_deref());
                take_effect(&transaction, &name, &it.write.action, &it.write.request, target_id)?;
            }
            transaction.commit()?;
            Ok(())
        };
        Ok(self.state.call(settle).await?)
    }

    /// Settles all effects of a flow that have no outcome, by reading the target.
    pub(super) async fn settle_open(&self, flow: &Flow, report: &mut FlowReport) -> Result<(), Error> {
        let name = flow.name.clone();
        let Some(directory) = Directory::of(flow.to) else { return Ok(()) };
        if directory == Directory::GenesysUsers {
            return self.settle_open_genesys_users(flow, report, Vec::new()).await;
        }
        if self.state.call(move |connection| journal::open_after(connection, &name, 0, 1)).await?.is_empty() {
            return Ok(());
        }
        self.tell(|| Progress::Settling { flow: flow.name.clone() });
        let is_complete = self.load_target(flow, directory, &Names::default()).await?.is_complete();
        let mut after = 0;
        loop {
            let (name, now) = (flow.name.clone(), self.now());
            let settle = move |connection: &mut Connection| {
                settle_by_target(connection, &name, directory, is_complete, after, now)
            };
            self.checkpoint(Checkpoint::BeforeOutcome)?;
            let settled = self.state.call(settle).await?;
            self.checkpoint(Checkpoint::AfterOutcome)?;
            let Some(last) = settled.last() else { return Ok(()) };
            after = last.entry;
            let is_end = settled.len() < SETTLED_AT_ONCE;
            for Seen { action, is_done, .. } in settled {
                match is_done {
                    true => report.count("accepted"),
                    false => report.not_done(&action, "unknown", NOT_SEEN),
                }
            }
            if is_end {
                return Ok(());
            }
        }
    }

    /// Settles what an earlier run left open.
    ///
    /// # Errors
    /// If a target cannot be read, or the state file fails.
    pub async fn resume(&self) -> Result<(), Error> {
        self.check_addresses().await?;
        for flow in &self.file.flows {
            let mut report = FlowReport::default();
            if flow.to == To::LmsExternalTraining {
                self.resume_completions(flow, &mut report).await?;
            } else {
                self.settle_open(flow, &mut report).await?;
            }
        }
        Ok(())
    }
}

pub(super) const NOT_SEEN: &str = "the target does not show it";

/// How many open effects are settled in one commit.
const SETTLED_AT_ONCE: usize = 1_000;

/// An open effect that was compared with the target.
struct Seen {
    /// Its number in the journal.
    entry: i64,
    action: Action,
    is_done: bool,
}

/// Compares the next open effects with the target as it was just read. An effect for somebody whom an incomplete target does not
/// show stays open.
fn settle_by_target(
    connection: &mut Connection,
    flow: &str,
    directory: Directory,
    is_complete: bool,
    after: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Seen>, StateError> {
    let transaction = connection.transaction()?;
    let mut settled = Vec::new();
    let open = journal::open_after(&transaction, flow, after, SETTLED_AT_ONCE)?;
    if open.iter().any(|entry| entry.target_id.is_none()) {
        snapshots::index_keys(&transaction)?;
    }
    for entry in open {
        let request = entry.request.and_then(|request| serde_json::from_value::<Request>(request).ok());
        let request = request.ok_or(StateError::NoSuchRow { what: "request of an open effect" })?;
        let action = Action {
            seq: entry.action.map(|(_, seq)| seq).unwrap_or_default(),
            flow: entry.flow,
            kind: entry.kind,
            source_id: entry.source_id,
            target_id: entry.target_id,
            label: None,
            changes: Vec::new(),
            reason: String::new(),
            held: None,
        };
        let key = directory.key_field().and_then(|field| request.fields.get(field)).and_then(|key| key.as_str());
        let found = match (&action.target_id, key) {
            (Some(id), _) => current(&transaction, flow, Whom::Id(id))?,
            (None, Some(key)) => current(&transaction, flow, Whom::Key(key))?,
            (None, None) => None,
        };
        if found.is_none() && !is_complete {
            settled.push(Seen { entry: entry.id, action, is_done: false });
            continue;
        }
        let is_done = match (&found, request.active) {
            (Some(found), true) => found.status == TargetStatus::Active && found.has(&request.fields),
            (Some(found), false) => found.status != TargetStatus::Active,
            // Who is gone is not active, either.
            (None, active) => !active,
        };
        let target_id = action.target_id.clone().or(found.map(|found| found.id));
        let settlement = Settlement {
            id: entry.id,
            outcome: if is_done { EntryOutcome::Accepted } else { EntryOutcome::Unknown },
            reason: (!is_done).then(|| NOT_SEEN.to_owned()),
            correlation_id: None,
            target_id: target_id.clone(),
        };
        journal::settle(&transaction, &[settlement], now)?;
        // A removal that is seen later was sync's own. The next plan forgets this if it never is.
        if is_done || action.kind == ActionKind::Deactivate {
            take_effect(&transaction, flow, &action, &request, target_id.as_deref())?;
        }
        settled.push(Seen { entry: entry.id, action, is_done });
    }
    transaction.commit()?;
    Ok(settled)
}

/// What an accepted effect means for the identity map.
fn take_effect(
    connection: &Connection,
    flow: &str,
    action: &Action,
    request: &Request,
    target_id: Option<&str>,
) -> Result<(), StateError> {
    let Some(source_id) = &action.source_id else { return Ok(()) };
    match (action.kind, target_id) {
        (ActionKind::Create, Some(target_id)) => {
            // Somebody else has this target person: the next plan tells.
            if identities::by_target(connection, flow, target_id)?.is_some_and(|it| it.source_id != *source_id) {
                return Ok(());
            }
            // The person whom the map had is gone: else it would be no creation.
            if identities::by_source(connection, flow, source_id)?.is_some_and(|it| it.target_id != target_id) {
                identities::delete(connection, flow, source_id)?;
            }
            let run = runs::last(connection, 1)?.first().map(|run| run.id).unwrap_or_default();
            identities::insert(connection, flow, source_id, target_id, Origin::Created, run)?;
            identities::set_applied(connection, flow, source_id, &request.fields)
        }
        // It is paired by its key when the next plan is applied.
        (ActionKind::Create, None) => Ok(()),
        // A pair that another run has changed meanwhile: the next plan tells.
        _ if identities::by_source(connection, flow, source_id)?
            .is_none_or(|it| Some(it.target_id.as_str()) != target_id) =>
        {
            Ok(())
        }
        (ActionKind::Deactivate, _) => identities::mark_deactivated(connection, flow, source_id),
        _ => {
            identities::set_applied(connection, flow, source_id, &request.fields)?;
            identities::mark_reactivated(connection, flow, source_id)
        }
    }
}
