//! Sends rows: cut into uploads, each answered row by row.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use rosterkit_core::batch::{Batch, Verdict};

use super::row::BulkRow;
use super::writer::{Columns, line};
use super::{
    BulkError, BulkOutcomes, BulkReport, CsvError, InvalidRows, RowOutcome, RowProblem, RowVerdict, UnmatchedRow,
};
use crate::{CallOptions, Client, Error};

/// What happens if a row breaks a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnInvalid {
    /// Nothing is sent, and all problems of all rows are reported. All rows are read and held before the first is sent.
    #[default]
    Refuse,
    /// The row is left out, and comes out as [invalid](RowVerdict::Invalid). Rows are read as they are sent.
    Skip,
}

/// What happens after an upload whose outcome is not known, or that was not carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// The next upload is sent.
    #[default]
    Continue,
    /// Nothing more is sent: the other rows come out as [failed](RowVerdict::Failed). Uploads that are under way at the
    /// same time go on.
    Stop,
}

/// Rows on their way to the LMS; see the [module](super).
///
/// | setting | default |
/// | --- | --- |
/// | [`max_rows`](Self::max_rows) | 500 rows in an upload |
/// | [`max_bytes`](Self::max_bytes) | 1 MiB in an upload |
/// | [`concurrency`](Self::concurrency) | 1: one upload after the other |
/// | [`columns`](Self::columns) | all |
/// | [`on_invalid`](Self::on_invalid) | refuse all |
/// | [`on_failure`](Self::on_failure) | go on |
///
/// The document names no limits. The defaults keep an upload short enough to be answered within the usual time limit of
/// a call.
#[must_use = "rows are sent when the outcomes are read"]
pub struct BulkUpload<'a, Row> {
    client: &'a Client,
    rows: BoxStream<'a, Input<Row>>,
    max_rows: usize,
    max_bytes: u64,
    concurrency: usize,
    columns: Result<Columns, CsvError>,
    on_invalid: OnInvalid,
    on_failure: OnFailure,
    options: CallOptions,
}

/// What the source of the rows yields.
enum Input<Row> {
    Row(Row),
    Invalid(Vec<RowProblem>),
    Failed(BulkError),
}

/// A row that is ready to be sent, or never will be.
enum Prepared<Row> {
    Line { row: Row, line: Vec<u8> },
    Invalid { row: Option<Row>, problems: Vec<RowProblem> },
}

impl<'a, Row: BulkRow> BulkUpload<'a, Row> {
    pub(super) fn of(client: &'a Client, rows: impl IntoIterator<Item = Row, IntoIter: Send + 'a>) -> Self {
        Self::new(client, stream::iter(rows).map(Input::Row))
    }

    pub(super) fn of_stream<E>(client: &'a Client, rows: impl Stream<Item = Result<Row, E>> + Send + 'a) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let rows = rows.map(|row| match row.map_err(Into::into) {
            Ok(row) => Input::Row(row),
            Err(error) => match error.downcast::<CsvError>().map(|error| *error) {
                Ok(CsvError::Invalid(invalid)) => Input::Invalid(invalid.into_problems()),
                Ok(CsvError::Header(problem)) => Input::Failed(BulkError::Columns(problem)),
                Ok(error) => Input::Failed(BulkError::Source(error.into())),
                Err(error) => Input::Failed(BulkError::Source(error)),
            },
        });
        Self::new(client, rows)
    }

    fn new(client: &'a Client, rows: impl Stream<Item = Input<Row>> + Send + 'a) -> Self {
        Self {
            client,
            rows: rows.boxed(),
            max_rows: 500,
            max_bytes: 1024 * 1024,
            concurrency: 1,
            columns: Ok(Columns::all::<Row>()),
            on_invalid: OnInvalid::default(),
            on_failure: OnFailure::default(),
            options: CallOptions::new(),
        }
    }

    /// Sets how many rows an upload has at most. At least 1.
    pub fn max_rows(mut self, rows: usize) -> Self {
        self.max_rows = rows;
        self
    }

    /// Sets how many bytes an upload has at most, not counting the header line. A longer row goes alone.
    pub fn max_bytes(mut self, bytes: u64) -> Self {
        self.max_bytes = bytes;
        self
    }

    /// Sets how many uploads are under way at the same time. At least 1. Rows about the same record then take effect in
    /// any order.
    pub fn concurrency(mut self, uploads: usize) -> Self {
        self.concurrency = uploads;
        self
    }

    /// Sets which columns are sent, by name. They are sent in the order of the document. A row with a value in another
    /// column is invalid; a name that is no column ends the upload before anything is sent.
    pub fn columns(mut self, names: impl IntoIterator<Item: AsRef<str>>) -> Self {
        self.columns = Columns::named::<Row>(names);
        self
    }

    /// Sets what happens if a row breaks a rule.
    pub fn on_invalid(mut self, on_invalid: OnInvalid) -> Self {
        self.on_invalid = on_invalid;
        self
    }

    /// Sets what happens after an upload that failed.
    pub fn on_failure(mut self, on_failure: OnFailure) -> Self {
        self.on_failure = on_failure;
        self
    }

    /// Sets how each upload is called. Uploads are not repeated after a failure in which rows may have been carried out,
    /// unless these options say so.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// The outcomes, in the order of the rows: one for each, whatever happens. Rows are sent as the outcomes are read.
    pub fn outcomes(self) -> BulkOutcomes<'a, Row> {
        let unmatched = Arc::default();
        let columns = match self.columns {
            Ok(columns) => columns,
            Err(error) => {
                let problem = match error {
                    CsvError::Header(problem) => problem,
                    other => other.to_string(),
                };
                let end = stream::once(async { Err(BulkError::Columns(problem)) }).boxed();
                return BulkOutcomes::new(end, unmatched);
            }
        };
        let sender = Sender {
            client: self.client,
            columns,
            options: self.options,
            on_failure: self.on_failure,
            failure: Arc::default(),
            unmatched: Arc::clone(&unmatched),
        };
        let rows = prepare(self.rows, sender.columns.clone());
        let cut = Cut { max_rows: self.max_rows, max_bytes: self.max_bytes, concurrency: self.concurrency };
        let outcomes = match self.on_invalid {
            OnInvalid::Refuse => {
                let all = stream::once(refuse_invalid(rows));
                all.flat_map(move |all| match all {
                    Ok(rows) => cut.send(stream::iter(rows).boxed(), sender.clone()).map(Ok).boxed(),
                    Err(error) => stream::once(async { Err(error) }).boxed(),
                })
                .boxed()
            }
            OnInvalid::Skip => {
                let failure = Arc::new(Mutex::new(None));
                let end = Arc::clone(&failure);
                let rows = rows.scan(failure, |failure, row| {
                    let row = row.map_err(|error| *locked(failure) = Some(error)).ok();
                    async { row }
                });
                let end = stream::once(async move { locked(&end).take() }).filter_map(|error| async { error.map(Err) });
                cut.send(rows.boxed(), sender).map(Ok).chain(end).boxed()
            }
        };
        BulkOutcomes::new(outcomes, unmatched)
    }

    /// Sends all rows and collects what became of them. Accepted rows are counted and not kept.
    ///
    /// # Errors
    /// As the outcomes: see [`BulkOutcomes`]. What became of rows before the error is lost then; read the
    /// [`outcomes`](Self::outcomes) where that matters.
    pub async fn report(self) -> Result<BulkReport<Row>, BulkError> {
        let mut outcomes = self.outcomes();
        let mut listed = Vec::new();
        while let Some(outcome) = outcomes.next().await {
            let outcome = outcome?;
            if !matches!(outcome.verdict, RowVerdict::Accepted) {
                listed.push(outcome);
            }
        }
        Ok(BulkReport { tally: outcomes.tally(), listed, unmatched: outcomes.take_unmatched() })
    }
}

fn prepare<'a, Row: BulkRow>(
    rows: BoxStream<'a, Input<Row>>,
    columns: Columns,
) -> impl Stream<Item = Result<Prepared<Row>, BulkError>> + Send + 'a {
    rows.zip(stream::iter(1..)).map(move |(input, number)| match input {
        Input::Invalid(problems) => Ok(Prepared::Invalid { row: None, problems }),
        Input::Failed(error) => Err(error),
        Input::Row(row) => {
            let problems = columns.problems(&row, number);
            if !problems.is_empty() {
                return Ok(Prepared::Invalid { row: Some(row), problems });
            }
            let texts = columns.texts(&row.cells());
            let line =
                line(texts.iter().map(|text| text.as_bytes())).map_err(|error| BulkError::Source(error.into()))?;
            Ok(Prepared::Line { row, line })
        }
    })
}

/// All rows, if every one of them can be sent.
async fn refuse_invalid<Row>(
    rows: impl Stream<Item = Result<Prepared<Row>, BulkError>>,
) -> Result<Vec<Prepared<Row>>, BulkError> {
    let (mut ready, mut problems) = (Vec::new(), Vec::new());
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.next().await {
        match row? {
            Prepared::Invalid { problems: found, .. } => problems.extend(found),
            // When nothing will be sent, there is no need to hold it.
            _ if !problems.is_empty() => ready.clear(),
            row => ready.push(row),
        }
    }
    if problems.is_empty() { Ok(ready) } else { Err(BulkError::Invalid(InvalidRows::new(problems))) }
}

/// How rows are cut into uploads.
#[derive(Clone, Copy)]
struct Cut {
    max_rows: usize,
    max_bytes: u64,
    concurrency: usize,
}

impl Cut {
    fn send<'a, Row: BulkRow>(
        self,
        rows: BoxStream<'a, Prepared<Row>>,
        sender: Sender<'a>,
    ) -> impl Stream<Item = RowOutcome<Row>> + Send + 'a {
        let send = move |rows: &[Prepared<Row>]| sender.send(rows);
        let read =
            |_: &[Prepared<Row>], verdicts: Vec<RowVerdict>| verdicts.into_iter().map(Verdict::Accepted).collect();
        let batch = Batch::of_stream(rows, send, read).size(self.max_rows).concurrency(self.concurrency);
        let outcomes = batch.weighed_by(self.max_bytes, Prepared::weight).in_order();
        outcomes.map(|outcome| {
            let verdict = match outcome.verdict {
                Verdict::Accepted(verdict) => verdict,
                // The sender answers one verdict per row and never fails; this says what the batch would.
                Verdict::Rejected(reason) => RowVerdict::Rejected(reason),
                Verdict::Unknown(error) => RowVerdict::Unknown(error),
            };
            let row = match outcome.item {
                Prepared::Line { row, .. } => Some(row),
                Prepared::Invalid { row, .. } => row,
            };
            RowOutcome::new(outcome.index + 1, row, verdict)
        })
    }
}

impl<Row> Prepared<Row> {
    fn weight(&self) -> u64 {
        match self {
            Self::Line { line, .. } => line.len() as u64,
            Self::Invalid { .. } => 0,
        }
    }
}

/// Sends an upload and reads its answer.
#[derive(Clone)]
struct Sender<'a> {
    client: &'a Client,
    columns: Columns,
    options: CallOptions,
    on_failure: OnFailure,
    /// Why nothing more is sent.
    failure: Arc<Mutex<Option<Arc<Error>>>>,
    unmatched: Arc<Mutex<Vec<UnmatchedRow>>>,
}

impl<'a> Sender<'a> {
    fn send<Row: BulkRow>(
        &self,
        rows: &[Prepared<Row>],
    ) -> impl Future<Output = Result<Vec<RowVerdict>, Error>> + Send + use<'a, Row> {
        let this = self.clone();
        let names = self.columns.names::<Row>();
        let mut body = line(&names).unwrap_or_default();
        let (mut invalid, mut sent) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
        for row in rows {
            match row {
                Prepared::Line { row, line } => {
                    body.extend_from_slice(line);
                    let texts = self.columns.texts(&row.cells());
                    sent.push(texts.iter().map(|text| super::matching::normalized(text)).collect::<Vec<_>>());
                    invalid.push(None);
                }
                Prepared::Invalid { problems, .. } => invalid.push(Some(RowVerdict::Invalid(problems.clone()))),
            }
        }
        async move {
            let mut answered = if sent.is_empty() { Vec::new() } else { this.upload::<Row>(body, &names, &sent).await };
            answered.reverse();
            let verdicts = invalid.into_iter().map(|verdict| verdict.or_else(|| answered.pop()));
            // Each row that was sent has its verdict.
            Ok(verdicts.flatten().collect())
        }
    }

    /// One verdict for each row sent.
    async fn upload<Row: BulkRow>(
        &self,
        body: Vec<u8>,
        names: &[&'static str],
        sent: &[Vec<String>],
    ) -> Vec<RowVerdict> {
        let failure = locked(&self.failure).clone();
        if let Some(error) = failure {
            return sent.iter().map(|_| RowVerdict::Failed(Arc::clone(&error))).collect();
        }
        let limit = super::answer_text::limit(body.len());
        let answer = Row::upload(self.client, body.into(), self.options.clone()).await;
        let text = match answer {
            Ok(answer) => super::answer_text::read(Row::OPERATION, answer, limit).await,
            Err(error) => Err(error),
        };
        let judged = match text {
            Ok(text) => super::answer::judge::<Row>(&text, names, sent),
            Err(error) => {
                let is_certain = is_certainly_undone(&error);
                let error = self.fail(error);
                let verdict = if is_certain { RowVerdict::Failed(error) } else { RowVerdict::Unknown(error) };
                return vec![verdict; sent.len()];
            }
        };
        locked(&self.unmatched).extend(judged.unmatched);
        let rest = match judged.doubt {
            Some(doubt) => RowVerdict::Unknown(self.fail(Error::decode(Row::OPERATION, doubt))),
            None => RowVerdict::Accepted,
        };
        judged.listed.into_iter().map(|verdict| verdict.unwrap_or_else(|| rest.clone())).collect()
    }

    /// Notes that an upload failed.
    fn fail(&self, error: Error) -> Arc<Error> {
        let error = Arc::new(error);
        if self.on_failure == OnFailure::Stop {
            locked(&self.failure).get_or_insert_with(|| Arc::clone(&error));
        }
        error
    }
}

/// Whether the LMS certainly carried out nothing of the upload.
fn is_certainly_undone(error: &Error) -> bool {
    use crate::ErrorKind as Kind;
    match error.kind() {
        Kind::InvalidRequest
        | Kind::MissingCredential
        | Kind::Authentication
        | Kind::InsecureTransport
        | Kind::Configuration
        | Kind::Connect => true,
        Kind::Status => error.status().is_some_and(|status| status.is_client_error() && status.as_u16() != 408),
        _ => false,
    }
}

/// What a panic elsewhere leaves behind is whole: it is replaced in one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<Row> fmt::Debug for BulkUpload<'_, Row> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("BulkUpload")
            .field("max_rows", &self.max_rows)
            .field("max_bytes", &self.max_bytes)
            .field("concurrency", &self.concurrency)
            .field("on_invalid", &self.on_invalid)
            .field("on_failure", &self.on_failure)
            .finish_non_exhaustive()
    }
}
