//! From a request to a call that is ready to be sent: every check that needs no network.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use tracing::Span;
use url::Url;

use super::deadline::Deadline;
use super::request_body::RequestBody;
use super::settings::Settings;
use crate::error::Route;
use crate::{CallOptions, Error, ErrorKind, Request, headers};

/// A request that has passed every check.
pub(super) struct Call {
    pub route: Route,
    pub url: Url,
    /// The operation's own headers, for the service's own origin only, as credentials are.
    pub trusted: HeaderMap,
    /// The headers for any origin.
    pub common: HeaderMap,
    pub content_type: Option<HeaderValue>,
    pub body: RequestBody,
    /// The time limit of each attempt.
    pub timeout: Duration,
    /// When the whole call is given up.
    pub deadline: Deadline,
    /// Whether a decoded response keeps its bytes.
    pub keep_body: bool,
    /// The span of the whole call.
    pub span: Span,
}

/// Checks a request and completes it with what the transport adds. `accept` is what the way of sending expects.
pub(super) fn prepare(
    settings: &Settings,
    route: Route,
    request: Request,
    options: &CallOptions,
    accept: HeaderValue,
    deadline: Deadline,
) -> Result<Call, Error> {
    let assembled = request.assemble(&settings.base, &route.path).map_err(|error| error.at(&route))?;
    let schemes = settings.pool.select(route.operation).map_err(|error| error.at(&route))?;
    if !schemes.is_empty() && !settings.is_confidential() {
        let cause = "the credential would be sent over unencrypted http";
        return Err(Error::new(ErrorKind::InsecureTransport, cause).at(&route));
    }
    let mut common = HeaderMap::new();
    common.insert(header::USER_AGENT, settings.user_agent.clone());
    common.insert(header::ACCEPT, assembled.accept.unwrap_or(accept));
    let mut trusted = assembled.headers;
    if let Some(id) = options.request_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
        trusted.insert(headers::REQUEST_ID, id);
    }
    Ok(Call {
        route,
        url: assembled.url,
        trusted,
        common,
        content_type: assembled.content_type,
        body: RequestBody::new(assembled.body),
        timeout: options.timeout.unwrap_or(settings.timeout),
        deadline,
        keep_body: options.keep_body,
        span: Span::current(),
    })
}
