//! Analytics of users: what they did, as details and as sums, at once and as jobs; and what they are doing now.
//!
//! The past is that of the sample people and follows from the seed alone (see [`shift`]): from the first of January 2024 to
//! the time in the sandbox, so nothing that a test changes rewrites it. The present is that of the users as they are now.

mod aggregates;
mod details;
mod filter;
mod jobs;
mod observations;
mod period;
mod schedule;

pub(super) use self::jobs::Jobs;
use super::Genesys;
use super::interval::Interval;
use crate::http::{Error, Handler};

pub(super) fn handlers() -> impl Iterator<Item = (&'static str, Handler<Genesys>)> {
    [details::HANDLERS, aggregates::HANDLERS, observations::HANDLERS, jobs::HANDLERS].into_iter().flatten().copied()
}

/// The name of the dimension that users are picked by.
const USER: &str = "userId";

/// Details reach over a month, sums over a year.
const MAX_DETAIL_DAYS: i64 = 31;
const MAX_AGGREGATE_DAYS: i64 = 366;

fn interval(text: Option<&str>, max_days: i64) -> Result<Interval, Error> {
    Interval::parse("interval", text.ok_or_else(|| Error::missing("interval"))?, max_days)
}
