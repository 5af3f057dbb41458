//! Clusters and users.

use rosterkit_core::chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::clock;
use crate::ids::IdSpace;

/// Modules: name, category, description, minutes, steps, whether users register themselves.
const MODULES: &[(&str, &str, &str, i64, u64, bool)] = &[
    ("Clear Messages", "Communication", "Say the main point first, then support it", 60, 10, true),
    ("Listening Well", "Communication", "Hear what is meant and show that it was heard", 45, 8, false),
    ("Difficult Calls", "Service", "Stay calm, find the need, agree on a next step", 90, 14, true),
    ("Giving Feedback", "Leadership", "Describe what happened and what it led to", 60, 10, false),
    ("Planning a Week", "Self-Management", "Choose what matters and leave room for the rest", 45, 6, true),
    ("Deciding Together", "Teamwork", "Collect views, decide, and stand by it", 60, 12, false),
    ("First 90 Days", "Onboarding", "Find your way in a new team", 120, 20, false),
    ("Writing for Customers", "Service", "Short words, short sentences, one request", 60, 9, true),
];

/// A group of sessions on one module.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    pub(super) id: String,
    pub(super) module_id: String,
    pub(super) created: DateTime<Utc>,
    pub(super) minutes: i64,
    pub(super) steps: u64,
    pub(super) name: &'static str,
    category: &'static str,
    description: &'static str,
    number: usize,
    pub(super) self_registration: bool,
}

/// The clusters: one a month, the first 300 days before the default start time of the clock.
pub(super) fn clusters(seed: u64) -> Vec<Cluster> {
    let (ids, modules) = (IdSpace::new(seed, "cluster"), IdSpace::new(seed, "module"));
    let cluster = |(number, module): (usize, &(&'static str, &'static str, &'static str, i64, u64, bool))| {
        let (name, category, description, minutes, steps, self_registration) = *module;
        Cluster {
            id: ids.uuid(number as u32),
            module_id: modules.uuid(number as u32),
            created: clock::epoch() - Duration::days(300 - 30 * number as i64) + Duration::hours(9),
            minutes,
            steps,
            name,
            category,
            description,
            number,
            self_registration,
        }
    };
    MODULES.iter().enumerate().map(cluster).collect()
}

impl Cluster {
    /// The fields of the module that clusters and completions share.
    pub(super) fn describe(&self) -> Value {
        json!({
            "clusterId": self.id,
            "moduleId": self.module_id,
            "moduleName": self.name,
            "moduleCategory": self.category,
            "moduleThumbnailUrl": format!("https://media.example.com/modules/{}.png", self.number + 1),
            "moduleDescription": self.description,
            "duration": self.minutes,
        })
    }
}

/// One user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct User {
    pub(super) id: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) active: bool,
    pub(super) remote_id: String,
}

impl User {
    pub(super) fn describe(&self) -> Value {
        json!({
            "id": self.id,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "active": self.active,
            "remoteId": self.remote_id,
        })
    }
}
