//! The operation builders: progenitor's setters, sending through the core.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{docs, literal, paging, rustdoc, settable, source, xml};
use crate::adapt::{Field, Signature, generic};
use crate::api::{Api, ApiOperation, ApiParameter, Location, Shape};
use crate::names;
use crate::spec::{Precision, Schema};

pub(super) fn emit(api: &Api, signatures: &BTreeMap<String, Signature>) -> Result<String, String> {
    let mut body = String::new();
    for operation in &api.operations {
        let signature =
            signatures.get(&operation.id).ok_or_else(|| format!("operation `{}` has no signature", operation.id))?;
        one(&mut body, api, operation, signature)?;
    }
    let mut out = String::from(
        "//! One builder per operation: a setter per parameter, then `send`.\n\n#![allow(clippy::module_name_repetitions)]\n\nuse rosterkit_core::{",
    );
    let raw = if body.contains("Response<Body>") { "Body, " } else { "" };
    let _ = write!(
        out,
        "{raw}CallOptions, Error, Request, Response}};\n{}\nuse super::operations;\n",
        paging::imports(&body)
    );
    if body.contains("types::") {
        out.push_str("use super::types;\n");
    }
    out.push_str(&body);
    tests(&mut out, api);
    Ok(out)
}

/// A test that compiles only if builders, their futures and their streams are `Send` and own what they need.
fn tests(out: &mut String, api: &Api) {
    out.push_str(
        "\n#[cfg(test)]\n#[allow(deprecated)]\nmod tests {\n    fn owned<T: Send + 'static>(_: T) {}\n\n    \
         #[test]\n    fn builders_futures_and_streams_are_send_and_static() {\n        let _: fn(crate::generated::Client) = |client| {\n",
    );
    for operation in &api.operations {
        let snake = &operation.snake;
        let _ = writeln!(out, "            owned(client.{snake}());");
        for name in send_names(operation) {
            let _ = writeln!(out, "            owned(client.{snake}().{name}());");
        }
        if operation.paging.is_some() {
            let _ = writeln!(out, "            owned(client.{snake}().items());");
        }
    }
    out.push_str("        };\n    }\n}\n");
}

/// The names of the methods that send.
fn send_names(operation: &ApiOperation) -> Vec<String> {
    match &operation.representations {
        Some(chosen) => chosen.media.keys().map(|value| format!("send_{}", names::snake(value))).collect(),
        None => vec!["send".to_owned()],
    }
}

fn one(out: &mut String, api: &Api, operation: &ApiOperation, signature: &Signature) -> Result<(), String> {
    let ApiOperation { pascal, snake, .. } = operation;
    let streams = signature.fields.values().any(|field| is_stream(&source(&field.ty)));
    let _ = write!(
        out,
        "\n/// Builder for [`Client::{snake}`](super::Client::{snake}).\n#[must_use = \"a builder does nothing until it is sent\"]\n"
    );
    if !streams {
        out.push_str("#[derive(Clone)]\n");
    }
    let _ = writeln!(out, "pub struct {pascal} {{\n    client: super::Client,\n    call_options: Option<CallOptions>,");
    for (name, field) in &signature.fields {
        let _ = writeln!(out, "    {name}: {},", stored(field));
    }
    let _ = write!(
        out,
        "}}\n\nimpl std::fmt::Debug for {pascal} {{\n    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {{\n        \
         f.debug_struct({}).finish_non_exhaustive()\n    }}\n}}\n",
        literal(pascal)
    );
    let _ = write!(
        out,
        "\nimpl {pascal} {{\n    pub(super) fn new(client: super::Client) -> Self {{\n        Self {{\n            client,\n            call_options: None,\n"
    );
    for (name, field) in &signature.fields {
        let initial = if field.optional { "Ok(None)" } else { "Err(rosterkit_core::REQUIRED.to_owned())" };
        let _ = writeln!(out, "            {name}: {initial},");
    }
    out.push_str("        }\n    }\n");

    for parameter in settable(operation) {
        let field = field(signature, operation, &parameter.field)?;
        setter(
            out,
            &parameter.field,
            &docs::parameter(api, parameter, operation.provenance),
            field,
            &accepted(api, &parameter.schema),
        );
    }
    if let Some(body) = &operation.body {
        let field = field(signature, operation, "body")?;
        let need = if body.required { "required" } else { "optional" };
        let described = if body.description.is_empty() {
            String::new()
        } else {
            format!(" {}", crate::prose::rustdoc(&body.description))
        };
        let accepted = if body.is_json() { accepted(api, &body.schema) } else { "text or bytes".to_owned() };
        let docs = format!("Sets the body, sent as `{}` ({need}).{described}", body.media_type);
        setter(out, "body", &docs, field, &accepted);
    }

    out.push_str(
        "\n    /// Sets how this one call is made: retries, timeouts, a request id. The client's settings hold for the rest.\n    \
         pub fn options(mut self, options: CallOptions) -> Self {\n        self.call_options = Some(options);\n        self\n    }\n",
    );
    senders(out, api, operation, signature);
    if !streams {
        paging::emit(out, api, operation, signature)?;
    }
    request(out, api, operation, signature)?;
    out.push_str("}\n");
    Ok(())
}

fn field<'a>(signature: &'a Signature, operation: &ApiOperation, name: &str) -> Result<&'a Field, String> {
    signature.fields.get(name).ok_or_else(|| format!("operation `{}` has no setter `{name}`", operation.id))
}

fn is_stream(ty: &str) -> bool {
    ty.contains("rosterkit_core::Body") || ty.contains("rosterkit_core::FilePart")
}

fn stored(field: &Field) -> String {
    let ty = source(&field.ty);
    if field.optional { format!("Result<Option<{ty}>, String>") } else { format!("Result<{ty}, String>") }
}

/// A setter: of any sequence for an array, else of any value that converts. One that cannot fail is no conversion to a `Result`.
fn setter(out: &mut String, name: &str, docs: &str, field: &Field, accepted: &str) {
    out.push('\n');
    rustdoc(out, "    ", docs);
    let wrap = |value: &str| if field.optional { format!("Ok(Some({value}))") } else { format!("Ok({value})") };
    if let Some(item) = generic(&field.ty, "Vec") {
        let _ = write!(
            out,
            "    pub fn {name}(mut self, values: impl IntoIterator<Item = impl Into<{}>>) -> Self {{\n        \
             self.{name} = {};\n        self\n    }}\n",
            source(item),
            wrap("values.into_iter().map(Into::into).collect()")
        );
        return;
    }
    let some = if field.optional { ".map(Some)" } else { "" };
    let _ = write!(
        out,
        "    pub fn {name}(mut self, value: impl TryInto<{}>) -> Self {{\n        \
         self.{name} = value.try_into(){some}.map_err(|_| {}.to_owned());\n        self\n    }}\n",
        source(&field.ty),
        literal(&format!("is invalid: expected {accepted}"))
    );
}

/// What a parameter accepts, in words for messages.
fn accepted(api: &Api, schema: &Schema) -> String {
    let resolved = api.resolve(schema);
    match api.shape(schema) {
        Shape::String if resolved.is_enum() => {
            let values: Vec<String> = resolved.values.iter().map(|value| format!("`{value}`")).collect();
            format!("one of {}", values.join(", "))
        }
        Shape::String => "text".to_owned(),
        Shape::Integer => "a 64-bit integer".to_owned(),
        Shape::Number => "a number".to_owned(),
        Shape::Boolean => "`true` or `false`".to_owned(),
        Shape::Date => "a date such as 2024-04-04".to_owned(),
        Shape::DateTime => "a date-time with an offset, such as 2024-04-04T00:00Z".to_owned(),
        Shape::File => "a file".to_owned(),
        Shape::Array => "a list".to_owned(),
        Shape::Object => "an object".to_owned(),
    }
}

/// The methods that send: one, or one per representation.
fn senders(out: &mut String, api: &Api, operation: &ApiOperation, signature: &Signature) {
    let json = source(&signature.answer);
    let mut document = xml::document(api, operation);
    let Some(chosen) = &operation.representations else {
        match operation.response.json() {
            Some(schema) => json_sender(out, operation, "send", "", &json, is_free_form(api, schema)),
            None if operation.response.content.is_empty() => {
                sender(out, operation, "send", "()", "", "", "send_empty(request)");
            }
            None => raw_sender(out, operation, "send", "", &operation.response.raw()),
        }
        if let Some(document) = &document {
            document_sender(out, operation, document, "", &operation.response.raw());
        }
        return;
    };
    let location = operation
        .parameters
        .iter()
        .find(|parameter| parameter.name == chosen.parameter)
        .map(|parameter| parameter.location);
    let method = match location {
        Some(Location::Form) => "form",
        Some(Location::Multipart) => "part",
        _ => "query",
    };
    for (value, media_type) in &chosen.media {
        let name = format!("send_{}", names::snake(value));
        let select = format!(".{method}({}, {})", literal(&chosen.parameter), literal(value));
        match operation.response.json().filter(|_| crate::api::is_json(media_type)) {
            Some(schema) => {
                json_sender(out, operation, &name, &select, &json, is_free_form(api, schema));
                custom_sender(out, operation, &name, &select);
            }
            None => raw_sender(out, operation, &name, &select, &[media_type]),
        }
        if let Some(document) = document.take_if(|_| media_type == xml::MEDIA_TYPE) {
            document_sender(out, operation, &document, &select, &[media_type]);
        }
    }
}

/// Free-form JSON includes the empty answer, which is decoded as `null`.
fn is_free_form(api: &Api, schema: &Schema) -> bool {
    api.shape(schema) == Shape::Object && {
        let schema = api.resolve(schema);
        schema.properties.is_empty() && schema.additional_properties.is_none() && schema.kind.is_none()
    }
}

fn json_sender(out: &mut String, operation: &ApiOperation, name: &str, select: &str, ty: &str, free_form: bool) {
    let accept = ".accept(\"application/json\")";
    if free_form {
        let call = "send_json_optional(request).await.map(|answer| answer.map(Option::unwrap_or_default))";
        sender(out, operation, name, ty, select, accept, call);
    } else {
        sender(out, operation, name, ty, select, accept, "send_json(request)");
    }
}

/// JSON into a type of the caller's own: what the documents leave open, a caller may know.
fn custom_sender(out: &mut String, operation: &ApiOperation, name: &str, select: &str) {
    let _ = write!(
        out,
        "\n    /// Sends `{} {}`. The answer is JSON, decoded into a type of the caller's own.\n    ///\n    /// # Errors\n    ///\n    \
         /// See [`rosterkit_core::Error`]. An empty answer, or one that does not fit, is a `Decode` error: it says where and what was expected.\n    \
         pub async fn {name}_as<T>(self) -> Result<Response<T>, Error>\n    where\n        T: ::serde::de::DeserializeOwned,\n    {{\n        \
         let transport = self.client.transport().clone();\n        let request = self.request(){select}.accept(\"application/json\");\n        \
         transport.send_json(request).await\n    }}\n",
        operation.method, operation.path,
    );
}

fn raw_sender(out: &mut String, operation: &ApiOperation, name: &str, select: &str, media_types: &[&str]) {
    let accept = format!(".accept({})", literal(&media_types.join(", ")));
    let call = format!("send_body(request, {})", super::list(media_types));
    sender(out, operation, name, "Body", select, &accept, &call);
}

/// XML into the type of its document, within the attempt.
fn document_sender(
    out: &mut String,
    operation: &ApiOperation,
    document: &xml::Document<'_>,
    select: &str,
    media_types: &[&str],
) {
    let _ = write!(
        out,
        "\n    /// Sends `{} {}` and decodes the answer, a document of `{}` in XML.\n    ///\n    /// # Errors\n    ///\n    \
         /// See [`rosterkit_core::Error`] and [`FromXml::from_xml`](crate::xml::FromXml::from_xml). Nothing of a document that ends early is given out.\n    \
         pub async fn send_document(self) -> Result<Response<types::{}>, Error> {{\n        let transport = self.client.transport().clone();\n        \
         let request = self.request(){select}.accept({});\n        transport.send_read(request, {}, crate::xml::read_xml).await\n    }}\n",
        operation.method,
        operation.path,
        document.root,
        names::pascal(document.schema),
        literal(&media_types.join(", ")),
        super::list(media_types),
    );
}

fn sender(out: &mut String, operation: &ApiOperation, name: &str, ty: &str, select: &str, accept: &str, call: &str) {
    let what = match (ty, accept) {
        ("()", _) => "The answer has no body.".to_owned(),
        ("Body", accept) => {
            let media = accept.trim_start_matches(".accept(\"").trim_end_matches("\")");
            format!("The answer streams as `{media}`.")
        }
        _ => "The answer is JSON.".to_owned(),
    };
    let await_ = if call.contains(".await") { "" } else { ".await" };
    let _ = write!(
        out,
        "\n    /// Sends `{} {}`. {what}\n    ///\n    /// # Errors\n    ///\n    /// See [`rosterkit_core::Error`]: an invalid or missing parameter fails before anything is sent.\n    \
         pub async fn {name}(self) -> Result<Response<{ty}>, Error> {{\n        let transport = self.client.transport().clone();\n        \
         let request = self.request(){select}{accept};\n        transport.{call}{await_}\n    }}\n",
        operation.method, operation.path,
    );
}

fn request(out: &mut String, api: &Api, operation: &ApiOperation, signature: &Signature) -> Result<(), String> {
    let _ =
        write!(out, "\n    fn request(self) -> Request {{\n        Request::new(&operations::{})", operation.constant);
    let mut parameters: Vec<&ApiParameter> = settable(operation).collect();
    parameters.sort_by_key(|parameter| parameter.location != Location::Path);
    for parameter in parameters {
        let field = field(signature, operation, &parameter.field)?;
        let set = if field.optional { "set_optional" } else { "set" };
        let name = literal(&parameter.name);
        let array = api.shape(&parameter.schema) == Shape::Array;
        let secret = api.resolve(&parameter.schema).format.as_deref() == Some("password");
        let is_moment = api.resolve(&parameter.schema).format.as_deref() == Some("date-time");
        let value = match api.spec.precision {
            _ if secret => "value.expose()",
            Some(Precision::Minute) if is_moment => "&value.in_minutes()",
            _ => "&value",
        };
        let method = match (parameter.location, array) {
            (Location::Path, _) => format!("path({name}, {value})"),
            (Location::Query, false) => format!("query({name}, {value})"),
            (Location::Query, true) => format!("query_all({name}, &value)"),
            (Location::Header, _) => format!("header({name}, {value})"),
            (Location::Form, false) => format!("form({name}, {value})"),
            (Location::Form, true) => format!("form_all({name}, &value)"),
            (Location::Multipart, _) if api.shape(&parameter.schema) == Shape::File => {
                format!("part_file({name}, value)")
            }
            (Location::Multipart, false) => format!("part({name}, {value})"),
            (Location::Multipart, true) => format!("part_all({name}, &value)"),
        };
        let check = checks(api, &parameter.name, &parameter.schema, "value");
        let _ = write!(
            out,
            "\n            .{set}({name}, self.{}, |request, value| request{check}.{method})",
            parameter.field
        );
    }
    if let Some(body) = &operation.body {
        let field = field(signature, operation, "body")?;
        let set = if field.optional { "set_optional" } else { "set" };
        let (check, method) = if body.is_json() {
            (body_checks(api, &body.schema), "json(&value)".to_owned())
        } else {
            (String::new(), format!("body({}, value)", literal(&content_type(&body.media_type))))
        };
        let _ = write!(out, "\n            .{set}(\"body\", self.body, |request, value| request{check}.{method})");
    }
    if operation.form == Some(Location::Form) {
        out.push_str("\n            .form_body()");
    }
    out.push_str("\n            .call_options(self.call_options)");
    out.push_str("\n    }\n");
    Ok(())
}

/// The `Content-Type` of a raw body. Text is UTF-8 and says so, since the default of many servers is Latin-1.
fn content_type(media_type: &str) -> String {
    if media_type.starts_with("text/") { format!("{media_type}; charset=utf-8") } else { media_type.to_owned() }
}

/// The documented limits of a value, checked before sending.
fn checks(api: &Api, name: &str, schema: &Schema, value: &str) -> String {
    let mut out = String::new();
    let number = |limit: Option<i64>| super::option(limit, |limit| limit.to_string());
    if (schema.minimum.is_some() || schema.maximum.is_some()) && api.shape(schema) == Shape::Integer {
        let _ = write!(
            out,
            ".check_range({}, {value}, {}, {})",
            literal(name),
            number(schema.minimum),
            number(schema.maximum)
        );
    }
    if schema.min_items.is_some() || schema.max_items.is_some() {
        let count = |limit: Option<u64>| super::option(limit, |limit| limit.to_string());
        let _ = write!(
            out,
            ".check_items({}, {value}.len(), {}, {})",
            literal(name),
            count(schema.min_items),
            count(schema.max_items)
        );
    }
    out
}

/// Limits of an array body and of the arrays that are always in a body.
fn body_checks(api: &Api, schema: &Schema) -> String {
    let mut out = checks(api, "body", schema, "value");
    let resolved = api.resolve(schema);
    for (name, property) in &resolved.properties {
        if resolved.required.contains(name) && !property.nullable {
            out.push_str(&checks(api, name, property, &format!("value.{}", names::snake(name))));
        }
    }
    out
}
