//! Matchers and answers behind the typed httpmock helpers of the client crates.
//!
//! Values are compared decoded: a name with an umlaut, a slash or a plus matches however it is encoded on the wire, and
//! a path matches below any base path.

use std::fmt::Display;

use httpmock::{HttpMockRequest, Then, When};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;

use crate::Operation;

/// Matches requests of an operation, below any base path, unless they are requests of an operation whose path has a
/// literal segment where this one has a parameter.
pub fn operation(when: When, operation: &'static Operation, literal_siblings: &'static [&'static str]) -> When {
    when.method(operation.method).is_true(move |request| {
        let segments = segments(request);
        captures(operation.path, &segments).is_some()
            && !literal_siblings.iter().any(|sibling| captures(sibling, &segments).is_some())
    })
}

/// Matches when a parameter of the path has a value.
pub fn path(when: When, operation: &'static Operation, name: &'static str, value: impl Display) -> When {
    let value = value.to_string();
    when.is_true(move |request| {
        captures(operation.path, &segments(request))
            .is_some_and(|captures| captures.iter().any(|(captured, found)| *captured == name && *found == value))
    })
}

/// Matches when the query has a parameter with this value, and no other value for it.
pub fn query(when: When, name: &'static str, value: impl Display) -> When {
    query_all(when, name, [value])
}

/// Matches when the query has a parameter with exactly these values, in this order.
pub fn query_all(when: When, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> When {
    let values = texts(values);
    when.is_true(move |request| named(&pairs(request.uri().query().unwrap_or_default()), name) == values)
}

/// Matches when a header has a value.
pub fn header(when: When, name: &'static str, value: impl Display) -> When {
    when.header(name, value.to_string())
}

/// Matches when a header has exactly these values, in this order.
pub fn header_all(when: When, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> When {
    let values = texts(values);
    when.is_true(move |request| {
        let found: Vec<&str> = request
            .headers_vec()
            .iter()
            .filter(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        found == values
    })
}

/// Matches when a form has a field with this value, and no other value for it.
pub fn form(when: When, name: &'static str, value: impl Display) -> When {
    form_all(when, name, [value])
}

/// Matches when a form has a field with exactly these values, in this order.
pub fn form_all(when: When, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> When {
    let values = texts(values);
    when.is_true(move |request| named(&pairs(&String::from_utf8_lossy(request.body_ref())), name) == values)
}

/// Matches when a multipart body has a text part with this value, and no other value for it.
pub fn part(when: When, name: &'static str, value: impl Display) -> When {
    part_all(when, name, [value])
}

/// Matches when a multipart body has text parts with exactly these values, in this order.
pub fn part_all(when: When, name: &'static str, values: impl IntoIterator<Item = impl Display>) -> When {
    let values = texts(values);
    when.is_true(move |request| {
        let found: Vec<Vec<u8>> = parts(request)
            .into_iter()
            .filter(|part| part.name == name && part.file_name.is_none())
            .map(|part| part.content)
            .collect();
        found.len() == values.len() && found.iter().zip(&values).all(|(found, value)| found == value.as_bytes())
    })
}

/// Matches when a multipart body has a file part with this file name and these contents.
pub fn part_file(when: When, name: &'static str, file_name: &str, contents: Vec<u8>) -> When {
    let file_name = file_name.to_owned();
    when.is_true(move |request| {
        parts(request).iter().any(|part| {
            part.name == name && part.file_name.as_deref() == Some(file_name.as_str()) && part.content == contents
        })
    })
}

/// Matches when the body is this, compared as JSON.
pub fn json<T: Serialize + ?Sized>(when: When, body: &T) -> When {
    let expected = serde_json::to_value(body).ok();
    when.is_true(move |request| {
        expected.is_some() && serde_json::from_slice::<Value>(request.body_ref()).ok() == expected
    })
}

/// Matches when the body is this, byte for byte.
pub fn raw(when: When, body: Vec<u8>) -> When {
    when.is_true(move |request| request.body_ref() == body.as_slice())
}

/// Answers with a value as JSON.
pub fn answer_json<T: Serialize + ?Sized>(then: Then, status: u16, answer: &T) -> Then {
    match serde_json::to_vec(answer) {
        Ok(json) => answer_raw(then, status, "application/json", &json),
        Err(error) => answer_raw(
            then,
            500,
            "text/plain",
            format!("the mock's answer cannot be written as JSON: {error}").as_bytes(),
        ),
    }
}

/// Answers without a body.
pub fn answer_empty(then: Then, status: u16) -> Then {
    then.status(status)
}

/// Answers with bytes of a media type.
pub fn answer_raw(then: Then, status: u16, media_type: &str, body: &[u8]) -> Then {
    then.status(status).header("content-type", media_type).body(body)
}

/// Answers with bytes of a media type, as a file of this name. The name is sent as RFC 8187 has it, so it may hold any
/// characters.
pub fn answer_file(then: Then, status: u16, media_type: &str, file_name: &str, body: &[u8]) -> Then {
    let name = utf8_percent_encode(file_name, NON_ALPHANUMERIC);
    answer_raw(then, status, media_type, body)
        .header("content-disposition", format!("attachment; filename*=UTF-8''{name}"))
}

fn texts(values: impl IntoIterator<Item = impl Display>) -> Vec<String> {
    values.into_iter().map(|value| value.to_string()).collect()
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
