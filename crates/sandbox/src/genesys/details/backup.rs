//! Direct routing backups: who takes over interactions that a user does not answer.

use genesys_users::types::AgentDirectRoutingBackupSettings;
use serde_json::{Value, json};

use crate::genesys::model::backups::Backup;
use crate::genesys::model::user::User;
use crate::genesys::request::{Whose, body, me, no_content, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getRoutingUserDirectroutingbackupSettings", |genesys, call| get(genesys, call, subject)),
    ("putRoutingUserDirectroutingbackupSettings", |genesys, call| put(genesys, call, subject)),
    ("deleteRoutingUserDirectroutingbackupSettings", |genesys, call| delete(genesys, call, subject)),
    ("getRoutingDirectroutingbackupSettingsMe", |genesys, call| get(genesys, call, me)),
    ("putRoutingDirectroutingbackupSettingsMe", |genesys, call| put(genesys, call, me)),
    ("deleteRoutingDirectroutingbackupSettingsMe", |genesys, call| delete(genesys, call, me)),
];

fn get(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let users = genesys.users();
    shown(&users, &whose(&users, call)?).map(|shown| Reply::json(&shown))
}

fn put(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let given: AgentDirectRoutingBackupSettings = body(call)?;
    let mut users = genesys.users();
    let index = whose(&users, call)?.index;
    if given.queue_id.is_none() && given.user_id.is_none() {
        return Err(Error::missing("queueId"));
    }
    let queue = |id: &String| {
        let found = users.reference().queues().find(id);
        found.ok_or_else(|| Error::invalid("queueId", "must be the id of a queue"))
    };
    let user = |id: &String| match users.living(id).map(|user| user.index) {
        None => Err(Error::invalid("userId", "must be the id of a user")),
        Some(user) if user == index => Err(Error::invalid("userId", "must be the id of another user")),
        Some(user) => Ok(user),
    };
    if given.agent_wait_seconds.is_some_and(|seconds| !Backup::WAIT.contains(&seconds)) {
        let (least, most) = (*Backup::WAIT.start(), *Backup::WAIT.end());
        return Err(Error::invalid("agentWaitSeconds", &format!("must be from {least} to {most}")));
    }
    let backup = Backup {
        user: given.user_id.as_ref().map(user).transpose()?,
        queue: given.queue_id.as_ref().map(queue).transpose()?,
        wait_for_agent: given.wait_for_agent.unwrap_or(false),
        wait_seconds: given.agent_wait_seconds,
    };
    let people = users.people;
    users.details.backups.set(people, index, Some(backup));
    shown(&users, &whose(&users, call)?).map(|shown| Reply::json(&shown))
}

fn delete(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let (index, people) = (whose(&users, call)?.index, users.people);
    users.details.backups.set(people, index, None).ok_or_else(none)?;
    Ok(no_content())
}

fn shown(users: &Users, user: &User<'_>) -> Result<Value, Error> {
    let backups = &users.details.backups;
    let backup = backups.of(users.people, user.index).ok_or_else(none)?;
    let backed_up = backups.backed_up.get(&user.index).into_iter().flatten();
    let backed_up: Vec<String> = backed_up.map(|index| users.id(*index)).collect();
    let mut shown = json!({ "waitForAgent": backup.wait_for_agent, "backedUpUsers": backed_up });
    if let Some(queue) = backup.queue {
        shown["queueId"] = json!(users.reference().queues().id(queue));
    }
    if let Some(index) = backup.user {
        shown["userId"] = json!(users.id(index));
    }
    if let Some(seconds) = backup.wait_seconds {
        shown["agentWaitSeconds"] = json!(seconds);
    }
    Ok(shown)
}

fn none() -> Error {
    Error::not_found("The user has no direct routing backup.")
}
