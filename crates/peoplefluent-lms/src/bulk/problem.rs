//! What is wrong with rows and files.

use std::error::Error;
use std::fmt;
use std::io;

use super::Violation;

/// How many violations a message lists.
const SHOWN: usize = 10;

/// A rule that a row violates, with the place of the row. It holds no value, so it is safe to print.
///
/// ```
/// # use peoplefluent_lms::bulk::{CsvError, ExternalTrainingRow, RowReader};
/// let file = "Action,RecordID\nU,\n";
/// let mut rows = RowReader::<ExternalTrainingRow, _>::new(file.as_bytes())?;
/// let Some(Err(CsvError::Invalid(invalid))) = rows.next() else { panic!("RecordID is missing") };
/// let message = "line 2, column `RecordID`: is required if Action is U";
/// assert_eq!(invalid.violations()[0].to_string(), message);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RowViolation {
    /// The position of the row, counted from 0.
    pub index: u64,
    /// The line of the file in which the row begins, counted from 1, for rows that were read from one.
    pub line: Option<u64>,
    /// The rule, and the column unless the row as a whole is meant.
    pub violation: Violation,
}

impl RowViolation {
    pub(super) fn new(index: u64, line: Option<u64>, column: Option<&'static str>, rule: impl Into<String>) -> Self {
        let violation = match column {
            Some(column) => Violation::of(column, rule),
            None => Violation::new(rule),
        };
        Self { index, line, violation }
    }
}

impl fmt::Display for RowViolation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "line {line}")?,
            None => write!(formatter, "row at index {}", self.index)?,
        }
        if let Some(column) = &self.violation.field {
            write!(formatter, ", column `{column}`")?;
        }
        write!(formatter, ": {}", self.violation.rule)
    }
}

/// All violations of one row or of many. The message lists the first ten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidRows {
    violations: Vec<RowViolation>,
}

impl InvalidRows {
    pub(super) fn new(violations: Vec<RowViolation>) -> Self {
        Self { violations }
    }

    /// One row that breaks a rule as a whole, such as one that cannot be read. See [`RowViolation`] for its position.
    pub fn of_row(index: u64, line: Option<u64>, rule: impl Into<String>) -> Self {
        Self::new(vec![RowViolation::new(index, line, None, rule)])
    }

    /// The violations, in the order of the rows.
    pub fn violations(&self) -> &[RowViolation] {
        &self.violations
    }

    pub(super) fn into_violations(self) -> Vec<RowViolation> {
        self.violations
    }
}

impl fmt::Display for InvalidRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.violations.iter().take(SHOWN).enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(formatter, "{separator}{violation}")?;
        }
        match self.violations.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "; and {more} more"),
        }
    }
}

impl Error for InvalidRows {}

/// Why a file of rows cannot be read or written, as a whole or in part.
#[derive(Debug)]
#[non_exhaustive]
pub enum CsvError {
    /// The header line is not one of this file: nothing can be read.
    Header(String),
    /// A row breaks rules. Reading can go on with the next one; a writer has written nothing of it.
    Invalid(InvalidRows),
    /// A row is not finished within the [limit](super::ReadOptions::max_row_bytes), probably since a quote is not closed.
    /// Nothing more can be read.
    TooLong {
        /// The line in which the row begins.
        line: u64,
        /// The limit in bytes.
        max: usize,
    },
    /// A quotation mark is not closed before the file ends, so that all rows after it are part of one cell. None of them
    /// is given out, and nothing more can be read.
    OpenQuote {
        /// The line in which the row begins.
        line: u64,
        /// The column, if it is one that is read.
        column: Option<&'static str>,
    },
    /// Reading or writing failed.
    Io(io::Error),
}

impl CsvError {
    /// The error of a reader. `column` names the column of a cell.
    pub(super) fn of(error: rosterkit_core::csv::Error, column: impl FnOnce(usize) -> Option<&'static str>) -> Self {
        use rosterkit_core::csv::Error;
        match error {
            Error::TooLong { line, max } => Self::TooLong { line, max },
            Error::OpenQuote { line, cell } => Self::OpenQuote { line, column: column(cell) },
            Error::Io(error) => Self::Io(error),
            _ => Self::Io(io::Error::other(error)),
        }
    }

    pub(super) fn from_csv(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(error) => Self::Io(error),
            // The rest is not among what a reader of bytes and a flexible writer do.
            _ => Self::Io(io::Error::new(io::ErrorKind::InvalidData, "the file is not CSV")),
        }
    }
}

impl fmt::Display for CsvError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Header(violation) => write!(formatter, "the header line {violation}"),
            Self::Invalid(invalid) => invalid.fmt(formatter),
            Self::TooLong { line, max } => {
                write!(
                    formatter,
                    "the row that begins in line {line} has more than {max} bytes: is a quote not closed?"
                )
            }
            Self::OpenQuote { line, column } => {
                write!(formatter, "the row that begins in line {line} has a quotation mark that is not closed")?;
                if let Some(column) = column {
                    write!(formatter, ", in column `{column}`")?;
                }
                formatter.write_str(": all rows after it would be taken for its text")
            }
            Self::Io(error) => write!(formatter, "reading or writing rows failed: {}", error.kind()),
        }
    }
}

impl Error for CsvError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Header(_) | Self::Invalid(_) | Self::TooLong { .. } | Self::OpenQuote { .. } => None,
        }
    }
}
