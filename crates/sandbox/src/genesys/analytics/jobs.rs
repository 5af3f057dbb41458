//! Queries that run as jobs.
//!
//! The first poll of a job finds it queued, the second running, the third finished; so does any poll after a minute in the
//! sandbox. A job fails if its interval begins after the end of the data. The state of cancelled jobs can still be read;
//! results expire after three days.

use axum::http::StatusCode;
use genesys_users::types::{AsyncUserDetailsQuery, UserAsyncAggregationQuery};
use rosterkit_core::chrono::DateTime;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::aggregates::{Groups, Summary, mappings};
use super::details::Selection;
use super::schedule::Schedule;
use crate::clock;
use crate::genesys::model::jobs::{EXPIRY, Job, JobEnd, JobKind, LAG};
use crate::genesys::request::{at_least_one, body, cursor, page_size, position};
use crate::genesys::store::Genesys;
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] = &[
    ("deleteAnalyticsUsersAggregatesJob", |genesys, call| delete(genesys, call, JobKind::Aggregates)),
    ("deleteAnalyticsUsersDetailsJob", |genesys, call| delete(genesys, call, JobKind::Details)),
    ("getAnalyticsUsersAggregatesJob", |genesys, call| state(genesys, call, JobKind::Aggregates)),
    ("getAnalyticsUsersAggregatesJobResults", aggregates),
    ("getAnalyticsUsersDetailsJob", |genesys, call| state(genesys, call, JobKind::Details)),
    ("getAnalyticsUsersDetailsJobResults", details),
    ("getAnalyticsUsersDetailsJobsAvailability", availability),
    ("postAnalyticsUsersAggregatesJobs", start_aggregates),
    ("postAnalyticsUsersDetailsJobs", start_details),
];

const DEFAULT_SIZE: u64 = 100;
const MAX_SIZE: u64 = 1_000;

/// When the interval of a job's query begins, in milliseconds since 1970.
fn start_of(job: &Job) -> Result<i64, Error> {
    let interval = match job.kind {
        JobKind::Aggregates => summary(job)?.0.interval,
        JobKind::Details => selection(job)?.0.interval,
    };
    Ok(interval.start.timestamp_millis())
}

fn summary(job: &Job) -> Result<(Summary, UserAsyncAggregationQuery), Error> {
    let query: UserAsyncAggregationQuery = query(job)?;
    Ok((Summary::of_job(&query)?, query))
}

fn selection(job: &Job) -> Result<(Selection, AsyncUserDetailsQuery), Error> {
    let query: AsyncUserDetailsQuery = query(job)?;
    Ok((Selection::of_job(&query)?, query))
}

fn query<T: DeserializeOwned>(job: &Job) -> Result<T, Error> {
    serde_json::from_value(job.query.clone()).map_err(|_| Error::bad_request("The query is invalid."))
}

fn start_details(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: AsyncUserDetailsQuery = body(call)?;
    Selection::of_job(&query)?;
    at_least_one("limit", query.limit, 1)?;
    start(genesys, call, JobKind::Details)
}

fn start_aggregates(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let query: UserAsyncAggregationQuery = body(call)?;
    Summary::of_job(&query)?;
    at_least_one("pageSize", query.page_size, 1)?;
    start(genesys, call, JobKind::Aggregates)
}

fn start(genesys: &Genesys, call: &Call<'_>, kind: JobKind) -> Result<Reply, Error> {
    let (query, seed) = (Value::Object(call.json_object()?), genesys.users().people.seed);
    let id = genesys.extras().jobs.start(seed, kind, query, clock::now())?;
    Ok(Reply::json(&json!({ "jobId": id })).with_status(StatusCode::ACCEPTED))
}

fn state(genesys: &Genesys, call: &Call<'_>, kind: JobKind) -> Result<Reply, Error> {
    let now = clock::now();
    let mut extras = genesys.extras();
    let job = extras.jobs.find(call.path("jobId"), kind)?;
    job.polls = job.polls.saturating_add(1);
    let start = start_of(job)?;
    job.proceed(now, start);
    let date = |millis: i64| DateTime::from_timestamp_millis(millis).map(clock::rfc3339);
    let mut shown = json!({
        "state": job.state(now), "submissionDate": date(job.submitted),
        "expirationDate": date(job.submitted.saturating_add(EXPIRY.num_milliseconds())),
    });
    if let Some((end, at)) = job.end {
        shown["completionDate"] = json!(date(at));
        if end == JobEnd::Failed {
            shown["errorMessage"] =
                json!(format!("There is no data for the interval: the data ends at {}.", clock::rfc3339(job.until())));
        }
    }
    Ok(Reply::json(&shown))
}

/// Cancels a running job, and deletes a finished one.
fn delete(genesys: &Genesys, call: &Call<'_>, kind: JobKind) -> Result<Reply, Error> {
    let now = clock::now();
    let mut extras = genesys.extras();
    let job = extras.jobs.find(call.path("jobId"), kind)?;
    let start = start_of(job)?;
    job.proceed(now, start);
    if job.end.is_none() {
        job.end = Some((JobEnd::Cancelled, now.timestamp_millis()));
    } else {
        extras.jobs.jobs.remove(call.path("jobId"));
    }
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

/// A job with results.
fn fulfilled(genesys: &Genesys, call: &Call<'_>, kind: JobKind) -> Result<Job, Error> {
    let now = clock::now();
    let mut extras = genesys.extras();
    let job = extras.jobs.find(call.path("jobId"), kind)?;
    let start = start_of(job)?;
    job.proceed(now, start);
    job.ready(now)?;
    Ok(job.clone())
}

fn details(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let job = fulfilled(genesys, call, JobKind::Details)?;
    let (selection, query) = selection(&job)?;
    let size = page_size("pageSize", call.integer("pageSize"), DEFAULT_SIZE, MAX_SIZE)?;
    // The cursor holds the next person and, for the limit, the number of users already returned.
    let cursor_name = format!("{}/returned", call.path("jobId"));
    let at = position(call, "cursor", &cursor_name)?;
    let (from, returned) = (at >> 32, at & u64::from(u32::MAX));
    let left = query
        .limit
        .and_then(|limit| u64::try_from(limit).ok())
        .map_or(u64::MAX, |limit| limit.saturating_sub(returned));

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
    let returned = returned + page.len() as u64;
    let more = left > page.len() as u64 && found.next().is_some();
    let mut response = json!({ "userDetails": page, "dataAvailabilityDate": clock::rfc3339(until) });
    if more {
        response["cursor"] = json!(cursor(&cursor_name, (last + 1) << 32 | returned));
    }
    Ok(Reply::json(&response))
}

fn aggregates(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let job = fulfilled(genesys, call, JobKind::Aggregates)?;
    let (summary, query) = summary(&job)?;
    let size = page_size("pageSize", query.page_size, DEFAULT_SIZE, MAX_SIZE)?;
    let from = position(call, "cursor", call.path("jobId"))?;
    let schedule = Schedule::new(genesys.users().people);
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    let (mappings, job_id) = (mappings(&schedule), call.path("jobId").to_owned());
    let mut groups = Groups::new(summary, schedule, from, size.saturating_add(1), job.until());
    Ok(Reply::json_in_steps(move || {
        let mut groups = groups.step()?;
        let more = groups.len() > size;
        groups.truncate(size);
        let next = groups.last().map(|(_, next)| *next).filter(|_| more);
        let groups: Vec<Value> = groups.into_iter().map(|(group, _)| group).collect();
        let mut response = json!({ "systemToOrganizationMappings": mappings, "results": groups });
        if let Some(next) = next {
            response["cursor"] = json!(cursor(&job_id, next));
        }
        Some(Ok(response))
    }))
}

fn availability(_: &Genesys, _: &Call<'_>) -> Result<Reply, Error> {
    Ok(Reply::json(&json!({ "dataAvailabilityDate": clock::rfc3339(clock::now() - LAG) })))
}
