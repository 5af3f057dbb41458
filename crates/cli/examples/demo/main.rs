//! Brings the people and the completions of an embedded sandbox in step by the sync file beside this program: `make demo`.
//!
//! People of Genesys become session users, and their completions become training records of the LMS: planned, applied, and
//! planned again, which finds nothing to do. Both sides are counted by calls of the clients, before and after. Every number
//! is checked against the one before; the exit code is not zero on a mismatch.

mod figures;
mod services;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_sandbox::Sandbox;
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::engine::{ApplyOptions, Engine, Plan, PlanOptions};
use rosterkit_sync::plan::{ActionKind, FlowSummary, PlanSummary};
use rosterkit_sync::state::plans::{self, ActionFilter};
use rosterkit_sync::state::{State, runs};

use self::figures::Figures;

/// The sync file, with its path in the repository.
const SYNC_FILE: (&str, &str) = ("crates/cli/examples/demo/rosterkit-sync.toml", include_str!("rosterkit-sync.toml"));
/// Its flows.
const FLOWS: [&str; 3] = ["people", "accounts", "training"];

/// Brings the people and the completions of an embedded sandbox in step by a sync file, and checks the numbers.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// Number of people.
    #[arg(long, default_value_t = 250)]
    pub users: u64,
    /// Seed of the people.
    #[arg(long, default_value_t = 7)]
    pub seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse(), &mut io::stdout()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // There is no other place to report a failure of standard error.
            let _ = writeln!(io::stderr(), "demo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Plans, applies, plans again, and compares what the services hold.
pub async fn run(arguments: &Arguments, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().users(arguments.users).seed(arguments.seed).start().await?;
    let services = services::connect(&sandbox)?;
    let folder = tempfile::tempdir()?;
    let (path, text) = SYNC_FILE;
    let state = State::open(&folder.path().join("rosterkit-sync.db"), "demo").await?;
    // Sync has the time of the sandbox, so that every run does the same.
    let now = sandbox.now();
    let engine = Engine::new(SyncFile::parse(text, Path::new(path))?, services.clone(), state).clock(move || now);
    let mut figures = Figures::default();
    let mut table = Table::new(&sandbox);

    let before = services::count(&services).await?;
    (figures.people, figures.session_users) = (before.people, before.session_users);
    (figures.lms_users, figures.completions) = (before.lms_users, before.completions);
    table.row("count", format!("Genesys: {} people", before.people));
    table.row("", format!("session service: {} users, {} completions", before.session_users, before.completions));
    table.row("", format!("LMS: {} users", before.lms_users));

    let planned = plan(&engine, now).await?;
    let [people, accounts, training] = flows(&planned.summary)?;
    let unmanaged = people.counts.get(&ActionKind::Unmanaged).copied().unwrap_or_default();
    (figures.people_read, figures.people_judged) = (people.source.rows, judged(people) - unmanaged);
    (figures.session_users_read, figures.lms_users_read) = (people.target.rows, accounts.target.rows);
    (figures.people_linked_or_not, figures.links_read) = (judged(accounts), accounts.source.rows);
    (figures.completions_read, figures.completions_judged) = (training.source.rows, judged(training));
    (figures.creations, figures.rows) = (people.due(ActionKind::Create), training.due(ActionKind::Create));
    table.flows("plan", &planned.summary);

    let report = engine.apply(begin(&engine, now).await?, planned.id, &ApplyOptions::default()).await?;
    for flow in &report.flows {
        let mut reasons = flow.kept_back.iter().chain(flow.not_done.iter().map(|it| &it.reason));
        if let Some(reason) = reasons.next() {
            return Err(format!("flow `{}` was not applied completely: {reason}", flow.flow).into());
        }
    }
    let accepted = |name: &str| {
        let flow = report.flows.iter().find(|flow| flow.flow == name);
        flow.and_then(|flow| flow.outcomes.get("accepted")).copied().unwrap_or_default()
    };
    (figures.created, figures.rows_accepted) = (accepted("people"), accepted("training"));
    table.row("apply", format!("people: {} created", figures.created));
    table.row("", format!("training: {} rows accepted", figures.rows_accepted));

    let after = services::count(&services).await?;
    figures.session_users_after = after.session_users;
    figures.in_step = services::people_in_step(&services).await?;
    figures.in_step_planned = figures.created + people.due(ActionKind::Unchanged);
    let records = services::training_records(&services, &learners(&engine, planned.id).await?).await?;
    (figures.learners, figures.read_back) = (records.learners, records.found);
    table.row(
        "read back",
        format!("session service: {} users, {} in step with Genesys", after.session_users, figures.in_step),
    );
    table.row("", format!("LMS: {} training records of {} users", figures.read_back, figures.learners));

    let again = plan(&engine, now).await?;
    figures.writes_planned_again = writes(&again.summary);
    table.flows("plan again", &again.summary);

    table.write(out)?;
    for line in left_out(&engine, planned.id).await? {
        writeln!(out, "  {line}")?;
    }
    sandbox.stop().await;
    figures.check()?;
    writeln!(out, "Every number adds up.")?;
    Ok(())
}

async fn begin(engine: &Engine, now: DateTime<Utc>) -> Result<i64, Box<dyn Error>> {
    let hash = engine.file().hash.clone();
    Ok(engine.state().call(move |connection| runs::begin(connection, "demo", &hash, now)).await?)
}

async fn plan(engine: &Engine, now: DateTime<Utc>) -> Result<Plan, Box<dyn Error>> {
    // In a sandbox of one person, the session service has nobody.
    let options = PlanOptions { accept_source_size: true, ..PlanOptions::default() };
    Ok(engine.plan(begin(engine, now).await?, &options).await?)
}

/// The summaries of the three flows.
fn flows(summary: &PlanSummary) -> Result<[&FlowSummary; 3], Box<dyn Error>> {
    let names: Vec<&str> = summary.flows.iter().map(|flow| flow.flow.as_str()).collect();
    match summary.flows.as_slice() {
        [people, accounts, training] if names == FLOWS => Ok([people, accounts, training]),
        _ => Err(format!("expected the flows {}, got {}", FLOWS.join(", "), names.join(", ")).into()),
    }
}

/// The number of records about which a plan says something. In a flow to session users, those that are unmanaged are in the
/// target; in a flow that links, they are in the source.
fn judged(flow: &FlowSummary) -> u64 {
    flow.counts.values().sum()
}

fn writes(summary: &PlanSummary) -> u64 {
    let kinds = || ActionKind::ALL.into_iter().filter(|kind| kind.is_write());
    summary.flows.iter().flat_map(|flow| kinds().map(|kind| flow.due(kind))).sum()
}

/// The completions that a plan carries, by LMS user.
async fn learners(engine: &Engine, plan: i64) -> Result<BTreeMap<String, Vec<String>>, Box<dyn Error>> {
    let read = move |connection: &mut _| {
        let mut learners = BTreeMap::<String, Vec<String>>::new();
        let filter = ActionFilter { flow: Some("training"), kind: Some(ActionKind::Create) };
        plans::each_action(connection, plan, filter, |action| {
            if let (Some(user), Some(completion)) = (action.target_id, action.source_id) {
                learners.entry(user).or_default().push(completion);
            }
            Ok(())
        })?;
        Ok(learners)
    };
    Ok(engine.state().call(read).await?)
}

/// How many records of each kind were not written, and why the first was not.
async fn left_out(engine: &Engine, plan: i64) -> Result<Vec<String>, Box<dyn Error>> {
    let read = move |connection: &mut _| {
        let mut kinds = BTreeMap::<_, (u64, String)>::new();
        plans::each_action(connection, plan, ActionFilter::default(), |action| {
            if !action.is_due() {
                let reason = action.held.unwrap_or(action.reason);
                kinds.entry((action.flow, action.kind)).or_insert((0, reason)).0 += 1;
            }
            Ok(())
        })?;
        Ok(kinds)
    };
    let kinds = engine.state().call(read).await?.into_iter();
    let line = |((flow, kind), (count, reason)): ((String, ActionKind), _)| {
        format!("{count:>4}  {flow}: {}, the first because: {reason}", kind.as_str())
    };
    Ok(kinds.map(line).collect())
}

/// Prints the steps, with the number of requests of each.
struct Table<'a> {
    sandbox: &'a Sandbox,
    rows: Vec<(&'static str, String)>,
    /// The requests since the start, at the last row of each step.
    requests: Vec<u64>,
}

impl<'a> Table<'a> {
    fn new(sandbox: &'a Sandbox) -> Self {
        Self { sandbox, rows: Vec::new(), requests: Vec::new() }
    }

    /// Adds a row. The rows behind the first of a step have no name.
    fn row(&mut self, step: &'static str, result: String) {
        self.rows.push((step, result));
        if !step.is_empty() {
            self.requests.push(self.sandbox.requests().total());
        }
    }

    /// Adds the counts of each flow.
    fn flows(&mut self, step: &'static str, summary: &PlanSummary) {
        for (position, flow) in summary.flows.iter().enumerate() {
            let counts = flow.counts.iter().filter(|(_, count)| **count > 0);
            let counts: Vec<String> = counts.map(|(kind, count)| format!("{count} {}", kind.as_str())).collect();
            let counts = if counts.is_empty() { "nobody".to_owned() } else { counts.join(", ") };
            self.row(if position == 0 { step } else { "" }, format!("{}: {counts}", flow.flow));
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or_default();
        let first = width(&mut self.rows.iter().map(|(step, _)| step.len()));
        let second = width(&mut self.rows.iter().map(|(_, result)| result.len()));
        writeln!(out, "{:first$}  {:second$}  requests", "step", "result")?;
        let (mut steps, mut before) = (self.requests.iter(), 0);
        for (step, result) in &self.rows {
            let total = if step.is_empty() { None } else { steps.next() };
            match total {
                Some(total) => {
                    writeln!(out, "{step:first$}  {result:second$}  {:>8}", total - before)?;
                    before = *total;
                }
                None => writeln!(out, "{step:first$}  {result}")?,
            }
        }
        Ok(())
    }
}
