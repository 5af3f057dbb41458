//! Analytics of users: details and aggregates of the past, as queries and as jobs; and observations of the present.
//!
//! The past is drawn from the seed (see [`schedule`]), from 2024-01-01 to the time in the sandbox. No call changes it. The
//! present is the current state of the users.

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
