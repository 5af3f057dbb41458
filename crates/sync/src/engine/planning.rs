//! Planning: both sides are read, compared, and checked against the limits.

use std::collections::BTreeMap;

use rosterkit_core::chrono::{DateTime, Utc};
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{Engine, Error, Progress};
use crate::config::{Flow, To};
use crate::hex::hex;
use crate::plan::{
    ActionKind, Allowances, Comparison, FlowSummary, PlanSummary, SideSummary, WITHOUT_ID, managed_active, pair,
};
use crate::source::{EMPTY_LIST, ReadReport};
use crate::state::plans::{self, ActionFilter};
use crate::state::{Side, StateError, meta, side_reads};
use crate::target::{Directory, Names};

/// How to plan.
#[derive(Clone, Debug, Default)]
pub struct PlanOptions {
    /// Only this person: an id of either side.
    pub only: Option<String>,
    /// Limits in place of those of the flows.
    pub allowances: Allowances,
    /// Whether the sizes of both sides are accepted, however much smaller they are than the last complete ones.
    pub accept_source_size: bool,
    /// Only these flows. Empty: all.
    pub flows: Vec<String>,
}

/// A plan in the state file.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its number in the state file.
    pub id: i64,
    /// The counts of each flow.
    pub summary: PlanSummary,
}

impl Engine {
    /// Plans all flows, or those that are asked for.
    ///
    /// # Errors
    /// If a side cannot be read, the state file fails, or it belongs to services at other addresses. Nothing is written to a
    /// target.
    pub async fn plan(&self, run: i64, options: &PlanOptions) -> Result<Plan, Error> {
        self.check_addresses().await?;
        let id = self.begin_plan(run).await?;
        let mut summary = PlanSummary { is_partial: options.only.is_some(), ..PlanSummary::default() };
        for flow in self.file.flows.iter().filter(|flow| options.flows.is_empty() || options.flows.contains(&flow.name))
        {
            summary.flows.push(self.plan_flow(run, id, flow, options).await?);
        }
        self.keep_back_dependents(&mut summary);
        let kept = json!(summary);
        self.state.call(move |connection| finish_plan(connection, id, &kept)).await?;
        Ok(Plan { id, summary })
    }

    async fn begin_plan(&self, run: i64) -> Result<i64, Error> {
        let (hash, now, addresses) = (self.file.hash.clone(), self.now(), json!(self.services.addresses()));
        let begin =
            move |connection: &mut Connection| plans::insert(connection, run, &hash, &addresses, &json!(null), now);
        Ok(self.state.call(begin).await?)
    }

    async fn plan_flow(&self, run: i64, plan: i64, flow: &Flow, options: &PlanOptions) -> Result<FlowSummary, Error> {
        if flow.to == To::LmsExternalTraining {
            return self.plan_completions(run, plan, flow, options).await;
        }
        let Some(directory) = Directory::of(flow.to) else {
            return Err(Error::Refused(format!("flow `{}`: this target is not supported yet", flow.name)));
        };
        let names = Names::read(&self.services, flow).await?;
        let source = self.load_source(flow, directory, &names).await?;
        let source = self.judge(run, flow, Side::Source, source, options.accept_source_size).await?;
        let target = self.load_target(flow, directory, &names).await?;
        let target = self.judge(run, flow, Side::Target, target, options.accept_source_size).await?;
        // From an incomplete target no one is created, so that no one is in the way.
        if directory == Directory::GenesysUsers && target.incomplete.is_empty() {
            self.load_deleted(flow, &names, options.only.as_deref()).await?;
        }

        let mut summary = FlowSummary { flow: flow.name.clone(), source, target, ..FlowSummary::default() };
        let because = |side: &str, reasons: &[String]| {
            (!reasons.is_empty()).then(|| format!("the {side} was not read completely: {}", reasons.join("; ")))
        };
        let is_first = !self.was_applied(flow).await?;
        let comparison = OwnedComparison {
            flow: flow.clone(),
            directory,
            no_removals: because("source", &summary.source.incomplete)
                .or_else(|| is_first.then(|| "the first apply of a flow removes no one".to_owned())),
            no_creations: because("target", &summary.target.incomplete),
            source_is_complete: summary.source.incomplete.is_empty(),
            now: self.now(),
            only: options.only.clone(),
        };
        self.tell(|| Progress::Comparing { flow: flow.name.clone() });
        let counted = self.state.call(move |connection| comparison.run(connection, plan)).await?;
        (summary.counts, summary.held, summary.managed_active) = (counted.counts, counted.held, counted.managed_active);
        if directory == Directory::GenesysUsers {
            self.protect_administrators(plan, flow, &mut summary).await?;
        }
        summary.kept_back = summary.over(&flow.limits, &options.allowances);
        Ok(summary)
    }

    /// Compares the size of a read with that of the last complete one, and records it.
    async fn judge(
        &self,
        run: i64,
        flow: &Flow,
        side: Side,
        mut report: ReadReport,
        accepts_size: bool,
    ) -> Result<SideSummary, Error> {
        let (name, min_percent, now) = (flow.name.clone(), flow.limits.min_percent, self.now());
        let judge = move |connection: &mut Connection| {
            // A new target has no one. A source without anybody is a fault, whoever accepts it.
            if let (Side::Target, Some(empty)) =
                (side, report.incomplete.iter_mut().find(|reason| *reason == EMPTY_LIST))
            {
                empty.push_str("; --accept-source-size accepts it");
                if accepts_size {
                    report.incomplete.retain(|reason| !reason.starts_with(EMPTY_LIST));
                }
            }
            let last = side_reads::reference(connection, &name, side)?.filter(|_| !accepts_size);
            if let Some(last) = last
                && u128::from(report.rows) * 100 < u128::from(last.rows) * u128::from(min_percent)
            {
                report.incomplete.push(format!(
                    "{} records are less than {min_percent} % of the {} of the last complete read; \
                     --accept-source-size accepts them",
                    report.rows, last.rows
                ));
            }
            side_reads::record(connection, run, &name, side, &report, now)?;
            if report.is_complete() {
                side_reads::mark_reference(connection, run, &name, side)?;
            }
            Ok(SideSummary { rows: report.rows, incomplete: report.incomplete })
        };
        Ok(self.state.call(judge).await?)
    }

    /// Whether a plan of the flow was applied before.
    pub(super) async fn was_applied(&self, flow: &Flow) -> Result<bool, Error> {
        let key = format!("applied/{}", flow.name);
        Ok(self.state.call(move |connection| meta::get(connection, &key)).await?.is_some())
    }

    /// A flow that uses the identities of another one is kept back with it.
    fn keep_back_dependents(&self, summary: &mut PlanSummary) {
        for index in 0..summary.flows.len() {
            let name = &summary.flows[index].flow;
            let flow = self.file.flows.iter().find(|flow| flow.name == *name);
            let used = flow.and_then(|flow| flow.completions.as_ref()).and_then(|it| it.identities.as_ref());
            let is_kept_back = used.is_some_and(|used| {
                summary.flows.iter().any(|other| other.flow == *used && !other.kept_back.is_empty())
            });
            if let (true, Some(used)) = (is_kept_back, used) {
                summary.flows[index].kept_back.push(format!("it uses the identities of `{used}`, which is kept back"));
            }
        }
    }
}

/// What is counted while actions are written.
struct Counted {
    counts: BTreeMap<ActionKind, u64>,
    held: BTreeMap<ActionKind, u64>,
    managed_active: u64,
}

/// A comparison that can be sent to the thread of the state file.
struct OwnedComparison {
    flow: Flow,
    directory: Directory,
    no_removals: Option<String>,
    no_creations: Option<String>,
    source_is_complete: bool,
    now: DateTime<Utc>,
    only: Option<String>,
}

impl OwnedComparison {
    fn run(self, connection: &mut Connection, plan: i64) -> Result<Counted, StateError> {
        let transaction = connection.transaction()?;
        let implied = self.directory.key_field().map(str::to_owned).into_iter();
        let passes: Vec<String> =
            implied.chain(self.flow.identity.passes.iter().map(|pass| pass.name.clone())).collect();
        // Who is completed with what the target has, or asked for alone, is looked at in any case.
        let leaves_settled = self.directory == Directory::SessionUsers && self.only.is_none();
        let key_field = self.directory.key_field();
        let settled = pair(&transaction, plan, &self.flow.name, &passes, key_field, leaves_settled)?;
        if let Some(only) = &self.only {
            keep_pair_of(&transaction, plan, only)?;
        }
        let comparison = Comparison {
            flow: &self.flow,
            directory: self.directory,
            no_removals: self.no_removals,
            no_creations: self.no_creations,
            now: self.now,
            source_is_complete: self.source_is_complete,
        };
        let mut counting = FlowSummary::default();
        let mut seq = plans::last_seq(&transaction, plan)?;
        comparison.run(&transaction, plan, |mut action| {
            let is_asked_for = self
                .only
                .as_ref()
                .is_none_or(|only| action.source_id.as_ref() == Some(only) || action.target_id.as_ref() == Some(only));
            if !is_asked_for {
                return Ok(());
            }
            counting.count(&action);
            // Of the unchanged ones, a plan has the number.
            if action.kind == ActionKind::Unchanged {
                return Ok(());
            }
            seq += 1;
            action.seq = seq;
            // The id of a record without one is of no use to anybody.
            if let Some(ordinal) = action.source_id.as_ref().and_then(|id| id.strip_prefix(WITHOUT_ID)) {
                action.label.get_or_insert(format!("record {ordinal}"));
                action.source_id = None;
            }
            plans::add_action(&transaction, plan, &action)
        })?;
        if settled > 0 {
            *counting.counts.entry(ActionKind::Unchanged).or_default() += settled;
        }
        let managed_active = managed_active(&transaction, &self.flow.name)?;
        transaction.commit()?;
        Ok(Counted { counts: counting.counts, held: counting.held, managed_active })
    }
}

/// Drops the pairs of others.
fn keep_pair_of(connection: &Connection, plan: i64, person: &str) -> Result<(), StateError> {
    connection.execute(
        "DELETE FROM pairing WHERE plan = ?1 AND source_id <> ?2 AND target_id <> ?2",
        rusqlite::params![plan, person],
    )?;
    Ok(())
}

/// Writes the summary, and the digest by which a plan file is recognized.
fn finish_plan(connection: &mut Connection, plan: i64, summary: &Value) -> Result<(), StateError> {
    let transaction = connection.transaction()?;
    let mut digest = Sha256::new();
    digest.update(summary.to_string());
    plans::each_action(&transaction, plan, ActionFilter::default(), |action| {
        digest.update(json!(action).to_string());
        Ok(())
    })?;
    plans::finish(&transaction, plan, summary, &hex(&digest.finalize()))?;
    plans::prune(&transaction)?;
    transaction.commit()?;
    Ok(())
}
