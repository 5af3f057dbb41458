//! Static facts of the operations, which the builders hand to the transport.

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::{count, docs, ident, import, inner_docs, option};
use crate::model::{Api, ApiOperation, Location};
use crate::names;

pub(super) fn emit(api: &Api) -> TokenStream {
    let statics = api.operations.iter().map(|operation| {
        let ApiOperation { id, constant, method, path, safe, .. } = operation;
        let docs = docs(&format!("`{method} {path}`."));
        let (constant, api_name) = (ident(constant), &api.name);
        let security = operation.security.iter().map(|alternative| quote!(&[#(#alternative),*]));
        let error = option(operation.error.as_ref().map(|name| {
            let name = ident(&names::pascal(name));
            quote!(decode_service_error::<types::#name>)
        }));
        let scope = scope(api, operation);
        let max_items = max_items(operation);
        quote! {
            #docs
            pub static #constant: Operation = Operation {
                api: #api_name,
                id: #id,
                method: #method,
                path: #path,
                security: &[#(#security),*],
                repeatable: #safe,
                service_error: #error,
                scope: &[#(#scope),*],
            };

            #max_items
        }
    });
    let body = quote!(#(#statics)*);
    let all = api.operations.iter().map(|operation| ident(&operation.constant));
    let docs = inner_docs("Static facts of each operation, as the transport needs them.");
    let core = import(quote!(rosterkit_core), &["Operation", "ScopePlace", "decode_service_error"], &body);
    let types = import(quote!(super), &["types"], &body);
    quote! {
        #docs

        #core

        #types

        #body

        /// All of them, sorted by id.
        pub static ALL: &[&Operation] = &[#(&#all),*];
    }
}

/// The limit of `x-batch` as a constant, which clients need without the catalog.
fn max_items(operation: &ApiOperation) -> Option<TokenStream> {
    let max = count(operation.batch.as_ref()?.max?);
    let constant = ident(&format!("{}_MAX_ITEMS", operation.constant));
    let docs = docs(&format!("The maximum number of items in one request of `{}`.", operation.id));
    Some(quote! {
        #docs
        pub const #constant: usize = #max;
    })
}

/// Where the operation takes the parameters that a client can set for all its calls.
fn scope(api: &Api, operation: &ApiOperation) -> Vec<TokenStream> {
    let place = |name: &String| {
        let parameter = operation.parameters.iter().find(|parameter| parameter.name == *name)?;
        let place = ident(match parameter.location {
            Location::Query => "Query",
            Location::Form => "Form",
            Location::Multipart => "Multipart",
            Location::Path | Location::Header => return None,
        });
        Some(quote!((#name, ScopePlace::#place)))
    };
    api.spec.scope.iter().filter_map(place).collect()
}
