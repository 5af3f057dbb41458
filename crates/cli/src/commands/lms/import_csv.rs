//! `lms import-csv`.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::{Args, Subcommand};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use peoplefluent_lms::Client;
use peoplefluent_lms::bulk::{
    BulkError, BulkRow, BulkUpload, CsvError, ExternalTrainingRow, InvalidRows, OnFailure, OnInvalid, REASON_COLUMN,
    TrainingHistoryRow, check_columns, parse_row,
};
use rosterkit_core::batch::Cancellation;
use rosterkit_core::input::{FieldKind, Fields, Format};
use serde_json::Value;

use super::NoPlan;
use crate::bulk::{self, Item, Report};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::input::{ColumnOptions, FailedFile, Input, Record};
use crate::text;

/// The columns of outcome lines. The LMS returns no ids.
const COLUMNS: [&str; 4] = ["line", "item", "outcome", "reason"];

const RULES: &str = "\
The first line has the names of columns, in any order; only these columns are sent. Invalid rows are not sent, valid rows \
are: use --dry-run to check first; there is no --plan, since the LMS does not list records with the ids and columns of an \
import. Outcomes: accepted, warned (accepted with a warning), rejected (by the LMS), invalid (not \
sent), not sent (an upload before it failed), unknown (may have been applied: check the record before sending the row \
again). The file of --failed has the unchanged rows that were neither accepted nor warned.";
const BOTH: &str = "\
Examples:
  rosterkit lms import-csv training-history --from history.csv --dry-run
  rosterkit lms import-csv external-training --from training.csv --failed failed.csv";
const HISTORY: &str = "\
Examples:
  rosterkit --sandbox lms import-csv training-history --from history.csv --dry-run
  rosterkit lms import-csv training-history --from history.csv --failed failed.csv
  rosterkit lms import-csv training-history --from - --chunk-size 100 < history.csv";
const EXTERNAL: &str = "\
Examples:
  rosterkit lms import-csv external-training --from training.csv --dry-run
  rosterkit lms import-csv external-training --from training.csv --failed failed.csv
  rosterkit --sandbox lms import-csv external-training --from training.csv --output jsonl
  rosterkit --sandbox lms import-csv external-training --from courses.csv --dry-run \\
    --map \"Action=:'A',UserId=Login,Title=Course\"";

/// Import training records or external training from CSV
#[derive(Args, Debug)]
#[command(after_help = BOTH, after_long_help = format!("{RULES}\n\n{BOTH}"))]
pub(crate) struct ImportCsv {
    #[command(subcommand)]
    command: ImportCommand,
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// Training records, enrollments and sessions (trainingHistoryCsv)
    #[command(after_help = format!("{RULES}\n\n{HISTORY}"))]
    TrainingHistory(Options),
    /// Training outside the LMS (externalTrainingCsv)
    #[command(after_help = format!("{RULES}\n\n{EXTERNAL}"))]
    ExternalTraining(Options),
}

#[derive(Args, Debug)]
struct Options {
    /// The CSV file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Check the rows and print the violations; send nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that were not accepted to this file, unchanged, for another run
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    failed: Option<PathBuf>,
    /// Maximum number of rows per upload; an upload has at most 1 MiB
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    chunk_size: u32,
    /// Maximum number of uploads in flight; with more than 1, rows about the same record are applied in any order
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    concurrency: u16,
    /// Continue with the next upload after a failed one
    #[arg(long)]
    keep_going: bool,
    #[command(flatten)]
    plan: NoPlan,
    #[command(flatten)]
    columns: ColumnOptions,
}

impl ImportCsv {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            ImportCommand::TrainingHistory(options) => options.run::<TrainingHistoryRow>(context).await,
            ImportCommand::ExternalTraining(options) => options.run::<ExternalTrainingRow>(context).await,
        }
    }
}

impl Options {
    async fn run<Row: Kind>(self, context: &Context) -> Result<(), Error> {
        self.plan
            .check("the LMS does not list its records with the ids and columns of an import, to compare rows with")?;
        let printer = context.printer()?;
        let name = self.from.display().to_string();
        let known = Row::COLUMNS.iter().map(|column| (*column, FieldKind::Text));
        // A file of rejected rows has a column with the reasons.
        let fields = Fields::of(known).with(REASON_COLUMN, FieldKind::LeftOut).ignore_case();
        let input = Input::open_as(context, &self.from, Format::Csv, Some(&self.columns), fields).await?;
        let is_in_file = |column: &&&'static str| input.fields().iter().any(|field| field == **column);
        let columns: Vec<&'static str> = Row::COLUMNS.iter().filter(is_in_file).copied().collect();
        check_columns::<Row>(&columns).map_err(|error| Error::usage(format!("`{name}`: {error}")))?;
        let (position, is_file, form) = (input.progress(), input.is_file(), input.form().clone());
        let items = items(input);
        if self.dry_run {
            return bulk::dry_run(printer, &COLUMNS, items.map_ok(|(item, _)| item.map(|()| None::<Value>))).await;
        }
        let outcome_rows = printer.fixed_rows(&COLUMNS)?;
        let client = connect::lms(context).await?;
        let failed = self.failed.as_deref().map(|path| FailedFile::create(path, &form)).transpose()?;
        let report = Report::new(context, outcome_rows, failed, position);
        let on_failure = if self.keep_going { OnFailure::Continue } else { OnFailure::Stop };
        let start = |items: BoxStream<'static, (Item<()>, Result<Row, InvalidRows>)>, cancellation: &Cancellation| {
            // The upload yields the outcomes of all rows in order.
            let sent = Arc::<Mutex<VecDeque<Item<()>>>>::default();
            let rows = items.map({
                let sent = Arc::clone(&sent);
                move |(item, row): (Item<()>, Result<Row, InvalidRows>)| {
                    locked(&sent).push_back(item);
                    row.map_err(CsvError::Invalid)
                }
            });
            let outcomes = Row::import(&client, rows)
                .columns(columns)
                .max_rows(self.chunk_size as usize)
                .concurrency(self.concurrency.into())
                .on_invalid(OnInvalid::Skip)
                .on_failure(on_failure)
                .keep_going(self.keep_going)
                .cancellation(cancellation)
                .outcomes();
            stream::unfold((outcomes, sent), async |(mut outcomes, sent)| {
                let Some(outcome) = outcomes.next().await else {
                    let unmatched = outcomes.take_unmatched().len();
                    if unmatched > 0 {
                        context.hint(format_args!(
                            "{unmatched} rows of responses match no row that was sent; the outcomes of their uploads are unknown"
                        ));
                    }
                    return None;
                };
                let item = locked(&sent).pop_front();
                let result = match (outcome, item) {
                    (Ok(outcome), Some(item)) => Ok((item, outcome.outcome)),
                    (Ok(_), None) => Err(Error::Service("there are more outcomes than rows".to_owned())),
                    (Err(error), _) => Err(unreadable(&name, error)),
                };
                Some((result, (outcomes, sent)))
            })
        };
        bulk::send(context, report, items, is_file, start, |()| None).await
    }
}

/// The rows of the input, each with its item.
fn items<Row: Kind>(input: Input) -> impl Stream<Item = Result<(Item<()>, Result<Row, InvalidRows>), Error>> + Send {
    stream::unfold((input, 0), async |(mut input, index)| {
        let item = input.next().await?.map(|record| item(index, record));
        Some((item, (input, index + 1)))
    })
}

fn item<Row: Kind>(index: u64, record: Record) -> (Item<()>, Result<Row, InvalidRows>) {
    let Record { line, raw, value } = record;
    let row = value.map_err(|problem| InvalidRows::of_row(index, Some(line), problem)).and_then(|value| {
        let cells = Row::COLUMNS.iter().enumerate().filter_map(|(column, name)| {
            let text = match value.get(name)? {
                Value::String(text) => Ok(text.as_str().into()),
                _ => Err("must be text".to_owned()),
            };
            Some((column, text))
        });
        parse_row::<Row>(index, Some(line), cells)
    });
    let title = row.as_ref().map(Kind::title).unwrap_or_default();
    let violations = |invalid: &InvalidRows| invalid.violations().iter().map(|it| it.violation.clone()).collect();
    let request = row.as_ref().map(|_| ()).map_err(violations);
    (Item { line, name: title, raw, request }, row)
}

/// The error of an input that cannot be read.
fn unreadable(name: &str, error: BulkError) -> Error {
    let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
    Error::usage(format!("`{name}`: {error}{source}"))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A row of one of the two files.
trait Kind: BulkRow {
    /// Uploads rows.
    fn import<'a>(
        client: &'a Client,
        rows: impl Stream<Item = Result<Self, CsvError>> + Send + 'a,
    ) -> BulkUpload<'a, Self>;

    /// The name of the row in its outcome line.
    fn title(&self) -> String;
}

impl Kind for TrainingHistoryRow {
    fn import<'a>(
        client: &'a Client,
        rows: impl Stream<Item = Result<Self, CsvError>> + Send + 'a,
    ) -> BulkUpload<'a, Self> {
        client.bulk().training_history_stream(rows)
    }

    fn title(&self) -> String {
        title([self.user_id.as_deref(), self.learning_id.as_deref().or(self.title.as_deref())])
    }
}

impl Kind for ExternalTrainingRow {
    fn import<'a>(
        client: &'a Client,
        rows: impl Stream<Item = Result<Self, CsvError>> + Send + 'a,
    ) -> BulkUpload<'a, Self> {
        client.bulk().external_training_stream(rows)
    }

    fn title(&self) -> String {
        match self.record_id.as_deref().filter(|id| !id.trim().is_empty()) {
            Some(id) => title([Some(id), None]),
            None => title([self.user_id.as_deref(), self.title.as_deref()]),
        }
    }
}

fn title(parts: [Option<&str>; 2]) -> String {
    text::shortened(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "), 100)
}
