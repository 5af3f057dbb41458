//! The clusters that the organization offers.

use rosterkit_core::chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::Sessions;
use crate::clock;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Sessions>)] = &[("getClusters", get_clusters)];

/// What is taught: name, category, description, minutes, steps, whether people sign up themselves.
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
    self_registration: bool,
}

/// The clusters: one a month, the first of them 300 days before the first moment of every sandbox.
pub(super) fn all(seed: u64) -> Vec<Cluster> {
    let (clusters, modules) = (IdSpace::new(seed, "cluster"), IdSpace::new(seed, "module"));
    let cluster = |(number, module): (usize, &(&'static str, &'static str, &'static str, i64, u64, bool))| {
        let (name, category, description, minutes, steps, self_registration) = *module;
        Cluster {
            id: clusters.uuid(number as u32),
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
    /// What a cluster and a completion both say of the module.
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

fn get_clusters(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Error> {
    let window = call.window()?;
    let clusters = sessions.clusters.iter().filter(|cluster| window.contains(cluster.created));
    let items = clusters.map(|cluster| {
        let mut item = cluster.describe();
        if cluster.self_registration {
            let form = format!("https://signup.example.com/clusters/{}", cluster.id);
            item["iframeCode"] = json!(format!("<iframe src=\"{form}\" width=\"100%\" height=\"100%\"></iframe>"));
        }
        item
    });
    let items: Vec<Value> = items.collect();
    // The documented sample of this operation has no `error`.
    Ok(Reply::json(&json!({ "success": true, "data": { "total": items.len(), "items": items } })))
}
