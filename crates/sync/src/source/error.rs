//! Why people cannot be read.

use std::error::Error;
use std::fmt;

use rosterkit_core::StatusCode;

/// Why people cannot be read. It prints nothing of a person.
#[derive(Debug)]
#[non_exhaustive]
pub enum SourceError {
    /// A service is needed that has no client.
    NotConfigured {
        /// The service.
        service: &'static str,
    },
    /// No one is listed there.
    NoPeople(&'static str),
    /// A call failed.
    Service {
        /// What was read, such as `active Genesys users`.
        what: &'static str,
        /// How many had been read.
        read: u64,
        /// Why. It names the operation and what to do.
        error: rosterkit_core::Error,
    },
    /// A file cannot be read.
    File {
        /// Its path.
        path: String,
        /// Why, and what to do.
        problem: String,
    },
}

impl SourceError {
    /// The operation that failed, as the spec spells it.
    pub fn operation(&self) -> Option<&'static str> {
        self.service_error().and_then(rosterkit_core::Error::operation)
    }

    /// The status of the response, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.service_error().and_then(rosterkit_core::Error::status)
    }

    /// What to do about it.
    pub fn advice(&self) -> &str {
        match self {
            Self::NotConfigured { .. } => "set its address and credential in the profile or the environment",
            Self::NoPeople(_) => "check `from` and `to` of the flow",
            Self::Service { error, .. } => error.advice(),
            Self::File { .. } => "correct the file",
        }
    }

    /// The error of the call, if a call failed.
    pub fn service_error(&self) -> Option<&rosterkit_core::Error> {
        match self {
            Self::Service { error, .. } => Some(error),
            _ => None,
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConfigured { service } => write!(formatter, "{service} is not configured: {}", self.advice()),
            Self::NoPeople(name) => write!(formatter, "`{name}` lists no people: {}", self.advice()),
            Self::Service { what, read, error } => {
                write!(formatter, "cannot read {what}: stopped after {read} of them: {error}")
            }
            Self::File { path, problem } => write!(formatter, "cannot read `{path}`: {problem}"),
        }
    }
}

impl Error for SourceError {
    /// That of the call's error, whose own line is part of this one's.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.service_error().and_then(Error::source)
    }
}
