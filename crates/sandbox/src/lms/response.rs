//! Responses: a document in the representation that the call asks for, and errors.
//!
//! The errors of the LMS are not documented; their shape is the sandbox's own. An error is XML where `format` asks for XML
//! or a feed and where the function responds in XML only, and JSON otherwise.

use axum::http::header::CONTENT_TYPE;
use peoplefluent_lms::generated::catalog::CATALOG;

use crate::http::{Call, Error, Form, Incoming, Pairs, Reply};
use crate::lms::node::Node;
use crate::lms::params::parameter;

/// A document in the representation that `format` asks for.
pub(crate) fn respond(call: &Call<'_>, node: &Node) -> Reply {
    match parameter(call, "format") {
        Some("xml") => xml(node),
        _ => Reply::json(&node.json()),
    }
}

/// A document as XML, for the functions without `format`.
pub(crate) fn xml(node: &Node) -> Reply {
    Reply::xml(node.document())
}

/// The result of a function that changes something: `status` is `ok`.
pub(crate) fn ok() -> Node {
    Node::new("result").text("status", "ok")
}

/// The response to a rejected request. `request` is missing if it could not be read.
pub(crate) fn error(error: &Error, request: Option<&Incoming>) -> Reply {
    let field = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let node = Node::new("error")
        .number("status", error.status.as_u16())
        .text("code", error.code)
        .text("message", &*error.message)
        .some("parameter", field(&error.field))
        .some("function", error.operation);
    let in_xml = match request.and_then(format).as_deref() {
        Some("json") => false,
        Some("xml" | "rss" | "atom" | "rssteasers" | "rssfull") => true,
        _ => error.operation.is_some_and(is_only_xml),
    };
    let reply = if in_xml { xml(&node) } else { Reply::json(&node.json()) };
    reply.with_status(error.status).with_headers(error.headers.clone())
}

/// The `format` of a request, from its query or its form.
fn format(request: &Incoming) -> Option<String> {
    let query = Pairs::parse(&request.query).ok();
    let of_query = query.and_then(|query| query.all("format").next().map(str::to_owned));
    of_query.or_else(|| form(request)?.all("format").next().map(str::to_owned))
}

fn form(request: &Incoming) -> Option<Form> {
    let media_type = request.headers.get(CONTENT_TYPE)?.to_str().ok()?;
    match media_type.split(';').next()?.trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Form::urlencoded(&request.body).ok(),
        "multipart/form-data" => Form::multipart(media_type, &request.body).ok(),
        _ => None,
    }
}

/// Whether a function responds in XML only.
fn is_only_xml(function: &str) -> bool {
    let types = CATALOG.find(function).map(|entry| entry.response.media_types).unwrap_or_default();
    !types.is_empty() && types.iter().all(|media_type| media_type.ends_with("xml"))
}
