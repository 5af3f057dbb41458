//! How the site refuses: in the representation that the request asks for.
//!
//! The errors of the LMS are not documented; the shape is the sandbox's own. It is JSON, or XML where `format` asks for
//! XML or a feed, and where the function answers nothing but XML.

use axum::http::header::CONTENT_TYPE;

use super::Lms;
use super::tree::Tree;
use crate::http::{Error, Form, Incoming, Pairs, Reply, Service};

/// The answer to a request that is refused, as far as there is one.
pub(super) fn reply(error: &Error, request: Option<&Incoming>) -> Reply {
    let field = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let tree = Tree::new("error")
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
    let reply = if in_xml { Reply::xml(tree.element().document()) } else { Reply::json(&tree.json()) };
    reply.with_status(error.status).with_headers(error.headers.clone())
}

/// What a request says of the representation, in its query or in its form.
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

/// Whether a function answers XML and nothing else.
fn is_only_xml(function: &str) -> bool {
    let types = Lms::catalog().find(function).map(|entry| entry.response.media_types).unwrap_or_default();
    !types.is_empty() && types.iter().all(|media_type| media_type.ends_with("xml"))
}
