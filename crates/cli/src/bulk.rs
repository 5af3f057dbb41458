//! Bulk commands: many items are read, checked and sent, with an outcome line for each.
//!
//! A bulk command says how an item becomes a request ([`BulkCommand::prepare`]) and how requests are sent (a [`Batch`]).
//! [`run`] does the rest: outcome lines in the order of the input, a progress bar on a terminal, `--dry-run`, the file of
//! failed items, the exit code.
//!
//! | outcome | meaning | in the file of failed items |
//! | --- | --- | --- |
//! | `accepted` | the service applied it | no |
//! | `warned` | the service applied it, with a warning (bulk files of the LMS) | no |
//! | `rejected` | the service rejected it | yes |
//! | `unknown` | it may have been applied: no response says so | yes |
//! | `invalid` | it violates a rule and was not sent | yes |
//! | `not sent` | the service was not reached or turned it away for now, or the run [stopped](shutdown) before | yes |
//!
//! On a terminal, each line is written at once. In a file or a pipe, lines are written when the run waits: for the next response
//! of the service, or for more input. A run that is killed (SIGKILL) loses the lines of outcomes that came since at most: those
//! items may have been applied.
//!
//! If the reader of the outcome lines stops reading, the items are still sent, and the exit code is that of the run.
//! If lines cannot be written for another reason, such as a full disk, a run over a file [stops](shutdown): what was not
//! sent is in the file of failed items. The exit code is that of the outcomes.

mod report;
mod requests;
mod shutdown;
mod write;

pub(crate) use report::Report;
use requests::rejection;
pub(crate) use requests::{Item, one_by_one, typed};
pub(crate) use write::Write;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, OnceLock};

use clap::Args;
use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _};
use rosterkit_core::Error as CallError;
use rosterkit_core::batch::{Batch, Cancellation, Outcome, Violation};
use rosterkit_core::input::Fields;
use serde::Serialize;
use serde_json::Value;

use self::shutdown::{Rest, Shutdown};
use crate::context::Context;
use crate::error::{Error, described};
use crate::input::{FailedFile, Form, Input, InputOptions, Lent, Position, Record};
use crate::output::Printer;

/// The columns of outcome lines.
pub(crate) const COLUMNS: [&str; 5] = ["line", "item", "outcome", "id", "reason"];
pub(crate) const DRY_RUN_COLUMNS: [&str; 5] = ["line", "item", "outcome", "request", "reason"];

/// Options of bulk commands.
#[derive(Args, Clone, Debug)]
pub(crate) struct BulkOptions {
    /// Read items from this file, CSV or JSON lines; `-` is standard input
    #[arg(long, value_name = "FILE", help_heading = "Many items")]
    pub from: Option<PathBuf>,
    #[command(flatten)]
    pub input: InputOptions,
    /// Check the form and print what would be sent; send nothing, and need no account
    #[arg(long, help_heading = "Before a change")]
    pub dry_run: bool,
    /// Write the items that were not accepted to this file, in the format, delimiter and encoding of the input, for another
    /// run with the same options; after Ctrl-C, also those that were not sent. Items with outcome `unknown` are included,
    /// although they may have been applied
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run", help_heading = "Many items")]
    pub failed: Option<PathBuf>,
    /// Maximum number of requests in flight
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = "Many items",
        value_parser = clap::value_parser!(u16).range(1..=64))]
    pub concurrency: u16,
    /// Go on although the service seems to be down. Without it, nothing more is sent after 5 requests in a row (20, if each
    /// has one item) without a connection or with a status from 500 on
    #[arg(long, conflicts_with = "dry_run", help_heading = "Many items")]
    pub keep_going: bool,
}

/// Makes a request from an item, or says why the item is invalid.
type Prepare<'a, T> = Box<dyn Fn(&Value) -> Result<T, String> + Send + 'a>;

/// What a bulk command does with an item.
pub(crate) struct BulkCommand<'a, T> {
    /// The fields of an item.
    pub fields: Fields,
    /// Makes a request from an item, or says why the item is invalid.
    pub prepare: Prepare<'a, T>,
    /// The name of an item in its outcome line: an id, an address.
    pub name: fn(&Value) -> String,
}

impl<T> BulkCommand<'_, T> {
    /// The item of a record, and the record's value.
    fn item(&self, record: Record) -> (Item<T>, Option<Lent<Value>>) {
        let Record { line, raw, value } = record;
        let (name, request) = match &value {
            Ok(value) => ((self.name)(value), (self.prepare)(value)),
            Err(problem) => (String::new(), Err(problem.clone())),
        };
        let request = request.map_err(|problem| vec![Violation::new(problem)]);
        (Item { line, name, raw, request }, value.ok())
    }
}

/// Checks the items of `--from` for `--dry-run`, and prints what would be sent. Needs neither address nor credential.
///
/// # Errors
/// [`Error::Partial`] if items are invalid.
pub(crate) async fn check<T>(
    context: &Context,
    options: &BulkOptions,
    command: BulkCommand<'_, T>,
) -> Result<(), Error> {
    let printer = context.printer()?;
    let input = Input::open(context, from(options)?, &options.input, command.fields.clone()).await?;
    let items = records(input).map_ok(|record| {
        let (item, mut value) = command.item(record);
        value.iter_mut().for_each(|value| redact(value));
        item.map(|_| value)
    });
    dry_run(printer, &DRY_RUN_COLUMNS, items).await
}

/// Prints what would be sent for items that are named on the command line, each with its name and request, for `--dry-run`.
/// Invalid arguments were refused before.
///
/// # Errors
/// If they cannot be printed.
pub(crate) async fn check_named(context: &Context, items: Vec<(String, Value)>) -> Result<(), Error> {
    let item = |(line, (name, request))| Ok(Item::named(line, name, Some(redacted(request))));
    let items: Vec<_> = (1..).zip(items).map(item).collect();
    dry_run(context.printer()?, &DRY_RUN_COLUMNS, stream::iter(items)).await
}

/// Prints whether items are valid. A column `request` has what would be sent.
///
/// # Errors
/// [`Error::Partial`] if items are invalid.
pub(crate) async fn dry_run<V: Serialize>(
    printer: Printer,
    columns: &[&str],
    items: impl Stream<Item = Result<Item<Option<V>>, Error>>,
) -> Result<(), Error> {
    let mut rows = printer.fixed_rows(columns)?;
    let (mut valid, mut invalid) = (0_u64, 0_u64);
    let mut items = pin!(items);
    loop {
        let next = match items.next().now_or_never() {
            Some(next) => next,
            None => {
                // Lines do not wait for a slow pipe.
                rows.flush()?;
                items.next().await
            }
        };
        let Some(Item { line, name, request, .. }) = next.transpose()? else { break };
        let (outcome, request, reason, count) = match request {
            Ok(request) => ("valid", request, None, &mut valid),
            Err(violations) => ("invalid", None, Some(Outcome::<()>::Invalid(violations)), &mut invalid),
        };
        *count += 1;
        let reason = reason.as_ref().and_then(Outcome::reason);
        let request = columns.contains(&"request").then_some(request);
        rows.push_as(&DryRunRow { item: &name, line, outcome, reason, request })?;
    }
    rows.finish()?;
    match invalid {
        0 => Ok(()),
        _ => Err(Error::Partial(format!("{valid} valid, {invalid} invalid; nothing was sent"))),
    }
}

/// A line of `--dry-run`.
#[derive(Serialize)]
struct DryRunRow<'a, V> {
    item: &'a str,
    line: u64,
    outcome: &'static str,
    reason: Option<Cow<'a, str>>,
    /// What would be sent, if there is such a column.
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Option<V>>,
}

/// The item without its passwords.
pub(crate) fn redacted(mut value: Value) -> Value {
    redact(&mut value);
    value
}

fn redact(value: &mut Value) {
    const PASSWORD: &[u8] = b"password";
    let is_password =
        |name: &str| name.as_bytes().windows(PASSWORD.len()).any(|part| part.eq_ignore_ascii_case(PASSWORD));
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match is_password(name) {
            true => *value = "********".into(),
            false => redact(value),
        }),
        Value::Array(values) => values.iter_mut().for_each(redact),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn from(options: &BulkOptions) -> Result<&Path, Error> {
    let missing = || Error::usage("no items: give a file with --from, or `-` for standard input");
    options.from.as_deref().ok_or_else(missing)
}

pub(crate) fn records(input: Input) -> impl Stream<Item = Result<Record, Error>> + Send {
    stream::unfold(input, async |mut input| Some((input.next().await?, input)))
}

/// Runs a bulk command over the items of `--from`. `batch` sends requests; its own input is empty. `id` is the id of what
/// the service created for an item.
///
/// # Errors
/// [`Error::Partial`] if items failed; [`Error::Call`] if no item was accepted because authentication failed or the service
/// could not be reached, or if nothing more was sent because it seems to be down; [`Error::Interrupted`] after a signal.
pub(crate) async fn run<'a, T: Clone + Send + Sync + 'a, R: 'a>(
    context: &Context,
    options: &BulkOptions,
    command: BulkCommand<'a, T>,
    batch: Batch<'a, T, R>,
    id: impl Fn(&R) -> Option<String>,
) -> Result<(), Error> {
    context.printer()?.check_columns(&COLUMNS)?;
    let input = Input::open(context, from(options)?, &options.input, command.fields.clone()).await?;
    let report = report_of(context, options, input.form(), input.progress())?;
    let is_file = input.is_file();
    let items = records(input).map_ok(move |record| command.item(record).0);
    let batch = batch.keep_going(options.keep_going);
    let start = |items, cancellation: &Cancellation| {
        carrying(batch, items, cancellation).ordered().map(|it| Ok((it.item, it.outcome)))
    };
    send(context, report, items, is_file, start, id).await
}

/// The report of a run over an input of this form.
///
/// # Errors
/// If the output options are invalid, or the file of failed items cannot be written.
pub(crate) fn report_of(
    context: &Context,
    options: &BulkOptions,
    form: &Form,
    position: Position,
) -> Result<Report, Error> {
    let rows = context.printer()?.of_write().fixed_rows(&COLUMNS)?;
    let failed = options.failed.as_deref().map(|path| FailedFile::create(path, form)).transpose()?;
    Ok(Report::new(context, rows, failed, position))
}

/// An input that was read to its end before anything is sent.
pub(crate) struct Loaded<T> {
    pub items: Vec<Item<T>>,
    form: Form,
}

impl<T> Loaded<T> {
    /// Items that are named on the command line.
    pub(crate) fn named(items: Vec<(String, T)>) -> Self {
        let items = (1..).zip(items).map(|(line, (name, request))| Item::named(line, name, request));
        Self { items: items.collect(), form: Form::default() }
    }

    /// The report of a run over the items, and the items.
    pub(crate) fn report(self, context: &Context, options: &BulkOptions) -> Result<(Report, Vec<Item<T>>), Error> {
        Ok((report_of(context, options, &self.form, Position::default())?, self.items))
    }
}

/// Reads the items of `--from` to the end.
///
/// # Errors
/// If the input cannot be read to its end.
pub(crate) async fn load<T>(
    context: &Context,
    options: &BulkOptions,
    command: &BulkCommand<'_, T>,
) -> Result<Loaded<T>, Error> {
    let mut input = Input::open(context, from(options)?, &options.input, command.fields.clone()).await?;
    let form = input.form().clone();
    let mut items = Vec::new();
    while let Some(record) = input.next().await.transpose()? {
        items.push(command.item(record).0);
    }
    Ok(Loaded { items, form })
}

/// The batch over items that carry its requests.
pub(crate) fn carrying<'a, T: Clone + Send + Sync + 'a, R: 'a>(
    batch: Batch<'a, T, R>,
    items: BoxStream<'a, Item<T>>,
    cancellation: &Cancellation,
) -> Batch<'a, Item<T>, R> {
    batch.carried_by(items, |item| item.request.as_ref().map_err(Clone::clone)).cancellation(cancellation)
}

/// Sends items that are named on the command line, and writes an outcome line for each, with these columns: first the name,
/// then `id`, if the service gives the item one, `outcome` and `reason`. `batch` sends requests; its own input is empty.
///
/// # Errors
/// As [`run`]; the error of the only item is that of the command.
pub(crate) async fn run_named<'a, T: Clone + Send + Sync + 'a, R: 'a>(
    context: &Context,
    columns: &[&'static str],
    items: Vec<(String, T)>,
    batch: Batch<'a, T, R>,
    id: impl Fn(&R) -> Option<String>,
) -> Result<(), Error> {
    let start = |items, cancellation: &Cancellation| {
        carrying(batch, items, cancellation).ordered().map(|it| Ok((it.item, it.outcome)))
    };
    send_named(context, columns, items, start, id).await
}

/// The same for items that `call` sends, each alone.
///
/// # Errors
/// As [`run_named`].
pub(crate) async fn run_named_alone<T, R, F>(
    context: &Context,
    columns: &[&'static str],
    items: Vec<(String, T)>,
    concurrency: u16,
    call: impl Fn(T) -> F + Send + Sync,
) -> Result<(), Error>
where
    T: Clone + Send + Sync,
    R: Send,
    F: Future<Output = Result<R, CallError>> + Send,
{
    // The error of the only item says more than its outcome line.
    let refused = Arc::new(OnceLock::new());
    let (only, verbose) = (items.len() == 1, context.global.verbose > 0);
    let batch = one_by_one(concurrency, call).rejection({
        let refused = Arc::clone(&refused);
        move |error| {
            if only {
                refused.get_or_init(|| described(error, verbose));
            }
            rejection(error)
        }
    });
    let result = run_named(context, columns, items, batch, |_| None).await;
    match (result, refused.get()) {
        (Err(Error::Service(_)), Some(refused)) => Err(Error::Service(refused.clone())),
        (result, _) => result,
    }
}

/// The same for items that `start` sends.
pub(crate) async fn send_named<'a, T: Send + 'a, R, S>(
    context: &Context,
    columns: &[&'static str],
    items: Vec<(String, T)>,
    start: impl FnOnce(BoxStream<'a, Item<T>>, &Cancellation) -> S,
    id: impl Fn(&R) -> Option<String>,
) -> Result<(), Error>
where
    S: Stream<Item = Result<(Item<T>, Outcome<R>), Error>>,
{
    let rows = context.printer()?.of_write().fixed_rows(columns)?;
    let report = Report::named(rows, columns.first().copied().unwrap_or("item"));
    let items = (1..).zip(items).map(|(line, (name, request))| Ok(Item::named(line, name, request)));
    send(context, report, stream::iter(items.collect::<Vec<_>>()), true, start, id).await
}

/// Sends items and reports their outcomes, until the input ends or the run is [stopped](shutdown). `start` sends the items
/// and yields an outcome for each, in order.
pub(crate) async fn send<'a, I: Send + 'a, T, R, S>(
    context: &Context,
    mut report: Report,
    items: impl Stream<Item = Result<I, Error>> + Send + 'a,
    is_file: bool,
    start: impl FnOnce(BoxStream<'a, I>, &Cancellation) -> S,
    id: impl Fn(&R) -> Option<String>,
) -> Result<(), Error>
where
    S: Stream<Item = Result<(Item<T>, Outcome<R>), Error>>,
{
    let mut shutdown = Shutdown::new();
    let items = shutdown.until_stopped(items, is_file);
    let mut outcomes = pin!(start(items, shutdown.cancellation()));
    let mut error = None;
    loop {
        // A file that cannot be written is given up.
        shutdown.set_reads_rest(report.takes_rest());
        if let Some(cause) = report.stop_cause() {
            shutdown.start(cause);
        }
        let ready = match shutdown.is_signalled() {
            // Without a signal, there is nothing to watch beside an outcome that is there.
            false => outcomes.next().now_or_never(),
            true => shutdown.watch(outcomes.next(), |message| report.beside(|| context.hint(message))).now_or_never(),
        };
        let next = match ready {
            Some(next) => next,
            None => {
                // What is known is written before the next response is awaited.
                report.flush();
                shutdown.watch(outcomes.next(), |message| report.beside(|| context.hint(message))).await
            }
        };
        match next {
            Some(Ok((item, outcome))) => report.add(&item, outcome.map(|value| id(&value)), shutdown.cause()),
            Some(Err(broken)) => {
                error = Some(Rest::Broken(broken));
                break;
            }
            None => break,
        }
    }
    report.finish(context, error.or_else(|| shutdown.take_rest()), shutdown.cause())
}
