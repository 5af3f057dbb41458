//! Session users.

use session_clusters::Client;
use session_clusters::types::SessionUser;

use super::listing::{Listing, Seen};
use super::{ReadReport, Row, SourceError};

/// A read of all session users, active and inactive as they are listed.
#[derive(Debug)]
pub(super) struct Users {
    listing: Listing<SessionUser>,
    seen: Seen,
}

impl Users {
    pub(super) fn new(client: &Client) -> Self {
        let pager = client.users().skip_unreadable().pager();
        Self { listing: Listing::new("session users", pager), seen: Seen::default() }
    }

    pub(super) async fn next(&mut self, report: &mut ReadReport) -> Result<Option<Vec<Row>>, SourceError> {
        let rows = self.listing.next(&mut self.seen, report).await?;
        Ok(rows.map(|rows| rows.into_iter().map(Row::complete).collect()))
    }
}
