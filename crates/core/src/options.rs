//! What a single call does differently from its client.

use std::time::Duration;

use crate::{Error, RetryPolicy};

/// Whether an error is a conflict with another change.
pub(crate) type IsConflict = fn(&Error) -> bool;

/// Options of one call, over the settings of its client. What is not set stays as the client has it.
///
/// ```
/// use std::time::Duration;
/// use rosterkit_core::{CallOptions, RetryPolicy};
///
/// // A search that a user waits for.
/// let options = CallOptions::new()
///     .retry(RetryPolicy::default().with_attempts(2))
///     .timeout(Duration::from_secs(5))
///     .call_timeout(Duration::from_secs(8))
///     .request_id("search-4711");
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CallOptions {
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) timeout: Option<Duration>,
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) request_id: Option<String>,
    pub(crate) repeat_unsafe: Option<bool>,
    pub(crate) is_conflict: Option<IsConflict>,
    pub(crate) idempotent: Option<bool>,
    pub(crate) keep_body: bool,
}

impl CallOptions {
    /// Options that change nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how failed attempts are repeated.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = Some(policy);
        self
    }

    /// Sets the time limit of each attempt; see [`TransportBuilder::timeout`](crate::TransportBuilder::timeout).
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets the time limit of the whole call; see
    /// [`TransportBuilder::call_timeout`](crate::TransportBuilder::call_timeout).
    pub fn call_timeout(mut self, limit: Duration) -> Self {
        self.call_timeout = Some(limit);
        self
    }

    /// Attaches an id of the caller's, which is sent as `x-request-id` with each attempt and is in the spans of
    /// the call as `rosterkit.request_id`. Without it, no such header is sent.
    ///
    /// It may have up to 128 visible ASCII characters; the call fails with
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) otherwise.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Whether this call is repeated even where the service may have carried it out; see
    /// [`RetryPolicy::with_repeat_unsafe`]. It takes precedence over what the policy says.
    pub fn repeat_unsafe(mut self, repeat: bool) -> Self {
        self.repeat_unsafe = Some(repeat);
        self
    }

    /// Repeats the call after errors that this function takes for conflicts with another change, as
    /// [`RetryPolicy`] says. Only for a call that may be sent again as it is: one that carries a version must read the
    /// new one first.
    ///
    /// ```
    /// use rosterkit_core::{CallOptions, StatusCode};
    ///
    /// let options = CallOptions::new().repeat_conflicts(|error| error.status() == Some(StatusCode::CONFLICT));
    /// ```
    pub fn repeat_conflicts(mut self, is_conflict: fn(&Error) -> bool) -> Self {
        self.is_conflict = Some(is_conflict);
        self
    }

    /// Says whether this request may be sent twice with the effect of sending it once, for an operation whose method does not
    /// say so. Such a request is repeated like a `PUT`: see [`RetryPolicy`](crate::RetryPolicy#what-is-repeated).
    ///
    /// Clients say it themselves where they see it in the request, by the `x-idempotent` of its operation. What is set here
    /// takes precedence. A final failure may have taken effect either way.
    ///
    /// ```
    /// # use rosterkit_core::{CallOptions, Operation, Request};
    /// # static IMPORT: Operation = Operation {
    /// #     api: "sample", id: "import", method: "POST", path: "/import",
    /// #     security: &[], repeatable: false, service_error: None, scope: &[],
    /// # };
    /// // Each line has its key, so that the service updates what it has created before.
    /// let import = Request::new(&IMPORT)
    ///     .body("text/csv", "key,name\n1,Ada".into())
    ///     .options(CallOptions::new().idempotent(true));
    /// ```
    pub fn idempotent(mut self, is_idempotent: bool) -> Self {
        self.idempotent = Some(is_idempotent);
        self
    }

    /// Keeps the bytes of a decoded response beside the value: [`Response::kept_body`](crate::Response::kept_body). They
    /// hold what the value has no place for, such as properties that the spec does not know and the spelling of numbers.
    /// They stay in memory as long as the response.
    ///
    /// ```
    /// # use rosterkit_core::{CallOptions, Operation, Request, Transport};
    /// # static GET_USER: Operation = Operation {
    /// #     api: "sample", id: "getUser", method: "GET", path: "/users/me",
    /// #     security: &[], repeatable: false, service_error: None, scope: &[],
    /// # };
    /// #[derive(serde::Deserialize)]
    /// struct User {
    ///     name: String,
    /// }
    ///
    /// # async fn run(transport: Transport) -> Result<(), rosterkit_core::Error> {
    /// let request = Request::new(&GET_USER).options(CallOptions::new().keep_body());
    /// let user = transport.send_json::<User>(request).await?;
    /// println!("{} came in {} bytes", user.get().name, user.kept_body().map_or(0, |body| body.len()));
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_body(mut self) -> Self {
        self.keep_body = true;
        self
    }
}

impl CallOptions {
    /// These options, and those of `others` that are not set here.
    pub(crate) fn or(self, others: &Self) -> Self {
        Self {
            retry: self.retry.or_else(|| others.retry.clone()),
            timeout: self.timeout.or(others.timeout),
            call_timeout: self.call_timeout.or(others.call_timeout),
            request_id: self.request_id.or_else(|| others.request_id.clone()),
            repeat_unsafe: self.repeat_unsafe.or(others.repeat_unsafe),
            is_conflict: self.is_conflict.or(others.is_conflict),
            idempotent: self.idempotent.or(others.idempotent),
            keep_body: self.keep_body || others.keep_body,
        }
    }
}

/// Whether this can be sent as an id.
pub(crate) fn is_request_id(id: &str) -> bool {
    (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}
