//! Queues, and how one is set up.

use serde_json::{Value, json};

use super::MADE;

pub(super) const NAMES: &[&str] = &[
    "Service",
    "Sales",
    "Claims",
    "Logistics",
    "Technical Support",
    "Billing",
    "Callbacks",
    "Complaints",
    "Orders",
    "Returns",
    "Chat",
    "Email",
    "Overflow",
    "Night Line",
    "Partners",
];

/// Adds what all queues have in common.
pub(super) fn describe(queue: &mut Value) {
    let media = json!({ "alertingTimeoutSeconds": 30, "serviceLevel": { "percentage": 0.8, "durationMs": 20_000 } });
    queue["dateCreated"] = json!(MADE);
    queue["dateModified"] = json!(MADE);
    queue["mediaSettings"] =
        json!({ "call": media, "callback": media, "chat": media, "email": media, "message": media });
    queue["acwSettings"] = json!({ "wrapupPrompt": "OPTIONAL" });
    queue["skillEvaluationMethod"] = json!("ALL");
    queue["scoringMethod"] = json!("TimestampAndPriority");
}
