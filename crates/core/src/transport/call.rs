//! A request that has passed every check and is ready to be sent.

use std::time::Duration;

use http::{HeaderMap, HeaderValue, header};
use tracing::Span;
use url::{Host, Url};

use super::Inner;
use super::attempts::Deadline;
use super::outgoing::Outgoing;
use crate::credentials::Authorization;
use crate::error::Place;
use crate::{CallOptions, Error, ErrorKind, Request, headers};

pub(super) struct Call {
    pub place: Place,
    pub url: Url,
    /// The operation's own headers, for the service's own origin only, as credentials are.
    pub trusted: HeaderMap,
    /// The headers for any origin.
    pub common: HeaderMap,
    pub content_type: Option<HeaderValue>,
    pub body: Outgoing,
    /// The time limit of each attempt.
    pub timeout: Duration,
    /// When the whole call is given up.
    pub deadline: Deadline,
    /// The span of the whole call.
    pub span: Span,
}

impl Inner {
    /// Passes a request through every check that needs no network. `accept` is what the way of sending expects.
    pub(super) fn prepare(
        &self,
        place: Place,
        request: Request,
        options: &CallOptions,
        accept: HeaderValue,
        deadline: Deadline,
    ) -> Result<Call, Error> {
        let assembled = request.assemble(&self.base, &place.path).map_err(|error| error.at(&place))?;
        let schemes = self.credentials.select(place.operation).map_err(|error| error.at(&place))?;
        if !schemes.is_empty() && !self.is_confidential() {
            let cause = "the credential would cross the network in the clear";
            return Err(Error::new(ErrorKind::InsecureTransport, cause).at(&place));
        }
        let mut common = HeaderMap::new();
        common.insert(header::USER_AGENT, self.user_agent.clone());
        common.insert(header::ACCEPT, assembled.accept.unwrap_or(accept));
        let mut trusted = assembled.headers;
        if let Some(id) = options.request_id.as_deref().and_then(|id| HeaderValue::from_str(id).ok()) {
            trusted.insert(headers::REQUEST_ID, id);
        }
        Ok(Call {
            place,
            url: assembled.url,
            trusted,
            common,
            content_type: assembled.content_type,
            body: Outgoing::new(assembled.body),
            timeout: options.timeout.unwrap_or(self.timeout),
            deadline,
            span: Span::current(),
        })
    }

    /// What authenticates an attempt, asked for anew before each. A failure here is not repeated.
    pub(super) async fn authorize(&self, place: &Place) -> Result<Authorization, Error> {
        self.credentials.authorize(place.operation).await.map_err(|error| error.at(place))
    }

    /// Called when the service answered 401: whether there is a new credential to try once more with. What the client
    /// was given as it is cannot be renewed.
    pub(super) async fn renew(&self, place: &Place, rejected: &Authorization) -> Result<bool, Error> {
        self.credentials.rejected(place.operation, rejected).await.map_err(|error| error.at(place))
    }

    fn is_confidential(&self) -> bool {
        self.base.scheme() == "https" || self.allow_insecure_http || is_loopback(&self.base)
    }
}

/// Whether the URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
