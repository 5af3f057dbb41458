//! Batches of users: what is sent for a chunk, and the outcome of each user in the response.

use std::fmt;
use std::sync::Arc;

use rosterkit_core::batch::{Outcome, all_rejected, match_by_key};
use rosterkit_core::{Error, ErrorKind, Operation, Request, Response};
use serde_json::Value;

use crate::envelope::{Envelope, accepted, reason};
use crate::generated::{
    self,
    operations::{BATCH_DEACTIVATE_USERS, BATCH_UPSERT_USERS},
};
use crate::types::{
    BatchDeactivateUsersEnvelope, BatchDeactivateUsersRequest, BatchUpsertUsersEnvelope, BatchUpsertUsersRequest,
    BatchUpsertUsersResult, ErrorEnvelope, FailedUser, SessionUser, UserRef, UserTemplate,
};

/// How many users the service takes at once.
pub(crate) const MAX: usize = 200;

/// What the service says about a user whom it deactivated.
///
/// The answer to a deactivation is not documented, so both may be missing. Without a user, the service accepted the
/// request as a whole and named nobody; whether it knew this user is not said.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Deactivated {
    /// The user, if the answer names users as the one to an upsert does.
    pub user: Option<Box<SessionUser>>,
    /// The `data` of the answer as it came, shared by all users of one request.
    pub data: Option<Arc<Value>>,
}

/// Makes the body of a deactivation, in place of the inferred one.
#[derive(Clone)]
pub(crate) struct DeactivateBody(Arc<MakeBody>);

type MakeBody = dyn Fn(&[UserRef]) -> Value + Send + Sync;

impl DeactivateBody {
    pub(crate) fn new(body: impl Fn(&[UserRef]) -> Value + Send + Sync + 'static) -> Self {
        Self(Arc::new(body))
    }
}

impl fmt::Debug for DeactivateBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DeactivateBody")
    }
}

/// What tells users of a batch apart.
#[derive(PartialEq, Eq, Hash)]
pub(crate) enum Key {
    RemoteId(String),
    Id(String),
    /// The first and the last name, of a user without ids.
    Name(Option<String>, Option<String>),
}

impl Key {
    pub(crate) fn of_template(user: &UserTemplate) -> Vec<Self> {
        let id = user.additional_properties.get("id").and_then(Value::as_str);
        let keys = Self::ids(user.remote_id.as_deref(), id);
        if keys.is_empty() { vec![Self::Name(user.first_name.clone(), user.last_name.clone())] } else { keys }
    }

    pub(crate) fn of_reference(user: &UserRef) -> Vec<Self> {
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

/// Sends an upsert, as the generated call does.
pub(crate) fn upsert(
    api: &generated::Client,
    users: &[UserTemplate],
) -> impl Future<Output = Result<Response<BatchUpsertUsersEnvelope>, Error>> + Send + use<> {
    api.batch_upsert_users().body(BatchUpsertUsersRequest { users: users.to_vec() }).send()
}

/// Sends a deactivation, as the generated call does, except for a corrected body and an answer without any.
pub(crate) fn deactivate(
    api: &generated::Client,
    body: Option<&DeactivateBody>,
    users: &[UserRef],
) -> impl Future<Output = Result<Response<Option<BatchDeactivateUsersEnvelope>>, Error>> + Send + use<> {
    let request = Request::new(&BATCH_DEACTIVATE_USERS)
        .check_items("users", users.len(), Some(1), Some(MAX))
        .accept("application/json");
    let request = match body {
        Some(DeactivateBody(body)) => request.json(&body(users)),
        None => request.json(&BatchDeactivateUsersRequest { users: users.to_vec() }),
    };
    let transport = api.transport().clone();
    async move { transport.send_json_optional(request).await }
}

/// The service's reason for rejecting a request: a 4xx with an envelope that says `success: false`.
pub(crate) fn rejection(error: &Error) -> Option<String> {
    let is_refusal = error.service_error::<ErrorEnvelope>()?.success == Some(false);
    is_refusal.then(|| reason(error).unwrap_or(WITHOUT_REASON).to_owned())
}

/// The outcome of each user in the response to an upsert.
pub(crate) fn upserted(
    users: &[UserTemplate],
    mut answer: Response<BatchUpsertUsersEnvelope>,
) -> Vec<Outcome<SessionUser>> {
    if let Some(result) = answer.get_mut().data.take_if(|result| names_users(result)) {
        return match_by_key(users, Key::of_template, named(*result));
    }
    match opened(&BATCH_UPSERT_USERS, answer) {
        Ok(_) => match_by_key(users, Key::of_template, []),
        Err(error) => not_processed(users.len(), error),
    }
}

/// The outcome of each user in the response to a deactivation.
pub(crate) fn deactivated(
    users: &[UserRef],
    answer: Response<Option<BatchDeactivateUsersEnvelope>>,
) -> Vec<Outcome<Deactivated>> {
    let (envelope, status, headers) = answer.into_parts();
    // An answer without a body says nothing but its status, which is one of success.
    let Some(mut envelope) = envelope else {
        return users.iter().map(|_| Outcome::Accepted(Deactivated::default())).collect();
    };
    let data = envelope.data.take().map(Arc::new);
    match data.as_deref().map(named_in) {
        Some(Ok(Some(result))) => {
            let wrap = |user| Deactivated { user: Some(Box::new(user)), data: data.clone() };
            let outcomes = match_by_key(users, Key::of_reference, named(result)).into_iter();
            return outcomes.map(|outcome| outcome.map(wrap)).collect();
        }
        Some(Err(error)) => return not_processed(users.len(), error),
        Some(Ok(None)) | None => {}
    }
    match opened(&BATCH_DEACTIVATE_USERS, Response::new(envelope, status, headers)) {
        Ok(envelope) if envelope.success == Some(true) => {
            users.iter().map(|_| Outcome::Accepted(Deactivated { user: None, data: data.clone() })).collect()
        }
        Ok(_) => {
            let cause = "the answer does not say whether the users were deactivated";
            not_processed(users.len(), Error::decode(&BATCH_DEACTIVATE_USERS, cause))
        }
        Err(error) => not_processed(users.len(), error),
    }
}

fn opened<E: Envelope>(operation: &'static Operation, answer: Response<E>) -> Result<E, Error> {
    accepted(operation, answer).map(Response::into_inner)
}

/// The outcomes of a response about all users at once: rejected for the service's reason, or unknown.
fn not_processed<T>(users: usize, error: Error) -> Vec<Outcome<T>> {
    if error.kind() == ErrorKind::Refused {
        return all_rejected(users, reason(&error).unwrap_or(WITHOUT_REASON));
    }
    let error = Arc::new(error);
    (0..users).map(|_| Outcome::Unknown(Arc::clone(&error))).collect()
}

/// Stands for the service's words where it has none.
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
    let unreadable = |_| Error::decode(&BATCH_DEACTIVATE_USERS, "the answer names users in an unknown shape");
    serde_json::from_value(data.clone()).map(Some).map_err(unreadable)
}

/// What a result says of the users that it names. A user who is both written and failed has failed.
fn named(result: BatchUpsertUsersResult) -> impl Iterator<Item = (Vec<Key>, Outcome<SessionUser>)> {
    let failed = result.failed.unwrap_or_default().into_iter().map(|FailedUser { user, error }| {
        let keys = user.as_deref().map(Key::of_user).unwrap_or_default();
        (keys, Outcome::Rejected(error.unwrap_or_else(|| WITHOUT_REASON.to_owned())))
    });
    let written = result.success.unwrap_or_default().into_iter();
    failed.chain(written.map(|user| (Key::of_user(&user), Outcome::Accepted(user))))
}
