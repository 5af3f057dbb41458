//! The spans of presence and routing status of users.

use genesys_users::types::{
    AnalyticsAggregationType as Counting, AnalyticsQueryAggregation, AnalyticsQueryOrder, AsyncUserDetailsQuery,
    UserDetailsQuery,
};
use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

use super::filter::{Filter, USER, read};
use super::schedule::{Schedule, Span, Track};
use crate::clock;
use crate::genesys::interval::Interval;
use crate::genesys::request::{at_least_one, body, page_size};
use crate::genesys::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

/// The longest interval of a job, and of a query with filters.
const MAX_DAYS: i64 = 31;
/// The longest interval of a query without filters.
const MAX_DAYS_OF_ALL: i64 = 7;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[("postAnalyticsUsersDetailsQuery", query)];

const DEFAULT_SIZE: u64 = 25;
const MAX_SIZE: u64 = 100;
/// The maximum number of user days that a query reads to find its users.
const MAX_USER_DAYS: u64 = 1_000_000;

/// A checked query: which users, which of their spans, and in which order.
#[derive(Debug)]
pub(super) struct Selection {
    pub(super) interval: Interval,
    users: Filter,
    presence: Filter,
    status: Filter,
    descending: bool,
}

impl Selection {
    fn of_query(query: &UserDetailsQuery) -> Result<Self, Error> {
        let selection = Self {
            interval: Interval::required(query.interval.as_deref(), MAX_DAYS)?,
            users: read(query.user_filters.iter().flatten())?,
            presence: read(query.presence_filters.iter().flatten())?,
            status: read(query.routing_status_filters.iter().flatten())?,
            descending: is_descending(query.order.as_ref())?,
        };
        if selection.takes_all() {
            Interval::required(query.interval.as_deref(), MAX_DAYS_OF_ALL)?;
        }
        Ok(selection)
    }

    pub(super) fn of_job(query: &AsyncUserDetailsQuery) -> Result<Self, Error> {
        Ok(Self {
            interval: Interval::required(query.interval.as_deref(), MAX_DAYS)?,
            users: read(query.user_filters.iter().flatten())?,
            presence: read(query.presence_filters.iter().flatten())?,
            status: read(query.routing_status_filters.iter().flatten())?,
            descending: is_descending(query.order.as_ref())?,
        })
    }

    /// Whether no user is filtered out.
    fn takes_all(&self) -> bool {
        self.users.is_empty() && self.presence.is_empty() && self.status.is_empty()
    }

    /// The sample people who match the filter of users, from an index on.
    pub(super) fn people<'a>(&'a self, schedule: &'a Schedule, from: u64) -> impl Iterator<Item = u64> + 'a {
        people(&self.users, schedule, from)
    }

    /// The spans of a person, unless all are filtered out. `until` is the end of the data: a span that reaches it has no
    /// end.
    pub(super) fn detail(&self, schedule: &Schedule, person: u64, until: DateTime<Utc>) -> Option<Value> {
        let known = Schedule::known(self.interval, until)?;
        let (presence, status) =
            (self.spans(schedule, person, known, Track::Presence), self.spans(schedule, person, known, Track::Status));
        if presence.is_empty() && !self.presence.is_empty() || status.is_empty() && !self.status.is_empty() {
            return None;
        }
        let open = until < self.interval.end;
        let records = |spans: Vec<Span>, name: &str, track: Track| -> Vec<Value> {
            let record = |span: &Span| {
                let mut record = Map::new();
                record.insert("startTime".to_owned(), json!(at(span.start)));
                if !open || span.end != until.timestamp_millis() {
                    record.insert("endTime".to_owned(), json!(at(span.end)));
                }
                record.insert(name.to_owned(), json!(track.values().get(span.value)));
                if track == Track::Presence {
                    record.insert("organizationPresenceId".to_owned(), json!(presence_id(schedule, span.value)));
                }
                Value::Object(record)
            };
            if self.descending { spans.iter().rev().map(record).collect() } else { spans.iter().map(record).collect() }
        };
        Some(json!({
            "userId": schedule.people.id(person),
            "primaryPresence": records(presence, "systemPresence", Track::Presence),
            "routingStatus": records(status, "routingStatus", Track::Status),
        }))
    }

    fn spans(&self, schedule: &Schedule, person: u64, known: Interval, track: Track) -> Vec<Span> {
        let filter = if track == Track::Presence { &self.presence } else { &self.status };
        // Whether a span matches depends on its value only.
        let passes: Vec<bool> = (0..track.values().len())
            .map(|value| filter.is_empty() || filter.matches(&|dimension| vec![term(schedule, dimension, value)]))
            .collect();
        schedule.spans(person, known, track).filter(|span| passes.get(span.value) == Some(&true)).collect()
    }
}

/// The sample people who match a filter by user, from an index on.
fn people<'a>(filter: &'a Filter, schedule: &'a Schedule, from: u64) -> impl Iterator<Item = u64> + 'a {
    candidates(filter, schedule, from).filter(move |person| passes(filter, schedule, *person))
}

/// Whether a person matches a filter by user.
pub(super) fn passes(filter: &Filter, schedule: &Schedule, person: u64) -> bool {
    filter.is_empty() || filter.matches(&|_| vec![schedule.people.id(person)])
}

/// The only sample people who can match a filter by user, from an index on.
pub(super) fn candidates(
    filter: &Filter,
    schedule: &Schedule,
    from: u64,
) -> Box<dyn Iterator<Item = u64> + Send + 'static> {
    match filter.pinned(USER) {
        Some(ids) => {
            let known = ids.into_iter().filter_map(|id| schedule.people.index_of_id(id));
            let mut people: Vec<u64> = known.filter(|person| (from..schedule.people.count).contains(person)).collect();
            people.sort_unstable();
            people.dedup();
            Box::new(people.into_iter())
        }
        None => Box::new(from..schedule.people.count),
    }
}

/// The text of a value in a dimension of spans.
fn term(schedule: &Schedule, dimension: &str, value: usize) -> String {
    match dimension {
        "organizationPresenceId" => presence_id(schedule, value),
        "systemPresence" => Track::Presence.values().get(value).copied().unwrap_or_default().to_owned(),
        _ => Track::Status.values().get(value).copied().unwrap_or_default().to_owned(),
    }
}

/// The id of the presence definition behind a value.
pub(super) fn presence_id(schedule: &Schedule, value: usize) -> String {
    IdSpace::new(schedule.people.seed, "presence").uuid(value as u32)
}

fn at(millis: i64) -> String {
    DateTime::from_timestamp_millis(millis).map(clock::rfc3339).unwrap_or_default()
}

fn is_descending(order: Option<&AnalyticsQueryOrder>) -> Result<bool, Error> {
    match order {
        None | Some(AnalyticsQueryOrder::Asc | AnalyticsQueryOrder::Unordered) => Ok(false),
        Some(AnalyticsQueryOrder::Desc) => Ok(true),
        Some(_) => Err(Error::invalid("order", "is not one of asc, desc, unordered")),
    }
}

fn query(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: UserDetailsQuery = body(call)?;
    let selection = Selection::of_query(&query)?;
    let paging = query.paging.as_ref();
    let size = page_size("paging.pageSize", paging.and_then(|paging| paging.page_size), DEFAULT_SIZE, MAX_SIZE)?;
    let number = at_least_one("paging.pageNumber", paging.and_then(|paging| paging.page_number), 1)?;
    let countings = [
        (Track::Presence, query.presence_aggregations.as_deref().unwrap_or_default()),
        (Track::Status, query.routing_status_aggregations.as_deref().unwrap_or_default()),
    ];
    let countings: Vec<(Track, &AnalyticsQueryAggregation)> =
        countings.into_iter().flat_map(|(track, countings)| countings.iter().map(move |one| (track, one))).collect();
    let countings: Vec<(Track, AnalyticsQueryAggregation)> =
        countings.into_iter().map(|(track, counting)| (track, with_type(counting))).collect();
    countings.iter().try_for_each(|(track, counting)| check(*track, counting))?;

    let schedule = Schedule::new(genesys.users().people);
    let now = clock::now();
    let start = (number - 1).saturating_mul(size);
    let in_page = |position: u64| position >= start && position < start.saturating_add(size);
    let mut aggregations: Vec<Counts> = countings.iter().map(|_| Counts::default()).collect();
    let (mut total, mut details) = (0, Vec::new());
    let Some(known) = Schedule::known(selection.interval, now) else {
        return Ok(Reply::json(&json!({ "userDetails": [], "aggregations": [], "totalHits": 0 })));
    };
    if selection.takes_all() && countings.is_empty() {
        total = schedule.people.count;
        let page = start.min(total)..start.saturating_add(size).min(total);
        details.extend(page.filter_map(|person| selection.detail(&schedule, person, now)));
    } else {
        let days = Schedule::days(known);
        let mut left = MAX_USER_DAYS / days.end.abs_diff(days.start).max(1);
        for person in selection.people(&schedule, 0) {
            left = left.checked_sub(1).ok_or_else(|| {
                let message = "The query reads too much data: filter by users, shorten the interval, or start a job.";
                Error::bad_request(message)
            })?;
            let needed = in_page(total) || !selection.presence.is_empty() || !selection.status.is_empty();
            if needed {
                let Some(detail) = selection.detail(&schedule, person, now) else { continue };
                if in_page(total) {
                    details.push(detail);
                }
            }
            total += 1;
            for (counts, (track, _)) in aggregations.iter_mut().zip(&countings) {
                selection.spans(&schedule, person, known, *track).iter().for_each(|span| counts.add(*span));
            }
        }
    }
    let aggregations = aggregations.iter().zip(&countings);
    let aggregations: Vec<Value> =
        aggregations.map(|(counts, (track, counting))| counts.show(&schedule, *track, counting)).collect();
    Ok(Reply::json(&json!({ "userDetails": details, "aggregations": aggregations, "totalHits": total })))
}

/// The number of spans of each value and length.
#[derive(Debug, Default)]
struct Counts {
    spans: BTreeMap<(usize, i64), u64>,
}

impl Counts {
    fn add(&mut self, span: Span) {
        *self.spans.entry((span.value, span.end - span.start)).or_default() += 1;
    }

    fn show(&self, schedule: &Schedule, track: Track, counting: &AnalyticsQueryAggregation) -> Value {
        let mut shown = json!({ "type": counting.type_.as_ref().map(|kind| kind.as_str()) });
        if let Some(dimension) = &counting.dimension {
            let mut terms: BTreeMap<usize, u64> = BTreeMap::new();
            self.spans.iter().for_each(|((value, _), count)| *terms.entry(*value).or_default() += count);
            let total: u64 = terms.values().sum();
            let mut terms: Vec<(usize, u64)> = terms.into_iter().collect();
            terms.sort_by_key(|(value, count)| (std::cmp::Reverse(*count), *value));
            terms.truncate(counting.size.and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX));
            let terms: Vec<Value> = terms
                .into_iter()
                .map(|(value, count)| json!({ "value": term(schedule, dimension, value), "count": count }))
                .collect();
            shown["dimension"] = json!(dimension);
            shown["count"] = json!(total);
            shown["results"] = json!(terms);
        } else {
            let ranges = counting.ranges.iter().flatten().map(|range| {
                let inside = |length: i64| {
                    range.gte.is_none_or(|low| length as f64 >= low)
                        && range.lt.is_none_or(|high| (length as f64) < high)
                };
                let count: u64 =
                    self.spans.iter().filter(|((_, length), _)| inside(*length)).map(|(_, count)| count).sum();
                let mut entry = json!({ "count": count });
                range.gte.iter().for_each(|low| entry["gte"] = json!(low));
                range.lt.iter().for_each(|high| entry["lt"] = json!(high));
                entry
            });
            shown["results"] = ranges.collect();
            shown["metric"] = json!(metric(track));
        }
        shown
    }
}

/// The metric of the lengths of spans.
fn metric(track: Track) -> &'static str {
    match track {
        Track::Presence => "tSystemPresence",
        Track::Status => "tAgentRoutingStatus",
    }
}

/// The aggregation with its type, which is inferred if it is absent: ranges and a metric are counted by `numericRange`, a
/// dimension by `termFrequency`.
fn with_type(counting: &AnalyticsQueryAggregation) -> AnalyticsQueryAggregation {
    let counting = counting.clone();
    let inferred = match &counting {
        AnalyticsQueryAggregation { dimension: Some(_), .. } => Some(Counting::TermFrequency),
        AnalyticsQueryAggregation { metric: None, ranges: None, .. } => None,
        _ => Some(Counting::NumericRange),
    };
    AnalyticsQueryAggregation { type_: counting.type_.clone().or(inferred), ..counting }
}

fn check(track: Track, counting: &AnalyticsQueryAggregation) -> Result<(), Error> {
    match counting.type_ {
        Some(Counting::TermFrequency) => {
            let known: &[&str] = match track {
                Track::Presence => &["systemPresence", "organizationPresenceId"],
                Track::Status => &["routingStatus"],
            };
            let dimension = counting.dimension.as_deref().ok_or_else(|| Error::missing("dimension"))?;
            if counting.size.is_some_and(|size| size < 1) {
                return Err(Error::invalid("size", "is less than 1"));
            }
            if known.contains(&dimension) {
                Ok(())
            } else {
                Err(Error::invalid("dimension", &format!("is not one of {}", known.join(", "))))
            }
        }
        Some(Counting::NumericRange) => {
            let known = metric(track);
            if counting.dimension.is_some() {
                return Err(Error::invalid("dimension", "is not numeric: ranges are counted over a metric"));
            }
            if counting.metric.as_deref() != Some(known) {
                return Err(Error::invalid("metric", &format!("must be {known} here")));
            }
            if counting.ranges.as_ref().is_none_or(Vec::is_empty) {
                return Err(Error::missing("ranges"));
            }
            Ok(())
        }
        None => Err(Error::missing("type")),
        Some(_) => Err(Error::invalid("type", "is not one of termFrequency, numericRange")),
    }
}
