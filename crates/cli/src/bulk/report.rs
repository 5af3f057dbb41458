//! The report of a run: an outcome line for each item, the file of failed items, and a summary.

use std::io::{self, IsTerminal as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rosterkit_core::batch::{Counts, Outcome};
use rosterkit_core::{Error as CallError, ErrorKind};
use serde::Serialize;
use serde_json::json;

use super::requests::Item;
use super::shutdown::{Cause, Rest};
use crate::context::Context;
use crate::error::{self, Error, Outage};
use crate::input::{FailedFile, Position};
use crate::output::Rows;

/// The error of the only item that is named on the command line, if the service rejected it.
const REJECTED: &str = "the service rejected it; see the reason in its line";
/// How many lines are named in a message.
const MAX_LINES: usize = 20;

/// Writes what became of the items.
pub(crate) struct Report {
    /// `None` if the reader stopped reading.
    rows: Option<Rows>,
    /// The column with the names of items that are named on the command line.
    key: Option<&'static str>,
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
    /// Why the batch stopped itself.
    circuit: Option<Arc<CallError>>,
    outage: Outage,
    /// Why the last item that is named on the command line was not accepted.
    last_error: Option<Error>,
    /// Whether the file of failed items lacks some.
    is_incomplete: bool,
    /// Whether the file of failed items could not be written.
    has_lost_file: bool,
}

impl Report {
    pub(crate) fn new(context: &Context, rows: Rows, failed: Option<FailedFile>, position: Position) -> Self {
        Self::with(rows, None, failed, Progress::new(context, position))
    }

    /// The report of items that are named on the command line, with their names in the column `key`.
    pub(super) fn named(rows: Rows, key: &'static str) -> Self {
        Self::with(rows, Some(key), None, Progress::none())
    }

    fn with(rows: Rows, key: Option<&'static str>, failed: Option<FailedFile>, progress: Progress) -> Self {
        Self {
            rows: Some(rows),
            key,
            failed,
            progress,
            counts: Counts::default(),
            unknown: Vec::new(),
            last_line: 0,
            write_error: None,
            authentication: None,
            circuit: None,
            outage: Outage::default(),
            last_error: None,
            is_incomplete: false,
            has_lost_file: false,
        }
    }

    /// Why the run must stop, if it must.
    pub(super) fn stop_cause(&self) -> Option<Cause> {
        match (&self.write_error, &self.authentication) {
            // Whoever names the items knows them: a lost line of theirs is not a lost item.
            (Some(_), _) if self.key.is_none() => Some(Cause::Output),
            (_, Some(_)) => Some(Cause::Authentication),
            (_, None) => None,
        }
    }

    /// Whether items that are read after the run stopped go anywhere: into the file of failed items, or into lines.
    pub(super) fn takes_rest(&self) -> bool {
        self.failed.is_some() || self.key.is_some()
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
            if error.kind() == ErrorKind::CircuitOpen {
                self.circuit.get_or_insert_with(|| Arc::clone(error));
            }
            if error::code_of(error) == error::AUTHENTICATION {
                self.authentication.get_or_insert_with(|| Arc::clone(error));
            }
            self.outage.add(error);
        }
        if !outcome.is_accepted() {
            self.keep(item);
            self.last_error = self.key.map(|_| match outcome.error() {
                Some(error) => Error::from(Arc::clone(error)),
                None => Error::Service(REJECTED.to_owned()),
            });
        }
        // Without a file, the rest of the input is not read, so that these items were read before.
        if self.failed.is_some() && cause.is_some_and(|cause| !cause.has_lines()) && is_of_rest(&outcome) {
            return;
        }
        let Some(rows) = &mut self.rows else { return };
        let (name, reason) = (outcome.name(), outcome.reason().map(|reason| reason.into_owned()));
        let id = outcome.accepted().flatten();
        let written = self.progress.tick(rows.is_live(), || match self.key {
            Some(key) => {
                let mut row = json!({ "id": id, "outcome": name, "reason": reason });
                row[key] = item.name.as_str().into();
                rows.push(row)
            }
            None => rows.push_as(&Row { id, item: &item.name, line: item.line, outcome: name, reason }),
        });
        let written = written.and_then(|()| match self.key {
            // What is done is known even if the process is killed.
            Some(_) => rows.show(),
            None => Ok(()),
        });
        self.note_written(written);
    }

    /// Writes the lines so far to a file or a pipe, before a wait: if the process is killed, only lines of outcomes are lost that
    /// arrived since.
    pub(super) fn flush(&mut self) {
        if let Some(rows) = &mut self.rows {
            let flushed = rows.flush();
            self.note_written(flushed);
        }
    }

    fn note_written(&mut self, written: Result<(), Error>) {
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
            (self.is_incomplete, self.has_lost_file) = (true, true);
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
        self.has_lost_file |= file.is_err();
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
        // What was sent decides the exit code, not whether it could be reported.
        if let Some(message) = write_error.and_then(|error| error.message(false)) {
            context.hint(message);
        }
        match broken {
            Some(broken) if total == 0 => return Err(broken),
            Some(broken) => {
                return Err(Error::Partial(format!("{}\n{summary}", broken.message(false).unwrap_or_default())));
            }
            None => {}
        }
        if accepted == total && !self.is_incomplete {
            if self.key.is_none() {
                context.hint(summary);
            }
            return Ok(());
        }
        if let (1, Some(error)) = (total, self.last_error) {
            return Err(error);
        }
        // A service that names a later time is not down.
        let is_down = |error: &Arc<CallError>| self.authentication.is_none() && !error.is_wait_too_long();
        let common = match (cause, self.circuit) {
            (Some(Cause::Authentication), _) if accepted == 0 => self.authentication.map(Error::from),
            (_, Some(error)) if is_down(&error) => Some(Error::from(error)),
            (_, Some(error)) => {
                context.hint(&error);
                self.outage.of_all(total)
            }
            _ => self.outage.of_all(total),
        };
        match common {
            None => Err(Error::Partial(summary)),
            Some(error) => {
                context.hint(summary);
                Err(error)
            }
        }
    }

    /// The counts, what to check, and what to send again.
    fn summary(&self, is_accepted: bool, has_file: bool, is_broken: bool) -> String {
        let mut summary = self.counts.to_string();
        if self.key.is_some() {
            return match self.counts.total() - self.counts.accepted - self.counts.warned {
                0 => summary,
                failed => {
                    format!("{failed} of {} failed ({summary}); see the reasons in their lines", self.counts.total())
                }
            };
        }
        summary += match (has_file, is_accepted && !self.is_incomplete && !is_broken) {
            (_, true) => "",
            // Its own error says so.
            (false, false) if self.has_lost_file => "",
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

/// The outcome line of an item of a file.
#[derive(Serialize)]
struct Row<'a> {
    id: Option<String>,
    item: &'a str,
    line: u64,
    outcome: &'static str,
    reason: Option<String>,
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
    /// No progress bar.
    fn none() -> Self {
        Self { bar: None, position: Position::default(), done: 0 }
    }

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

    /// Counts an item, and writes its line, beside the bar if both are on the terminal.
    fn tick(&mut self, is_live: bool, write: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        self.done += 1;
        let Some(bar) = &self.bar else { return write() };
        let written = if is_live { bar.suspend(write) } else { write() };
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
