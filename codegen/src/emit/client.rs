//! The client: one method per operation, callable with no trait to import.

use proc_macro2::TokenStream;
use quote::quote;

use super::call::Call;
use super::doc_example;
use super::tokens::{docs, inner_docs};
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
        let docs = docs(&format!("{}\n{}", super::docs::operation(operation), doc_example::example(call)));
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
