//! A response: the decoded value together with what its head says, and its bytes where they were asked for.

use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::{Error, Operation, Refusal, ServiceError, headers};

/// The value of a successful response, with its status and headers.
///
/// ```
/// # fn show(response: rosterkit_core::Response<Vec<String>>) {
/// println!("{} names, correlation id {:?}", response.get().len(), response.correlation_id());
/// let names: Vec<String> = response.into_inner();
/// # }
/// ```
#[derive(Clone)]
pub struct Response<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
    kept_body: Option<Bytes>,
    refusal: Option<Box<Refusal>>,
    /// Whether an attempt before the one that got this response may have taken effect.
    is_earlier_effect_possible: bool,
}

impl<T> Response<T> {
    /// A response made of its parts, for tests and wrappers.
    pub fn new(value: T, status: StatusCode, mut headers: HeaderMap) -> Self {
        // A session cookie is as good as a password, and should not show in a log.
        if let header::Entry::Occupied(mut cookies) = headers.entry(header::SET_COOKIE) {
            cookies.iter_mut().for_each(|cookie: &mut HeaderValue| cookie.set_sensitive(true));
        }
        Self { value, status, headers, kept_body: None, refusal: None, is_earlier_effect_possible: false }
    }

    /// The response with the bytes that its value was decoded from.
    pub(crate) fn with_kept_body(mut self, body: Bytes) -> Self {
        self.kept_body = Some(body);
        self
    }

    /// The response with what its body says against the change that was asked for.
    pub(crate) fn with_refusal(mut self, refusal: Option<Refusal>, is_earlier_effect_possible: bool) -> Self {
        self.refusal = refusal.map(Box::new);
        self.is_earlier_effect_possible = is_earlier_effect_possible;
        self
    }

    /// The value.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// The value, to change it.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The status, always 2xx.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers as sent. They can hold personal data or secrets.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The bytes that the value was decoded from, as the service sent them (unpacked, where they came packed). `None`
    /// unless the call was made with [`CallOptions::keep_body`](crate::CallOptions::keep_body), and for responses that are
    /// not decoded.
    pub fn kept_body(&self) -> Option<&Bytes> {
        self.kept_body.as_ref()
    }

    /// The id under which the service logged the call (`inin-correlation-id`, `x-correlation-id` or `x-request-id`).
    pub fn correlation_id(&self) -> Option<&str> {
        headers::correlation_id(&self.headers)
    }

    /// The media type, without its parameters, as the service sent it.
    pub fn media_type(&self) -> Option<&str> {
        headers::media_type(&self.headers)
    }

    /// Changes the value and keeps the head.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Response<U> {
        let Self { value, status, headers, kept_body, refusal, is_earlier_effect_possible } = self;
        Response { value: change(value), status, headers, kept_body, refusal, is_earlier_effect_possible }
    }

    /// Changes the value, or fails; keeps the head.
    ///
    /// # Errors
    /// What `change` returns.
    pub fn try_map<U, E>(self, change: impl FnOnce(T) -> Result<U, E>) -> Result<Response<U>, E> {
        let Self { value, status, headers, kept_body, refusal, is_earlier_effect_possible } = self;
        Ok(Response { value: change(value)?, status, headers, kept_body, refusal, is_earlier_effect_possible })
    }

    /// Fails if the operation changes something and the JSON says that it was not done, for an operation that does not
    /// document such a response.
    ///
    /// # Errors
    /// [`Refused`](crate::ErrorKind::Refused), with a [`Refusal`] as its [service error](Error::service_error).
    pub fn accepted(mut self, operation: &'static Operation) -> Result<Self, Error> {
        match self.refusal.take() {
            None => Ok(self),
            Some(refusal) => Err(self.refused(operation, *refusal)),
        }
    }

    /// The error for a response that is a refusal, with the service's error: of the kind
    /// [`Refused`](crate::ErrorKind::Refused). It [may have taken effect](Error::may_have_taken_effect) if an attempt before
    /// the last one may have.
    pub fn refused(&self, operation: &'static Operation, error: impl ServiceError) -> Error {
        let refused = Error::refused(operation, self.status, self.correlation_id(), error);
        refused.with_earlier_effect(self.is_earlier_effect_possible)
    }

    /// What `find` finds in the value, without which it is not what was asked for: types whose properties are all optional
    /// decode from any object.
    ///
    /// ```
    /// # use rosterkit_core::{Error, Operation, Response};
    /// # struct User { id: Option<String> }
    /// fn user(operation: &'static Operation, response: Response<User>) -> Result<User, Error> {
    ///     response.require(operation, "the response has no `id`", |user| user.id.is_some().then_some(user))
    /// }
    /// ```
    ///
    /// # Errors
    /// Those of [`accepted`](Self::accepted); [`Decode`](crate::ErrorKind::Decode) with this problem, which is printed and
    /// holds nothing of the response.
    pub fn require<U>(
        self,
        operation: &'static Operation,
        problem: &'static str,
        find: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, Error> {
        let Self { value, status, headers, .. } = self.accepted(operation)?;
        find(value).ok_or_else(|| Error::decode(operation, problem).with_head(status, &headers))
    }

    /// The value, the status and the headers.
    pub fn into_parts(self) -> (T, StatusCode, HeaderMap) {
        (self.value, self.status, self.headers)
    }
}

/// Shows the value, the status and the correlation id. Headers and a kept body are left out.
impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status.as_u16())
            .field("correlation_id", &self.correlation_id())
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_its_value_with_a_head() {
        let mut headers = HeaderMap::new();
        headers.insert("inin-correlation-id", HeaderValue::from_static("c-1"));
        headers.insert(header::SET_COOKIE, HeaderValue::from_static("session=sentinel"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
        let response = Response::new(vec![1, 2], StatusCode::OK, headers);
        assert_eq!(response.get(), &[1, 2]);
        assert_eq!(response.media_type(), Some("application/json"));
        let shown = format!("{response:?} {:?}", response.headers());
        assert!(shown.contains("c-1") && !shown.contains("sentinel"), "{shown}");
        let response = response.map(|value| value.len());
        assert_eq!((*response.get(), response.status(), response.correlation_id()), (2, StatusCode::OK, Some("c-1")));
        assert_eq!(response.try_map(|_| Err::<(), _>("no")).err(), Some("no"));
    }

    #[test]
    fn a_kept_body_stays_with_the_value_and_is_not_shown() {
        let response = Response::new(1, StatusCode::OK, HeaderMap::new());
        assert_eq!(response.kept_body(), None);
        let response = response.with_kept_body(Bytes::from_static(b"sentinel")).map(|value| value + 1);
        assert!(!format!("{response:?}").contains("sentinel"));
        let response = response.try_map(Ok::<_, ()>).expect("nothing fails");
        assert_eq!((*response.get(), response.kept_body().map(AsRef::as_ref)), (2, Some(b"sentinel".as_slice())));
    }
}
