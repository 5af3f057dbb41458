//! Call forwarding.

use genesys_users::types::{CallForwarding, CallForwardingPatch, CallForwardingVoicemail, CallTargetType};
use serde_json::{Value, json};

use crate::clock;
use crate::genesys::model::details::Forwarding;
use crate::genesys::model::user::{User, user_reference};
use crate::genesys::request::{body, not_a_user, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("getUserCallforwarding", get), ("putUserCallforwarding", put), ("patchUserCallforwarding", patch)];

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&shown(&users, &subject(&users, call)?)))
}

fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    call.person.ok_or_else(not_a_user)?;
    let given: CallForwarding = body(call)?;
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let forwarding = Forwarding {
        enabled: given.enabled.unwrap_or(false),
        phone_number: given.phone_number.filter(|number| !number.is_empty()),
        calls: given.calls.unwrap_or_default(),
        voicemail: given.voicemail,
        modified: None,
    };
    store(&mut users, call, index, forwarding)?;
    Ok(Reply::json(&shown(&users, &subject(&users, call)?)))
}

fn patch(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    call.person.ok_or_else(not_a_user)?;
    let given: CallForwardingPatch = body(call)?;
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    let mut forwarding = users.details.forwardings.get(&index).cloned().unwrap_or_default();
    if !given.enabled.is_absent() {
        forwarding.enabled = given.enabled.into_option().unwrap_or(false);
    }
    if !given.phone_number.is_absent() {
        forwarding.phone_number = given.phone_number.into_option().filter(|number| !number.is_empty());
    }
    if !given.calls.is_absent() {
        forwarding.calls = given.calls.into_option().unwrap_or_default();
    }
    if !given.voicemail.is_absent() {
        forwarding.voicemail = given.voicemail.into_option();
    }
    store(&mut users, call, index, forwarding)?;
    Ok(Reply::json(&shown(&users, &subject(&users, call)?)))
}

fn store(users: &mut Users, call: &Call<'_>, index: u64, forwarding: Forwarding) -> Result<(), Error> {
    if !call.open && forwarding.voicemail.as_ref().is_some_and(|voicemail| !voicemail.is_recognized()) {
        return Err(Error::invalid("voicemail", "must be one of PURECLOUD, LASTCALL, NONE"));
    }
    let mut targets = forwarding.calls.iter().flat_map(|route| route.targets.iter().flatten()).peekable();
    if forwarding.enabled && forwarding.phone_number.is_none() && targets.peek().is_none() {
        return Err(Error::invalid("enabled", "cannot be true without a number or a target in `calls`"));
    }
    for target in targets {
        let value = target.value.as_deref().filter(|value| !value.is_empty());
        let value = value.ok_or_else(|| Error::invalid("calls", "holds a target without value"))?;
        match &target.type_ {
            Some(CallTargetType::Phonenumber) => {}
            Some(CallTargetType::Station) if users.reference().stations().find(value).is_some() => {}
            Some(CallTargetType::Station) => {
                return Err(Error::invalid("calls", "holds a target whose value is not the id of a station"));
            }
            _ => return Err(Error::invalid("calls", "holds a target whose type is neither STATION nor PHONENUMBER")),
        }
    }
    let modified = Some(clock::rfc3339(clock::now()));
    users.details.forwardings.insert(index, Forwarding { modified, ..forwarding });
    Ok(())
}

fn shown(users: &Users, user: &User<'_>) -> Value {
    let forwarding = users.details.forwardings.get(&user.index).cloned().unwrap_or_default();
    let mut shown = json!({
        "id": user.id, "user": user_reference(&user.id), "enabled": forwarding.enabled, "calls": forwarding.calls,
        "voicemail": forwarding.voicemail.unwrap_or(CallForwardingVoicemail::None),
        "selfUri": format!("/api/v2/users/{}/callforwarding", user.id),
    });
    for (name, text) in [("phoneNumber", forwarding.phone_number), ("modifiedDate", forwarding.modified)] {
        if let Some(text) = text {
            shown[name] = json!(text);
        }
    }
    shown
}
