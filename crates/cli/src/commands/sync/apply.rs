//! `sync apply`: a plan that was made before is applied, as far as both sides are still as they were.

use std::path::PathBuf;

use clap::Args;
use rosterkit_sync::engine::{ApplyOptions, ApplyReport};
use rosterkit_sync::plan::PlanSummary;
use rosterkit_sync::plan_file::PlanFile;
use rosterkit_sync::state::{State, plans};

use super::confirmed;
use super::report::ReportOptions;
use super::setup::{self, FileOption, LimitOptions};
use super::told;
use super::work::Work;
use crate::context::Context;
use crate::error::Error;
use crate::global_args::Format;
use crate::output::Rows;

const EXAMPLES: &str = "\
A plan is refused if it is older than `plan_max_age` (24h), was made with another sync file or for other addresses, or was \
applied before. It is applied as a whole: `sync plan --flow` and `--only` make one of a part. The target is read again: who was \
changed since the plan is skipped, and shown.

What is printed are the people who were not done, the first 1,000 of each flow. Ctrl-C finishes what is in flight; the same command goes on.

Examples:
  rosterkit sync apply
  rosterkit sync apply plan.json --report report.json
  rosterkit sync apply --accept-matches confirmed.csv";

/// Apply a plan
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Apply {
    /// A file of `sync plan --out`. Default: the newest plan of the state file
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    file: FileOption,
    #[command(flatten)]
    limits: LimitOptions,
    /// Use the pairs of these rows that wait for a confirmation: `flow` and `source_id`, CSV or JSON lines, such as rows of
    /// `sync plan`
    #[arg(long, value_name = "FILE")]
    accept_matches: Option<PathBuf>,
    #[command(flatten)]
    reports: ReportOptions,
}

impl Apply {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        if context.global.sandbox {
            return Err(Error::usage(
                "`sync apply` does not use --sandbox, which is a new sandbox for each command: use `sync run`, or start a \
                 sandbox with `rosterkit sandbox` and set its addresses",
            ));
        }
        let mut rows = NotDoneRows::new(context)?;
        let file = setup::load(context, &self.file)?;
        let plan_file = self.plan.as_deref().map(PlanFile::load).transpose()?;
        let confirmed = confirmed::read(context, &file, self.accept_matches.as_deref()).await?;
        let options = ApplyOptions { allowances: self.limits.allowances(), confirmed };
        let mut work = Work::begin(context, file, "sync apply", &self.reports).await?;
        let result = async {
            let (plan, summary) = chosen(work.engine.state(), plan_file).await?;
            work.resume().await?;
            let report = work.apply(plan, summary.clone(), &options).await?;
            rows.print(work.run, None, &report)?;
            told::result_of_run(&summary, &report)
        };
        let result = result.await;
        work.end(rows.finish(result)).await
    }
}

/// Prints the people who were not done.
pub(super) struct NotDoneRows<'a> {
    context: &'a Context,
    rows: Rows,
    is_empty: bool,
}

impl<'a> NotDoneRows<'a> {
    pub(super) fn new(context: &'a Context) -> Result<Self, Error> {
        let rows = context.printer()?.of_write().fixed_rows(&told::NOT_DONE)?;
        Ok(Self { context, rows, is_empty: true })
    }

    /// Prints them, and says what became of the plan in the run. `said` is what was said of the plan before.
    pub(super) fn print(&mut self, run: i64, said: Option<&PlanSummary>, report: &ApplyReport) -> Result<(), Error> {
        let verbose = self.context.global.verbose > 0;
        let not_done = report.flows.iter().flat_map(|flow| flow.not_done.iter().map(|it| (flow.flow.as_str(), it)));
        for (flow, it) in not_done {
            self.is_empty = false;
            match self.rows.push(told::not_done_row(flow, it, verbose)) {
                Ok(()) => {}
                Err(Error::BrokenPipe) => break,
                Err(error) => return Err(error),
            }
        }
        told::applied(self.context, run, said, report);
        Ok(())
    }

    /// Ends the rows. A reader that has enough does not change the result.
    pub(super) fn finish(self, result: Result<(), Error>) -> Result<(), Error> {
        let global = &self.context.global;
        let is_table = matches!(global.output, None | Some(Format::Table)) && global.query.is_none();
        // A table without rows would be a header only.
        let written = if self.is_empty && is_table { self.rows.interrupted() } else { self.rows.finish() };
        match (result, written) {
            (Err(error), _) => Err(error),
            (Ok(()), Err(Error::BrokenPipe)) => Ok(()),
            (Ok(()), written) => written,
        }
    }
}

/// The number of the plan that is applied, and its summary.
async fn chosen(state: &State, file: Option<PlanFile>) -> Result<(i64, PlanSummary), Error> {
    let stored = match &file {
        Some(file) => {
            file.check(state).await?;
            let id = file.plan();
            state.call(move |connection| plans::get(connection, id)).await?
        }
        None => state.call(|connection| plans::last(connection)).await?,
    };
    let Some(stored) = stored else {
        return Err(Error::usage("the state file has no plan: make one with `rosterkit sync plan`"));
    };
    if stored.digest.is_empty() {
        let id = stored.id;
        return Err(Error::usage(format!("plan {id} did not come to its end: plan again with `rosterkit sync plan`")));
    }
    let id = stored.id;
    let unreadable = |_| Error::usage(format!("the summary of plan {id} cannot be read: plan again"));
    Ok((id, serde_json::from_value(stored.summary).map_err(unreadable)?))
}
