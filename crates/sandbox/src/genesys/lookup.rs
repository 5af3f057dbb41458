//! What searches and analytics ask about users: one place, so that the rest need not know how users are kept.

use serde_json::Value;

use super::expand::Expand;
use super::store::{User, Users};
use super::view;
use crate::http::{Call, Caller};

/// The user as an answer shows it, with these parts.
pub(super) fn shown(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    view::user(users, user, expand)
}

/// The index of the user who calls. A program acts as the first person.
pub(super) fn me(users: &Users, call: &Call<'_>) -> Option<u64> {
    match &call.caller {
        Caller::User(id) => users.by_id(id).map(|user| user.index),
        Caller::Program | Caller::Anonymous => users.get(0).map(|user| user.index),
    }
}
