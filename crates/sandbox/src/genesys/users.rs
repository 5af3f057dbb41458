//! Users: list, read, create, update, delete.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use genesys_users::generated::operations::PATCH_USERS_BULK_MAX_ITEMS;
use genesys_users::types::PatchUser;
use serde_json::{Map, Value, json};

use super::contacts;
use super::details::passwords;
use super::expand::Expand;
use super::listing::{Filter, Listing};
use super::model::user::{User, UserState, user_reference};
use super::page::Page;
use super::reference::List;
use super::request::{body, complete, no_such_user, too_many};
use super::store::{Genesys, Users};
use super::{fields, render};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteUser", delete),
    ("getUser", get),
    ("getUsers", list),
    ("patchUser", update),
    ("patchUsersBulk", update_several),
    ("postUsers", create),
];

/// How many inactive users the listing shows. `pageCount` counts all of them.
const MAX_INACTIVE: usize = 10_000;

/// How many users a listing can select by id.
const MAX_IDS: usize = 100;

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let wanted = Page::of_users(call)?;
    let filter = match call.query("state").unwrap_or("active") {
        "any" => Filter::Any,
        state => Filter::Only(UserState::parse(state).ok_or_else(|| Error::invalid("state", "must be a state"))?),
    };
    if filter == Filter::Only(UserState::Inactive) && wanted.end() > MAX_INACTIVE {
        let message = format!("The listing of inactive users ends after {MAX_INACTIVE} users. Use getUsersQuery.");
        return Err(Error::bad_request(message));
    }
    let expand = Expand::of(call);
    let users = genesys.users();
    let (total, indices) = page(&users, call, wanted, filter, "jabberId")?;
    let entities = indices.into_iter().filter_map(|index| users.get(index));
    let entities = entities.map(|user| render::user(&users, &user, &expand)).collect();
    Ok(Reply::json(&wanted.envelope(call, total, entities)))
}

/// The total of a listing, and the users on one page: all that match, or those selected by `id` or by the parameter for
/// Jabber ids.
pub(super) fn page(
    users: &Users,
    call: &Call<'_>,
    page: Page,
    filter: Filter,
    jabber_parameter: &str,
) -> Result<(u64, Vec<u64>), Error> {
    let ids: Vec<_> = call.query.all("id").collect();
    let jabber_ids: Vec<_> = call.query.all(jabber_parameter).collect();
    if !ids.is_empty() && !jabber_ids.is_empty() {
        return Err(Error::invalid(jabber_parameter, "cannot be given together with `id`"));
    }
    if ids.len() > MAX_IDS {
        let message = format!("At most {MAX_IDS} users can be selected by id.");
        let error = Error::new(StatusCode::BAD_REQUEST, "max.user.ids", message);
        return Err(Error { field: Some("id".into()), ..error });
    }
    let descending = matches!(call.query("sortOrder"), Some("DESC" | "descending"));
    if ids.is_empty() && jabber_ids.is_empty() {
        let listing = Listing::new(users, filter);
        let total = listing.total();
        let place = |n: u64| if descending { total.checked_sub(n + 1) } else { Some(n) };
        return Ok((total, page.range(total).filter_map(|n| listing.nth(place(n)?)).collect()));
    }
    let by_id = ids.into_iter().filter_map(|id| users.by_id(id));
    let by_jabber_id = jabber_ids.into_iter().filter_map(|id| users.by_jabber_id(id));
    let chosen = by_id.chain(by_jabber_id).filter(|user| filter.matches(user.state));
    let mut chosen: Vec<u64> = chosen.map(|user| user.index).collect();
    chosen.sort_unstable();
    chosen.dedup();
    if descending {
        chosen.reverse();
    }
    let total = chosen.len() as u64;
    Ok((total, page.range(total).filter_map(|n| chosen.get(n as usize).copied()).collect()))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = users.by_id(call.path("userId"));
    // Active and inactive users are found without a state.
    let deleted = call.query("state") == Some("deleted");
    let user = user.filter(|user| (user.state == UserState::Deleted) == deleted).ok_or_else(no_such_user)?;
    Ok(Reply::json(&render::user(&users, &user, &Expand::of(call))))
}

fn create(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let mut given = fields::read(&body, fields::CREATE)?;
    for name in ["name", "email"] {
        if !given.contains_key(name) {
            return Err(Error::missing(name));
        }
    }
    let state = fields::state(&body, &[UserState::Active, UserState::Inactive])?;
    let password = match body.get("password") {
        None | Some(Value::Null) => None,
        Some(Value::String(password)) => Some(password),
        Some(_) => return Err(Error::invalid("password", "must be a text")),
    };
    let mut users = genesys.users();
    if let Some(Value::String(id)) = given.remove("divisionId") {
        let divisions = users.reference().divisions();
        let division = divisions.find(&id).and_then(|place| divisions.entity(place));
        let division = division.ok_or_else(|| Error::invalid("divisionId", "must be the id of a division"))?;
        given.insert("division".to_owned(), division);
    }
    given.retain(|_, value| !value.is_null());
    if let Some(Value::Array(addresses)) = given.get_mut("addresses") {
        *addresses = contacts::stored(addresses, &[])?;
    }
    let email = given.get("email").cloned().unwrap_or_default();
    if email.as_str().is_some_and(|email| users.by_email(email).is_some()) {
        return Err(Error::conflict("general.conflict", "There is a user with this e-mail address."));
    }
    given.insert("username".to_owned(), email);
    let index = users.create(state.unwrap_or(UserState::Inactive), given);
    if state.is_none() {
        users.details.stateless.insert(index);
    }
    let too_short = |password: &&String| password.chars().count() < passwords::MIN_PASSWORD;
    if let Some(password) = password.filter(|password| !too_short(password)) {
        passwords::set_password(&mut users, index, password);
    }
    let user = users.get(index).ok_or_else(no_such_user)?;
    if password.as_ref().is_some_and(too_short) {
        let message = "The user was created, but the password is too short. Set one with postUserPassword.";
        let error = Error::new(StatusCode::BAD_REQUEST, "invalid.password", message);
        return Err(Error { entity: Some(user.id.into()), field: Some("password".into()), ..error });
    }
    Ok(Reply::json(&render::user(&users, &user, &Expand::default())))
}

fn update(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let mut changes = fields::read(&body, fields::UPDATE)?;
    let state = fields::state(&body, &[UserState::Active, UserState::Inactive, UserState::Deleted])?;
    let version = version(&body)?;

    let mut users = genesys.users();
    let user = users.by_id(call.path("userId")).ok_or_else(no_such_user)?;
    check_version(version, &user)?;
    check_references(&changes, "groups", users.reference().groups())?;
    check_references(&changes, "locations", users.reference().locations())?;
    check_primary_email(&changes, &users, &user)?;
    if let Some(Value::Array(addresses)) = changes.get_mut("addresses") {
        let shown = render::user(&users, &user, &Expand::default());
        *addresses = contacts::stored(addresses, shown["addresses"].as_array().map_or(&[], Vec::as_slice))?;
    }
    if let Some(Value::Array(locations)) = changes.get_mut("locations") {
        define(locations, users.reference().locations());
    }
    if let Some(manager) = manager(&body, &users)? {
        changes.insert("manager".to_owned(), manager);
    }
    if state.is_some() {
        // The state goes alone: what is sent beside it is checked, and changes nothing.
        changes.clear();
    }
    let index = user.index;
    let holder = changes.get("email").and_then(Value::as_str).and_then(|email| users.by_email(email));
    if holder.is_some_and(|holder| holder.index != index) {
        return Err(Error::conflict("general.conflict", "There is another user with this e-mail address."));
    }
    users.update(index, state, changes);
    let user = users.get(index).ok_or_else(no_such_user)?;
    Ok(Reply::json(&render::user(&users, &user, &Expand::default())))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let user = users.by_id(call.path("userId")).filter(|user| user.state != UserState::Deleted);
    let index = user.ok_or_else(no_such_user)?.index;
    users.update(index, Some(UserState::Deleted), Map::new());
    Ok(Reply::json(&json!({})))
}

/// Sets automatic answering of several users; of none if one of them does not exist.
fn update_several(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<PatchUser> = body(call)?;
    if given.len() > PATCH_USERS_BULK_MAX_ITEMS {
        return Err(too_many(PATCH_USERS_BULK_MAX_ITEMS));
    }
    let mut users = genesys.users();
    let mut changes = BTreeMap::new();
    for user in given {
        let id = user.id.into_option().ok_or_else(|| Error::missing("id"))?;
        let found = users.living(&id).map(|user| user.index);
        let unknown = || Error::invalid("id", "must be the id of a user").with_entity(&id);
        let auto_answer = user.acd_auto_answer.into_option();
        let auto_answer = auto_answer.ok_or_else(|| Error::missing("acdAutoAnswer").with_entity(&id))?;
        changes.insert(found.ok_or_else(unknown)?, auto_answer);
    }
    for (index, auto_answer) in &changes {
        users.update(*index, None, Map::from_iter([("acdAutoAnswer".to_owned(), json!(auto_answer))]));
    }
    let changed = changes.into_keys().filter_map(|index| users.get(index));
    let entities = changed.map(|user| render::user(&users, &user, &Expand::default())).collect();
    Ok(complete(call, entities))
}

/// Refuses a version that is not the current one of the user.
pub(super) fn check_version(version: i64, user: &User<'_>) -> Result<(), Error> {
    if version == user.version {
        return Ok(());
    }
    let message = "The user has changed since this version. Read it again and repeat the update.";
    Err(Error { entity: Some(user.id.as_str().into()), ..Error::conflict("general.conflict", message) })
}

fn version(body: &Map<String, Value>) -> Result<i64, Error> {
    let version = body.get("version").ok_or_else(|| Error::missing("version"))?;
    version.as_i64().ok_or_else(|| Error::invalid("version", "must be a whole number"))
}

/// Refuses another primary e-mail address among the addresses: the field `email` changes it.
fn check_primary_email(changes: &Map<String, Value>, users: &Users, user: &User<'_>) -> Result<(), Error> {
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_primary = |item: &&Value| {
        text(item, "mediaType").as_deref() == Some("EMAIL") && text(item, "type").as_deref() == Some("PRIMARY")
    };
    let primary = changes.get("addresses").and_then(Value::as_array).into_iter().flatten().filter(is_primary);
    let is_held = |email: String| users.by_email(&email).is_some_and(|holder| holder.index == user.index);
    if primary.filter_map(|item| text(item, "address")).all(is_held) {
        return Ok(());
    }
    Err(Error::invalid("addresses", "must leave the PRIMARY address of the type EMAIL as it is: `email` changes it"))
}

/// Refuses items of a field without an id of a list.
fn check_references(changes: &Map<String, Value>, field: &str, list: List) -> Result<(), Error> {
    let items = changes.get(field).and_then(Value::as_array).into_iter().flatten();
    let known = |item: &Value| item.get("id").and_then(Value::as_str).is_some_and(|id| list.find(id).is_some());
    if items.into_iter().all(known) { Ok(()) } else { Err(Error::invalid(field, "holds an item with an unknown id")) }
}

/// Adds the site that each location is at, whatever the request has of it. Where it is drawn is not for a request to say.
fn define(locations: &mut [Value], list: List) {
    for location in locations {
        let place = location.get("id").and_then(Value::as_str).and_then(|id| list.find(id));
        location["locationDefinition"] = json!(place.and_then(|place| list.entity(place)));
        location.as_object_mut().map(|fields| fields.remove("floorplanId"));
    }
}

/// The reference to the manager that a body names by id; `null` for none.
fn manager(body: &Map<String, Value>, users: &Users) -> Result<Option<Value>, Error> {
    match body.get("manager") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Value::Null)),
        Some(Value::String(id)) if id.is_empty() => Ok(Some(Value::Null)),
        Some(Value::String(id)) if users.living(id).is_some() => Ok(Some(user_reference(id))),
        Some(_) => Err(Error::invalid("manager", "must be the id of a user")),
    }
}
