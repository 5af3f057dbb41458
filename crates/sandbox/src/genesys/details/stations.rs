//! Stations: the phones that users have by default, and those that they have chosen for now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::routing::SEEN;
use super::{no_content, subject};
use crate::clock;
use crate::genesys::Genesys;
use crate::genesys::store::{User, Users, moment};
use crate::genesys::{me, render};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("getUserStation", |genesys, call| get(genesys, call, subject)),
    ("getUsersStationsMe", |genesys, call| get(genesys, call, me::me)),
    ("putUserStationAssociatedstationStationId", |genesys, call| put(genesys, call, subject, Role::Associated)),
    ("putUsersStationsMeAssociatedstationStationId", |genesys, call| put(genesys, call, me::me, Role::Associated)),
    ("putUserStationDefaultstationStationId", |genesys, call| put(genesys, call, subject, Role::Default)),
    ("deleteUserStationAssociatedstation", |genesys, call| delete(genesys, call, subject, Role::Associated)),
    ("deleteUsersStationsMeAssociatedstation", |genesys, call| delete(genesys, call, me::me, Role::Associated)),
    ("deleteUserStationDefaultstation", |genesys, call| delete(genesys, call, subject, Role::Default)),
];

/// Who a call is about.
type Whose = for<'a, 'b, 'c> fn(&'a Users, &'b Call<'c>) -> Result<User<'a>, Error>;

/// What has been changed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Stations {
    associated: Places,
    default: Places,
    /// The station that was associated before, by user.
    last: BTreeMap<u64, u64>,
    /// Since when the present one is, by user.
    since: BTreeMap<u64, String>,
}

/// What a station is to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Associated,
    Default,
}

/// Which user has which station in one role. A station has one user at most, and a user one station.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Places {
    /// Users whose station has been changed, with the present one if any.
    by_user: BTreeMap<u64, Option<u64>>,
    /// The users of the stations in `by_user`.
    by_station: BTreeMap<u64, u64>,
}

impl Role {
    /// Whether a sample person has the station of the same number in this role at first.
    fn at_first(self, person: u64) -> bool {
        match self {
            Self::Default => true,
            Self::Associated => person.is_multiple_of(2),
        }
    }
}

impl Stations {
    fn places(&self, role: Role) -> &Places {
        match role {
            Role::Associated => &self.associated,
            Role::Default => &self.default,
        }
    }

    /// Gives a user a station in a role, or none.
    fn set(&mut self, role: Role, user: u64, before: Option<u64>, station: Option<u64>) {
        let places = match role {
            Role::Associated => &mut self.associated,
            Role::Default => &mut self.default,
        };
        if let Some(before) = before {
            places.by_station.remove(&before);
        }
        if let Some(station) = station {
            places.by_station.insert(station, user);
        }
        places.by_user.insert(user, station);
        if role == Role::Associated {
            if let Some(before) = before {
                self.last.insert(user, before);
            }
            self.since.remove(&user);
            if station.is_some() {
                self.since.insert(user, moment(clock::now()));
            }
        }
    }

    /// Frees the stations of a user who is deleted.
    pub(super) fn leave(&mut self, user: u64) {
        for role in [Role::Associated, Role::Default] {
            let before = self.places(role).by_user.get(&user).copied().flatten();
            self.set(role, user, before, None);
        }
    }
}

/// The station that a user has in a role.
fn station_of(users: &Users, user: u64, role: Role) -> Option<u64> {
    match users.details.stations.places(role).by_user.get(&user) {
        Some(station) => *station,
        None => (user < users.people.count && role.at_first(user)).then_some(user),
    }
}

/// The user who has a station in a role.
fn user_of(users: &Users, station: u64, role: Role) -> Option<u64> {
    let places = users.details.stations.places(role);
    let at_first = || station_of(users, station, role).filter(|own| *own == station).map(|_| station);
    places.by_station.get(&station).copied().or_else(at_first)
}

/// The stations of a user as the service shows them.
pub(in crate::genesys) fn stations(users: &Users, user: &User<'_>) -> Value {
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
        shown["associatedUser"] = render::reference(&users.people.id(user));
        shown["associatedDate"] = json!(since);
    }
    if let Some(user) = user_of(users, station, Role::Default) {
        shown["defaultUser"] = render::reference(&users.people.id(user));
    }
    shown
}

fn get(genesys: &Genesys, call: &Call<'_>, whose: Whose) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&stations(&users, &whose(&users, call)?)))
}

fn put(genesys: &Genesys, call: &Call<'_>, whose: Whose, role: Role) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let index = whose(&users, call)?.index;
    let station = users.reference().stations().find(call.path("stationId"));
    let station = station.ok_or_else(|| Error::not_found("There is no such station."))?;
    match user_of(&users, station, role) {
        Some(user) if user == index => return Ok(no_content()),
        Some(_) => return Err(Error::conflict("general.conflict", "Another user has this station.")),
        None => {}
    }
    let before = station_of(&users, index, role);
    users.details.stations.set(role, index, before, Some(station));
    Ok(no_content())
}

fn delete(genesys: &Genesys, call: &Call<'_>, whose: Whose, role: Role) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let index = whose(&users, call)?.index;
    let before = station_of(&users, index, role);
    if before.is_some() {
        users.details.stations.set(role, index, before, None);
    }
    Ok(no_content())
}
