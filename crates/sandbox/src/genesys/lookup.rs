//! What searches and analytics read of users.

use serde_json::Value;

use super::details::queues;
use super::expand::Expand;
use super::model::user::User;
use super::render;
use super::store::Users;
use crate::http::Call;

/// The user as a response shows it, with these parts.
pub(super) fn shown(users: &Users, user: &User<'_>, expand: &Expand<'_>) -> Value {
    render::user(users, user, expand)
}

/// The index of the calling user.
pub(super) fn me(users: &Users, call: &Call<'_>) -> Option<u64> {
    users.get(call.person?).map(|user| user.index)
}

/// The current presence, routing status, team and queues of a user.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    pub(super) id: String,
    pub(super) system_presence: String,
    pub(super) organization_presence: String,
    pub(super) presence_date: String,
    pub(super) routing_status: String,
    pub(super) routing_status_date: String,
    pub(super) team: Option<String>,
    /// Queues by id, and whether the user has joined them.
    pub(super) queues: Vec<(String, bool)>,
}

pub(super) fn facts(users: &Users, index: u64) -> Option<Facts> {
    let user = users.get(index)?;
    let parts = ["presence", "routingStatus", "team"];
    let shown = shown(users, &user, &Expand::new(parts, None));
    let text = |path: &str| shown.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Facts {
        system_presence: text("/presence/presenceDefinition/systemPresence"),
        organization_presence: text("/presence/presenceDefinition/id"),
        presence_date: text("/presence/modifiedDate"),
        routing_status: text("/routingStatus/status"),
        routing_status_date: text("/routingStatus/startTime"),
        team: shown.pointer("/team/id").and_then(Value::as_str).map(str::to_owned),
        queues: queues(users, &user),
        id: user.id,
    })
}

fn queues(users: &Users, user: &User<'_>) -> Vec<(String, bool)> {
    let list = users.reference().queues();
    queues::queues(users, user).into_iter().filter_map(|(queue, joined)| Some((list.id(queue)?, joined))).collect()
}

impl Facts {
    /// The values of a dimension of analytics.
    pub(super) fn values(&self, dimension: &str) -> Vec<String> {
        match dimension {
            "userId" => vec![self.id.clone()],
            "systemPresence" => vec![self.system_presence.clone()],
            "organizationPresenceId" => vec![self.organization_presence.clone()],
            "presenceDate" => vec![self.presence_date.clone()],
            "routingStatus" => vec![self.routing_status.clone()],
            "routingStatusDate" => vec![self.routing_status_date.clone()],
            "teamId" => self.team.iter().cloned().collect(),
            "queueId" => self.queues.iter().map(|(queue, _)| queue.clone()).collect(),
            "queueMembershipStatus" => {
                let status = |active: &bool| if *active { "active" } else { "member" };
                let mut found: Vec<String> = self.queues.iter().map(|(_, active)| status(active).to_owned()).collect();
                found.sort_unstable();
                found.dedup();
                found
            }
            _ => Vec::new(),
        }
    }
}
