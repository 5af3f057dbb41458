//! What is reported of a run: `--report`, `--metrics`, and what the command of `on_finish` gets. Counts and ids only.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use rosterkit_core::chrono::{DateTime, SecondsFormat, Utc};
use rosterkit_sync::engine::{ApplyReport, FlowReport};
use rosterkit_sync::plan::{FlowSummary, PlanSummary};
use rosterkit_sync::state::runs::RunStatus;
use serde_json::{Value, json};

use super::told;
use crate::atomic_file::AtomicFile;
use crate::error::Error;

/// The version of the report.
const VERSION: u32 = 1;

/// What is known of a run so far.
#[derive(Default)]
pub(super) struct Facts {
    pub plan: Option<i64>,
    pub summary: Option<PlanSummary>,
    pub report: Option<ApplyReport>,
    /// Whether people were about to be written.
    pub sends: bool,
}

/// Files about a run.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct ReportOptions {
    /// Write a JSON report to this file, all or nothing: counts and ids, no values
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub report: Option<PathBuf>,
    /// Write metrics in the text format of Prometheus to this file, all or nothing
    #[arg(long, value_name = "FILE", help_heading = "Reports")]
    pub metrics: Option<PathBuf>,
}

/// The files, which are renamed when the run has ended.
pub(super) struct Outputs {
    report: Option<AtomicFile>,
    metrics: Option<AtomicFile>,
}

impl ReportOptions {
    /// Checks that the files can be written.
    pub(super) fn create(&self) -> Result<Outputs, Error> {
        Ok(Outputs {
            report: self.report.as_deref().map(|path| private(path, "--report")).transpose()?,
            // Those who collect metrics are other users.
            metrics: self
                .metrics
                .as_deref()
                .map(|path| checked(path, "--metrics").and_then(AtomicFile::create))
                .transpose()?,
        })
    }
}

impl Outputs {
    pub(super) fn write(self, report: &Report<'_>) -> Result<(), Error> {
        let report_text = || format!("{:#}\n", report.value());
        let written = self.report.map_or(Ok(()), |file| whole(file, &report_text()));
        written.and(self.metrics.map_or(Ok(()), |file| whole(file, &report.metrics())))
    }
}

/// A file that only its owner can read.
pub(super) fn private(path: &Path, option: &str) -> Result<AtomicFile, Error> {
    checked(path, option).and_then(AtomicFile::private)
}

fn checked<'a>(path: &'a Path, option: &str) -> Result<&'a Path, Error> {
    match path == Path::new("-") {
        true => Err(Error::usage(format!("{option} needs a file path"))),
        false => Ok(path),
    }
}

fn whole(mut file: AtomicFile, text: &str) -> Result<(), Error> {
    file.add(text.as_bytes())?;
    file.finish()
}

/// What is reported of a run.
pub(super) struct Report<'a> {
    pub command: &'static str,
    pub run: i64,
    pub started_at: DateTime<Utc>,
    pub ended_at: DateTime<Utc>,
    pub status: RunStatus,
    pub code: u8,
    pub facts: &'a Facts,
}

impl Report<'_> {
    fn planned(&self) -> &[FlowSummary] {
        self.facts.summary.as_ref().map_or(&[], |summary| &summary.flows)
    }

    fn applied(&self, flow: &str) -> Option<&FlowReport> {
        self.facts.report.as_ref()?.flows.iter().find(|it| it.flow == flow)
    }

    /// The report.
    pub(super) fn value(&self) -> Value {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
        let flow = |planned: &FlowSummary| {
            let mut flow = self.flow_counts(planned);
            let applied = self.applied(&planned.flow);
            let not_done = applied.map(|it| it.not_done.as_slice()).unwrap_or_default();
            let not_done = not_done.iter().map(|it| {
                let mut row = told::not_done_row(&planned.flow, it, false);
                if let Some(row) = row.as_object_mut() {
                    row.remove("flow");
                }
                row
            });
            flow["not_done"] = not_done.collect();
            flow["not_done_count"] = applied.map_or(0, |it| it.not_done_count).into();
            flow
        };
        json!({
            "version": VERSION,
            "command": self.command,
            "run": self.run,
            "plan": self.facts.plan,
            "started_at": time(self.started_at),
            "ended_at": time(self.ended_at),
            "status": self.status,
            "exit_code": self.code,
            "flows": self.planned().iter().map(flow).collect::<Vec<_>>(),
        })
    }

    /// What the state file keeps of the run.
    pub(super) fn counts(&self) -> Value {
        let flows: Vec<Value> = self.planned().iter().map(|flow| self.flow_counts(flow)).collect();
        json!({ "exit_code": self.code, "plan": self.facts.plan, "flows": flows })
    }

    fn flow_counts(&self, planned: &FlowSummary) -> Value {
        let applied = self.applied(&planned.flow);
        json!({
            "flow": planned.flow,
            "source": planned.source,
            "target": planned.target,
            "planned": planned.counts,
            "held": planned.held,
            "outcomes": applied.map(|it| &it.outcomes),
            "kept_back": applied.map_or(&planned.kept_back, |it| &it.kept_back),
        })
    }

    /// The metrics, in the text format of Prometheus.
    fn metrics(&self) -> String {
        let mut metrics = Metrics::default();
        let seconds = |time: DateTime<Utc>| time.timestamp_millis() as f64 / 1000.0;
        metrics.gauge("run_ended_timestamp_seconds", "When the run ended.");
        metrics.value(&[("command", self.command)], seconds(self.ended_at));
        metrics.gauge("run_duration_seconds", "How long the run took.");
        metrics.value(&[("command", self.command)], seconds(self.ended_at) - seconds(self.started_at));
        metrics.gauge("run_exit_code", "The exit code of the run.");
        metrics.value(&[("command", self.command)], f64::from(self.code));
        metrics.gauge("records", "Records of each side, as read for the plan.");
        for flow in self.planned() {
            metrics.value(&[("flow", &flow.flow), ("side", "source")], flow.source.rows as f64);
            metrics.value(&[("flow", &flow.flow), ("side", "target")], flow.target.rows as f64);
        }
        metrics.gauge("read_complete", "Whether everybody of the side was read: 1 or 0.");
        for flow in self.planned() {
            for (side, read) in [("source", &flow.source), ("target", &flow.target)] {
                let complete = u8::from(read.incomplete.is_empty());
                metrics.value(&[("flow", &flow.flow), ("side", side)], f64::from(complete));
            }
        }
        metrics.gauge("managed_people", "People of the identity map who are active in the target.");
        for flow in self.planned() {
            metrics.value(&[("flow", &flow.flow)], flow.managed_active as f64);
        }
        metrics.gauge("planned_actions", "Actions of the plan.");
        for flow in self.planned() {
            for (kind, count) in &flow.counts {
                metrics.value(&[("flow", &flow.flow), ("kind", kind.as_str())], *count as f64);
            }
        }
        metrics.gauge("held_actions", "Actions of the plan that are held.");
        for flow in self.planned() {
            for (kind, count) in &flow.held {
                metrics.value(&[("flow", &flow.flow), ("kind", kind.as_str())], *count as f64);
            }
        }
        metrics.gauge("kept_back", "Whether the flow was not applied: 1 or 0.");
        for flow in self.planned() {
            let kept_back = self.applied(&flow.flow).map_or(&flow.kept_back, |it| &it.kept_back);
            metrics.value(&[("flow", &flow.flow)], f64::from(u8::from(!kept_back.is_empty())));
        }
        metrics.gauge("outcomes", "Actions that were applied, by outcome.");
        let none = BTreeMap::new();
        for flow in self.planned() {
            for (outcome, count) in self.applied(&flow.flow).map_or(&none, |it| &it.outcomes) {
                metrics.value(&[("flow", &flow.flow), ("outcome", outcome)], *count as f64);
            }
        }
        metrics.text
    }
}

/// Metrics so far.
#[derive(Default)]
struct Metrics {
    name: String,
    text: String,
}

impl Metrics {
    fn gauge(&mut self, name: &str, help: &str) {
        self.name = format!("rosterkit_sync_{name}");
        let name = &self.name;
        // A string takes every text.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} gauge\n");
    }

    /// Adds a value. Labels have names of flows and of kinds, which need no escapes.
    fn value(&mut self, labels: &[(&str, &str)], value: f64) {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        let _ = writeln!(self.text, "{}{{{}}} {value}", self.name, labels.join(","));
    }
}
