//! Searches of users by conditions.
//!
//! Conditions are joined as on the platform: all with `AND` (or without an operator) must hold,
//! none with `NOT` may, and of those with `OR` at least one must. `group` nests. Text is compared ignoring case.
//! Unless a condition names the field `state`, only active users are found.
//!
//! Conditions on ids or e-mail addresses use the index, and so do searches for all users in a state. Other searches scan all
//! users, in small steps between which other requests are served.

mod condition;
mod field;
mod find;
mod order;
mod text;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use genesys_users::types::{UserExpand, UserSearchRequest};
use serde_json::{Value, json};

use self::condition::Conditions;
use self::find::{Found, Scan, Search};
use self::order::Order;
use super::expand::Expand;
use super::lookup;
use super::model::user::UserState;
use super::recent::Reader;
use super::request::{at_least_one, body, page_size};
use super::store::{self, Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUsersSearch", repeat),
    ("postUsersSearch", search),
    ("postUsersSearchConversationTarget", search_targets),
    ("postUsersSearchQueuemembersManage", search),
    ("postUsersSearchTeamsAssign", search),
];

const DEFAULT_SIZE: u64 = 25;
/// Larger pages are reduced to this size.
const MAX_SIZE: u64 = 100;

fn search(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    answer(genesys, call, body(call)?, None)
}

/// Only active users can be reached.
fn search_targets(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    answer(genesys, call, body(call)?, Some(UserState::Active))
}

fn repeat(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut request = decode_q64(call.query("q64").unwrap_or_default())?;
    let expand: Vec<String> = call.query.all("expand").map(str::to_owned).collect();
    if !expand.is_empty() {
        request.expand = Some(expand);
    }
    if let Some(source) = call.query("integrationPresenceSource") {
        request.integration_presence_source = Some(source.into());
    }
    answer(genesys, call, request, None)
}

fn answer(
    genesys: &Genesys,
    call: &Call<'_>,
    request: UserSearchRequest,
    only: Option<UserState>,
) -> Result<Reply, Error> {
    let size = page_size("pageSize", request.page_size, DEFAULT_SIZE, MAX_SIZE)?;
    let number = at_least_one("pageNumber", request.page_number, 1)?;
    let conditions = Conditions::new(request.query.as_deref().unwrap_or_default())?;
    let order = Order::new(&request)?;
    let mut wanted = request.expand.iter().flatten().map(String::as_str);
    if let Some(unknown) = wanted.find(|value| !call.open && !UserExpand::VALUES.contains(value)) {
        let known = UserExpand::VALUES.join(", ");
        return Err(Error::invalid("expand", &format!("holds `{unknown}`, which must be one of {known}")));
    }
    let start = (number - 1).saturating_mul(size);
    let search = Search::new(conditions, only, order, start..start.saturating_add(size));
    let left_out = call.incoming.left_out.clone();
    let shown = move |users: &Users, found: Found| page(users, &request, &left_out, &found, size, number);

    let users = store::lock(&genesys.directory, Reader::Search);
    // Indexes know current users only.
    if let Some(found) = search.at_once(&users).filter(|_| !users.recent.is_behind()) {
        return Ok(Reply::json(&shown(&users, found)));
    }
    let mut walk = Scan::new(search);
    if let Some(found) = walk.step(&users) {
        return Ok(Reply::json(&shown(&users, found)));
    }
    let users = Arc::clone(&genesys.directory);
    Ok(Reply::json_in_steps(move || {
        let users = store::lock(&users, Reader::Search);
        walk.step(&users).map(|found| Ok(shown(&users, found)))
    }))
}

/// A page of the found users.
fn page(
    users: &Users,
    request: &UserSearchRequest,
    left_out: &[&'static str],
    found: &Found,
    size: u64,
    number: u64,
) -> Value {
    let source = request.integration_presence_source.as_ref().map(|source| source.as_str());
    let expand = Expand::new(request.expand.iter().flatten().map(String::as_str), source).without(left_out);
    let results = found.page.iter().filter_map(|index| users.get(*index));
    let results: Vec<Value> = results.map(|user| lookup::shown(users, &user, &expand)).collect();

    let pages = found.total.div_ceil(size);
    let mut response = json!({
        "total": found.total, "pageCount": pages, "pageSize": size, "pageNumber": number,
        "currentPage": encode_q64(request, number), "types": ["users"], "results": results,
    });
    if number < pages {
        response["nextPage"] = json!(encode_q64(request, number + 1));
    }
    if number > 1 {
        response["previousPage"] = json!(encode_q64(request, number - 1));
    }
    response
}

/// A search for another page, as `q64` in the URIs of responses: JSON in standard base64. Clients that do not
/// percent-encode it are detected.
fn encode_q64(request: &UserSearchRequest, page: u64) -> String {
    let request = UserSearchRequest { page_number: i64::try_from(page).ok(), ..request.clone() };
    // A type of text, numbers and lists always serializes.
    STANDARD.encode(serde_json::to_vec(&request).unwrap_or_default())
}

fn decode_q64(q64: &str) -> Result<UserSearchRequest, Error> {
    let bytes = STANDARD.decode(q64).or_else(|_| URL_SAFE_NO_PAD.decode(q64.trim_end_matches('=')));
    let bytes = bytes.map_err(|_| Error::invalid("q64", "must be base64: percent-encode the value of a response"))?;
    serde_json::from_slice(&bytes).map_err(|_| Error::invalid("q64", "must be a search from an earlier response"))
}
