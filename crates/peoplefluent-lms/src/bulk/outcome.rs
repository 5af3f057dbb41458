//! What ends an upload early, and rows of reports that match no row sent.

use std::fmt;

use super::{CsvError, InvalidRows};

/// A row of a report that matches none of the rows sent. The rows of its upload that the report does not list otherwise
/// are [unknown](rosterkit_core::batch::Outcome::Unknown): it may mean any of them.
///
/// `Debug` does not show the texts.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnmatchedRow {
    /// The cells as the LMS reported them, the reason included.
    pub cells: Vec<String>,
}

impl fmt::Debug for UnmatchedRow {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("UnmatchedRow").field("cells", &self.cells.len()).finish_non_exhaustive()
    }
}

/// Why an upload of rows came to an end before its time.
#[derive(Debug)]
#[non_exhaustive]
pub enum BulkError {
    /// Rows break rules. Nothing was sent.
    Invalid(InvalidRows),
    /// The columns that were chosen are none, or the header line of the input is not valid. Nothing more was sent.
    Columns(String),
    /// The source of the rows failed. With [`OnInvalid::Refuse`](super::OnInvalid::Refuse), nothing was sent; otherwise
    /// the rows before it were.
    Source(Box<dyn std::error::Error + Send + Sync>),
}

impl From<CsvError> for BulkError {
    fn from(error: CsvError) -> Self {
        match error {
            CsvError::Header(problem) => Self::Columns(problem),
            CsvError::Invalid(invalid) => Self::Invalid(invalid),
            error => Self::Source(error.into()),
        }
    }
}

impl fmt::Display for BulkError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(invalid) => write!(formatter, "nothing was sent: {invalid}"),
            Self::Columns(problem) => write!(formatter, "the header line {problem}"),
            Self::Source(_) => formatter.write_str("the source of the rows failed"),
        }
    }
}

impl std::error::Error for BulkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Source(error) => Some(error.as_ref()),
            Self::Invalid(_) | Self::Columns(_) => None,
        }
    }
}
