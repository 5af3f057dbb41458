//! Why a file is not readable further.

use std::{fmt, io};

use crate::csv;

/// Why a file is not readable further. It names no values, and not the file.
#[derive(Debug)]
pub enum Error {
    /// The file cannot be read.
    Io(io::Error),
    /// Its content is not in the format. The text names the line or the column.
    Invalid(String),
    /// The columns are separated by another character than the expected one.
    Delimiter {
        /// What separates them.
        seen: char,
        /// What should.
        expected: char,
    },
    /// The name of a column is not in the encoding, which is probably another one.
    Encoding {
        /// The column, counted from 1.
        column: usize,
    },
    /// Columns are not known. The text names them, and what may be meant.
    UnknownColumns(String),
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(formatter, "cannot be read: {error}"),
            Self::Invalid(problem) | Self::UnknownColumns(problem) => formatter.write_str(problem),
            Self::Delimiter { seen, expected } => {
                write!(formatter, "the columns are separated by `{}`", seen.escape_default())?;
                match expected {
                    ',' => formatter.write_str(": save the file with commas"),
                    expected => write!(formatter, ", not by `{}`", expected.escape_default()),
                }
            }
            Self::Encoding { column } => {
                write!(formatter, "the name of column {column} is not UTF-8: save the file as UTF-8")
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => error.source(),
            Self::Invalid(_) | Self::Delimiter { .. } | Self::Encoding { .. } | Self::UnknownColumns(_) => None,
        }
    }
}

impl From<csv::Error> for Error {
    fn from(error: csv::Error) -> Self {
        match error {
            csv::Error::Io(error) => Self::Io(error),
            error => Self::Invalid(error.to_string()),
        }
    }
}
