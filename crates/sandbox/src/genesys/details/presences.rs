//! The presence of users, as each source reports it, and the source that counts.
//!
//! On the platform, presence and routing status follow each other: a user on queue has the presence `OnQueue`, and one who
//! chooses another presence goes off queue.

use serde_json::{Map, Value, json};

use super::routing::{self, SEEN};
use crate::clock;
use crate::genesys::model::details::{Routing, RoutingStatus};
use crate::genesys::model::user::{User, UserState};
use crate::genesys::reference::Reference;
use crate::genesys::request::{body, no_such_user, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::random::Draw;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getPresenceUserPrimarysource", get_primary),
    ("getUserPresence", |genesys, call| get(genesys, call, of_path)),
    ("getUserPresencesPurecloud", |genesys, call| get(genesys, call, platform)),
    ("getUsersPresenceBulk", |genesys, call| get_several(genesys, call, of_bulk_path)),
    ("getUsersPresencesPurecloudBulk", |genesys, call| get_several(genesys, call, platform)),
    ("patchUserPresence", |genesys, call| patch(genesys, call, of_path)),
    ("patchUserPresencesPurecloud", |genesys, call| patch(genesys, call, platform)),
    ("putPresenceUserPrimarysource", put_primary),
    ("putUsersPresencesBulk", put_several),
];

/// Custom sources, and their names in `integrationPresenceSource`, from which presences are drawn. The first is the platform.
const CUSTOM: [(&str, &str); 5] = [
    ("PURECLOUD", "PURECLOUD"),
    ("MICROSOFTTEAMS", "MicrosoftTeams"),
    ("ZOOMPHONE", "ZoomPhone"),
    ("EIGHTBYEIGHT", "EightByEight"),
    ("RINGCENTRAL", "RingCentral"),
];

/// The number of presences that can be drawn, from the first.
const DRAWN: u64 = 4;

/// Who reports a presence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// By its position in `CUSTOM`.
    Custom(usize),
    /// By its position in the list of registered sources.
    Registered(usize),
}

impl Source {
    pub(crate) const PLATFORM: Self = Self::Custom(0);

    /// The custom source of a name, ignoring case.
    pub(crate) fn custom(name: &str) -> Option<Self> {
        CUSTOM.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)).map(Self::Custom)
    }

    fn registered(reference: Reference, id: &str) -> Option<Self> {
        reference.presence_sources().find(id).map(Self::Registered)
    }

    /// The name of a custom source, or the id of a registered one.
    fn id(self, reference: Reference) -> String {
        match self {
            Self::Custom(position) => CUSTOM.get(position).map(|(name, _)| (*name).to_owned()),
            Self::Registered(position) => reference.presence_sources().id(position),
        }
        .unwrap_or_default()
    }
}

/// How an operation names its source.
type SourceOf = fn(Reference, &Call<'_>) -> Result<Source, Error>;

fn platform(_: Reference, _: &Call<'_>) -> Result<Source, Error> {
    Ok(Source::PLATFORM)
}

fn no_such_source() -> Error {
    Error::not_found("There is no such source of presence.")
}

/// A custom source: registered ones are refused.
fn of_path(reference: Reference, call: &Call<'_>) -> Result<Source, Error> {
    let id = call.path("sourceId");
    if Source::registered(reference, id).is_some() {
        let message = "must be a custom source; putUsersPresencesBulk and getUsersPresenceBulk take registered ones";
        return Err(Error::invalid("sourceId", message));
    }
    Source::custom(id).ok_or_else(no_such_source)
}

fn of_bulk_path(reference: Reference, call: &Call<'_>) -> Result<Source, Error> {
    let id = call.path("sourceId");
    Source::custom(id).or_else(|| Source::registered(reference, id)).ok_or_else(no_such_source)
}

/// The source that counts for a user.
fn primary(users: &Users, user: &User<'_>) -> Source {
    let chosen = users.details.presences.primary.get(&user.index);
    let known = |id: &String| Source::custom(id).or_else(|| Source::registered(users.reference(), id));
    chosen.and_then(known).unwrap_or(Source::PLATFORM)
}

/// The presence of a user at a source, as a position in the list of presences, and its time.
fn current(users: &Users, user: &User<'_>, source: Source) -> (usize, String) {
    let list = users.reference().presences();
    let named = |name: &str| list.find_name(name).unwrap_or_default();
    let routed = if source == Source::PLATFORM { routing::since(users, user) } else { SEEN.to_owned() };
    if source == Source::PLATFORM && routing::status(users, user).is_on_queue() {
        return (named("OnQueue"), routed);
    }
    let set = users.details.presences.at(user.index, &source.id(users.reference()));
    // Both have the same form, so the later one is the larger text.
    let since = set.map_or_else(String::new, |set| set.since.clone()).max(routed);
    let place = match set.and_then(|set| set.definition) {
        _ if user.state != UserState::Active => named("Offline"),
        Some(place) => place,
        None if user.person.is_none() => named("Offline"),
        None => drawn(users, user, source),
    };
    (place, since)
}

/// The presence of a sample person without changes.
fn drawn(users: &Users, user: &User<'_>, source: Source) -> usize {
    let id;
    let purpose = match source {
        Source::Custom(position) => CUSTOM.get(position).map_or("", |(_, drawn_by)| drawn_by),
        Source::Registered(_) => {
            id = source.id(users.reference());
            id.as_str()
        }
    };
    Draw::new(users.people.seed, purpose, user.index).below(DRAWN) as usize
}

/// The presence of a user at a source as the service shows it.
pub(crate) fn presence(users: &Users, user: &User<'_>, source: Source) -> Value {
    let (user_id, id) = (&user.id, source.id(users.reference()));
    let (place, since) = current(users, user, source);
    let message = users.details.presences.at(user.index, &id).and_then(|set| set.message.as_deref());
    let name = if matches!(source, Source::Custom(_)) { "source" } else { "sourceId" };
    json!({
        "id": user_id, name: id, "primary": primary(users, user) == source, "message": message.unwrap_or_default(),
        "modifiedDate": since, "presenceDefinition": users.reference().presence(place),
        "selfUri": format!("/api/v2/users/{user_id}/presences/{}", id.to_lowercase()),
    })
}

fn get(genesys: &Genesys, call: &Call<'_>, source: SourceOf) -> Result<Reply, Error> {
    let users = genesys.users();
    let source = source(users.reference(), call)?;
    Ok(Reply::json(&presence(&users, &subject(&users, call)?, source)))
}

/// The presences of the users that exist.
fn get_several(genesys: &Genesys, call: &Call<'_>, source: SourceOf) -> Result<Reply, Error> {
    let users = genesys.users();
    let source = source(users.reference(), call)?;
    let found = call.query.all("id").filter_map(|id| users.living(id));
    let shown = found.map(|user| {
        let mut shown = presence(&users, &user, source);
        shown["userId"] = json!(user.id);
        if let Some(shown) = shown.as_object_mut() {
            shown.remove("primary");
        }
        shown
    });
    Ok(Reply::json(&shown.collect()))
}

/// What a request changes.
struct Wanted {
    /// Whether the source becomes the one that counts.
    primary: bool,
    definition: Option<usize>,
    /// An empty message clears the one before.
    message: Option<String>,
}

impl Wanted {
    /// Fields that only the service sets are ignored.
    fn of(given: &Map<String, Value>, reference: Reference) -> Result<Self, Error> {
        let definition = match given.get("presenceDefinition") {
            None => None,
            Some(definition) => {
                let id = definition.get("id").and_then(Value::as_str);
                let id = id.ok_or_else(|| Error::missing("presenceDefinition.id"))?;
                let place = reference.presences().find(id);
                let unknown = || Error::invalid("presenceDefinition.id", "must be the id of a presence definition");
                Some(place.ok_or_else(unknown)?)
            }
        };
        let message = given.get("message").map(|message| message.as_str().unwrap_or_default().to_owned());
        let primary = given.get("primary") == Some(&Value::Bool(true));
        if !primary && definition.is_none() && message.is_none() {
            let message = "The body needs `primary` as true, `presenceDefinition` or `message`.";
            return Err(Error::bad_request(message));
        }
        Ok(Self { primary, definition, message })
    }
}

fn check_active(user: &User<'_>) -> Result<(), Error> {
    if user.state == UserState::Active {
        return Ok(());
    }
    let error = Error::conflict("general.conflict", "The user is not active and so has no presence to set.");
    Err(error.with_entity(&user.id))
}

fn set(users: &mut Users, index: u64, source: Source, wanted: Wanted) {
    let (reference, now) = (users.reference(), clock::rfc3339(clock::now()));
    let id = source.id(reference);
    if wanted.primary {
        users.details.presences.primary.insert(index, id.clone());
    }
    let mut definition = wanted.definition;
    if source == Source::PLATFORM && definition.is_some() {
        let is_on_queue = users.get(index).is_some_and(|user| routing::status(users, &user).is_on_queue());
        let goes_on_queue = definition == reference.presences().find_name("OnQueue");
        if is_on_queue != goes_on_queue {
            let status = if goes_on_queue { RoutingStatus::Idle } else { RoutingStatus::OffQueue };
            users.details.routing.insert(index, Routing { status, since: now.clone() });
        }
        if goes_on_queue {
            // The status holds it. The presence chosen before is back when the user leaves the queue.
            definition = None;
        }
    }
    if definition.is_some() || wanted.message.is_some() {
        let held = users.details.presences.by_source.entry(index).or_default().entry(id).or_default();
        held.definition = definition.or(held.definition);
        held.message = wanted.message.or(held.message.take());
        held.since = now;
    }
}

fn patch(genesys: &Genesys, call: &Call<'_>, source: SourceOf) -> Result<Reply, Error> {
    let given = call.json_object()?;
    let mut users = genesys.users();
    let reference = users.reference();
    let source = source(reference, call)?;
    let wanted = Wanted::of(&given, reference)?;
    let user = subject(&users, call)?;
    check_active(&user)?;
    let index = user.index;
    set(&mut users, index, source, wanted);
    Ok(Reply::json(&presence(&users, &subject(&users, call)?, source)))
}

/// Sets all of the presences, or none if one of them is invalid.
fn put_several(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: Vec<Map<String, Value>> = body(call)?;
    let mut users = genesys.users();
    let reference = users.reference();
    let mut changes = Vec::new();
    for item in &given {
        let text = |name: &str| item.get(name).and_then(Value::as_str);
        let id = text("id").ok_or_else(|| Error::missing("id"))?;
        let unknown = || Error::invalid("id", "must be the id of a user").with_entity(id);
        let user = users.living(id).ok_or_else(unknown)?;
        check_active(&user)?;
        let source = match (text("sourceId"), text("source")) {
            (Some(source), _) => active_source(reference, source).map_err(|error| error.with_entity(id))?,
            (None, Some(name)) => {
                let unknown = || Error::invalid("source", "must be the name of a source").with_entity(id);
                Source::custom(name).ok_or_else(unknown)?
            }
            (None, None) => return Err(Error::missing("sourceId").with_entity(id)),
        };
        let wanted = Wanted::of(item, reference).map_err(|error| error.with_entity(id))?;
        changes.push((user.index, source, wanted));
    }
    let mut shown = Vec::new();
    for (index, source, wanted) in changes {
        set(&mut users, index, source, wanted);
        let user = users.get(index).ok_or_else(no_such_user)?;
        shown.push(presence(&users, &user, source));
    }
    Ok(Reply::json(&Value::Array(shown)))
}

/// The registered source of this id, unless it was deactivated.
fn active_source(reference: Reference, id: &str) -> Result<Source, Error> {
    let found = reference.presence_sources().find(id).filter(|source| !reference.is_deactivated_source(*source));
    let found = found.ok_or_else(|| Error::invalid("sourceId", "must be the id of a registered source in use"))?;
    Ok(Source::Registered(found))
}

fn get_primary(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&primary_shown(&users, &subject(&users, call)?)))
}

fn primary_shown(users: &Users, user: &User<'_>) -> Value {
    let source = primary(users, user);
    json!({
        "id": user.id, "sourceId": source.id(users.reference()), "registered": matches!(source, Source::Registered(_)),
        "selfUri": format!("/api/v2/presence/users/{}/primarysource", user.id),
    })
}

fn put_primary(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given = call.json_object()?;
    let id = given.get("sourceId").and_then(Value::as_str).ok_or_else(|| Error::missing("sourceId"))?;
    let registered = given.get("registered").and_then(Value::as_bool);
    let mut users = genesys.users();
    let reference = users.reference();
    let custom = Source::custom(id).filter(|_| registered != Some(true));
    let source = match custom {
        Some(source) => source,
        None if registered == Some(false) => {
            return Err(Error::invalid("sourceId", "must be the name of a custom source, or `registered` be true"));
        }
        None => active_source(reference, id)?,
    };
    let index = subject(&users, call)?.index;
    users.details.presences.primary.insert(index, source.id(reference));
    Ok(Reply::json(&primary_shown(&users, &subject(&users, call)?)))
}
