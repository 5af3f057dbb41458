//! Analytics queries that run as jobs, without the queries' meaning.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use rosterkit_core::chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::counter::Counter;
use crate::http::Error;
use crate::ids::IdSpace;

/// The data that details jobs read is this old.
pub(crate) const LAG: Duration = Duration::hours(24);
/// How long results are kept after submission.
pub(crate) const EXPIRY: Duration = Duration::days(3);
/// A job ends after this time, or after this many requests for its state.
const RUNTIME: Duration = Duration::minutes(1);
const POLLS: u32 = 3;
/// At most this many jobs at a time.
const MAX_JOBS: usize = 1_000;
/// 2024-12-31T22:00:00Z, in milliseconds since 1970.
const FIRST_STARTED: i64 = 1_735_682_400_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JobKind {
    Aggregates,
    Details,
}

/// All jobs by id. One of each kind was started shortly before the year 2025, and has ended.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Jobs {
    started: Counter,
    pub(crate) jobs: BTreeMap<String, Job>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) kind: JobKind,
    pub(crate) query: Value,
    /// In milliseconds since 1970, as all times here.
    pub(crate) submitted: i64,
    /// Where the data ends that the job reads.
    until: i64,
    pub(crate) polls: u32,
    pub(crate) end: Option<(JobEnd, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JobEnd {
    Fulfilled,
    Failed,
    Cancelled,
}

impl Jobs {
    pub(crate) fn new(seed: u64) -> Self {
        let ids = IdSpace::new(seed, "analytics job");
        let interval = "2024-12-01T00:00:00.000Z/2024-12-08T00:00:00.000Z";
        let first = |kind, query, lag: Duration| Job {
            kind,
            query,
            submitted: FIRST_STARTED,
            until: FIRST_STARTED - lag.num_milliseconds(),
            polls: POLLS,
            end: Some((JobEnd::Fulfilled, FIRST_STARTED + RUNTIME.num_milliseconds())),
        };
        let details = first(JobKind::Details, json!({ "interval": interval }), LAG);
        let aggregates = json!({
            "interval": interval, "granularity": "P1D", "groupBy": ["userId"], "metrics": ["tAgentRoutingStatus"],
        });
        let aggregates = first(JobKind::Aggregates, aggregates, Duration::zero());
        let jobs = BTreeMap::from([(ids.uuid(u32::MAX), details), (ids.uuid(u32::MAX - 1), aggregates)]);
        Self { started: Counter::default(), jobs }
    }

    /// Submits a job and returns its id.
    pub(crate) fn start(
        &mut self,
        seed: u64,
        kind: JobKind,
        query: Value,
        now: DateTime<Utc>,
    ) -> Result<String, Error> {
        self.jobs.retain(|_, job| !job.is_expired(now));
        if self.jobs.len() >= MAX_JOBS {
            let message = format!("There are {MAX_JOBS} jobs already: delete those that are no longer needed.");
            return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, "too.many.requests", message));
        }
        let until = if kind == JobKind::Details { now - LAG } else { now };
        let (submitted, until) = (now.timestamp_millis(), until.timestamp_millis());
        let id = IdSpace::new(seed, "analytics job").uuid(self.started.next() - 1);
        self.jobs.insert(id.clone(), Job { kind, query, submitted, until, polls: 0, end: None });
        Ok(id)
    }

    pub(crate) fn find(&mut self, id: &str, kind: JobKind) -> Result<&mut Job, Error> {
        let job = self.jobs.get_mut(id).filter(|job| job.kind == kind);
        job.ok_or_else(|| Error::not_found("There is no such job."))
    }
}

impl Job {
    fn is_expired(&self, now: DateTime<Utc>) -> bool {
        now.timestamp_millis() >= self.submitted.saturating_add(EXPIRY.num_milliseconds())
    }

    /// Ends the job if it has run long enough. It fails if its interval, which begins at `start`, begins after the data.
    pub(crate) fn proceed(&mut self, now: DateTime<Utc>, start: i64) {
        let long = now.timestamp_millis().saturating_sub(self.submitted) >= RUNTIME.num_milliseconds();
        if self.end.is_none() && (self.polls >= POLLS || long) {
            let end = if start >= self.until { JobEnd::Failed } else { JobEnd::Fulfilled };
            self.end = Some((end, now.timestamp_millis()));
        }
    }

    pub(crate) fn state(&self, now: DateTime<Utc>) -> &'static str {
        match self.end {
            _ if self.is_expired(now) => "EXPIRED",
            None if self.polls <= 1 => "QUEUED",
            None => "PENDING",
            Some((JobEnd::Fulfilled, _)) => "FULFILLED",
            Some((JobEnd::Failed, _)) => "FAILED",
            Some((JobEnd::Cancelled, _)) => "CANCELLED",
        }
    }

    /// Where the data ends that the job reads.
    pub(crate) fn until(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.until).unwrap_or_default()
    }

    /// Refuses a job without results.
    pub(crate) fn ready(&self, now: DateTime<Utc>) -> Result<(), Error> {
        match self.state(now) {
            "FULFILLED" => Ok(()),
            "EXPIRED" => Err(Error::new(StatusCode::GONE, "expired", "The results of the job have expired.")),
            state => Err(Error::bad_request(format!("The job has no results: its state is {state}."))),
        }
    }
}
