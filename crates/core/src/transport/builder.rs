//! The settings of a transport, checked together when it is built.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::HeaderValue;
use reqwest::redirect;
use tokio::sync::Semaphore;
use url::Url;

use super::Transport;
use super::operation_index::OperationIndex;
use super::overrides::Overrides;
use super::pool::Pool;
use super::settings::{RetryHook, Settings, is_loopback};
use super::tls_proxy::TlsProxy;
use crate::credentials::{Connection, Credentials, Given};
use crate::request::scope::Scope;
use crate::{Credential, CredentialSource, Error, Operation, RateLimit, RetryEvent, RetryPolicy, SecretString};

/// A security scheme, and the credentials that calls are spread over.
type PoolMembers = (Cow<'static, str>, Vec<Arc<dyn CredentialSource>>);

/// Builds a [`Transport`].
///
/// | setting | default |
/// | --- | --- |
/// | [`base_url`](Self::base_url) | none: it must be set |
/// | [`timeout`](Self::timeout) of an attempt | 60 s |
/// | [`call_timeout`](Self::call_timeout) | none |
/// | [`connect_timeout`](Self::connect_timeout) | 10 s |
/// | [`retry`](Self::retry) | 4 attempts within 60 s; see [`RetryPolicy`] |
/// | [`rate_limit`](Self::rate_limit) | unlimited |
/// | [`max_concurrent`](Self::max_concurrent) | unlimited |
/// | [`user_agent`](Self::user_agent) | `rosterkit/<version>` |
/// | [`max_redirects`](Self::max_redirects) | 5 |
/// | [`max_decoded_bytes`](Self::max_decoded_bytes) | 256 MiB |
/// | [`allow_insecure_http`](Self::allow_insecure_http) | `false` |
/// | [`proxy`](Self::proxy) | the system's settings |
/// | [`gzip`](Self::gzip) | `true` |
/// | [`log_bodies`](Self::log_bodies) | `false` |
///
/// # What is traced
/// Each call has a `tracing` span `rosterkit.call` (level info), and each of its attempts a span `rosterkit.attempt`
/// (debug) within it. Their fields follow the HTTP conventions of OpenTelemetry: `http.request.method`, `url.template`,
/// `server.address`, `server.port`, `http.response.status_code`, `error.type` (the status, or the class of the error in
/// snake case), `http.request.resend_count` from the second attempt on, and `rosterkit.operation`, `rosterkit.api`,
/// `rosterkit.attempt`, `rosterkit.attempts`, `rosterkit.correlation_id`, `rosterkit.request_id`. A retry is an event
/// (info) with `rosterkit.delay_ms`. No field holds a parameter, a header, a URL or a credential.
#[must_use]
pub struct TransportBuilder {
    base_url: String,
    credentials: Vec<(Cow<'static, str>, Given)>,
    pool: Option<PoolMembers>,
    credential_names: BTreeMap<&'static str, &'static str>,
    user_agent: String,
    timeout: Duration,
    call_timeout: Option<Duration>,
    connect_timeout: Option<Duration>,
    retry: RetryPolicy,
    on_retry: Vec<RetryHook>,
    jitter_seed: Option<u64>,
    rate_limit: RateLimit,
    max_concurrent: Option<usize>,
    log_bodies: bool,
    network: TlsProxy,
    allow_insecure_http: bool,
    max_decoded_bytes: usize,
    max_redirects: usize,
    overrides: Overrides,
    index: OperationIndex,
    http: reqwest::ClientBuilder,
    is_http_configured: bool,
}

impl TransportBuilder {
    pub(super) fn new() -> Self {
        Self {
            base_url: String::new(),
            credentials: Vec::new(),
            pool: None,
            credential_names: BTreeMap::new(),
            user_agent: concat!("rosterkit/", env!("CARGO_PKG_VERSION")).to_owned(),
            timeout: Duration::from_secs(60),
            call_timeout: None,
            connect_timeout: None,
            retry: RetryPolicy::default(),
            on_retry: Vec::new(),
            jitter_seed: None,
            rate_limit: RateLimit::unlimited(),
            max_concurrent: None,
            log_bodies: false,
            network: TlsProxy::default(),
            allow_insecure_http: false,
            max_decoded_bytes: 256 * 1024 * 1024,
            max_redirects: 5,
            overrides: Overrides::default(),
            index: OperationIndex::default(),
            http: reqwest::Client::builder().connect_timeout(Duration::from_secs(10)),
            is_http_configured: false,
        }
    }

    /// Sets the address of the service, `http` or `https`. Its path (`https://www.example.com/ekp`) comes before the
    /// path of every operation; a slash at its end makes no difference.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        self.base_url = url.as_ref().to_owned();
        self
    }

    /// Sets the credential for a security scheme, by the scheme's name in the spec. An operation takes the first of its
    /// alternatives that the client has all credentials for.
    pub fn credential(mut self, scheme: impl Into<Cow<'static, str>>, credential: Credential) -> Self {
        self.credentials.push((scheme.into(), Given::Fixed(credential)));
        self
    }

    /// Sets where the credential for a security scheme comes from: before every attempt, and once more after a 401. See
    /// [`CredentialSource`].
    pub fn credential_source(
        mut self,
        scheme: impl Into<Cow<'static, str>>,
        source: impl CredentialSource + 'static,
    ) -> Self {
        self.credentials.push((scheme.into(), Given::Source(Arc::new(source))));
        self
    }

    /// Spreads calls over several identities at the service, such as OAuth clients: each has a credential of its own for a
    /// security scheme, and a [rate limit](Self::rate_limit) of its own with the numbers that are set. A call goes to the
    /// client that can send most at that time, with all of its attempts.
    ///
    /// - Calls that belong together stay on the client that began them: [`Transport::keep_client`]. Listings by cursor do so
    ///   by themselves.
    /// - Operations on the caller, whose path has a segment `me`, fail with
    ///   [`InvalidRequest`](crate::ErrorKind::InvalidRequest).
    /// - A client whose credential is refused, by the login or by a 401 that a renewal does not mend, gets no more calls. A
    ///   `tracing` event of level warn says so once. Its calls go on with another client, except for those that stay.
    ///
    /// It takes precedence over a [`credential_source`](Self::credential_source) of the scheme. Building the client fails
    /// without any source.
    pub fn credential_pool(
        mut self,
        scheme: impl Into<Cow<'static, str>>,
        sources: impl IntoIterator<Item = Arc<dyn CredentialSource>>,
    ) -> Self {
        self.pool = Some((scheme.into(), sources.into_iter().collect()));
        self
    }

    /// Sets how the error of a call that lacks its credential calls a security scheme, in place of the scheme's name in
    /// the spec: ``a user's id and password (`user`)``.
    pub fn credential_name(mut self, scheme: &'static str, name: &'static str) -> Self {
        self.credential_names.insert(scheme, name);
        self
    }

    /// Sets the time limit of an attempt, from its start to its decoded response, redirects included. For a response that
    /// is streamed it holds until the head, and then between each two chunks.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Sets the time limit of a whole call: all of its attempts, the waits between them, and the waits for a credential
    /// and for the rate limit. For a response that is streamed it holds until the head.
    ///
    /// A call that would have to wait beyond it fails at once, with the error of its last attempt.
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = Some(limit);
        self
    }

    /// Sets how failed attempts are repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how often a request is sent at most, the first time included, and leaves the rest of the
    /// [policy](Self::retry) as it is: clients have policies of their own. 0 counts as 1.
    pub fn retry_attempts(mut self, attempts: u32) -> Self {
        self.retry = self.retry.with_attempts(attempts);
        self
    }

    /// Calls a function before each retry, and before its wait begins, to count or log them. Repeated calls add to the
    /// functions. A function runs within the call, so it should not take long.
    ///
    /// ```
    /// use rosterkit_core::Transport;
    ///
    /// let builder = Transport::builder().on_retry(|event| {
    ///     eprintln!("attempt {}: {}; waiting {:?}", event.attempt(), event.error(), event.delay());
    /// });
    /// ```
    pub fn on_retry(mut self, hook: impl Fn(&RetryEvent<'_>) + Send + Sync + 'static) -> Self {
        self.on_retry.push(Box::new(hook));
        self
    }

    /// Makes the random part of the waits between attempts the same each time, for tests.
    pub fn jitter_seed(mut self, seed: u64) -> Self {
        self.jitter_seed = Some(seed);
        self
    }

    /// Limits the number of requests per minute.
    pub fn rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = rate_limit;
        self
    }

    /// Limits how many requests are in flight at the same time, over all clones of the client. Further ones wait, in the
    /// order in which they came. A request is in flight from when it is sent until its response is read; one whose
    /// response is streamed, until the response's head is there.
    pub fn max_concurrent(mut self, limit: usize) -> Self {
        self.max_concurrent = Some(limit);
        self
    }

    /// Whether the bodies of requests and responses are logged, as `tracing` events of level trace. Of JSON and forms the
    /// fields that are known to hold personal data or secrets are masked, by their names; of other bodies only the
    /// length is told. Other fields are shown, so logs can hold what should not leave the organisation.
    pub fn log_bodies(mut self, log: bool) -> Self {
        self.log_bodies = log;
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

    /// Sends every request through a proxy: `http://proxy.example.com:8080`, with a user name and a password in the URL
    /// if it asks for them. Without it, the system's settings hold (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`), except
    /// for a service on this machine, which is called directly.
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.network.proxy = Some(url.into());
        self
    }

    /// Names the hosts that are called directly and not through the [`proxy`](Self::proxy), separated by commas, as in
    /// the environment variable `NO_PROXY`: `localhost,.example.com,10.0.0.0/8`. `*` means all hosts: no proxy is
    /// used then, whatever the system's settings are.
    pub fn no_proxy(mut self, hosts: impl Into<String>) -> Self {
        self.network.no_proxy = Some(hosts.into());
        self
    }

    /// Trusts certificates besides those that the system trusts, for a gateway or a proxy with a certificate of the
    /// organisation's own: one or several in PEM form (`-----BEGIN CERTIFICATE-----`). Repeated calls add to them.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.roots.push(pem.into());
        self
    }

    /// Identifies the client by a certificate (mutual TLS), for a gateway that asks for one: the certificate, any
    /// intermediate ones and the private key, one after the other in PEM form.
    pub fn client_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.identity = Some(pem.into().into());
        self
    }

    /// Whether responses may come compressed (`Accept-Encoding: gzip`), which is the default. A response whose encoding is
    /// called `x-gzip` is decoded, too. Compressed or not, what
    /// counts for [`max_decoded_bytes`](Self::max_decoded_bytes) is the length of the content. The length of a streamed
    /// response that came compressed is not known beforehand.
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.network.gzip = gzip;
        self
    }

    /// Whether credentials may be sent over plain `http` to any host. Without it, only to this machine.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Sets how many bytes of a response are held in memory at most to be decoded. Streamed responses have no limit.
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
    /// the original: `/v2/users/{userId}`. Building the client fails if it has a query, an unbalanced brace, or an empty
    /// or dot segment, and, where the [`operations`](Self::operations) are known, if there is no such operation or it has
    /// other parameters.
    pub fn override_path(mut self, operation_id: impl Into<String>, template: impl Into<String>) -> Self {
        self.overrides.path(operation_id.into(), template.into());
        self
    }

    /// Corrects the HTTP method of an operation, for a service that differs from the spec. Building the client fails if
    /// it is not in upper case, and, where the [`operations`](Self::operations) are known, if there is no such operation.
    pub fn override_method(mut self, operation_id: impl Into<String>, method: impl Into<String>) -> Self {
        self.overrides.method(operation_id.into(), method.into());
        self
    }

    /// Tells which operations there are, so that a setting for an operation or a security scheme which does not exist fails
    /// when the client is built. The clients of this workspace hand theirs over; without it, such a setting has no effect.
    ///
    /// ```
    /// # use rosterkit_core::{Operation, Transport};
    /// static GET_USERS: Operation = Operation {
    ///     api: "sample", id: "getUsers", method: "GET", path: "/users",
    ///     security: &[&["bearer"]], repeatable: false, service_error: None, scope: &[],
    /// };
    /// static ALL: &[&Operation] = &[&GET_USERS];
    ///
    /// let mistyped = Transport::builder()
    ///     .base_url("https://api.example.com")
    ///     .operations(ALL)
    ///     .override_path("getusers", "/v2/users");
    /// let error = mistyped.build().expect_err("there is no such operation");
    /// assert_eq!(
    ///     error.to_string(),
    ///     "the path override: unknown operation `getusers`; did you mean `getUsers`?"
    /// );
    /// ```
    pub fn operations(mut self, operations: &'static [&'static Operation]) -> Self {
        self.index = OperationIndex::new(operations);
        self
    }

    /// Changes the HTTP client in ways that this builder has no setting for, such as DNS or the pool of connections.
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
        let schemes = self.credentials.iter().map(|(scheme, _)| scheme);
        let mut schemes = schemes.chain(self.pool.iter().map(|(scheme, _)| scheme));
        schemes.try_for_each(|scheme| self.index.check_scheme(scheme))?;
        let user_agent = HeaderValue::try_from(self.user_agent)
            .map_err(|_| Error::configuration("the user agent holds characters that a header cannot carry"))?;
        let mut http = self.http.redirect(redirect::Policy::none()).referer(false);
        if let Some(limit) = self.connect_timeout {
            http = http.connect_timeout(limit);
        }
        if is_loopback(&base) && !self.is_http_configured && !self.network.has_proxy() {
            http = http.no_proxy();
        }
        let gzip = self.network.gzip;
        let advice = self.network.advice();
        http = self.network.apply(http)?;
        let http = http.build().map_err(|error| {
            let error = Error::configuration("the HTTP client cannot be built").with_source(error.without_url());
            advice.into_iter().fold(error, Error::with_advice)
        })?;
        let concurrent = self.max_concurrent.map(|limit| limit.min(Semaphore::MAX_PERMITS));
        if concurrent == Some(0) {
            return Err(Error::configuration("at least one request must be allowed at a time"));
        }
        let connection = Connection {
            http: http.clone(),
            base: base.clone(),
            user_agent: user_agent.clone(),
            timeout: self.timeout,
            allow_insecure_http: self.allow_insecure_http,
        };
        let (given, names) = (self.credentials, self.credential_names);
        let member = |of_pool: Option<(Cow<'static, str>, Given)>| {
            let given = given.iter().cloned().chain(of_pool).collect();
            Ok::<_, Error>(Credentials::prepare(given, &connection)?.with_names(names.clone()))
        };
        let pool = match self.pool {
            None => Pool::new(vec![(member(None)?, self.rate_limit)], false),
            Some((_, sources)) if sources.is_empty() => {
                return Err(Error::configuration("the pool has no clients: give at least one"));
            }
            Some((scheme, sources)) => {
                let member = |source| {
                    Ok::<_, Error>((member(Some((scheme.clone(), Given::Source(source))))?, self.rate_limit.separate()))
                };
                Pool::new(sources.into_iter().map(member).collect::<Result<_, Error>>()?, true)
            }
        };
        let settings = Settings {
            http,
            base,
            pool,
            user_agent,
            timeout: self.timeout,
            call_timeout: self.call_timeout,
            retry: self.retry,
            on_retry: self.on_retry,
            jitter: Mutex::new(self.jitter_seed.map_or_else(fastrand::Rng::new, fastrand::Rng::with_seed)),
            concurrent: concurrent.map(Semaphore::new),
            gzip,
            log_bodies: self.log_bodies,
            allow_insecure_http: self.allow_insecure_http,
            max_decoded_bytes: self.max_decoded_bytes,
            max_redirects: self.max_redirects,
            overrides: self.overrides.checked(self.index)?,
        };
        Ok(Transport { settings: Arc::new(settings), scope: Scope::default(), options: Arc::default(), kept: None })
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
    let url = Url::parse(text).map_err(|error| Error::configuration(format!("the base URL is invalid: {error}")))?;
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
