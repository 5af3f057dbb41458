//! The state of a sandbox as one document.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use rosterkit_core::chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock;

const FORMAT: &str = "rosterkit-sandbox";
const VERSION: u32 = 1;

/// All changes since the start of a sandbox with this seed and number of people.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snapshot {
    format: String,
    version: u32,
    pub(crate) seed: u64,
    pub(crate) users: u64,
    /// The time of the sandbox's clock, as RFC 3339.
    now: String,
    /// The state of each service, by name.
    pub(crate) services: BTreeMap<String, Value>,
}

/// A state could not be read, restored or written. The attempt changed nothing.
#[derive(Debug)]
#[non_exhaustive]
pub enum StateError {
    /// The file could not be read.
    Read {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file could not be written. Its previous content is kept.
    Write {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The file belongs to another sandbox, which is running, or which replaced the file after this one started.
    Taken {
        /// The file.
        path: PathBuf,
    },
    /// The document is not a state of this sandbox. The message says why, and what is expected.
    Unfit(String),
    /// The state of a service could not be written as JSON.
    Unwritable(serde_json::Error),
    /// The sandbox was started without a state file.
    NoFile,
}

impl fmt::Display for StateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => write!(formatter, "the state file {} could not be read", path.display()),
            Self::Write { path, .. } => write!(formatter, "the state file {} could not be written", path.display()),
            Self::Taken { path } => write!(
                formatter,
                "the state file {} belongs to another sandbox, or was replaced while this one ran: give each sandbox a file \
                 of its own",
                path.display()
            ),
            Self::Unfit(problem) => formatter.write_str(problem),
            Self::Unwritable(_) => formatter.write_str("the state of a service could not be written as JSON"),
            Self::NoFile => formatter.write_str("the sandbox was started without a state file"),
        }
    }
}

impl Error for StateError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Read { source, .. } | Self::Write { source, .. } => Some(source),
            Self::Unwritable(source) => Some(source),
            Self::Taken { .. } | Self::Unfit(_) | Self::NoFile => None,
        }
    }
}

impl Snapshot {
    pub(crate) fn new(seed: u64, users: u64, now: DateTime<Utc>, services: BTreeMap<String, Value>) -> Self {
        let now = clock::rfc3339(now);
        Self { format: FORMAT.to_owned(), version: VERSION, seed, users, now, services }
    }

    /// Reads a snapshot for a sandbox of this seed and number of people.
    pub(crate) fn parse(text: &[u8], seed: u64, users: u64) -> Result<Self, StateError> {
        let unfit = |problem: String| Err(StateError::Unfit(problem));
        let value: Value = match serde_json::from_slice(text) {
            Ok(value) => value,
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                return unfit(format!("the state is invalid JSON: error at line {line}, column {column}"));
            }
        };
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return unfit(format!("not a state of a sandbox: missing `\"format\": \"{FORMAT}\"`"));
        }
        match value.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            _ => {
                return unfit(format!("unsupported version of the state: expected {VERSION}"));
            }
        }
        let snapshot: Self = match serde_json::from_value(value) {
            Ok(snapshot) => snapshot,
            Err(error) => return unfit(format!("invalid state: {error}")),
        };
        if (snapshot.seed, snapshot.users) != (seed, users) {
            return unfit(format!(
                "the state belongs to {} people of seed {}, but the sandbox has {users} of seed {seed}: start it with the \
                 same, or without this state",
                snapshot.users, snapshot.seed
            ));
        }
        snapshot.time()?;
        Ok(snapshot)
    }

    pub(crate) fn time(&self) -> Result<DateTime<Utc>, StateError> {
        let time = DateTime::parse_from_rfc3339(&self.now);
        time.map(|time| time.to_utc())
            .map_err(|_| StateError::Unfit("invalid `now` in the state: expected a date-time".to_owned()))
    }
}
