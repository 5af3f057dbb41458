//! The users of the organization: listing, and upserting and deactivating in batches.

use std::sync::Arc;

use futures_core::Stream;
use futures_util::stream;
use rosterkit_core::batch::{Batch, Outcome, all_rejected, match_by_key};
use rosterkit_core::paging::{Items, NumberedPage, Pager};
use rosterkit_core::{CallOptions, Error, ErrorKind, Operation, ReadableItems, Request, Response};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::Client;
use crate::client::DeactivateBody;
use crate::envelope::{Envelope, EnvelopeOf, accepted, lacks, reason, refusal_behind};
use crate::generated::{
    self,
    builder::GetUsers,
    operations::{
        BATCH_DEACTIVATE_USERS, BATCH_DEACTIVATE_USERS_MAX_ITEMS, BATCH_UPSERT_USERS, BATCH_UPSERT_USERS_MAX_ITEMS,
        GET_USERS,
    },
};
use crate::types::{
    BatchDeactivateUsersEnvelope, BatchDeactivateUsersRequest, BatchUpsertUsersEnvelope, BatchUpsertUsersRequest,
    BatchUpsertUsersResult, ErrorEnvelope, FailedUser, SessionUser, UserPage, UserRef, UserTemplate, UsersEnvelope,
};

impl Client {
    /// Lists the users of the organization, probably including deactivated users.
    pub fn users(&self) -> ListUsers {
        ListUsers { call: self.api().get_users(), skips_unreadable: false }
    }

    /// Creates the users that do not exist yet and updates those that do, any number of them.
    ///
    /// It is one call of `api().batch_upsert_users()` for each 200 users, 4 at a time; [`Batch::size`] and
    /// [`Batch::concurrency`] change that. With a size above 200, a full chunk is not sent: its outcomes are "not sent", with
    /// an error of kind `InvalidRequest`.
    ///
    /// | outcome of a user | when |
    /// | --- | --- |
    /// | accepted, with the user as it is now | `data.success` names it |
    /// | rejected, with the service's reason | `data.failed` names it, or the response to its request says `success: false`, with a status of success or a 4xx other than 401, 408 and 429 |
    /// | not sent, with the error | its request did not reach the service, or the service refused it without such a response |
    /// | unknown, with the error | its request failed otherwise, or an attempt before the refusal may have taken effect, or the response does not name the user |
    ///
    /// A request in which every user has a `remoteId` is repeated after a failure, since the service then updates what it has
    /// created before. Any other request is repeated only where the service certainly has not carried it out: see
    /// [`RetryPolicy`](rosterkit_core::RetryPolicy#what-is-repeated).
    ///
    /// A response names a user by `remoteId` or `id`; a user that was sent with neither is matched by name. Users with the same
    /// key are sent in separate requests, in their order.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let sandbox = rosterkit_sandbox::Sandbox::builder().start().await?;
    /// # let client = session_clusters::Client::builder()
    /// #     .base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;
    /// use session_clusters::batch::Outcome;
    /// use session_clusters::types::UserTemplate;
    ///
    /// let users = (0..500).map(|number| UserTemplate {
    ///     remote_id: Some(format!("person-{number}")),
    ///     first_name: Some("Ada".to_owned()),
    ///     last_name: Some(format!("Number {number}")),
    ///     ..UserTemplate::default()
    /// });
    /// let mut outcomes = client.upsert_users(users).ordered();
    /// while let Some(item) = outcomes.next().await {
    ///     match item.outcome {
    ///         Outcome::Accepted(_user) => {}
    ///         other => eprintln!("item {} is {}", item.index, other.name()),
    ///     }
    /// }
    /// assert_eq!(outcomes.counts().accepted, 500);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn upsert_users<'a>(
        &self,
        users: impl IntoIterator<Item = UserTemplate, IntoIter: Send + 'a>,
    ) -> Batch<'a, UserTemplate, SessionUser> {
        self.upsert_user_stream(stream::iter(users))
    }

    /// [`upsert_users`](Self::upsert_users) for a stream, which is polled when a request needs users.
    pub fn upsert_user_stream<'a>(
        &self,
        users: impl Stream<Item = UserTemplate> + Send + 'a,
    ) -> Batch<'a, UserTemplate, SessionUser> {
        let api = self.api().clone();
        let send = move |users: &[UserTemplate]| {
            let call = api.batch_upsert_users().body(BatchUpsertUsersRequest { users: users.to_vec() });
            async move { call.send().await.map_err(|error| refusal_behind(&BATCH_UPSERT_USERS, error)) }
        };
        Batch::of_stream(users, send, upserted)
            .size(BATCH_UPSERT_USERS_MAX_ITEMS)
            .rejection(rejection)
            .keyed_by(Key::of_template)
    }

    /// Deactivates any number of users, given by [`UserRef::by_remote_id`] or [`UserRef::by_id`]. The service probably keeps
    /// deactivated users.
    ///
    /// It is one call of `api().batch_deactivate_users()` for each 200 users, with the body that
    /// [`ClientBuilder::deactivate_body`](crate::ClientBuilder::deactivate_body) makes, if it is set. Size, concurrency and order are as in
    /// [`upsert_users`](Self::upsert_users). A request is repeated after a failure: users stay deactivated.
    ///
    /// The response is not documented. If its `data` has `success` and `failed`, as in an upsert, each user has its own
    /// outcome. Otherwise, `success: true`, or a status of success without a body, accepts all users of the request, see
    /// [`Deactivated`]; `success: false` rejects them all with the service's reason. If the response says neither, all
    /// outcomes are unknown.
    pub fn deactivate_users<'a>(
        &self,
        users: impl IntoIterator<Item = UserRef, IntoIter: Send + 'a>,
    ) -> Batch<'a, UserRef, Deactivated> {
        self.deactivate_user_stream(stream::iter(users))
    }

    /// [`deactivate_users`](Self::deactivate_users) for a stream, which is polled when a request needs users.
    pub fn deactivate_user_stream<'a>(
        &self,
        users: impl Stream<Item = UserRef> + Send + 'a,
    ) -> Batch<'a, UserRef, Deactivated> {
        let (api, body) = (self.api().clone(), self.deactivate_body.clone());
        let send = move |users: &[UserRef]| deactivate(&api, body.as_ref(), users);
        Batch::of_stream(users, send, deactivated)
            .size(BATCH_DEACTIVATE_USERS_MAX_ITEMS)
            .rejection(rejection)
            .keyed_by(Key::of_reference)
    }
}

/// The users of the organization, made by [`Client::users`].
///
/// It is one call of `api().get_users()` for each page, with each envelope opened: a refusal or a response without users is
/// an error, never the end of the list.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is sent"]
pub struct ListUsers {
    call: GetUsers,
    skips_unreadable: bool,
}

/// A page of users as it is read: what a listing needs of it.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReadablePage<I> {
    items: Option<I>,
    next: Option<Value>,
    #[serde(default, deserialize_with = "rosterkit_core::loose_json::deserialize")]
    total_pages: Option<i64>,
    #[serde(default, deserialize_with = "rosterkit_core::loose_json::deserialize")]
    total: Option<i64>,
}

impl From<UserPage> for ReadablePage<ReadableItems<SessionUser>> {
    fn from(page: UserPage) -> Self {
        let items = page.items.map(ReadableItems::from);
        Self { items, next: page.next, total_pages: page.total_pages, total: page.total }
    }
}

impl ListUsers {
    /// Sets the maximum number of users per page, from 1 to 200. The service's default is 200.
    pub fn page_size(self, users: u32) -> Self {
        Self { call: self.call.page_size(users), ..self }
    }

    /// Sets options of each call: retries, timeouts, a request id. The client's settings hold for the rest.
    pub fn options(self, options: CallOptions) -> Self {
        Self { call: self.call.options(options), ..self }
    }

    /// Leaves out users that cannot be read, such as one whose `active` is a text, and goes on. By default, such a user is an
    /// error that ends the listing.
    ///
    /// [`Items::skipped`] and [`Pages::skipped`](rosterkit_core::paging::Pages::skipped) count them, `take_unreadable` tells
    /// each with its id.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let sandbox = rosterkit_sandbox::Sandbox::builder().users(3).start().await?;
    /// # let client = session_clusters::Client::builder()
    /// #     .base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;
    /// let mut users = client.users().skip_unreadable().items();
    /// while let Some(user) = users.next().await {
    ///     println!("{:?}", user?.remote_id);
    /// }
    /// for user in users.take_unreadable() {
    ///     eprintln!("left out: {user}");
    /// }
    /// assert_eq!(users.skipped(), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn skip_unreadable(self) -> Self {
        Self { skips_unreadable: true, ..self }
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
        let call = self.call;
        if self.skips_unreadable {
            return paged(call, |call| async move { data::<ReadableItems<SessionUser>>(call.send_as().await?) });
        }
        paged(call, |call| async move {
            let envelope: UsersEnvelope = accepted(&GET_USERS, call.send().await?)?.into_inner();
            Ok(envelope.data.map(|page| ReadablePage::from(*page)))
        })
    }

    /// [`pager`](Self::pager) of the JSON text of each user, for programs that need few of them as more than that.
    ///
    /// # Errors
    /// Those of [`pager`](Self::pager).
    pub fn text_pager(self) -> Pager<'static, Box<RawValue>> {
        paged(self.call, |call| async move { data::<Vec<Box<RawValue>>>(call.send_as().await?) })
    }

    /// The users of all pages, as a stream: [`pager`](Self::pager) with its defaults.
    pub fn items(self) -> Items<'static, SessionUser> {
        self.pager().items()
    }
}

/// What a response has in its envelope.
fn data<I>(response: Response<EnvelopeOf<ReadablePage<I>>>) -> Result<Option<ReadablePage<I>>, Error> {
    Ok(accepted(&GET_USERS, response)?.into_inner().data)
}

/// The pager of pages that a function reads of a call. A response without a list is an error.
fn paged<T, I, F>(call: GetUsers, read: impl Fn(GetUsers) -> F + Send + Sync + 'static) -> Pager<'static, T>
where
    T: Send + 'static,
    I: Into<ReadableItems<T>> + Send + 'static,
    F: Future<Output = Result<Option<ReadablePage<I>>, Error>> + Send + 'static,
{
    let fetch = move |page| {
        let read = read(call.clone().page(page));
        async move {
            let page = read.await?.ok_or_else(|| lacks(&GET_USERS, "data"))?;
            if page.items.is_none() {
                return Err(lacks(&GET_USERS, "data.items"));
            }
            Ok(page)
        }
    };
    Pager::by_number(0, fetch, |page: ReadablePage<I>| {
        let users = page.items.map(Into::into).unwrap_or_default();
        NumberedPage::new(users.items)
            .unreadable(users.unreadable)
            .next(page.next)
            .page_count(page.total_pages)
            .total(page.total)
    })
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

/// What the response holds for a deactivated user.
///
/// The response to a deactivation is not documented, so both fields may be absent. Without a user, the service accepted the
/// request as a whole and named no users; it may not have known this user.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Deactivated {
    /// The user, if the response names users as that to an upsert does.
    pub user: Option<Box<SessionUser>>,
    /// The `data` of the response, shared by all users of one request.
    pub data: Option<Arc<Value>>,
}

/// Identifies the users of a batch.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    RemoteId(String),
    Id(String),
    /// The first and the last name, of a user without ids.
    Name(Option<String>, Option<String>),
}

impl Key {
    fn of_template(user: &UserTemplate) -> Vec<Self> {
        let id = user.additional_properties.get("id").and_then(Value::as_str);
        let keys = Self::ids(user.remote_id.as_deref(), id);
        if keys.is_empty() { vec![Self::Name(user.first_name.clone(), user.last_name.clone())] } else { keys }
    }

    fn of_reference(user: &UserRef) -> Vec<Self> {
        Self::ids(user.remote_id.as_deref(), user.id.as_deref())
    }

    fn of_user(user: &SessionUser) -> Vec<Self> {
        let mut keys = Self::ids(user.remote_id.as_deref(), user.id.as_deref());
        if user.remote_id.is_none() {
            keys.push(Self::Name(user.first_name.clone(), user.last_name.clone()));
        }
        keys
    }

    fn ids(remote_id: Option<&str>, id: Option<&str>) -> Vec<Self> {
        let remote_id = remote_id.map(|id| Self::RemoteId(id.to_owned()));
        remote_id.into_iter().chain(id.map(|id| Self::Id(id.to_owned()))).collect()
    }
}

/// Sends a deactivation, as the generated call does, but with a custom body, and accepts a response without a body.
fn deactivate(
    api: &generated::Client,
    body: Option<&DeactivateBody>,
    users: &[UserRef],
) -> impl Future<Output = Result<Response<Option<BatchDeactivateUsersEnvelope>>, Error>> + Send + use<> {
    let request = Request::new(&BATCH_DEACTIVATE_USERS)
        .check_items("users", users.len(), Some(1), Some(BATCH_DEACTIVATE_USERS_MAX_ITEMS))
        .accept("application/json")
        // Also with a custom body: users that are deactivated already stay so.
        .idempotent(true);
    let request = match body {
        Some(DeactivateBody(body)) => request.json(&body(users)),
        None => request.json(&BatchDeactivateUsersRequest { users: users.to_vec() }),
    };
    let transport = api.transport().clone();
    async move {
        let sent = transport.send_json_optional(request).await;
        sent.map_err(|error| refusal_behind(&BATCH_DEACTIVATE_USERS, error))
    }
}

/// The service's reason for rejecting a request: a 4xx with an envelope that says `success: false`.
fn rejection(error: &Error) -> Option<String> {
    let is_refusal = match error.service_error::<ErrorEnvelope>() {
        Some(envelope) => envelope.success == Some(false),
        None => error.kind() == ErrorKind::Refused,
    };
    is_refusal.then(|| reason(error).unwrap_or(WITHOUT_REASON).to_owned())
}

/// The outcome of each user in the response to an upsert.
fn upserted(users: &[UserTemplate], mut response: Response<BatchUpsertUsersEnvelope>) -> Vec<Outcome<SessionUser>> {
    if let Some(result) = response.get_mut().data.take_if(|result| names_users(result)) {
        return match_by_key(users, Key::of_template, named(*result));
    }
    match opened(&BATCH_UPSERT_USERS, response) {
        Ok(_) => match_by_key(users, Key::of_template, []),
        Err(error) => not_processed(users.len(), error),
    }
}

/// The outcome of each user in the response to a deactivation.
fn deactivated(
    users: &[UserRef],
    response: Response<Option<BatchDeactivateUsersEnvelope>>,
) -> Vec<Outcome<Deactivated>> {
    // A response without a body has only its status, which is one of success.
    if response.get().is_none() {
        return users.iter().map(|_| Outcome::Accepted(Deactivated::default())).collect();
    }
    let mut response = response.map(Option::unwrap_or_default);
    let data = response.get_mut().data.take().map(Arc::new);
    match data.as_deref().map(named_in) {
        Some(Ok(Some(result))) => {
            let wrap = |user| Deactivated { user: Some(Box::new(user)), data: data.clone() };
            let outcomes = match_by_key(users, Key::of_reference, named(result)).into_iter();
            return outcomes.map(|outcome| outcome.map(wrap)).collect();
        }
        Some(Err(error)) => return not_processed(users.len(), error),
        Some(Ok(None)) | None => {}
    }
    match opened(&BATCH_DEACTIVATE_USERS, response) {
        Ok(envelope) if envelope.success == Some(true) => {
            users.iter().map(|_| Outcome::Accepted(Deactivated { user: None, data: data.clone() })).collect()
        }
        Ok(_) => {
            let cause = "the response does not say whether the users were deactivated";
            not_processed(users.len(), Error::decode(&BATCH_DEACTIVATE_USERS, cause))
        }
        Err(error) => not_processed(users.len(), error),
    }
}

fn opened<E: Envelope>(operation: &'static Operation, response: Response<E>) -> Result<E, Error> {
    accepted(operation, response).map(Response::into_inner)
}

/// The outcomes of a response about all users at once: rejected for the service's reason, or unknown.
fn not_processed<T>(users: usize, error: Error) -> Vec<Outcome<T>> {
    if error.kind() == ErrorKind::Refused {
        return all_rejected(users, reason(&error).unwrap_or(WITHOUT_REASON));
    }
    let error = Arc::new(error);
    (0..users).map(|_| Outcome::Unknown(Arc::clone(&error))).collect()
}

/// The reason of a rejection for which the service gives none.
const WITHOUT_REASON: &str = "the service gave no reason";

fn names_users(result: &BatchUpsertUsersResult) -> bool {
    let is_empty = |users: Option<usize>| users.unwrap_or_default() == 0;
    !is_empty(result.success.as_ref().map(Vec::len)) || !is_empty(result.failed.as_ref().map(Vec::len))
}

/// The users that the `data` of a deactivation names, if it has the shape of an upsert's.
fn named_in(data: &Value) -> Result<Option<BatchUpsertUsersResult>, Error> {
    let has_list = |name| data.get(name).and_then(Value::as_array).is_some_and(|users| !users.is_empty());
    if !has_list("success") && !has_list("failed") {
        return Ok(None);
    }
    let unreadable = |_| Error::decode(&BATCH_DEACTIVATE_USERS, "the response names users in an unknown shape");
    serde_json::from_value(data.clone()).map(Some).map_err(unreadable)
}

/// The outcomes of the users that a result names. A user who is both in `success` and in `failed` has failed.
fn named(result: BatchUpsertUsersResult) -> impl Iterator<Item = (Vec<Key>, Outcome<SessionUser>)> {
    let failed = result.failed.unwrap_or_default().into_iter().map(|FailedUser { user, error }| {
        let keys = user.as_deref().map(Key::of_user).unwrap_or_default();
        (keys, Outcome::Rejected(error.unwrap_or_else(|| WITHOUT_REASON.to_owned())))
    });
    let written = result.success.unwrap_or_default().into_iter();
    failed.chain(written.map(|user| (Key::of_user(&user), Outcome::Accepted(user))))
}
