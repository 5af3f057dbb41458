//! The routing status of users.

use genesys_users::types::{self, RoutingStatusValue};
use serde_json::{Value, json};

use crate::clock;
use crate::genesys::model::details::{Routing, RoutingStatus};
use crate::genesys::model::user::{User, UserState};
use crate::genesys::request::{bad_request, body, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("getUserRoutingstatus", get), ("putUserRoutingstatus", put)];

/// The time of the initial status.
pub(crate) const SEEN: &str = "2024-12-02T08:00:00.000Z";

/// The routing status of a user. Initially, half of the active sample people are off queue.
pub(crate) fn status(users: &Users, user: &User<'_>) -> RoutingStatus {
    if user.state != UserState::Active {
        return RoutingStatus::OffQueue;
    }
    if let Some(set) = users.details.routing.get(&user.index) {
        return set.status;
    }
    let drawn = Draw::new(users.people.seed, "routingStatus", user.index).below(8);
    match drawn {
        4 | 5 if user.person.is_some() => RoutingStatus::Idle,
        6 if user.person.is_some() => RoutingStatus::Interacting,
        7 if user.person.is_some() => RoutingStatus::Communicating,
        _ => RoutingStatus::OffQueue,
    }
}

/// Whether a user has a conversation that was routed.
pub(crate) fn is_interacting(users: &Users, user: &User<'_>) -> bool {
    status(users, user) == RoutingStatus::Interacting
}

/// The time of the current routing status.
pub(crate) fn since(users: &Users, user: &User<'_>) -> String {
    users.details.routing.get(&user.index).map_or_else(|| SEEN.to_owned(), |set| set.since.clone())
}

/// The routing status of a user as the service shows it.
pub(crate) fn routing_status(users: &Users, user: &User<'_>) -> Value {
    json!({ "userId": user.id, "status": status(users, user).as_str(), "startTime": since(users, user) })
}

/// A user whom routing does not know is off queue: the response does not tell whether there is such a user.
fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let (users, id) = (genesys.users(), call.path("userId"));
    let unknown = || json!({ "userId": id, "status": RoutingStatus::OffQueue.as_str() });
    let shown = users.living(id).map_or_else(unknown, |user| routing_status(&users, &user));
    Ok(Reply::json(&shown))
}

fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: types::RoutingStatus = body(call)?;
    let wanted = given.status.as_ref().map(RoutingStatusValue::as_str).ok_or_else(|| Error::missing("status"))?;
    let wanted = RoutingStatus::ALL.into_iter().find(|known| known.as_str() == wanted);
    let wanted = wanted.ok_or_else(|| Error::invalid("status", "must be a routing status"))?;
    if given.user_id.as_deref().is_some_and(|sent| sent != call.path("userId")) {
        return Err(Error::invalid("userId", "must be that of the path"));
    }
    let mut users = genesys.users();
    let user = subject(&users, call)?;
    if user.state != UserState::Active && wanted.is_on_queue() {
        return Err(bad_request("The user is not active and so cannot go on queue."));
    }
    if status(&users, &user) != wanted {
        let index = user.index;
        users.details.routing.insert(index, Routing { status: wanted, since: clock::rfc3339(clock::now()) });
    }
    Ok(Reply::json(&routing_status(&users, &subject(&users, call)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_status_is_supported() {
        let known: Vec<&str> = RoutingStatus::ALL.into_iter().map(RoutingStatus::as_str).collect();
        assert_eq!(known, RoutingStatusValue::VALUES);
    }
}
