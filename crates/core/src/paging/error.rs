//! Why a listing stopped, and where.

use std::fmt;

use crate::paging::Position;
use crate::{Error, ErrorKind};

/// Why a listing stopped, where it did, and from where it can go on.
///
/// `Display` is one line that names the number of the item and, for numbered pages, the page. It shows no cursor.
/// The [`Error`] is a part of that line, so that [`source`](std::error::Error::source) is the error's own. `?` turns it
/// into an [`Error`] where a function returns one;
/// the place is lost then.
#[derive(Debug)]
pub struct PagingError {
    pub(super) error: Error,
    pub(super) position: Position,
    pub(super) offset: u64,
    pub(super) item: u64,
}

impl PagingError {
    /// Why the listing stopped.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Why the listing stopped.
    pub fn into_error(self) -> Error {
        self.error
    }

    /// The page that failed. With [`offset`](Self::offset), what [`Pager::start_at`](crate::paging::Pager::start_at) takes
    /// to go on without losing an item or yielding one again.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// How many items at the beginning of that page have been yielded or skipped already. Not 0 if the page itself was
    /// read and the way to the next one is what failed, or if the first page failed of a stream that skips.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The number of the item at which the listing stopped, counted from 0 where the stream started: as many have been
    /// yielded.
    pub fn item(&self) -> u64 {
        self.item
    }

    /// Whether going on from here may succeed; see [`Error::is_retryable`].
    pub fn is_retryable(&self) -> bool {
        self.error.is_retryable()
    }
}

impl fmt::Display for PagingError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the listing stopped at item {}", self.item)?;
        if let Position::Page(number) = self.position {
            write!(formatter, ", page {number}")?;
        }
        write!(formatter, ": {}", self.error)
    }
}

impl std::error::Error for PagingError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.error.source()
    }
}

impl From<PagingError> for Error {
    fn from(error: PagingError) -> Self {
        error.error
    }
}

/// A cursor or link that was there before: to follow it would never end.
pub(super) fn repeated() -> Error {
    Error::new(ErrorKind::Decode, "the service leads back to a page that was read before")
        .with_advice("the listing cannot be read further: ask the service's support, or narrow the request")
}

/// A link that does not say where it leads.
pub(super) fn parameter_missing(parameter: &str) -> Error {
    Error::new(ErrorKind::Decode, format!("the link to the next page lacks the query parameter `{parameter}`"))
        .with_advice("the listing cannot be read further: ask the service's support, or narrow the request")
}

/// A position of another kind of listing.
pub(super) fn foreign_position(expected: &str) -> Error {
    Error::new(ErrorKind::InvalidRequest, format!("this listing cannot start there: it is read by {expected}"))
        .with_advice("start at a position of the same listing; nothing was sent")
}
