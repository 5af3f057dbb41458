//! Why a sandbox cannot start.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use rosterkit_core::catalog::printable;

use crate::{FaultError, PeopleError, StateError};

/// A sandbox could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// More people were requested than [`MAX_USERS`](crate::MAX_USERS).
    TooManyUsers,
    /// An allowed host is not the name of a host. The name.
    Host(String),
    /// A file of people cannot be used.
    People(PeopleError),
    /// A fault is invalid.
    Fault(FaultError),
    /// The state file could not be read, or belongs to another sandbox.
    State(StateError),
    /// The port could not be opened, most often because another program uses it.
    Port {
        /// The requested port; 0 for any.
        port: u16,
        /// The error of the system.
        source: io::Error,
    },
    /// The file for addresses and credentials could not be written.
    ReadyFile {
        /// The requested file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The system could not create a thread or an event loop.
    Runtime {
        /// The error of the system.
        source: io::Error,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyUsers => write!(formatter, "a sandbox has at most {} users", crate::MAX_USERS),
            Self::Host(name) => write!(
                formatter,
                "invalid host `{}`: expected a name or an address without scheme, port and path",
                printable(name)
            ),
            Self::People(error) => write!(formatter, "{error}"),
            Self::Fault(error) => write!(formatter, "invalid fault: {error}"),
            Self::State(error) => write!(formatter, "{error}"),
            Self::Port { port: 0, .. } => formatter.write_str("no port of 127.0.0.1 could be opened"),
            Self::Port { port, .. } => write!(formatter, "port {port} of 127.0.0.1 could not be opened"),
            Self::ReadyFile { path, .. } => write!(formatter, "the ready file {} could not be written", path.display()),
            Self::Runtime { .. } => formatter.write_str("the thread of the sandbox could not be started"),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TooManyUsers | Self::Host(_) | Self::People(_) | Self::Fault(_) => None,
            Self::State(error) => error.source(),
            Self::Port { source, .. } | Self::ReadyFile { source, .. } | Self::Runtime { source } => Some(source),
        }
    }
}
