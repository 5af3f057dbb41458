//! An example of every JSON response, for stand-ins of the service.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::tokens::inner_docs;
use crate::example::{Variant, example};
use crate::model::Api;

pub(super) fn emit(api: &Api) -> Result<TokenStream, String> {
    let mut entries = Vec::new();
    for operation in &api.operations {
        if let Some(schema) = operation.response.json() {
            let (id, text) = (&operation.id, raw(&example(api, schema, Variant::Plain).to_string())?);
            entries.push(quote!((#id, #text)));
        }
    }
    let docs = inner_docs("An example of each JSON response, valid by its schema, for stand-ins of the service.");
    Ok(quote! {
        #docs

        /// The example of an operation's response, as JSON text; `None` if the operation has no JSON response.
        pub fn answer(operation_id: &str) -> Option<&'static str> {
            let index = ANSWERS.binary_search_by(|(id, _)| (*id).cmp(operation_id)).ok()?;
            ANSWERS.get(index).map(|(_, text)| *text)
        }

        static ANSWERS: &[(&str, &str)] = &[#(#entries),*];
    })
}

/// A raw string literal, which leaves the quotes of JSON readable.
fn raw(text: &str) -> Result<Literal, String> {
    let mut hashes = String::from("#");
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    format!("r{hashes}\"{text}\"{hashes}")
        .parse()
        .map_err(|error| format!("an example is not a valid literal: {error}"))
}
