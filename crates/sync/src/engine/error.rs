//! Why a run ends.

use std::fmt;

use crate::source::SourceError;
use crate::state::StateError;

/// Why planning or applying ended.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A side could not be read. Nothing was written because of it.
    Source(SourceError),
    /// The state file failed.
    State(StateError),
    /// The plan cannot be applied: why, and what to do.
    Refused(String),
    /// Stopped at a checkpoint of a test.
    Stopped,
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(error) => error.fmt(formatter),
            Self::State(error) => error.fmt(formatter),
            Self::Refused(reason) => formatter.write_str(reason),
            Self::Stopped => formatter.write_str("stopped at a checkpoint"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Source(error) => Some(error),
            Self::State(error) => Some(error),
            Self::Refused(_) | Self::Stopped => None,
        }
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<SourceError> for Error {
    fn from(error: SourceError) -> Self {
        Self::Source(error)
    }
}
