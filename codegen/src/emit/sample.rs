//! The example in each operation's rustdoc: what is required, set; compiled with the crate's doctests.

use std::fmt::Write as _;

use super::{literal, settable, source};
use crate::adapt::Signature;
use crate::api::{Api, ApiOperation, ApiParameter, Shape};
use crate::names;

/// A doctest that calls the operation with its required parameters.
pub(super) fn example(api: &Api, operation: &ApiOperation, signature: &Signature) -> String {
    let krate = api.name.replace('-', "_");
    let mut arguments = format!("client: {krate}::Client");
    let mut call = format!("client.api().{}()", operation.snake);
    let body = operation.body.as_ref().filter(|body| body.required).map(|_| "body".to_owned());
    let required = settable(operation).filter(|parameter| parameter.required);
    let setters =
        required.map(|parameter| (parameter.field.clone(), value(api, parameter))).chain(body.map(|body| (body, None)));
    for (field, value) in setters {
        match (value, signature.fields.get(&field)) {
            (Some(value), _) => drop(write!(call, ".{field}({value})")),
            (None, Some(given)) => {
                let ty = source(&given.ty).replace("types::", &format!("{krate}::types::"));
                let _ = write!(arguments, ", {field}: {ty}");
                let _ = write!(call, ".{field}({field})");
            }
            (None, None) => {}
        }
    }
    let send = operation
        .representations
        .as_ref()
        .and_then(|chosen| chosen.media.keys().next())
        .map_or_else(|| "send".to_owned(), |first| format!("send_{}", names::snake(first)));
    format!(
        "\n```no_run\n# #![allow(deprecated)]\n# async fn example({arguments}) -> Result<(), {krate}::Error> {{\n\
         let answer = {call}.{send}().await?;\nprintln!(\"{{}}\", answer.status());\n# Ok(())\n# }}\n```\n"
    )
}

/// A literal that the setter takes, for what has one.
fn value(api: &Api, parameter: &ApiParameter) -> Option<String> {
    let resolved = api.resolve(&parameter.schema);
    match api.shape(&parameter.schema) {
        Shape::String => Some(literal(resolved.values.first().unwrap_or(&parameter.name))),
        Shape::Integer => Some(resolved.minimum.unwrap_or(1).to_string()),
        Shape::Number => Some("1.5".to_owned()),
        Shape::Boolean => Some("true".to_owned()),
        Shape::Date => Some(literal("2026-01-31")),
        Shape::DateTime => Some(literal("2026-01-31T09:00Z")),
        Shape::File | Shape::Array | Shape::Object => None,
    }
}
