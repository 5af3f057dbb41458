//! Who takes over interactions that were routed directly to somebody who does not answer.

use std::collections::{BTreeMap, BTreeSet};

use genesys_users::types::AgentDirectRoutingBackupSettings;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{body, is_equipped, no_content, subject};
use crate::genesys::Genesys;
use crate::genesys::store::{User, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::people::People;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getRoutingUserDirectroutingbackupSettings", |genesys, call| get(genesys, call, Whose::Path)),
    ("putRoutingUserDirectroutingbackupSettings", |genesys, call| put(genesys, call, Whose::Path)),
    ("deleteRoutingUserDirectroutingbackupSettings", |genesys, call| delete(genesys, call, Whose::Path)),
    ("getRoutingDirectroutingbackupSettingsMe", |genesys, call| get(genesys, call, Whose::Caller)),
    ("putRoutingDirectroutingbackupSettingsMe", |genesys, call| put(genesys, call, Whose::Caller)),
    ("deleteRoutingDirectroutingbackupSettingsMe", |genesys, call| delete(genesys, call, Whose::Caller)),
];

/// The settings that have been changed, none where they were removed, and for whom somebody is the backup. Every tenth of
/// the sample people has the first queue as backup from the start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Backups {
    settings: BTreeMap<u64, Option<Backup>>,
    backed_up: BTreeMap<u64, BTreeSet<u64>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Backup {
    taker: Taker,
    wait_for_agent: bool,
    wait_seconds: Option<i64>,
}

/// Who takes over.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Taker {
    Queue(usize),
    User(u64),
}

/// Whose settings a call is about.
#[derive(Clone, Copy)]
enum Whose {
    Path,
    Caller,
}

impl Whose {
    fn user<'a>(self, users: &'a Users, call: &Call<'_>) -> Result<User<'a>, Error> {
        match self {
            Self::Path => subject(users, call),
            Self::Caller => crate::genesys::me::me(users, call),
        }
    }
}

fn get(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let users = genesys.users();
    shown(&users, &whose.user(&users, call)?).map(|shown| Reply::json(&shown))
}

fn put(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let given: AgentDirectRoutingBackupSettings = body(call)?;
    let mut users = genesys.users();
    let index = whose.user(&users, call)?.index;
    let taker = match (&given.queue_id, &given.user_id) {
        (Some(_), Some(_)) => return Err(Error::invalid("userId", "cannot be given together with `queueId`")),
        (None, None) => return Err(Error::missing("queueId")),
        (Some(queue), None) => Taker::Queue(
            users.reference().queues().find(queue).ok_or_else(|| Error::invalid("queueId", "is no id of a queue"))?,
        ),
        (None, Some(user)) => {
            let user = users.living(user).ok_or_else(|| Error::invalid("userId", "is no id of a user"))?.index;
            if user == index {
                return Err(Error::invalid("userId", "is that of the user who is to be backed up"));
            }
            Taker::User(user)
        }
    };
    if given.agent_wait_seconds.is_some_and(|seconds| seconds < 0) {
        return Err(Error::invalid("agentWaitSeconds", "is negative"));
    }
    let backup =
        Backup { taker, wait_for_agent: given.wait_for_agent.unwrap_or(false), wait_seconds: given.agent_wait_seconds };
    let people = users.people;
    users.details.backups.set(people, index, Some(backup));
    shown(&users, &whose.user(&users, call)?).map(|shown| Reply::json(&shown))
}

fn delete(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let (index, people) = (whose.user(&users, call)?.index, users.people);
    users.details.backups.set(people, index, None).ok_or_else(none)?;
    Ok(no_content())
}

impl Backups {
    fn of(&self, people: People, index: u64) -> Option<Backup> {
        let at_first = Backup { taker: Taker::Queue(0), wait_for_agent: true, wait_seconds: Some(30) };
        match self.settings.get(&index) {
            Some(changed) => changed.clone(),
            None => is_equipped(people, index).then_some(at_first),
        }
    }

    /// Sets or removes the settings of a user, and gives back those from before.
    fn set(&mut self, people: People, index: u64, backup: Option<Backup>) -> Option<Backup> {
        let before = self.of(people, index);
        if let Some(Backup { taker: Taker::User(taker), .. }) = before
            && let Some(backed_up) = self.backed_up.get_mut(&taker)
        {
            backed_up.remove(&index);
        }
        if let Some(Backup { taker: Taker::User(taker), .. }) = backup {
            self.backed_up.entry(taker).or_default().insert(index);
        }
        if before.is_some() || backup.is_some() {
            self.settings.insert(index, backup);
        }
        before
    }
}

fn shown(users: &Users, user: &User<'_>) -> Result<Value, Error> {
    let backups = &users.details.backups;
    let backup = backups.of(users.people, user.index).ok_or_else(none)?;
    let backed_up = backups.backed_up.get(&user.index).into_iter().flatten();
    let backed_up: Vec<String> = backed_up.map(|index| users.people.id(*index)).collect();
    let mut shown = json!({ "waitForAgent": backup.wait_for_agent, "backedUpUsers": backed_up });
    match backup.taker {
        Taker::Queue(queue) => shown["queueId"] = json!(users.reference().queues().id(queue)),
        Taker::User(index) => shown["userId"] = json!(users.people.id(index)),
    }
    if let Some(seconds) = backup.wait_seconds {
        shown["agentWaitSeconds"] = json!(seconds);
    }
    Ok(shown)
}

fn none() -> Error {
    Error::not_found("The user has no direct routing backup.")
}
