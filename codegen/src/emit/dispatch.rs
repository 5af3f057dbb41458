//! The dispatcher: any operation by its id, through the typed client, from JSON parameters and a body.

use proc_macro2::TokenStream;
use quote::quote;

use super::call::{Call, ResponseBody, Sender};
use super::tokens::{ident, import, inner_docs, option};
use crate::model::Shape;

pub(super) fn emit(calls: &[Call<'_>]) -> Result<TokenStream, String> {
    let functions = calls.iter().map(function).collect::<Result<Vec<_>, String>>()?;
    let (ids, methods): (Vec<_>, Vec<_>) = calls.iter().map(|call| (&call.operation.id, &call.method)).unzip();
    let body = quote! {
        impl Client {
            /// Calls an operation by its id, through its typed builder.
            ///
            /// # Errors
            ///
            /// An unknown id, a parameter the operation does not take, or a value of the wrong type fails before anything
            /// is sent; the message names the operation, the parameter and what is accepted. Everything else fails as the
            /// typed call does.
            pub async fn dispatch(&self, operation_id: &str, arguments: Arguments) -> Result<Output, Error> {
                match call(self, operation_id, arguments) {
                    Some(call) => call.await,
                    None => Err(CATALOG.unknown_operation(operation_id)),
                }
            }
        }

        /// The call of an operation; `None` for an unknown id.
        ///
        /// The futures are boxed, so that they are compiled here. Otherwise each crate that dispatches would compile the
        /// bodies of all these async functions once more.
        fn call(
            client: &Client,
            operation_id: &str,
            arguments: Arguments,
        ) -> Option<BoxFuture<'static, Result<Output, Error>>> {
            Some(match operation_id {
                #(#ids => Box::pin(#methods(client.clone(), arguments)),)*
                _ => return None,
            })
        }

        #(#functions)*
    };
    let docs = inner_docs(
        "Calls by operation id: JSON parameters are decoded into the types of the builder, and a response keeps its bytes.",
    );
    let dispatch = import(quote!(rosterkit_core::dispatch), &["Arguments", "Output"], &body);
    let core = import(quote!(rosterkit_core), &["BoxFuture", "CallOptions", "Error"], &body);
    let modules = import(quote!(super), &["Client", "operations", "types"], &body);
    Ok(quote! {
        #docs
        #![allow(deprecated)]

        #dispatch
        #core

        use super::catalog::CATALOG;
        #modules

        #body
    })
}

fn function(call: &Call<'_>) -> Result<TokenStream, String> {
    let Call { api, operation, method, constant, .. } = call;
    let mut takes = Vec::new();
    for parameter in call.settable() {
        let (name, field, ty) = (&parameter.name, ident(&parameter.field), &call.field(&parameter.field)?.ty);
        let take = match api.shape(&parameter.schema) {
            Shape::File => quote!(arguments.take_file(#name)),
            // Decoding keeps any text; the setter checks it.
            Shape::Date | Shape::DateTime => quote!(arguments.take::<String>(operation, #name)?),
            _ => quote!(arguments.take::<#ty>(operation, #name)?),
        };
        takes.push(quote!(if let Some(value) = #take { builder = builder.#field(value); }));
    }
    if let Some(body) = &operation.body {
        let ty = &call.field("body")?.ty;
        let take = match body.is_json() {
            true => quote!(arguments.take_json::<#ty>(operation)?),
            false => quote!(arguments.take_raw()),
        };
        takes.push(quote!(if let Some(value) = #take { builder = builder.body(value); }));
    }
    let builder = match takes.is_empty() {
        true => quote!(builder),
        false => quote!(mut builder),
    };
    let arguments = match takes.is_empty() && operation.representations.is_none() {
        true => quote!(arguments),
        false => quote!(mut arguments),
    };
    let options = operation.response.json().map(|_| quote!(.options(CallOptions::new().keep_body())));
    let send = match call.selector() {
        None => {
            let sends = call.senders().iter().map(response).collect::<Vec<_>>();
            quote!(arguments.finish(CATALOG.entry(operation)?)?; #(#sends)*)
        }
        Some(selector) => {
            let resolved = api.resolve(&selector.schema);
            let default = selector.schema.default.as_ref().or(resolved.default.as_ref());
            let (name, default) = (&selector.name, option(default.and_then(|value| value.as_str())));
            let senders = call.senders();
            let values = senders.iter().filter_map(|sender| sender.value);
            let arms = senders.iter().enumerate().map(|(index, sender)| {
                let value = sender.value.filter(|_| index + 1 < senders.len());
                let pattern = value.map_or_else(|| quote!(_), |value| quote!(#value));
                let response = response(sender);
                quote!(#pattern => #response,)
            });
            quote! {
                let representation = arguments.take_representation(operation, #name, &[#(#values),*], #default)?;
                arguments.finish(CATALOG.entry(operation)?)?;
                match representation { #(#arms)* }
            }
        }
    };
    Ok(quote! {
        async fn #method(client: Client, #arguments: Arguments) -> Result<Output, Error> {
            let operation = &#constant;
            let #builder = client.#method()#options;
            #(#takes)*
            #send
        }
    })
}

fn response(Sender { method, body, .. }: &Sender<'_>) -> TokenStream {
    match body {
        ResponseBody::Json(_) => quote!(Output::json(operation, builder.#method().await?)),
        ResponseBody::Empty => quote!(Ok(Output::empty(builder.#method().await?))),
        ResponseBody::Raw => quote!(Ok(Output::raw(builder.#method().await?))),
    }
}
