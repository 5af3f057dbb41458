//! `lms import-csv`.

mod kind;
mod rows;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::{Args, Subcommand, ValueEnum};
use futures_util::{Stream, StreamExt as _, stream};
use peoplefluent_lms::bulk::{
    BulkError, CsvError, ExternalTrainingRow, OnFailure, OnInvalid, ReadOptions, TextEncoding, TrainingHistoryRow,
    UnknownColumns,
};

use crate::bulk::{self, Cause, Outcome, Progress, Report, Shutdown};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::input::{FailedFile, Raw, Source};
use crate::text;
use kind::Kind;
use rows::{Item, Rows};

/// The LMS names no ids of what it makes of rows.
const COLUMNS: [&str; 4] = ["line", "item", "outcome", "reason"];

const RULES: &str = "\
The first line names columns, in any order; those that the file does not have are not sent. Rows that break a rule are not \
sent, the others are: see --dry-run. Outcomes: accepted, warned (done, with a warning), rejected (by the LMS), invalid \
(not sent), not sent (an upload before it failed), unknown (nobody knows: read the record before sending the row again). \
The file of --failed has the rows that were neither accepted nor warned, as they stand in the input.";
const BOTH: &str = "\
Examples:
  rosterkit lms import-csv training-history --from history.csv --dry-run
  rosterkit lms import-csv external-training --from training.csv --failed failed.csv";
const HISTORY: &str = "\
Examples:
  rosterkit lms import-csv training-history --from history.csv --dry-run
  rosterkit lms import-csv training-history --from history.csv --failed failed.csv
  rosterkit lms import-csv training-history --from - --chunk-size 100 < history.csv";
const EXTERNAL: &str = "\
Examples:
  rosterkit lms import-csv external-training --from training.csv --dry-run
  rosterkit lms import-csv external-training --from training.csv --failed failed.csv
  rosterkit --sandbox lms import-csv external-training --from training.csv --output jsonl";

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
    /// Training that was taken outside of the LMS (externalTrainingCsv)
    #[command(after_help = format!("{RULES}\n\n{EXTERNAL}"))]
    ExternalTraining(Options),
}

#[derive(Args, Debug)]
struct Options {
    /// The CSV file; `-` is standard input
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Check the rows and say what is wrong with which; send nothing
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that failed to this file, as they stand in the input, to feed them back in
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    failed: Option<PathBuf>,
    /// How many rows go into an upload; one has at most 1 MiB
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    chunk_size: u32,
    /// How many uploads are under way at the same time; rows about one record then take effect in any order
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=16))]
    concurrency: u16,
    /// Go on with the next upload after one that failed
    #[arg(long)]
    keep_going: bool,
    /// The encoding of the file
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Encoding::Utf8)]
    encoding: Encoding,
    /// Leave out columns that the LMS does not know, such as notes of your own
    #[arg(long)]
    ignore_unknown_columns: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Encoding {
    /// UTF-8, with a byte order mark or without
    #[value(name = "utf-8")]
    Utf8,
    /// ISO-8859-1 and Windows-1252
    #[value(name = "latin-1")]
    Latin1,
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
        let printer = context.printer()?;
        let source = Source::open(context, &self.from)?;
        let (position, name) = (source.position(), self.from.display().to_string());
        let is_file = position.1.is_some();
        let encoding = match self.encoding {
            Encoding::Utf8 => TextEncoding::Utf8,
            Encoding::Latin1 => TextEncoding::Latin1,
        };
        let unknown = if self.ignore_unknown_columns { UnknownColumns::Ignore } else { UnknownColumns::Refuse };
        let options = ReadOptions::new().encoding(encoding).unknown_columns(unknown);
        let rows = Rows::<Row>::open(source, options, name.clone()).await?;
        if !rows.ignored.is_empty() {
            context.hint(format_args!("columns that are left out: {}", text::printable(&rows.ignored.join(", "))));
        }
        if self.dry_run {
            return check(
                Report::new(printer.fixed_rows(&COLUMNS)?, None, Progress::new(context, position)),
                rows,
                &name,
            )
            .await;
        }
        let rows_of_output = printer.fixed_rows(&COLUMNS)?;
        let client = connect::lms(context).await?;
        let failed = self.failed.as_deref().map(|path| FailedFile::create(path, Some(&rows.header))).transpose()?;
        let mut report = Report::new(rows_of_output, failed, Progress::new(context, position));
        let mut shutdown = Shutdown::new();
        let columns = rows.columns.clone();
        let metas = Arc::<Mutex<VecDeque<Meta>>>::default();
        let rows = Arc::new(tokio::sync::Mutex::new(rows));
        let sent = sent(Arc::clone(&rows), Arc::clone(&metas)).take_until(shutdown.began());
        let mut outcomes = Row::import(&client, sent)
            .columns(columns)
            .max_rows(self.chunk_size as usize)
            .concurrency(self.concurrency.into())
            .on_invalid(OnInvalid::Skip)
            .on_failure(if self.keep_going { OnFailure::Continue } else { OnFailure::Stop })
            .cancellation(shutdown.stop())
            .outcomes();
        let mut broken = None;
        loop {
            if report.is_in_trouble() {
                shutdown.because(Cause::Output);
            }
            let answered = tokio::select! {
                biased;
                () = shutdown.called(context, &report) => continue,
                answered = outcomes.next() => answered,
            };
            let answered = match answered {
                Some(Ok(answered)) => answered,
                Some(Err(error)) => {
                    broken = Some(unreadable(&name, error));
                    break;
                }
                None => break,
            };
            let meta = loop {
                let next = locked(&metas).pop_front();
                match next {
                    Some(meta) if meta.number == answered.index => break meta,
                    Some(meta) => report.add(unanswered(meta, &shutdown)),
                    None => return Err(Error::Service("there are more outcomes than rows".to_owned())),
                }
            };
            let (name, reason) = bulk::told(&answered.outcome, &mut report, &mut shutdown);
            report.add(meta.outcome(name, reason));
        }
        let unmatched = outcomes.take_unmatched().len();
        drop(outcomes);
        let left = std::mem::take(&mut *locked(&metas));
        left.into_iter().for_each(|meta| report.add(unanswered(meta, &shutdown)));
        let mut rows = rows.lock().await;
        let next = async || match rows.next().await? {
            Item::Row { line, raw, row } => {
                let item = row.as_ref().map(Kind::title).unwrap_or_default();
                Some(Ok((line, item, Raw::Row(raw))))
            }
            Item::Broken(error) => Some(Err(unreadable(&name, error.into()))),
        };
        let left_broken = report.rest(context, &mut shutdown, is_file, next).await;
        if unmatched > 0 {
            context
                .hint(format_args!("{unmatched} rows of answers match none of those sent; their uploads are unknown"));
        }
        report.finish(context, broken.or(left_broken), shutdown.cause())
    }
}

/// What an outcome line and the file of failed rows say of a row that is on its way.
struct Meta {
    /// The number of the row in the upload, counted from 0.
    number: u64,
    line: u64,
    item: String,
    raw: Vec<u8>,
}

impl Meta {
    fn outcome(self, outcome: &'static str, reason: Option<String>) -> Outcome {
        Outcome { line: self.line, item: self.item, outcome, id: None, reason, raw: Raw::Row(self.raw) }
    }
}

/// What is to be said of a row whose outcome does not come.
fn unanswered(meta: Meta, shutdown: &Shutdown) -> Outcome {
    meta.outcome("not sent", Some(shutdown.cause().unwrap_or(Cause::Output).reason().to_owned()))
}

/// The rows as the upload takes them, which answers in their order.
fn sent<Row: Kind>(
    rows: Arc<tokio::sync::Mutex<Rows<Row>>>,
    metas: Arc<Mutex<VecDeque<Meta>>>,
) -> impl Stream<Item = Result<Row, CsvError>> + Send {
    stream::unfold((rows, metas, 0), async |(rows, metas, number)| {
        let item = rows.lock().await.next().await?;
        let row = match item {
            Item::Row { line, raw, row } => {
                let item = row.as_ref().map(Kind::title).unwrap_or_default();
                locked(&metas).push_back(Meta { number, line, item, raw });
                row.map_err(CsvError::Invalid)
            }
            Item::Broken(error) => Err(error),
        };
        Some((row, (rows, metas, number + 1)))
    })
}

/// Checks all rows.
async fn check<Row: Kind>(mut report: Report, mut rows: Rows<Row>, name: &str) -> Result<(), Error> {
    let (mut valid, mut invalid) = (0_u64, 0_u64);
    while let Some(item) = rows.next().await {
        let (line, raw, row) = match item {
            Item::Row { line, raw, row } => (line, raw, row),
            Item::Broken(error) => return Err(unreadable(name, error.into())),
        };
        let item = row.as_ref().map(Kind::title).unwrap_or_default();
        let (outcome, reason) = match row {
            Ok(_) => ("valid", None),
            Err(problems) => {
                let rules = problems.problems().iter().map(|problem| problem.violation().to_string());
                ("invalid", Some(rules.collect::<Vec<_>>().join("; ")))
            }
        };
        *(if reason.is_some() { &mut invalid } else { &mut valid }) += 1;
        report.add(Outcome { line, item, outcome, id: None, reason, raw: Raw::Row(raw) });
    }
    report.end()?;
    match invalid {
        0 => Ok(()),
        _ => Err(Error::Partial(format!("{valid} valid, {invalid} invalid; nothing was sent"))),
    }
}

/// An input that cannot be read on.
fn unreadable(name: &str, error: BulkError) -> Error {
    let source = std::error::Error::source(&error).map(|source| format!(": {source}")).unwrap_or_default();
    Error::usage(format!("`{name}`: {error}{source}"))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
