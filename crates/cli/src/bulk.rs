//! Many items: read, checked, sent, and told about one by one.
//!
//! A bulk verb says how an item becomes a request ([`Verb::prepare`]) and what sends requests (a
//! [`Batch`](rosterkit_core::batch::Batch)); [`run`] does the rest: one outcome line per item in the order of the input, a
//! progress bar on a terminal, `--dry-run`, the file of failed items, the exit code.
//!
//! | outcome | meaning | in the file of failed items |
//! | --- | --- | --- |
//! | `accepted` | the service carried it out | no |
//! | `warned` | the service carried it out, with a warning (bulk files of the LMS) | no |
//! | `rejected` | the service refused it | yes |
//! | `unknown` | it may have been carried out: no answer says what became of it | yes |
//! | `invalid` | it cannot be sent | yes |
//! | `not sent` | the service was not reached, or the run [ended](shutdown) before it | yes |
//!
//! Whoever reads the lines can stop reading: the items are carried out nevertheless, and the exit code tells how it went.

mod dry_run;
mod progress;
mod queue;
mod report;
mod requests;
mod shutdown;

pub(crate) use progress::Progress;
pub(crate) use report::{Outcome, Report};
pub(crate) use requests::{one_by_one, one_by_one_judged, rejection, typed};
pub(crate) use shutdown::{Cause, Shutdown};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use futures_util::{Stream, StreamExt as _};
use rosterkit_core::ErrorKind;
use rosterkit_core::batch::{Batch, Outcome as ItemState};
use serde_json::Value;

use crate::context::Context;
use crate::error::Error;
use crate::input::{FailedFile, Input, InputFormat};
use queue::{Entry, Meta, Queue, State};
use report::COLUMNS;

/// Options of bulk verbs.
#[derive(Args, Clone, Debug)]
pub(crate) struct BulkOptions {
    /// Read items from this file, CSV or JSON lines; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Many items")]
    pub from: Option<PathBuf>,
    /// Form of the input, where the file's name does not tell
    #[arg(long, value_enum, value_name = "FORMAT", requires = "from", help_heading = "Many items")]
    pub input_format: Option<InputFormat>,
    /// Check the items and print what would be sent; send nothing
    #[arg(long, requires = "from", help_heading = "Many items")]
    pub dry_run: bool,
    /// Write the items that failed to this file, in the form of the input, to feed them back in; after Ctrl-C, those that
    /// were not sent, too. Outcome lines tell which may have been carried out all the same: `unknown`, with the status and
    /// the correlation id
    #[arg(long, value_name = "FILE", requires = "from", conflicts_with = "dry_run", help_heading = "Many items")]
    pub failed: Option<PathBuf>,
    /// How many requests are under way at the same time
    #[arg(long, value_name = "N", requires = "from", default_value_t = 4, help_heading = "Many items",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
}

/// What a bulk verb does with an item.
pub(crate) struct Verb<'a, T> {
    /// The fields of the input that are never text; in CSV, their cells are JSON.
    pub json: &'static [&'static str],
    /// Makes a request out of an item, or says what is wrong with it.
    pub prepare: Box<dyn Fn(Value) -> Result<T, String> + Send + 'a>,
    /// What an item is called in its outcome line, of the item as it stands in the input: an id, an address.
    pub name: fn(&Value) -> String,
}

/// The stream of requests that a bulk verb's batch takes.
pub(crate) type Requests<'a, T> = std::pin::Pin<Box<dyn Stream<Item = T> + Send + 'a>>;

/// Checks the items of `--from` for `--dry-run`, and prints what would be sent. It needs neither address nor credential.
///
/// # Errors
/// [`Error::Partial`] if items are invalid.
pub(crate) async fn check<T>(context: &Context, options: &BulkOptions, verb: Verb<'_, T>) -> Result<(), Error> {
    let printer = context.printer()?;
    let input = Input::open(context, from(options)?, options.input_format, verb.json).await?;
    dry_run::run(printer, input, verb).await
}

fn from(options: &BulkOptions) -> Result<&Path, Error> {
    let missing = || Error::usage("there are no items: name a file with --from, or `-` for standard input");
    options.from.as_deref().ok_or_else(missing)
}

/// Runs a bulk verb over the items of `--from`. `send` makes the batch; `describe` gives the id of what the service made
/// of an item.
///
/// # Errors
/// [`Error::Partial`] if items failed; [`Error::Call`] if nothing was carried out because the credential was refused or
/// the service could not be reached; [`Error::Interrupted`] after a signal.
pub(crate) async fn run<'a, T: Send + 'a, R: 'a>(
    context: &'a Context,
    options: &'a BulkOptions,
    verb: Verb<'a, T>,
    send: impl FnOnce(Requests<'a, T>) -> Batch<'a, T, R>,
    describe: impl Fn(&R) -> Option<String>,
) -> Result<(), Error> {
    if options.dry_run {
        return check(context, options, verb).await;
    }
    let rows = context.printer()?.fixed_rows(&COLUMNS)?;
    let input = Input::open(context, from(options)?, options.input_format, verb.json).await?;
    let failed = options.failed.as_deref().map(|path| FailedFile::create(path, input.header())).transpose()?;
    let mut report = Report::new(rows, failed, Progress::new(context, input.progress()));
    let (is_file, name) = (input.is_file(), verb.name);
    let mut shutdown = Shutdown::new();
    let input = Arc::new(tokio::sync::Mutex::new(input));
    let queue = Arc::new(Queue::default());
    let requests = queue::requests(Arc::clone(&input), verb, Arc::clone(&queue)).take_until(shutdown.began());
    let mut outcomes = send(Box::pin(requests)).cancellation(shutdown.stop()).ordered();
    loop {
        while let Some((meta, problem)) = queue.pop_invalid() {
            report.add(outcome(meta, "invalid", None, Some(problem)));
        }
        if report.is_in_trouble() {
            shutdown.because(Cause::Output);
        }
        let answered = tokio::select! {
            biased;
            () = shutdown.called(context, &report) => continue,
            // It waits for nobody; those who wait for an answer may wait long.
            () = queue.first_is_invalid() => continue,
            answered = outcomes.next() => answered,
        };
        let Some(answered) = answered else { break };
        let meta = loop {
            match queue.pop() {
                Some(Entry { meta, state: State::Taken(index) }) if index == answered.index => break meta,
                Some(entry) => report.add(unanswered(entry, &shutdown)),
                None => return Err(Error::Service("there are more outcomes than items".to_owned())),
            }
        };
        let (name, reason) = told(&answered.outcome, &mut report, &mut shutdown);
        let id = answered.outcome.accepted().and_then(|answer| describe(&answer));
        report.add(outcome(meta, name, id, reason));
    }
    drop(outcomes);
    while let Some(entry) = queue.pop() {
        report.add(unanswered(entry, &shutdown));
    }
    let mut input = input.lock().await;
    let next = async || {
        let record = input.next().await?;
        Some(record.map(|record| {
            let (Meta { line, name, raw }, _) = Meta::of(record, name);
            (line, name, raw)
        }))
    };
    let broken = report.rest(context, &mut shutdown, is_file, next).await;
    report.finish(context, queue.take_failure().or(broken), shutdown.cause())
}

/// The name and the reason of an outcome in its line. Notes why a call failed.
pub(crate) fn told<T>(
    outcome: &ItemState<T>,
    report: &mut Report,
    shutdown: &mut Shutdown,
) -> (&'static str, Option<String>) {
    let reason = match outcome.error() {
        Some(error) if error.kind() == ErrorKind::Cancelled => Some(shutdown.cancelled(error)),
        Some(error) => {
            report.failed_by(error, shutdown);
            Some(error.to_string())
        }
        None => outcome.reason().map(|reason| reason.into_owned()),
    };
    (outcome.name(), reason)
}

fn outcome(meta: Meta, outcome: &'static str, id: Option<String>, reason: Option<String>) -> Outcome {
    Outcome { line: meta.line, item: meta.name, outcome, id, reason, raw: meta.raw }
}

/// What is to be said of an item whose outcome does not come.
fn unanswered(Entry { meta, state }: Entry, shutdown: &Shutdown) -> Outcome {
    let (word, reason) = match state {
        State::Invalid(problem) => ("invalid", problem),
        State::Taken(_) => ("not sent", shutdown.cause().unwrap_or(Cause::Output).reason().to_owned()),
    };
    outcome(meta, word, None, Some(reason))
}
