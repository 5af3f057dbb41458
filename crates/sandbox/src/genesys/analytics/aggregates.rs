//! The time that users spent in each presence and routing status, in milliseconds.

use std::collections::BTreeMap;

use genesys_users::types::{
    AggregationRange, UserAggregateQueryFilter, UserAggregationMetric, UserAggregationQuery, UserAggregationView,
    UserAggregationViewFunction, UserAnalyticsDimension, UserAsyncAggregationQuery,
};
use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::details::{candidates, passes, presence_id};
use super::filter::{Filter, USER, read};
use super::period::slices;
use super::schedule::{KINDS, Schedule, Track};
use crate::clock;
use crate::genesys::interval::Interval;
use crate::genesys::request::body;
use crate::genesys::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};

/// The longest interval of a query.
const MAX_DAYS: i64 = 366;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("postAnalyticsUsersAggregatesQuery", query)];

/// The metrics: name, track, and whether its qualifier is the id of a presence definition.
const METRICS: [(&str, Track, bool); 3] = [
    ("tAgentRoutingStatus", Track::Status, false),
    ("tOrganizationPresence", Track::Presence, true),
    ("tSystemPresence", Track::Presence, false),
];

/// The number of days of people that are read per step, after which other requests are served.
const STEP: u64 = 1 << 14;

/// The maximum number of groups times slices in the response of a query.
const MAX_ENTRIES: usize = 20_000;

/// A checked query: which metrics, of which users, in which slices.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) interval: Interval,
    slices: Vec<Interval>,
    by_user: bool,
    users: Filter,
    metrics: Vec<(&'static str, Track, bool)>,
    views: Vec<View>,
}

#[derive(Debug)]
struct View {
    name: String,
    track: Track,
    low: f64,
    high: f64,
}

/// The number of users with each kind of day, by day.
type KindCounts = BTreeMap<i64, [u64; KINDS]>;

impl Summary {
    fn of_query(query: &UserAggregationQuery) -> Result<Self, Error> {
        Self::new(
            query.interval.as_deref(),
            (query.granularity.as_deref(), query.time_zone.as_deref()),
            query.group_by.as_deref(),
            query.filter.as_deref(),
            query.metrics.as_deref(),
            query.views.as_deref(),
        )
    }

    pub(super) fn of_job(query: &UserAsyncAggregationQuery) -> Result<Self, Error> {
        Self::new(
            query.interval.as_deref(),
            (query.granularity.as_deref(), query.time_zone.as_deref()),
            query.group_by.as_deref(),
            query.filter.as_deref(),
            query.metrics.as_deref(),
            query.views.as_deref(),
        )
    }

    fn new(
        text: Option<&str>,
        (granularity, zone): (Option<&str>, Option<&str>),
        group_by: Option<&[UserAnalyticsDimension]>,
        filter: Option<&UserAggregateQueryFilter>,
        metrics: Option<&[UserAggregationMetric]>,
        views: Option<&[UserAggregationView]>,
    ) -> Result<Self, Error> {
        let interval = Interval::required(text, MAX_DAYS)?;
        let by_user = match group_by.unwrap_or_default() {
            [] => false,
            [one] if one.as_str() == USER => true,
            _ => return Err(Error::invalid("groupBy", "can contain only `userId`")),
        };
        let metrics = metrics.unwrap_or_default().iter().map(|name| {
            METRICS.into_iter().find(|(known, ..)| *known == name.as_str()).ok_or_else(|| {
                let known = METRICS.map(|(known, ..)| known).join(", ");
                Error::invalid("metrics", &format!("contains an unknown name; expected {known}"))
            })
        });
        let metrics = metrics.collect::<Result<Vec<_>, _>>()?;
        let views = views.unwrap_or_default().iter().map(View::new).collect::<Result<Vec<_>, _>>()?;
        if metrics.is_empty() && views.is_empty() {
            return Err(Error::missing("metrics"));
        }
        Ok(Self {
            interval,
            slices: slices(interval, granularity, zone)?,
            by_user,
            users: read(filter)?,
            metrics,
            views,
        })
    }

    fn group(&self, schedule: &Schedule, group: Value, counts: &KindCounts, known: Interval) -> Value {
        let slices = self.slices.iter().filter_map(|slice| {
            let known = Schedule::known(*slice, known.end)?;
            let (mut metrics, mut views) = (Vec::new(), Vec::new());
            for (metric, track, by_id) in &self.metrics {
                for (value, sum) in sums(schedule, counts, known, *track) {
                    let qualifier = match by_id {
                        true => presence_id(schedule, value),
                        false => track.values().get(value).copied().unwrap_or_default().to_owned(),
                    };
                    metrics.push(json!({ "metric": metric, "qualifier": qualifier, "stats": { "sum": sum as f64 } }));
                }
            }
            for view in &self.views {
                let sum = view.sum(schedule, counts, known);
                views.push(json!({ "name": view.name, "stats": { "sum": sum as f64 } }));
            }
            let mut shown = json!({ "interval": slice.show(), "metrics": metrics });
            if !views.is_empty() {
                shown["views"] = json!(views);
            }
            Some(shown)
        });
        json!({ "group": group, "data": slices.collect::<Vec<_>>() })
    }
}

/// The groups of a summary, computed in steps, between which other requests are served.
pub(super) struct Groups {
    summary: Summary,
    schedule: Schedule,
    /// The part of the interval with data, if there is one.
    known: Option<Interval>,
    people: Box<dyn Iterator<Item = u64> + Send>,
    /// The number of people per step.
    at_once: u64,
    /// The largest number of groups.
    limit: usize,
    /// The sums of all people so far, unless the groups are by user. `None` if another page had them.
    sums: Option<KindCounts>,
    /// Each with the index of the next person.
    groups: Vec<(Value, u64)>,
}

impl Groups {
    /// At most `limit` groups, starting with a person.
    pub(super) fn new(summary: Summary, schedule: Schedule, from: u64, limit: usize, until: DateTime<Utc>) -> Self {
        let known = Schedule::known(summary.interval, until);
        let days = known.map_or(1, |known| {
            let days = Schedule::days(known);
            days.end.abs_diff(days.start).max(1)
        });
        let people = candidates(&summary.users, &schedule, from);
        let sums = (!summary.by_user && from == 0).then(KindCounts::new);
        let at_once = (STEP / days).max(1);
        Self { summary, schedule, known, people, at_once, limit, sums, groups: Vec::new() }
    }

    /// Reads some more people, and returns the groups at the end.
    pub(super) fn step(&mut self) -> Option<Vec<(Value, u64)>> {
        let Self { summary, schedule, .. } = self;
        let Some(known) = self.known else { return Some(Vec::new()) };
        for _ in 0..self.at_once {
            let next = if self.groups.len() < self.limit { self.people.next() } else { None };
            let Some(person) = next else {
                if let Some(sums) = self.sums.take() {
                    self.groups.push((summary.group(schedule, json!({}), &sums, known), schedule.people.count));
                }
                return Some(std::mem::take(&mut self.groups));
            };
            if !passes(&summary.users, schedule, person) {
                continue;
            }
            if summary.by_user {
                let mut counts = KindCounts::new();
                add(&mut counts, schedule, person, known);
                let group = json!({ USER: schedule.people.id(person) });
                self.groups.push((summary.group(schedule, group, &counts, known), person + 1));
            } else if let Some(sums) = &mut self.sums {
                add(sums, schedule, person, known);
            } else {
                return Some(Vec::new());
            }
        }
        None
    }
}

impl View {
    fn new(view: &UserAggregationView) -> Result<Self, Error> {
        let name = view.name.clone().filter(|name| !name.is_empty()).ok_or_else(|| Error::missing("views.name"))?;
        let target = view.target.as_ref().ok_or_else(|| Error::missing("views.target"))?;
        let target = METRICS.iter().find(|(known, ..)| *known == target.as_str());
        let (_, track, _) = target.ok_or_else(|| Error::invalid("views.target", "is not a metric"))?;
        match view.function {
            Some(UserAggregationViewFunction::RangeBound) => {}
            None => return Err(Error::missing("views.function")),
            Some(_) => return Err(Error::invalid("views.function", "must be rangeBound")),
        }
        let AggregationRange { gte, lt } = *view.range.clone().ok_or_else(|| Error::missing("views.range"))?;
        let (low, high) = (gte.unwrap_or(f64::NEG_INFINITY), lt.unwrap_or(f64::INFINITY));
        if low >= high {
            return Err(Error::invalid("views.range", "is empty: `gte` must be less than `lt`"));
        }
        Ok(Self { name, track: *track, low, high })
    }

    /// The sum of the spans whose length is in the range of the view.
    fn sum(&self, schedule: &Schedule, counts: &KindCounts, known: Interval) -> u64 {
        let mut sum = 0;
        each(schedule, counts, known, self.track, &mut |_, length, count| {
            if (self.low..self.high).contains(&(length as f64)) {
                sum += length * count;
            }
        });
        sum
    }
}

fn add(counts: &mut KindCounts, schedule: &Schedule, person: u64, known: Interval) {
    for day in Schedule::days(known) {
        if let Some(count) = counts.entry(day).or_default().get_mut(schedule.kind(person, day)) {
            *count += 1;
        }
    }
}

/// Milliseconds by value.
fn sums(schedule: &Schedule, counts: &KindCounts, known: Interval, track: Track) -> BTreeMap<usize, u64> {
    let mut sums = BTreeMap::new();
    each(schedule, counts, known, track, &mut |value, length, count| *sums.entry(value).or_default() += length * count);
    sums
}

/// Calls `each` for every span of every kind of day with its value, its length in milliseconds and its number of users.
fn each(
    schedule: &Schedule,
    counts: &KindCounts,
    known: Interval,
    track: Track,
    each: &mut dyn FnMut(usize, u64, u64),
) {
    for (day, kinds) in counts.range(Schedule::days(known)) {
        for (kind, count) in kinds.iter().enumerate().filter(|(_, count)| **count > 0) {
            for span in schedule.spans_of_kind(kind, *day, known, track) {
                each(span.value, (span.end - span.start).unsigned_abs(), *count);
            }
        }
    }
}

/// The presence definitions of the organization for each system presence.
pub(super) fn mappings(schedule: &Schedule) -> Value {
    let presences = Track::Presence.values().iter().enumerate();
    presences
        .map(|(value, name)| ((*name).to_owned(), json!([presence_id(schedule, value)])))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn query(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let summary = Summary::of_query(&body::<UserAggregationQuery>(call)?)?;
    let schedule = Schedule::new(genesys.users().people);
    let most = (MAX_ENTRIES / summary.slices.len().max(1)).max(1);
    let now = clock::now();
    // The number of groups is known before they are computed, and so is whether there are too many for the response.
    let mut people =
        candidates(&summary.users, &schedule, 0).filter(|person| passes(&summary.users, &schedule, *person));
    if summary.by_user && Schedule::known(summary.interval, now).is_some() && people.nth(most).is_some() {
        let message = "The response would be too large: filter by `userId`, use a larger granularity, or start a job.";
        return Err(Error::bad_request(message));
    }
    drop(people);
    let mappings = mappings(&schedule);
    let mut groups = Groups::new(summary, schedule, 0, most, now);
    Ok(Reply::json_in_steps(move || {
        let groups: Vec<Value> = groups.step()?.into_iter().map(|(group, _)| group).collect();
        Some(Ok(json!({ "systemToOrganizationMappings": mappings, "results": groups })))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::People;

    fn groups(query: Value, count: u64, from: u64, limit: usize) -> Result<Groups, Error> {
        let query: UserAggregationQuery = serde_json::from_value(query).unwrap_or_else(|error| panic!("{error}"));
        let schedule = Schedule::new(People::new(7, count));
        Ok(Groups::new(Summary::of_query(&query)?, schedule, from, limit, clock::now()))
    }

    /// The number of steps, and what they give.
    fn walk(mut groups: Groups) -> (usize, Vec<(Value, u64)>) {
        let mut steps = 1;
        loop {
            match groups.step() {
                Some(found) => return (steps, found),
                None => steps += 1,
            }
        }
    }

    #[test]
    fn a_step_reads_a_bounded_number_of_days() -> Result<(), Error> {
        let year = "2024-01-01T00:00:00Z/2024-12-31T00:00:00Z";
        let query = json!({ "interval": year, "metrics": ["tSystemPresence"] });
        let people = 10 * (STEP / 365);
        let (steps, found) = walk(groups(query.clone(), people, 0, 1)?);
        assert_eq!((steps, found.len(), found[0].1), (11, 1, people));
        let (_, next) = walk(groups(query, people, 1, 1)?);
        assert_eq!(next, [], "the only group was on the page before");

        // Those whom the filter rejects count as well.
        let without_user = json!([{ "predicates": [{ "dimension": "userId", "operator": "notExists" }] }]);
        let filter = json!({ "type": "and", "clauses": without_user });
        let query = json!({
            "interval": year, "metrics": ["tSystemPresence"], "groupBy": ["userId"], "filter": filter,
        });
        assert_eq!(walk(groups(query, people, 0, 10)?), (11, vec![]));
        Ok(())
    }

    #[test]
    fn groups_by_user_continue_after_the_last_one() -> Result<(), Error> {
        let interval = "2024-12-01T00:00:00Z/2024-12-02T00:00:00Z";
        let query = json!({ "interval": interval, "metrics": ["tSystemPresence"], "groupBy": ["userId"] });
        let all = walk(groups(query.clone(), 5, 0, 9)?).1;
        let first = walk(groups(query.clone(), 5, 0, 3)?).1;
        let rest = walk(groups(query, 5, first[2].1, 3)?).1;
        assert_eq!([first, rest].concat(), all);
        Ok(())
    }
}
