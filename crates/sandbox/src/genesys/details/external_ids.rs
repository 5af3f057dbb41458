//! The ids of users in other systems.

use axum::http::StatusCode;
use genesys_users::types::UserExternalIdentifier;
use serde_json::{Value, json};

use crate::genesys::expand::Expand;
use crate::genesys::model::details::Keys;
use crate::genesys::model::user::User;
use crate::genesys::render;
use crate::genesys::request::{body, no_content, no_such_user, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserExternalid", list),
    ("postUserExternalid", add),
    ("getUserExternalidAuthorityName", get),
    ("deleteUserExternalidAuthorityNameExternalKey", delete),
    ("getUsersExternalidAuthorityNameExternalKey", find),
];

/// The largest number of external ids of a user.
const LIMIT: usize = 100;

/// The authority of employee numbers.
const STAFF: &str = "staff";

fn keys(users: &Users, user: &User<'_>) -> Keys {
    if let Some(keys) = users.details.external_ids.keys.get(&user.index) {
        return keys.clone();
    }
    user.person.iter().map(|person| (STAFF.to_owned(), person.employee_number.clone())).collect()
}

/// The user with this key, deleted or not.
fn holder<'a>(users: &'a Users, authority: &str, key: &str) -> Option<User<'a>> {
    let ids = &users.details.external_ids;
    if let Some(index) = ids.holders.get(authority).and_then(|holders| holders.get(key)) {
        return users.get(*index);
    }
    // Without a change, the key is the employee number.
    let index: u64 = key.strip_prefix('E')?.parse().ok()?;
    let user = users.get(index).filter(|_| authority == STAFF && !ids.keys.contains_key(&index))?;
    user.person.as_ref().is_some_and(|person| person.employee_number == key).then_some(user)
}

fn list(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&shown(&users, &subject(&users, call)?)))
}

fn add(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: UserExternalIdentifier = body(call)?;
    let filled = |name: &str, value: Option<String>| match value {
        None => Err(Error::missing(name)),
        Some(value) if value.trim().is_empty() => Err(Error::invalid(name, "is empty")),
        Some(value) => Ok(value),
    };
    let authority = filled("authorityName", given.authority_name)?;
    let key = filled("externalKey", given.external_key)?;

    let mut users = genesys.users();
    let user = subject(&users, call)?;
    let (index, mut keys) = (user.index, keys(&users, &user));
    if holder(&users, &authority, &key).is_some() {
        return Err(Error::conflict("general.conflict", "There is a user with this key of this authority."));
    }
    if keys.contains_key(&authority) {
        return Err(Error::conflict("general.conflict", "The user has a key of this authority; delete it first."));
    }
    if keys.len() >= LIMIT {
        let message = format!("A user has at most {LIMIT} external ids.");
        return Err(Error::new(StatusCode::BAD_REQUEST, "limit.exceeded", message));
    }
    keys.insert(authority, key);
    users.details.external_ids.set(index, keys);
    Ok(Reply::json(&shown(&users, &subject(&users, call)?)))
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = subject(&users, call)?;
    let authority = call.path("authorityName");
    let key = keys(&users, &user).remove(authority).ok_or_else(absent)?;
    Ok(Reply::json(&entity(&user, authority, &key)))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let user = subject(&users, call)?;
    let (index, mut keys) = (user.index, keys(&users, &user));
    let key = keys.remove(call.path("authorityName"));
    if key.as_deref() != Some(call.path("externalKey")) {
        return Err(absent());
    }
    users.details.external_ids.set(index, keys);
    Ok(no_content())
}

fn find(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let user = holder(&users, call.path("authorityName"), call.path("externalKey"));
    let user = user.and_then(|user| users.living(&user.id)).ok_or_else(no_such_user)?;
    Ok(Reply::json(&render::user(&users, &user, &Expand::of(call))))
}

fn shown(users: &Users, user: &User<'_>) -> Value {
    keys(users, user).iter().map(|(authority, key)| entity(user, authority, key)).collect()
}

fn entity(user: &User<'_>, authority: &str, key: &str) -> Value {
    let uri = format!("/api/v2/users/{}/externalid/{}", user.id, crate::http::encode(authority));
    json!({ "authorityName": authority, "externalKey": key, "selfUri": uri })
}

fn absent() -> Error {
    Error::not_found("The user has no such external id.")
}
