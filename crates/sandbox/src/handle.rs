//! One request to a service: read, struck by faults, answered, written down.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, Response, StatusCode};
use rosterkit_core::chrono::SecondsFormat;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::faults::{FaultKind, damage};
use crate::http::{Endpoint, Error, Found, Incoming, Reply};
use crate::log::{self, LoggedRequest};
use crate::rate_limit::Standing;
use crate::server::{read, split};
use crate::shared::Shared;

/// Answers a request to any path but those of the control endpoint.
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
            decision.kind.and_then(|kind| forced(kind, found))
        }
        Err(error) => Some(error),
    };
    // The login has limits of its own, which nobody documents.
    let standing = match &shared.rate_limit {
        Some(limit) if endpoint.name() != "login" => Some(limit.count(&incoming.headers, shared.clock.elapsed())),
        _ => None,
    };
    let refused = standing.filter(|standing| standing.is_exceeded()).map(too_many).or(refused);
    let result = match refused {
        None => Ok(&incoming),
        Some(error) => Err(Error { operation: found.map(|found| found.operation), ..error }),
    };
    let mut reply = endpoint.answer(rest, result);
    if let Some(standing) = standing {
        reply = reply.with_headers(standing.headers());
    }
    // What is refused can have changed something too: a code that was tried is used up, a user whose password is too
    // short is there all the same.
    if endpoint.may_change(&incoming.method, found) {
        shared.changed();
    }
    let fault = decision.kind.map(|kind| kind.to_string());
    record(shared, path, &incoming, Some(endpoint), found, &reply, fault);
    match decision.kind {
        Some(kind) => damage(reply.into(), kind).await,
        None => reply.into(),
    }
}

/// The refusal that a fault asks for, if it asks for one.
fn forced(kind: FaultKind, found: Option<Found>) -> Option<Error> {
    const MESSAGE: &str = "This is a fault that was asked for.";
    match kind {
        FaultKind::ExpiredToken => Some(Error::unauthorized(found.and_then(|found| found.challenge))),
        FaultKind::Status { status, retry_after } => {
            let code = match status {
                429 => "too.many.requests",
                503 => "service.unavailable",
                504 => "gateway.timeout",
                500..=599 => "internal.server.error",
                _ => "bad.request",
            };
            // The range was checked when the fault was made.
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
            let mut error = Error::new(status, code, MESSAGE);
            error.headers.extend(retry_after.map(|after| (RETRY_AFTER, HeaderValue::from(after.as_secs()))));
            Some(error)
        }
        _ => None,
    }
}

fn too_many(standing: Standing) -> Error {
    let Standing { allowed, reset, .. } = standing;
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
        time: shared.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true),
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
