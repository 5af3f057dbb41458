//! Session users.

use session_clusters::Client;
use session_clusters::types::SessionUser;

use super::listing::{Listing, Seen};
use super::record::{Context, Form, Record};
use super::{ReadReport, SourceError};
use crate::expression::Paths;

/// A read of all session users, active and inactive as they are listed.
#[derive(Debug)]
pub(super) struct Users {
    listing: Listing,
    seen: Seen,
}

impl Users {
    pub(super) fn new(client: &Client, context: Option<Context>) -> Self {
        // They have few fields.
        let form = Form::of::<SessionUser>(Paths::All, &[], context);
        Self { listing: Listing::new("session users", client.users().text_pager(), &form), seen: Seen::default() }
    }

    pub(super) async fn next(&mut self, report: &mut ReadReport) -> Result<Option<Vec<Record>>, SourceError> {
        self.listing.next(&mut self.seen, report).await
    }
}
