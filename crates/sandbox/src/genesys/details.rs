//! What belongs to a user beside the fields of the account: skills, queues, stations, roles and so on.

mod attributes;
mod backup;
mod external_ids;
mod forwarding;
pub(super) mod geolocation;
pub(super) mod grants;
pub(super) mod out_of_office;
pub(super) mod passwords;
mod permitted;
pub(super) mod presences;
mod profile;
pub(super) mod queues;
pub(super) mod relations;
pub(super) mod roles;
pub(super) mod routing;
mod skill_groups;
pub(super) mod skills;
mod state;
pub(super) mod stations;
mod utilization;
mod verifiers;

use super::store::Genesys;
use crate::http::Handler;

pub(super) fn handlers() -> impl Iterator<Item = (&'static str, Handler<Genesys>)> {
    let tables = [
        skills::HANDLERS,
        out_of_office::HANDLERS,
        attributes::HANDLERS,
        backup::HANDLERS,
        external_ids::HANDLERS,
        forwarding::HANDLERS,
        geolocation::HANDLERS,
        grants::HANDLERS,
        passwords::HANDLERS,
        permitted::HANDLERS,
        presences::HANDLERS,
        profile::HANDLERS,
        queues::HANDLERS,
        relations::HANDLERS,
        roles::HANDLERS,
        routing::HANDLERS,
        skill_groups::HANDLERS,
        state::HANDLERS,
        stations::HANDLERS,
        utilization::HANDLERS,
        verifiers::HANDLERS,
    ];
    tables.into_iter().flatten().copied()
}
