//! The current presence, routing status and queues of users.

use std::collections::BTreeMap;

use genesys_users::types::{
    AnalyticsQueryOrder, UserActivityDimension, UserActivityMetric, UserActivityQuery, UserAnalyticsDimension,
    UserObservationQuery,
};
use serde_json::{Value, json};

use super::filter::{Filter, USER, read};
use crate::clock;
use crate::genesys::lookup;
use crate::genesys::model::user::UserState;
use crate::genesys::request::{at_least_one, body, page_size};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("postAnalyticsUsersActivityQuery", activity), ("postAnalyticsUsersObservationsQuery", observations)];

/// The maximum number of users that a query reads.
const MAX_USERS: u64 = 10_000;
/// The maximum number of users in a group of the response.
const MAX_ENTITIES: usize = 100;
const DEFAULT_SIZE: u64 = 25;
const MAX_SIZE: u64 = 100;

/// The users who may match a filter, by index.
fn candidates(users: &Users, filter: &Filter) -> Result<Vec<u64>, Error> {
    let mut found: Vec<u64> = match filter.pinned(USER) {
        Some(ids) => ids.into_iter().filter_map(|id| users.by_id(id)).map(|user| user.index).collect(),
        None if users.end() > MAX_USERS => {
            let message = format!("There are more than {MAX_USERS} users: add a filter on `userId`.");
            return Err(Error::bad_request(message));
        }
        None => (0..users.end()).collect(),
    };
    found.sort_unstable();
    found.dedup();
    found.retain(|index| users.state(*index).is_some_and(|state| state != UserState::Deleted));
    Ok(found)
}

/// The observations of users, one group per user.
fn observations(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: UserObservationQuery = body(call)?;
    let metrics = query.metrics.as_deref().filter(|metrics| !metrics.is_empty());
    let metrics = metrics.ok_or_else(|| Error::missing("metrics"))?;
    let mut wanted = metrics.iter().chain(query.detail_metrics.iter().flatten());
    if !wanted.all(|metric| UserActivityMetric::VALUES.contains(&metric.as_str())) {
        let known = UserActivityMetric::VALUES.join(", ");
        return Err(Error::invalid("metrics", &format!("contains an unknown name; expected {known}")));
    }
    let filter = read(query.filter.as_deref())?;
    if filter.is_empty() {
        return Err(Error::missing("filter"));
    }
    let users = genesys.users();
    let found = candidates(&users, &filter)?;
    let facts = found.iter().filter_map(|index| lookup::facts(&users, *index));
    let facts = facts.filter(|facts| filter.matches(&|dimension| facts.values(dimension)));
    let results = facts.map(|facts| {
        let data: Vec<Value> = metrics
            .iter()
            .map(|metric| {
                let active_only = *metric == UserActivityMetric::OActiveQueues;
                let count = facts.queues.iter().filter(|(_, active)| *active || !active_only).count();
                json!({ "metric": metric, "stats": { "count": count } })
            })
            .collect();
        json!({ "group": { USER: facts.id }, "data": data })
    });
    Ok(Reply::json(&json!({ "results": results.collect::<Vec<_>>() })))
}

/// The users of a group and their queues.
#[derive(Debug, Default)]
struct Group {
    /// Queues by id for each of the metrics.
    queues: [BTreeMap<String, u64>; 2],
    entities: Vec<Value>,
    truncated: bool,
}

fn activity(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: UserActivityQuery = body(call)?;
    let size = page_size("pageSize", call.integer("pageSize"), DEFAULT_SIZE, MAX_SIZE)?;
    let number = at_least_one("pageNumber", call.integer("pageNumber"), 1)?;
    let metrics = query.metrics.as_deref().filter(|metrics| !metrics.is_empty());
    let metrics = metrics.ok_or_else(|| Error::missing("metrics"))?.iter().map(|wanted| {
        let metric = wanted.metric.as_ref().ok_or_else(|| Error::missing("metrics.metric"))?;
        let known = UserActivityMetric::VALUES.iter().position(|known| *known == metric.as_str());
        let known = known.ok_or_else(|| {
            let known = UserActivityMetric::VALUES.join(", ");
            Error::invalid("metrics.metric", &format!("is not one of {known}"))
        })?;
        Ok((known, wanted.details.unwrap_or(false)))
    });
    let metrics = metrics.collect::<Result<Vec<(usize, bool)>, Error>>()?;
    let group_by = query.group_by.as_deref().unwrap_or_default();
    let group_by: Vec<&str> = group_by.iter().map(UserAnalyticsDimension::as_str).collect();
    if group_by.iter().any(|dimension| !UserActivityDimension::VALUES.contains(dimension)) {
        let known = UserActivityDimension::VALUES.join(", ");
        return Err(Error::invalid("groupBy", &format!("contains an unknown name; expected {known}")));
    }
    let descending = match &query.order {
        None | Some(AnalyticsQueryOrder::Asc | AnalyticsQueryOrder::Unordered) => false,
        Some(AnalyticsQueryOrder::Desc) => true,
        Some(_) => return Err(Error::invalid("order", "is not one of asc, desc, unordered")),
    };
    let filter = read(query.filter.as_deref())?;

    let users = genesys.users();
    let mut groups: BTreeMap<Vec<(String, String)>, Group> = BTreeMap::new();
    for facts in candidates(&users, &filter)?.into_iter().filter_map(|index| lookup::facts(&users, index)) {
        if !filter.matches(&|dimension| facts.values(dimension)) {
            continue;
        }
        for key in keys(&facts, &group_by) {
            groups.entry(key).or_default().add(&facts);
        }
    }
    let position = |n: usize, total: usize| if descending { total - 1 - n } else { n };
    let groups: Vec<(&Vec<(String, String)>, &Group)> = groups.iter().collect();
    let skip = usize::try_from((number - 1).saturating_mul(size)).unwrap_or(usize::MAX);
    let end = skip.saturating_add(usize::try_from(size).unwrap_or(usize::MAX)).min(groups.len());
    let results = (skip.min(end)..end).filter_map(|n| groups.get(position(n, groups.len())));
    let results: Vec<Value> = results.map(|(key, group)| group.show(key, &metrics)).collect();
    Ok(Reply::json(&json!({ "results": results, "entityIdDimension": "queueId" })))
}

/// The groups of a user: one for each combination of values.
fn keys(facts: &lookup::Facts, group_by: &[&str]) -> Vec<Vec<(String, String)>> {
    let mut keys = vec![Vec::new()];
    for dimension in group_by {
        let values = facts.values(dimension);
        let longer = keys.iter().flat_map(|key: &Vec<(String, String)>| {
            values.iter().map(move |value| {
                let mut key = key.clone();
                key.push(((*dimension).to_owned(), value.clone()));
                key
            })
        });
        keys = longer.collect();
    }
    keys
}

impl Group {
    fn add(&mut self, facts: &lookup::Facts) {
        for (queue, active) in &facts.queues {
            let [active_in, member_of] = &mut self.queues;
            *member_of.entry(queue.clone()).or_default() += 1;
            if *active {
                *active_in.entry(queue.clone()).or_default() += 1;
            }
        }
        if self.entities.len() < MAX_ENTITIES {
            let mut entity = json!({
                "activityDate": clock::rfc3339(clock::now()), "userId": facts.id, "systemPresence": facts.system_presence,
                "organizationPresenceId": facts.organization_presence, "presenceDate": facts.presence_date,
                "routingStatus": facts.routing_status, "routingStatusDate": facts.routing_status_date,
            });
            if let Some(team) = &facts.team {
                entity["teamId"] = json!(team);
            }
            self.entities.push(entity);
        } else {
            self.truncated = true;
        }
    }

    fn show(&self, key: &[(String, String)], metrics: &[(usize, bool)]) -> Value {
        let group: BTreeMap<&str, &str> = key.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let data = metrics.iter().filter_map(|(metric, details)| {
            let queues = self.queues.get(*metric)?;
            let mut shown = json!({ "metric": UserActivityMetric::VALUES.get(*metric), "count": queues.len() });
            if *details {
                shown["entityIds"] = queues.keys().cloned().collect();
            }
            Some(shown)
        });
        json!({ "group": group, "data": data.collect::<Vec<_>>(), "truncated": self.truncated, "entities": self.entities })
    }
}
