//! The client: one method per operation, callable with no trait to import, with the example request in its rustdoc.

use std::fmt::Write as _;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use serde_json::Value;

use super::call::Call;
use super::tokens::{docs, inner_docs};
use crate::example::request;
use crate::model::Api;
use crate::rustdoc::escape;

pub(super) fn emit(api: &Api, calls: &[Call<'_>]) -> TokenStream {
    let info = &api.spec.info;
    let module = inner_docs("The client: one method per operation.");
    let client = docs(&format!(
        "{} {}: one method per operation. Each returns a builder with a setter per parameter.\n\n{}",
        escape(&info.title),
        info.version,
        escape(&info.description)
    ));
    let methods = calls.iter().map(|call| {
        let Call { method, builder, operation, .. } = call;
        let docs = docs(&format!("{}\n{}", super::docs::operation(operation), example(call)));
        let deprecated =
            operation.deprecated.then(|| quote!(#[deprecated(note = "the service has deprecated this operation")]));
        quote! {
            #docs
            #deprecated
            pub fn #method(&self) -> builder::#builder {
                builder::#builder::new(self.clone())
            }
        }
    });
    quote! {
        #module

        use rosterkit_core::Transport;

        use crate::generated::builder;

        #client
        #[derive(Clone, Debug)]
        pub struct Client {
            transport: Transport,
        }

        impl Client {
            /// Creates a client that sends through a transport.
            pub fn new(transport: Transport) -> Self {
                Self { transport }
            }

            /// The transport that every call goes through.
            pub fn transport(&self) -> &Transport {
                &self.transport
            }

            #(#methods)*
        }
    }
}

/// A doctest that calls the operation as its example request does. It is compiled with the crate's doctests.
fn example(call: &Call<'_>) -> String {
    let krate = call.api.name.replace('-', "_");
    let mut arguments = format!("client: {krate}::Client");
    let mut text = format!("client.api().{}()", call.method);
    let body = call.operation.body.as_ref().filter(|body| body.required).map(|_| ("body", None));
    let request = request(call.api, call.operation);
    let shown = call.settable().filter(|it| it.required || request.parameters.contains_key(&it.name));
    let literal = |name: &String| request.parameters.get(name).and_then(value);
    let setters = shown.map(|parameter| (parameter.field.as_str(), literal(&parameter.name))).chain(body);
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
fn value(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(format!("{text:?}")),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(self::value).collect();
            Some(format!("[{}]", items?.join(", ")))
        }
        Value::Null | Value::Object(_) => None,
    }
}
