//! What an attempt received: reading it into memory, decoding it, or handing it out as a stream.

use std::future::Future;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;

use super::deadline::{self, Deadline, within};
use super::decode;
use super::html::{self, Sniffed};
use super::idle_timeout::IdleTimeout;
use crate::body::Origin;
use crate::error::{KEPT_BODY, Route};
use crate::{Body, Error, ErrorKind, Refusal, Response, headers, media_type, telemetry};

/// How much of the body of an error status is read to decode the service's own error.
const ERROR_BODY: usize = 1024 * 1024;

/// How much of an ignored body is read, so that its connection can be used again.
const IGNORED_BODY: usize = 64 * 1024;

/// How long the body of a response whose outcome is known is waited for.
const GRACE: Duration = Duration::from_secs(2);

/// How much memory is set aside beforehand for a `Content-Length`.
const PREALLOCATED: u64 = 8 * 1024 * 1024;

/// A response whose body is still to be read.
pub(super) struct RawResponse {
    pub http: reqwest::Response,
    pub route: Route,
    pub deadline: Deadline,
    /// How long a streamed body may stall.
    pub timeout: Duration,
    pub max_decoded_bytes: usize,
    /// Whether an attempt before this one may have taken effect.
    pub is_earlier_effect_possible: bool,
    /// Whether a decoded value keeps the bytes that it was decoded from.
    pub keep_body: bool,
    pub is_body_logged: bool,
}

impl RawResponse {
    /// Reads the body into memory and decodes it as JSON.
    pub async fn into_json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let (mut whole, route) = self.into_whole().await?;
        // What is deleted needs no words: 204, or 200 without content, is success whatever object the spec documents.
        if is_blank(&whole.body) && route.method == Method::DELETE {
            whole.body = Bytes::from_static(b"{}");
        }
        if is_blank(&whole.body) {
            return Err(whole.failed(Error::new(ErrorKind::Decode, "the response is empty").at(&route)));
        }
        let value = whole.decode(&route)?;
        Ok(whole.into_response(&route, value))
    }

    /// Like [`into_json`](Self::into_json); an empty body is `None`.
    pub async fn into_json_optional<T: DeserializeOwned>(self) -> Result<Response<Option<T>>, Error> {
        let (whole, route) = self.into_whole().await?;
        if is_blank(&whole.body) {
            return Ok(whole.into_response(&route, None));
        }
        let value = whole.decode(&route)?;
        Ok(whole.into_response(&route, Some(value)))
    }

    /// Ignores the body.
    pub async fn into_nothing(mut self) -> Result<Response<()>, Error> {
        let (status, headers) = self.take_head();
        let mut body = BytesMut::new();
        // A longer body costs more than another connection.
        let is_read = self.http.content_length().is_none_or(|length| length <= IGNORED_BODY as u64);
        if is_read {
            self.shorten_deadline();
            // The status says that it is done: a body that breaks off changes nothing about that.
            let _ = self.read(&mut body, IGNORED_BODY).await;
        }
        // An HTML page may come from a gateway that has done nothing. Without content, the media type is some server's
        // default.
        let is_html = headers::media_type(&headers).is_some_and(media_type::is_html);
        if html::is_html(&body) || is_html && !(is_read && body.trim_ascii().is_empty()) {
            return Err(html::error(&self.route).with_head(status, &headers).with_body(&body.freeze()));
        }
        let is_earlier_effect_possible = self.is_earlier_effect_possible;
        let whole = Whole { status, headers, body: body.freeze(), keep_body: false, is_earlier_effect_possible };
        // No content is documented, so that there is nothing else to tell a refusal by.
        whole.into_response(&self.route, ()).accepted(self.route.operation)
    }

    /// Hands out the body as a stream.
    pub async fn into_stream(mut self, expected: &[&str]) -> Result<Response<Body>, Error> {
        let (status, headers) = self.take_head();
        self.require_plain(status, &headers)?;
        let media_type = headers::media_type(&headers).map(str::to_owned);
        if let Some(actual) = media_type.as_deref().filter(|actual| !media_type::is_expected(expected, actual)) {
            let mut body = BytesMut::new();
            self.shorten_deadline();
            // The beginning of the body is a help, if it comes.
            let _ = self.read(&mut body, KEPT_BODY).await;
            return Err(decode::unexpected(&self.route, actual).with_head(status, &headers).with_body(&body.freeze()));
        }
        let origin = Origin {
            route: self.route.clone(),
            media_type,
            file_name: headers::file_name(&headers),
            head: (status, headers.clone()),
        };
        let length = self.http.content_length();
        let head = || (status, headers.clone());
        let chunks = IdleTimeout::new(self.http.bytes_stream(), self.route.clone(), head(), self.timeout);
        let body = match expected.iter().any(|expected| *expected == "*/*" || media_type::is_html(expected)) {
            true => Body::received(Box::pin(chunks), length, origin),
            false => Body::received(Box::pin(Sniffed::new(chunks, self.route, head())), length, origin),
        };
        Ok(Response::new(body, status, headers))
    }

    /// Has the body read by the caller, within the time limit of the attempt.
    pub async fn read_by<T, R, F>(self, expected: &[&str], read: &R) -> Result<T, Error>
    where
        R: Fn(Response<Body>) -> F,
        F: Future<Output = Result<T, Error>>,
    {
        let (route, deadline) = (self.route.clone(), self.deadline);
        let response = self.into_stream(expected).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let late = |error: Error| error.with_head(status, &headers);
        within(deadline, &route, read(response)).await.map_err(late)?
    }

    /// The error for a response with an error status.
    pub async fn into_error(mut self) -> Error {
        let (status, headers) = self.take_head();
        let mut body = BytesMut::new();
        self.shorten_deadline();
        // The status is known: a body that breaks off only means that less is known besides.
        let _ = self.read(&mut body, ERROR_BODY).await;
        let body = body.freeze();
        if self.is_body_logged {
            telemetry::response_body(&headers, &body);
        }
        let decode = self.route.operation.service_error;
        let cause = match status.canonical_reason() {
            Some(reason) => format!("status {} {reason}", status.as_u16()),
            None => format!("status {}", status.as_u16()),
        };
        Error::new(ErrorKind::Status, cause)
            .at(&self.route)
            .with_head(status, &headers)
            .with_service_error(decode.and_then(|decode| decode(&body)))
            .with_body(&body)
    }

    fn take_head(&mut self) -> (StatusCode, HeaderMap) {
        // The HTTP client keeps the length of the body apart from the headers.
        (self.http.status(), std::mem::take(self.http.headers_mut()))
    }

    async fn into_whole(mut self) -> Result<(Whole, Route), Error> {
        let (status, headers) = self.take_head();
        self.require_plain(status, &headers)?;
        let limit = self.max_decoded_bytes;
        let announced = self.http.content_length().unwrap_or_default();
        let mut body = BytesMut::with_capacity(announced.min(PREALLOCATED) as usize);
        let is_complete = match announced <= limit as u64 {
            true => self.read(&mut body, limit).await,
            false => Ok(false),
        };
        if !is_complete.map_err(|error| error.with_head(status, &headers))? {
            let cause = format!("the response has more than {limit} bytes");
            return Err(Error::new(ErrorKind::TooLarge, cause).at(&self.route).with_head(status, &headers));
        }
        if self.is_body_logged {
            telemetry::response_body(&headers, &body);
        }
        let Self { keep_body, is_earlier_effect_possible, route, .. } = self;
        Ok((Whole { status, headers, body: body.freeze(), keep_body, is_earlier_effect_possible }, route))
    }

    /// Fails if the body is compressed. The HTTP client takes the header away where it decompresses.
    fn require_plain(&self, status: StatusCode, headers: &HeaderMap) -> Result<(), Error> {
        // Nothing is compressed in an empty body.
        if !headers::is_compressed(headers) || self.http.content_length() == Some(0) {
            return Ok(());
        }
        let cause = "the response has a content encoding that was not requested";
        Err(Error::new(ErrorKind::UnexpectedMediaType, cause)
            .at(&self.route)
            .with_head(status, headers)
            .with_advice("check the proxies and gateways in between, and whether the client accepts gzip"))
    }

    /// Ends the wait for the body soon, because what happened is known without it.
    fn shorten_deadline(&mut self) {
        self.deadline = deadline::after(GRACE, self.deadline);
    }

    /// Reads the body until its end (`true`) or the limit in bytes (`false`).
    async fn read(&mut self, body: &mut BytesMut, limit: usize) -> Result<bool, Error> {
        loop {
            let chunk = within(self.deadline, &self.route, self.http.chunk()).await?;
            let Some(chunk) = chunk.map_err(|error| Error::from_http(error, &self.route))? else { return Ok(true) };
            let room = limit - body.len();
            if chunk.len() > room {
                body.extend_from_slice(&chunk[..room]);
                return Ok(false);
            }
            body.extend_from_slice(&chunk);
        }
    }
}

/// A successful response that is in memory.
struct Whole {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    keep_body: bool,
    is_earlier_effect_possible: bool,
}

impl Whole {
    fn decode<T: DeserializeOwned>(&self, route: &Route) -> Result<T, Error> {
        let declared = headers::media_type(&self.headers).unwrap_or("application/json");
        decode::json(route, declared, &self.body).map_err(|error| self.failed(error))
    }

    fn into_response<T>(self, route: &Route, value: T) -> Response<T> {
        let refusal = match route.only_reads() {
            true => None,
            false => Refusal::in_response(decode::without_bom(&self.body)),
        };
        let response = Response::new(value, self.status, self.headers);
        let response = response.with_refusal(refusal, self.is_earlier_effect_possible);
        match self.keep_body {
            true => response.with_kept_body(self.body),
            false => response,
        }
    }

    fn failed(&self, error: Error) -> Error {
        error.with_head(self.status, &self.headers).with_body(&self.body)
    }
}

/// Whether there is nothing to decode.
fn is_blank(body: &[u8]) -> bool {
    decode::without_bom(body).trim_ascii().is_empty()
}
