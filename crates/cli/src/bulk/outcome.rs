//! What became of the items: a line for each, a file of those that failed, and a count.

use serde_json::{Value, json};

use super::progress::Progress;
use crate::app::App;
use crate::failure::Failure;
use crate::input::{FailedFile, Raw};
use crate::output::Rows;

/// The columns of outcome lines.
pub(crate) const COLUMNS: [&str; 5] = ["line", "item", "outcome", "id", "reason"];

/// The outcomes of items that were carried out.
const DONE: [&str; 2] = ["accepted", "warned"];

/// What became of one item.
pub(crate) struct Outcome {
    pub line: u64,
    pub item: String,
    pub outcome: &'static str,
    pub id: Option<String>,
    pub reason: Option<String>,
    pub raw: Raw,
}

impl Outcome {
    fn row(&self) -> Value {
        let Self { line, item, outcome, id, reason, .. } = self;
        json!({ "line": line, "item": item, "outcome": outcome, "id": id, "reason": reason })
    }
}

/// Tells what became of the items.
pub(crate) struct Report {
    rows: Rows,
    failed: Option<FailedFile>,
    progress: Progress,
    /// How many items had each outcome, in the order in which outcomes came up.
    counts: Vec<(&'static str, u64)>,
}

impl Report {
    pub(crate) fn new(rows: Rows, failed: Option<FailedFile>, progress: Progress) -> Self {
        Self { rows, failed, progress, counts: Vec::new() }
    }

    pub(crate) fn add(&mut self, outcome: Outcome) -> Result<(), Failure> {
        match self.counts.iter_mut().find(|(name, _)| *name == outcome.outcome) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((outcome.outcome, 1)),
        }
        if !DONE.contains(&outcome.outcome)
            && let Some(failed) = &mut self.failed
        {
            failed.add(&outcome.raw)?;
        }
        let rows = &mut self.rows;
        self.progress.tick(|| rows.push(outcome.row()))
    }

    /// Ends the lines of a check, after which nothing is fed back in.
    pub(crate) fn end(self) -> Result<(), Failure> {
        self.progress.end();
        self.rows.finish()
    }

    /// Ends the lines and the file, and says how it went.
    pub(crate) fn finish(self, app: &App, broken: Option<Failure>, stopped: bool) -> Result<(), Failure> {
        let Self { rows, failed, progress, counts } = self;
        progress.end();
        rows.finish()?;
        let count = |name: &str| counts.iter().find(|(other, _)| *other == name).map_or(0, |(_, count)| *count);
        let (accepted, total) =
            (DONE.iter().map(|name| count(name)).sum::<u64>(), counts.iter().map(|(_, count)| count).sum::<u64>());
        let summary = match counts.as_slice() {
            [] => "there were no items".to_owned(),
            counts => counts.iter().map(|(name, count)| format!("{count} {name}")).collect::<Vec<_>>().join(", "),
        };
        if let Some(broken) = broken {
            // The rest of the input is not known, so a file of failed items would not be complete.
            app.hint(format_args!("{summary}, then the input ended early; no file of failed items is written"));
            return Err(broken);
        }
        // Written also when nothing failed, so that an older file is not taken for this run's.
        let advice = match (&failed, total - accepted) {
            (_, 0) => "",
            (Some(_), _) => "; the file of --failed has those that were not accepted, to feed them back in with --from",
            (None, _) => "; with --failed FILE, those that were not accepted are written to a file",
        };
        failed.map(FailedFile::finish).transpose()?;
        match total - accepted {
            0 => {
                app.hint(summary);
                Ok(())
            }
            _ if stopped && accepted == 0 => {
                Err(Failure::Credential(format!("{summary}: the service does not accept the credential{advice}")))
            }
            _ => Err(Failure::Partial(format!("{summary}{advice}"))),
        }
    }
}
