//! What belongs to a user beside the fields of the account: skills, queues, stations, roles and so on.
//!
//! For the sample people all of it is drawn from seed and index whenever it is asked for. Only what has been changed is
//! kept, by the index of the user, in one struct per area.

mod attributes;
mod backup;
mod external_ids;
mod forwarding;
mod geolocation;
mod grants;
mod invitations;
mod out_of_office;
mod passwords;
mod permitted;
mod presence;
mod profile;
mod queues;
mod relations;
mod roles;
mod routing;
mod skill_groups;
mod skills;
mod state;
mod stations;
mod totp;
mod utilization;
mod verifiers;

use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) use self::attributes::UNLISTED_BODIES;
pub(super) use self::geolocation::geolocation;
pub(super) use self::out_of_office::absence;
pub(super) use self::passwords::{MIN_PASSWORD, set_password};
pub(super) use self::presence::presence;
pub(super) use self::profile::{groups, profile_skills};
pub(super) use self::queues::{Crowds, queues};
pub(super) use self::relations::{adjacents, direct_reports, favorites, superiors, trustors};
pub(super) use self::roles::authorization;
pub(super) use self::routing::{SEEN, is_interacting, routing_status};
pub(super) use self::skills::{LANGUAGES, SKILLS, abilities};
pub(super) use self::stations::stations;
use super::Genesys;
use super::store::{User, Users};
use crate::http::{Call, Error, Handler, Reply};
use crate::people::People;

/// Everything that has been changed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Details {
    abilities: skills::Abilities,
    absences: out_of_office::Absences,
    attributes: attributes::Attributes,
    backups: backup::Backups,
    external_ids: external_ids::ExternalIds,
    forwardings: forwarding::Forwardings,
    geolocations: geolocation::Geolocations,
    grants: grants::Grants,
    pub(super) invitations: invitations::Invitations,
    passwords: passwords::Passwords,
    queues: queues::Queues,
    routing: routing::Routing,
    stations: stations::Stations,
    utilizations: utilization::Utilizations,
    verifiers: verifiers::Verifiers,
}

impl Details {
    /// What a user gives up who is deleted, and does not get back when restored.
    pub(super) fn leave(&mut self, index: u64) {
        self.stations.leave(index);
    }

    /// Takes from all users what they had under a schema that is deleted.
    pub(super) fn forget_schema(&mut self, schema: &str) {
        self.attributes.values_mut().for_each(|sets| {
            sets.remove(schema);
        });
        self.attributes.retain(|_, sets| !sets.is_empty());
    }
}

pub(super) fn handlers() -> impl Iterator<Item = (&'static str, Handler<Genesys>)> {
    let tables = [
        skills::HANDLERS,
        out_of_office::HANDLERS,
        attributes::HANDLERS,
        backup::HANDLERS,
        external_ids::HANDLERS,
        forwarding::HANDLERS,
        geolocation::HANDLERS,
        grants::HANDLERS,
        invitations::HANDLERS,
        passwords::HANDLERS,
        permitted::HANDLERS,
        profile::HANDLERS,
        queues::HANDLERS,
        relations::HANDLERS,
        roles::HANDLERS,
        routing::HANDLERS,
        skill_groups::HANDLERS,
        state::HANDLERS,
        stations::HANDLERS,
        utilization::HANDLERS,
        verifiers::HANDLERS,
    ];
    tables.into_iter().flatten().copied()
}

/// The user whom the path of a call names. What belongs to a deleted user is not there.
fn subject<'a>(users: &'a Users, call: &Call<'_>) -> Result<User<'a>, Error> {
    users.living(call.path("userId")).ok_or_else(not_found)
}

/// Whether a user has from the start what most people have not: a second factor, a backup, custom attributes. Every
/// tenth of the sample people has.
fn is_equipped(people: People, index: u64) -> bool {
    index < people.count && index.is_multiple_of(10)
}

fn not_found() -> Error {
    Error::not_found("There is no such user.")
}

/// The body of a call. Fields that must not be sent are none of its business.
pub(super) fn body<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, Error> {
    serde_json::from_slice(&call.incoming.body).map_err(|error| {
        // The message of serde_json can quote the body; its place cannot.
        let (line, column) = (error.line(), error.column());
        Error::bad_request(format!(
            "The body is not what this operation takes: trouble at line {line}, column {column}."
        ))
    })
}

pub(super) fn too_many(limit: usize) -> Error {
    let message = format!("The request holds more than {limit} items.");
    Error::new(StatusCode::BAD_REQUEST, "too.many.items", message)
}

/// A refusal of one item among several, by its id.
pub(super) fn about(error: Error, id: &str) -> Error {
    Error { entity: Some(id.into()), ..error }
}

/// An answer that lists everything there is on one page.
pub(super) fn complete(call: &Call<'_>, entities: Vec<Value>) -> Reply {
    let total = entities.len();
    Reply::json(&json!({
        "entities": entities, "pageSize": total, "pageNumber": 1, "pageCount": usize::from(total > 0), "total": total,
        "selfUri": call.uri, "firstUri": call.uri, "lastUri": call.uri,
    }))
}

fn no_content() -> Reply {
    Reply::empty(StatusCode::NO_CONTENT)
}
