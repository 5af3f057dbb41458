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
//! | `unknown` | no answer says what became of it | yes |
//! | `invalid` | it cannot be sent | yes |
//! | `not sent` | the credential was refused at an item before it | yes |

mod calls;
mod dry_run;
mod outcome;
mod progress;
mod queue;

pub(crate) use calls::{judge, one_by_one, one_by_one_judged, typed};
pub(crate) use outcome::{COLUMNS, Outcome, Report};
pub(crate) use progress::Progress;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use futures_util::Stream;
use rosterkit_core::batch::{Batch, Verdict};
use serde_json::Value;

use crate::app::App;
use crate::failure::{self, Failure};
use crate::input::{FailedFile, Input, InputFormat};
use queue::{Entry, Queue};

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
    /// Write the items that failed to this file, in the form of the input, to feed them back in
    #[arg(long, value_name = "FILE", requires = "from", help_heading = "Many items")]
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

/// Runs a bulk verb over the items of `--from`. `send` makes the batch; `describe` gives the id of what the service made
/// of an item.
///
/// # Errors
/// [`Failure::Partial`] if items failed; [`Failure::Credential`] if the service refused the credential before anything
/// was carried out.
pub(crate) async fn run<'a, T: Send + 'a, R: 'a>(
    app: &'a App,
    options: &'a BulkOptions,
    verb: Verb<'a, T>,
    send: impl FnOnce(Requests<'a, T>) -> Batch<'a, T, R>,
    describe: impl Fn(&R) -> Option<String>,
) -> Result<(), Failure> {
    let Some(from) = options.from.as_deref() else {
        return Err(Failure::usage("there are no items: name a file with --from, or `-` for standard input"));
    };
    let printer = app.printer()?;
    let input = Input::open(app, from, options.input_format, verb.json).await?;
    if options.dry_run {
        return dry_run::run(printer, input, verb).await;
    }
    let failed = options.failed.as_deref().map(|path| FailedFile::create(path, input.header())).transpose()?;
    let progress = Progress::new(app, input.progress());
    let queue = Arc::new(Queue::default());
    let requests = queue::requests(input, verb, Arc::clone(&queue));
    let mut outcomes = send(Box::pin(requests)).in_order();
    let mut report = Report::new(printer.rows(&COLUMNS), failed, progress);
    loop {
        let next = outcomes.next().await;
        // Items that were never sent stand before the one that was, or at the end.
        while let Some(entry) = queue.pop_unsent() {
            report.add(unsent(entry))?;
        }
        let Some(outcome) = next else { break };
        let Some(meta) = queue.pop() else {
            return Err(Failure::Service("there are more outcomes than items".to_owned()));
        };
        let (name, id, reason) = match outcome.verdict {
            Verdict::Accepted(answer) => ("accepted", describe(&answer), None),
            Verdict::Rejected(reason) => ("rejected", None, Some(reason)),
            Verdict::Unknown(error) => {
                if failure::code_of(&error) == failure::AUTHENTICATION {
                    queue.stop();
                }
                ("unknown", None, Some(error.to_string()))
            }
        };
        report.add(Outcome { line: meta.line, item: meta.name, outcome: name, id, reason, raw: meta.raw })?;
    }
    let broken = queue.take_failure();
    report.finish(app, broken, queue.is_stopped())
}

fn unsent(entry: Entry) -> Outcome {
    let Entry { meta, state } = entry;
    let (outcome, reason) = match state {
        queue::State::Invalid(problem) => ("invalid", problem),
        queue::State::NotSent | queue::State::Sent => {
            ("not sent", "the service refused the credential at an item before".to_owned())
        }
    };
    Outcome { line: meta.line, item: meta.name, outcome, id: None, reason: Some(reason), raw: meta.raw }
}
