//! Applying: each action is compared with the target as it is now, journalled, sent, and its outcome journalled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rosterkit_core::chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Engine, Error};
use crate::config::{Flow, To};
use crate::plan::{Action, ActionKind, Allowances, PlanSummary, to_confirm};
use crate::source::EMPTY_LIST;
use crate::state::journal::{self, Intent, Step};
use crate::state::snapshots::TargetStatus;
use crate::state::value::Json;
use crate::state::{StateError, meta, plans, snapshots};
use crate::target::{Directory, Names};

/// How to apply.
#[derive(Clone, Debug, Default)]
pub struct ApplyOptions {
    /// Limits in place of those of the flows.
    pub allowances: Allowances,
    /// The confirmed pairs, as flow and source id.
    pub confirmed: BTreeSet<(String, String)>,
}

/// How many actions that were not done a report names for each flow. It has the number of all.
pub const MAX_NOT_DONE: usize = 1_000;

/// What became of a plan.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ApplyReport {
    /// In the order of the sync file.
    pub flows: Vec<FlowReport>,
}

/// What became of a flow.
#[derive(Clone, Debug, Default, Serialize)]
pub struct FlowReport {
    /// The name of the flow.
    pub flow: String,
    /// The number of actions of each outcome: accepted, warned, rejected, invalid, not_sent, unknown, and
    /// done (it was as planned already) and skipped (it was changed since the plan).
    pub outcomes: BTreeMap<String, u64>,
    /// The first actions that were not done, at most [`MAX_NOT_DONE`], with the reason.
    pub not_done: Vec<NotDone>,
    /// The number of all actions that were not done.
    pub not_done_count: u64,
    /// Why the flow was not applied at all.
    pub kept_back: Vec<String>,
    /// The number of actions that are held, such as removals from an incomplete source.
    pub held: u64,
    /// The number of actions that were to be applied.
    pub due: u64,
    /// The errors of requests that failed, the first of each kind.
    #[serde(skip)]
    pub errors: Vec<Arc<rosterkit_core::Error>>,
}

/// An action that was not done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NotDone {
    /// The position in the plan.
    pub seq: u64,
    /// What was planned.
    pub kind: ActionKind,
    /// The id in the source.
    pub source_id: Option<String>,
    /// The id in the target.
    pub target_id: Option<String>,
    /// The outcome.
    pub outcome: String,
    /// Why.
    pub reason: String,
}

impl FlowReport {
    pub(crate) fn count(&mut self, outcome: &str) {
        *self.outcomes.entry(outcome.to_owned()).or_default() += 1;
    }

    /// The number of actions with an outcome.
    pub(super) fn ended(&self) -> u64 {
        self.outcomes.values().sum()
    }

    pub(crate) fn failed(&mut self, error: &Arc<rosterkit_core::Error>) {
        if !self.errors.iter().any(|it| it.kind() == error.kind()) {
            self.errors.push(Arc::clone(error));
        }
    }

    pub(crate) fn not_done(&mut self, action: &Action, outcome: &str, reason: impl Into<String>) {
        self.count(outcome);
        self.not_done_count += 1;
        if self.not_done.len() >= MAX_NOT_DONE {
            return;
        }
        self.not_done.push(NotDone {
            seq: action.seq,
            kind: action.kind,
            source_id: action.source_id.clone(),
            target_id: action.target_id.clone(),
            outcome: outcome.to_owned(),
            reason: reason.into(),
        });
    }
}

/// An effect that is journalled as intended.
#[derive(Clone, Debug)]
pub(super) struct Write {
    pub(super) intent: i64,
    pub(super) action: Action,
    pub(super) request: Request,
}

/// What an effect makes of a person in the target.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Request {
    pub(super) fields: Map<String, Value>,
    pub(super) active: bool,
}

/// The next actions of a plan, compared with the target as it is now.
pub(super) struct Chunk {
    /// The last position; the next chunk begins after it.
    pub(super) last: u64,
    pub(super) writes: Vec<Write>,
    pub(super) skipped: Vec<(Action, String)>,
    pub(super) done: u64,
}

impl Engine {
    /// Applies a plan of the state file.
    ///
    /// # Errors
    /// If the plan is refused, a side cannot be read, or the state file fails.
    pub async fn apply(&self, run: i64, plan: i64, options: &ApplyOptions) -> Result<ApplyReport, Error> {
        let summary = self.accepted_plan(plan).await?;
        self.check_addresses().await?;
        self.accept_addresses().await?;
        let mut report = ApplyReport::default();
        for planned in &summary.flows {
            let Some(flow) = self.file.flows.iter().find(|flow| flow.name == planned.flow) else {
                return Err(Error::Refused(format!("the plan has a flow `{}` that the sync file lacks", planned.flow)));
            };
            let mut flow_report = FlowReport { flow: flow.name.clone(), ..FlowReport::default() };
            flow_report.held = planned.held.values().sum();
            flow_report.due =
                ActionKind::ALL.into_iter().filter(|kind| kind.is_write()).map(|it| planned.due(it)).sum();
            let over = planned.over(&flow.limits, &options.allowances);
            // A flow that uses the identities of another one is kept back with it.
            let used = flow.completions.as_ref().and_then(|it| it.identities.as_deref());
            let depends = report.flows.iter().find(|it| Some(it.flow.as_str()) == used && !it.kept_back.is_empty());
            flow_report.kept_back = over;
            if let Some(used) = depends {
                flow_report.kept_back.push(format!("it uses the identities of `{}`, which is kept back", used.flow));
            }
            if flow_report.kept_back.is_empty() && !self.shutdown.has_begun() {
                self.apply_flow(run, plan, flow, options, &mut flow_report).await?;
                // What is left out of a plan for one person cannot count as applied.
                if !summary.is_partial && !self.shutdown.has_begun() && flow_report.kept_back.is_empty() {
                    let key = format!("applied/{}", flow.name);
                    self.state.call(move |connection| meta::set(connection, &key, &run.to_string())).await?;
                }
            }
            report.flows.push(flow_report);
        }
        // A plan that is kept back as a whole can be applied when the limits are replaced.
        let is_kept_back = !report.flows.is_empty() && report.flows.iter().all(|flow| !flow.kept_back.is_empty());
        if !self.shutdown.has_begun() && !is_kept_back {
            let now = self.now();
            self.state.call(move |connection| plans::mark_applied(connection, plan, now)).await?;
        }
        Ok(report)
    }

    /// The summary of a plan that may be applied now.
    async fn accepted_plan(&self, plan: i64) -> Result<PlanSummary, Error> {
        let refuse = |reason: String| Err(Error::Refused(format!("plan {plan} is refused: {reason}")));
        let Some(stored) = self.state.call(move |connection| plans::get(connection, plan)).await? else {
            return refuse("the state file does not have it; plan again".to_owned());
        };
        if stored.digest.is_empty() {
            return refuse("planning did not come to its end; plan again".to_owned());
        }
        if let Some(applied) = stored.applied_at {
            return refuse(format!("it was applied at {}", applied.to_rfc3339_opts(SecondsFormat::Secs, true)));
        }
        if stored.file_hash != self.file.hash {
            return refuse("the sync file was changed since; plan again".to_owned());
        }
        if stored.addresses != json!(self.services.addresses()) {
            return refuse("it was made for other addresses of the services; plan again".to_owned());
        }
        let max = self.file.plan_max_age;
        if is_older(stored.created_at, self.now(), max.duration()) {
            return refuse(format!("it is older than `plan_max_age` ({max}); plan again"));
        }
        let Ok(summary) = serde_json::from_value::<PlanSummary>(stored.summary) else {
            return refuse("its summary cannot be read; plan again".to_owned());
        };
        for flow in &summary.flows {
            let newest = self.newest_applied(&flow.flow).await?.filter(|newest| *newest > plan);
            if let Some(newest) = newest {
                return refuse(format!(
                    "plan {newest} is newer, and flow `{}` of it was applied; plan again",
                    flow.flow
                ));
            }
        }
        Ok(summary)
    }

    /// The newest plan of which a flow of people was applied, at least in part.
    async fn newest_applied(&self, flow: &str) -> Result<Option<i64>, Error> {
        let key = newest_key(flow);
        let newest = self.state.call(move |connection| meta::get(connection, &key)).await?;
        Ok(newest.and_then(|newest| newest.parse().ok()))
    }

    async fn apply_flow(
        &self,
        run: i64,
        plan: i64,
        flow: &Flow,
        options: &ApplyOptions,
        report: &mut FlowReport,
    ) -> Result<(), Error> {
        if flow.to == To::LmsExternalTraining {
            return self.apply_completions(run, plan, flow, report).await;
        }
        let Some(directory) = Directory::of(flow.to) else {
            return Err(Error::Refused(format!("flow `{}`: this target is not supported yet", flow.name)));
        };
        // What an older plan knows of the source is no longer true. The ledger of completions tells it by itself.
        let key = newest_key(&flow.name);
        self.state.call(move |connection| meta::set(connection, &key, &plan.to_string())).await?;
        let names = Names::read(&self.services, flow).await?;
        // Each Genesys user of the plan is read by id when it is their turn.
        if directory != Directory::GenesysUsers {
            let target = self.load_target(flow, directory, &names).await?;
            // The plan has judged its size.
            if target.incomplete.iter().any(|reason| reason != EMPTY_LIST) {
                report.kept_back.push(format!("the target was not read completely: {}", target.incomplete.join("; ")));
                return Ok(());
            }
        }
        let name = flow.name.clone();
        self.state.call(move |connection| index_for_creations(connection, plan, &name)).await?;
        self.adopt_pairs(run, plan, flow, directory, &options.confirmed).await?;
        match directory {
            Directory::SessionUsers => self.apply_session_users(run, plan, flow, report).await?,
            Directory::GenesysUsers => self.apply_genesys_users(run, plan, flow, &names, report).await?,
            Directory::LmsUsers => {}
        }
        Ok(())
    }

    /// Makes the pairs of a plan identities: those who are in them are managed from now on.
    async fn adopt_pairs(
        &self,
        run: i64,
        plan: i64,
        flow: &Flow,
        directory: Directory,
        confirmed: &BTreeSet<(String, String)>,
    ) -> Result<(), Error> {
        let to_confirm = to_confirm(directory, &flow.identity.passes);
        let name = flow.name.clone();
        let confirmed: Vec<String> =
            confirmed.iter().filter(|(flow, _)| *flow == name).map(|(_, source_id)| source_id.clone()).collect();
        let (to_confirm, confirmed) = (json!(to_confirm).to_string(), json!(confirmed).to_string());
        let adopt = move |connection: &mut Connection| {
            connection.execute(
                "INSERT INTO identity (flow, source_id, target_id, origin, since_run, applied, protected)
                 SELECT p.flow, p.source_id, p.target_id, 'matched', ?3, t.fields,
                     (SELECT s.protected FROM source_person s WHERE s.flow = p.flow AND s.id = p.source_id)
                 FROM pairing p JOIN target_person t ON t.flow = p.flow AND t.id = p.target_id
                 WHERE p.plan = ?1 AND p.flow = ?2 AND t.unwritable IS NULL
                 AND NOT EXISTS (SELECT 1 FROM identity o
                     WHERE o.flow = p.flow AND o.target_id = p.target_id AND o.source_id <> p.source_id)
                 AND (p.pass NOT IN (SELECT value FROM json_each(?4)) OR p.source_id IN (SELECT value FROM json_each(?5)))
                 ON CONFLICT (flow, source_id) DO UPDATE SET
                     target_id = excluded.target_id, origin = excluded.origin, since_run = excluded.since_run,
                     applied = excluded.applied, deactivated_by_sync = 0, missing_since = NULL, missing_reads = 0,
                     protected = excluded.protected
                 WHERE NOT EXISTS (SELECT 1 FROM target_person o WHERE o.flow = identity.flow AND o.id = identity.target_id)",
                params![plan, name, run, to_confirm, confirmed],
            )?;
            Ok(())
        };
        Ok(self.state.call(adopt).await?)
    }

    /// The next actions of these kinds, compared with the target as it was just read. Those that are to be sent are journalled as
    /// intended.
    pub(super) async fn next_chunk(&self, next: Next) -> Result<Chunk, Error> {
        self.checkpoint(super::Checkpoint::BeforeIntent)?;
        let now = self.now();
        let chunk = self.state.call(move |connection| next.read(connection, now)).await?;
        if !chunk.writes.is_empty() {
            self.checkpoint(super::Checkpoint::AfterIntent)?;
        }
        Ok(chunk)
    }
}

/// Before people are created, they are looked for by their key.
fn index_for_creations(connection: &Connection, plan: i64, flow: &str) -> Result<(), StateError> {
    let creations = "SELECT 1 FROM action WHERE plan = ?1 AND flow = ?2 AND kind = 'create'";
    if connection.prepare(creations)?.exists(params![plan, flow])? {
        snapshots::index_keys(connection)?;
    }
    Ok(())
}

fn newest_key(flow: &str) -> String {
    format!("newest-plan/{flow}")
}

fn is_older(created: DateTime<Utc>, now: DateTime<Utc>, max: std::time::Duration) -> bool {
    TimeDelta::from_std(max).is_ok_and(|max| now.signed_duration_since(created) > max)
}

/// Which actions come next.
#[derive(Clone, Debug)]
pub(super) struct Next {
    pub(super) run: i64,
    pub(super) plan: i64,
    pub(super) flow: String,
    pub(super) directory: Directory,
    pub(super) after: u64,
    pub(super) kinds: &'static [ActionKind],
    pub(super) limit: usize,
    pub(super) step: Step,
    /// Positions of actions that are skipped, with the reason.
    pub(super) kept: BTreeMap<u64, String>,
}

/// How an action compares with the target as it is now.
enum Verdict {
    Write(Request),
    Done,
    Skip(String),
}

impl Next {
    fn read(self, connection: &mut Connection, now: DateTime<Utc>) -> Result<Chunk, StateError> {
        let transaction = connection.transaction()?;
        let actions = plans::due(&transaction, self.plan, &self.flow, self.kinds, self.after, self.limit)?;
        let mut chunk = Chunk { last: self.after, writes: Vec::new(), skipped: Vec::new(), done: 0 };
        let mut due = Vec::new();
        for action in actions {
            chunk.last = action.seq;
            if let Some(reason) = self.kept.get(&action.seq) {
                chunk.skipped.push((action, reason.clone()));
                continue;
            }
            match self.verdict(&transaction, &action)? {
                Verdict::Skip(reason) => chunk.skipped.push((action, reason)),
                Verdict::Done => chunk.done += 1,
                Verdict::Write(request) => due.push((action, request)),
            }
        }
        let intents: Vec<Intent> = due
            .iter()
            .map(|(action, request)| Intent {
                run: self.run,
                action: Some((self.plan, action.seq)),
                flow: action.flow.clone(),
                kind: action.kind,
                step: self.step,
                source_id: action.source_id.clone(),
                target_id: action.target_id.clone(),
                request: json!(request),
            })
            .collect();
        let intents = journal::intend(&transaction, &intents, now)?;
        transaction.commit()?;
        chunk.writes =
            intents.into_iter().zip(due).map(|(intent, (action, request))| Write { intent, action, request }).collect();
        Ok(chunk)
    }

    fn verdict(&self, connection: &Connection, action: &Action) -> Result<Verdict, StateError> {
        let wanted: Map<String, Value> =
            action.changes.iter().map(|change| (change.field.clone(), change.after.clone())).collect();
        if action.kind == ActionKind::Create {
            let key = self.directory.key_field().and_then(|field| wanted.get(field)).and_then(Value::as_str);
            return Ok(match current(connection, &self.flow, Whom::Key(key.unwrap_or_default()))? {
                None => Verdict::Write(Request { fields: wanted, active: true }),
                Some(it) if it.status == TargetStatus::Active && it.has(&wanted) => Verdict::Done,
                Some(_) => Verdict::Skip("it is in the target by now".to_owned()),
            });
        }
        let id = action.target_id.as_deref().unwrap_or_default();
        let Some(mut current) = current(connection, &self.flow, Whom::Id(id))? else {
            return Ok(Verdict::Skip("it is no longer in the target".to_owned()));
        };
        if let Some(reason) = current.protected.take().or_else(|| current.unwritable.take()) {
            return Ok(Verdict::Skip(reason));
        }
        if action.kind == ActionKind::Deactivate {
            return Ok(match current.status {
                TargetStatus::Active => Verdict::Write(Request { fields: current.fields, active: false }),
                TargetStatus::Inactive | TargetStatus::Deleted => Verdict::Done,
            });
        }
        if current.status == TargetStatus::Active && current.has(&wanted) {
            return Ok(Verdict::Done);
        }
        let expected = if action.kind == ActionKind::Update { TargetStatus::Active } else { TargetStatus::Inactive };
        if current.status != expected {
            return Ok(Verdict::Skip(format!("it is {} by now", current.status.as_str())));
        }
        let changed = action.changes.iter().find(|change| current.fields.get(&change.field) != Some(&change.before));
        if let Some(change) = changed {
            return Ok(Verdict::Skip(format!("`{}` was changed since the plan", change.field)));
        }
        current.fields.extend(wanted);
        Ok(Verdict::Write(Request { fields: current.fields, active: true }))
    }
}

/// Who is looked up in the target as it was just read.
pub(super) enum Whom<'a> {
    Id(&'a str),
    Key(&'a str),
}

/// A target person as it was just read.
pub(super) struct Current {
    pub(super) id: String,
    pub(super) status: TargetStatus,
    /// Why it may not be written, or cannot.
    protected: Option<String>,
    unwritable: Option<String>,
    pub(super) fields: Map<String, Value>,
}

impl Current {
    pub(super) fn has(&self, wanted: &Map<String, Value>) -> bool {
        wanted.iter().all(|(field, value)| self.fields.get(field) == Some(value))
    }
}

pub(super) fn current(connection: &Connection, flow: &str, whom: Whom<'_>) -> Result<Option<Current>, StateError> {
    let (condition, value) = match whom {
        Whom::Id(id) => ("id = ?2", id),
        Whom::Key(key) => ("keys ->> 0 = ?2", key),
    };
    let found = connection
        .prepare_cached(&format!(
            "SELECT id, status, protected, unwritable, fields FROM target_person WHERE flow = ?1 AND {condition} LIMIT 1"
        ))?
        .query_row(params![flow, value], |row| {
            let Json(fields) = row.get(4)?;
            let (protected, unwritable) = (row.get(2)?, row.get(3)?);
            Ok(Current { id: row.get(0)?, status: row.get(1)?, protected, unwritable, fields })
        })
        .optional()?;
    Ok(found)
}
