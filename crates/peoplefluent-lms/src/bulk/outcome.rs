//! What became of a row.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::{CsvError, InvalidRows, RowProblem};
use crate::Error;

/// What became of one row.
///
/// `Debug` shows neither the row nor what the LMS says about it.
#[derive(Clone)]
#[non_exhaustive]
pub struct RowOutcome<Row> {
    /// The number of the row in the input, counted from 1.
    pub number: u64,
    /// The row. `None` if it could not be read from its file.
    pub row: Option<Row>,
    /// What became of it.
    pub verdict: RowVerdict,
}

impl<Row> RowOutcome<Row> {
    pub(super) fn new(number: u64, row: Option<Row>, verdict: RowVerdict) -> Self {
        Self { number, row, verdict }
    }
}

impl<Row> fmt::Debug for RowOutcome<Row> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RowOutcome")
            .field("number", &self.number)
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

/// What the LMS says about a row, or why it says nothing.
///
/// `Debug` does not show the words of the LMS, since they may quote the row.
#[derive(Clone)]
pub enum RowVerdict {
    /// Carried out.
    Accepted,
    /// Carried out, with a warning in the words of the LMS (without `WARNING. `). They may hold personal data.
    Warned(String),
    /// Refused, for this reason in the words of the LMS. They may hold personal data.
    Rejected(String),
    /// Not sent, because it breaks these rules.
    Invalid(Vec<RowProblem>),
    /// Not carried out: its upload never reached the LMS, was refused as a whole (a 4xx other than 408), or was not sent
    /// because an earlier one failed; see [`Error::may_have_taken_effect`]. Rows of one upload share the error.
    Failed(Arc<Error>),
    /// Nobody knows: the upload broke on the way, or its answer does not tell. Old versions of the LMS answer nothing.
    /// Read the record before you send the row again. Rows of one upload share the error.
    Unknown(Arc<Error>),
}

impl RowVerdict {
    /// Whether the LMS carried the row out, with a warning or without.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted | Self::Warned(_))
    }

    /// Why the row was not simply accepted: the words of the LMS, the rules it breaks, or the error.
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Accepted => None,
            Self::Warned(text) | Self::Rejected(text) => Some(text.into()),
            Self::Invalid(problems) => {
                let rules = problems.iter().map(|problem| match problem.column {
                    Some(column) => format!("{column} {}", problem.rule),
                    None => problem.rule.clone(),
                });
                Some(rules.collect::<Vec<_>>().join("; ").into())
            }
            Self::Failed(error) | Self::Unknown(error) => Some(error.to_string().into()),
        }
    }
}

impl fmt::Debug for RowVerdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => formatter.write_str("Accepted"),
            Self::Warned(_) => formatter.write_str("Warned(..)"),
            Self::Rejected(_) => formatter.write_str("Rejected(..)"),
            Self::Invalid(problems) => formatter.debug_tuple("Invalid").field(problems).finish(),
            Self::Failed(error) => formatter.debug_tuple("Failed").field(error).finish(),
            Self::Unknown(error) => formatter.debug_tuple("Unknown").field(error).finish(),
        }
    }
}

/// How many rows there were of each verdict. A warned row is not counted as accepted too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BulkCounts {
    /// Carried out.
    pub accepted: u64,
    /// Carried out, with a warning.
    pub warned: u64,
    /// Refused by the LMS.
    pub rejected: u64,
    /// Not sent, because they break rules.
    pub invalid: u64,
    /// Not carried out.
    pub failed: u64,
    /// Of which nobody knows.
    pub unknown: u64,
}

impl BulkCounts {
    pub(super) fn count(&mut self, verdict: &RowVerdict) {
        match verdict {
            RowVerdict::Accepted => self.accepted += 1,
            RowVerdict::Warned(_) => self.warned += 1,
            RowVerdict::Rejected(_) => self.rejected += 1,
            RowVerdict::Invalid(_) => self.invalid += 1,
            RowVerdict::Failed(_) => self.failed += 1,
            RowVerdict::Unknown(_) => self.unknown += 1,
        }
    }

    /// All rows.
    pub fn total(&self) -> u64 {
        self.accepted + self.warned + self.rejected + self.invalid + self.failed + self.unknown
    }
}

impl fmt::Display for BulkCounts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accepted, warned, rejected, invalid, failed, unknown } = self;
        write!(
            formatter,
            "{accepted} accepted, {warned} with a warning, {rejected} rejected, {invalid} invalid, {failed} failed, \
             {unknown} unknown"
        )
    }
}

/// A row of an answer that matches none of the rows sent. The rows of its upload that the answer does not list otherwise
/// are [unknown](RowVerdict::Unknown): it may mean any of them.
///
/// `Debug` does not show the texts.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnmatchedRow {
    /// The cells as the LMS answered them, the reason included.
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
