//! The control endpoint: controls a sandbox over HTTP, from tests in any language. See the crate's documentation.

use std::sync::PoisonError;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use rosterkit_core::chrono::{DateTime, Datelike};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::StateError;
use crate::clock;
use crate::credentials::SANDBOX;
use crate::faults::Fault;
use crate::http::{Error, Incoming, Pairs, Reply};
use crate::login::{OAuthClient, Permissions, describe};
use crate::shared::Shared;
use crate::snapshot::Snapshot;

/// Executes a method on a path. If the path ends with `{}`, the last segment is passed on.
type Action = fn(&Shared, &Input<'_>) -> Result<Value, Error>;

const ACTIONS: &[(&str, &str, Action)] = &[
    ("GET", "/health", health),
    ("GET", "/info", info),
    ("GET", "/faults", faults),
    ("POST", "/faults", add_faults),
    ("DELETE", "/faults", clear_faults),
    ("DELETE", "/faults/{}", remove_fault),
    ("GET", "/time", time),
    ("PUT", "/time", set_time),
    ("POST", "/time/advance", advance),
    ("GET", "/requests", requests),
    ("DELETE", "/requests", clear_requests),
    ("GET", "/state", state),
    ("PUT", "/state", import),
    ("DELETE", "/state", reset),
    ("POST", "/state/save", save),
    ("GET", "/clients", clients),
    ("POST", "/clients", add_client),
    ("POST", "/tokens", mint),
    ("DELETE", "/tokens", expire),
];

/// The input of an action.
struct Input<'a> {
    incoming: &'a Incoming,
    /// The part of the path at `{}`.
    item: &'a str,
}

/// Answers a request to the control endpoint; `path` is what follows its prefix.
pub(crate) fn answer(shared: &Shared, path: &str, incoming: Result<Incoming, Error>) -> Reply {
    let result = incoming.and_then(|incoming| act(shared, path, &incoming));
    result.map(|value| Reply::json(&value)).unwrap_or_else(|error| {
        let mut body = json!({ "message": error.message, "code": error.code });
        if let Some(field) = &error.field {
            body["field"] = json!(field);
        }
        Reply::json(&body).with_status(error.status).with_headers(error.headers)
    })
}

fn act(shared: &Shared, path: &str, incoming: &Incoming) -> Result<Value, Error> {
    let matching = ACTIONS.iter().filter_map(|(method, template, action)| {
        let item = match template.strip_suffix("{}") {
            Some(prefix) => path.strip_prefix(prefix).filter(|item| !item.is_empty() && !item.contains('/'))?,
            None => (*template == path).then_some("")?,
        };
        Some((*method, item, action))
    });
    let matching: Vec<_> = matching.collect();
    if matching.is_empty() {
        let mut paths: Vec<_> = ACTIONS.iter().map(|(_, template, _)| *template).collect();
        paths.dedup();
        return Err(Error::not_found(format!("The control endpoint has the paths {}.", paths.join(", "))));
    }
    if path != "/requests"
        && let Some(name) = Pairs::parse(&incoming.query)?.names().next()
    {
        return Err(Error::unknown_name("query", name, std::iter::empty()));
    }
    match matching.iter().find(|(method, ..)| incoming.method.as_str() == *method) {
        Some((_, item, action)) => action(shared, &Input { incoming, item }),
        None => Err(Error::method_not_allowed(&matching.iter().map(|(method, ..)| *method).collect::<Vec<_>>())),
    }
}

impl Input<'_> {
    /// The JSON object in the body.
    fn object<T: DeserializeOwned>(&self) -> Result<T, Error> {
        if self.incoming.method != Method::GET && self.incoming.body.is_empty() {
            return Err(Error::bad_request("A JSON body is required."));
        }
        serde_json::from_slice(&self.incoming.body).map_err(|error| {
            if error.is_data() {
                Error::bad_request(format!("Invalid body: {error}."))
            } else {
                Error::invalid_json(&error)
            }
        })
    }
}

/// An error of the sandbox itself.
fn state_error(error: &StateError) -> Error {
    match error {
        StateError::Unfit(problem) => Error::bad_request(format!("{problem}.")),
        StateError::NoFile => Error::conflict("no.state.file", format!("{error}.")),
        other => Error::new(StatusCode::INTERNAL_SERVER_ERROR, "state.failed", format!("{other}.")),
    }
}

fn health(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    let problem = shared.problem.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Ok(json!({ "status": if problem.is_none() { "ok" } else { "state not saved" }, "problem": problem }))
}

fn info(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
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

fn faults(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
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

fn add_faults(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
    let NewFaults { faults: texts } = input.object()?;
    // All are parsed before the first is added.
    let parsed = texts.iter().map(|text| text.parse::<Fault>());
    let parsed = parsed.collect::<Result<Vec<_>, _>>();
    let parsed = parsed.map_err(|error| Error::bad_request(format!("{error}.")))?;
    let ids: Vec<u64> = parsed.into_iter().map(|fault| shared.faults.add(fault)).collect();
    Ok(json!({ "ids": ids }))
}

fn clear_faults(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    Ok(json!({ "removed": shared.faults.remove(None) }))
}

fn remove_fault(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
    let removed = input.item.parse().map_or(0, |number| shared.faults.remove(Some(number)));
    if removed == 0 { Err(Error::not_found("There is no such fault.")) } else { Ok(json!({ "removed": removed })) }
}

fn now(shared: &Shared) -> String {
    clock::rfc3339(shared.clock.now())
}

fn time(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    Ok(json!({ "now": now(shared) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTime {
    now: String,
}

fn set_time(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
    let NewTime { now: text } = input.object()?;
    let time = DateTime::parse_from_rfc3339(&text)
        .map_err(|_| Error::invalid("now", "must be a date-time such as 2025-06-01T12:00:00Z"))?;
    if !(1970..=9999).contains(&time.to_utc().year()) {
        return Err(Error::invalid("now", "must be between the years 1970 and 9999"));
    }
    shared.clock.set(time.to_utc());
    shared.changed();
    Ok(json!({ "now": now(shared) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

fn advance(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
    let Advance { seconds } = input.object()?;
    let by = Duration::try_from_secs_f64(seconds);
    shared.clock.advance(by.map_err(|_| Error::invalid("seconds", "must be a number of seconds, 0 or more"))?);
    shared.changed();
    Ok(json!({ "now": now(shared) }))
}

/// The request log, filtered by `service`, `operation` and `after`, the number of a request.
fn requests(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
    const TAKEN: [&str; 3] = ["service", "operation", "after"];
    let query = Pairs::parse(&input.incoming.query)?;
    if let Some(name) = query.names().find(|name| !TAKEN.contains(name)) {
        return Err(Error::unknown_name("query", name, TAKEN.into_iter()));
    }
    let (service, operation) = (query.all("service").next(), query.all("operation").next());
    let after = query.all("after").next().map(str::parse::<u64>).transpose();
    let after = after.map_err(|_| Error::invalid("after", "must be a whole number"))?;
    let entries = shared.log.entries().into_iter().filter(|entry| {
        service.is_none_or(|name| entry.service == Some(name))
            && operation.is_none_or(|id| entry.operation == Some(id))
            && after.is_none_or(|after| entry.number > after)
    });
    let entries: Vec<_> = entries.collect();
    Ok(json!({ "requests": entries }))
}

fn clear_requests(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    shared.log.clear();
    Ok(json!({}))
}

fn state(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    let snapshot = shared.snapshot().map_err(|error| state_error(&error))?;
    serde_json::to_value(snapshot).map_err(|error| state_error(&StateError::Unwritable(error)))
}

fn import(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
    let snapshot = Snapshot::parse(&input.incoming.body, shared.people.seed, shared.people.count);
    snapshot.and_then(|snapshot| shared.restore(snapshot)).map_err(|error| state_error(&error))?;
    Ok(json!({}))
}

fn reset(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    shared.reset().map_err(|error| state_error(&error))?;
    Ok(json!({}))
}

fn save(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    shared.save().map_err(|error| state_error(&error))?;
    Ok(json!({}))
}

fn clients(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    Ok(json!({ "clients": shared.login.client_ids() }))
}

fn add_client(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
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
    /// All if absent.
    permissions: Option<Permissions>,
    /// The e-mail address of the user who signs in; the token of a program if absent.
    email: Option<String>,
    /// Seconds.
    lifetime: Option<u64>,
}

fn mint(shared: &Shared, input: &Input<'_>) -> Result<Value, Error> {
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

fn expire(shared: &Shared, _: &Input<'_>) -> Result<Value, Error> {
    shared.login.expire_all();
    shared.changed();
    Ok(json!({}))
}
