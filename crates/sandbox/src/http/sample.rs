//! Responses of operations without state: an example of the documented response.
//!
//! JSON is the generated example of the schema, with values of the request: ids of the path, and a listing of one page
//! without a next. XML has the same example as elements. Feeds, documents and archives are small valid ones.

use axum::http::StatusCode;
use rosterkit_core::catalog::{OperationEntry, PagingEntry};
use serde_json::Value;

use super::{Call, Error, Reply};

const ATOM: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\
    <id>https://lms.example.com/feed</id><title>Sample feed</title><updated>2025-01-01T09:00:00Z</updated>\
    <author><name>Sample Person</name></author><entry><id>https://lms.example.com/feed/1</id><title>Sample entry</title>\
    <updated>2025-01-01T09:00:00Z</updated><link href=\"https://lms.example.com/feed/1\"/>\
    <summary>An invented entry</summary></entry></feed>\n";
const RSS: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Sample feed</title>\
    <link>https://lms.example.com/feed</link><description>An invented feed</description><item>\
    <title>Sample entry</title><link>https://lms.example.com/feed/1</link>\
    <guid isPermaLink=\"false\">sample-1</guid><pubDate>Wed, 01 Jan 2025 09:00:00 GMT</pubDate>\
    <description>An invented entry</description></item></channel></rss>\n";
/// One empty page.
const PDF: &str = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n\
    0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n";
/// An archive without entries: only the end record.
const ZIP: &[u8] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// The example response to a call; `json` is the generated one.
pub(crate) fn reply(entry: &OperationEntry, json: Option<&str>, call: &Call<'_>) -> Result<Reply, Error> {
    let id = entry.operation.id;
    let status = StatusCode::from_u16(entry.response.status).unwrap_or(StatusCode::OK);
    let example = || -> Result<Value, Error> {
        let value = json.and_then(|text| serde_json::from_str(text).ok()).ok_or_else(|| Error::not_implemented(id))?;
        Ok(fitted(value, entry, call))
    };
    let Some(media_type) = media_type(entry, call) else { return Ok(Reply::empty(status)) };
    let reply = match media_type {
        "application/json" => Reply::json(&example()?),
        "application/xml" if json.is_some() => Reply::xml(document(root(entry), &example()?)),
        "application/xml" => Reply::xml(document(root(entry), &Value::Null)),
        "application/atom+xml" => Reply::document("application/atom+xml", ATOM.to_owned()),
        "application/rss+xml" => Reply::document("application/rss+xml", RSS.to_owned()),
        "application/pdf" => Reply::file("application/pdf", PDF),
        "application/zip" => Reply::file("application/zip", ZIP),
        "text/plain" => Reply::text(format!("A sample response of {id}.\n")),
        _ => Reply::file("application/octet-stream", format!("A sample response of {id}.\n")),
    };
    Ok(reply.with_status(status))
}

/// The media type that the request selects; otherwise JSON, or the first.
fn media_type(entry: &OperationEntry, call: &Call<'_>) -> Option<&'static str> {
    if let Some(chosen) = entry.representations {
        let given = call.query(chosen.parameter).or_else(|| call.form(chosen.parameter));
        let default = || entry.parameter(chosen.parameter)?.default.map(|text| text.trim_matches('"'));
        let value = given.or_else(default);
        if let Some((_, media_type)) = chosen.media.iter().find(|(name, _)| Some(*name) == value) {
            return Some(media_type);
        }
    }
    let types = entry.response.media_types;
    types.iter().find(|media_type| **media_type == "application/json").or_else(|| types.first()).copied()
}

/// The example with the values of the request and the catalog.
fn fitted(mut value: Value, entry: &OperationEntry, call: &Call<'_>) -> Value {
    if let Value::Object(object) = &mut value {
        for (name, given) in &call.path {
            if let Some(place) = object.get_mut(*name) {
                *place = Value::from(given.as_str());
            }
        }
        // The response is usually the item that the last part of the path identifies.
        let last = call.path.last().filter(|_| entry.operation.path.ends_with('}'));
        if let (Some((_, given)), Some(place)) = (last, object.get_mut("id")) {
            *place = Value::from(given.as_str());
        }
        if let Some(place) = object.get_mut("selfUri") {
            *place = Value::from(call.uri);
        }
    }
    // A listing with a next page would never end.
    let (next, one): (&str, &[Option<&str>]) = match entry.paging {
        Some(PagingEntry::Page { next, page_count, total, .. }) => (next.unwrap_or_default(), &[page_count, total]),
        Some(PagingEntry::Cursor { cursor, .. }) => (cursor, &[]),
        Some(PagingEntry::After { next, .. }) => (next, &[]),
        None => ("", &[]),
    };
    if let Some(place) = at(&mut value, next) {
        *place = Value::Null;
    }
    for path in one.iter().flatten() {
        if let Some(place) = at(&mut value, path) {
            *place = Value::from(1);
        }
    }
    for envelope in ["error", "errors"] {
        // A successful response has no error.
        if let Some(place) = value.get_mut(envelope).filter(|place| place.is_object()) {
            *place = Value::Null;
        }
    }
    value
}

/// The value at a dotted path of property names.
fn at<'a>(value: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(value, |value, name| value.get_mut(name))
}

/// The name of the outermost element.
fn root(entry: &OperationEntry) -> &'static str {
    entry.operation.id.strip_suffix("Xml").unwrap_or(entry.operation.id)
}

fn document(root: &str, value: &Value) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    element(&mut out, root, value);
    out
}

/// A value as an element: properties as elements within it, an array as one element for each item.
fn element(out: &mut String, name: &str, value: &Value) {
    // A name that is invalid in XML is replaced; the value is kept.
    let valid = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let name = if valid { name } else { "entry" };
    *out += &format!("<{name}>");
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| match value {
            Value::Array(items) => items.iter().for_each(|item| element(out, name, item)),
            value => element(out, name, value),
        }),
        Value::Array(items) => items.iter().for_each(|item| element(out, "item", item)),
        Value::Null => {}
        Value::String(text) => *out += &quick_xml::escape::escape(text.as_str()),
        other => *out += &other.to_string(),
    }
    *out += &format!("</{name}>");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_example_becomes_elements() {
        let value = json!({ "a": "<&>", "list": [1, { "b": true }], "none": null, "odd name": 1 });
        assert_eq!(
            document("root", &value),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<root><a>&lt;&amp;&gt;</a><list>1</list>\
             <list><b>true</b></list><none></none><entry>1</entry></root>"
        );
    }

    #[test]
    fn the_cross_references_of_the_pdf_are_correct() {
        for (number, offset) in [(1, 9), (2, 52), (3, 101)] {
            assert!(PDF[offset..].starts_with(&format!("{number} 0 obj")), "{number}");
        }
        assert!(PDF[164..].starts_with("xref"));
    }
}
