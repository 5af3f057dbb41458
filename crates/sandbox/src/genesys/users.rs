//! Users: list, read, create, update, delete.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

use super::expand::Expand;
use super::listing::{Filter, Listing};
use super::page::Page;
use super::store::{State, User, Users};
use super::{Genesys, fields, view};
use crate::http::{Call, Failure, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("deleteUser", delete), ("getUser", get), ("getUsers", list), ("patchUser", update), ("postUsers", create)];

/// A shorter password is refused, after the user has been created.
const MIN_PASSWORD: usize = 8;

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Failure> {
    let page = Page::of(call)?;
    let (ids, jabber_ids): (Vec<_>, Vec<_>) = (call.query.all("id").collect(), call.query.all("jabberId").collect());
    if !ids.is_empty() && !jabber_ids.is_empty() {
        return Err(Failure::invalid("jabberId", "cannot be given together with `id`"));
    }
    let filter = match call.query("state").unwrap_or("active") {
        "any" => Filter::Any,
        state => Filter::Only(State::parse(state).ok_or_else(|| Failure::invalid("state", "is no state"))?),
    };
    let descending = matches!(call.query("sortOrder"), Some("DESC" | "descending"));
    let expand = expand(call);

    let users = genesys.users();
    let (total, indices) = if ids.is_empty() && jabber_ids.is_empty() {
        let listing = Listing::new(&users, filter);
        let total = listing.total();
        let place = |n: u64| if descending { total.checked_sub(n + 1) } else { Some(n) };
        (total, page.range(total).filter_map(|n| listing.nth(place(n)?)).collect::<Vec<_>>())
    } else {
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
        (total, page.range(total).filter_map(|n| chosen.get(n as usize).copied()).collect())
    };
    let entities = indices.into_iter().filter_map(|index| users.get(index));
    let entities = entities.map(|user| view::user(&users, &user, &expand)).collect();
    Ok(Reply::json(&page.answer(call, total, entities)))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Failure> {
    let users = genesys.users();
    let user = users.by_id(call.path("userId"));
    // An inactive user is one that is not deleted, and so is found without asking for a state.
    let deleted = call.query("state") == Some("deleted");
    let user = user.filter(|user| (user.state == State::Deleted) == deleted).ok_or_else(not_found)?;
    Ok(Reply::json(&view::user(&users, &user, &expand(call))))
}

fn create(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Failure> {
    let body = call.json_object()?;
    let mut given = fields::read(&body, fields::CREATE)?;
    for name in ["name", "email"] {
        if !given.contains_key(name) {
            return Err(Failure::missing(name));
        }
    }
    let state = fields::state(&body, &[State::Active, State::Inactive])?.unwrap_or(State::Active);
    let password = match body.get("password") {
        None | Some(Value::Null) => None,
        Some(Value::String(password)) => Some(password),
        Some(_) => return Err(Failure::invalid("password", "must be a text")),
    };
    if let Some(Value::String(division)) = given.remove("divisionId") {
        given.insert("division".to_owned(), view::division_named(&division));
    }
    given.retain(|_, value| !value.is_null());
    let email = given.get("email").cloned().unwrap_or_default();

    let mut users = genesys.users();
    if email.as_str().is_some_and(|email| users.by_email(email).is_some()) {
        return Err(Failure::conflict("general.conflict", "There is a user with this e-mail address."));
    }
    given.insert("username".to_owned(), email);
    let index = users.create(state, given);
    let user = users.get(index).ok_or_else(not_found)?;
    if password.is_some_and(|password| password.chars().count() < MIN_PASSWORD) {
        let message = "The user was created, but the password is too short. Set one with postUserPassword.";
        let failure = Failure::new(StatusCode::BAD_REQUEST, "invalid.password", message);
        return Err(Failure { entity: Some(user.id.into()), field: Some("password".into()), ..failure });
    }
    Ok(Reply::json(&view::user(&users, &user, &Expand::default())))
}

fn update(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Failure> {
    let body = call.json_object()?;
    let mut changes = fields::read(&body, fields::UPDATE)?;
    let state = fields::state(&body, &[State::Active, State::Inactive, State::Deleted])?;

    let mut users = genesys.users();
    let user = users.by_id(call.path("userId")).ok_or_else(not_found)?;
    check_version(&body, &user)?;
    if let Some(manager) = manager(&body, &users)? {
        changes.insert("manager".to_owned(), manager);
    }
    let index = user.index;
    let holder = changes.get("email").and_then(Value::as_str).and_then(|email| users.by_email(email));
    if holder.is_some_and(|holder| holder.index != index) {
        return Err(Failure::conflict("general.conflict", "There is another user with this e-mail address."));
    }
    users.update(index, state, changes);
    let user = users.get(index).ok_or_else(not_found)?;
    Ok(Reply::json(&view::user(&users, &user, &Expand::default())))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Failure> {
    let mut users = genesys.users();
    let user = users.by_id(call.path("userId")).filter(|user| user.state != State::Deleted);
    let index = user.ok_or_else(not_found)?.index;
    users.update(index, Some(State::Deleted), Map::new());
    Ok(Reply::json(&json!({})))
}

fn not_found() -> Failure {
    Failure::not_found("There is no such user.")
}

fn expand<'a>(call: &'a Call<'_>) -> Expand<'a> {
    Expand::new(call.query.all("expand"), call.query("integrationPresenceSource"))
}

fn check_version(body: &Map<String, Value>, user: &User<'_>) -> Result<(), Failure> {
    let version = body.get("version").ok_or_else(|| Failure::missing("version"))?;
    let version = version.as_i64().ok_or_else(|| Failure::invalid("version", "is no whole number"))?;
    if version == user.version {
        return Ok(());
    }
    let message = "The user has changed since this version. Read it again and repeat the update.";
    Err(Failure { entity: Some(user.id.as_str().into()), ..Failure::conflict("version.conflict", message) })
}

/// The manager that a body names by id, as the answer shows it; `null` to have none.
fn manager(body: &Map<String, Value>, users: &Users) -> Result<Option<Value>, Failure> {
    match body.get("manager") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Value::Null)),
        Some(Value::String(id)) if id.is_empty() => Ok(Some(Value::Null)),
        Some(Value::String(id)) if users.by_id(id).is_some() => Ok(Some(view::reference(id))),
        Some(_) => Err(Failure::invalid("manager", "is no id of a user")),
    }
}
