//! `sync run`: settles what an earlier run left open, plans, and applies within the limits. For cron and systemd.

use std::path::PathBuf;

use clap::Args;
use rosterkit_sync::engine::ApplyOptions;

use super::apply::NotDoneRows;
use super::report::ReportOptions;
use super::setup::{self, FileOption, LimitOptions, Scope};
use super::work::Work;
use super::{confirmed, told};
use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
What is printed are the people who were not done, the first 1,000 of each flow. Ctrl-C finishes what is in flight; the same command goes on.

The command of `on_finish` in the sync file is run after `sync apply` and `sync run`, when the state is committed, but not \
after a signal. Its standard input is the report of --report; ROSTERKIT_SYNC_COMMAND, ROSTERKIT_SYNC_RUN, \
ROSTERKIT_SYNC_STATUS and ROSTERKIT_SYNC_EXIT_CODE are set, and the credentials of the environment are not.

Examples:
  rosterkit --sandbox sync run
  rosterkit sync run --only ID
  rosterkit --sandbox sync run --allow-removals 120 --report report.json --metrics sync.prom";

/// Plan, and apply within the limits
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(super) struct Run {
    #[command(flatten)]
    file: FileOption,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    limits: LimitOptions,
    /// Use the pairs of these rows that wait for a confirmation: `flow` and `source_id`, CSV or JSON lines, such as rows of
    /// `sync plan`
    #[arg(long, value_name = "FILE")]
    accept_matches: Option<PathBuf>,
    #[command(flatten)]
    reports: ReportOptions,
}

impl Run {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let mut rows = NotDoneRows::new(context)?;
        let file = setup::load(context, &self.file)?;
        let accepts_addresses = self.scope.accept_addresses;
        let options = self.scope.options(&file, self.limits)?;
        let confirmed = confirmed::read(context, &file, self.accept_matches.as_deref()).await?;
        let apply_options = ApplyOptions { allowances: self.limits.allowances(), confirmed };
        let mut work = Work::begin(context, file, "sync run", &self.reports).await?;
        let result = async {
            if accepts_addresses {
                work.engine.accept_addresses().await?;
            }
            work.resume().await?;
            let plan = work.plan(&options).await?;
            told::plan(context, &plan.summary);
            let report = work.apply(plan.id, plan.summary.clone(), &apply_options).await?;
            rows.print(work.run, Some(&plan.summary), &report)?;
            told::result_of_run(&plan.summary, &report)
        };
        let result = result.await;
        work.end(rows.finish(result)).await
    }
}
