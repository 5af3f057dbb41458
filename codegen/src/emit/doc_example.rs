//! The example in each operation's rustdoc: it sets what is required, and is compiled with the crate's doctests.

use std::fmt::Write as _;

use quote::ToTokens;

use super::call::Call;
use crate::model::{Api, ApiParameter, Shape};

/// A doctest that calls the operation with its required parameters.
pub(super) fn example(call: &Call<'_>) -> String {
    let krate = call.api.name.replace('-', "_");
    let mut arguments = format!("client: {krate}::Client");
    let mut text = format!("client.api().{}()", call.method);
    let body = call.operation.body.as_ref().filter(|body| body.required).map(|_| ("body", None));
    let required = call.settable().filter(|parameter| parameter.required);
    let setters = required.map(|parameter| (parameter.field.as_str(), value(call.api, parameter))).chain(body);
    for (field, value) in setters {
        match (value, call.signature.fields.get(field)) {
            (Some(value), _) => drop(write!(text, ".{field}({value})")),
            (None, Some(given)) => {
                let ty = source(&given.ty).replace("types::", &format!("{krate}::types::"));
                let _ = write!(arguments, ", {field}: {ty}");
                let _ = write!(text, ".{field}({field})");
            }
            (None, None) => {}
        }
    }
    let send = call.senders().into_iter().next().map(|sender| sender.method.to_string()).unwrap_or_default();
    format!(
        "\n```no_run\n# #![allow(deprecated)]\n# async fn example({arguments}) -> Result<(), {krate}::Error> {{\n\
         let response = {text}.{send}().await?;\nprintln!(\"{{}}\", response.status());\n# Ok(())\n# }}\n```\n"
    )
}

/// A type as source text.
fn source(ty: &syn::Type) -> String {
    ty.to_token_stream().to_string().replace(" :: ", "::").replace(":: ", "::").replace(" < ", "<").replace(" >", ">")
}

/// A literal that the setter takes, for what has one.
fn value(api: &Api, parameter: &ApiParameter) -> Option<String> {
    let resolved = api.resolve(&parameter.schema);
    match api.shape(&parameter.schema) {
        Shape::String => Some(format!("{:?}", resolved.values.first().unwrap_or(&parameter.name))),
        Shape::Integer => Some(resolved.minimum.unwrap_or(1).to_string()),
        Shape::Number => Some("1.5".to_owned()),
        Shape::Boolean => Some("true".to_owned()),
        Shape::Date => Some("\"2026-01-31\"".to_owned()),
        Shape::DateTime => Some("\"2026-01-31T09:00Z\"".to_owned()),
        Shape::File | Shape::Array | Shape::Object => None,
    }
}
