//! Utilization: how many interactions a user may have at once.

use std::collections::BTreeMap;

use genesys_users::types::UtilizationRequest;
use serde_json::{Value, json};

use crate::genesys::model::details::Utilization;
use crate::genesys::model::user::User;
use crate::genesys::request::{body, no_content, subject};
use crate::genesys::store::{Genesys, Users};
use crate::http::{Call, Error, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Genesys>)] =
    &[("getRoutingUserUtilization", get), ("putRoutingUserUtilization", put), ("deleteRoutingUserUtilization", delete)];

/// The settings of the organization, which hold for users without their own, per media type.
const ORGANIZATION: &[(&str, i64)] =
    &[("call", 1), ("callback", 1), ("chat", 4), ("email", 1), ("message", 4), ("workitem", 2)];

/// The default number of inbound calls at once.
const MAX_INBOUND_CALLS: i64 = 1;

/// The documented range of a capacity.
const CAPACITY: std::ops::RangeInclusive<i64> = 0..=25;

fn get(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let users = genesys.users();
    Ok(Reply::json(&shown(&users, &subject(&users, call)?)))
}

/// Replaces the settings of a user: media types that are left out have those of the organization again.
fn put(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let given: UtilizationRequest = body(call)?;
    let utilization = Utilization {
        media: given.utilization.unwrap_or_default(),
        labels: given.label_utilizations.unwrap_or_default(),
        max_inbound_calls: given.max_inbound_calls,
    };
    check(&utilization)?;
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    users.details.utilizations.insert(index, utilization);
    Ok(Reply::json(&shown(&users, &subject(&users, call)?)))
}

fn delete(genesys: &Genesys, call: &Call<'_>) -> Result<Reply, Error> {
    let mut users = genesys.users();
    let index = subject(&users, call)?.index;
    users.details.utilizations.remove(&index);
    Ok(no_content())
}

fn check(utilization: &Utilization) -> Result<(), Error> {
    let known = |media: &str| ORGANIZATION.iter().any(|(known, _)| *known == media);
    let beyond = |capacity: Option<i64>| capacity.is_some_and(|capacity| !CAPACITY.contains(&capacity));
    let in_range = format!("must be from {} to {}", CAPACITY.start(), CAPACITY.end());
    for (media, settings) in &utilization.media {
        let interrupting = settings.interruptable_media_types.iter().flatten();
        if !known(media) || !interrupting.into_iter().all(|media| known(media)) {
            return Err(Error::invalid("utilization", "must name media types only"));
        }
        if beyond(settings.maximum_capacity) {
            return Err(Error::invalid("maximumCapacity", &in_range));
        }
    }
    if utilization.labels.values().any(|label| beyond(label.maximum_capacity)) {
        return Err(Error::invalid("maximumCapacity", &in_range));
    }
    if utilization.max_inbound_calls.is_some_and(|calls| calls < 0) {
        return Err(Error::invalid("maxInboundCalls", "must not be negative"));
    }
    Ok(())
}

fn shown(users: &Users, user: &User<'_>) -> Value {
    let own = users.details.utilizations.get(&user.index);
    let mut media = json!({});
    for (name, capacity) in ORGANIZATION {
        media[*name] = json!({ "maximumCapacity": capacity, "interruptableMediaTypes": [], "includeNonAcd": false });
        // Settings of the user override those of the organization.
        if let Some(own) = own.and_then(|own| own.media.get(*name)) {
            let set = json!(own);
            for (field, value) in set.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
                media[*name][field] = value.clone();
            }
        }
    }
    json!({
        "utilization": media,
        "labelUtilizations": own.map(|own| &own.labels).unwrap_or(&BTreeMap::new()),
        "maxInboundCalls": own.and_then(|own| own.max_inbound_calls).unwrap_or(MAX_INBOUND_CALLS),
        "level": if own.is_some() { "Agent" } else { "Organization" },
    })
}
