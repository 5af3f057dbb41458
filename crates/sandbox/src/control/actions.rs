//! What the control endpoint does.

use std::sync::PoisonError;
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, Datelike, SecondsFormat};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Input, broken};
use crate::credentials::SANDBOX;
use crate::faults::Fault;
use crate::http::{Error, Pairs};
use crate::login::{OAuthClient, Permissions, describe};
use crate::shared::Shared;
use crate::snapshot::Snapshot;

type Result<T> = std::result::Result<T, Error>;

pub(super) fn health(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    let trouble = shared.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(json!({ "status": if trouble.is_none() { "ok" } else { "state not saved" }, "problem": trouble }))
}

pub(super) fn info(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    let base = shared.base_url.get().map(String::as_str).unwrap_or_default();
    let services = shared.endpoints.iter().map(|(prefix, endpoint)| {
        let service = json!({ "url": format!("{base}{prefix}"), "requests": endpoint.requests() });
        (endpoint.name().to_owned(), service)
    });
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "users": shared.people.count,
        "seed": shared.people.seed,
        "now": now(shared),
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
        "stateFile": shared.state_file.as_ref().map(|file| file.path().display().to_string()),
        "unsavedChanges": shared.unsaved(),
    }))
}

pub(super) fn faults(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    let faults = shared.faults.list();
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

pub(super) fn add_faults(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    let NewFaults { faults: texts } = input.object()?;
    // All are read before the first is added.
    let parsed = texts.iter().map(|text| text.parse::<Fault>());
    let parsed = parsed.collect::<std::result::Result<Vec<_>, _>>();
    let parsed = parsed.map_err(|error| Error::bad_request(format!("{error}.")))?;
    let ids: Vec<u64> = parsed.into_iter().map(|fault| shared.faults.add(fault)).collect();
    Ok(json!({ "ids": ids }))
}

pub(super) fn clear_faults(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    Ok(json!({ "removed": shared.faults.remove(None) }))
}

pub(super) fn remove_fault(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    let removed = input.item.parse().map_or(0, |number| shared.faults.remove(Some(number)));
    if removed == 0 { Err(Error::not_found("There is no such fault.")) } else { Ok(json!({ "removed": removed })) }
}

fn now(shared: &Shared) -> String {
    shared.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true)
}

pub(super) fn time(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    Ok(json!({ "now": now(shared) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTime {
    now: String,
}

pub(super) fn set_time(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    let NewTime { now: text } = input.object()?;
    let moment = DateTime::parse_from_rfc3339(&text)
        .map_err(|_| Error::invalid("now", "is no date and time such as 2025-06-01T12:00:00Z"))?;
    if !(1970..=9999).contains(&moment.to_utc().year()) {
        return Err(Error::invalid("now", "is not between the years 1970 and 9999"));
    }
    shared.clock.set(moment.to_utc());
    shared.changed();
    Ok(json!({ "now": now(shared) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

pub(super) fn advance(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    let Advance { seconds } = input.object()?;
    let by = Duration::try_from_secs_f64(seconds);
    shared.clock.advance(by.map_err(|_| Error::invalid("seconds", "is no number of seconds from 0"))?);
    shared.changed();
    Ok(json!({ "now": now(shared) }))
}

/// The request log, narrowed by `service`, `operation` and `after`, the number of a request.
pub(super) fn requests(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    const TAKEN: [&str; 3] = ["service", "operation", "after"];
    let query = Pairs::parse(&input.incoming.query)?;
    if let Some(name) = query.names().find(|name| !TAKEN.contains(name)) {
        return Err(Error::unknown_name("query", name, TAKEN.into_iter()));
    }
    let (service, operation) = (query.all("service").next(), query.all("operation").next());
    let after = query.all("after").next().map(str::parse::<u64>).transpose();
    let after = after.map_err(|_| Error::invalid("after", "is no whole number"))?;
    let entries = shared.log.entries().into_iter().filter(|entry| {
        service.is_none_or(|name| entry.service == Some(name))
            && operation.is_none_or(|id| entry.operation == Some(id))
            && after.is_none_or(|after| entry.number > after)
    });
    let entries: Vec<_> = entries.collect();
    Ok(json!({ "requests": entries }))
}

pub(super) fn clear_requests(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    shared.log.clear();
    Ok(json!({}))
}

pub(super) fn state(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    let snapshot = shared.snapshot().map_err(|error| broken(&error))?;
    serde_json::to_value(snapshot).map_err(|error| broken(&crate::StateError::Unwritable(error)))
}

pub(super) fn import(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    let snapshot = Snapshot::parse(&input.incoming.body, shared.people.seed, shared.people.count);
    snapshot.and_then(|snapshot| shared.restore(snapshot)).map_err(|error| broken(&error))?;
    Ok(json!({}))
}

pub(super) fn reset(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    shared.reset().map_err(|error| broken(&error))?;
    Ok(json!({}))
}

pub(super) fn save(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    shared.save().map_err(|error| broken(&error))?;
    Ok(json!({}))
}

pub(super) fn clients(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    Ok(json!({ "clients": shared.login.client_ids() }))
}

pub(super) fn add_client(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    let client: OAuthClient = input.object()?;
    if client.id.is_empty() || client.id.contains(':') {
        return Err(Error::invalid("id", "must be a text without a colon, which HTTP Basic cannot carry"));
    }
    let id = client.id.clone();
    shared.login.add(client);
    shared.changed();
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

pub(super) fn mint(shared: &Shared, input: &Input<'_>) -> Result<Value> {
    let NewToken { permissions, email, lifetime } = input.object()?;
    let person = match &email {
        None => None,
        Some(email) => {
            let person = shared.login.user(email);
            Some(person.ok_or_else(|| Error::invalid("email", "is the address of no active user"))?)
        }
    };
    let permissions = permissions.unwrap_or_else(Permissions::all);
    let issued = shared.login.mint(permissions, person, lifetime.map(Duration::from_secs));
    shared.changed();
    Ok(describe(&issued))
}

pub(super) fn expire(shared: &Shared, _: &Input<'_>) -> Result<Value> {
    shared.login.expire_all();
    shared.changed();
    Ok(json!({}))
}
