//! The time that users spent in each presence and routing status, in milliseconds.

use std::collections::BTreeMap;

use genesys_users::types::{
    AggregationRange, UserAggregateQueryFilter, UserAggregationQuery, UserAggregationView, UserAggregationViewFunction,
    UserAsyncAggregationQuery,
};
use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::details::{people, presence_id};
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
        group_by: Option<&[String]>,
        filter: Option<&UserAggregateQueryFilter>,
        metrics: Option<&[String]>,
        views: Option<&[UserAggregationView]>,
    ) -> Result<Self, Error> {
        let interval = Interval::required(text, MAX_DAYS)?;
        let by_user = match group_by.unwrap_or_default() {
            [] => false,
            [one] if one == USER => true,
            _ => return Err(Error::invalid("groupBy", "can contain only `userId`")),
        };
        let metrics = metrics.unwrap_or_default().iter().map(|name| {
            METRICS.into_iter().find(|(known, ..)| known == name).ok_or_else(|| {
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

    /// At most `limit` groups, starting with a person; each with the index of the next person.
    pub(super) fn groups(
        &self,
        schedule: &Schedule,
        from: u64,
        limit: usize,
        until: DateTime<Utc>,
    ) -> impl Iterator<Item = (Value, u64)> {
        let known = Schedule::known(self.interval, until);
        let people = people(&self.users, schedule, from);
        let mut groups: Vec<(Value, u64)> = Vec::new();
        match known {
            None => {}
            Some(known) if self.by_user => {
                for person in people.take(limit) {
                    let mut counts = KindCounts::new();
                    add(&mut counts, schedule, person, known);
                    let group = json!({ USER: schedule.people.id(person) });
                    groups.push((self.group(schedule, group, &counts, known), person + 1));
                }
            }
            Some(known) if from == 0 => {
                let mut counts = KindCounts::new();
                people.for_each(|person| add(&mut counts, schedule, person, known));
                groups.push((self.group(schedule, json!({}), &counts, known), schedule.people.count));
            }
            Some(_) => {}
        }
        groups.into_iter()
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
    let groups: Vec<Value> = summary.groups(&schedule, 0, most + 1, clock::now()).map(|(group, _)| group).collect();
    if groups.len() > most {
        let message = "The response would be too large: filter by `userId`, use a larger granularity, or start a job.";
        return Err(Error::bad_request(message));
    }
    Ok(Reply::json(&json!({ "systemToOrganizationMappings": mappings(&schedule), "results": groups })))
}
