//! Phones: one for each of the sample people, and some spare ones.

use serde_json::{Value, json};

use crate::ids::IdSpace;

/// Stations that belong to nobody at first.
const SPARE: u64 = 50;

/// All stations, by number. The first ones are those of the sample people, in their order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stations {
    ids: IdSpace,
    people: u64,
}

impl Stations {
    pub(super) fn new(ids: IdSpace, people: u64) -> Self {
        Self { ids, people }
    }

    pub(crate) fn len(self) -> u64 {
        self.people + SPARE
    }

    pub(crate) fn id(self, station: u64) -> String {
        self.ids.uuid(station as u32)
    }

    /// The number of the station with this id.
    pub(crate) fn find(self, id: &str) -> Option<u64> {
        self.ids.index_of_uuid(id).map(u64::from).filter(|station| *station < self.len())
    }

    /// A station as a user's stations show it, without its users.
    pub(crate) fn entity(self, station: u64) -> Value {
        json!({
            "id": self.id(station), "name": format!("Station {:05}", station + 1), "type": "inin_webrtc_softphone",
            "webRtcCallAppearances": 10,
        })
    }
}
