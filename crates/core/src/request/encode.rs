//! Paths and queries, encoded so that every server reads them alike.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// Everything but the unreserved characters of RFC 3986. A space is `%20`, never a plus sign.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is wrong with the value of a path parameter.
///
/// URL parsers drop `.` and let `..` eat the segment before it, and so do many servers after they decode it, however
/// often it was encoded. `DELETE /users/{id}/skills/..` must not become `DELETE /users/{id}`, nor must `…/skills/x%2F..`:
/// a server that decodes a slash sees two segments. Some drop what follows a semicolon first.
pub(crate) fn path_problem(value: &str) -> Option<&'static str> {
    let decoded = fully_decoded(value, || {});
    if decoded.is_empty() {
        return Some("is empty, which would call another path");
    }
    let mut segments = decoded.split(|byte| matches!(byte, b'/' | b'\\'));
    let is_dots = |segment: &[u8]| matches!(segment.split(|byte| *byte == b';').next(), Some(b"." | b".."));
    segments.any(is_dots).then_some("has a dot segment, which would call another path")
}

/// What is left when nothing more can be percent-decoded. One pass: a decoded byte completes what precedes it. `step` is
/// called for each byte that is written, so that tests can count the work.
pub(super) fn fully_decoded(value: &str, mut step: impl FnMut()) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(value.len());
    for byte in value.bytes() {
        decoded.push(byte);
        step();
        while let [.., b'%', high, low] = decoded[..]
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            decoded.truncate(decoded.len() - 3);
            decoded.push(high * 16 + low);
            step();
        }
    }
    decoded
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The URL of a call: the base with its context path, the template with its values, and the query.
pub(super) fn url(
    base: &Url,
    template: &str,
    path: &[(&'static str, String)],
    query: &[(&'static str, String)],
) -> Result<Url, String> {
    let mut text = base.as_str().trim_end_matches('/').to_owned();
    let mut rest = template;
    while let Some((literal, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').ok_or("the path template lacks a closing brace")?;
        let value = path.iter().find(|(given, _)| *given == name);
        let (_, value) = value.ok_or_else(|| format!("parameter `{name}` of the path is missing"))?;
        text.push_str(literal);
        text.extend(utf8_percent_encode(value, RESERVED));
        rest = after;
    }
    text.push_str(rest);
    if let Some((unused, _)) = path.iter().find(|(name, _)| !template.contains(&format!("{{{name}}}"))) {
        return Err(format!("the path template has no place for parameter `{unused}`"));
    }
    for (index, (name, value)) in query.iter().enumerate() {
        text.push(if index == 0 { '?' } else { '&' });
        text.extend(utf8_percent_encode(name, RESERVED));
        text.push('=');
        text.extend(utf8_percent_encode(value, RESERVED));
    }
    Url::parse(&text).map_err(|_| "the path and the base URL make no URL".to_owned())
}
