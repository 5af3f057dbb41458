//! Aggregates of development activities: counts and scores.

use std::collections::BTreeMap;

use genesys_users::types::{
    DevelopmentActivityAggregateParam, DevelopmentActivityAggregateParamGroupBy,
    DevelopmentActivityAggregateQueryRequestClause as Clause,
    DevelopmentActivityAggregateQueryRequestPredicate as Predicate, DevelopmentActivityDimension as Dimension,
    DevelopmentActivityFilterType as Joined, DevelopmentActivityMetric as Metric,
};
use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::activity::{Activities, Activity};
use super::select::{Scope, Walk};
use crate::genesys::interval::Interval;
use crate::genesys::model::user::UserState;
use crate::genesys::store::Users;
use crate::http::Error;
use crate::people::People;

const MAX_DAYS: i64 = 366;
/// The maximum number of groups in the response.
const MAX_GROUPS: usize = 10_000;

/// Counts, in the order of the known metrics, and the scores.
#[derive(Clone, Debug, Default)]
struct Sums {
    counts: [u64; Metric::VALUES.len()],
    scores: Vec<u64>,
}

/// The groups of a query, computed in steps.
pub(super) struct Aggregates {
    interval: Interval,
    by_attendee: bool,
    metrics: Vec<String>,
    /// Whether one of the clauses is enough.
    any: bool,
    clauses: Vec<Clause>,
    activities: Activities,
    walk: Walk,
    now: DateTime<Utc>,
    groups: BTreeMap<u64, Sums>,
}

impl Aggregates {
    pub(super) fn new(
        people: People,
        query: DevelopmentActivityAggregateParam,
        now: DateTime<Utc>,
    ) -> Result<Self, Error> {
        let interval = query.interval.as_deref().ok_or_else(|| Error::missing("interval"))?;
        let interval = Interval::parse("interval", interval, MAX_DAYS)?.in_seconds();
        let by_attendee = match query.group_by.as_deref().unwrap_or_default() {
            [] => false,
            [DevelopmentActivityAggregateParamGroupBy::AttendeeId] => true,
            _ => return Err(Error::invalid("groupBy", "can contain only `attendeeId`")),
        };
        let metrics = query.metrics.filter(|metrics| !metrics.is_empty());
        let metrics: Vec<String> = match metrics {
            None => Metric::VALUES.iter().map(ToString::to_string).collect(),
            Some(metrics) => metrics.iter().map(ToString::to_string).collect(),
        };
        if metrics.iter().any(|metric| !Metric::VALUES.contains(&metric.as_str())) {
            return Err(Error::invalid(
                "metrics",
                &format!("contains an unknown name; expected {}", Metric::VALUES.join(", ")),
            ));
        }
        let filter = query.filter;
        let any = is_or(filter.as_ref().and_then(|filter| filter.type_.as_ref()))?;
        let clauses = filter.and_then(|filter| filter.clauses).unwrap_or_default();
        for clause in &clauses {
            is_or(clause.type_.as_ref())?;
            clause.predicates.iter().flatten().try_for_each(check)?;
        }
        let activities = Activities::new(people);
        let groups = if by_attendee { BTreeMap::new() } else { BTreeMap::from([(0, Sums::default())]) };
        let walk = Scope::All.walk(activities);
        Ok(Self { interval, by_attendee, metrics, any, clauses, activities, walk, now, groups })
    }

    /// Reads some activities; at last, gives the result.
    pub(super) fn step(&mut self, users: &Users) -> Option<Result<Value, Error>> {
        let Self { interval, by_attendee, any, clauses, activities, walk, now, groups, .. } = self;
        let has_more = walk.step(|activity| {
            let matches = |clause: &Clause| holds(clause, &activity, activities, *now);
            let wanted = activity.created <= *now && interval.contains(activity.due);
            let wanted = wanted
                && if *any && !clauses.is_empty() { clauses.iter().any(matches) } else { clauses.iter().all(matches) };
            if wanted && users.state(activity.owner) != Some(UserState::Deleted) {
                groups.entry(if *by_attendee { activity.owner } else { 0 }).or_default().add(&activity, *now);
            }
        });
        if groups.len() > MAX_GROUPS {
            let message = format!(
                "The response would have more than {MAX_GROUPS} groups: filter by `attendeeId` or shorten the interval."
            );
            return Some(Err(Error::bad_request(message)));
        }
        (!has_more).then(|| Ok(self.show(users)))
    }

    fn show(&self, users: &Users) -> Value {
        let results = self.groups.iter().map(|(owner, sums)| {
            let group = if self.by_attendee { json!({ "attendeeId": users.people.id(*owner) }) } else { json!({}) };
            let metrics: Vec<Value> = self.metrics.iter().map(|metric| sums.show(metric)).collect();
            json!({ "group": group, "data": [{ "interval": self.interval.show(), "metrics": metrics }] })
        });
        json!({ "results": results.collect::<Vec<_>>() })
    }
}

impl Sums {
    fn add(&mut self, activity: &Activity, now: DateTime<Utc>) {
        let status = activity.status(now);
        for (count, metric) in self.counts.iter_mut().zip(Metric::VALUES) {
            *count += u64::from(match *metric {
                "nActivities" => true,
                "nPlannedActivities" => status == "Planned",
                "nInProgressActivities" => status == "InProgress",
                "nCompleteActivities" => status == "Completed",
                "nInvalidScheduleActivities" => status == "InvalidSchedule",
                "nNotCompletedActivities" => status == "NotCompleted",
                "nOverdueActivities" => activity.is_overdue(now),
                "nPassedActivities" => activity.is_passed(now) == Some(true),
                "nFailedActivities" => activity.is_passed(now) == Some(false),
                _ => false,
            });
        }
        self.scores.extend(activity.score(now));
    }

    fn show(&self, metric: &str) -> Value {
        let stats = if metric == "oActivityScore" {
            let mut stats = json!({ "count": self.scores.len() });
            if let (Some(min), Some(max)) = (self.scores.iter().min(), self.scores.iter().max()) {
                stats["min"] = json!(*min as f64);
                stats["max"] = json!(*max as f64);
                stats["sum"] = json!(self.scores.iter().sum::<u64>() as f64);
            }
            stats
        } else {
            let index = Metric::VALUES.iter().position(|known| *known == metric);
            json!({ "count": index.and_then(|index| self.counts.get(index)) })
        };
        json!({ "metric": metric, "stats": stats })
    }
}

/// Whether one part is enough. The default is that all are required.
fn is_or(joined: Option<&Joined>) -> Result<bool, Error> {
    match joined {
        None | Some(Joined::And) => Ok(false),
        Some(Joined::Or) => Ok(true),
        Some(_) => Err(Error::invalid("type", "is not one of And, Or")),
    }
}

fn check(predicate: &Predicate) -> Result<(), Error> {
    let dimension = predicate.dimension.as_ref().ok_or_else(|| Error::missing("dimension"))?;
    if !Dimension::VALUES.contains(&dimension.as_str()) {
        return Err(Error::invalid("dimension", &format!("is not one of {}", Dimension::VALUES.join(", "))));
    }
    let value = predicate.value.as_deref().ok_or_else(|| Error::missing("value"))?;
    if matches!(dimension, Dimension::IsPassed) && !matches!(value, "true" | "false") {
        return Err(Error::invalid("value", "must be true or false for `isPassed`"));
    }
    Ok(())
}

fn holds(clause: &Clause, activity: &Activity, activities: &Activities, now: DateTime<Utc>) -> bool {
    let predicates = clause.predicates.as_deref().unwrap_or_default();
    let holds = |predicate: &Predicate| {
        let value = predicate.value.as_deref().unwrap_or_default();
        match &predicate.dimension {
            Some(Dimension::AttendeeId) => activities.people.index_of_id(value) == Some(activity.owner),
            Some(Dimension::Type) => activity.kind.as_str() == value,
            Some(Dimension::ModuleId) => activity.module.is_some() && activity.module == activities.module(value),
            Some(Dimension::IsPassed) => activity.is_passed(now) == Some(value == "true"),
            _ => false,
        }
    };
    if matches!(clause.type_, Some(Joined::Or)) && !predicates.is_empty() {
        predicates.iter().any(holds)
    } else {
        predicates.iter().all(holds)
    }
}
