//! The settings of a transport, checked together when it is built.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderValue;
use reqwest::redirect;
use url::Url;

use super::call::is_loopback;
use super::overrides::Overrides;
use super::{Inner, Transport};
use crate::credentials::Credentials;
use crate::{Credential, Error};

/// Builds a [`Transport`].
///
/// | setting | default |
/// | --- | --- |
/// | [`base_url`](Self::base_url) | none: it must be set |
/// | [`timeout`](Self::timeout) | 60 s |
/// | [`connect_timeout`](Self::connect_timeout) | 10 s |
/// | [`user_agent`](Self::user_agent) | `rosterkit/<version>` |
/// | [`max_redirects`](Self::max_redirects) | 5 |
/// | [`max_decoded_bytes`](Self::max_decoded_bytes) | 256 MiB |
/// | [`allow_insecure_http`](Self::allow_insecure_http) | `false` |
#[must_use]
pub struct TransportBuilder {
    base_url: String,
    credentials: Vec<(Cow<'static, str>, Credential)>,
    user_agent: String,
    timeout: Duration,
    connect_timeout: Option<Duration>,
    allow_insecure_http: bool,
    max_decoded_bytes: usize,
    max_redirects: usize,
    overrides: Overrides,
    http: reqwest::ClientBuilder,
    is_http_configured: bool,
}

impl TransportBuilder {
    pub(super) fn new() -> Self {
        Self {
            base_url: String::new(),
            credentials: Vec::new(),
            user_agent: concat!("rosterkit/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(60),
            connect_timeout: None,
            allow_insecure_http: false,
            max_decoded_bytes: 256 * 1024 * 1024,
            max_redirects: 5,
            overrides: Overrides::default(),
            http: reqwest::Client::builder().connect_timeout(Duration::from_secs(10)),
            is_http_configured: false,
        }
    }

    /// Sets the address of the service, `http` or `https`. Its path (`https://www.example.com/ekp`) stands before the
    /// path of every operation; a slash at its end makes no difference.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        self.base_url = url.as_ref().to_owned();
        self
    }

    /// Sets the credential for a security scheme, by the scheme's name in the spec. An operation takes the first of its
    /// alternatives that the client has all credentials for.
    pub fn credential(mut self, scheme: impl Into<Cow<'static, str>>, credential: Credential) -> Self {
        self.credentials.push((scheme.into(), credential));
        self
    }

    /// Sets the time limit of a call, from its start to its decoded answer, redirects included. For an answer that is
    /// streamed it holds until the head, and then between each two chunks.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Sets the time limit for a connection to be made: name resolution, TCP and TLS.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = Some(limit);
        self
    }

    /// Sets the `User-Agent` header.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Whether credentials may be sent over plain `http` to any host. Without it, only to this machine.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Sets how many bytes of an answer are held in memory at most to be decoded. Streamed answers have no limit.
    pub fn max_decoded_bytes(mut self, limit: usize) -> Self {
        self.max_decoded_bytes = limit;
        self
    }

    /// Sets how many redirects of one call are followed. With 0, each is an error.
    pub fn max_redirects(mut self, limit: usize) -> Self {
        self.max_redirects = limit;
        self
    }

    /// Corrects the path of an operation, for a service that differs from the spec. The template keeps the parameters of
    /// the original: `/v2/users/{userId}`.
    pub fn override_path(mut self, operation_id: impl Into<String>, template: impl Into<String>) -> Self {
        self.overrides.path(operation_id.into(), template.into());
        self
    }

    /// Corrects the HTTP method of an operation, for a service that differs from the spec.
    pub fn override_method(mut self, operation_id: impl Into<String>, method: impl Into<String>) -> Self {
        self.overrides.method(operation_id.into(), method.into());
        self
    }

    /// Changes the HTTP client: proxies, root certificates, client certificates, DNS.
    ///
    /// Redirects stay with the core, whatever is set here. The system's proxy settings hold unless this changes them,
    /// but a service on this machine is called directly as long as the HTTP client is not changed.
    ///
    /// ```
    /// use rosterkit_core::Transport;
    ///
    /// let builder = Transport::builder().configure_http(|http| http.no_proxy().https_only(true));
    /// ```
    pub fn configure_http(
        mut self,
        change: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder + 'static,
    ) -> Self {
        self.http = change(self.http);
        self.is_http_configured = true;
        self
    }

    /// Checks the settings and builds the transport. Nothing is sent.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if a setting is missing or wrong.
    pub fn build(self) -> Result<Transport, Error> {
        let base = parse_base(&self.base_url)?;
        let user_agent = HeaderValue::try_from(self.user_agent)
            .map_err(|_| Error::configuration("the user agent holds characters that a header cannot carry"))?;
        let mut http = self.http.redirect(redirect::Policy::none()).referer(false);
        if let Some(limit) = self.connect_timeout {
            http = http.connect_timeout(limit);
        }
        if is_loopback(&base) && !self.is_http_configured {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Error::configuration("the HTTP client cannot be built").with_source(error.without_url())
        })?;
        Ok(Transport(Arc::new(Inner {
            http,
            base,
            credentials: Credentials::prepare(self.credentials)?,
            user_agent,
            timeout: self.timeout,
            allow_insecure_http: self.allow_insecure_http,
            max_decoded_bytes: self.max_decoded_bytes,
            max_redirects: self.max_redirects,
            overrides: self.overrides.checked()?,
        })))
    }
}

/// Shows the schemes that have a credential, and no other setting.
impl fmt::Debug for TransportBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<_> = self.credentials.iter().map(|(scheme, _)| scheme).collect();
        formatter.debug_struct("TransportBuilder").field("credentials", &schemes).finish_non_exhaustive()
    }
}

/// The messages leave the URL out: it may hold a password.
fn parse_base(text: &str) -> Result<Url, Error> {
    if text.is_empty() {
        return Err(Error::configuration("the base URL is missing"));
    }
    let url = Url::parse(text).map_err(|error| Error::configuration(format!("the base URL is no URL: {error}")))?;
    let problem = if !matches!(url.scheme(), "http" | "https") {
        "must begin with https:// or http://"
    } else if !url.username().is_empty() || url.password().is_some() {
        "must not hold a user name or password; set a credential instead"
    } else if url.query().is_some() {
        "must not have a query"
    } else if url.fragment().is_some() {
        "must not have a fragment"
    } else {
        return Ok(url);
    };
    Err(Error::configuration(format!("the base URL {problem}")))
}
