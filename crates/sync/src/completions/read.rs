//! Reads the completions of a time in pieces, and smaller ones where a response is too large.

use rosterkit_core::chrono::{DateTime, Duration, Utc};
use rosterkit_core::{Error, ErrorKind, Timestamp};
use session_clusters::Client;
use session_clusters::types::Completion;

use crate::source::{MAX_PROBLEMS, ReadReport, SourceError};

/// The time of one request at first: the service has no paging here.
const LONGEST: Duration = Duration::days(7);
/// The least time of one request. If its response is too large, the read fails.
const SHORTEST: Duration = Duration::hours(1);
/// After how many responses the time of a request is doubled again.
const RECOVERY: u32 = 8;

/// The completions of sessions that start from one time on and before another.
pub(super) struct Pieces<'a> {
    client: &'a Client,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    length: Duration,
    successes: u32,
    read: u64,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(client: &'a Client, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { client, from, to, length: LONGEST, successes: 0, read: 0 }
    }

    /// The completions of the next piece, which can be none; `None` at the end. Those that cannot be read make the read
    /// incomplete.
    ///
    /// # Errors
    /// If a piece cannot be read, however small.
    pub(super) async fn next(&mut self, report: &mut ReadReport) -> Result<Option<Vec<Completion>>, SourceError> {
        while self.from < self.to {
            let end = self.from.checked_add_signed(self.length).map_or(self.to, |end| end.min(self.to));
            match self.fetch(end, report).await {
                Ok(completions) => {
                    self.from = end;
                    self.read += completions.len() as u64;
                    report.rows += completions.len() as u64;
                    self.recover();
                    return Ok(Some(completions));
                }
                Err(error) if is_too_large(&error) && end - self.from > SHORTEST => {
                    self.length = ((end - self.from) / 2).max(SHORTEST);
                    self.successes = 0;
                }
                Err(error) => return Err(SourceError::Service { what: "completions", read: self.read, error }),
            }
        }
        Ok(None)
    }

    async fn fetch(&self, end: DateTime<Utc>, report: &mut ReadReport) -> Result<Vec<Completion>, Error> {
        let listing = self.client.completions().from(Timestamp::from(self.from)).to(Timestamp::from(end));
        let mut pages = listing.skip_unreadable().pager().pages();
        let mut completions = Vec::new();
        while let Some(page) = pages.next().await {
            completions.extend(page.map_err(rosterkit_core::paging::PagingError::into_error)?.items);
        }
        let unreadable = pages.take_unreadable();
        report.unreadable += unreadable.len() as u64;
        let room = MAX_PROBLEMS.saturating_sub(report.problems.len());
        report.problems.extend(unreadable.iter().take(room).map(|item| format!("completions: {item}")));
        Ok(completions)
    }

    /// A busy time ends: after it, requests may be longer again.
    fn recover(&mut self) {
        self.successes += 1;
        if self.successes >= RECOVERY && self.length < LONGEST {
            (self.length, self.successes) = ((self.length * 2).min(LONGEST), 0);
        }
    }
}

/// Whether a shorter time would help.
fn is_too_large(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::TooLarge | ErrorKind::Timeout => true,
        // 504: a gateway waited for the service for too long.
        ErrorKind::Status => error.status().is_some_and(|status| matches!(status.as_u16(), 408 | 413 | 504)),
        _ => false,
    }
}
