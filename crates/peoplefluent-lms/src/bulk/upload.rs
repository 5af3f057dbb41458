//! Sends rows, divided into uploads, with an outcome for each row.

use std::fmt;
use std::sync::{Arc, Mutex};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use rosterkit_core::batch::Cancellation;

use super::checked_row::{Input, check_rows, refuse_invalid};
use super::row::BulkRow;
use super::send::{Chunks, Sender, locked};
use super::writer::{Columns, line};
use super::{BulkError, BulkOutcomes, BulkReport, CsvError, OnFailure, Outcome};
use crate::{CallOptions, Client};

/// What happens if a row breaks a rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnInvalid {
    /// Nothing is sent, and all problems of all rows are reported. All rows are read and held before the first is sent.
    #[default]
    Refuse,
    /// The row is left out, and comes out as [invalid](Outcome::Invalid). Rows are read as they are sent.
    Skip,
}

/// An upload of rows; see the [module](super).
///
/// | setting | default |
/// | --- | --- |
/// | [`max_rows`](Self::max_rows) | 500 rows in an upload |
/// | [`max_bytes`](Self::max_bytes) | 1 MiB in an upload |
/// | [`concurrency`](Self::concurrency) | 1: one upload after the other |
/// | [`columns`](Self::columns) | all |
/// | [`on_invalid`](Self::on_invalid) | refuse all |
/// | [`on_failure`](Self::on_failure) | go on |
/// | [`cancellation`](Self::cancellation) | the end of the rows |
/// | [`keep_going`](Self::keep_going) | an LMS that is down ends the upload |
///
/// The document names no limits. The defaults keep an upload short enough for the usual time limit of
/// a call.
#[must_use = "rows are sent when the outcomes are read"]
pub struct BulkUpload<'a, Row> {
    client: Client,
    rows: BoxStream<'a, Input<Row>>,
    max_rows: usize,
    max_bytes: u64,
    concurrency: usize,
    columns: Result<Columns, CsvError>,
    on_invalid: OnInvalid,
    on_failure: OnFailure,
    options: CallOptions,
    stop: Cancellation,
    keeps_going: bool,
}

impl<'a, Row: BulkRow> BulkUpload<'a, Row> {
    pub(super) fn of(client: Client, rows: impl IntoIterator<Item = Row, IntoIter: Send + 'a>) -> Self {
        Self::new(client, stream::iter(rows).map(Input::Row))
    }

    pub(super) fn of_stream<E>(client: Client, rows: impl Stream<Item = Result<Row, E>> + Send + 'a) -> Self
    where
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let rows = rows.map(|row| match row.map_err(Into::into) {
            Ok(row) => Input::Row(row),
            Err(error) => match error.downcast::<CsvError>().map(|error| *error) {
                Ok(CsvError::Invalid(invalid)) => Input::Invalid(invalid.into_violations()),
                Ok(error) => Input::Failed(error.into()),
                Err(error) => Input::Failed(BulkError::Source(error)),
            },
        });
        Self::new(client, rows)
    }

    fn new(client: Client, rows: impl Stream<Item = Input<Row>> + Send + 'a) -> Self {
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
            stop: Cancellation::new(),
            keeps_going: false,
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

    /// Sets the number of uploads in flight at the same time. At least 1. Rows about the same record then take effect in
    /// any order.
    pub fn concurrency(mut self, uploads: usize) -> Self {
        self.concurrency = uploads;
        self
    }

    /// Sets which columns are sent, by name. They are sent in the order of the document. A row with a value in another
    /// column is invalid; an unknown name ends the upload before anything is sent.
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

    /// Sets how each upload is called. An upload is repeated after a failure in which rows may have been carried out only if
    /// each of its rows has the same effect a second time: an [`ExternalTrainingRow`](super::ExternalTrainingRow) with a
    /// `RecordID` and the action `AU`. These options can say otherwise
    /// ([`CallOptions::idempotent`], [`CallOptions::repeat_unsafe`]). The rows are [unknown](Outcome::Unknown) then if the last attempt fails too.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Lets `stop` end the upload before the rows end. Its count of what was sent includes invalid rows.
    pub fn cancellation(mut self, stop: &Cancellation) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Sets whether sending goes on although the LMS seems to be
    /// [down](rosterkit_core::batch#a-service-that-is-down). By default, it does not.
    pub fn keep_going(mut self, keeps_going: bool) -> Self {
        self.keeps_going = keeps_going;
        self
    }

    /// The outcomes, in the order of the rows: one for each, whatever happens. Rows are sent as the outcomes are read.
    pub fn outcomes(self) -> BulkOutcomes<'a, Row> {
        let unmatched = Arc::default();
        let columns = self.columns.and_then(|columns| Ok((line(columns.names::<Row>())?, columns)));
        let (header, columns) = match columns {
            Ok((header, columns)) => (header.into(), columns),
            Err(error) => {
                let end = stream::once(async { Err(error.into()) }).boxed();
                return BulkOutcomes::new(end, unmatched);
            }
        };
        let sender = Sender {
            client: self.client,
            columns,
            header,
            options: self.options,
            on_failure: self.on_failure,
            failure: Arc::default(),
            unmatched: Arc::clone(&unmatched),
        };
        let rows = check_rows(self.rows, sender.columns.clone());
        let stop = self.stop;
        let Self { max_rows, max_bytes, concurrency, keeps_going, .. } = self;
        let chunks = Chunks { max_rows, max_bytes, concurrency, keeps_going };
        let outcomes = match self.on_invalid {
            OnInvalid::Refuse => {
                let all = stream::once(refuse_invalid(rows));
                all.flat_map(move |all| match all {
                    Ok(rows) => chunks.send(stream::iter(rows).boxed(), sender.clone(), &stop).map(Ok).boxed(),
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
                chunks.send(rows.boxed(), sender, &stop).map(Ok).chain(end).boxed()
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
        // Wrong columns end the outcomes before there is a report.
        let columns = self.columns.as_ref().map_or_else(|_| Columns::all::<Row>(), Columns::clone);
        let mut outcomes = self.outcomes();
        let mut listed = Vec::new();
        while let Some(outcome) = outcomes.next().await {
            let outcome = outcome?;
            if !matches!(outcome.outcome, Outcome::Accepted(())) {
                listed.push(outcome);
            }
        }
        Ok(BulkReport { counts: outcomes.counts(), listed, unmatched: outcomes.take_unmatched(), columns })
    }
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
