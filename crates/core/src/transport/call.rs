//! A request that has passed every check and is ready to be sent.

use http::{HeaderMap, HeaderValue, header};
use url::{Host, Url};

use super::Inner;
use crate::error::Place;
use crate::{Body, Error, ErrorKind, Request};

pub(super) struct Call {
    pub place: Place,
    pub url: Url,
    /// Credentials and the operation's own headers, for the service's own origin only.
    pub trusted: HeaderMap,
    /// The headers for any origin.
    pub common: HeaderMap,
    pub content_type: Option<HeaderValue>,
    pub body: Option<Body>,
}

impl Inner {
    /// Passes a request through every check that needs no network. `accept` is what the way of sending expects.
    pub(super) fn prepare(&self, request: Request, accept: HeaderValue) -> Result<Call, Error> {
        let place = self.overrides.place(request.operation())?;
        let assembled = request.assemble(&self.base, &place.path).map_err(|error| error.at(&place))?;
        let credentials = self.credentials.select(place.operation).map_err(|error| error.at(&place))?;
        if !credentials.is_empty() && !self.is_confidential() {
            let cause = "the credential would cross the network in the clear";
            return Err(Error::new(ErrorKind::InsecureTransport, cause).at(&place));
        }
        let mut common = HeaderMap::new();
        common.insert(header::USER_AGENT, self.user_agent.clone());
        common.insert(header::ACCEPT, assembled.accept.unwrap_or(accept));
        let mut trusted = assembled.headers;
        // Last, so that no parameter of an operation takes the place of a credential.
        for (name, value) in credentials {
            trusted.insert(name, value);
        }
        Ok(Call {
            place,
            url: assembled.url,
            trusted,
            common,
            content_type: assembled.content_type,
            body: assembled.body,
        })
    }

    fn is_confidential(&self) -> bool {
        self.base.scheme() == "https" || self.allow_insecure_http || is_loopback(&self.base)
    }
}

/// Whether the URL's host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
