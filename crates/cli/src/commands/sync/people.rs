//! `sync explain`, `sync adopt`, `sync forget`: one person.

use clap::{Args, ValueEnum};
use rosterkit_core::chrono::{SecondsFormat, Utc};
use rosterkit_sync::config::{Flow, From, SyncFile, To};
use rosterkit_sync::engine::{Explanation, PlanOptions};
use rosterkit_sync::state::forget::{FlowSystems, Person, forget};
use rosterkit_sync::state::identities::{self, Origin};
use rosterkit_sync::state::runs::{self, RunStatus};
use rosterkit_sync::state::snapshots::{self, SourceStatus};
use rosterkit_sync::state::{Connection, Side, StateError, plans};
use serde_json::{Value, json};

use super::report::ReportOptions;
use super::setup::{self, FileOption};
use super::told;
use super::work::Work;
use crate::context::Context;
use crate::error::Error;

const EXPLANATION: [&str; 9] =
    ["flow", "source_id", "target_id", "matched", "scope", "target", "kind", "changes", "reason"];

const EXPLAIN: &str = "\
PERSON is an id in the source or in the target; for completions, also the id of a completion or of a training record. Both sides are read as for a plan; nothing is written to a service, and the \
plan is not kept.

Examples:
  rosterkit --sandbox sync explain 21d22dff-4542-4091-a511-1910d103413e
  rosterkit sync explain ID
  rosterkit sync explain ID --output json";
const ADOPT: &str = "\
The ids are those of the last plan. From then on, sync manages the person in the target: it changes the fields that it owns, \
and may deactivate the person as `removals` says.

Examples:
  rosterkit --sandbox sync adopt people 21d22dff-4542-4091-a511-1910d103413e \\
    57f7399fe13db6a3c4480bd97c20547090f037c8a2430492a8fdc5c7ab04ae8d
  rosterkit sync adopt people ID SESSION_USER_ID";
const FORGET: &str = "\
The person is erased from the snapshots, the identity map, the plans and the ledger. The history keeps what was done, with a \
keyed hash in place of the ids. Plan files, reports, backups of the state file and the services are not reached, and a person \
whom the source still has is read again by the next plan.

Examples:
  rosterkit --sandbox sync forget 21d22dff-4542-4091-a511-1910d103413e
  rosterkit sync forget ID";

/// Show what sync knows of a person, and what would change
#[derive(Args, Debug)]
#[command(after_help = EXPLAIN)]
pub(super) struct Explain {
    /// An id in the source or in the target
    #[arg(value_name = "PERSON")]
    person: String,
    #[command(flatten)]
    file: FileOption,
}

impl Explain {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut rows = told::action_rows(context, &EXPLANATION)?;
        let file = setup::load(context, &self.file)?;
        let flows = file.flows.clone();
        let mut work = Work::begin(context, file, "sync explain", &ReportOptions::default()).await?;
        let person = self.person;
        let result = async {
            let options = PlanOptions { only: Some(person.clone()), ..PlanOptions::default() };
            let plan = work.plan(&options).await?;
            let found = work.engine.explain(plan.id, &person).await?;
            // What was made to look at one person must not be the newest plan, which `sync apply` takes.
            work.engine.state().call(move |connection| plans::delete(connection, plan.id)).await?;
            if found.is_empty() {
                return Err(Error::usage(format!("no one has the id `{person}` on either side of a flow")));
            }
            for explanation in found {
                let flow = flows.iter().find(|flow| flow.name == explanation.flow);
                rows.push(explained(context, flow, &explanation))?;
            }
            Ok(())
        };
        let result = result.await.and_then(|()| rows.finish());
        work.end(result).await
    }
}

fn explained(context: &Context, flow: Option<&Flow>, it: &Explanation) -> Value {
    let mut row = match &it.action {
        Some(action) => told::action_row(context, action, false),
        None => json!({ "flow": it.flow, "kind": "unchanged", "changes": null, "reason": "it is as it should be" }),
    };
    let source_id = it.source.as_ref().map(|it| &it.id).or(it.identity.as_ref().map(|it| &it.source_id));
    let target_id = it.target.as_ref().map(|it| &it.id).or(it.identity.as_ref().map(|it| &it.target_id));
    if flow.is_some_and(|flow| flow.completions.is_some()) {
        return of_completion(row, it);
    }
    let label_of_target = it.target.as_ref().and_then(|it| it.label.as_ref());
    row["label"] = json!(it.source.as_ref().and_then(|it| it.label.as_ref()).or(label_of_target));
    row["source_id"] = json!(source_id);
    row["target_id"] = json!(target_id);
    row["matched"] = matched(it).into();
    row["scope"] = scope(flow, it).into();
    row["target"] = match &it.target {
        Some(target) => target.status.as_str().into(),
        None => "not there".into(),
    };
    row["protected"] = json!(
        it.source
            .as_ref()
            .and_then(|it| it.protected.as_ref())
            .or(it.target.as_ref().and_then(|it| it.protected.as_ref()))
    );
    row["identity"] = match &it.identity {
        Some(identity) => json!({
            "origin": identity.origin,
            "since_run": identity.since_run,
            "deactivated_by_sync": identity.deactivated_by_sync,
            "missing_since": identity.missing_since.map(|time| time.to_rfc3339_opts(SecondsFormat::Secs, true)),
            "missing_reads": identity.missing_reads,
        }),
        None => Value::Null,
    };
    row["wanted"] = json!(it.source.as_ref().map(|it| &it.fields));
    row["found"] = json!(it.target.as_ref().map(|it| &it.fields));
    row
}

/// A completion and its training record.
fn of_completion(mut row: Value, it: &Explanation) -> Value {
    let record = it.record.as_ref();
    if it.action.is_none() {
        row["source_id"] = json!(record.map(|it| &it.completion_id));
        row["target_id"] = json!(record.map(|it| &it.user_id));
    }
    row["matched"] = match &row["target_id"] {
        Value::Null => "no LMS user".into(),
        _ => "the LMS user in `target_id`".into(),
    };
    row["scope"] = "a completion".into();
    row["target"] = match record {
        Some(record) => format!("{}: RecordID {}", record.status.as_str(), record.record_id).into(),
        None => "no training record".into(),
    };
    row["found"] = json!(record.map(|it| &it.row));
    row
}

/// How the two sides were matched.
fn matched(it: &Explanation) -> String {
    match (&it.identity, &it.pass) {
        (Some(identity), _) => format!("{} in run {}", identity.origin.as_str(), identity.since_run),
        (None, Some(pass)) => format!("by `{pass}`; recorded when the plan is applied"),
        (None, None) => "with no one".to_owned(),
    }
}

/// Why the person is in scope, or not.
fn scope(flow: Option<&Flow>, it: &Explanation) -> String {
    let condition = |name: &str, expression: Option<&rosterkit_sync::expression::Expression>| match expression {
        Some(expression) => format!("`{name}`: {}", expression.as_str()),
        None => format!("no `{name}`"),
    };
    let of_scope = condition("where", flow.and_then(|flow| flow.scope.as_ref()));
    let of_active = flow.and_then(|flow| flow.active.as_ref());
    let Some(source) = &it.source else { return "not in the source".to_owned() };
    match source.status {
        SourceStatus::Wanted => format!("in scope ({of_scope})"),
        SourceStatus::OutOfScope => format!("out of scope ({of_scope})"),
        SourceStatus::Inactive => match of_active {
            Some(_) => format!("inactive in the source ({})", condition("active", of_active)),
            None => "inactive in the source".to_owned(),
        },
        SourceStatus::Deleted => "deleted in the source".to_owned(),
        SourceStatus::Invalid | SourceStatus::Duplicate => {
            format!("not usable: {}", source.problem.as_deref().unwrap_or("the record cannot be used"))
        }
    }
}

/// Record that two people are the same, so that sync manages the one in the target
#[derive(Args, Debug)]
#[command(after_help = ADOPT)]
pub(super) struct Adopt {
    /// The flow
    #[arg(value_name = "FLOW")]
    flow: String,
    /// The id in the source
    #[arg(value_name = "SOURCE_ID")]
    source_id: String,
    /// The id in the target
    #[arg(value_name = "TARGET_ID")]
    target_id: String,
    #[command(flatten)]
    file: FileOption,
}

/// What became of an adoption.
enum Adoption {
    New,
    Known,
    Refused(String),
}

impl Adopt {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = context.printer()?;
        let file = setup::load(context, &self.file)?;
        setup::check_flow(&file, &self.flow)?;
        let state = setup::existing_state(&file, "sync adopt").await?;
        let Self { flow, source_id, target_id, .. } = self;
        let row = json!({ "flow": flow, "source_id": source_id, "target_id": target_id });
        let hash = file.hash;
        let adoption = state.call(move |connection| adopt(connection, &flow, &source_id, &target_id, &hash)).await?;
        match adoption {
            Adoption::Refused(reason) => Err(Error::usage(reason)),
            Adoption::Known => {
                context.hint("the pair was recorded before");
                printer.document(row)
            }
            Adoption::New => printer.of_write().document(row),
        }
    }
}

fn adopt(
    connection: &Connection,
    flow: &str,
    source_id: &str,
    target_id: &str,
    hash: &str,
) -> Result<Adoption, StateError> {
    let refused = |reason: String| Ok(Adoption::Refused(reason));
    if snapshots::source(connection, flow, source_id)?.is_none() {
        return refused(format!(
            "the last plan of flow `{flow}` has no one with the id `{source_id}` in the source: plan first"
        ));
    }
    let Some(target) = snapshots::target(connection, flow, target_id)? else {
        return refused(format!(
            "the last plan of flow `{flow}` has no one with the id `{target_id}` in the target: plan first"
        ));
    };
    if let Some(reason) = target.unwritable {
        return refused(format!("`{target_id}` in the target cannot be adopted: {reason}"));
    }
    let run = runs::begin(connection, "sync adopt", hash, Utc::now())?;
    let adopted = identities::insert(connection, flow, source_id, target_id, Origin::Adopted, run).and_then(|is_new| {
        if is_new {
            identities::set_applied(connection, flow, source_id, &target.fields)?;
        }
        Ok(is_new)
    });
    let status = if adopted.is_ok() { RunStatus::Done } else { RunStatus::Failed };
    runs::end(connection, run, status, &json!({ "flow": flow }), Utc::now())?;
    Ok(if adopted? { Adoption::New } else { Adoption::Known })
}

/// A side of a flow.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SideName {
    /// Where records come from
    Source,
    /// Where they go
    Target,
}

/// Erase a person from the state file
#[derive(Args, Debug)]
#[command(after_help = FORGET)]
pub(super) struct Forget {
    /// An id in the source or in the target
    #[arg(value_name = "PERSON")]
    person: String,
    /// The flow that knows the person by this id, if the id means several people
    #[arg(long, value_name = "NAME")]
    flow: Option<String>,
    /// The side of that flow
    #[arg(long, value_enum, value_name = "SIDE", requires = "flow")]
    side: Option<SideName>,
    #[command(flatten)]
    file: FileOption,
}

impl Forget {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = context.printer()?;
        let file = setup::load(context, &self.file)?;
        self.flow.iter().try_for_each(|flow| setup::check_flow(&file, flow))?;
        let side = self.side.map(|side| match side {
            SideName::Source => Side::Source,
            SideName::Target => Side::Target,
        });
        let person = Person { id: self.person, flow: self.flow, side };
        let systems = systems(&file);
        let state = setup::existing_state(&file, "sync forget").await?;
        let forgotten = state.call(move |connection| forget(connection, &person, &systems)).await?;
        printer.of_write().document(json!({
            "source_people": forgotten.source_people,
            "target_people": forgotten.target_people,
            "identities": forgotten.identities,
            "pairings": forgotten.pairings,
            "plans": forgotten.plans,
            "actions": forgotten.actions,
            "journal": forgotten.journal,
            "ledger": forgotten.ledger,
            "mentions": forgotten.mentions,
        }))?;
        context.hint("plan files, reports, backups of the state file and the services are not reached");
        Ok(())
    }
}

/// Which systems the flows connect: the same id in the same system is the same person.
fn systems(file: &SyncFile) -> Vec<FlowSystems> {
    let of_source = |from: &From| match from {
        From::GenesysUsers { .. } => "genesys".to_owned(),
        From::LmsUsers => "lms".to_owned(),
        From::SessionUsers => "sessions".to_owned(),
        From::SessionCompletions => "session completions".to_owned(),
        From::File { path, .. } => format!("file {}", path.display()),
    };
    let of_target = |to: To| match to {
        To::GenesysUsers => "genesys",
        To::SessionUsers => "sessions",
        To::LmsUsers | To::LmsExternalTraining => "lms",
    };
    let systems = file.flows.iter().map(|flow| FlowSystems {
        flow: flow.name.clone(),
        source: of_source(&flow.from),
        target: of_target(flow.to).to_owned(),
    });
    systems.collect()
}
