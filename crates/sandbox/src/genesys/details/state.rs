//! The state of an account, with date and reason of its last change, and invitations to activate it.

use genesys_users::types;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::genesys::model::user::{StateChange, User, UserState};
use crate::genesys::request::{body, no_content, no_such_user, subject};
use crate::genesys::store::Genesys;
use crate::genesys::users::check_version;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("getUserState", get), ("putUserState", put), ("postUserInvite", invite)];

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    // Deleted users have a state, too.
    let user = users.by_id(call.path("userId")).ok_or_else(no_such_user)?;
    Ok(Reply::json(&shown(&user)))
}

fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: types::UserState = body(call)?;
    let wanted = given.state.as_ref().ok_or_else(|| Error::missing("state"))?;
    let wanted = UserState::parse(wanted.as_str());
    let wanted = wanted.ok_or_else(|| Error::invalid("state", "must be one of active, inactive, deleted"))?;
    if !call.open && given.state_change_reason.as_ref().is_some_and(|reason| !reason.is_recognized()) {
        return Err(Error::invalid("stateChangeReason", "must be a documented reason"));
    }
    let mut users = genesys.users();
    let user = users.by_id(call.path("userId")).ok_or_else(no_such_user)?;
    check_version(given.version.ok_or_else(|| Error::missing("version"))?, &user)?;
    let index = user.index;
    users.update(index, Some(wanted), Map::new());
    let reason = given.state_change_reason.map(|reason| reason.as_str().to_owned());
    users.explain_state(index, StateChange { date: clock::rfc3339(clock::now()), reason });
    let user = users.get(index).ok_or_else(no_such_user)?;
    Ok(Reply::json(&shown(&user)))
}

/// Records an invitation. While one is outstanding, another requires `force`. The sandbox sends no e-mail. A user who was
/// created without a state becomes active.
fn invite(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let force = call.query("force") == Some("true");
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let sent = clock::rfc3339(clock::now());
    let invitations = &mut users.details.invitations;
    if force {
        invitations.insert(index, sent);
    } else {
        invitations.entry(index).or_insert(sent);
    }
    if users.details.stateless.contains(&index) {
        users.update(index, Some(UserState::Active), Map::new());
    }
    Ok(no_content())
}

fn shown(user: &User<'_>) -> Value {
    let mut shown = json!({ "state": user.state.as_str(), "version": user.version });
    if let Some(change) = user.state_change {
        shown["stateChangeDate"] = json!(change.date);
        if let Some(reason) = &change.reason {
            shown["stateChangeReason"] = json!(reason);
        }
    }
    shown
}
