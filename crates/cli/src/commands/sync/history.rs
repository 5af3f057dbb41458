//! `sync status`, `sync history`, `sync show`: what the state file says. They read it without its lock, also while a run goes
//! on, and call no service.

use clap::Args;
use rosterkit_core::chrono::{DateTime, SecondsFormat, Utc};
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::state::journal::{self, Entry, EntryOutcome};
use rosterkit_sync::state::runs::{self, Run};
use rosterkit_sync::state::side_reads::{self, SideRead};
use rosterkit_sync::state::{Connection, Side, State, StateError, identities, plans};
use serde_json::{Value, json};

use super::setup::{self, FileOption};
use crate::context::Context;
use crate::error::Error;
use crate::text;

const ENTRIES: [&str; 9] = ["run", "at", "flow", "kind", "step", "source_id", "target_id", "outcome", "correlation_id"];
/// The most characters of a service's message.
const MAX_REASON: usize = 500;

const STATUS: &str = "\
Examples:
  rosterkit --sandbox sync status
  rosterkit sync status
  rosterkit sync status --output json --query last_run.status";
const HISTORY: &str = "\
A person is an id in the source or in the target. `-v` adds the reasons, in the words of the service.

Examples:
  rosterkit --sandbox sync history
  rosterkit sync history
  rosterkit sync history --person ID
  rosterkit sync history --limit 1000 --output csv";
const SHOW: &str = "\
`sync history` has the numbers of runs. `-v` adds the reasons, in the words of the service.

Examples:
  rosterkit --sandbox sync show 1
  rosterkit sync show 1
  rosterkit sync show 1 --output jsonl";

/// Show the state: the last run, the newest plan, the flows
#[derive(Args, Debug)]
#[command(after_help = STATUS)]
pub(super) struct Status {
    #[command(flatten)]
    file: FileOption,
}

impl Status {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = context.printer()?;
        let file = setup::load(context, &self.file)?;
        let state = State::open_read_only(&file.state).await?;
        let bytes = std::fs::metadata(state.path()).map(|found| found.len()).ok();
        let path = state.path().display().to_string();
        let mut status = state.call(move |connection| read_status(connection, &file)).await?;
        status["state_file"] = path.into();
        status["state_bytes"] = bytes.into();
        printer.document(status)
    }
}

fn read_status(connection: &Connection, file: &SyncFile) -> Result<Value, StateError> {
    let last_run = runs::last(connection, 1)?.into_iter().next();
    let newest_plan = plans::last(connection)?.map(|plan| {
        json!({
            "plan": plan.id, "created_at": time(plan.created_at), "applied_at": plan.applied_at.map(time),
            "is_of_this_sync_file": plan.file_hash == file.hash,
        })
    });
    let mut flows = Vec::new();
    for flow in &file.flows {
        let side = |side| Ok::<_, StateError>(side_reads::last_complete(connection, &flow.name, side)?.map(read));
        flows.push(json!({
            "flow": flow.name,
            "managed": identities::count(connection, &flow.name)?,
            "last_complete_source": side(Side::Source)?,
            "last_complete_target": side(Side::Target)?,
        }));
    }
    Ok(json!({
        "sync_file": file.path.display().to_string(),
        "last_run": last_run.map(run_value),
        "newest_plan": newest_plan,
        "effects_without_outcome": journal::count_open(connection)?,
        "flows": flows,
    }))
}

fn read(read: SideRead) -> Value {
    json!({ "run": read.run, "at": time(read.ended_at), "records": read.rows })
}

fn run_value(run: Run) -> Value {
    json!({
        "run": run.id, "command": run.command, "started_at": time(run.started_at), "ended_at": run.ended_at.map(time),
        "status": run.status,
    })
}

fn time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// List what was done to whom, the newest first
#[derive(Args, Debug)]
#[command(after_help = HISTORY)]
pub(super) struct History {
    #[command(flatten)]
    file: FileOption,
    /// Only what was done to this person
    #[arg(long, value_name = "PERSON")]
    person: Option<String>,
    /// At most N effects
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

impl History {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut rows = context.printer()?.fixed_rows(&columns(context))?;
        let file = setup::load(context, &self.file)?;
        let state = State::open_read_only(&file.state).await?;
        let entries = state.call(move |connection| match &self.person {
            Some(person) => journal::of_person(connection, person, self.limit),
            None => journal::last(connection, self.limit),
        });
        for entry in entries.await? {
            rows.push(row(context, entry))?;
        }
        rows.finish()
    }
}

/// List what a run did
#[derive(Args, Debug)]
#[command(after_help = SHOW)]
pub(super) struct Show {
    /// The number of the run
    #[arg(value_name = "RUN", value_parser = clap::value_parser!(i64).range(1..))]
    run: i64,
    #[command(flatten)]
    file: FileOption,
}

impl Show {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut rows = context.printer()?.fixed_rows(&columns(context))?;
        let file = setup::load(context, &self.file)?;
        let state = State::open_read_only(&file.state).await?;
        let number = self.run;
        let Some(run) = state.call(move |connection| runs::get(connection, number)).await? else {
            return Err(Error::usage(format!("the state file has no run {number}; `sync status` has the last one")));
        };
        let read = setup::stream(
            &state,
            move |connection, take| journal::each_of_run(connection, number, take),
            |entry| rows.push(row(context, entry)),
        );
        read.await?;
        rows.finish()?;
        let status = run.status.map_or("it goes on, or was killed", |status| status.as_str()).replace('_', " ");
        context.hint(format_args!("run {number}: {}, {}: {status}", run.command, time(run.started_at)));
        Ok(())
    }
}

fn columns(context: &Context) -> Vec<&'static str> {
    ENTRIES.into_iter().chain((context.global.verbose > 0).then_some("reason")).collect()
}

/// An effect as a row. Its reason is in the words of the service, which may quote personal data.
fn row(context: &Context, entry: Entry) -> Value {
    let mut row = json!({
        "run": entry.run, "at": time(entry.intended_at), "flow": entry.flow, "kind": entry.kind, "step": entry.step,
        "source_id": entry.source_id, "target_id": entry.target_id,
        "outcome": entry.outcome.map_or("none yet", EntryOutcome::as_str), "correlation_id": entry.correlation_id,
    });
    if context.global.verbose > 0 {
        row["reason"] = entry.reason.map(|reason| text::shortened(&reason, MAX_REASON)).into();
    }
    row
}
