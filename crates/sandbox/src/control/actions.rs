//! What the control endpoint does.

use std::sync::PoisonError;
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, Datelike, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Input, broken};
use crate::credentials::SANDBOX;
use crate::faults::Fault;
use crate::http::{Failure, Pairs};
use crate::login::{OAuthClient, Permissions, describe};
use crate::state::Document;
use crate::world::World;

type Result<T> = std::result::Result<T, Failure>;

pub(super) fn health(world: &World, _: &Input<'_>) -> Result<Value> {
    let trouble = world.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(json!({ "status": if trouble.is_none() { "ok" } else { "state not saved" }, "problem": trouble }))
}

pub(super) fn info(world: &World, _: &Input<'_>) -> Result<Value> {
    let base = world.base_url.get().map(String::as_str).unwrap_or_default();
    let services = world.endpoints.iter().map(|(prefix, endpoint)| {
        let service = json!({ "url": format!("{base}{prefix}"), "requests": endpoint.requests() });
        (endpoint.name().to_owned(), service)
    });
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "users": world.people.count,
        "seed": world.people.seed,
        "now": now(world),
        "services": services.collect::<serde_json::Map<_, _>>(),
        "credentials": {
            "genesysToken": SANDBOX.genesys_token,
            "genesysClientId": SANDBOX.genesys_client_id,
            "genesysClientSecret": SANDBOX.genesys_client_secret,
            "genesysPublicClientId": SANDBOX.genesys_public_client_id,
            "lmsUser": SANDBOX.lms_user,
            "lmsPassword": SANDBOX.lms_password,
            "lmsToken": SANDBOX.lms_token,
            "lmsSystemKey": SANDBOX.lms_system_key,
            "sessionKey": SANDBOX.session_key,
        },
        "stateFile": world.state_file.as_ref().map(|file| file.path().display().to_string()),
        "unsavedChanges": world.unsaved(),
    }))
}

pub(super) fn faults(world: &World, _: &Input<'_>) -> Result<Value> {
    let faults = world.faults.list();
    let faults = faults.iter().map(|armed| {
        json!({
            "id": armed.number,
            "fault": armed.fault.to_string(),
            "requests": armed.seen,
            "struck": armed.struck,
            "spent": armed.is_spent(),
        })
    });
    Ok(json!({ "faults": faults.collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFaults {
    faults: Vec<String>,
}

pub(super) fn add_faults(world: &World, input: &Input<'_>) -> Result<Value> {
    let NewFaults { faults: texts } = input.object()?;
    // All are read before the first is added.
    let parsed = texts.iter().map(|text| text.parse::<Fault>());
    let parsed = parsed.collect::<std::result::Result<Vec<_>, _>>();
    let parsed = parsed.map_err(|error| Failure::bad_request(format!("{error}.")))?;
    let ids: Vec<u64> = parsed.into_iter().map(|fault| world.faults.add(fault)).collect();
    Ok(json!({ "ids": ids }))
}

pub(super) fn clear_faults(world: &World, _: &Input<'_>) -> Result<Value> {
    Ok(json!({ "removed": world.faults.remove(None) }))
}

pub(super) fn remove_fault(world: &World, input: &Input<'_>) -> Result<Value> {
    let removed = input.item.parse().map_or(0, |number| world.faults.remove(Some(number)));
    if removed == 0 { Err(Failure::not_found("There is no such fault.")) } else { Ok(json!({ "removed": removed })) }
}

fn now(world: &World) -> String {
    world.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn time(world: &World, _: &Input<'_>) -> Result<Value> {
    Ok(json!({ "now": now(world) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTime {
    now: String,
}

pub(super) fn set_time(world: &World, input: &Input<'_>) -> Result<Value> {
    let NewTime { now: text } = input.object()?;
    let moment = DateTime::parse_from_rfc3339(&text)
        .map_err(|_| Failure::invalid("now", "is no date and time such as 2025-06-01T12:00:00Z"))?;
    if !(1970..=9999).contains(&moment.to_utc().year()) {
        return Err(Failure::invalid("now", "is not between the years 1970 and 9999"));
    }
    world.clock.set(moment.to_utc());
    world.changed();
    Ok(json!({ "now": now(world) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

pub(super) fn advance(world: &World, input: &Input<'_>) -> Result<Value> {
    let Advance { seconds } = input.object()?;
    let by = Duration::try_from_secs_f64(seconds);
    world.clock.advance(by.map_err(|_| Failure::invalid("seconds", "is no number of seconds from 0"))?);
    world.changed();
    Ok(json!({ "now": now(world) }))
}

/// The request log, narrowed by `service`, `operation` and `after`, the number of a request.
pub(super) fn requests(world: &World, input: &Input<'_>) -> Result<Value> {
    const TAKEN: [&str; 3] = ["service", "operation", "after"];
    let query = Pairs::parse(&input.incoming.query)?;
    if let Some(name) = query.names().find(|name| !TAKEN.contains(name)) {
        return Err(Failure::unknown_name("query", name, TAKEN.into_iter()));
    }
    let (service, operation) = (query.all("service").next(), query.all("operation").next());
    let after = query.all("after").next().map(str::parse::<u64>).transpose();
    let after = after.map_err(|_| Failure::invalid("after", "is no whole number"))?;
    let entries = world.log.entries().into_iter().filter(|entry| {
        service.is_none_or(|name| entry.service == Some(name))
            && operation.is_none_or(|id| entry.operation == Some(id))
            && after.is_none_or(|after| entry.number > after)
    });
    let entries: Vec<_> = entries.collect();
    Ok(json!({ "requests": entries }))
}

pub(super) fn clear_requests(world: &World, _: &Input<'_>) -> Result<Value> {
    world.log.clear();
    Ok(json!({}))
}

pub(super) fn state(world: &World, _: &Input<'_>) -> Result<Value> {
    let document = world.document().map_err(|error| broken(&error))?;
    serde_json::to_value(document).map_err(|error| broken(&crate::StateError::Unwritable(error)))
}

pub(super) fn import(world: &World, input: &Input<'_>) -> Result<Value> {
    let document = Document::parse(&input.incoming.body, world.people.seed, world.people.count);
    document.and_then(|document| world.restore(document)).map_err(|error| broken(&error))?;
    Ok(json!({}))
}

pub(super) fn reset(world: &World, _: &Input<'_>) -> Result<Value> {
    world.reset().map_err(|error| broken(&error))?;
    Ok(json!({}))
}

pub(super) fn save(world: &World, _: &Input<'_>) -> Result<Value> {
    world.save().map_err(|error| broken(&error))?;
    Ok(json!({}))
}

pub(super) fn clients(world: &World, _: &Input<'_>) -> Result<Value> {
    Ok(json!({ "clients": world.login.client_ids() }))
}

pub(super) fn add_client(world: &World, input: &Input<'_>) -> Result<Value> {
    let client: OAuthClient = input.object()?;
    if client.id.is_empty() || client.id.contains(':') {
        return Err(Failure::invalid("id", "must be a text without a colon, which HTTP Basic cannot carry"));
    }
    let id = client.id.clone();
    world.login.add(client);
    world.changed();
    Ok(json!({ "id": id }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NewToken {
    /// All if they are not given.
    permissions: Option<Permissions>,
    /// The e-mail address of the person who signs in; a program's token if it is not given.
    email: Option<String>,
    /// Seconds.
    lifetime: Option<u64>,
}

pub(super) fn mint(world: &World, input: &Input<'_>) -> Result<Value> {
    let NewToken { permissions, email, lifetime } = input.object()?;
    let person = match &email {
        None => None,
        Some(email) => {
            let person = world.login.user(email);
            Some(person.ok_or_else(|| Failure::invalid("email", "is the address of no active user"))?)
        }
    };
    let permissions = permissions.unwrap_or_else(Permissions::all);
    let issued = world.login.mint(permissions, person, lifetime.map(Duration::from_secs));
    world.changed();
    Ok(describe(&issued))
}

pub(super) fn expire(world: &World, _: &Input<'_>) -> Result<Value> {
    world.login.expire_all();
    world.changed();
    Ok(json!({}))
}
