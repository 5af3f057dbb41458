//! What a call must look like on the wire, and how a recorded request differs from it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::json_diff::json_diff;
use crate::recorder::BASE_PATH;
use crate::wire::{Part, Recorded, percent_decoded};

/// The headers that the specs or HTTP ask for. No other may be sent.
const HEADERS: [&str; 9] = [
    "accept",
    "accept-encoding",
    "authorization",
    "content-length",
    "content-type",
    "host",
    "transfer-encoding",
    "user-agent",
    "x-api-key",
];

/// How a call proves who it is from: a header's name and value, or none of them.
pub type Authorization = Option<(&'static str, String)>;

/// Values by parameter name; several where the name is repeated.
pub type Fields = BTreeMap<String, Vec<String>>;

/// A call as the spec says it must be sent.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// `GET`.
    pub method: String,
    /// The segments of the path below the base path, unescaped.
    pub segments: Vec<String>,
    /// The query.
    pub query: Fields,
    /// Headers that are parameters.
    pub headers: BTreeMap<String, String>,
    /// The credential.
    pub authorization: Authorization,
    /// The media types of the `Accept` header.
    pub accept: Vec<String>,
    /// The body.
    pub body: ExpectedBody,
}

/// The body of a call.
#[derive(Clone, Debug, Default)]
pub enum ExpectedBody {
    /// None.
    #[default]
    Nothing,
    /// JSON.
    Json(Value),
    /// Bytes of a media type.
    Raw(String, Vec<u8>),
    /// A urlencoded form.
    Form(Fields),
    /// Parts, in any order but that of equal names.
    Parts(Vec<Part>),
}

impl Expected {
    /// Every difference of a recorded request.
    pub fn differences(&self, actual: &Recorded) -> Vec<String> {
        let mut found = Vec::new();
        if actual.method != self.method {
            found.push(format!("method {}, expected {}", actual.method, self.method));
        }
        found.extend(self.path_difference(actual.path()));
        match actual.query() {
            Ok(pairs) => found.extend(field_differences("query parameter", &self.query, &grouped(pairs))),
            Err(problem) => found.push(format!("query: {problem}")),
        }
        self.header_differences(actual, &mut found);
        self.body_differences(actual, &mut found);
        found
    }

    fn path_difference(&self, path: &str) -> Option<String> {
        let Some(below) = path.strip_prefix(BASE_PATH).and_then(|path| path.strip_prefix('/')) else {
            return Some(format!("path `{path}` is not below `{BASE_PATH}`"));
        };
        let segments: Result<Vec<String>, String> = below.split('/').map(percent_decoded).collect();
        match segments {
            Err(problem) => Some(format!("path: {problem}")),
            Ok(segments) if segments == self.segments => None,
            Ok(segments) => Some(format!("path {segments:?}, expected {:?}", self.segments)),
        }
    }

    fn header_differences(&self, actual: &Recorded, found: &mut Vec<String>) {
        for (index, (name, value)) in actual.headers.iter().enumerate() {
            if !HEADERS.contains(&name.as_str()) && !self.headers.contains_key(name) {
                found.push(format!("header `{name}` is not asked for"));
            }
            if actual.headers[..index].iter().any(|(earlier, _)| earlier == name) {
                found.push(format!("header `{name}` is repeated"));
            }
            if let Some(expected) = self.headers.get(name).filter(|expected| *expected != value) {
                found.push(format!("header `{name}` is `{value}`, expected `{expected}`"));
            }
        }
        for name in self.headers.keys().filter(|name| actual.header(name).is_none()) {
            found.push(format!("header `{name}` is missing"));
        }
        for name in ["authorization", "x-api-key"] {
            let expected =
                self.authorization.as_ref().filter(|(header, _)| *header == name).map(|(_, value)| value.as_str());
            if actual.header(name) != expected {
                found.push(format!("header `{name}` is {:?}, expected {expected:?}", actual.header(name)));
            }
        }
        let accept = actual.header("accept").unwrap_or_default();
        let mut accepted: Vec<&str> = accept.split(',').map(str::trim).collect();
        let mut expected: Vec<&str> = self.accept.iter().map(String::as_str).collect();
        accepted.sort_unstable();
        expected.sort_unstable();
        if accepted != expected {
            found.push(format!("header `accept` is `{accept}`, expected {expected:?}"));
        }
        if !actual.header("user-agent").is_some_and(|agent| agent.starts_with("rosterkit/")) {
            found.push(format!("header `user-agent` is {:?}", actual.header("user-agent")));
        }
    }

    fn body_differences(&self, actual: &Recorded, found: &mut Vec<String>) {
        let content_type = actual.header("content-type");
        let media_type = match &self.body {
            ExpectedBody::Nothing => None,
            ExpectedBody::Json(_) => Some("application/json"),
            ExpectedBody::Raw(media_type, _) => Some(media_type.as_str()),
            ExpectedBody::Form(_) => Some("application/x-www-form-urlencoded"),
            // Its boundary is the client's to choose; reading the parts checks it.
            ExpectedBody::Parts(_) => content_type,
        };
        if content_type != media_type {
            found.push(format!("header `content-type` is {content_type:?}, expected {media_type:?}"));
        }
        match &self.body {
            ExpectedBody::Nothing if actual.body.is_empty() => {}
            ExpectedBody::Nothing => found.push(format!("a body of {} bytes, expected none", actual.body.len())),
            ExpectedBody::Json(expected) => match serde_json::from_slice::<Value>(&actual.body) {
                Ok(value) => found.extend(json_diff(expected, &value).map(|difference| format!("body {difference}"))),
                Err(error) => found.push(format!("the body is not JSON: {error}")),
            },
            ExpectedBody::Raw(_, bytes) if *bytes == actual.body => {}
            ExpectedBody::Raw(_, bytes) => {
                found.push(format!(
                    "a body of {} bytes differs from the {} bytes given",
                    actual.body.len(),
                    bytes.len()
                ));
            }
            ExpectedBody::Form(fields) => match actual.form() {
                Ok(pairs) => found.extend(field_differences("form field", fields, &grouped(pairs))),
                Err(problem) => found.push(format!("form: {problem}")),
            },
            ExpectedBody::Parts(expected) => match actual.parts() {
                Ok(parts) => part_differences(expected, &parts, found),
                Err(problem) => found.push(format!("multipart: {problem}")),
            },
        }
        let length = actual.header("content-length");
        let is_wrong = length.is_some_and(|length| length != actual.body.len().to_string());
        if is_wrong || length.is_some() && actual.header("transfer-encoding").is_some() {
            found.push("the length of the body is not what the headers say".to_owned());
        }
    }
}

fn grouped(pairs: Vec<(String, String)>) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in pairs {
        fields.entry(name).or_default().push(value);
    }
    fields
}

fn field_differences(what: &str, expected: &Fields, actual: &Fields) -> Vec<String> {
    let missing =
        expected.keys().filter(|name| !actual.contains_key(*name)).map(|name| format!("{what} `{name}` is missing"));
    let extra = actual
        .keys()
        .filter(|name| !expected.contains_key(*name))
        .map(|name| format!("{what} `{name}` is not expected"));
    let other = expected.iter().filter_map(|(name, values)| {
        let actual = actual.get(name).filter(|actual| *actual != values)?;
        Some(format!("{what} `{name}` is {actual:?}, expected {values:?}"))
    });
    missing.chain(extra).chain(other).collect()
}

fn part_differences(expected: &[Part], actual: &[Part], found: &mut Vec<String>) {
    fn by_name(parts: &[Part]) -> Vec<&Part> {
        let mut parts: Vec<&Part> = parts.iter().collect();
        parts.sort_by(|a, b| a.name.cmp(&b.name));
        parts
    }
    let names = |parts: &[Part]| by_name(parts).into_iter().map(|part| part.name.clone()).collect::<Vec<_>>();
    if names(expected) != names(actual) {
        found.push(format!("parts {:?}, expected {:?}", names(actual), names(expected)));
        return;
    }
    for (expected, actual) in
        by_name(expected).into_iter().zip(by_name(actual)).filter(|(expected, actual)| expected != actual)
    {
        let content = if expected.content == actual.content { "" } else { ", and another content" };
        let (head, wanted) = ((&actual.file_name, &actual.media_type), (&expected.file_name, &expected.media_type));
        found.push(format!("part `{}` has {head:?}, expected {wanted:?}{content}", expected.name));
    }
}
