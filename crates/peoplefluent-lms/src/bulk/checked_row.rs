//! Rows that were checked before they are sent.

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};

use super::row::BulkRow;
use super::writer::{Columns, line};
use super::{BulkError, InvalidRows, RowViolation, Violation};

/// What the source of the rows yields.
pub(super) enum Input<Row> {
    Row(Row),
    Invalid(Vec<RowViolation>),
    Failed(BulkError),
}

/// A row that is ready to be sent, or never will be.
pub(super) enum CheckedRow<Row> {
    Line { row: Row, line: Vec<u8> },
    Invalid { row: Option<Row>, problems: Vec<RowViolation> },
}

impl<Row> CheckedRow<Row> {
    /// The rules that the row violates.
    pub fn check(&self) -> Result<(), Vec<Violation>> {
        match self {
            Self::Line { .. } => Ok(()),
            Self::Invalid { problems, .. } => Err(problems.iter().map(|problem| problem.violation.clone()).collect()),
        }
    }

    /// The row, if it could be read.
    pub fn into_row(self) -> Option<Row> {
        match self {
            Self::Line { row, .. } => Some(row),
            Self::Invalid { row, .. } => row,
        }
    }

    /// The bytes that it adds to an upload.
    pub fn weight(&self) -> u64 {
        match self {
            Self::Line { line, .. } => line.len() as u64,
            Self::Invalid { .. } => 0,
        }
    }
}

/// Checks rows and writes them as lines.
pub(super) fn check_rows<'a, Row: BulkRow>(
    rows: BoxStream<'a, Input<Row>>,
    columns: Columns,
) -> impl Stream<Item = Result<CheckedRow<Row>, BulkError>> + Send + 'a {
    rows.zip(stream::iter(0..)).map(move |(input, index)| match input {
        Input::Invalid(problems) => Ok(CheckedRow::Invalid { row: None, problems }),
        Input::Failed(error) => Err(error),
        Input::Row(row) => {
            let checked = {
                let cells = row.cells();
                let problems = columns.problems(&row, &cells, index);
                if problems.is_empty() { Ok(line(columns.texts(&cells))?) } else { Err(problems) }
            };
            Ok(match checked {
                Ok(line) => CheckedRow::Line { row, line },
                Err(problems) => CheckedRow::Invalid { row: Some(row), problems },
            })
        }
    })
}

/// All rows, if every one of them can be sent.
pub(super) async fn refuse_invalid<Row>(
    rows: impl Stream<Item = Result<CheckedRow<Row>, BulkError>>,
) -> Result<Vec<CheckedRow<Row>>, BulkError> {
    let (mut ready, mut problems) = (Vec::new(), Vec::new());
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.next().await {
        match row? {
            CheckedRow::Invalid { problems: found, .. } => problems.extend(found),
            // When nothing will be sent, there is no need to hold it.
            _ if !problems.is_empty() => ready.clear(),
            row => ready.push(row),
        }
    }
    if problems.is_empty() { Ok(ready) } else { Err(BulkError::Invalid(InvalidRows::new(problems))) }
}
