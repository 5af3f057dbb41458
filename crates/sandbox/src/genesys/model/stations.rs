//! Which users have which stations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::clock;

/// What has been changed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Stations {
    associated: Assignments,
    default: Assignments,
    /// The station that was associated before, by user.
    pub(crate) last: BTreeMap<u64, u64>,
    /// When the current one was associated, by user.
    pub(crate) since: BTreeMap<u64, String>,
}

/// What a station is to a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Associated,
    Default,
}

/// Which user has which station in one role. A station has one user at most, and a user one station.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Assignments {
    /// Users whose station has been changed, with the current one if any.
    pub(crate) by_user: BTreeMap<u64, Option<u64>>,
    /// The users of the stations in `by_user`.
    pub(crate) by_station: BTreeMap<u64, u64>,
}

impl Role {
    /// Whether a sample person has the station of the same number in this role at first.
    pub(crate) fn is_original(self, person: u64) -> bool {
        match self {
            Self::Default => true,
            Self::Associated => person.is_multiple_of(2),
        }
    }
}

impl Stations {
    pub(crate) fn assignments(&self, role: Role) -> &Assignments {
        match role {
            Role::Associated => &self.associated,
            Role::Default => &self.default,
        }
    }

    /// Gives a user a station in a role, or none.
    pub(crate) fn set(&mut self, role: Role, user: u64, before: Option<u64>, station: Option<u64>) {
        let assignments = match role {
            Role::Associated => &mut self.associated,
            Role::Default => &mut self.default,
        };
        if let Some(before) = before {
            assignments.by_station.remove(&before);
        }
        if let Some(station) = station {
            assignments.by_station.insert(station, user);
        }
        assignments.by_user.insert(user, station);
        if role == Role::Associated {
            if let Some(before) = before {
                self.last.insert(user, before);
            }
            self.since.remove(&user);
            if station.is_some() {
                self.since.insert(user, clock::rfc3339(clock::now()));
            }
        }
    }

    /// Releases the stations of a user who is deleted.
    pub(crate) fn release(&mut self, user: u64) {
        for role in [Role::Associated, Role::Default] {
            let before = self.assignments(role).by_user.get(&user).copied().flatten();
            self.set(role, user, before, None);
        }
    }
}
