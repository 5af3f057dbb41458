//! Typed httpmock helpers, for tests of code that uses the client.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{list, literal, settable, source};
use crate::adapt::Signature;
use crate::api::{Api, ApiOperation, Location, Shape, is_json};
use crate::{names, prose};

pub(super) fn emit(api: &Api, signatures: &BTreeMap<String, Signature>) -> Result<String, String> {
    let mut out = String::from(
        "//! Typed mocks of every operation, for tests of code that uses the client.\n//!\n\
         //! A `…When` matches by operation, whatever the base path of the client, and narrows by the parameters that are set on it;\n\
         //! a `…Then` answers. What they do not offer is reached through `and`, which hands out httpmock's own `When` and `Then`.\n\n\
         use httpmock::{Mock, MockServer, Then, When};\nuse rosterkit_core::mocks;\n",
    );
    let mut bodies = String::new();
    let mut methods = String::new();
    let mut implementations = String::new();
    for operation in &api.operations {
        let signature =
            signatures.get(&operation.id).ok_or_else(|| format!("operation `{}` has no signature", operation.id))?;
        let ApiOperation { snake, pascal, .. } = operation;
        let _ = write!(
            methods,
            "    /// Mocks `{} {}`: {}.\n    fn {snake}<F>(&self, expect: F) -> Mock<'_>\n    where\n        \
             F: FnOnce({pascal}When, {pascal}Then);\n",
            operation.method,
            operation.path,
            prose::rustdoc(&operation.summary)
        );
        let _ = write!(
            implementations,
            "    fn {snake}<F>(&self, expect: F) -> Mock<'_>\n    where\n        F: FnOnce({pascal}When, {pascal}Then),\n    {{\n        \
             self.mock(|when, then| expect({pascal}When::new(when), {pascal}Then::new(then)))\n    }}\n"
        );
        when(&mut bodies, api, operation, signature);
        then(&mut bodies, operation, signature);
    }
    if bodies.contains("operations::") {
        out.push_str("\nuse super::operations;\n");
    }
    if bodies.contains("types::") {
        out.push_str("use super::types;\n");
    }
    let _ = write!(
        out,
        "\n/// Mocks the operations of the {} on an httpmock server.\npub trait MockServerExt {{\n{methods}}}\n\nimpl MockServerExt for MockServer {{\n{implementations}}}\n",
        api.spec.info.title
    );
    out.push_str(&bodies);
    Ok(out)
}

/// Literal segments that a sibling operation of the same method has where this one has a parameter.
fn excluded(api: &Api, operation: &ApiOperation) -> Vec<String> {
    let own: Vec<&str> = operation.path.split('/').collect();
    let mut excluded = Vec::new();
    for other in &api.operations {
        let theirs: Vec<&str> = other.path.split('/').collect();
        if other.method != operation.method || theirs.len() != own.len() || other.id == operation.id {
            continue;
        }
        let overlaps = own.iter().zip(&theirs).all(|(a, b)| a == b || a.starts_with('{'));
        if overlaps {
            excluded.push(other.path.clone());
        }
    }
    excluded.sort();
    excluded
}

fn when(out: &mut String, api: &Api, operation: &ApiOperation, signature: &Signature) {
    let pascal = &operation.pascal;
    let _ = write!(
        out,
        "\n/// Matches requests of [`Client::{}`](super::Client::{}).\npub struct {pascal}When(When);\n\n\
         impl {pascal}When {{\n    fn new(when: When) -> Self {{\n        Self(mocks::operation(when, &operations::{}, {}))\n    }}\n\n    \
         /// Narrows with httpmock's own matchers.\n    pub fn and(self, narrow: impl FnOnce(When) -> When) -> Self {{\n        Self(narrow(self.0))\n    }}\n",
        operation.snake,
        operation.snake,
        operation.constant,
        list(excluded(api, operation))
    );
    for parameter in settable(operation) {
        let shape = api.shape(&parameter.schema);
        let name = literal(&parameter.name);
        let field = &parameter.field;
        let (argument, call) = match (parameter.location, shape) {
            (Location::Path, _) => (
                "value: impl std::fmt::Display".to_owned(),
                format!("path(self.0, &operations::{}, {name}, value)", operation.constant),
            ),
            (Location::Multipart, Shape::File) => {
                let _ = write!(
                    out,
                    "\n    /// Matches when the file part `{}` has this file name and these contents.\n    \
                     pub fn {field}(self, file_name: &str, contents: impl Into<Vec<u8>>) -> Self {{\n        \
                     Self(mocks::part_file(self.0, {name}, file_name, contents.into()))\n    }}\n",
                    parameter.name
                );
                continue;
            }
            (location, Shape::Array) => {
                let of = match location {
                    Location::Query => "query",
                    Location::Header => "header",
                    Location::Form => "form",
                    _ => "part",
                };
                (
                    "values: impl IntoIterator<Item = impl std::fmt::Display>".to_owned(),
                    format!("{of}_all(self.0, {name}, values)"),
                )
            }
            (location, _) => {
                let of = match location {
                    Location::Query => "query",
                    Location::Header => "header",
                    Location::Form => "form",
                    _ => "part",
                };
                ("value: impl std::fmt::Display".to_owned(), format!("{of}(self.0, {name}, value)"))
            }
        };
        let what = if shape == Shape::Array { "exactly these values, in this order" } else { "this value" };
        let _ = write!(
            out,
            "\n    /// Matches when `{}` has {what}.\n    pub fn {field}(self, {argument}) -> Self {{\n        Self(mocks::{call})\n    }}\n",
            parameter.name
        );
    }
    if let Some(body) = &operation.body {
        if body.is_json() {
            let ty = signature.fields.get("body").map(|field| source(&field.ty)).unwrap_or_default();
            let _ = write!(
                out,
                "\n    /// Matches when the body is this, compared as JSON.\n    pub fn body(self, body: &{ty}) -> Self {{\n        \
                 Self(mocks::json(self.0, body))\n    }}\n"
            );
        } else {
            out.push_str(
                "\n    /// Matches when the body is this, byte for byte.\n    pub fn body(self, body: impl Into<Vec<u8>>) -> Self {\n        \
                 Self(mocks::raw(self.0, body.into()))\n    }\n",
            );
        }
    }
    if let Some(chosen) = &operation.representations {
        let location = operation
            .parameters
            .iter()
            .find(|parameter| parameter.name == chosen.parameter)
            .map(|parameter| parameter.location);
        let of = match location {
            Some(Location::Form) => "form",
            Some(Location::Multipart) => "part",
            _ => "query",
        };
        let _ = write!(
            out,
            "\n    /// Matches when this representation is asked for: {}.\n    pub fn representation(self, value: &str) -> Self {{\n        \
             Self(mocks::{of}(self.0, {}, value))\n    }}\n",
            chosen.media.keys().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(", "),
            literal(&chosen.parameter)
        );
    }
    out.push_str("}\n");
}

fn then(out: &mut String, operation: &ApiOperation, signature: &Signature) {
    let ApiOperation { pascal, snake, .. } = operation;
    let status = operation.response.status;
    let _ = write!(
        out,
        "\n/// Answers requests of [`Client::{snake}`](super::Client::{snake}).\npub struct {pascal}Then(Then);\n\n\
         impl {pascal}Then {{\n    fn new(then: Then) -> Self {{\n        Self(then)\n    }}\n\n    \
         /// Answers with httpmock's own means.\n    pub fn and(self, answer: impl FnOnce(Then) -> Then) -> Self {{\n        Self(answer(self.0))\n    }}\n"
    );
    if operation.response.json().is_some() {
        let ty = source(&signature.answer);
        let _ = write!(
            out,
            "\n    /// Answers {status} with this as JSON.\n    pub fn ok(self, answer: &{ty}) -> Self {{\n        \
             Self(mocks::answer_json(self.0, {status}, answer))\n    }}\n"
        );
    }
    if operation.response.content.is_empty() {
        let _ = write!(
            out,
            "\n    /// Answers {status} without a body.\n    pub fn ok(self) -> Self {{\n        Self(mocks::answer_empty(self.0, {status}))\n    }}\n"
        );
    }
    let mut seen = Vec::new();
    let raw: Vec<(String, String)> = match &operation.representations {
        Some(chosen) => {
            chosen.media.iter().map(|(value, media)| (format!("ok_{}", names::snake(value)), media.clone())).collect()
        }
        None => operation.response.raw().into_iter().map(|media| ("ok".to_owned(), media.to_owned())).collect(),
    };
    for (name, media_type) in raw {
        if is_json(&media_type) || seen.contains(&name) {
            continue;
        }
        let media = if media_type == "*/*" { "application/octet-stream" } else { &media_type };
        let _ = write!(
            out,
            "\n    /// Answers {status} with these bytes as `{media}`.\n    pub fn {name}(self, body: impl AsRef<[u8]>) -> Self {{\n        \
             Self(mocks::answer_raw(self.0, {status}, {}, body.as_ref()))\n    }}\n",
            literal(media)
        );
        seen.push(name);
    }
    files(out, operation);
    match &operation.error {
        Some(error) => {
            let ty = names::pascal(error);
            let _ = write!(
                out,
                "\n    /// Answers an error status with the documented error body.\n    pub fn error(self, status: u16, error: &types::{ty}) -> Self {{\n        \
                 Self(mocks::answer_json(self.0, status, error))\n    }}\n"
            );
        }
        None => out.push_str(
            "\n    /// Answers an error status with these bytes, since no error body is documented.\n    \
             pub fn error(self, status: u16, body: impl AsRef<[u8]>) -> Self {\n        \
             Self(mocks::answer_raw(self.0, status, \"text/plain\", body.as_ref()))\n    }\n",
        ),
    }
    out.push_str("}\n");
}

/// Answers of operations that give files, or bytes of any media type.
fn files(out: &mut String, operation: &ApiOperation) {
    if operation.representations.is_some() {
        return;
    }
    let raw = operation.response.raw();
    let (any, status) = (raw.contains(&"*/*"), operation.response.status);
    let Some(media_type) = raw.iter().find(|media_type| !is_text(media_type)) else { return };
    let media = if any { "application/octet-stream" } else { media_type };
    let _ = write!(
        out,
        "\n    /// Answers {status} with these bytes as `{media}`, a file of this name.\n    \
         pub fn ok_file(self, file_name: &str, body: impl AsRef<[u8]>) -> Self {{\n        \
         Self(mocks::answer_file(self.0, {status}, {}, file_name, body.as_ref()))\n    }}\n",
        literal(media)
    );
    if any {
        let _ = write!(
            out,
            "\n    /// Answers {status} with these bytes as a media type of your choice.\n    \
             pub fn ok_as(self, media_type: &str, body: impl AsRef<[u8]>) -> Self {{\n        \
             Self(mocks::answer_raw(self.0, {status}, media_type, body.as_ref()))\n    }}\n",
        );
    }
}

/// Documents that nobody saves under a suggested name.
fn is_text(media_type: &str) -> bool {
    media_type.starts_with("text/")
        || media_type == "application/xml"
        || media_type.ends_with("+xml")
        || is_json(media_type)
}
