//! Routing status: whether somebody is on queue, and busy.

use std::collections::BTreeMap;

use genesys_users::types::{RoutingStatus, RoutingStatusValue};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{body, subject};
use crate::clock;
use crate::genesys::Genesys;
use crate::genesys::store::{State, User, Users, moment};
use crate::http::{Call, Error, Handler, Reply};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("getUserRoutingstatus", get), ("putUserRoutingstatus", put)];

/// When the sample people took on the status they have at first.
pub(in crate::genesys) const SEEN: &str = "2024-12-02T08:00:00.000Z";

/// What has been set.
pub(super) type Routing = BTreeMap<u64, Set>;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Set {
    status: Status,
    since: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(in crate::genesys) enum Status {
    OffQueue,
    Idle,
    Interacting,
    NotResponding,
    Communicating,
}

impl Status {
    const ALL: [Self; 5] = [Self::OffQueue, Self::Idle, Self::Interacting, Self::NotResponding, Self::Communicating];

    pub(in crate::genesys) fn as_str(self) -> &'static str {
        match self {
            Self::OffQueue => "OFF_QUEUE",
            Self::Idle => "IDLE",
            Self::Interacting => "INTERACTING",
            Self::NotResponding => "NOT_RESPONDING",
            Self::Communicating => "COMMUNICATING",
        }
    }

    pub(in crate::genesys) fn is_on_queue(self) -> bool {
        self != Self::OffQueue
    }
}

/// The routing status of a user. Of the sample people who are active, every second is off queue at first.
pub(in crate::genesys) fn status(users: &Users, user: &User<'_>) -> Status {
    if user.state != State::Active {
        return Status::OffQueue;
    }
    if let Some(set) = users.details.routing.get(&user.index) {
        return set.status;
    }
    let drawn = Draw::new(users.people.seed, "routingStatus", user.index).below(8);
    match drawn {
        4 | 5 if user.person.is_some() => Status::Idle,
        6 if user.person.is_some() => Status::Interacting,
        7 if user.person.is_some() => Status::Communicating,
        _ => Status::OffQueue,
    }
}

/// Whether a user has a conversation that was routed.
pub(in crate::genesys) fn is_interacting(users: &Users, user: &User<'_>) -> bool {
    status(users, user) == Status::Interacting
}

/// Since when a user has the routing status.
pub(in crate::genesys) fn since(users: &Users, user: &User<'_>) -> String {
    users.details.routing.get(&user.index).map_or_else(|| SEEN.to_owned(), |set| set.since.clone())
}

/// The routing status of a user as the service shows it.
pub(in crate::genesys) fn routing_status(users: &Users, user: &User<'_>) -> Value {
    json!({ "userId": user.id, "status": status(users, user).as_str(), "startTime": since(users, user) })
}

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&routing_status(&users, &subject(&users, call)?)))
}

fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: RoutingStatus = body(call)?;
    let wanted = given.status.as_ref().map(RoutingStatusValue::as_str).ok_or_else(|| Error::missing("status"))?;
    let wanted = Status::ALL.into_iter().find(|known| known.as_str() == wanted);
    let wanted = wanted.ok_or_else(|| Error::invalid("status", "is no routing status"))?;
    if given.user_id.as_deref().is_some_and(|sent| sent != call.path("userId")) {
        return Err(Error::invalid("userId", "is another than that of the path"));
    }
    let mut users = genesys.users();
    let user = subject(&users, call)?;
    if user.state != State::Active && wanted.is_on_queue() {
        return Err(Error::conflict("general.conflict", "The user is not active and so cannot go on queue."));
    }
    if status(&users, &user) != wanted {
        let index = user.index;
        users.details.routing.insert(index, Set { status: wanted, since: moment(clock::now()) });
    }
    Ok(Reply::json(&routing_status(&users, &subject(&users, call)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_status_is_known() {
        let known: Vec<&str> = Status::ALL.into_iter().map(Status::as_str).collect();
        assert_eq!(known, RoutingStatusValue::VALUES);
    }
}
