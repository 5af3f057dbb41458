//! Genesys users: listed by page number or by cursor, active ones first, and one by id in any state.
//!
//! The listings are read with the requests of this module and not with those of the client's builders, which give users and not
//! their texts, and of which one that cannot be read would end the whole listing.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use genesys_users::generated::operations::{GET_USER, GET_USERS, GET_USERS_QUERY};
use genesys_users::types::{ErrorBody, User, UserLookupState, UserStateValue};
use genesys_users::{Client, Error};
use rosterkit_core::paging::{CursorPage, NumberedPage, Pager};
use rosterkit_core::{Operation, Request, StatusCode, Transport};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::listing::{Limit, Listing, Seen};
use super::record::{Context, Form, Record};
use super::{ReadReport, Row, Services, SourceError};
use crate::config::{GenesysListing, field_of_part};
use crate::expression::Paths;

/// The users of a page, the most that the service gives.
const PAGE_SIZE: u64 = 500;
/// The sizes that follow when a response is too large. Each divides the one before, so that pages by number go on where
/// the larger ones ended.
const SMALLER: [u64; 5] = [250, 125, 25, 5, 1];
/// The code of a response that is too large.
const TOO_LARGE: &str = "response.entity.too.large";
/// Where the service ends `getUsers` for inactive users.
const LIMIT: Limit = Limit {
    items: 10_000,
    advice: "set `listing = \"query\"` of this side, `flow.source` or `flow.target`, which has no such end",
};

/// The states that are listed, with their names in messages.
const STATES: [(&str, &str); 2] = [("active", "active Genesys users"), ("inactive", "inactive Genesys users")];

/// A read of all active and inactive users.
#[derive(Debug)]
pub(super) struct Users {
    /// One listing for each state.
    listings: VecDeque<Listing>,
    seen: Seen,
}

impl Users {
    pub(super) fn new(
        client: &Client,
        expand: &[String],
        listing: GenesysListing,
        fields: &Paths,
        context: Option<Context>,
    ) -> Self {
        let parts = expand.iter().map(|part| field_of_part(part).split('.').next().unwrap_or_default());
        let fields = Paths::union([fields.clone(), Paths::some(parts.chain(["id"]))]);
        let form = Form::of::<User>(fields, expand, context);
        // Only one request knows how large a response may be: the others learn from it.
        let size = Arc::new(AtomicU64::new(PAGE_SIZE));
        let listing = |(state, what): (&'static str, &'static str)| {
            let call = Call {
                transport: client.api().transport().clone(),
                state,
                expand: expand.into(),
                size: Arc::clone(&size),
            };
            match listing {
                GenesysListing::List if state == "inactive" => Listing::new(what, call.by_number(), &form).limit(LIMIT),
                GenesysListing::List => Listing::new(what, call.by_number(), &form),
                GenesysListing::Query => Listing::new(what, call.by_cursor(), &form),
            }
        };
        Self { listings: STATES.into_iter().map(listing).collect(), seen: Seen::default() }
    }

    pub(super) async fn next(&mut self, report: &mut ReadReport) -> Result<Option<Vec<Record>>, SourceError> {
        while let Some(listing) = self.listings.front_mut() {
            if let Some(records) = listing.next(&mut self.seen, report).await? {
                return Ok(Some(records));
            }
            self.listings.pop_front();
            self.seen.next_listing();
        }
        Ok(None)
    }
}

/// What a listing needs of a page.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserPage {
    entities: Option<Vec<Box<RawValue>>>,
    cursor: Option<String>,
    next_uri: Option<String>,
    #[serde(default, deserialize_with = "rosterkit_core::lenient_integer::deserialize")]
    page_count: Option<i64>,
    #[serde(default, deserialize_with = "rosterkit_core::lenient_integer::deserialize")]
    total: Option<i64>,
}

/// The calls of one listing.
#[derive(Clone)]
struct Call {
    transport: Transport,
    state: &'static str,
    expand: Arc<[String]>,
    /// The size of pages, which shrinks when responses are too large.
    size: Arc<AtomicU64>,
}

impl Call {
    fn by_number(self) -> Pager<'static, Box<RawValue>> {
        let fetch = move |page: u64| {
            let call = self.clone();
            async move { call.numbered_page(page).await }
        };
        Pager::by_number(1, fetch, |page: UserPage| {
            NumberedPage::new(page.entities.unwrap_or_default())
                .next(page.next_uri)
                .page_count(page.page_count)
                .total(page.total)
        })
    }

    fn by_cursor(self) -> Pager<'static, Box<RawValue>> {
        // A cursor belongs to the OAuth client that got it.
        let this = Self { transport: self.transport.keep_client(), ..self };
        let fetch = move |cursor: Option<String>| {
            let call = this.clone();
            async move { call.page_behind(cursor).await }
        };
        Pager::by_cursor(fetch, |page: UserPage| CursorPage::new(page.entities.unwrap_or_default()).cursor(page.cursor))
    }

    /// A page of [`PAGE_SIZE`] users, read in parts if it is too large for one response.
    async fn numbered_page(&self, page: u64) -> Result<UserPage, Error> {
        loop {
            let size = self.size.load(Ordering::Relaxed);
            match self.numbered_parts(page, size).await {
                Err(error) if self.shrinks(size, &error) => {}
                read => return read,
            }
        }
    }

    async fn numbered_parts(&self, page: u64, size: u64) -> Result<UserPage, Error> {
        let parts = PAGE_SIZE / size;
        let first = page.saturating_sub(1).saturating_mul(parts).saturating_add(1);
        let mut whole = self.numbered_part(first, size).await?;
        if parts == 1 {
            return Ok(whole);
        }
        let mut users = whole.entities.take().unwrap_or_default();
        for number in first + 1..first + parts {
            let is_counted = whole.page_count.is_some_and(|count| u64::try_from(count).is_ok_and(|it| it >= number));
            if whole.next_uri.is_none() && !is_counted {
                break;
            }
            whole = self.numbered_part(number, size).await?;
            users.extend(whole.entities.take().unwrap_or_default());
        }
        // The count is one of smaller pages.
        Ok(UserPage { entities: Some(users), page_count: None, ..whole })
    }

    async fn numbered_part(&self, number: u64, size: u64) -> Result<UserPage, Error> {
        let page: UserPage = self.send(&GET_USERS, size, |request| request.query("pageNumber", &number)).await?;
        let is_page =
            page.entities.is_some() || page.next_uri.is_some() || page.page_count.is_some() || page.total.is_some();
        if is_page { Ok(page) } else { Err(Error::decode(&GET_USERS, "the response is not a page of users")) }
    }

    async fn page_behind(&self, cursor: Option<String>) -> Result<UserPage, Error> {
        loop {
            let size = self.size.load(Ordering::Relaxed);
            let behind = |request: Request| match &cursor {
                Some(cursor) => request.query("cursor", cursor),
                None => request,
            };
            match self.send::<UserPage>(&GET_USERS_QUERY, size, behind).await {
                Ok(page) if page.entities.is_none() && page.cursor.is_none() => {
                    return Err(Error::decode(&GET_USERS_QUERY, "the response has no list of users"));
                }
                Err(error) if self.shrinks(size, &error) => {}
                read => return read,
            }
        }
    }

    async fn send<T: serde::de::DeserializeOwned>(
        &self,
        operation: &'static Operation,
        size: u64,
        position: impl FnOnce(Request) -> Request,
    ) -> Result<T, Error> {
        let request = Request::new(operation)
            .query("pageSize", &size)
            .query("state", self.state)
            .query_all("expand", &self.expand)
            .accept("application/json");
        Ok(self.transport.send_json(position(request)).await?.into_inner())
    }

    /// Whether a response was too large and smaller ones are possible, which are used from now on.
    fn shrinks(&self, size: u64, error: &Error) -> bool {
        let is_too_large = error.status() == Some(StatusCode::PAYLOAD_TOO_LARGE)
            || error.service_error::<ErrorBody>().is_some_and(|body| body.code.as_deref() == Some(TOO_LARGE));
        let smaller = SMALLER.into_iter().find(|smaller| *smaller < size);
        match smaller.filter(|_| is_too_large) {
            Some(smaller) => {
                self.size.fetch_min(smaller, Ordering::Relaxed);
                true
            }
            None => false,
        }
    }
}

/// A user who was looked up by id.
#[derive(Clone, Debug, PartialEq)]
pub enum GenesysPerson {
    /// Active.
    Active(Row),
    /// Inactive.
    Inactive(Row),
    /// Deleted; can be restored.
    Deleted(Row),
    /// Not known in any state.
    Gone,
}

impl GenesysPerson {
    /// The user, unless they are gone.
    pub fn row(&self) -> Option<&Row> {
        match self {
            Self::Active(row) | Self::Inactive(row) | Self::Deleted(row) => Some(row),
            Self::Gone => None,
        }
    }

    /// The same, without the state.
    pub fn into_row(self) -> Option<Row> {
        match self {
            Self::Active(row) | Self::Inactive(row) | Self::Deleted(row) => Some(row),
            Self::Gone => None,
        }
    }
}

/// Looks up one Genesys user by id, in any state. A listing by page number can skip a person while others are created or
/// deleted, so this is asked before a removal.
///
/// # Errors
/// If Genesys Cloud is not configured, a call fails, or the response is not this user with a known state.
pub async fn find_genesys_user(services: &Services, id: &str, expand: &[String]) -> Result<GenesysPerson, SourceError> {
    let client = services.genesys()?;
    let found = find(client, id, expand).await;
    found.map_err(|error| SourceError::Service { what: "a Genesys user by id", read: 0, error })
}

async fn find(client: &Client, id: &str, expand: &[String]) -> Result<GenesysPerson, Error> {
    let call = client.api().get_user().user_id(id).expand(expand.iter().map(String::as_str));
    let read = match call.clone().send().await {
        Err(error) if is_not_found(&error) => call.state(UserLookupState::Deleted).send().await,
        read => read,
    };
    let user = match read {
        Ok(user) => user.into_inner(),
        Err(error) if is_not_found(&error) => return Ok(GenesysPerson::Gone),
        Err(error) => return Err(error),
    };
    if user.id.as_deref() != Some(id) {
        return Err(Error::decode(&GET_USER, "the response is not the user who was asked for"));
    }
    let state = user.state.clone();
    let value =
        serde_json::to_value(user).map_err(|_| Error::decode(&GET_USER, "the user cannot be written as JSON"))?;
    let row = Row::of(value, expand);
    match state {
        Some(UserStateValue::Active) => Ok(GenesysPerson::Active(row)),
        Some(UserStateValue::Inactive) => Ok(GenesysPerson::Inactive(row)),
        Some(UserStateValue::Deleted) => Ok(GenesysPerson::Deleted(row)),
        _ => Err(Error::decode(&GET_USER, "the response does not say in a known word whether the user is active")),
    }
}

/// Whether Genesys itself says so: the 404 of a proxy or of a wrong address says nothing about a user.
fn is_not_found(error: &Error) -> bool {
    error.status() == Some(StatusCode::NOT_FOUND) && error.service_error::<ErrorBody>().is_some()
}
