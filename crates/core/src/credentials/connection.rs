//! What a credential source may use of the transport that it belongs to.

use std::fmt;
use std::time::Duration;

use http::HeaderValue;
use url::Url;

/// The network settings of a transport, for a [`CredentialSource`](crate::CredentialSource) that makes requests of its
/// own: they go through the same proxy, trust the same certificates and keep the same time limits.
#[derive(Clone)]
pub struct Connection {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) user_agent: HeaderValue,
    pub(crate) timeout: Duration,
    pub(crate) allow_insecure_http: bool,
}

impl Connection {
    /// The HTTP client. It follows no redirects and stores no cookies.
    pub fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// The base URL of the service, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// The time limit of a call. Whatever a source does while a call waits for it counts towards that limit.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    /// The `User-Agent` header.
    pub fn user_agent(&self) -> &HeaderValue {
        &self.user_agent
    }

    /// Whether credentials may be sent over plain `http` to other machines.
    pub fn allows_insecure_http(&self) -> bool {
        self.allow_insecure_http
    }
}

/// Shows the host.
impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.base.host_str().unwrap_or_default();
        formatter.debug_struct("Connection").field("host", &host).finish_non_exhaustive()
    }
}
