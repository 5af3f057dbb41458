//! Why a sandbox cannot start.

use std::error::Error;
use std::fmt;
use std::io;

use crate::{FaultError, StateError};

/// A sandbox could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// More people are asked for than [`MAX_USERS`](crate::MAX_USERS).
    TooManyUsers,
    /// A fault is none.
    Fault(FaultError),
    /// The state file could not be read, or belongs to another sandbox.
    State(StateError),
    /// The port could not be opened, most often because another program has it.
    Port {
        /// The port that was asked for; 0 for any.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no thread or no event loop.
    Runtime {
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyUsers => write!(formatter, "a sandbox has at most {} users", crate::MAX_USERS),
            Self::Fault(error) => write!(formatter, "a fault is none: {error}"),
            Self::State(error) => write!(formatter, "{error}"),
            Self::Port { port: 0, .. } => formatter.write_str("no port of 127.0.0.1 could be opened"),
            Self::Port { port, .. } => write!(formatter, "port {port} of 127.0.0.1 could not be opened"),
            Self::Runtime { .. } => formatter.write_str("the thread of the sandbox could not be started"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TooManyUsers | Self::Fault(_) => None,
            Self::State(error) => error.source(),
            Self::Port { source, .. } | Self::Runtime { source } => Some(source),
        }
    }
}
