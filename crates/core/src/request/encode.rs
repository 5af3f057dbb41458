//! Paths and queries, encoded so that every server reads them alike.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

/// Everything but the unreserved characters of RFC 3986. A space is `%20`, never a plus sign.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is wrong with the value of a path parameter.
///
/// URL parsers drop `.` and let `..` eat the segment before it, and so do many servers after they decode it, however
/// often it was encoded. `DELETE /users/{id}/skills/..` must not become `DELETE /users/{id}`.
pub(super) fn path_problem(value: &str) -> Option<&'static str> {
    let mut decoded = value.to_owned();
    loop {
        match decoded.as_str() {
            "" => return Some("is empty, which would call another path"),
            "." | ".." => return Some("is a dot segment, which would call another path"),
            _ => {}
        }
        let once_more = percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
        if once_more.len() >= decoded.len() {
            return None;
        }
        decoded = once_more;
    }
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
