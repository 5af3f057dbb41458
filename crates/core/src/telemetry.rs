//! What a client tells `tracing`: a span per call, a span per attempt, and bodies on request.
//!
//! Names of fields follow the HTTP conventions of OpenTelemetry, and are stable. None of them holds a value of the
//! caller: the path is the template, the query is left out, and so are headers and credentials.

use std::borrow::Cow;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use tracing::field::Empty;
use tracing::{Level, Span};
use url::Url;

use crate::error::Route;
use crate::{Error, ErrorKind, RetryEvent, headers, redact};

/// The span of a call, from its checks to its decoded response.
pub(crate) fn call_span(route: &Route, base: &Url, request_id: Option<&str>) -> Span {
    tracing::info_span!(
        "rosterkit.call",
        "otel.kind" = "client",
        "otel.name" = format_args!("{} {}", route.method, route.path),
        "http.request.method" = route.method.as_str(),
        "url.template" = route.path.as_ref(),
        "server.address" = base.host_str(),
        "server.port" = base.port_or_known_default(),
        "rosterkit.api" = route.operation.api,
        "rosterkit.operation" = route.operation.id,
        "rosterkit.request_id" = request_id,
        "rosterkit.attempts" = Empty,
        "rosterkit.correlation_id" = Empty,
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    )
}

/// The span of one attempt, within that of its call.
pub(crate) fn attempt_span(call: &Span, route: &Route, base: &Url, attempt: u32) -> Span {
    tracing::debug_span!(
        parent: call,
        "rosterkit.attempt",
        "http.request.method" = route.method.as_str(),
        "http.request.resend_count" = attempt.checked_sub(1).filter(|count| *count > 0),
        "url.template" = route.path.as_ref(),
        "server.address" = base.host_str(),
        "server.port" = base.port_or_known_default(),
        "rosterkit.operation" = route.operation.id,
        "rosterkit.attempt" = attempt,
        "rosterkit.correlation_id" = Empty,
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    )
}

/// Records the head of a response.
pub(crate) fn responded(span: &Span, status: StatusCode, headers: &HeaderMap) {
    span.record("http.response.status_code", status.as_u16());
    if let Some(id) = headers::correlation_id(headers) {
        span.record("rosterkit.correlation_id", id);
    }
}

/// Records why a call or an attempt failed: the status where that is the failure, else the class of the error.
pub(crate) fn failed(span: &Span, error: &Error) {
    span.record("error.type", error_type(error).as_ref());
}

/// Tells of a retry.
pub(crate) fn retrying(event: &RetryEvent<'_>) {
    tracing::info!(
        "rosterkit.attempt" = event.attempt,
        "rosterkit.delay_ms" = u64::try_from(event.delay.as_millis()).unwrap_or(u64::MAX),
        "rosterkit.correlation_id" = event.error.correlation_id(),
        "error.type" = error_type(event.error).as_ref(),
        "the attempt failed and will be repeated"
    );
}

fn error_type(error: &Error) -> Cow<'static, str> {
    match error.status() {
        Some(status) if error.kind() == ErrorKind::Status => status.as_str().to_owned().into(),
        _ => error.kind().name().into(),
    }
}

/// Whether anybody would see a body.
pub(crate) fn is_body_logged(is_wanted: bool) -> bool {
    is_wanted && tracing::enabled!(Level::TRACE)
}

/// Logs the body of a request. `None` is one that is streamed.
pub(crate) fn request_body(content_type: Option<&HeaderValue>, body: Option<&[u8]>) {
    let media_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    tracing::trace!(
        "rosterkit.request.body" = body.map(|body| redact::body(media_type, body)).as_deref().unwrap_or("(streamed)"),
        "sending a body"
    );
}

/// Logs the body of a response.
pub(crate) fn response_body(headers: &HeaderMap, body: &[u8]) {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    // A missing content type is taken for JSON here as everywhere.
    let shown = redact::body(media_type.unwrap_or("application/json"), body);
    tracing::trace!("rosterkit.response.body" = shown, "received a body");
}
