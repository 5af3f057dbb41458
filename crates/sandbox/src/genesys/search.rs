//! Searches: who meets some conditions.
//!
//! Conditions are joined as the index behind the platform joins them: all with `AND` (or without an operator) must hold,
//! none with `NOT` may, and of those with `OR` at least one must. `group` nests. Text is compared without regard to case.
//! Unless a condition names the field `state`, only active users are found.
//!
//! A condition that names users by id or e-mail address is answered without a walk, and so is a search for everybody in a
//! state. Every other walks through all users, one at a time, and lets other requests have their turn meanwhile.

mod condition;
mod field;
mod find;
mod order;
mod q64;
mod text;

use std::sync::{Arc, PoisonError};

use genesys_users::types::{UserExpand, UserSearchRequest};
use serde_json::{Value, json};

use self::condition::Conditions;
use self::find::{Found, Search, Walk};
use self::order::Order;
use super::expand::Expand;
use super::lookup;
use super::model::user::UserState;
use super::request::{at_least_one, body, page_size};
use super::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUsersSearch", repeat),
    ("postUsersSearch", search),
    ("postUsersSearchConversationTarget", search_targets),
    ("postUsersSearchQueuemembersManage", search),
    ("postUsersSearchTeamsAssign", search),
];

const DEFAULT_SIZE: u64 = 25;
/// A page holds no more, whatever is asked for.
const MAX_SIZE: u64 = 100;

fn search(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    answer(genesys, body(call)?, None)
}

/// Nobody can be reached whose account is switched off.
fn search_targets(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    answer(genesys, body(call)?, Some(UserState::Active))
}

fn repeat(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut request = q64::decode(call.query("q64").unwrap_or_default())?;
    let expand: Vec<String> = call.query.all("expand").map(str::to_owned).collect();
    if !expand.is_empty() {
        request.expand = Some(expand);
    }
    if let Some(source) = call.query("integrationPresenceSource") {
        request.integration_presence_source = Some(source.into());
    }
    answer(genesys, request, None)
}

fn answer(genesys: &Genesys, request: UserSearchRequest, only: Option<UserState>) -> Result<Reply, Error> {
    let size = page_size("pageSize", request.page_size, DEFAULT_SIZE, MAX_SIZE)?;
    let number = at_least_one("pageNumber", request.page_number, 1)?;
    let conditions = Conditions::new(request.query.as_deref().unwrap_or_default())?;
    let order = Order::new(&request)?;
    let mut wanted = request.expand.iter().flatten().map(String::as_str);
    if let Some(unknown) = wanted.find(|value| !UserExpand::VALUES.contains(value)) {
        let known = UserExpand::VALUES.join(", ");
        return Err(Error::invalid("expand", &format!("holds `{unknown}`, which is none of {known}")));
    }
    let start = (number - 1).saturating_mul(size);
    let search = Search::new(conditions, only, order, start..start.saturating_add(size));
    let shown = move |users: &Users, found: Found| page(users, &request, &found, size, number);

    let users = genesys.users();
    if let Some(found) = search.at_once(&users) {
        return Ok(Reply::json(&shown(&users, found)));
    }
    let mut walk = Walk::new(search);
    if let Some(found) = walk.step(&users) {
        return Ok(Reply::json(&shown(&users, found)));
    }
    let users = Arc::clone(&genesys.directory);
    Ok(Reply::json_in_steps(move || {
        let users = users.lock().unwrap_or_else(PoisonError::into_inner);
        walk.step(&users).map(|found| shown(&users, found))
    }))
}

/// A page of those who were found, as the answer has it.
fn page(users: &Users, request: &UserSearchRequest, found: &Found, size: u64, number: u64) -> Value {
    let source = request.integration_presence_source.as_ref().map(|source| source.as_str());
    let expand = Expand::new(request.expand.iter().flatten().map(String::as_str), source);
    let results = found.page.iter().filter_map(|index| users.get(*index));
    let results: Vec<Value> = results.map(|user| lookup::shown(users, &user, &expand)).collect();

    let pages = found.total.div_ceil(size);
    let mut answer = json!({
        "total": found.total, "pageCount": pages, "pageSize": size, "pageNumber": number,
        "currentPage": q64::encode(request, number), "types": ["users"], "results": results,
    });
    if number < pages {
        answer["nextPage"] = json!(q64::encode(request, number + 1));
    }
    if number > 1 {
        answer["previousPage"] = json!(q64::encode(request, number - 1));
    }
    answer
}
