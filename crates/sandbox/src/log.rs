//! The last requests, with secrets redacted.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::http::{Form, Incoming, Pairs};

/// The replacement of a secret.
pub(crate) const MASK: &str = "***";

/// Of longer bodies only the size is logged.
const MAX_BODY: usize = 16 << 10;

/// Longer paths and values of headers, parameters and fields are truncated to this number of characters.
const MAX_TEXT: usize = 2_000;

/// A longer name is not logged.
const MAX_NAME: usize = 100;

/// Parts of the names of headers, parameters and properties that hold secrets; lower case, without separators.
const SECRET: [&str; 12] = [
    "password",
    "secret",
    "token",
    "assertion",
    "verifier",
    "authorization",
    "cookie",
    "apikey",
    "systemkey",
    "mapboxkey",
    "keyuri",
    "encodedquickresponsecode",
];

/// A received request.
///
/// Values of headers, parameters, form fields and JSON properties whose name says that they are secret are `***`. The
/// scheme of `Authorization` is kept.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The number of the request since the start, from 1. It does not depend on what the log keeps.
    pub number: u64,
    /// The time of arrival on the sandbox's clock, as RFC 3339.
    pub time: String,
    /// `genesys-users`, `peoplefluent-lms`, `session-clusters` or `login`; `None` for other paths.
    pub service: Option<&'static str>,
    /// The id of the operation; `None` if path and method match none.
    pub operation: Option<&'static str>,
    /// The method.
    pub method: String,
    /// The path, as sent. Like the values of headers, parameters and fields it is truncated to 2000 characters.
    pub path: String,
    /// The parameters of the query, in their order.
    pub query: Vec<(String, String)>,
    /// The headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body: JSON as is, a form as an object of lists, other text as a string. `null` if there is no body, if it is
    /// neither JSON nor text, if the text mentions a secret, or if it has more than 16 KiB.
    pub body: Value,
    /// The size of the body in bytes.
    pub body_bytes: usize,
    /// The status of the response.
    pub status: u16,
    /// The fault that was applied, as text.
    pub fault: Option<String>,
}

/// The last requests.
#[derive(Debug)]
pub(crate) struct Log {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    entries: VecDeque<LoggedRequest>,
    count: u64,
}

impl Log {
    /// A log of at most this many requests; 0 for none.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request. `entry` is called only if the log keeps requests.
    pub(crate) fn add(&self, entry: impl FnOnce() -> LoggedRequest) {
        let entry = if self.most == 0 { None } else { Some(entry()) };
        let mut state = self.state();
        state.count += 1;
        let number = state.count;
        if let Some(entry) = entry {
            if state.entries.len() >= self.most {
                state.entries.pop_front();
            }
            state.entries.push_back(LoggedRequest { number, ..entry });
        }
    }

    pub(crate) fn entries(&self) -> Vec<LoggedRequest> {
        self.state().entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        self.state().entries.clear();
    }
}

pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    let pairs = Pairs::parse(text).unwrap_or_default();
    pairs.iter().map(|(name, value)| (named(name), parameter(name, value))).collect()
}

pub(crate) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let pairs = headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let shown = match (name.as_str(), value.split_once(' ')) {
            ("authorization", Some((scheme, _))) => format!("{scheme} {MASK}"),
            (name, _) => masked(name, &value),
        };
        (name.as_str().to_owned(), shown)
    });
    pairs.collect()
}

/// A body as it is logged. What cannot be parsed cannot be redacted, and is left out.
pub(crate) fn body(incoming: &Incoming) -> Value {
    let bytes = &incoming.body;
    if bytes.is_empty() || bytes.len() > MAX_BODY {
        return Value::Null;
    }
    let content_type = incoming.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/x-www-form-urlencoded" => Form::urlencoded(bytes).map_or(Value::Null, |form| fields(&form)),
        "multipart/form-data" => Form::multipart(content_type, bytes).map_or(Value::Null, |form| fields(&form)),
        media_type if media_type.ends_with("json") => serde_json::from_slice(bytes).map_or(Value::Null, |mut value| {
            mask(&mut value);
            value
        }),
        // The position of a secret in plain text is unknown.
        _ => std::str::from_utf8(bytes).ok().filter(|text| !is_secret(text)).map_or(Value::Null, Value::from),
    }
}

fn fields(form: &Form) -> Value {
    let mut object = Map::new();
    let mut push = |name: &str, value: Value| {
        if let Value::Array(list) = object.entry(named(name)).or_insert_with(|| json!([])) {
            list.push(value);
        }
    };
    for (name, value) in form.fields() {
        push(name, json!(parameter(name, value)));
    }
    for file in form.files() {
        push(&file.part, json!({ "name": file.name, "mediaType": file.media_type, "bytes": file.bytes.len() }));
    }
    Value::Object(object)
}

/// A name as it is logged. An invalid name can be a body of another type, or a value in the wrong position.
fn named(name: &str) -> String {
    let usual = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']' | '$' | ' ');
    if name.len() <= MAX_NAME && name.chars().all(usual) { name.to_owned() } else { MASK.to_owned() }
}

/// The value of a parameter or a field of a form as it is logged. An OAuth code is a secret like a token.
fn parameter(name: &str, value: &str) -> String {
    if name.eq_ignore_ascii_case("code") { MASK.to_owned() } else { masked(name, value) }
}

/// A truncated text, so that the log is limited in bytes, too.
pub(crate) fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn masked(name: &str, value: &str) -> String {
    if is_secret(name) { MASK.to_owned() } else { clipped(value) }
}

fn mask(value: &mut Value) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                if is_secret(name) && !value.is_null() {
                    *value = Value::from(MASK);
                } else {
                    mask(value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(mask),
        _ => {}
    }
}

fn is_secret(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    SECRET.iter().any(|part| plain.contains(part))
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use axum::http::{HeaderValue, Method};

    use super::*;

    fn incoming(media_type: &'static str, body: &'static str) -> Incoming {
        let headers = [(CONTENT_TYPE, HeaderValue::from_static(media_type))].into_iter().collect();
        Incoming { method: Method::POST, query: String::new(), headers, body: Bytes::from(body), left_out: Vec::new() }
    }

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let json = r#"{"name":"Sample","oldPassword":"a","nested":[{"client_secret":{"deep":1},"refreshToken":null}]}"#;
        assert_eq!(
            body(&incoming("application/json; charset=utf-8", json)),
            json!({ "name": "Sample", "oldPassword": "***", "nested": [{ "client_secret": "***", "refreshToken": null }] })
        );
        let form = "grant_type=authorization_code&code=s3cret&code_verifier=s3cret&redirect_uri=x";
        let logged = body(&incoming("application/x-www-form-urlencoded", form));
        assert_eq!(logged["redirect_uri"], json!(["x"]));
        assert!(!logged.to_string().contains("s3cret"), "{logged}");
        let headers = headers(
            &[(axum::http::header::AUTHORIZATION, HeaderValue::from_static("Bearer s3cret"))].into_iter().collect(),
        );
        assert_eq!(headers, [("authorization".to_owned(), "Bearer ***".to_owned())]);
        assert_eq!(query("a=1&access_token=s3cret"), [("a".into(), "1".into()), ("access_token".into(), "***".into())]);
        let long = query(&format!("a={}", "é".repeat(MAX_TEXT + 1))).pop().unwrap_or_default().1;
        assert_eq!((long.chars().count(), long.ends_with("é…")), (MAX_TEXT + 1, true));
        assert_eq!(query("code=s3cret"), [("code".into(), "***".into())]);
    }

    #[test]
    fn what_cannot_be_masked_is_left_out() {
        assert_eq!(body(&incoming("application/json", "{\"password\": \"s3cret\"")), Value::Null);
        assert_eq!(body(&incoming("multipart/form-data", "--x")), Value::Null);
        assert_eq!(body(&incoming("text/csv", "a,b\n")), json!("a,b\n"));
        for media_type in ["text/plain", "text/csv", "application/xml", ""] {
            let logged = body(&incoming(media_type, "{\"newPassword\": \"s3cret\"}"));
            assert_eq!(logged, Value::Null, "{media_type}");
        }
        let misplaced = body(&incoming("application/x-www-form-urlencoded", "{\"password\": \"s3cret\"}"));
        assert_eq!(misplaced, json!({ "***": ["***"] }));
        assert_eq!(query("{\"password\":\"s3cret\"}"), [("***".into(), "***".into())]);
    }

    #[test]
    fn the_oldest_entries_go_first() {
        let entry = || LoggedRequest {
            number: 0,
            time: String::new(),
            service: None,
            operation: None,
            method: String::new(),
            path: String::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Value::Null,
            body_bytes: 0,
            status: 200,
            fault: None,
        };
        let log = Log::new(2);
        (0..3).for_each(|_| log.add(entry));
        assert_eq!(log.entries().iter().map(|entry| entry.number).collect::<Vec<_>>(), [2, 3]);
        log.clear();
        log.add(entry);
        assert_eq!(log.entries().first().map(|entry| entry.number), Some(4));
        Log::new(0).add(|| unreachable!("nothing is kept"));
    }
}
