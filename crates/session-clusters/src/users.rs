//! The users of the organization, page by page.

use rosterkit_core::paging::{Items, NumberedPage, Pager};
use rosterkit_core::{CallOptions, Response};

use crate::envelope::{accepted, lacks};
use crate::generated::{self, builder::GetUsers, operations::GET_USERS};
use crate::types::{SessionUser, UserRef, UsersEnvelope};

/// The users of the organization, made by [`Client::users`](crate::Client::users).
///
/// It is one call of `api().get_users()` for each page, with each envelope opened: a refusal or a response without users is
/// an error, never the end of the list.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is sent"]
pub struct ListUsers {
    call: GetUsers,
}

impl ListUsers {
    pub(crate) fn new(api: &generated::Client) -> Self {
        Self { call: api.get_users() }
    }

    /// Sets the maximum number of users per page, from 1 to 200. The service's default is 200.
    pub fn page_size(self, users: u32) -> Self {
        Self { call: self.call.page_size(users) }
    }

    /// Sets options of each call: retries, timeouts, a request id. The client's settings hold for the rest.
    pub fn options(self, options: CallOptions) -> Self {
        Self { call: self.call.options(options) }
    }

    /// The pager: a stream of pages or of users, which can fetch ahead, be limited, and be resumed. Pages count from 0.
    ///
    /// # Errors
    /// The stream fails with
    /// - `InvalidRequest` before anything is sent, if the page size is out of range;
    /// - `Refused` if an envelope says `success: false` with a status of success;
    /// - `Decode` if it holds no list of users;
    /// - those of every call, see [`Error`](crate::Error).
    pub fn pager(self) -> Pager<'static, SessionUser> {
        let fetch = move |page: u64| {
            let call = self.call.clone().page(page);
            async move {
                let envelope = accepted(&GET_USERS, call.send().await?).map(Response::<UsersEnvelope>::into_inner)?;
                let page = envelope.data.ok_or_else(|| lacks(&GET_USERS, "data"))?;
                if page.items.is_none() {
                    return Err(lacks(&GET_USERS, "data.items"));
                }
                Ok(*page)
            }
        };
        Pager::by_number(0, fetch, |page| {
            NumberedPage::new(page.items.unwrap_or_default())
                .next(page.next)
                .page_count(page.total_pages)
                .total(page.total)
        })
    }

    /// The users of all pages, as a stream: [`pager`](Self::pager) with its defaults.
    pub fn items(self) -> Items<'static, SessionUser> {
        self.pager().items()
    }
}

impl UserRef {
    /// Names a user by the id in the system that users are synchronized from.
    pub fn by_remote_id(remote_id: impl Into<String>) -> Self {
        Self { remote_id: Some(remote_id.into()), ..Self::default() }
    }

    /// Names a user by the id in the service.
    pub fn by_id(id: impl Into<String>) -> Self {
        Self { id: Some(id.into()), ..Self::default() }
    }
}
