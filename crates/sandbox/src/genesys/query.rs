//! `getUsersQuery`: users by cursor.
//!
//! A cursor names the next user rather than an offset, so that no user is missing or repeated when others are created or
//! deleted meanwhile.

use serde_json::{Value, json};

use super::expand::Expand;
use super::listing::{Filter, Listing};
use super::lookup;
use super::model::user::UserState;
use super::page::max_users;
use super::request::{cursor, page_size, position};
use super::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("getUsersQuery", list)];

const DEFAULT_SIZE: u64 = 25;

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let size = page_size("pageSize", call.integer("pageSize"), DEFAULT_SIZE, max_users(call))?;
    let filter = match call.filter("state").unwrap_or("active") {
        "any" => Filter::Any,
        state => Filter::Only(
            UserState::parse(state)
                .ok_or_else(|| Error::invalid("state", "must be one of active, inactive, deleted, any"))?,
        ),
    };
    let descending = match call.filter("sortOrder") {
        None | Some("ASC") => false,
        Some("DESC") => true,
        Some(_) if call.open => false,
        Some(_) => return Err(Error::invalid("sortOrder", "must be one of ASC, DESC")),
    };
    let expand = Expand::new(call.query.all("expand"), call.filter("integrationPresenceSource"));
    let expand = expand.without(&call.incoming.left_out);
    // The direction is a part of the cursor, since a cursor is valid for one order only.
    let listing_name = if descending { "users-down" } else { "users-up" };
    let next = position(call, "cursor", listing_name)?;

    let users = genesys.users();
    let listing = Listing::new(&users, filter);
    let total = listing.total();
    let first = match (descending, next) {
        (false, index) => listing.before(index.min(users.end())),
        (true, 0) => 0,
        // The next one is the nearest remaining user before `index`.
        (true, index) => total - listing.before(index.min(users.end())),
    };
    let last = first.saturating_add(size).min(total);
    let nth = |n: u64| if descending { listing.nth(total - 1 - n) } else { listing.nth(n) };
    let indices: Vec<u64> = (first..last).filter_map(nth).collect();
    let entities: Vec<Value> = indices
        .iter()
        .filter_map(|index| users.get(*index))
        .map(|user| lookup::shown(&users, &user, &expand))
        .collect();

    let uri = |query: String| if query.is_empty() { call.uri.to_owned() } else { format!("{}?{query}", call.uri) };
    let mut response =
        json!({ "results": entities.len(), "entities": entities, "selfUri": uri(call.query.replace(&[])) });
    if let Some(index) = indices.last().filter(|_| last < total) {
        let next = cursor(listing_name, if descending { *index } else { index + 1 });
        response["nextUri"] = json!(uri(call.query.replace(&[("cursor", next.clone())])));
        response["cursor"] = json!(next);
    }
    Ok(Reply::json(&response))
}
