//! Presences: whether somebody is there, as each source tells.
//!
//! No operation of the API sets one, but routing does: who is on queue is present as that.

use serde_json::{Value, json};

use super::routing;
use crate::genesys::model::user::{User, UserState};
use crate::genesys::store::Users;
use crate::random::Draw;

/// The source that the platform itself is.
const PLATFORM: &str = "PURECLOUD";

/// As many of the known presences, from the first, can be drawn.
const DRAWN: u64 = 4;

/// The presence of a user at one source, as a place in the list of presences.
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

/// The presence of a user at one source, that of the platform if none is given, as the service shows it.
pub(crate) fn presence(users: &Users, user: &User<'_>, source: Option<&str>) -> Value {
    let (id, source) = (&user.id, source.unwrap_or(PLATFORM));
    let changed = if source == PLATFORM { routing::since(users, user) } else { routing::SEEN.to_owned() };
    json!({
        "id": id, "source": source, "primary": source == PLATFORM, "message": "", "modifiedDate": changed,
        "presenceDefinition": users.reference().presence(presence_of(users, user, source)),
        "selfUri": format!("/api/v2/users/{id}/presences/{}", source.to_lowercase()),
    })
}
