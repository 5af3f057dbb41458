//! The one error type of every client.
//!
//! An [`Error`] tells what a caller needs to know next: may I try again, what did the service say, which id does support need.
//! It is safe to log: neither `Display` nor `Debug` nor any [`source`](std::error::Error::source) prints a body, a
//! header, a parameter, a URL or a credential, because requests to these services carry personal data.

mod classify;
mod display;
mod kind;
mod service;

use std::any::Any;
use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

#[cfg(feature = "oauth")]
pub(crate) use classify::no_connection;
pub use kind::ErrorKind;
pub use service::{ServiceError, decode_service_error};

use crate::{Operation, headers};

/// What went wrong with a call.
///
/// # Troubleshooting
/// The one-line `Display` names the operation, the method with the path template, what happened, the correlation id and
/// what to do. When that is not enough:
/// - [`service_error`](Self::service_error) is the service's own error, decoded into the type that its spec documents;
/// - [`body`](Self::body) is the beginning of the response as it came. It may hold personal data: look at it, don't log it;
/// - [`correlation_id`](Self::correlation_id) is what the service's support asks for.
///
/// ```
/// use rosterkit_core::{Error, ErrorKind};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct ErrorBody {
///     code: String,
/// }
///
/// fn explain(error: &Error) -> String {
///     match error.kind() {
///         ErrorKind::Status if error.is_retryable() => format!("try again in {:?}", error.retry_after()),
///         ErrorKind::Status => match error.service_error::<ErrorBody>() {
///             Some(body) => format!("the service says: {}", body.code),
///             None => error.to_string(),
///         },
///         _ => error.to_string(),
///     }
/// }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    route: Option<Route>,
    cause: Cow<'static, str>,
    advice: Option<Cow<'static, str>>,
    status: Option<StatusCode>,
    attempts: u32,
    /// An attempt before the last one may have taken effect.
    is_earlier_effect_possible: bool,
    /// Time was up before anything was sent.
    is_unsent: bool,
    /// The login is asked too often.
    is_login_busy: bool,
    /// The service asks for a longer wait than the client waits.
    is_wait_too_long: bool,
    correlation_id: Option<Box<str>>,
    retry_after: Option<Duration>,
    body: Option<Bytes>,
    service_error: Option<Box<dyn ServiceError>>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The call that an error belongs to, with the method and path template that were really used.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub operation: &'static Operation,
    pub method: Method,
    pub path: Cow<'static, str>,
    /// Whether sending this request twice has the effect of sending it once, whatever its operation.
    pub is_idempotent: bool,
}

/// How much of an error response's body is kept.
pub(crate) const KEPT_BODY: usize = 64 * 1024;

impl Error {
    /// An argument that cannot be sent, found before anything was.
    ///
    /// The message is printed, so it names the parameter and the rule, never the value.
    pub fn invalid_request(operation: &'static Operation, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message).in_operation(operation)
    }

    /// A client that cannot be built from its settings. The message is printed, so it holds no secret.
    pub fn configuration(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Configuration, message)
    }

    /// A credential that could not be obtained, for a [`CredentialSource`](crate::CredentialSource): what failed, and what to
    /// do about it in one sentence. Both are printed, so they hold no secret.
    pub fn authentication(message: impl Into<Cow<'static, str>>, advice: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Authentication, message).with_advice(advice)
    }

    /// A response that a wrapper could not decode. The message is printed, so it holds nothing of the response.
    pub fn decode(operation: &'static Operation, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Decode, message).in_operation(operation)
    }

    /// A refusal in a response whose status says success, for wrappers that open an envelope.
    ///
    /// The service's error is kept for [`service_error`](Self::service_error) and never printed. Method and path are
    /// those of the spec.
    pub fn refused(
        operation: &'static Operation,
        status: StatusCode,
        correlation_id: Option<&str>,
        error: impl ServiceError,
    ) -> Self {
        let mut refused = Self::new(ErrorKind::Refused, "the service refused the request").in_operation(operation);
        refused.0.status = Some(status);
        refused.0.correlation_id = correlation_id.map(Box::from);
        refused.with_service_error(Some(Box::new(error)))
    }

    pub(crate) fn new(kind: ErrorKind, cause: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            kind,
            route: None,
            cause: display::one_line(cause.into()),
            advice: None,
            status: None,
            attempts: 0,
            is_earlier_effect_possible: false,
            is_unsent: false,
            is_login_busy: false,
            is_wait_too_long: false,
            correlation_id: None,
            retry_after: None,
            body: None,
            service_error: None,
            source: None,
        }))
    }

    /// The class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The id of the operation, as the spec spells it. `None` if no operation was called yet.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.route.as_ref().map(|route| route.operation.id)
    }

    /// The HTTP method of the call.
    pub fn method(&self) -> Option<&str> {
        self.0.route.as_ref().map(|route| route.method.as_str())
    }

    /// The path template of the call, below the base URL and without its values: `/api/v2/users/{userId}`.
    pub fn path(&self) -> Option<&str> {
        self.0.route.as_ref().map(|route| route.path.as_ref())
    }

    /// The status of the response, if there was one. Not only for [`ErrorKind::Status`]: a response that cannot be decoded
    /// has one too.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// How often the request was sent, or tried to be: 0 if the call failed before that. A repetition after a renewed
    /// credential is not counted.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// The id under which the service logged the call.
    pub fn correlation_id(&self) -> Option<&str> {
        self.0.correlation_id.as_deref()
    }

    /// Whether the same request may succeed later and repeating it does no harm.
    ///
    /// | what happened | retryable |
    /// | --- | --- |
    /// | no connection, time was up before there was a credential or a place in the rate limit, or a batch that ended because the service was down | always: nothing was sent |
    /// | timeout, or a connection lost on the way | if the request is safe to repeat |
    /// | a response that is not readable HTTP | never |
    /// | 429 Too Many Requests | always: the request was turned away; wait for [`retry_after`](Self::retry_after) |
    /// | 408, and 5xx except 501 | if the request is safe to repeat |
    /// | no access token, because the login service was not reached or answered 408, 429, 5xx except 501, or 400 about its rate | always |
    /// | anything else | never |
    ///
    /// A request is safe to repeat if the method of its operation is idempotent, if the spec marks the operation as only
    /// reading, or if the request itself is [idempotent](crate::CallOptions::idempotent). Of the 5xx, a
    /// [`RetryPolicy`](crate::RetryPolicy) repeats only 500, 502, 503 and 504 by itself.
    pub fn is_retryable(&self) -> bool {
        let repeatable = || self.is_safe_to_repeat();
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::CircuitOpen => true,
            // The service itself did nothing. A source there is only where the login service was not reached.
            ErrorKind::Authentication if self.0.is_login_busy => true,
            ErrorKind::Authentication => match self.0.status {
                Some(status) => matches!(status.as_u16(), 408 | 429 | 500 | 502..=599),
                None => self.0.source.is_some(),
            },
            ErrorKind::Timeout => self.0.is_unsent || repeatable(),
            ErrorKind::Transport => !self.is_unreadable() && repeatable(),
            ErrorKind::Status => self.0.status.is_some_and(|status| match status.as_u16() {
                429 => true,
                501 => false,
                408 | 500..=599 => repeatable(),
                _ => false,
            }),
            _ => false,
        }
    }

    /// Whether the service may have carried the request out, so that a caller should check before sending it again.
    ///
    /// | what happened | may have taken effect |
    /// | --- | --- |
    /// | nothing was sent: invalid argument, no credential, a login that failed, wrong settings, no connection, time up before its turn, batch ended before | no |
    /// | the operation only reads | no |
    /// | the service refused: a 4xx other than 408, or a refusal with a status of success | no |
    /// | anything else, such as 408, 5xx, a lost connection, a timeout or a response that cannot be read | yes |
    /// | an attempt before the last one ended in one of these, and the request was repeated | yes, whatever came last |
    /// | an [earlier step](Self::with_earlier_effect) of the same task took effect | yes, whatever came last |
    pub fn may_have_taken_effect(&self) -> bool {
        let is_refused = match self.0.kind {
            ErrorKind::InvalidRequest
            | ErrorKind::MissingCredential
            | ErrorKind::Authentication
            | ErrorKind::InsecureTransport
            | ErrorKind::Configuration
            | ErrorKind::Connect
            | ErrorKind::Cancelled
            | ErrorKind::CircuitOpen
            | ErrorKind::Refused => true,
            ErrorKind::Timeout => self.0.is_unsent,
            ErrorKind::Status => self.0.status.is_some_and(|status| status.is_client_error() && status.as_u16() != 408),
            _ => false,
        };
        self.0.is_earlier_effect_possible || !(is_refused || self.only_reads())
    }

    /// Whether the service refused the request for what it says, and will do so again. It decides the
    /// [outcome of an item](crate::batch::Outcome::from_error).
    ///
    /// | what happened | rejection |
    /// | --- | --- |
    /// | a 4xx other than 401, 408 and 429, which are about the caller or the time, with or without the service's own error | yes |
    /// | a [refusal](ErrorKind::Refused) with a status of success | yes |
    /// | one of these, but an attempt or a step before [may have taken effect](Self::may_have_taken_effect) | no |
    /// | anything else | no |
    pub fn is_rejection(&self) -> bool {
        let is_final = |status: StatusCode| status.is_client_error() && !matches!(status.as_u16(), 401 | 408 | 429);
        let is_refused = match self.0.kind {
            ErrorKind::Refused => true,
            ErrorKind::Status => self.0.status.is_some_and(is_final),
            _ => false,
        };
        is_refused && !self.may_have_taken_effect()
    }

    /// Says whether a step before this one took effect, or may have: a task of several requests, such as one that reads,
    /// changes and changes again. Such an error always [may have taken effect](Self::may_have_taken_effect).
    #[must_use]
    pub fn with_earlier_effect(mut self, is_possible: bool) -> Self {
        self.0.is_earlier_effect_possible |= is_possible;
        self
    }

    /// Whether an attempt or a step before the one that failed may have taken effect; for a wrapper that replaces the error.
    pub fn is_earlier_effect_possible(&self) -> bool {
        self.0.is_earlier_effect_possible
    }

    /// Whether the service, or what is on the way to it, seems to be down.
    pub(crate) fn is_outage(&self) -> bool {
        match self.0.kind {
            ErrorKind::Connect | ErrorKind::Transport => true,
            ErrorKind::Timeout => !self.0.is_unsent,
            ErrorKind::Status => self.0.status.is_some_and(|status| status.is_server_error()),
            ErrorKind::Authentication => self.is_retryable(),
            _ => false,
        }
    }

    /// Whether the credential is missing or refused, so that every other request would fail, too: a 401, a login that was
    /// refused, or no credential. A login that was not reached is none of them.
    pub fn is_credential_refused(&self) -> bool {
        match self.0.kind {
            ErrorKind::MissingCredential => true,
            ErrorKind::Authentication => !self.is_retryable(),
            ErrorKind::Status => self.0.status == Some(StatusCode::UNAUTHORIZED),
            _ => false,
        }
    }

    /// Whether the service asks to come back later than the client waits: see
    /// [`RetryPolicy`](crate::RetryPolicy#how-long-it-waits). Also for the items that a [batch](crate::batch) did not send
    /// because of it.
    pub fn is_wait_too_long(&self) -> bool {
        self.0.is_wait_too_long
    }

    /// Whether the request changes nothing, whatever becomes of it.
    fn only_reads(&self) -> bool {
        self.0.route.as_ref().is_some_and(Route::only_reads)
    }

    /// The service's own error, if its spec documents one of type `E` and the response's body is one; a
    /// [`Refusal`](crate::Refusal) for a refusal that is not documented.
    pub fn service_error<E: 'static>(&self) -> Option<&E> {
        let error: &dyn Any = self.0.service_error.as_deref()?;
        error.downcast_ref()
    }

    /// How long the service asks to wait before the next attempt (`Retry-After`, in seconds or as a date). A date that
    /// has passed is a wait of zero. A longer wait than a week is cut to one.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The first 64 KiB of a response that was an error or could not be read.
    ///
    /// It may hold personal data or secrets. It is never printed, and should not be logged.
    pub fn body(&self) -> Option<&[u8]> {
        self.0.body.as_deref()
    }

    /// What to do about it, in one sentence.
    pub fn advice(&self) -> &str {
        self.0.advice.as_deref().unwrap_or_else(|| self.0.kind.advice(self.0.status, self.is_retryable()))
    }

    /// What happened, in words that hold nothing of the request or the response.
    pub(crate) fn cause(&self) -> &str {
        &self.0.cause
    }

    /// Adds what a wrapper knows of the failure, such as how much of a response had been read. It is
    /// printed after what happened, so it holds nothing of the request or the response.
    #[must_use]
    pub fn with_context(self, context: impl AsRef<str>) -> Self {
        let cause = format!("{}, {}", self.cause(), context.as_ref());
        self.with_cause(cause)
    }

    pub(crate) fn with_cause(mut self, cause: impl Into<Cow<'static, str>>) -> Self {
        self.0.cause = display::one_line(cause.into());
        self
    }

    pub(crate) fn in_operation(self, operation: &'static Operation) -> Self {
        self.at(&Route::of(operation))
    }

    pub(crate) fn at(mut self, route: &Route) -> Self {
        self.0.route = Some(route.clone());
        self
    }

    /// Sets what to do about it, in place of what fits every error of this kind: a wrapper may know better. It is printed, so
    /// it holds nothing of the request or the response.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.0.advice = Some(display::one_line(advice.into()));
        self
    }

    /// Whether the response is not readable HTTP. Asked again, the service would respond alike.
    pub(crate) fn is_unreadable(&self) -> bool {
        self.0.source.as_deref().is_some_and(|source| classify::is_unreadable(source))
    }

    pub(crate) fn is_safe_to_repeat(&self) -> bool {
        self.0.route.as_ref().is_some_and(Route::is_safe_to_repeat)
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Takes over how long the service asks to wait.
    pub(crate) fn with_wait_of(mut self, error: &Self) -> Self {
        (self.0.retry_after, self.0.is_wait_too_long) = (error.0.retry_after, error.0.is_wait_too_long);
        self
    }

    /// Says that the service asks for a longer wait than the client waits, and when to come back.
    pub(crate) fn with_too_long_wait(mut self) -> Self {
        self.0.is_wait_too_long = true;
        match self.0.retry_after {
            Some(wait) => {
                let at = httpdate::fmt_http_date(SystemTime::now() + wait);
                let check = if self.is_retryable() { "" } else { "check whether the request took effect; " };
                self.with_advice(format!("{check}the service asks to come back in {} s, at {at}", wait.as_secs()))
            }
            None => self,
        }
    }

    /// Says of a login's refusal that it was asked too often.
    #[cfg(feature = "oauth")]
    pub(crate) fn with_busy_login(mut self, is_busy: bool) -> Self {
        self.0.is_login_busy = is_busy;
        self
    }

    /// Says of a timeout that it came before anything was sent.
    pub(crate) fn unsent(mut self) -> Self {
        self.0.is_unsent = true;
        self.with_cause("the time limit passed before the request could be sent").with_advice(
            "send less at once, or set a longer time limit; it was spent on a credential or a turn to send",
        )
    }

    /// Keeps what the head of a response says. Header values other than the correlation id stay out.
    pub(crate) fn with_head(mut self, status: StatusCode, headers: &HeaderMap) -> Self {
        self.0.status = Some(status);
        self.0.correlation_id = headers::correlation_id(headers).map(Box::from);
        self.0.retry_after = headers::retry_after(headers);
        self
    }

    /// Keeps the beginning of a response's body.
    pub(crate) fn with_body(mut self, body: &Bytes) -> Self {
        // A copy, so that a small error does not keep a large buffer alive.
        self.0.body =
            Some(if body.len() > KEPT_BODY { Bytes::copy_from_slice(&body[..KEPT_BODY]) } else { body.clone() });
        self
    }

    pub(crate) fn with_service_error(mut self, error: Option<Box<dyn ServiceError>>) -> Self {
        self.0.service_error = error;
        self
    }

    /// Keeps the source. Only for sources whose `Display` and `Debug` print nothing of the request or the response.
    pub(crate) fn with_source(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.source = Some(Box::new(source));
        self
    }
}

impl Route {
    pub(crate) fn of(operation: &'static Operation) -> Self {
        let method = Method::from_bytes(operation.method.as_bytes()).unwrap_or_default();
        Self { operation, method, path: Cow::Borrowed(operation.path), is_idempotent: false }
    }

    /// As [`Operation::only_reads`], with the method that was really used.
    pub fn only_reads(&self) -> bool {
        self.operation.repeatable || self.method.is_safe()
    }

    fn is_safe_to_repeat(&self) -> bool {
        self.operation.repeatable || self.method.is_idempotent() || self.is_idempotent
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
