//! Queries that run as jobs.
//!
//! A job is queued when its state is first asked for, runs the second time, and has come to its end the third time, or
//! as soon as a minute has passed in the sandbox. It fails if its interval begins after the data ends. Cancelled jobs can
//! still be asked for their state; results are there for three days.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use genesys_users::types::{AsyncUserDetailsQuery, UserAsyncAggregationQuery};
use rosterkit_core::chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::aggregates::{Summary, mappings};
use super::details::Selection;
use super::schedule::Schedule;
use crate::clock;
use crate::genesys::Genesys;
use crate::genesys::interval::show;
use crate::genesys::request::{at_least_one, body, cursor, page_size, place};
use crate::http::{Call, Error, Handler, Reply};
use crate::ids::IdSpace;

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteAnalyticsUsersAggregatesJob", |genesys, call| delete(genesys, call, Kind::Aggregates)),
    ("deleteAnalyticsUsersDetailsJob", |genesys, call| delete(genesys, call, Kind::Details)),
    ("getAnalyticsUsersAggregatesJob", |genesys, call| state(genesys, call, Kind::Aggregates)),
    ("getAnalyticsUsersAggregatesJobResults", aggregates),
    ("getAnalyticsUsersDetailsJob", |genesys, call| state(genesys, call, Kind::Details)),
    ("getAnalyticsUsersDetailsJobResults", details),
    ("getAnalyticsUsersDetailsJobsAvailability", availability),
    ("postAnalyticsUsersAggregatesJobs", start_aggregates),
    ("postAnalyticsUsersDetailsJobs", start_details),
];

/// The data that details jobs read lags behind by this.
const LAG: Duration = Duration::hours(24);
const EXPIRY: Duration = Duration::days(3);
/// A job has come to its end after so long, or after having been asked for its state so often.
const RUNTIME: Duration = Duration::minutes(1);
const POLLS: u32 = 3;
/// As many jobs can be there at a time.
const MAX_JOBS: usize = 1_000;

const DEFAULT_SIZE: u64 = 100;
const MAX_SIZE: u64 = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Aggregates,
    Details,
}

/// All jobs by id. One of each kind was started shortly before the year 2025, and has come to its end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(in crate::genesys) struct Jobs {
    started: u32,
    jobs: BTreeMap<String, Job>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Job {
    kind: Kind,
    query: Value,
    /// In milliseconds since 1970, as all times here.
    submitted: i64,
    /// Where the data ends that the job reads.
    until: i64,
    polls: u32,
    end: Option<(End, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Fulfilled,
    Failed,
    Cancelled,
}

/// 2024-12-31T22:00:00Z, in milliseconds since 1970.
const FIRST_STARTED: i64 = 1_735_682_400_000;

impl Jobs {
    pub(in crate::genesys) fn new(seed: u64) -> Self {
        let ids = IdSpace::new(seed, "analytics job");
        let interval = "2024-12-01T00:00:00.000Z/2024-12-08T00:00:00.000Z";
        let first = |kind, query, lag: Duration| Job {
            kind,
            query,
            submitted: FIRST_STARTED,
            until: FIRST_STARTED - lag.num_milliseconds(),
            polls: POLLS,
            end: Some((End::Fulfilled, FIRST_STARTED + RUNTIME.num_milliseconds())),
        };
        let details = first(Kind::Details, json!({ "interval": interval }), LAG);
        let aggregates = json!({
            "interval": interval, "granularity": "P1D", "groupBy": ["userId"], "metrics": ["tAgentRoutingStatus"],
        });
        let aggregates = first(Kind::Aggregates, aggregates, Duration::zero());
        let jobs = BTreeMap::from([(ids.uuid(u32::MAX), details), (ids.uuid(u32::MAX - 1), aggregates)]);
        Self { started: 0, jobs }
    }

    fn start(&mut self, seed: u64, kind: Kind, query: Value, now: DateTime<Utc>) -> Result<String, Error> {
        self.jobs.retain(|_, job| !job.is_expired(now));
        if self.jobs.len() >= MAX_JOBS {
            let message = format!("There are {MAX_JOBS} jobs already: delete those that are no longer needed.");
            return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, "too.many.requests", message));
        }
        let until = if kind == Kind::Details { now - LAG } else { now };
        let (submitted, until) = (now.timestamp_millis(), until.timestamp_millis());
        let id = IdSpace::new(seed, "analytics job").uuid(self.started);
        self.started += 1;
        self.jobs.insert(id.clone(), Job { kind, query, submitted, until, polls: 0, end: None });
        Ok(id)
    }

    fn find(&mut self, id: &str, kind: Kind) -> Result<&mut Job, Error> {
        let job = self.jobs.get_mut(id).filter(|job| job.kind == kind);
        job.ok_or_else(|| Error::not_found("There is no such job."))
    }
}

impl Job {
    fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now.timestamp_millis() >= self.submitted.saturating_add(EXPIRY.num_milliseconds())
    }

    /// Ends the job if it has run for long enough.
    fn proceed(&mut self, now: DateTime<Utc>, start: i64) {
        let long = now.timestamp_millis().saturating_sub(self.submitted) >= RUNTIME.num_milliseconds();
        if self.end.is_none() && (self.polls >= POLLS || long) {
            let end = if start >= self.until { End::Failed } else { End::Fulfilled };
            self.end = Some((end, now.timestamp_millis()));
        }
    }

    fn state(&self, now: DateTime<Utc>) -> &'static str {
        match self.end {
            _ if self.is_expired(now) => "EXPIRED",
            None if self.polls <= 1 => "QUEUED",
            None => "PENDING",
            Some((End::Fulfilled, _)) => "FULFILLED",
            Some((End::Failed, _)) => "FAILED",
            Some((End::Cancelled, _)) => "CANCELLED",
        }
    }

    /// When the interval of the query begins.
    fn start(&self) -> Result<i64, Error> {
        Ok(match self.kind {
            Kind::Aggregates => self.summary()?.0.interval.start,
            Kind::Details => self.selection()?.0.interval.start,
        }
        .timestamp_millis())
    }

    fn summary(&self) -> Result<(Summary, UserAsyncAggregationQuery), Error> {
        let query: UserAsyncAggregationQuery = self.read()?;
        Ok((Summary::of_job(&query)?, query))
    }

    fn selection(&self) -> Result<(Selection, AsyncUserDetailsQuery), Error> {
        let query: AsyncUserDetailsQuery = self.read()?;
        Ok((Selection::of_job(&query)?, query))
    }

    fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_value(self.query.clone()).map_err(|_| Error::bad_request("The query cannot be read."))
    }

    fn until(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.until).unwrap_or_default()
    }

    /// Refuses to give results that are not there.
    fn ready(&self, now: DateTime<Utc>) -> Result<(), Error> {
        match self.state(now) {
            "FULFILLED" => Ok(()),
            "EXPIRED" => Err(Error::new(StatusCode::GONE, "expired", "The results of the job have expired.")),
            state => Err(Error::bad_request(format!("The job has no results: its state is {state}."))),
        }
    }
}

fn start_details(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: AsyncUserDetailsQuery = body(call)?;
    Selection::of_job(&query)?;
    at_least_one("limit", query.limit, 1)?;
    start(genesys, call, Kind::Details)
}

fn start_aggregates(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: UserAsyncAggregationQuery = body(call)?;
    Summary::of_job(&query)?;
    at_least_one("pageSize", query.page_size, 1)?;
    start(genesys, call, Kind::Aggregates)
}

fn start(genesys: &Genesys, call: &Call<'_>, kind: Kind) -> Result<Reply, Error> {
    let (query, seed) = (Value::Object(call.json_object()?), genesys.users().people.seed);
    let id = genesys.extras().jobs.start(seed, kind, query, clock::now())?;
    Ok(Reply::json(&json!({ "jobId": id })).with_status(StatusCode::ACCEPTED))
}

fn state(genesys: &Genesys, call: &Call<'_>, kind: Kind) -> Result<Reply, Error> {
    let now = clock::now();
    let mut extras = genesys.extras();
    let job = extras.jobs.find(call.path("jobId"), kind)?;
    job.polls = job.polls.saturating_add(1);
    let start = job.start()?;
    job.proceed(now, start);
    let moment = |millis: i64| DateTime::from_timestamp_millis(millis).map(show);
    let mut shown = json!({
        "state": job.state(now), "submissionDate": moment(job.submitted),
        "expirationDate": moment(job.submitted.saturating_add(EXPIRY.num_milliseconds())),
    });
    if let Some((end, at)) = job.end {
        shown["completionDate"] = json!(moment(at));
        if end == End::Failed {
            shown["errorMessage"] =
                json!(format!("There is no data for the interval: it ends at {}.", show(job.until())));
        }
    }
    Ok(Reply::json(&shown))
}

/// Cancels a job that runs, and forgets one that does not.
fn delete(genesys: &Genesys, call: &Call<'_>, kind: Kind) -> Result<Reply, Error> {
    let now = clock::now();
    let mut extras = genesys.extras();
    let job = extras.jobs.find(call.path("jobId"), kind)?;
    let start = job.start()?;
    job.proceed(now, start);
    if job.end.is_none() {
        job.end = Some((End::Cancelled, now.timestamp_millis()));
    } else {
        extras.jobs.jobs.remove(call.path("jobId"));
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// A job whose results can be read.
fn fulfilled(genesys: &Genesys, call: &Call<'_>, kind: Kind) -> Result<Job, Error> {
    let now = clock::now();
    let mut extras = genesys.extras();
    let job = extras.jobs.find(call.path("jobId"), kind)?;
    let start = job.start()?;
    job.proceed(now, start);
    job.ready(now)?;
    Ok(job.clone())
}

fn details(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let job = fulfilled(genesys, call, Kind::Details)?;
    let (selection, query) = job.selection()?;
    let size = page_size("pageSize", call.integer("pageSize"), DEFAULT_SIZE, MAX_SIZE)?;
    // Behind the next person stands how many have been told already, for the limit.
    let told_name = format!("{}/told", call.path("jobId"));
    let at = place(call, "cursor", &told_name)?;
    let (from, told) = (at >> 32, at & u64::from(u32::MAX));
    let left =
        query.limit.and_then(|limit| u64::try_from(limit).ok()).map_or(u64::MAX, |limit| limit.saturating_sub(told));

    let schedule = Schedule::new(genesys.users().people);
    let until = job.until();
    let people = selection.people(&schedule, from);
    let mut found = people.filter_map(|person| Some((person, selection.detail(&schedule, person, until)?)));
    let mut page = Vec::new();
    let mut last = from;
    for (person, detail) in found.by_ref().take(usize::try_from(size.min(left)).unwrap_or(usize::MAX)) {
        last = person;
        page.push(detail);
    }
    let told = told + page.len() as u64;
    let more = left > page.len() as u64 && found.next().is_some();
    let mut answer = json!({ "userDetails": page, "dataAvailabilityDate": show(until) });
    if more {
        answer["cursor"] = json!(cursor(&told_name, (last + 1) << 32 | told));
    }
    Ok(Reply::json(&answer))
}

fn aggregates(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let job = fulfilled(genesys, call, Kind::Aggregates)?;
    let (summary, query) = job.summary()?;
    let size = page_size("pageSize", query.page_size, DEFAULT_SIZE, MAX_SIZE)?;
    let from = place(call, "cursor", call.path("jobId"))?;
    let schedule = Schedule::new(genesys.users().people);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let mut groups: Vec<(Value, u64)> = summary.groups(&schedule, from, size + 1, job.until()).collect();
    let more = groups.len() > size;
    groups.truncate(size);
    let next = groups.last().map(|(_, next)| *next).filter(|_| more);
    let groups: Vec<Value> = groups.into_iter().map(|(group, _)| group).collect();
    let mut answer = json!({ "systemToOrganizationMappings": mappings(&schedule), "results": groups });
    if let Some(next) = next {
        answer["cursor"] = json!(cursor(call.path("jobId"), next));
    }
    Ok(Reply::json(&answer))
}

fn availability(_: &Genesys, _: &Call<'_>) -> Result<Reply, Error> {
    Ok(Reply::json(&json!({ "dataAvailabilityDate": show(clock::now() - LAG) })))
}
