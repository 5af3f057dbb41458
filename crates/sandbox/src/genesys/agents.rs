//! Auto-answer settings of agents, and monitoring of their screens.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::user::{User, user_reference};
use super::request::{no_content, no_such_user, subject};
use super::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteUserScreenmonitorsSession", end_session),
    ("deleteUsersAgentuiAgentsAutoanswerAgentIdSettings", delete_settings),
    ("getUserScreenmonitorsSession", get_session),
    ("getUsersAgentuiAgentsAutoanswerAgentIdSettings", get_settings),
    ("patchUsersAgentuiAgentsAutoanswerAgentIdSettings", |genesys, call| set_settings(genesys, call, true)),
    ("postUserScreenmonitorsSessions", start_session),
    ("putUsersAgentuiAgentsAutoanswerAgentIdSettings", |genesys, call| set_settings(genesys, call, false)),
];

/// Whether interactions are answered, by media type.
type Settings = BTreeMap<String, bool>;

fn agent<'a>(users: &'a Users, call: &Call<'_>) -> Result<User<'a>, Error> {
    users.living(call.path("agentId")).ok_or_else(no_such_user)
}

fn no_settings() -> Error {
    Error::not_found("The agent has no auto-answer settings.")
}

/// The settings of an agent. At first every tenth person answers calls so.
fn settings(users: &Users, index: u64) -> Option<Settings> {
    match users.details.auto_answers.get(&index) {
        Some(changed) => changed.clone(),
        None => {
            let is_original = index < users.people.count && index.is_multiple_of(10);
            is_original.then(|| Settings::from([("call".to_owned(), true)]))
        }
    }
}

fn settings_shown(settings: &Settings) -> Value {
    let shown = settings.iter().map(|(media, enabled)| (media.clone(), json!({ "enabled": enabled })));
    json!({ "settings": shown.collect::<serde_json::Map<_, _>>() })
}

fn get_settings(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let held = settings(&users, agent(&users, call)?.index).ok_or_else(no_settings)?;
    Ok(Reply::json(&settings_shown(&held)))
}

/// With `keep`, media types that are left out keep their setting.
fn set_settings(genesys: &Genesys, call: &Call<'_>, keep: bool) -> Result<Reply, Error> {
    let body = call.json_object()?;
    let given = body.get("settings").and_then(Value::as_object).ok_or_else(|| Error::missing("settings"))?;
    let mut users = genesys.users();
    let index = agent(&users, call)?.index;
    let mut held = settings(&users, index).filter(|_| keep).unwrap_or_default();
    for (media, setting) in given {
        let enabled = setting.get("enabled").and_then(Value::as_bool);
        held.insert(media.clone(), enabled.ok_or_else(|| Error::missing("settings.enabled").with_entity(media))?);
    }
    let shown = settings_shown(&held);
    users.details.auto_answers.insert(index, Some(held));
    Ok(Reply::json(&shown))
}

fn delete_settings(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let index = agent(&users, call)?.index;
    settings(&users, index).ok_or_else(no_settings)?;
    users.details.auto_answers.insert(index, None);
    Ok(no_content())
}

fn sessions(users: &Users) -> IdSpace {
    IdSpace::new(users.people.seed, "screen monitoring")
}

fn no_such_session() -> Error {
    Error::not_found("The screen of the user is not monitored in such a session.")
}

/// A program monitors in the name of the first person, who is the administrator.
fn start_session(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let target = subject(&users, call)?.index;
    let number = genesys.extras().monitors.start(call.person.unwrap_or_default(), target);
    Ok(Reply::json(&json!({ "screenMonitoringId": sessions(&users).uuid(number) })))
}

/// The number of the session in the path, if it is about the user in the path.
fn session(genesys: &Genesys, users: &Users, call: &Call<'_>) -> Result<u32, Error> {
    let target = subject(users, call)?.index;
    let number = sessions(users).index_of_uuid(call.path("screenMonitoringId"));
    let extras = genesys.extras();
    let is_known = |number: &u32| extras.monitors.sessions.get(number).is_some_and(|session| session.target == target);
    number.filter(is_known).ok_or_else(no_such_session)
}

fn get_session(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let number = session(genesys, &users, call)?;
    let extras = genesys.extras();
    let session = extras.monitors.sessions.get(&number).ok_or_else(no_such_session)?;
    Ok(Reply::json(&json!({
        "screenMonitoringId": sessions(&users).uuid(number), "monitoringType": "AgentLevel",
        "sourceUser": user_reference(&users.id(session.source)),
        "targetUser": user_reference(&users.id(session.target)),
        "dateCreated": session.since, "selfUri": call.uri,
    })))
}

fn end_session(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    let number = session(genesys, &users, call)?;
    genesys.extras().monitors.sessions.remove(&number);
    Ok(no_content())
}
