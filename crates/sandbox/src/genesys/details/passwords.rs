//! Passwords, of which only hashes are kept.

use axum::http::StatusCode;
use genesys_users::SecretText;
use genesys_users::types::{ChangeMyPasswordRequest, ChangePasswordRequest};
use sha2::{Digest, Sha256};

use crate::credentials::SANDBOX;
use crate::genesys::model::user::User;
use crate::genesys::request::{body, me, no_content, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("postUserPassword", set), ("postUsersMePassword", change_mine)];

/// The shortest accepted password.
pub(crate) const MIN_PASSWORD: usize = 8;

/// Sets a valid password.
pub(crate) fn set_password(users: &mut Users, index: u64, password: &str) {
    let print = fingerprint(users, index, password);
    users.details.passwords.insert(index, print);
}

/// Whether this is the password of a user. Initially, the sample people share one, and created users have none.
fn is_password(users: &Users, user: &User<'_>, password: &str) -> bool {
    match users.details.passwords.get(&user.index) {
        Some(print) => *print == fingerprint(users, user.index, password),
        None => user.person.is_some() && password == SANDBOX.genesys_password,
    }
}

fn set(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: ChangePasswordRequest = body(call)?;
    let password = checked(given.new_password.as_ref())?;
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    set_password(&mut users, index, password);
    Ok(no_content())
}

fn change_mine(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: ChangeMyPasswordRequest = body(call)?;
    let old = given.old_password.as_ref().ok_or_else(|| Error::missing("oldPassword"))?.expose();
    let password = checked(given.new_password.as_ref())?;
    let mut users = genesys.users();
    let user = me(&users, call)?;
    if !is_password(&users, &user, old) {
        return Err(refused("oldPassword", "The old password is wrong."));
    }
    if old == password {
        return Err(refused("newPassword", "The new password is the old one."));
    }
    let index = user.index;
    set_password(&mut users, index, password);
    Ok(no_content())
}

fn checked(password: Option<&SecretText>) -> Result<&str, Error> {
    let password = password.ok_or_else(|| Error::missing("newPassword"))?.expose();
    if password.chars().count() < MIN_PASSWORD {
        return Err(refused("newPassword", format!("A password has at least {MIN_PASSWORD} characters.")));
    }
    Ok(password)
}

fn refused(field: &str, message: impl Into<Box<str>>) -> Error {
    Error { field: Some(field.into()), ..Error::new(StatusCode::BAD_REQUEST, "invalid.password", message) }
}

fn fingerprint(users: &Users, index: u64, password: &str) -> String {
    let mut hash = Sha256::new();
    for part in [&users.people.seed.to_le_bytes()[..], &index.to_le_bytes(), password.as_bytes()] {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
