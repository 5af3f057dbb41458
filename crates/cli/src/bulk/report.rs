//! The report of a run: an outcome line for each item, the file of failed items, and a summary.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rosterkit_core::batch::{Counts, Outcome};
use rosterkit_core::{Error as CallError, ErrorKind};
use serde_json::json;

use super::requests::Item;
use super::shutdown::{Cause, Rest};
use crate::context::Context;
use crate::error::{self, Error, Outage};
use crate::input::{FailedFile, Position};
use crate::output::Rows;

/// The maximum time between flushes of outcome lines, so that few are lost if the process is killed.
const FLUSH_INTERVAL: Duration = Duration::from_millis(200);
/// How many lines are named in a message.
const MAX_LINES: usize = 20;

/// Writes what became of the items.
pub(crate) struct Report {
    /// `None` if the reader stopped reading.
    rows: Option<Rows>,
    flushed: Instant,
    failed: Option<FailedFile>,
    progress: Progress,
    counts: Counts,
    /// The lines of the first items with unknown outcome.
    unknown: Vec<u64>,
    /// The line of the last item.
    last_line: u64,
    /// Why outcomes or failed items cannot be written.
    write_error: Option<Error>,
    /// How authentication failed.
    authentication: Option<Arc<CallError>>,
    outage: Outage,
    /// Whether the file of failed items lacks some.
    is_incomplete: bool,
}

impl Report {
    pub(crate) fn new(context: &Context, rows: Rows, failed: Option<FailedFile>, position: Position) -> Self {
        Self {
            rows: Some(rows),
            flushed: Instant::now(),
            failed,
            progress: Progress::new(context, position),
            counts: Counts::default(),
            unknown: Vec::new(),
            last_line: 0,
            write_error: None,
            authentication: None,
            outage: Outage::default(),
            is_incomplete: false,
        }
    }

    /// Why the run must stop, if it must.
    pub(super) fn stop_cause(&self) -> Option<Cause> {
        match (&self.write_error, &self.authentication) {
            (Some(_), _) => Some(Cause::Output),
            (None, Some(_)) => Some(Cause::Authentication),
            (None, None) => None,
        }
    }

    /// Whether there is a file of failed items.
    pub(super) fn has_file(&self) -> bool {
        self.failed.is_some()
    }

    /// Writes to the terminal beside the progress bar.
    pub(super) fn beside(&self, write: impl FnOnce()) {
        self.progress.beside(write);
    }

    /// Adds the outcome of an item; an accepted one has the id that the service gave it. `cause` is why the run is
    /// stopping.
    pub(super) fn add<T>(&mut self, item: &Item<T>, outcome: Outcome<Option<String>>, cause: Option<Cause>) {
        self.counts.count(&outcome);
        self.last_line = item.line;
        if matches!(outcome, Outcome::Unknown(_)) && self.unknown.len() <= MAX_LINES {
            self.unknown.push(item.line);
        }
        if let Some(error) = outcome.error() {
            if error::code_of(error) == error::AUTHENTICATION {
                self.authentication.get_or_insert_with(|| Arc::clone(error));
            }
            self.outage.add(error);
        }
        if !outcome.is_accepted() {
            self.keep(item);
        }
        // Without a file, the rest of the input is not read, so that these items were read before.
        if self.failed.is_some() && cause.is_some_and(|cause| !cause.has_lines()) && is_of_rest(&outcome) {
            return;
        }
        let Some(rows) = &mut self.rows else { return };
        let (name, reason) = (outcome.name(), outcome.reason().map(|reason| reason.into_owned()));
        let id = outcome.accepted().flatten();
        let row = json!({ "line": item.line, "item": item.name, "outcome": name, "id": id, "reason": reason });
        let written = self.progress.tick(|| rows.push(row));
        let written = written.and_then(|()| match self.flushed.elapsed() > FLUSH_INTERVAL {
            true => {
                self.flushed = Instant::now();
                rows.flush()
            }
            false => Ok(()),
        });
        match written {
            Ok(()) => {}
            // A reader that has enough does not stop the run.
            Err(Error::BrokenPipe) => self.rows = None,
            Err(error) => {
                self.rows = None;
                self.write_error.get_or_insert(error);
            }
        }
    }

    /// Writes an item to the file of failed items.
    fn keep<T>(&mut self, item: &Item<T>) {
        if let Some(Err(error)) = self.failed.as_mut().map(|failed| failed.add(&item.raw)) {
            self.failed = None;
            self.is_incomplete = true;
            self.write_error.get_or_insert(error);
        }
    }

    /// Ends the lines and the file, and returns the result of the run. `rest` is why the input was not read to its end.
    pub(super) fn finish(mut self, context: &Context, rest: Option<Rest>, cause: Option<Cause>) -> Result<(), Error> {
        self.progress.end();
        let total = self.counts.total();
        let broken = match rest {
            None => None,
            Some(Rest::Broken(error)) => Some(error),
            Some(Rest::Unread) => {
                self.is_incomplete = true;
                None
            }
        };
        // An input that cannot be read at all has no failed items; an existing file is kept.
        let file = match (self.failed.take(), &broken, total) {
            (Some(_), Some(_), 0) | (None, ..) => Ok(false),
            (Some(file), ..) => file.finish().map(|()| true),
        };
        // The file first: it is what is left if the lines are not read.
        let written = match self.rows.take().map(Rows::finish) {
            Some(Err(Error::BrokenPipe)) | None => Ok(()),
            Some(written) => written,
        };
        let has_file = *file.as_ref().unwrap_or(&false);
        let accepted = self.counts.accepted + self.counts.warned;
        let summary = self.summary(accepted == total, has_file, broken.is_some());
        let write_error = self.write_error.take().or_else(|| file.err()).or_else(|| written.err());
        if let Some(Cause::Interrupted(code)) = cause {
            context.hint(format_args!("interrupted: {summary}"));
            if let Some(message) = write_error.and_then(|error| error.message(false)) {
                context.hint(message);
            }
            return Err(Error::Interrupted(code));
        }
        match (write_error, broken) {
            // A usage error would mean that nothing was sent.
            (Some(Error::Usage(problem)), _) => return Err(Error::Partial(format!("{problem}\n{summary}"))),
            (Some(error), _) => {
                context.hint(summary);
                return Err(error);
            }
            (None, Some(broken)) if total == 0 => return Err(broken),
            (None, Some(broken)) => {
                return Err(Error::Partial(format!("{}\n{summary}", broken.message(false).unwrap_or_default())));
            }
            (None, None) => {}
        }
        let common = match cause {
            _ if total == accepted => Ok(()),
            Some(Cause::Authentication) if accepted == 0 => Err(self.authentication.take().map(Error::from)),
            _ => Err(self.outage.of_all(total)),
        };
        match common {
            Err(None) => Err(Error::Partial(summary)),
            Err(Some(error)) => {
                context.hint(summary);
                Err(error)
            }
            Ok(()) => {
                context.hint(summary);
                Ok(())
            }
        }
    }

    /// The counts, what to check, and what to send again.
    fn summary(&self, is_accepted: bool, has_file: bool, is_broken: bool) -> String {
        let mut summary = self.counts.to_string();
        summary += match (has_file, is_accepted && !self.is_incomplete && !is_broken) {
            (_, true) => "",
            (true, false) => "; the file of --failed has the items that were not accepted, for another run with --from",
            (false, false) => "; use --failed FILE to save the items that were not accepted",
        };
        if !self.unknown.is_empty() {
            let mut lines: Vec<_> = self.unknown.iter().take(MAX_LINES).map(u64::to_string).collect();
            if self.unknown.len() > MAX_LINES {
                lines.push("…".to_owned());
            }
            let lines = lines.join(", ");
            summary += &format!(
                "\n  items with outcome \"unknown\" may have been applied; check before retrying (line {lines})"
            );
        }
        if self.is_incomplete || is_broken {
            let lacks = if has_file { " and is not in the file of --failed" } else { "" };
            summary += &match self.last_line {
                0 => format!("\n  the input was not sent{lacks}"),
                last => format!("\n  the input after line {last} was not sent{lacks}"),
            };
        }
        summary
    }
}

/// Whether the outcome of an item that is read after a run has stopped can be this one.
fn is_of_rest<T>(outcome: &Outcome<T>) -> bool {
    match outcome {
        Outcome::NotSent(error) => error.kind() == ErrorKind::Cancelled,
        Outcome::Invalid(_) => true,
        _ => false,
    }
}

/// A progress bar on standard error, if that is a terminal.
struct Progress {
    bar: Option<ProgressBar>,
    position: Position,
    done: u64,
}

impl Progress {
    fn new(context: &Context, position: Position) -> Self {
        let length = position.1;
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
            let colour = if context.global.color.is_on(true) { ".green" } else { "" };
            let bar_template = format!("{{bar:30{colour}}} {{percent}} %  {{msg}}");
            let template = if length.is_some() { bar_template.as_str() } else { "{spinner} {msg}" };
            match ProgressStyle::with_template(template) {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        });
        Self { bar, position, done: 0 }
    }

    /// Counts an item, and writes its line beside the bar.
    fn tick(&mut self, write: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.done += 1;
        let Some(bar) = &self.bar else { return write() };
        let written = bar.suspend(write);
        bar.set_position(self.position.0.load(Ordering::Relaxed));
        bar.set_message(format!("{} done", self.done));
        written
    }

    fn beside(&self, write: impl FnOnce()) {
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
