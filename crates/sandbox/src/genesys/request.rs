//! What handlers have in common: bodies, the user of a call, cursors, and small replies.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::model::user::{User, UserState};
use super::store::Users;
use crate::http::{Call, Error, Reply};

/// The body of a call. Unknown fields were refused before.
pub(super) fn body<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, Error> {
    serde_json::from_slice(&call.incoming.body).map_err(|error| {
        // The message of serde_json can quote the body; its position cannot.
        let (line, column) = (error.line(), error.column());
        Error::bad_request(format!("The body does not match its schema: error at line {line}, column {column}."))
    })
}

/// The user named by the path of a call, unless deleted.
pub(super) fn subject<'a>(users: &'a Users, call: &Call<'_>) -> Result<User<'a>, Error> {
    users.living(call.path("userId")).ok_or_else(no_such_user)
}

/// The user whose token makes the call.
pub(super) fn me<'a>(users: &'a Users, call: &Call<'_>) -> Result<User<'a>, Error> {
    let user = users.get(call.person.ok_or_else(not_a_user)?).filter(|user| user.state == UserState::Active);
    user.ok_or_else(|| Error::unauthorized(["Bearer realm=\"genesys\", error=\"invalid_token\""]))
}

/// Which user a call is about: [`subject`] or [`me`].
pub(super) type Whose = for<'a, 'b, 'c> fn(&'a Users, &'b Call<'c>) -> Result<User<'a>, Error>;

/// A change that is impossible as things are.
pub(super) fn bad_request(message: &str) -> Error {
    Error::new(StatusCode::BAD_REQUEST, "general.bad.request", message)
}

/// A call for which a program, with a token of the client credentials grant, does not count as a user.
pub(super) fn not_a_user() -> Error {
    let message = "This operation requires the token of a user. A token of the client credentials grant has no user.";
    Error::new(StatusCode::BAD_REQUEST, "not.a.user", message)
}

pub(super) fn no_such_user() -> Error {
    Error::not_found("There is no such user.")
}

pub(super) fn too_many(limit: usize) -> Error {
    let message = format!("The request holds more than {limit} items.");
    Error::new(StatusCode::BAD_REQUEST, "too.many.items", message)
}

/// A reply that lists everything on one page.
pub(super) fn complete(call: &Call<'_>, entities: Vec<Value>) -> Reply {
    let total = entities.len();
    Reply::json(&json!({
        "entities": entities, "pageSize": total, "pageNumber": 1, "pageCount": usize::from(total > 0), "total": total,
        "selfUri": call.uri, "firstUri": call.uri, "lastUri": call.uri,
    }))
}

pub(super) fn no_content() -> Reply {
    Reply::empty(StatusCode::NO_CONTENT)
}

/// A position in a listing, encoded so that clients do not parse it.
pub(super) fn cursor(listing: &str, position: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{listing}/{position}"))
}

/// The position that a cursor of this listing names; 0 without one.
pub(super) fn position(call: &Call<'_>, parameter: &str, listing: &str) -> Result<u64, Error> {
    let Some(cursor) = call.filter(parameter) else { return Ok(0) };
    let position = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|text| {
        let text = String::from_utf8(text).ok()?;
        text.strip_prefix(listing)?.strip_prefix('/')?.parse().ok()
    });
    position.ok_or_else(|| Error::invalid(parameter, "must be a cursor from a response of this listing"))
}

/// The size of a page, from 1 to `max`; more is reduced to `max`.
pub(super) fn page_size(name: &str, given: Option<i64>, default: u64, max: u64) -> Result<u64, Error> {
    at_least_one(name, given, default).map(|size| size.min(max))
}

/// A number that counts from 1.
pub(super) fn at_least_one(name: &str, given: Option<i64>, default: u64) -> Result<u64, Error> {
    let Some(given) = given else { return Ok(default) };
    u64::try_from(given).ok().filter(|given| *given > 0).ok_or_else(|| Error::invalid(name, "must be at least 1"))
}
