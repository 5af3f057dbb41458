//! Handles one request to a service: reads it, applies faults, has it answered, and logs it.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Response, StatusCode};
use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::clock;
use crate::faults::FaultKind;
use crate::http::{Endpoint, Error, Found, Incoming, Reply};
use crate::log::{self, LoggedRequest};
use crate::rate_limit::Usage;
use crate::shared::Shared;

/// Answers a request to any path except those of the control endpoint.
pub(crate) async fn answer(shared: &Shared, path: &str, request: Request) -> Response<Body> {
    let (mut incoming, body) = split(request);
    let Some((rest, endpoint)) = shared.endpoint(path) else {
        let prefixes: Vec<_> = shared.endpoints.iter().map(|(prefix, _)| prefix).collect();
        let message = "There is no service under this path.";
        let reply = Reply::json(&json!({ "message": message, "services": prefixes }));
        let reply = reply.with_status(StatusCode::NOT_FOUND);
        record(shared, path, &incoming, None, None, &reply, None);
        return reply.into();
    };
    let found = endpoint.find(&incoming.method, rest);
    let decision = shared.faults.decide(endpoint.name(), found.map(|found| found.operation));
    if !decision.delay.is_zero() {
        sleep(decision.delay).await;
    }
    let refused = match read(shared, &incoming, body).await {
        Ok(body) => {
            incoming.body = body;
            incoming.left_out.clone_from(&decision.left_out);
            decision.kind.and_then(|kind| forced(kind, found))
        }
        Err(error) => Some(error),
    };
    // The login has its own limits, which are not documented.
    let usage = match &shared.rate_limit {
        Some(limit) if endpoint.name() != "login" => Some(limit.count(&incoming.headers, shared.clock.elapsed())),
        _ => None,
    };
    let refused = usage.filter(|usage| usage.is_exceeded()).map(too_many).or(refused);
    let result = match refused {
        None => Ok(&incoming),
        Some(error) => Err(Error { operation: found.map(|found| found.operation), ..error }),
    };
    let mut reply = endpoint.answer(rest, result).await;
    if let Some(usage) = usage {
        reply = reply.with_headers(usage.headers());
    }
    // A refused request can change something, too: an authorization code is used up, and a user whose password is too
    // short has been created.
    if endpoint.may_change(&incoming.method, found) {
        shared.changed();
    }
    record(shared, path, &incoming, Some(endpoint), found, &reply, decision.describe());
    match decision.kind {
        Some(kind) => damage(reply.into(), kind).await,
        None => reply.into(),
    }
}

/// Refuses a request before it reaches a service.
pub(crate) fn refuse(shared: &Shared, path: &str, incoming: &Incoming, error: &Error) -> Reply {
    let reply = Reply::json(&json!({ "message": error.message, "code": error.code })).with_status(error.status);
    record(shared, path, incoming, None, None, &reply, None);
    reply
}

/// The error of a fault, if it has one.
fn forced(kind: FaultKind, found: Option<Found>) -> Option<Error> {
    const MESSAGE: &str = "This is an injected fault.";
    match kind {
        FaultKind::ExpiredToken => Some(Error::unauthorized(found.and_then(|found| found.challenge))),
        FaultKind::Conflict { status } => Some(match status {
            400 => Error::new(
                StatusCode::BAD_REQUEST,
                "general.bad.request",
                "The version in the request does not match the current version.",
            ),
            408 => Error::new(StatusCode::REQUEST_TIMEOUT, "request.timeout", "The change was not made in time."),
            _ => Error::conflict("general.conflict", "The item has changed since this version."),
        }),
        FaultKind::Status { status, retry_after } => {
            let code = match status {
                429 => "too.many.requests",
                503 => "service.unavailable",
                504 => "gateway.timeout",
                500..=599 => "internal.server.error",
                _ => "bad.request",
            };
            // The range was checked when the fault was added.
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            let mut error = Error::new(status, code, MESSAGE);
            error.headers.extend(retry_after.map(|after| (RETRY_AFTER, HeaderValue::from(after.as_secs()))));
            Some(error)
        }
        _ => None,
    }
}

fn too_many(usage: Usage) -> Error {
    let Usage { allowed, reset, .. } = usage;
    let message = format!("Rate limit exceeded: {allowed} requests a minute. Retry in {reset} seconds.");
    let mut error = Error::new(StatusCode::TOO_MANY_REQUESTS, "too.many.requests", message);
    error.headers.push((RETRY_AFTER, HeaderValue::from(reset)));
    error
}

fn record(
    shared: &Shared,
    path: &str,
    incoming: &Incoming,
    endpoint: Option<&Arc<dyn Endpoint>>,
    found: Option<Found>,
    reply: &Reply,
    fault: Option<String>,
) {
    shared.log.add(|| LoggedRequest {
        number: 0,
        time: clock::rfc3339(shared.clock.now()),
        service: endpoint.map(|endpoint| endpoint.name()),
        operation: found.map(|found| found.operation),
        method: incoming.method.to_string(),
        path: log::clipped(path),
        query: log::query(&incoming.query),
        headers: log::headers(&incoming.headers),
        body: if incoming.body.is_empty() { Value::Null } else { log::body(incoming) },
        body_bytes: incoming.body.len(),
        status: reply.status().as_u16(),
        fault,
    });
}

/// Damages a response. A fault that does not concern the body leaves it unchanged.
async fn damage(response: Response<Body>, kind: FaultKind) -> Response<Body> {
    if !matches!(kind, FaultKind::Drop | FaultKind::Truncate | FaultKind::Garbage) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // The bodies of the sandbox are in memory and cannot fail.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.remove(TRANSFER_ENCODING);
    let body = match kind {
        FaultKind::Drop => {
            if whole.is_empty() {
                // A response without a body cannot break in the middle, so a body is announced.
                head.status = if head.status == StatusCode::NO_CONTENT { StatusCode::OK } else { head.status };
            }
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len().max(2)));
            broken(whole.slice(..whole.len() / 2))
        }
        FaultKind::Truncate => Body::from(whole.slice(..whole.len() / 2)),
        _ => {
            let json = head.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().ends_with(b"json"));
            let text = if json { "{\"message\": \"invalid JSON, " } else { "<html><body>Service Unavailable" };
            Body::from(text)
        }
    };
    if kind != FaultKind::Drop {
        head.headers.remove(CONTENT_LENGTH);
    }
    Response::from_parts(head, body)
}

/// A body that breaks after these bytes. They are sent first: the server writes what it has whenever the body is not
/// ready.
fn broken(start: Bytes) -> Body {
    let first = stream::iter((!start.is_empty()).then_some(Ok(start)));
    let rest = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "an injected fault"))
    });
    Body::from_stream(first.chain(rest))
}

/// The head of a request, and its body.
pub(crate) fn split(request: Request) -> (Incoming, Body) {
    let (head, body) = request.into_parts();
    let query = head.uri.query().unwrap_or_default().to_owned();
    (Incoming { method: head.method, query, headers: head.headers, body: Bytes::new(), left_out: Vec::new() }, body)
}

/// Reads a body of an allowed size, within the time limit.
pub(crate) async fn read(shared: &Shared, head: &Incoming, body: Body) -> Result<Bytes, Error> {
    let most = shared.max_body;
    let announced = head.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > most) {
        return Err(Error::too_large(most));
    }
    let collected = async {
        let (mut chunks, mut bytes) = (body.into_data_stream(), Vec::new());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| Error::bad_request("The body could not be read."))?;
            if bytes.len() + chunk.len() > most {
                return Err(Error::too_large(most));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Bytes::from(bytes))
    };
    let late = |_| Err(Error::timeout(shared.body_timeout.as_secs()));
    timeout(shared.body_timeout, collected).await.unwrap_or_else(late)
}
