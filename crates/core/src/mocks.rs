//! Typed httpmock helpers of the client crates: what their generated mocks are made of.
//!
//! A [`When`] collects what a request has to have, a [`Then`] the responses, and [`Mock`] is the handle that a test
//! asserts on. Values are compared decoded: a name with an umlaut, a slash or a plus matches however it is encoded on
//! the wire, and a path matches below any base path.

use std::fmt::{Debug, Display};
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::Operation;

/// A mock of one operation on a server. It has the methods of [`httpmock::Mock`]; its own assertions say which
/// parameter did not match.
pub struct Mock<'a> {
    mock: httpmock::Mock<'a>,
    operation: &'static Operation,
    checks: Arc<Checks>,
}

impl<'a> Mock<'a> {
    /// Mocks an operation, below any base path. `literal_siblings` are the paths of other operations that have a literal
    /// segment where this one has a parameter: their requests do not match.
    pub fn new(
        server: &'a MockServer,
        operation: &'static Operation,
        literal_siblings: &'static [&'static str],
        define: impl FnOnce(When, Then),
    ) -> Self {
        let checks = Arc::new(Checks::default());
        let mock = server.mock(|when, then| {
            let matching = Arc::clone(&checks);
            let when = when.method(operation.method).is_true(move |request| {
                // httpmock asks for each of its conditions, also when another one has failed.
                request.method_str() == operation.method
                    && is_request_of(operation, literal_siblings, request)
                    && matching.all_hold(request)
            });
            define(When { when, operation, checks: Arc::clone(&checks) }, Then { then, responses: Arc::default() });
        });
        Self { mock, operation, checks }
    }

    /// Asserts that the operation was called once with what the mock expects.
    ///
    /// # Panics
    /// If it was called more or less often. The message names the parameter of the last request that did not match, with
    /// the expected and the received value.
    #[track_caller]
    pub fn assert(&self) {
        self.assert_calls(1);
    }

    /// Asserts that the operation was called so many times with what the mock expects.
    ///
    /// # Panics
    /// As [`assert`](Self::assert) does.
    #[track_caller]
    pub fn assert_calls(&self, expected: usize) {
        self.explain(expected, self.mock.calls());
        self.mock.assert_calls(expected);
    }

    /// [`assert`](Self::assert) for asynchronous code.
    ///
    /// # Panics
    /// As [`assert`](Self::assert) does.
    pub async fn assert_async(&self) {
        self.assert_calls_async(1).await;
    }

    /// [`assert_calls`](Self::assert_calls) for asynchronous code.
    ///
    /// # Panics
    /// As [`assert`](Self::assert) does.
    pub async fn assert_calls_async(&self, expected: usize) {
        self.explain(expected, self.mock.calls_async().await);
        self.mock.assert_calls_async(expected).await;
    }

    /// Panics with the last mismatch if requests are missing. httpmock explains everything else.
    #[track_caller]
    fn explain(&self, expected: usize, received: usize) {
        let Operation { id, method, path, .. } = self.operation;
        if let Some(mismatch) = self.checks.mismatch().as_ref().filter(|_| received < expected) {
            panic!("mock of {id} ({method} {path}): {received} of {expected} expected requests matched; {mismatch}");
        }
    }
}

impl<'a> Deref for Mock<'a> {
    type Target = httpmock::Mock<'a>;

    fn deref(&self) -> &Self::Target {
        &self.mock
    }
}

impl Debug for Mock<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Mock").field("operation", &self.operation.id).finish_non_exhaustive()
    }
}

/// What a request of the operation has to have, and how the last one that did not have it differed.
#[derive(Default)]
struct Checks {
    list: Mutex<Vec<Check>>,
    mismatch: Mutex<Option<String>>,
}

type Check = Box<dyn Fn(&HttpMockRequest) -> Result<(), String> + Send + Sync>;

impl Checks {
    fn all_hold(&self, request: &HttpMockRequest) -> bool {
        let result = lock(&self.list).iter().try_for_each(|check| check(request));
        result.map_err(|mismatch| *self.mismatch() = Some(mismatch)).is_ok()
    }

    fn mismatch(&self) -> MutexGuard<'_, Option<String>> {
        lock(&self.mismatch)
    }
}

/// A check that panicked has failed its test already.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is_request_of(operation: &Operation, literal_siblings: &[&'static str], request: &HttpMockRequest) -> bool {
    let segments = segments(request);
    captures(operation.path, &segments).is_some()
        && !literal_siblings.iter().any(|sibling| captures(sibling, &segments).is_some())
}

/// What a request must have, besides being one of the operation.
pub struct When {
    when: httpmock::When,
    operation: &'static Operation,
    checks: Arc<Checks>,
}

impl When {
    /// Adds conditions of httpmock's own.
    pub fn and(mut self, narrow: impl FnOnce(httpmock::When) -> httpmock::When) -> Self {
        self.when = narrow(self.when);
        self
    }

    /// Expects a value for a parameter of the path.
    pub fn path(self, name: &'static str, value: impl Display) -> Self {
        let path = self.operation.path;
        self.values("path parameter", name, [value], move |request| {
            let segments = segments(request);
            let captures = captures(path, &segments).unwrap_or_default();
            captures.into_iter().filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned()).collect()
        })
    }

    /// Expects exactly these values of a query parameter, in this order.
    pub fn query(self, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> Self {
        self.values("query parameter", name, values, move |request| {
            named(&pairs(request.uri().query().unwrap_or_default()), name)
        })
    }

    /// Expects exactly these values of a header, in this order.
    pub fn header(self, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> Self {
        self.values("header", name, values, move |request| {
            let headers = request.headers_vec().iter();
            headers.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()).collect()
        })
    }

    /// Expects exactly these values of a form field, in this order.
    pub fn form(self, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> Self {
        self.values("form field", name, values, move |request| {
            named(&pairs(&String::from_utf8_lossy(request.body_ref())), name)
        })
    }

    /// Expects text parts of a multipart body with exactly these values, in this order.
    pub fn part(self, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> Self {
        self.values("part", name, values, move |request| {
            let parts = parts(request).into_iter().filter(|part| part.name == name && part.file_name.is_none());
            parts.map(|part| String::from_utf8_lossy(&part.content).into_owned()).collect()
        })
    }

    /// Expects a file part of a multipart body with this file name and these contents.
    pub fn part_file(self, name: &'static str, file_name: &str, contents: impl Into<Vec<u8>>) -> Self {
        let (file_name, contents) = (file_name.to_owned(), contents.into());
        self.check(move |request| {
            let files: Vec<_> = parts(request).into_iter().filter(|part| part.name == name).collect();
            let matches = |part: &Part| part.file_name.as_deref() == Some(&file_name) && part.content == contents;
            let describe = |name: &str, contents: &[u8]| format!("`{name}` of {} bytes", contents.len());
            let found = files.iter().map(|part| describe(part.file_name.as_deref().unwrap_or_default(), &part.content));
            match files.iter().any(matches) {
                true => Ok(()),
                false => Err(mismatch(
                    &format!("file part `{name}`"),
                    &describe(&file_name, &contents),
                    &found.collect::<Vec<_>>().join(", "),
                )),
            }
        })
    }

    /// Expects a body, compared as JSON.
    pub fn json<T: Serialize + ?Sized>(self, body: &T) -> Self {
        let expected = serde_json::to_value(body).map_err(|error| format!("the expected body is not JSON: {error}"));
        self.check(move |request| {
            let expected = expected.as_ref().map_err(String::clone)?;
            match serde_json::from_slice::<Value>(request.body_ref()) {
                Ok(received) if received == *expected => Ok(()),
                Ok(received) => Err(mismatch("body", &expected.to_string(), &received.to_string())),
                Err(_) => Err(mismatch("body", &expected.to_string(), &String::from_utf8_lossy(request.body_ref()))),
            }
        })
    }

    /// Expects a body, compared byte by byte.
    pub fn raw(self, body: impl Into<Vec<u8>>) -> Self {
        let expected = body.into();
        self.check(move |request| match request.body_ref() == expected.as_slice() {
            true => Ok(()),
            false => {
                let text = |bytes| format!("{:?}", String::from_utf8_lossy(bytes));
                Err(mismatch("body", &text(&expected), &text(request.body_ref())))
            }
        })
    }

    fn values(
        self,
        what: &'static str,
        name: &'static str,
        values: impl IntoIterator<Item = impl Display>,
        received: impl Fn(&HttpMockRequest) -> Vec<String> + Send + Sync + 'static,
    ) -> Self {
        let expected: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
        self.check(move |request| {
            let received = received(request);
            let shown = |values: &[String]| match values {
                [] => "nothing".to_owned(),
                values => values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
            };
            match received == expected {
                true => Ok(()),
                false => Err(mismatch(&format!("{what} `{name}`"), &shown(&expected), &shown(&received))),
            }
        })
    }

    fn check(self, check: impl Fn(&HttpMockRequest) -> Result<(), String> + Send + Sync + 'static) -> Self {
        lock(&self.checks.list).push(Box::new(check));
        self
    }
}

fn mismatch(what: &str, expected: &str, received: &str) -> String {
    format!("{what}: expected {expected}, received {received}")
}

/// The responses of a mock: the first call gets the first one, and so on; the last one repeats.
pub struct Then {
    then: httpmock::Then,
    responses: Arc<Mutex<Vec<HttpMockResponse>>>,
}

impl Then {
    /// Sets what httpmock offers, such as a delay. Where no response was added here, it sets the response, too.
    pub fn and(mut self, change: impl FnOnce(httpmock::Then) -> httpmock::Then) -> Self {
        self.then = change(self.then);
        self
    }

    /// Adds a response without a body.
    pub fn status(self, status: u16) -> Self {
        self.response(status, Vec::new(), Vec::new())
    }

    /// Adds a response with a value as JSON; a value that cannot be written gives a response with status 500 that says so.
    pub fn json<T: Serialize + ?Sized>(self, status: u16, body: &T) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.raw(status, "application/json", json),
            Err(error) => self.raw(500, "text/plain", format!("the mock's response is not JSON: {error}")),
        }
    }

    /// Adds a response with bytes of a media type.
    pub fn raw(self, status: u16, media_type: &str, body: impl AsRef<[u8]>) -> Self {
        self.response(status, vec![("content-type".to_owned(), media_type.to_owned())], body.as_ref().to_vec())
    }

    /// Adds a response with bytes of a media type, as a file of this name. The name is sent as RFC 8187 has it, so it may
    /// hold any characters.
    pub fn file(self, status: u16, media_type: &str, file_name: &str, body: impl AsRef<[u8]>) -> Self {
        let name = utf8_percent_encode(file_name, NON_ALPHANUMERIC);
        self.raw(status, media_type, body)
            .header("content-disposition", &format!("attachment; filename*=UTF-8''{name}"))
    }

    /// Adds a header to the response that was added last.
    pub fn header(self, name: &str, value: &str) -> Self {
        if let Some(last) = lock(&self.responses).last_mut() {
            last.headers.get_or_insert_default().push((name.to_owned(), value.to_owned()));
        }
        self
    }

    fn response(mut self, status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let response = HttpMockResponse::builder().status(status).headers(headers).body(body).build();
        lock(&self.responses).push(response);
        if lock(&self.responses).len() == 1 {
            let (responses, calls) = (Arc::clone(&self.responses), Mutex::new(0));
            self.then = self.then.respond_with(move |_| {
                let (responses, mut calls) = (lock(&responses), lock(&calls));
                let index = (*calls).min(responses.len() - 1);
                *calls += 1;
                responses[index].clone()
            });
        }
        self
    }
}

fn segments(request: &HttpMockRequest) -> Vec<String> {
    request.uri().path().split('/').skip(1).map(decoded).collect()
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The values of a template's parameters, if the last segments of a path match it.
fn captures<'a>(template: &'static str, segments: &'a [String]) -> Option<Vec<(&'static str, &'a str)>> {
    let template: Vec<&'static str> = template.split('/').skip(1).collect();
    let start = segments.len().checked_sub(template.len())?;
    let mut captures = Vec::new();
    for (expected, found) in template.into_iter().zip(&segments[start..]) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => captures.push((name, found.as_str())),
            None if expected == found => {}
            None => return None,
        }
    }
    Some(captures)
}

fn pairs(encoded: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(encoded.as_bytes()).into_owned().collect()
}

fn named(pairs: &[(String, String)], name: &str) -> Vec<String> {
    pairs.iter().filter(|(found, _)| found == name).map(|(_, value)| value.clone()).collect()
}

struct Part {
    name: String,
    file_name: Option<String>,
    content: Vec<u8>,
}

/// The parts of a multipart body. What is not well-formed has no parts, and so matches nothing.
fn parts(request: &HttpMockRequest) -> Vec<Part> {
    let boundary = request
        .headers_vec()
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .and_then(|(_, value)| value.split("boundary=").nth(1))
        .map(|boundary| boundary.trim_matches('"').to_owned());
    let Some(boundary) = boundary else { return Vec::new() };
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    let mut body = b"\r\n".to_vec();
    body.extend_from_slice(request.body_ref());
    let mut found = Vec::new();
    let mut rest = body.as_slice();
    while let Some(start) = position(rest, &delimiter) {
        let after = &rest[start + delimiter.len()..];
        let end = position(after, &delimiter).unwrap_or(after.len());
        if let Some(part) = after[..end].strip_prefix(b"\r\n").and_then(read_part) {
            found.push(part);
        }
        rest = &after[end..];
    }
    found
}

fn read_part(bytes: &[u8]) -> Option<Part> {
    let split = position(bytes, b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    Some(Part {
        name: parameter(disposition, "name")?,
        file_name: parameter(disposition, "filename"),
        content: bytes[split + 4..].to_vec(),
    })
}

/// A parameter of `Content-Disposition`. A quotation mark and a line break are percent-encoded in it, and nothing else
/// is, as browsers do it.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let start = format!("; {name}=\"");
    let value = &disposition[disposition.find(&start)? + start.len()..];
    let value = &value[..value.find('"')?];
    Some(value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"))
}

fn position(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}
