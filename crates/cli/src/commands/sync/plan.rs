//! `sync plan`: both sides are read and compared, and nothing is written to a service.

use std::path::PathBuf;

use clap::Args;
use rosterkit_sync::html::{Head, Page};
use rosterkit_sync::plan::PlanSummary;
use rosterkit_sync::plan_file;
use rosterkit_sync::state::plans::{self, ActionFilter, StoredPlan};
use rosterkit_sync::state::{State, StateError};

use super::report::{self, ReportOptions};
use super::setup::{self, FileOption, LimitOptions, Scope};
use super::told;
use super::work::Work;
use crate::atomic_file::AtomicFile;
use crate::context::Context;
use crate::error::Error;
use crate::output::Rows;

const EXAMPLES: &str = "\
The plan is kept in the state file, where `sync apply` finds it. A row says what is planned for a person, and why; people who \
are as they should be have none. `held` says why an action is not applied.

A page of --html is for the person who approves the plan; a file of --out is for `sync apply FILE` as well. Both have the \
names and values of people, unless --redact is given.

Examples:
  rosterkit --sandbox sync plan
  rosterkit sync plan --only ID
  rosterkit --sandbox sync plan --out plan.json --redact
  rosterkit --sandbox sync plan --html plan.html
  rosterkit --sandbox sync plan --output jsonl --columns kind,source_id,changes";

/// Show what would change; nothing is written to a service
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Plan {
    #[command(flatten)]
    file: FileOption,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    limits: LimitOptions,
    /// Write the plan to this file as well, all or nothing; only its owner can read it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write the plan to this file as one HTML page, for the person who approves it, all or nothing; only its owner can read it
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Show ids and the names of fields, but neither names of people nor values
    #[arg(long)]
    redact: bool,
    /// Exit with 6 if there are changes
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    reports: ReportOptions,
}

impl Plan {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let rows = told::action_rows(context, &[])?;
        let file = setup::load(context, &self.file)?;
        let accepts_addresses = self.scope.accept_addresses;
        let options = self.scope.options(&file, self.limits)?;
        let out = self.out.as_deref().map(|path| report::private(path, "--out")).transpose()?;
        let html = self.html.as_deref().map(|path| report::private(path, "--html")).transpose()?;
        let mut work = Work::begin(context, file, "sync plan", &self.reports).await?;
        let result = async {
            if accepts_addresses {
                work.engine.accept_addresses().await?;
            }
            let plan = work.plan(&options).await?;
            let state = work.engine.state();
            let id = plan.id;
            let stored = state.call(move |connection| plans::get(connection, id)).await?;
            let stored = stored.ok_or(StateError::NoSuchRow { what: "plan" })?;
            if let Some(out) = out {
                write(out, state, &stored, self.redact).await?;
            }
            if let Some(html) = html {
                let head = Head { file: work.engine.file(), plan: &stored, allowances: options.allowances };
                write_page(html, state, &head, &plan.summary, self.redact).await?;
            }
            match print(context, rows, state, id, self.redact).await {
                Ok(()) | Err(Error::BrokenPipe) => {}
                Err(error) => return Err(error),
            }
            told::plan(context, &plan.summary);
            if let (Some(person), true) = (&options.only, plan.summary.flows.iter().all(|flow| flow.counts.is_empty()))
            {
                context.hint(format_args!("no one has the id `{person}` on either side of a flow"));
            }
            let is_due = plan.summary.flows.iter().any(|flow| flow.has_changes() && flow.kept_back.is_empty());
            if is_due && !context.global.sandbox {
                context.hint(format_args!("plan {id} is in the state file; `rosterkit sync apply` applies it"));
            }
            told::result_of_plan(&plan.summary, self.exit_code)
        };
        let result = result.await;
        work.end(result).await
    }
}

/// Prints the actions of a plan.
pub(super) async fn print(
    context: &Context,
    mut rows: Rows,
    state: &State,
    plan: i64,
    redact: bool,
) -> Result<(), Error> {
    let printed = setup::stream(
        state,
        move |connection, take| plans::each_action(connection, plan, ActionFilter::default(), take),
        |action| rows.push(told::action_row(context, &action, redact)),
    );
    printed.await?;
    rows.finish()
}

async fn write_page(
    mut file: AtomicFile,
    state: &State,
    head: &Head<'_>,
    summary: &PlanSummary,
    redacted: bool,
) -> Result<(), Error> {
    let path = file.path().to_owned();
    let unwritable = |error| Error::write(path.display(), error);
    let id = head.plan.id;
    let mut page = Page::begin(&mut file, head, summary, redacted).map_err(unwritable)?;
    let written = setup::stream(
        state,
        move |connection, take| plans::each_action(connection, id, ActionFilter::default(), take),
        |action| page.add(&action).map_err(unwritable),
    );
    written.await?;
    page.finish().map_err(unwritable)?;
    file.finish()
}

async fn write(mut file: AtomicFile, state: &State, plan: &StoredPlan, redacted: bool) -> Result<(), Error> {
    file.add(plan_file::begin(plan, redacted).as_bytes())?;
    let (id, mut is_first) = (plan.id, true);
    let written = setup::stream(
        state,
        move |connection, take| plans::each_action(connection, id, ActionFilter::default(), take),
        |action| {
            let line = plan_file::line(&action, redacted, is_first);
            is_first = false;
            file.add(line.as_bytes())
        },
    );
    written.await?;
    file.add(plan_file::END.as_bytes())?;
    file.finish()
}
