//! The dispatcher: any operation by its id, through the typed client, from JSON parameters and a body.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{literal, settable, source};
use crate::adapt::Signature;
use crate::api::{Api, ApiOperation, Shape, is_json};
use crate::names;

pub(super) fn emit(api: &Api, signatures: &BTreeMap<String, Signature>) -> Result<String, String> {
    let mut out = String::from(
        "//! Calls by operation id: JSON parameters are decoded into the typed builder's, and the answer keeps the bytes that came.\n\n\
         #![allow(deprecated)]\n\nuse rosterkit_core::dispatch::{Output, Arguments};\n",
    );
    let mut functions = String::new();
    for operation in &api.operations {
        let signature =
            signatures.get(&operation.id).ok_or_else(|| format!("operation `{}` has no signature", operation.id))?;
        function(&mut functions, api, operation, signature);
    }
    out.push_str(if functions.contains("CallOptions") {
        "use rosterkit_core::{BoxFuture, CallOptions, Error};\n\nuse super::catalog::CATALOG;\n"
    } else {
        "use rosterkit_core::{BoxFuture, Error};\n\nuse super::catalog::CATALOG;\n"
    });
    out.push_str(if functions.contains("types::") {
        "use super::{Client, operations, types};\n"
    } else {
        "use super::{Client, operations};\n"
    });
    out.push_str(
        "\nimpl Client {\n    /// Calls an operation by its id, through its typed builder.\n    ///\n    /// # Errors\n    ///\n    \
         /// An unknown id, a parameter the operation does not take, or a value of the wrong type fails before anything is sent; \
         the\n    /// message names the operation, the parameter and what would be right. Everything else fails as the typed call does.\n    \
         pub async fn dispatch(&self, operation_id: &str, arguments: Arguments) -> Result<Output, Error> {\n        \
         match call(self, operation_id, arguments) {\n            Some(call) => call.await,\n            \
         None => Err(CATALOG.unknown_operation(operation_id)),\n        }\n    }\n}\n\n\
         /// The call of an operation; `None` if there is none of this id.\n///\n\
         /// What is awaited has a type without a name, so that it is compiled here. The bodies of async functions would be compiled\n\
         /// with the crate that awaits them: all operations once more in each crate that dispatches.\n\
         fn call(\n    client: &Client,\n    operation_id: &str,\n    arguments: Arguments,\n\
         ) -> Option<BoxFuture<'static, Result<Output, Error>>> {\n    Some(match operation_id {\n",
    );
    for operation in &api.operations {
        let _ = writeln!(
            out,
            "        {} => Box::pin({}(client.clone(), arguments)),",
            literal(&operation.id),
            operation.snake
        );
    }
    out.push_str("        _ => return None,\n    })\n}\n");
    out.push_str(&functions);
    Ok(out)
}

fn function(out: &mut String, api: &Api, operation: &ApiOperation, signature: &Signature) {
    let takes = settable(operation).next().is_some() || operation.body.is_some();
    let taken = if takes || operation.representations.is_some() { "mut " } else { "" };
    let _ = write!(
        out,
        "\nasync fn {}(client: Client, {taken}arguments: Arguments) -> Result<Output, Error> {{\n    \
         let operation = &operations::{};\n",
        operation.snake, operation.constant
    );
    let fields = || {
        settable(operation)
            .map(|parameter| (parameter.name.as_str(), parameter.field.as_str(), api.shape(&parameter.schema)))
    };
    let mutable = if takes { "mut " } else { "" };
    let options = match operation.response.json() {
        Some(_) => ".options(CallOptions::new().keep_body())",
        None => "",
    };
    let _ = writeln!(out, "    let {mutable}builder = client.{}(){options};", operation.snake);
    for (name, field, shape) in fields() {
        let take = match shape {
            Shape::File => format!("arguments.take_file({})", literal(name)),
            // Decoding keeps any text; the setter checks it.
            Shape::Date | Shape::DateTime => format!("arguments.take::<String>(operation, {})?", literal(name)),
            _ => format!("arguments.take::<{}>(operation, {})?", ty(signature, field), literal(name)),
        };
        let _ = writeln!(out, "    if let Some(value) = {take} {{\n        builder = builder.{field}(value);\n    }}");
    }
    if let Some(body) = &operation.body {
        let take = if body.is_json() {
            format!("arguments.take_json::<{}>(operation)?", ty(signature, "body"))
        } else {
            "arguments.take_raw()".to_owned()
        };
        let _ = writeln!(out, "    if let Some(value) = {take} {{\n        builder = builder.body(value);\n    }}");
    }
    let finish = "    arguments.finish(CATALOG.entry(operation)?)?;\n";
    let Some(chosen) = &operation.representations else {
        out.push_str(finish);
        let _ = writeln!(out, "    {}\n}}", answer(operation, "send", operation.response.json().is_some()));
        return;
    };
    let default = operation
        .parameters
        .iter()
        .find(|parameter| parameter.name == chosen.parameter)
        .and_then(|parameter| parameter.schema.default.as_ref().or(api.resolve(&parameter.schema).default.as_ref()))
        .and_then(|value| value.as_str());
    let values: Vec<&str> = chosen.media.keys().map(String::as_str).collect();
    let _ = writeln!(
        out,
        "    let representation = arguments.take_representation(operation, {}, {}, {})?;\n{finish}    match representation {{",
        literal(&chosen.parameter),
        super::list(&values),
        super::option(default, literal)
    );
    for (value, media_type) in &chosen.media {
        let send = format!("send_{}", names::snake(value));
        let json = is_json(media_type) && operation.response.json().is_some();
        let last = Some(value) == chosen.media.keys().last();
        let pattern = if last { "_".to_owned() } else { literal(value) };
        let _ = writeln!(out, "        {pattern} => {},", answer(operation, &send, json));
    }
    out.push_str("    }\n}\n");
}

fn answer(operation: &ApiOperation, send: &str, json: bool) -> String {
    if json {
        format!("Output::json(operation, builder.{send}().await?)")
    } else if operation.response.content.is_empty() {
        format!("Ok(Output::empty(builder.{send}().await?))")
    } else {
        format!("Ok(Output::raw(builder.{send}().await?))")
    }
}

fn ty(signature: &Signature, field: &str) -> String {
    signature.fields.get(field).map(|field| source(&field.ty)).unwrap_or_default()
}
