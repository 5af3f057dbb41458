//! Stations: the default phones of users, and the associated ones.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::routing::SEEN;
use crate::genesys::model::stations::Role;
use crate::genesys::model::user::{User, user_reference};
use crate::genesys::request::{Whose, bad_request, me, no_content, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserStation", |genesys, call| get(genesys, call, subject)),
    ("getUsersStationsMe", |genesys, call| get(genesys, call, me)),
    ("putUserStationAssociatedstationStationId", |genesys, call| {
        put(genesys, call, subject, Role::Associated).map(accepted)
    }),
    ("putUsersStationsMeAssociatedstationStationId", |genesys, call| {
        put(genesys, call, me, Role::Associated).map(|()| no_content())
    }),
    ("putUserStationDefaultstationStationId", |genesys, call| put(genesys, call, subject, Role::Default).map(accepted)),
    ("deleteUserStationAssociatedstation", |genesys, call| {
        delete(genesys, call, subject, Role::Associated).map(accepted)
    }),
    ("deleteUsersStationsMeAssociatedstation", |genesys, call| {
        delete(genesys, call, me, Role::Associated).map(|()| no_content())
    }),
    ("deleteUserStationDefaultstation", |genesys, call| delete(genesys, call, subject, Role::Default).map(accepted)),
];

/// The station that a user has in a role.
fn station_of(users: &Users, user: u64, role: Role) -> Option<u64> {
    match users.details.stations.assignments(role).by_user.get(&user) {
        Some(station) => *station,
        None => (user < users.people.count && role.is_original(user)).then_some(user),
    }
}

/// The user who has a station in a role.
pub(crate) fn user_of(users: &Users, station: u64, role: Role) -> Option<u64> {
    let assignments = users.details.stations.assignments(role);
    let at_first = || station_of(users, station, role).filter(|own| *own == station).map(|_| station);
    assignments.by_station.get(&station).copied().or_else(at_first)
}

/// The stations of a user as the service shows them.
pub(crate) fn stations(users: &Users, user: &User<'_>) -> Value {
    let associated = station_of(users, user.index, Role::Associated);
    let default = station_of(users, user.index, Role::Default);
    let last = users.details.stations.last.get(&user.index).copied();
    let mut shown = json!({});
    for (name, station) in [
        ("associatedStation", associated),
        ("effectiveStation", associated.or(default)),
        ("defaultStation", default),
        ("lastAssociatedStation", last),
    ] {
        if let Some(station) = station {
            shown[name] = station_shown(users, station);
        }
    }
    shown
}

fn station_shown(users: &Users, station: u64) -> Value {
    let mut shown = users.reference().stations().entity(station);
    if let Some(user) = user_of(users, station, Role::Associated) {
        let since = users.details.stations.since.get(&user).map_or(SEEN, String::as_str);
        shown["associatedUser"] = user_reference(&users.id(user));
        shown["associatedDate"] = json!(since);
    }
    if let Some(user) = user_of(users, station, Role::Default) {
        shown["defaultUser"] = user_reference(&users.id(user));
    }
    shown
}

fn get(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&stations(&users, &whose(&users, call)?)))
}

/// The reply to what is done later.
fn accepted((): ()) -> Reply {
    Reply::empty(StatusCode::ACCEPTED)
}

fn put(genesys: &Genesys, call: &Call<'_>, whose: Whose, role: Role) -> Result<(), Error> {
    let mut users = genesys.users();
    let index = whose(&users, call)?.index;
    let station = users.reference().stations().find(call.path("stationId"));
    let station = station.ok_or_else(|| Error::not_found("There is no such station."))?;
    match user_of(&users, station, role) {
        Some(user) if user == index => return Ok(()),
        Some(_) => return Err(bad_request("Another user has this station.")),
        None => {}
    }
    let before = station_of(&users, index, role);
    users.details.stations.set(role, index, before, Some(station));
    Ok(())
}

fn delete(genesys: &Genesys, call: &Call<'_>, whose: Whose, role: Role) -> Result<(), Error> {
    let mut users = genesys.users();
    let index = whose(&users, call)?.index;
    let before = station_of(&users, index, role);
    if before.is_some() {
        users.details.stations.set(role, index, before, None);
    }
    Ok(())
}
