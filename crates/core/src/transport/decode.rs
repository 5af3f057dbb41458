//! From JSON to a value, and why that failed: without anything of the data.

use std::borrow::Cow;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use serde_path_to_error::{Path, Segment};

use super::html;
use crate::error::Route;
use crate::{Error, ErrorKind, media_type};

/// How many names of a path are shown, the innermost ones.
const SHOWN_NAMES: usize = 8;

/// The longest name of a path that is shown.
const LONGEST_NAME: usize = 64;

/// Decodes a body that is not blank as JSON, unless it says that it is something else, or evidently is.
pub(super) fn json<T: DeserializeOwned>(route: &Route, declared: &str, body: &[u8]) -> Result<T, Error> {
    let content = without_bom(body);
    if html::is_html(body) {
        return Err(html::error(route));
    }
    if !media_type::is_json(declared) {
        return Err(unexpected(route, declared));
    }
    // No JSON value begins like a tag.
    if content.trim_ascii_start().starts_with(b"<") {
        let cause = "the response is labelled as JSON, but holds XML or HTML";
        return Err(Error::new(ErrorKind::UnexpectedMediaType, cause).at(route));
    }
    // One check of the whole is faster than serde's check of each string.
    let text =
        str::from_utf8(content).map_err(|_| Error::new(ErrorKind::Decode, "the response is not UTF-8").at(route))?;
    serde_json::from_str(text).map_err(|error| mismatch::<T>(route, text, &error))
}

/// The body without a byte order mark.
pub(super) fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// A response of another media type than the operation promises.
pub(super) fn unexpected(route: &Route, actual: &str) -> Error {
    if media_type::is_html(actual) {
        return html::error(route);
    }
    let cause = format!("the response is {}, which this operation does not return", media_type::printable(actual));
    Error::new(ErrorKind::UnexpectedMediaType, cause).at(route)
}

/// Says where and why decoding failed. The message of serde quotes the value that it failed at, which may be personal, so
/// only the part about what was expected is taken from it.
fn mismatch<T: DeserializeOwned>(route: &Route, text: &str, error: &serde_json::Error) -> Error {
    let at = format!("line {} column {}", error.line(), error.column());
    let cause = match error.classify() {
        Category::Eof => format!("the response ends early, at {at}"),
        // serde_json has no class for it. A message about the syntax holds nothing of the data.
        Category::Syntax if error.to_string().starts_with("recursion limit exceeded") => {
            format!("the response is nested too deeply, at {at}")
        }
        Category::Syntax => format!("the response is invalid JSON at {at}"),
        Category::Data | Category::Io => {
            let expected = expectation(&error.to_string()).map(|expected| format!(": {expected}")).unwrap_or_default();
            let (path, id) = json_path::<T>(text);
            let path = path.map(|path| format!(", in `{path}`")).unwrap_or_default();
            let id = id.map(|id| format!(", of the item with id `{id}`")).unwrap_or_default();
            format!("the response does not match {} at {at}{path}{id}{expected}", type_name::<T>())
        }
    };
    Error::new(ErrorKind::Decode, cause).at(route)
}

/// The path at which a text does not match a type, and the id of the item there. The text is decoded again: keeping track
/// of the path costs time, which a text that matches need not spend.
fn json_path<T: DeserializeOwned>(text: &str) -> (Option<String>, Option<String>) {
    match serde_path_to_error::deserialize::<_, T>(&mut serde_json::Deserializer::from_str(text)) {
        Ok(_) => (None, None),
        Err(error) => (printable_path(error.path()), item_id(text, error.path())),
    }
}

/// The id of the innermost item of an array on the way to a mismatch, so that a person can look at the item.
fn item_id(text: &str, path: &Path) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    let (mut value, mut id) = (&document, None);
    for segment in path.iter() {
        let (next, is_item) = match segment {
            Segment::Seq { index } => (value.get(index), true),
            Segment::Map { key } => (value.get(key), false),
            Segment::Enum { .. } | Segment::Unknown => (None, false),
        };
        let Some(next) = next else { break };
        value = next;
        if is_item {
            id = printable_id(value).or(id);
        }
    }
    id
}

/// The `id` of an item, unless it could be more than that, such as an address or a name.
pub(crate) fn printable_id(item: &Value) -> Option<String> {
    let is_plain = |id: &&str| {
        (1..=LONGEST_NAME).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte))
    };
    match item.get("id")? {
        Value::String(id) => Some(id.as_str()).filter(is_plain).map(str::to_owned),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// A path such as `entities.12.version`; `None` at the outermost level.
///
/// The keys of a map come from the data, and can be personal. A name that does not look like one of a schema is shown
/// as `*`.
pub(crate) fn printable_path(path: &Path) -> Option<String> {
    let names: Vec<Cow<'_, str>> = path.iter().filter_map(printable_segment).collect();
    let hidden = names.len().saturating_sub(SHOWN_NAMES);
    let start = if hidden > 0 { "…." } else { "" };
    (!names.is_empty()).then(|| format!("{start}{}", names[hidden..].join(".")))
}

fn printable_segment(segment: &Segment) -> Option<Cow<'_, str>> {
    match segment {
        Segment::Seq { index } => Some(index.to_string().into()),
        Segment::Map { key: name } | Segment::Enum { variant: name } => {
            Some(if is_plain(name) { name.into() } else { "*".into() })
        }
        Segment::Unknown => None,
    }
}

/// Whether a name could be one of a schema's: a word of ASCII letters, digits, `_`, `$` and `-`.
fn is_plain(name: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"_$-".contains(&byte);
    name.len() <= LONGEST_NAME && name.starts_with(|first: char| !first.is_ascii_digit()) && name.bytes().all(is_part)
}

/// The part of a message of serde that comes from the type and not from the data.
pub(crate) fn expectation(message: &str) -> Option<Cow<'static, str>> {
    let (message, _) = message.rsplit_once(" at line ").unwrap_or((message, ""));
    let is_plain = |text: &str| {
        text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" _-.$`,".contains(&byte))
    };
    if let Some(field) = message.strip_prefix("missing field ").filter(|field| is_plain(field)) {
        return Some(format!("field {field} is missing").into());
    }
    if let Some(field) = message.strip_prefix("duplicate field ").filter(|field| is_plain(field)) {
        return Some(format!("duplicate field {field}").into());
    }
    // A quoted value escapes its quotes, so the last comma before `expected` is the message's own.
    let starts = ["invalid type: ", "invalid value: ", "invalid length "];
    let expected = message.rsplit_once(", expected ").filter(|_| starts.iter().any(|start| message.starts_with(start)));
    expected
        .map(|(_, expected)| expected)
        .filter(|expected| is_plain(expected))
        .map(|it| format!("expected {it}").into())
}

/// A type's name without its modules.
pub(crate) fn type_name<T: ?Sized>() -> String {
    let full = std::any::type_name::<T>();
    let parts = full.split_inclusive(['<', '>', ',', ' ', '(', ')', '[', ']', '&']);
    parts.map(|part| part.rsplit("::").next().unwrap_or(part)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[test]
    fn nothing_of_the_data_gets_into_an_expectation() {
        #[derive(Debug, Deserialize)]
        struct User {
            #[serde(rename = "version")]
            _version: u64,
        }
        for (json, expected) in [
            (r#"{}"#, Some("field `version` is missing")),
            (r#"{"version":1,"version":"sentinel"}"#, Some("duplicate field `version`")),
            (r#"{"version":"sentinel"}"#, Some("expected u64")),
            (r#"{"version":"x\", expected sentinel"}"#, Some("expected u64")),
            (r#"{"version":"x, expected sentinel at line 1 column 2"}"#, Some("expected u64")),
            (r#"{"version":-4711}"#, Some("expected u64")),
            (r#"["sentinel"]"#, Some("expected u64")),
            (r#""sentinel""#, Some("expected struct User")),
        ] {
            let error = serde_json::from_str::<User>(json).expect_err("does not match");
            assert_eq!(expectation(&error.to_string()).as_deref(), expected, "{json}");
        }
        let custom = <serde_json::Error as serde::de::Error>::custom("sentinel, expected sentinel");
        assert_eq!(expectation(&custom.to_string()), None);
    }

    #[test]
    fn type_names_lose_their_modules() {
        assert_eq!(type_name::<Vec<serde_json::Error>>(), "Vec<Error>");
        assert_eq!(type_name::<(Segment, [u8; 3])>(), "(Segment, [u8; 3])");
    }

    #[derive(Debug, Default, Deserialize)]
    #[serde(default)]
    struct Node {
        #[serde(rename = "version")]
        _version: Option<u8>,
        #[serde(rename = "nodes")]
        _nodes: Vec<Node>,
        #[serde(rename = "byKey")]
        _by_key: BTreeMap<String, Node>,
        #[serde(rename = "pair")]
        _pair: Option<Pair>,
        #[serde(rename = "open")]
        _open: Option<Open>,
    }

    #[derive(Debug, Deserialize)]
    struct Pair {
        #[serde(rename = "first")]
        _first: u8,
    }

    #[derive(Debug, Deserialize)]
    struct Open {
        #[serde(flatten)]
        _pair: Pair,
    }

    #[test]
    fn a_path_leads_to_the_mismatch() {
        for (text, expected) in [
            (r#"{"version":"x"}"#, Some("version")),
            (r#"{"version":300}"#, Some("version")),
            (r#"{"a":{"version":[",{\"]"]},"version":"x"}"#, Some("version")),
            ("{\"é\":\"…\",\n \"nodes\": [ {}, {\"nodes\":[]},\n\n {\"version\"\n: true} ] }", Some("nodes.2.version")),
            (r#"{"nodes":[{"byKey":{"a.roe@example.com":{"version":-1}}}]}"#, Some("nodes.0.byKey.*.version")),
            (r#"{"byKey":{"Sample Person":1}}"#, Some("byKey.*")),
            (r#"{"byKey":{"q\"":{"nodes":[{},7]}}}"#, Some("byKey.*.nodes.1")),
            (r#"{"pair":{}}"#, Some("pair")),
            (r#"{"nodes":{}}"#, Some("nodes")),
            ("7", None),
            ("[true]", Some("0")),
            // The expectation names the field, and the path the object that has it twice.
            (r#"{"version":1,"version":2}"#, None),
            (r#"{"pair":{"first":1,"first":2}}"#, Some("pair")),
            // serde reads flattened fields from a buffer, which loses the path below their object.
            (r#"{"open":{"first":"x"}}"#, Some("open")),
        ] {
            let error = serde_json::from_str::<Node>(text).expect_err(text);
            assert_eq!(json_path::<Node>(text).0.as_deref(), expected, "{text}: {error}");
        }
    }

    #[test]
    fn a_mismatch_in_an_item_comes_with_its_id() {
        for (text, expected) in [
            (r#"{"nodes":[{"id":"u-1"},{"id":"u-2","version":"x"}]}"#, Some("u-2")),
            (r#"{"nodes":[{"version":"x","id":"a.roe_2:7"}]}"#, Some("a.roe_2:7")),
            (r#"{"nodes":[{"id":4711,"version":"x"}]}"#, Some("4711")),
            // Of nested items, the innermost that has one.
            (r#"{"nodes":[{"id":"outer","nodes":[{"id":"inner","pair":{"first":"x"}}]}]}"#, Some("inner")),
            (r#"{"nodes":[{"id":"outer","nodes":[{"version":"x"}]}]}"#, Some("outer")),
            (r#"{"nodes":[{"id":"u-1","open":{"first":"x"}}]}"#, Some("u-1")),
            // Not of an item, without an id, or with something that could be a name or an address.
            (r#"{"id":"u-1","version":"x"}"#, None),
            (r#"{"nodes":[{"version":"x"}]}"#, None),
            (r#"{"nodes":[{"id":"","version":"x"}]}"#, None),
            (r#"{"nodes":[{"id":"sample@example.com","version":"x"}]}"#, None),
            (r#"{"nodes":[{"id":"Sample Person","version":"x"}]}"#, None),
            (r#"{"nodes":[{"id":["u-1"],"version":"x"}]}"#, None),
            (r#"{"nodes":[7]}"#, None),
        ] {
            assert_eq!(json_path::<Node>(text).1.as_deref(), expected, "{text}");
        }
        let route = Route::of(&crate::operation::SAMPLE);
        let text = r#"{"nodes":[{"id":"u-1","version":true}]}"#;
        let error = json::<Node>(&route, "application/json", text.as_bytes()).expect_err("a boolean");
        assert!(
            error.to_string().contains(", in `nodes.0.version`, of the item with id `u-1`: expected u8"),
            "{error}"
        );
    }

    #[test]
    fn a_deep_path_is_shown_by_its_end() {
        let text = format!("{}{}", r#"{"nodes":["#.repeat(6), r#"{"version":"x"}"#);
        assert_eq!(json_path::<Node>(&text).0.as_deref(), Some("….0.nodes.0.nodes.0.nodes.0.version"));
    }
}
