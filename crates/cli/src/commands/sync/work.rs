//! A run, from its first row in the state file to its exit code.

use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_sync::config::SyncFile;
use rosterkit_sync::engine::{self, ApplyOptions, ApplyReport, Engine, PlanOptions};
use rosterkit_sync::plan::PlanSummary;
use rosterkit_sync::state::runs::{self, RunStatus};

use super::interrupt::Interrupt;
use super::on_finish;
use super::progress::Progress;
use super::report::{Facts, Outputs, Report, ReportOptions};
use super::setup;
use crate::context::Context;
use crate::error::{self, Error};

/// A run that goes on.
pub(super) struct Work<'a> {
    pub context: &'a Context,
    pub engine: Engine,
    /// The number of the run.
    pub run: i64,
    command: &'static str,
    started_at: DateTime<Utc>,
    interrupt: Interrupt,
    progress: Progress,
    outputs: Outputs,
    facts: Facts,
}

impl<'a> Work<'a> {
    /// Begins a run. `command` is that of the state file, such as `sync plan`.
    ///
    /// # Errors
    /// If an output cannot be written, a service has no address, or the state file cannot be used. Nothing was sent.
    pub(super) async fn begin(
        context: &'a Context,
        file: SyncFile,
        command: &'static str,
        options: &ReportOptions,
    ) -> Result<Self, Error> {
        let outputs = options.create()?;
        let progress = Progress::new(context);
        let shown = progress.clone();
        let engine = setup::engine(context, file, command).await?.watch(move |it| shown.show(it));
        let (hash, started_at) = (engine.file().hash.clone(), Utc::now());
        let run = engine.state().call(move |connection| runs::begin(connection, command, &hash, started_at)).await?;
        let (interrupt, facts) = (Interrupt::new(), Facts::default());
        Ok(Self { context, engine, run, command, started_at, interrupt, progress, outputs, facts })
    }

    /// Settles what an earlier run left open.
    ///
    /// # Errors
    /// If a target cannot be read, or the state file fails.
    pub(super) async fn resume(&mut self) -> Result<(), Error> {
        // What is settled may be sent again.
        self.facts.sends = true;
        let (shutdown, progress, context) = (self.engine.shutdown(), &self.progress, self.context);
        let tell = || progress.beside(|| context.hint(WAITING));
        self.interrupt.gracefully(&shutdown, tell, self.engine.resume()).await?;
        self.interrupt.code().map_or(Ok(()), |code| Err(Error::Interrupted(code)))
    }

    /// Plans.
    ///
    /// # Errors
    /// If a side cannot be read, or the state file fails.
    pub(super) async fn plan(&mut self, options: &PlanOptions) -> Result<engine::Plan, Error> {
        self.facts.sends = false;
        let plan = self.interrupt.at_once(self.engine.plan(self.run, options)).await?;
        self.facts.plan = Some(plan.id);
        self.facts.summary = Some(plan.summary.clone());
        self.progress.end();
        Ok(plan)
    }

    /// Applies a plan of the state file.
    ///
    /// # Errors
    /// If the plan is refused, a side cannot be read, or the state file fails.
    pub(super) async fn apply(
        &mut self,
        plan: i64,
        summary: PlanSummary,
        options: &ApplyOptions,
    ) -> Result<ApplyReport, Error> {
        self.facts.plan = Some(plan);
        self.facts.summary = Some(summary);
        self.facts.sends = true;
        let (shutdown, progress, context) = (self.engine.shutdown(), &self.progress, self.context);
        let tell = || progress.beside(|| context.hint(WAITING));
        let report = self.interrupt.gracefully(&shutdown, tell, self.engine.apply(self.run, plan, options)).await?;
        self.facts.report = Some(report.clone());
        self.progress.end();
        Ok(report)
    }

    /// Ends the run: its row in the state file, its report and metrics, and the command of `on_finish`, in this order. Returns
    /// the result of the command.
    pub(super) async fn end(self, result: Result<(), Error>) -> Result<(), Error> {
        let Self { context, engine, run, command, started_at, interrupt, progress, outputs, facts } = self;
        progress.end();
        let result = match interrupt.code() {
            Some(code) => {
                context.hint(interrupted(&facts, command));
                Err(Error::Interrupted(code))
            }
            None => result,
        };
        let code = result.as_ref().err().map_or(error::SUCCESS, Error::code);
        let status = status_of(&result, interrupt.code().is_some());
        let report = Report { command, run, started_at, ended_at: Utc::now(), status, code, facts: &facts };
        let (counts, ended_at) = (report.counts(), report.ended_at);
        let recorded =
            engine.state().call(move |connection| runs::end(connection, run, status, &counts, ended_at)).await;
        let on_finish = engine.file().on_finish.clone();
        // Whoever is told may use the state file.
        drop(engine);
        let written = outputs.write(&report);
        let is_told = ["sync apply", "sync run"].contains(&command) && interrupt.code().is_none();
        if let Some(on_finish) = on_finish.filter(|_| is_told) {
            on_finish::run(context, &on_finish, &report).await;
        }
        // What was done decides the exit code, not whether it could be reported.
        let mut result = result;
        for error in [recorded.map_err(Error::from), written].into_iter().filter_map(Result::err) {
            match &result {
                Ok(()) => result = Err(error),
                Err(_) => error.message(false).into_iter().for_each(|message| context.hint(message)),
            }
        }
        result
    }
}

const WAITING: &str = "interrupted: finishing what is in flight (Ctrl-C again to abort)";

fn interrupted(facts: &Facts, command: &str) -> String {
    match (facts.sends, &facts.report) {
        (false, _) => "interrupted: nothing of a plan was written to a service".to_owned(),
        (true, Some(_)) => {
            format!("interrupted: what was in flight is finished and recorded; `rosterkit {command}` goes on")
        }
        (true, None) => format!(
            "interrupted: requests in flight may have been applied; `rosterkit {command}` looks them up first, and goes on"
        ),
    }
}

fn status_of(result: &Result<(), Error>, is_interrupted: bool) -> RunStatus {
    match result {
        _ if is_interrupted => RunStatus::Interrupted,
        Ok(()) | Err(Error::Changes | Error::BrokenPipe) => RunStatus::Done,
        Err(Error::Incomplete { code: error::KEPT_BACK, .. }) => RunStatus::KeptBack,
        Err(Error::Incomplete { .. }) => RunStatus::Partial,
        Err(_) => RunStatus::Failed,
    }
}
