//! Sending a call, following its redirects, and reading what comes back.

use std::future::Future;
use std::time::Duration;

use bytes::BytesMut;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::time::Instant;
use tracing::Span;

use super::Inner;
use super::attempts::{Deadline, within};
use super::call::Call;
use super::decode::{self, Decodable};
use super::page::{self, Sniffed};
use super::redirect;
use super::stall::Watched;
use crate::body::Origin;
use crate::credentials::Authorization;
use crate::error::{KEPT_BODY, Place};
use crate::{Body, Error, ErrorKind, Request, Response, headers, media_type, observe};

/// How much of an error answer is read to decode the service's own error.
const ERROR_BODY: usize = 1024 * 1024;

/// How much of an ignored body is read, so that its connection can be used again.
const IGNORED_BODY: usize = 64 * 1024;

/// How long the body of an answer whose outcome is known is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// How much memory is set aside beforehand on the word of a `Content-Length`.
const PREALLOCATED: u64 = 8 * 1024 * 1024;

/// An answer whose body is still to be read.
pub(super) struct Answer {
    http: reqwest::Response,
    place: Place,
    deadline: Deadline,
    /// How long a streamed body may stall.
    timeout: Duration,
    is_body_logged: bool,
}

impl Inner {
    /// Sends a request, reads its answer into memory and decodes it.
    pub(super) async fn fetch<T>(
        &self,
        request: Request,
        accept: &'static str,
        decode: impl FnOnce(Decodable) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (limit, is_body_kept) = (self.max_decoded_bytes, request.keeps_body());
        let read = |answer: Answer| async move {
            answer.into_decodable(limit).await.map(|decodable| Decodable { is_body_kept, ..decodable })
        };
        self.call(request, HeaderValue::from_static(accept), read, decode).await
    }

    /// Sends a request and ignores the body of its answer.
    pub(super) async fn complete(&self, request: Request) -> Result<Response<()>, Error> {
        self.call(request, HeaderValue::from_static("*/*"), Answer::into_nothing, Ok).await
    }

    /// Sends a request and hands out the body of its answer as a stream.
    pub(super) async fn stream(&self, request: Request, expected: &[&str]) -> Result<Response<Body>, Error> {
        self.call(request, accept(expected), |answer| answer.into_stream(expected), Ok).await
    }

    /// Sends a request and has the body of its answer read by the caller, within the attempt and its time limit.
    pub(super) async fn read<T, R, F>(&self, request: Request, expected: &[&str], read: R) -> Result<T, Error>
    where
        R: Fn(Response<Body>) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let read = &read;
        let read_within = |answer: Answer| async move {
            let (place, deadline) = (answer.place.clone(), answer.deadline);
            let response = answer.into_stream(expected).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let late = |error: Error| error.with_head(status, &headers);
            within(deadline, &place, read(response)).await.map_err(late)?
        };
        self.call(request, accept(expected), read_within, Ok).await
    }

    /// Makes one attempt: sends a call and follows its redirects until there is an answer with a success status.
    /// `is_trusted` tells whether the last answer came from the service's own origin, which got the credentials.
    pub(super) async fn exchange(
        &self,
        call: &Call,
        authorization: &Authorization,
        is_trusted: &mut bool,
    ) -> Result<Answer, Error> {
        let Call { place, body, .. } = call;
        let own = Instant::now().checked_add(call.timeout);
        let deadline = own.into_iter().chain(call.deadline).min();
        let is_body_logged = observe::is_body_logged(self.log_bodies);
        let mut url = call.url.clone();
        *is_trusted = true;
        let mut redirects = 0;
        loop {
            let mut request = reqwest::Request::new(place.method.clone(), url.clone());
            *request.headers_mut() = call.common.clone();
            if *is_trusted {
                request.headers_mut().extend(call.trusted.clone());
                // Last, so that no parameter of an operation takes the place of a credential.
                authorization.apply(request.headers_mut());
            }
            set_body(&mut request, call);
            if is_body_logged && body.is_some() {
                observe::request_body(call.content_type.as_ref(), body.bytes().map(AsRef::as_ref));
            }
            let http = within(deadline, place, self.http.execute(request)).await?;
            let http = http.map_err(|error| Error::from_http(error, place))?;
            let status = http.status();
            if *is_trusted {
                self.rate_limit.heed(status, http.headers());
            }
            observe::answered(&Span::current(), status, http.headers());
            observe::answered(&call.span, status, http.headers());
            let answer = Answer { http, place: place.clone(), deadline, timeout: call.timeout, is_body_logged };
            if status.is_success() {
                return Ok(answer);
            }
            if !status.is_redirection() {
                return Err(answer.into_failure().await);
            }
            let refused =
                |cause| Error::new(ErrorKind::Redirect, cause).at(place).with_head(status, answer.http.headers());
            let next = redirect::target(status, answer.http.headers(), &url, &place.method, body.is_some())
                .map_err(refused)?;
            if redirects == self.max_redirects {
                return Err(refused("the redirects do not come to an end"));
            }
            if !body.is_whole() {
                return Err(refused("a redirect asks for a streamed body a second time"));
            }
            redirects += 1;
            // Never trusted again: another host must not lead a call back with credentials to where it likes.
            *is_trusted = *is_trusted && redirect::is_same_origin(&url, &next);
            url = next;
        }
    }
}

impl Answer {
    fn take_head(&mut self) -> (StatusCode, HeaderMap) {
        // The HTTP client keeps the length of the body apart from the headers.
        (self.http.status(), std::mem::take(self.http.headers_mut()))
    }

    async fn into_decodable(mut self, limit: usize) -> Result<Decodable, Error> {
        let (status, headers) = self.take_head();
        self.require_plain(status, &headers)?;
        let announced = self.http.content_length().unwrap_or_default();
        let mut body = BytesMut::with_capacity(announced.min(PREALLOCATED) as usize);
        let is_complete = match announced <= limit as u64 {
            true => self.read(&mut body, limit).await,
            false => Ok(false),
        };
        if !is_complete.map_err(|error| error.with_head(status, &headers))? {
            let cause = format!("the answer has more than {limit} bytes");
            return Err(Error::new(ErrorKind::TooLarge, cause).at(&self.place).with_head(status, &headers));
        }
        if self.is_body_logged {
            observe::response_body(&headers, &body);
        }
        Ok(Decodable { place: self.place, status, headers, body: body.freeze(), is_body_kept: false })
    }

    async fn into_nothing(mut self) -> Result<Response<()>, Error> {
        let (status, headers) = self.take_head();
        let mut body = BytesMut::new();
        // A longer body costs more than another connection.
        let is_read = self.http.content_length().is_none_or(|length| length <= IGNORED_BODY as u64);
        if is_read {
            self.hurry();
            // The status says that it is done: a body that breaks off takes nothing of that back.
            let _ = self.read(&mut body, IGNORED_BODY).await;
        }
        // Nobody knows who wrote a page: a gateway that wants a login has done nothing. Without content, the media type is
        // some server's default.
        let is_html = headers::media_type(&headers).is_some_and(media_type::is_html);
        if page::is_page(&body) || is_html && !(is_read && body.trim_ascii().is_empty()) {
            return Err(page::error(&self.place).with_head(status, &headers).with_body(&body.freeze()));
        }
        Ok(Response::new((), status, headers))
    }

    async fn into_stream(mut self, expected: &[&str]) -> Result<Response<Body>, Error> {
        let (status, headers) = self.take_head();
        self.require_plain(status, &headers)?;
        let media_type = headers::media_type(&headers).map(str::to_owned);
        if let Some(actual) = media_type.as_deref().filter(|actual| !media_type::is_expected(expected, actual)) {
            let mut body = BytesMut::new();
            self.hurry();
            // The beginning of the body is a help, if it comes.
            let _ = self.read(&mut body, KEPT_BODY).await;
            return Err(decode::unexpected(&self.place, actual).with_head(status, &headers).with_body(&body.freeze()));
        }
        let origin = Origin {
            place: self.place.clone(),
            media_type,
            file_name: headers::file_name(&headers),
            head: (status, headers.clone()),
        };
        let length = self.http.content_length();
        let head = || (status, headers.clone());
        let chunks = Watched::new(self.http.bytes_stream(), self.place.clone(), head(), self.timeout);
        let body = match expected.iter().any(|expected| *expected == "*/*" || media_type::is_html(expected)) {
            true => Body::answer(Box::pin(chunks), length, origin),
            false => Body::answer(Box::pin(Sniffed::new(chunks, self.place, head())), length, origin),
        };
        Ok(Response::new(body, status, headers))
    }

    /// Fails if the body is compressed. The HTTP client takes the header away where it decompresses.
    fn require_plain(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
        // Nothing is compressed in an empty body.
        if !headers::is_compressed(headers) || self.http.content_length() == Some(0) {
            return Ok(());
        }
        let cause = "the answer is compressed in a way that was not asked for";
        Err(Error::new(ErrorKind::UnexpectedMediaType, cause)
            .at(&self.place)
            .with_head(status, headers)
            .with_advice("check the proxies and gateways on the way, and whether the client takes gzip"))
    }

    /// Ends the wait for the body soon, because what happened is known without it.
    fn hurry(&mut self) {
        self.deadline = self.deadline.into_iter().chain(Instant::now().checked_add(GRACE)).min();
    }

    /// Reads the body until its end (`true`) or the limit in bytes (`false`).
    async fn read(&mut self, body: &mut BytesMut, limit: usize) -> Result<bool, Error> {
        loop {
            let chunk = within(self.deadline, &self.place, self.http.chunk()).await?;
            let Some(chunk) = chunk.map_err(|error| Error::from_http(error, &self.place))? else { return Ok(true) };
            let room = limit - body.len();
            if chunk.len() > room {
                body.extend_from_slice(&chunk[..room]);
                return Ok(false);
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// The error that an answer with an error status is.
    async fn into_failure(mut self) -> Error {
        let (status, headers) = self.take_head();
        let mut body = BytesMut::new();
        self.hurry();
        // The status is known: a body that breaks off only means that less is known besides.
        let _ = self.read(&mut body, ERROR_BODY).await;
        let body = body.freeze();
        if self.is_body_logged {
            observe::response_body(&headers, &body);
        }
        let decode = self.place.operation.service_error;
        let cause = match status.canonical_reason() {
            Some(reason) => format!("status {} {reason}", status.as_u16()),
            None => format!("status {}", status.as_u16()),
        };
        Error::new(ErrorKind::Status, cause)
            .at(&self.place)
            .with_head(status, &headers)
            .with_service_error(decode.and_then(|decode| decode(&body)))
            .with_body(&body)
    }
}

/// The media types that are expected, as a header.
fn accept(expected: &[&str]) -> HeaderValue {
    HeaderValue::try_from(expected.join(", ")).unwrap_or(HeaderValue::from_static("*/*"))
}

/// Sets the body with its length, where that is known. A method that usually has a body says so if it has none: some
/// servers insist.
fn set_body(request: &mut reqwest::Request, call: &Call) {
    let length = match call.body.is_some() {
        true => call.body.length(),
        false => matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH).then_some(0),
    };
    if let Some(length) = length {
        request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    if let Some(content_type) = &call.content_type {
        request.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
    }
    *request.body_mut() = call.body.lend();
}
