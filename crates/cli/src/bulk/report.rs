//! What became of the items: a line for each, a file of those that failed, and a count.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rosterkit_core::Error as CallError;
use serde_json::{Value, json};

use super::progress::Progress;
use super::shutdown::{Cause, Rest, Shutdown};
use crate::context::Context;
use crate::error::{self, Error, Outage};
use crate::input::{FailedFile, Raw};
use crate::output::Rows;

/// The columns of outcome lines.
pub(crate) const COLUMNS: [&str; 5] = ["line", "item", "outcome", "id", "reason"];

/// The outcomes of items that were carried out.
const DONE: [&str; 2] = ["accepted", "warned"];
/// The outcome of items of which nobody knows.
const UNKNOWN: &str = "unknown";
/// The outcome of items that were not sent.
const NOT_SENT: &str = "not sent";
/// How long lines are held back at most, so that little is lost if the process is killed.
const HELD_BACK: Duration = Duration::from_millis(200);
/// How many places are named in a message.
const NAMED: usize = 20;

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
    /// `None` when nobody reads any more.
    rows: Option<Rows>,
    flushed: Instant,
    failed: Option<FailedFile>,
    progress: Progress,
    /// How many items had each outcome, in the order in which outcomes came up.
    counts: Vec<(&'static str, u64)>,
    /// The lines of items of which nobody knows: the first few.
    unknown: Vec<u64>,
    /// The line of the last item.
    last: u64,
    /// Why outcomes or failed items cannot be written.
    trouble: Option<Error>,
    /// How authentication failed.
    refusal: Option<Arc<CallError>>,
    outage: Outage,
    /// Whether the file of failed items lacks some.
    is_incomplete: bool,
}

impl Report {
    pub(crate) fn new(rows: Rows, failed: Option<FailedFile>, progress: Progress) -> Self {
        Self {
            rows: Some(rows),
            flushed: Instant::now(),
            failed,
            progress,
            counts: Vec::new(),
            unknown: Vec::new(),
            last: 0,
            trouble: None,
            refusal: None,
            outage: Outage::default(),
            is_incomplete: false,
        }
    }

    /// Keeps why the call of an item failed. That authentication failed ends the run.
    pub(crate) fn failed_by(&mut self, error: &Arc<CallError>, shutdown: &mut Shutdown) {
        if error::code_of(error) == error::AUTHENTICATION {
            shutdown.because(Cause::Refused);
            self.refusal.get_or_insert_with(|| Arc::clone(error));
        }
        self.outage.add(error);
    }

    /// Whether outcomes or failed items can be written no more. A reader that has enough is no trouble: the items are
    /// carried out nevertheless.
    pub(crate) fn is_in_trouble(&self) -> bool {
        self.trouble.is_some()
    }

    /// Whether there is a file of failed items.
    pub(crate) fn has_file(&self) -> bool {
        self.failed.is_some()
    }

    /// Writes to the terminal where the bar is not.
    pub(crate) fn beside(&self, write: impl FnOnce()) {
        self.progress.beside(write);
    }

    /// Tells what became of an item.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        self.count(outcome.outcome, outcome.line);
        if !DONE.contains(&outcome.outcome) {
            self.keep(&outcome.raw);
        }
        let Some(rows) = &mut self.rows else { return };
        let written = self.progress.tick(|| rows.push(outcome.row()));
        let written = written.and_then(|()| match self.flushed.elapsed() > HELD_BACK {
            true => {
                self.flushed = Instant::now();
                rows.flush()
            }
            false => Ok(()),
        });
        match written {
            Ok(()) => {}
            Err(Error::BrokenPipe) => self.rows = None,
            Err(error) => {
                self.rows = None;
                self.trouble.get_or_insert(error);
            }
        }
    }

    /// Counts an item that was not sent, without a line of its own.
    fn add_unsent(&mut self, line: u64, raw: &Raw) {
        self.count(NOT_SENT, line);
        self.keep(raw);
    }

    fn count(&mut self, outcome: &'static str, line: u64) {
        self.last = line;
        if outcome == UNKNOWN && self.unknown.len() <= NAMED {
            self.unknown.push(line);
        }
        match self.counts.iter_mut().find(|(name, _)| *name == outcome) {
            Some((_, count)) => *count += 1,
            None => self.counts.push((outcome, 1)),
        }
    }

    fn keep(&mut self, raw: &Raw) {
        if let Some(Err(error)) = self.failed.as_mut().map(|failed| failed.add(raw)) {
            self.failed = None;
            self.is_incomplete = true;
            self.trouble.get_or_insert(error);
        }
    }

    /// Takes up the rest of the input after a run that ended before it. `next` reads an item: its line, its name and what
    /// stands in the input. Answers why the input could not be read on.
    pub(crate) async fn rest<E>(
        &mut self,
        context: &Context,
        shutdown: &mut Shutdown,
        is_file: bool,
        mut next: impl AsyncFnMut() -> Option<Result<(u64, String, Raw), E>>,
    ) -> Option<E> {
        // Nobody asks for the rest, and it may be long.
        let is_wanted = |this: &Self, cause| this.has_file() || cause == Cause::Refused;
        while let Some(cause) = shutdown.cause() {
            if !is_wanted(self, cause) {
                self.is_incomplete = true;
                return None;
            }
            let (line, item, raw) = match shutdown.next(context, self, is_file, next()).await {
                Rest::Item(Ok(item)) => item,
                Rest::Item(Err(error)) => return Some(error),
                Rest::End => return None,
                Rest::LeftUnread => {
                    self.is_incomplete = true;
                    return None;
                }
            };
            match cause {
                Cause::Refused => {
                    let reason = Some(cause.reason().to_owned());
                    self.add(Outcome { line, item, outcome: NOT_SENT, id: None, reason, raw });
                }
                Cause::Interrupted(_) | Cause::Output => self.add_unsent(line, &raw),
            }
        }
        None
    }

    /// Ends the lines of a check, after which nothing is fed back in.
    pub(crate) fn end(mut self) -> Result<(), Error> {
        self.progress.end();
        if let Some(trouble) = self.trouble {
            return Err(trouble);
        }
        self.rows.take().map_or(Ok(()), Rows::finish)
    }

    /// Ends the lines and the file, and says how it went. `broken` is why the input could not be read to its end.
    pub(crate) fn finish(
        mut self,
        context: &Context,
        broken: Option<Error>,
        cause: Option<Cause>,
    ) -> Result<(), Error> {
        self.progress.end();
        let total = self.counts.iter().map(|(_, count)| count).sum::<u64>();
        // An input that cannot be read at all has no failed items; an older file is left alone.
        let file = match (self.failed.take(), &broken, total) {
            (Some(_), Some(_), 0) | (None, ..) => Ok(false),
            (Some(file), ..) => file.finish().map(|()| true),
        };
        // The file first: it is what is left if nobody reads the lines.
        let written = match self.rows.take().map(Rows::finish) {
            Some(Err(Error::BrokenPipe)) | None => Ok(()),
            Some(written) => written,
        };
        let has_file = *file.as_ref().unwrap_or(&false);
        let summary = self.summary(total, has_file, broken.is_some());
        let trouble = self.trouble.take().or_else(|| file.err()).or_else(|| written.err());
        if let Some(Cause::Interrupted(code)) = cause {
            context.hint(format_args!("interrupted: {summary}"));
            if let Some(message) = trouble.and_then(|trouble| trouble.message(false)) {
                context.hint(message);
            }
            return Err(Error::Interrupted(code));
        }
        let accepted = self.accepted();
        match (trouble, broken) {
            // Wrong usage says that nothing was sent.
            (Some(Error::Usage(problem)), _) => Err(Error::Partial(format!("{problem}\n{summary}"))),
            (Some(trouble), _) => {
                context.hint(summary);
                Err(trouble)
            }
            (None, Some(broken)) if total == 0 => Err(broken),
            (None, Some(broken)) => {
                Err(Error::Partial(format!("{}\n{summary}", broken.message(false).unwrap_or_default())))
            }
            (None, None) if total == accepted => {
                context.hint(summary);
                Ok(())
            }
            (None, None) if cause == Some(Cause::Refused) && accepted == 0 => {
                context.hint(summary);
                Err(self
                    .refusal
                    .take()
                    .map_or_else(|| Error::Credential("authentication failed".to_owned()), Into::into))
            }
            (None, None) => Err(match self.outage.of_all(total) {
                Some(error) => {
                    context.hint(summary);
                    error
                }
                None => Error::Partial(summary),
            }),
        }
    }

    fn accepted(&self) -> u64 {
        self.counts.iter().filter(|(name, _)| DONE.contains(name)).map(|(_, count)| count).sum()
    }

    /// The counts, what to look at, and what to feed back in.
    fn summary(&self, total: u64, has_file: bool, is_broken: bool) -> String {
        let counts: Vec<_> = self.counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        let mut summary = if counts.is_empty() { "no items".to_owned() } else { counts.join(", ") };
        let is_done = total == self.accepted() && !self.is_incomplete && !is_broken;
        summary += match (has_file, is_done) {
            (_, true) => "",
            (true, false) => "; the file of --failed has the items that were not accepted, for another run with --from",
            (false, false) => "; use --failed FILE to save the items that were not accepted",
        };
        if !self.unknown.is_empty() {
            let mut lines: Vec<_> = self.unknown.iter().take(NAMED).map(u64::to_string).collect();
            if self.unknown.len() > NAMED {
                lines.push("…".to_owned());
            }
            summary += &format!(
                "\n  items with outcome \"unknown\" may have been applied; check before retrying (line {})",
                lines.join(", ")
            );
        }
        if self.is_incomplete || is_broken {
            let lacks = if has_file { " and is not in the file of --failed" } else { "" };
            summary += &match self.last {
                0 => format!("\n  the input was not sent{lacks}"),
                last => format!("\n  the input after line {last} was not sent{lacks}"),
            };
        }
        summary
    }
}
