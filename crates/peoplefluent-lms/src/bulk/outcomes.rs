//! The outcomes of an upload, as they come or all together.

use std::fmt;
use std::io::Write;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::StreamExt as _;

use super::row::BulkRow;
use super::writer::Columns;
use super::{BulkError, Counts, CsvError, ItemOutcome, RowWriter, UnmatchedRow};

/// What became of the rows, one outcome each, in their order; made by [`BulkUpload::outcomes`](super::BulkUpload::outcomes).
///
/// An error ends it: nothing was sent because of invalid rows or columns, or the source of the rows failed. Dropping it
/// drops the uploads that are in flight; what became of their rows is not known then.
#[must_use = "streams do nothing unless polled"]
pub struct BulkOutcomes<'a, Row> {
    outcomes: BoxStream<'a, Result<ItemOutcome<Option<Row>, ()>, BulkError>>,
    unmatched: Arc<Mutex<Vec<UnmatchedRow>>>,
    counts: Counts,
}

impl<'a, Row> BulkOutcomes<'a, Row> {
    pub(super) fn new(
        outcomes: BoxStream<'a, Result<ItemOutcome<Option<Row>, ()>, BulkError>>,
        unmatched: Arc<Mutex<Vec<UnmatchedRow>>>,
    ) -> Self {
        Self { outcomes, unmatched, counts: Counts::default() }
    }

    /// The next outcome; `None` at the end. The same as the stream's `next`, for callers that use no other streams.
    ///
    /// # Errors
    /// See [`BulkError`]. After an error there is nothing more.
    pub async fn next(&mut self) -> Option<Result<ItemOutcome<Option<Row>, ()>, BulkError>> {
        std::future::poll_fn(|context| self.poll_next_unpin(context)).await
    }

    /// How many outcomes of each kind there were so far.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Takes the rows of reports so far that match none of those sent.
    pub fn take_unmatched(&mut self) -> Vec<UnmatchedRow> {
        std::mem::take(&mut self.unmatched.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Rows are never pinned.
impl<Row> Unpin for BulkOutcomes<'_, Row> {}

impl<Row> Stream for BulkOutcomes<'_, Row> {
    type Item = Result<ItemOutcome<Option<Row>, ()>, BulkError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = std::task::ready!(this.outcomes.poll_next_unpin(context));
        if let Some(Ok(outcome)) = &next {
            this.counts.count(&outcome.outcome);
        }
        Poll::Ready(next)
    }
}

impl<Row> fmt::Debug for BulkOutcomes<'_, Row> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BulkOutcomes").field("counts", &self.counts).finish_non_exhaustive()
    }
}

/// What became of all rows, made by [`BulkUpload::report`](super::BulkUpload::report).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct BulkReport<Row> {
    /// The number of rows of each outcome.
    pub counts: Counts,
    /// The outcomes of all rows that were not simply accepted, in their order.
    pub listed: Vec<ItemOutcome<Option<Row>, ()>>,
    /// The rows of reports that match none of those sent.
    pub unmatched: Vec<UnmatchedRow>,
    /// The columns that were sent.
    pub(super) columns: Columns,
}

impl<Row: BulkRow> BulkReport<Row> {
    /// Whether every row was carried out, with a warning or without.
    pub fn is_complete(&self) -> bool {
        self.counts.accepted + self.counts.warned == self.counts.total()
    }

    /// Writes the rows that were not carried out, each with the reason in a last column: a file to correct and to send
    /// again. Answers how many there are; see [`RowWriter::write_outcome`] for which.
    ///
    /// It has the columns that were sent, and those in which a row has a value that kept it from being sent. Others stay
    /// out: sent again, their blank cells could clear values by accident.
    ///
    /// # Errors
    /// If writing fails.
    pub fn write_rejected(&self, write: impl Write) -> Result<u64, CsvError> {
        let columns = self.columns.with_values_of(self.listed.iter().filter_map(|outcome| outcome.item.as_ref()));
        let mut file = RowWriter::start(write, columns, true)?;
        for outcome in &self.listed {
            file.write_outcome(outcome)?;
        }
        let rows = file.rows();
        file.finish()?.flush().map_err(CsvError::Io)?;
        Ok(rows)
    }
}
