//! How a request gets to the service and the response back.
//!
//! A request passes the parameter guard, the choice of a credential and the check that no credential is sent over
//! unencrypted http, before anything is sent. Redirects are followed here and not by the HTTP client, which would
//! carry an API key to another host. Cookies are never stored: the LMS pins the first user of a session in one, and
//! would treat every later call as that user's.

mod attempt;
mod builder;
mod deadline;
mod decode;
mod gunzip;
pub(crate) mod html;
mod idle_timeout;
mod operation_index;
mod overrides;
mod pool;
mod prepare;
mod redirect;
mod request_body;
mod response;
mod retry_loop;
mod settings;
mod tls_proxy;

use std::fmt;
use std::sync::Arc;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use tracing::Instrument as _;

pub use builder::TransportBuilder;
pub(crate) use decode::{expectation, printable_id, printable_path};
#[cfg(feature = "oauth")]
pub(crate) use settings::is_loopback;

use crate::request::scope::Scope;
use crate::retry::RetryState;
use crate::{Body, CallOptions, Error, Operation, Request, Response, RetryEvent, telemetry};
use attempt::attempt;
use pool::Kept;
use prepare::{Call, prepare};
use response::RawResponse;
use retry_loop::retry_loop;
use settings::Settings;

/// A connection pool with everything that is needed to call one service. Clones share it.
///
/// ```
/// use rosterkit_core::{Credential, Transport};
///
/// let transport = Transport::builder()
///     .base_url("https://www.example.com/ekp")
///     .credential("user", Credential::basic("ada", "her password"))
///     .build()?;
/// let shown = format!("{transport:?}");
/// assert!(shown.contains("www.example.com") && !shown.contains("password"));
/// # Ok::<(), rosterkit_core::Error>(())
/// ```
///
/// Every way of sending fails with an [`Error`] of kind
/// - `InvalidRequest`, `MissingCredential`, `InsecureTransport` or `Configuration` before anything is sent,
/// - `Authentication` if its credential source has no valid credential,
/// - `Connect`, `Timeout`, `Transport` or `RequestBody` on the way,
/// - `Redirect` for a redirect that it does not follow, and `Status` for 4xx, 5xx and other unexpected statuses.
///
/// # A rejected credential
/// After a 401 from the service's own origin, a [`CredentialSource`](crate::CredentialSource) is asked for a new
/// credential, and the request is repeated with it once, whatever its method: it was turned away, not carried out. A
/// body that is streamed cannot be sent twice: then the 401 surfaces, and the next request has the new credential.
///
/// # Redirects
/// `GET` and `HEAD` follow 301, 302, 303, 307 and 308. Other methods, and requests with a body, follow only 307 and 308,
/// only within the same origin (scheme, host and port) and only if the body is in memory. On the way to another origin
/// credentials and the operation's own headers are dropped, and stay dropped. A redirect from `https` to `http` is
/// refused.
#[derive(Clone)]
pub struct Transport {
    settings: Arc<Settings>,
    scope: Scope,
    options: Arc<CallOptions>,
    kept: Option<Kept>,
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const ANY: HeaderValue = HeaderValue::from_static("*/*");

impl Transport {
    /// Starts a transport; see [`TransportBuilder`] for settings and defaults.
    pub fn builder() -> TransportBuilder {
        TransportBuilder::new()
    }

    /// The base URL, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.settings.base.as_str().trim_end_matches('/')
    }

    /// Checks that the client has a credential that an operation takes. Whether it is valid is not known, and nothing is sent.
    ///
    /// # Errors
    /// [`MissingCredential`](crate::ErrorKind::MissingCredential) if it has none, and
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if the operation is about the caller, and the client is a pool of
    /// several.
    pub fn check_credential(&self, operation: &'static Operation) -> Result<(), Error> {
        self.settings.pool.select(operation).map(drop)
    }

    /// This transport with a parameter set for all of its calls, in place of an earlier value for it: ids of whom or what
    /// a caller acts for, which the operations take alike but in different places. Connections, limits and the rate limit
    /// are shared with the original, which stays as it is.
    ///
    /// The value is put into the query, the form or the multipart body as each operation wants. A value that the request
    /// has for it goes first.
    ///
    /// Sending fails with [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if the operation takes no such parameter, or
    /// the value is blank. Nothing is sent then.
    ///
    /// ```
    /// # use rosterkit_core::{Operation, Request, ScopePlace, Transport};
    /// # static RECORDS: Operation = Operation {
    /// #     api: "peoplefluent-lms", id: "records", method: "GET", path: "/api/records",
    /// #     security: &[], repeatable: false, service_error: None, scope: &[("onBehalfOf", ScopePlace::Query)],
    /// # };
    /// # async fn run() -> Result<(), rosterkit_core::Error> {
    /// let transport = Transport::builder().base_url("https://www.example.com/ekp").build()?;
    /// let scoped = transport.scoped("onBehalfOf", "a.roe");
    /// scoped.send_body(Request::new(&RECORDS), &["application/xml"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn scoped(&self, name: &'static str, value: impl Into<String>) -> Self {
        Self { scope: self.scope.with(name, value.into()), ..self.clone() }
    }

    /// This transport without any [scope](Self::scoped), for an operation that takes none.
    #[must_use]
    pub fn unscoped(&self) -> Self {
        Self { scope: Scope::default(), ..self.clone() }
    }

    /// This transport with options for all of its calls, over those that it has. What a call sets itself goes first.
    /// Connections, limits and the rate limit are shared with the original, which stays as it is.
    ///
    /// That is how wrappers which make several calls, such as batches, listings and jobs, get other options than the
    /// client.
    ///
    /// ```
    /// use rosterkit_core::{CallOptions, RetryPolicy, Transport};
    ///
    /// let transport = Transport::builder().base_url("https://www.example.com").build()?;
    /// let patient = CallOptions::new().retry(RetryPolicy::default().with_attempts(8)).request_id("nightly-sync");
    /// let nightly = transport.with_options(patient);
    /// assert_eq!(nightly.base_url(), transport.base_url());
    /// # Ok::<(), rosterkit_core::Error>(())
    /// ```
    ///
    /// Sending fails with [`InvalidRequest`](crate::ErrorKind::InvalidRequest) if the request id is none.
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { options: Arc::new(options.or(&self.options)), ..self.clone() }
    }

    /// This transport with all of its calls on one client of a [pool](TransportBuilder::credential_pool), for a task whose
    /// calls belong together: a cursor, a job and what is read before it is changed belong to the client that began them. The
    /// first call chooses the client, and clones keep it. Without a pool, nothing changes.
    ///
    /// ```
    /// use rosterkit_core::Transport;
    ///
    /// let transport = Transport::builder().base_url("https://www.example.com").build()?;
    /// let of_one_task = transport.keep_client();
    /// assert_eq!(of_one_task.base_url(), transport.base_url());
    /// # Ok::<(), rosterkit_core::Error>(())
    /// ```
    #[must_use]
    pub fn keep_client(&self) -> Self {
        Self { kept: Some(self.kept.clone().unwrap_or_default()), ..self.clone() }
    }

    /// Sends a request and decodes its JSON response. A missing content type is taken for JSON, and a byte order mark is
    /// left out.
    ///
    /// # Errors
    /// Those of every [way of sending](Self), and
    /// - `UnexpectedMediaType` if the response is something else than JSON, such as the HTML of a login page,
    /// - `Decode` if it is empty, is not UTF-8, ends early, or does not fit `T`,
    /// - `TooLarge` if it exceeds [`TransportBuilder::max_decoded_bytes`].
    pub async fn send_json<T: DeserializeOwned>(&self, request: Request) -> Result<Response<T>, Error> {
        self.call(request, JSON, RawResponse::into_json).await
    }

    /// Sends a request and decodes its JSON response; an empty response is `None`.
    ///
    /// # Errors
    /// Those of [`send_json`](Self::send_json), except for an empty response.
    pub async fn send_json_optional<T: DeserializeOwned>(
        &self,
        request: Request,
    ) -> Result<Response<Option<T>>, Error> {
        self.call(request, JSON, RawResponse::into_json_optional).await
    }

    /// Sends a request whose response holds nothing of interest. Whatever it holds is ignored, except for JSON that says that
    /// it was not done, and for an HTML page: that comes from something else than the service, which then has not done what
    /// it was asked for.
    ///
    /// # Errors
    /// Those of every [way of sending](Self), `Refused` for such JSON, and `UnexpectedMediaType` for a page.
    pub async fn send_empty(&self, request: Request) -> Result<Response<()>, Error> {
        self.call(request, ANY, RawResponse::into_nothing).await
    }

    /// Sends a request and streams its response.
    ///
    /// `expected` lists the media types that the operation may return, and `*/*` allows any. Types that servers use
    /// for the same thing are interchangeable: `application/xml`, `text/xml` and `…+xml`; `text/plain` and `text/csv`. A
    /// missing content type is tolerated.
    ///
    /// The time limit holds until the response's head is there, and after that between each two chunks.
    ///
    /// # Errors
    /// Those of every [way of sending](Self), and `UnexpectedMediaType`. Reading the body fails with `Transport` or
    /// `Timeout` if the response breaks off or stalls, and with `UnexpectedMediaType` if it begins like an HTML page
    /// although its media type says otherwise: of a page that comes where data is expected, nothing is handed out. Where
    /// `*/*` or HTML is expected, a page is a response.
    pub async fn send_body(
        &self,
        request: Request,
        expected: &'static [&'static str],
    ) -> Result<Response<Body>, Error> {
        self.call(request, accept(expected), |response| response.into_stream(expected)).await
    }

    /// Sends a request whose response `read` decodes while it comes. That is part of the attempt, as it is for JSON: a
    /// connection which breaks off in the middle of the body is repeated like one that breaks off before it, and the time
    /// limit of the attempt holds until `read` is done. So `read` may be called more than once, each time with a response
    /// from its beginning. An error of its own is repeated as its kind is; one of kind `Decode` never is.
    ///
    /// `expected` is as in [`send_body`](Self::send_body).
    ///
    /// ```
    /// # use rosterkit_core::{Operation, Request, Transport};
    /// # static EXPORT: Operation = Operation {
    /// #     api: "sample", id: "export", method: "GET", path: "/export",
    /// #     security: &[], repeatable: false, service_error: None, scope: &[],
    /// # };
    /// # async fn run(transport: Transport) -> Result<(), rosterkit_core::Error> {
    /// let export = Request::new(&EXPORT);
    /// let lines = transport.send_read(export, &["text/csv"], async |response| {
    ///     let text = response.into_inner().text().await?;
    ///     Ok(text.lines().count())
    /// });
    /// println!("{} lines", lines.await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of every [way of sending](Self) and of reading a [streamed](Self::send_body) body, and those of `read`.
    pub async fn send_read<T, R, F>(
        &self,
        request: Request,
        expected: &'static [&'static str],
        read: R,
    ) -> Result<T, Error>
    where
        R: Fn(Response<Body>) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let read = &read;
        self.call(request, accept(expected), |response| response.read_by(expected, read)).await
    }

    /// Waits after a conflict, for a task that then reads and writes again. `earlier` is how many conflicts it met before.
    /// `false`, without a wait, if the [`RetryPolicy`](crate::RetryPolicy#conflicts) gives up: the error is final.
    ///
    /// ```
    /// use rosterkit_core::{Error, StatusCode, Transport};
    ///
    /// async fn change(transport: &Transport, write: impl AsyncFn() -> Result<(), Error>) -> Result<(), Error> {
    ///     let mut conflicts = 0;
    ///     loop {
    ///         match write().await {
    ///             Err(error) if error.status() == Some(StatusCode::CONFLICT) => {
    ///                 if !transport.wait_after_conflict(&error, conflicts).await {
    ///                     return Err(error);
    ///                 }
    ///                 conflicts += 1;
    ///             }
    ///             result => return result,
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn wait_after_conflict(&self, error: &Error, earlier: u32) -> bool {
        let policy = self.options.retry.as_ref().unwrap_or(&self.settings.retry);
        let Some(delay) = policy.conflict_wait(error, earlier) else { return false };
        let event = RetryEvent { error, attempt: earlier + 1, delay };
        telemetry::retrying(&event);
        self.settings.on_retry.iter().for_each(|hook| hook(&event));
        tokio::time::sleep(delay).await;
        true
    }

    /// Makes a call: prepares it, and makes attempts until one gives a response that `read` takes.
    async fn call<T, R, F>(&self, request: Request, accept: HeaderValue, read: R) -> Result<T, Error>
    where
        R: Fn(RawResponse) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let settings = &*self.settings;
        let mut request = request.or_options(&self.options).in_scope(&self.scope);
        let mut route = settings.overrides.route(request.operation())?;
        let options = request.take_options();
        route.is_idempotent = options.idempotent.unwrap_or_default();
        let span = telemetry::call_span(&route, &settings.base, options.request_id.as_deref());
        let limit = options.call_timeout.or(settings.call_timeout);
        let deadline = limit.and_then(|limit| deadline::after(limit, None));
        let policy = options.retry.as_ref().unwrap_or(&settings.retry).clone();
        let state = RetryState::new(policy, options.repeat_unsafe, deadline).with_conflicts(options.is_conflict);
        let attempts = async {
            match prepare(settings, route, request, &options, accept, deadline) {
                Ok(call) => self.call_as_member(&call, state, &read).await,
                Err(error) => (state, Err(error)),
            }
        };
        let (state, result) = attempts.instrument(span.clone()).await;
        let result = result
            .map_err(|error| error.with_attempts(state.attempts()).with_earlier_effect(state.may_have_taken_effect()));
        span.record("rosterkit.attempts", state.attempts());
        if let Err(error) = &result {
            telemetry::failed(&span, error);
        }
        result
    }
}

impl Transport {
    /// Makes attempts with the credential and the rate limit of one client. If its credential is refused, which means that
    /// nothing was carried out, another client of the pool takes the call over, unless the call belongs to that client.
    async fn call_as_member<T, R, F>(
        &self,
        call: &Call,
        mut state: RetryState,
        read: &R,
    ) -> (RetryState, Result<T, Error>)
    where
        R: Fn(RawResponse) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let settings = &*self.settings;
        let mut seat = match settings.pool.seat(self.kept.as_ref()) {
            Ok(seat) => seat,
            Err(error) => return (state, Err(error.at(&call.route))),
        };
        loop {
            let result;
            (state, result) = {
                let member = &*seat;
                retry_loop(settings, state, |state| attempt(settings, member, call, state, read)).await
            };
            let error = match result {
                Err(error) if state.is_credential_refused() && settings.pool.leave(&seat, &error) => error,
                result => return (state, result),
            };
            // An earlier attempt may have been carried out; a body that was read is gone.
            if self.kept.is_some() || state.may_have_taken_effect() || !call.body.is_whole() {
                return (state, Err(error));
            }
            seat = match settings.pool.seat(None) {
                Ok(seat) => seat,
                Err(_) => return (state, Err(error)),
            };
            state = state.with_other_credential();
        }
    }
}

/// The media types that are expected, as a header.
fn accept(expected: &[&str]) -> HeaderValue {
    HeaderValue::try_from(expected.join(", ")).unwrap_or(ANY)
}

/// Shows the host, the schemes that have a credential, and the names of parameters that are set for all calls.
impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Transport");
        shown.field("host", &self.settings.base.host_str().unwrap_or_default());
        shown.field("credentials", &self.settings.pool.schemes().collect::<Vec<_>>());
        if !self.scope.is_empty() {
            shown.field("scope", &self.scope);
        }
        shown.finish_non_exhaustive()
    }
}
