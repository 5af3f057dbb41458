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

use super::store::Genesys;
use crate::http::Handler;

pub(super) fn handlers() -> impl Iterator<Item = (&'static str, Handler<Genesys>)> {
    [details::HANDLERS, aggregates::HANDLERS, observations::HANDLERS, jobs::HANDLERS].into_iter().flatten().copied()
}
