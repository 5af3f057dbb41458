//! What has been changed about users beside the fields of the account: skills, queues, stations, roles and so on.
//!
//! For the sample people all of it is drawn from seed and index when it is asked for. Only changes are kept, by the index
//! of the user, in one field per area.

use std::collections::{BTreeMap, BTreeSet};

use genesys_users::types::{CallForwardingVoicemail, CallRoute, LabelUtilizationRequest, MediaUtilization};
use rosterkit_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::backups::Backups;
use super::presences::Presences;
use super::stations::Stations;
use super::verifiers::Verifiers;

/// Everything that has been changed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Details {
    #[serde(rename = "abilities")]
    pub(crate) skills: Skills,
    #[serde(rename = "absences")]
    pub(crate) out_of_office: BTreeMap<u64, OutOfOffice>,
    /// The auto-answer settings by media type; none where they were deleted.
    pub(crate) auto_answers: BTreeMap<u64, Option<BTreeMap<String, bool>>>,
    /// The custom attributes of a user, by schema.
    pub(crate) attributes: BTreeMap<u64, AttributeSets>,
    pub(crate) backups: Backups,
    pub(crate) external_ids: ExternalIds,
    pub(crate) forwardings: BTreeMap<u64, Forwarding>,
    /// The reported places of a user, by client.
    pub(crate) geolocations: BTreeMap<u64, BTreeMap<String, Place>>,
    /// The direct grants of changed subjects, complete, with the time they were made. Subjects by id.
    pub(crate) grants: BTreeMap<String, Vec<(Grant, String)>>,
    /// When a user was invited last. The service shows it as `dateWelcomeSent`.
    pub(crate) invitations: BTreeMap<u64, String>,
    /// Fingerprints of the passwords that have been set.
    pub(crate) passwords: BTreeMap<u64, String>,
    pub(crate) presences: Presences,
    /// Whether a member has joined a queue, where that has been changed, by queue.
    pub(crate) queues: BTreeMap<u64, BTreeMap<usize, bool>>,
    pub(crate) routing: BTreeMap<u64, Routing>,
    pub(crate) stations: Stations,
    /// The users who were created without a state and have had none set since. An invitation makes them active.
    pub(crate) stateless: BTreeSet<u64>,
    /// The settings of users who have their own.
    pub(crate) utilizations: BTreeMap<u64, Utilization>,
    pub(crate) verifiers: Verifiers,
}

/// Custom attributes by schema.
pub(crate) type AttributeSets = BTreeMap<String, Map<String, Value>>;

/// Role and division, by their positions in the lists.
pub(crate) type Grant = (usize, usize);

impl Details {
    /// Releases what a deleted user gives up, and does not get back when restored.
    pub(crate) fn release(&mut self, index: u64) {
        self.stations.release(index);
        self.presences.release(index);
    }

    /// Removes the attributes of all users under a deleted schema.
    pub(crate) fn remove_schema(&mut self, schema: &str) {
        self.attributes.values_mut().for_each(|sets| {
            sets.remove(schema);
        });
        self.attributes.retain(|_, sets| !sets.is_empty());
    }
}

/// The routing skills and languages of users where they have been changed, complete.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Skills {
    pub(crate) skills: BTreeMap<u64, Owned>,
    pub(crate) languages: BTreeMap<u64, Owned>,
}

/// The skills or languages of one user, by their positions in the list.
pub(crate) type Owned = BTreeMap<usize, Skill>;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Skill {
    /// From 0 to 5.
    pub(crate) proficiency: f64,
    pub(crate) active: bool,
}

/// When a user is out of office; never at first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct OutOfOffice {
    pub(crate) active: bool,
    pub(crate) indefinite: bool,
    pub(crate) start: Option<Timestamp>,
    pub(crate) end: Option<Timestamp>,
}

/// The external ids of users where they have been changed, complete, and who has which.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ExternalIds {
    pub(crate) keys: BTreeMap<u64, Keys>,
    /// Users by key, by authority.
    pub(crate) holders: BTreeMap<String, BTreeMap<String, u64>>,
}

/// The external keys of one user, by authority.
pub(crate) type Keys = BTreeMap<String, String>;

impl ExternalIds {
    pub(crate) fn set(&mut self, index: u64, keys: Keys) {
        for (authority, key) in self.keys.remove(&index).into_iter().flatten() {
            if let Some(holders) = self.holders.get_mut(&authority) {
                holders.remove(&key);
            }
        }
        for (authority, key) in &keys {
            self.holders.entry(authority.clone()).or_default().insert(key.clone(), index);
        }
        self.keys.insert(index, keys);
    }
}

/// Where calls are forwarded to; nowhere at first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Forwarding {
    pub(crate) enabled: bool,
    pub(crate) phone_number: Option<String>,
    pub(crate) calls: Vec<CallRoute>,
    pub(crate) voicemail: Option<CallForwardingVoicemail>,
    pub(crate) modified: Option<String>,
}

/// Where a client of a user is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) primary: bool,
    pub(crate) coordinates: Option<(f64, f64)>,
    pub(crate) city: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) country: Option<String>,
}

/// A routing status that has been set.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Routing {
    pub(crate) status: RoutingStatus,
    pub(crate) since: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum RoutingStatus {
    OffQueue,
    Idle,
    Interacting,
    NotResponding,
    Communicating,
}

impl RoutingStatus {
    pub(crate) const ALL: [Self; 5] =
        [Self::OffQueue, Self::Idle, Self::Interacting, Self::NotResponding, Self::Communicating];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::OffQueue => "OFF_QUEUE",
            Self::Idle => "IDLE",
            Self::Interacting => "INTERACTING",
            Self::NotResponding => "NOT_RESPONDING",
            Self::Communicating => "COMMUNICATING",
        }
    }

    pub(crate) fn is_on_queue(self) -> bool {
        self != Self::OffQueue
    }
}

/// How many interactions a user may have at once.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Utilization {
    pub(crate) media: BTreeMap<String, MediaUtilization>,
    pub(crate) labels: BTreeMap<String, LabelUtilizationRequest>,
    pub(crate) max_inbound_calls: Option<i64>,
}
