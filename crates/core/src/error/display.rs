//! How an error prints: one line, and nothing that could be personal or secret.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;

use super::{Error, ErrorKind};

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(route) = &self.0.route {
            write!(formatter, "{} ({} {}): ", route.operation.id, route.method, route.path)?;
        }
        formatter.write_str(self.cause())?;
        // The cause of a status error is its status.
        if let Some(status) = self.status().filter(|_| self.kind() != ErrorKind::Status) {
            write!(formatter, ", status {}", status.as_u16())?;
        }
        if let Some(id) = self.correlation_id() {
            write!(formatter, ", correlation id {id}")?;
        }
        if self.attempts() > 1 {
            write!(formatter, ", after {} attempts", self.attempts())?;
        }
        write!(formatter, "; {}", self.advice())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Error");
        debug.field("kind", &self.kind());
        if let Some(route) = &self.0.route {
            debug.field("operation", &route.operation.id).field("method", &route.method.as_str());
            debug.field("path", &route.path);
        }
        if let Some(status) = self.status() {
            debug.field("status", &status.as_u16());
        }
        if self.attempts() > 0 {
            debug.field("attempts", &self.attempts());
        }
        if let Some(id) = self.correlation_id() {
            debug.field("correlation_id", &id);
        }
        debug.field("cause", &self.cause()).field("advice", &self.advice());
        let mut source = self.source();
        while let Some(error) = source {
            debug.field("source", &format_args!("{error}"));
            source = error.source();
        }
        debug.finish_non_exhaustive()
    }
}

/// Replaces control characters, so that a message stays on its line.
pub(super) fn one_line(text: Cow<'static, str>) -> Cow<'static, str> {
    if text.contains(char::is_control) { Cow::Owned(text.replace(char::is_control, " ")) } else { text }
}
