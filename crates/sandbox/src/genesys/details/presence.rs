//! Presences of users, by source.
//!
//! No operation of the API sets one, but the routing status does: a user on queue has the presence `OnQueue`.

use serde_json::{Value, json};

use super::routing;
use crate::genesys::model::user::{User, UserState};
use crate::genesys::store::Users;
use crate::random::Draw;

/// The platform as a source.
const PLATFORM: &str = "PURECLOUD";

/// The number of presences that can be drawn, from the first.
const DRAWN: u64 = 4;

/// The presence of a user at one source, as a position in the list of presences.
pub(crate) fn presence_of(users: &Users, user: &User<'_>, source: &str) -> usize {
    let list = users.reference().presences();
    let named = |name: &str| list.find_name(name).unwrap_or_default();
    if source == PLATFORM && routing::status(users, user).is_on_queue() {
        return named("OnQueue");
    }
    if user.state != UserState::Active || user.person.is_none() {
        return named("Offline");
    }
    Draw::new(users.people.seed, source, user.index).below(DRAWN) as usize
}

/// The presence of a user at one source, by default the platform, as the service shows it.
pub(crate) fn presence(users: &Users, user: &User<'_>, source: Option<&str>) -> Value {
    let (id, source) = (&user.id, source.unwrap_or(PLATFORM));
    let changed = if source == PLATFORM { routing::since(users, user) } else { routing::SEEN.to_owned() };
    json!({
        "id": id, "source": source, "primary": source == PLATFORM, "message": "", "modifiedDate": changed,
        "presenceDefinition": users.reference().presence(presence_of(users, user, source)),
        "selfUri": format!("/api/v2/users/{id}/presences/{}", source.to_lowercase()),
    })
}
