//! Sending a call, following its redirects, and reading what comes back.

use std::future::Future;

use bytes::BytesMut;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use tokio::time::{Instant, timeout_at};

use super::Inner;
use super::call::Call;
use super::decode::{self, Decodable};
use super::redirect;
use super::stall::Watched;
use crate::body::Origin;
use crate::error::{KEPT_BODY, Place};
use crate::{Body, Error, ErrorKind, Request, Response, headers, media_type};

/// How much of an error answer is read to decode the service's own error.
const ERROR_BODY: usize = 1024 * 1024;

/// How much of an ignored body is read, so that its connection can be used again.
const IGNORED_BODY: usize = 64 * 1024;

/// How much memory is set aside beforehand on the word of a `Content-Length`.
const PREALLOCATED: u64 = 8 * 1024 * 1024;

/// The moment at which a call is given up; `None` is never.
type Deadline = Option<Instant>;

/// A successful answer whose body is still to be read.
struct Answer {
    http: reqwest::Response,
    place: Place,
    deadline: Deadline,
}

impl Inner {
    /// Sends a request and reads its answer into memory.
    pub(super) async fn fetch(&self, request: Request, accept: &'static str) -> Result<Decodable, Error> {
        let mut answer = self.exchange(self.prepare(request, HeaderValue::from_static(accept))?).await?;
        let (status, headers) = answer.take_head();
        let announced = answer.http.content_length().unwrap_or_default();
        let mut body = BytesMut::with_capacity(announced.min(PREALLOCATED) as usize);
        let is_complete = match announced <= self.max_decoded_bytes as u64 {
            true => answer.read(&mut body, self.max_decoded_bytes).await,
            false => Ok(false),
        };
        let place = answer.place;
        if is_complete.map_err(|error| error.with_head(status, &headers))? {
            return Ok(Decodable { place, status, headers, body: body.freeze() });
        }
        let cause = format!("the answer has more than {} bytes", self.max_decoded_bytes);
        Err(Error::new(ErrorKind::TooLarge, cause).at(&place).with_head(status, &headers))
    }

    /// Sends a request and ignores the body of its answer.
    pub(super) async fn complete(&self, request: Request) -> Result<Response<()>, Error> {
        let mut answer = self.exchange(self.prepare(request, HeaderValue::from_static("*/*"))?).await?;
        let (status, headers) = answer.take_head();
        // The status says that it is done: a body that breaks off takes nothing of that back.
        let _ = answer.read(&mut BytesMut::new(), IGNORED_BODY).await;
        Ok(Response::new((), status, headers))
    }

    /// Sends a request and hands out the body of its answer as a stream.
    pub(super) async fn stream(&self, request: Request, expected: &[&str]) -> Result<Response<Body>, Error> {
        let accept = HeaderValue::try_from(expected.join(", ")).unwrap_or(HeaderValue::from_static("*/*"));
        let mut answer = self.exchange(self.prepare(request, accept)?).await?;
        let (status, headers) = answer.take_head();
        let media_type = headers::media_type(&headers).map(str::to_owned);
        if let Some(actual) = media_type.as_deref().filter(|actual| !media_type::is_expected(expected, actual)) {
            let mut body = BytesMut::new();
            // The beginning of the body is a help, if it comes.
            let _ = answer.read(&mut body, KEPT_BODY).await;
            return Err(decode::unexpected(&answer.place, actual)
                .with_head(status, &headers)
                .with_body(&body.freeze()));
        }
        let origin = Origin { place: answer.place.clone(), media_type, file_name: headers::file_name(&headers) };
        let length = answer.http.content_length();
        let chunks = Watched::new(answer.http.bytes_stream(), answer.place, self.timeout);
        Ok(Response::new(Body::answer(Box::pin(chunks), length, origin), status, headers))
    }

    /// Sends a call and follows its redirects until there is an answer with a success status.
    async fn exchange(&self, call: Call) -> Result<Answer, Error> {
        let Call { place, mut url, common, trusted, content_type, mut body } = call;
        let deadline = Instant::now().checked_add(self.timeout);
        let has_body = body.is_some();
        let mut is_trusted = true;
        let mut redirects = 0;
        loop {
            let mut request = reqwest::Request::new(place.method.clone(), url.clone());
            *request.headers_mut() = common.clone();
            if is_trusted {
                request.headers_mut().extend(trusted.clone());
            }
            let repeatable = body.as_ref().and_then(Body::try_clone);
            set_body(&mut request, body, &content_type);
            let http = until(deadline, &place, self.http.execute(request)).await?;
            let http = http.map_err(|error| Error::from_http(error, &place))?;
            let status = http.status();
            tracing::debug!(
                api = place.operation.api,
                operation = place.operation.id,
                method = place.method.as_str(),
                path = place.path.as_ref(),
                status = status.as_u16(),
                correlation_id = headers::correlation_id(http.headers()),
                "answered"
            );
            let answer = Answer { http, place: place.clone(), deadline };
            if status.is_success() {
                return Ok(answer);
            }
            if !status.is_redirection() {
                return Err(answer.into_failure().await);
            }
            let refused =
                |cause| Error::new(ErrorKind::Redirect, cause).at(&place).with_head(status, answer.http.headers());
            let next =
                redirect::target(status, answer.http.headers(), &url, &place.method, has_body).map_err(refused)?;
            if redirects == self.max_redirects {
                return Err(refused("the redirects do not come to an end"));
            }
            if has_body && repeatable.is_none() {
                return Err(refused("a redirect asks for a streamed body a second time"));
            }
            redirects += 1;
            // Never trusted again: another host must not lead a call back with credentials to where it likes.
            is_trusted = is_trusted && redirect::is_same_origin(&url, &next);
            (url, body) = (next, repeatable);
        }
    }
}

impl Answer {
    fn take_head(&mut self) -> (StatusCode, HeaderMap) {
        // The HTTP client keeps the length of the body apart from the headers.
        (self.http.status(), std::mem::take(self.http.headers_mut()))
    }

    /// Reads the body until its end (`true`) or the limit in bytes (`false`).
    async fn read(&mut self, body: &mut BytesMut, limit: usize) -> Result<bool, Error> {
        loop {
            let chunk = until(self.deadline, &self.place, self.http.chunk()).await?;
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
        // The status is known: a body that breaks off only means that less is known besides.
        let _ = self.read(&mut body, ERROR_BODY).await;
        let body = body.freeze();
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

/// Sets the body with its length, where that is known. A method that usually has a body says so if it has none: some
/// servers insist.
fn set_body(request: &mut reqwest::Request, body: Option<Body>, content_type: &Option<HeaderValue>) {
    let length = match &body {
        Some(body) => body.length(),
        None => matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH).then_some(0),
    };
    if let Some(length) = length {
        request.headers_mut().insert(header::CONTENT_LENGTH, length.into());
    }
    if let Some(content_type) = content_type {
        request.headers_mut().insert(header::CONTENT_TYPE, content_type.clone());
    }
    *request.body_mut() = body.map(Body::into_http);
}

async fn until<T>(deadline: Deadline, place: &Place, future: impl Future<Output = T>) -> Result<T, Error> {
    let Some(deadline) = deadline else { return Ok(future.await) };
    let late = |_| Error::new(ErrorKind::Timeout, "no complete answer within the time limit").at(place);
    timeout_at(deadline, future).await.map_err(late)
}
