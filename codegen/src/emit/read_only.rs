//! Bodies without what the service sets itself, for callers that send back what they have read.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::call::Call;
use super::tokens::{docs, ident, inner_docs};
use crate::adapt::generic;
use crate::names;

/// The file; `None` if no body has a read-only property.
pub(super) fn emit(calls: &[Call<'_>]) -> Result<Option<TokenStream>, String> {
    let mut methods = BTreeMap::new();
    for call in calls {
        let Some(body) = call.operation.body.as_ref().filter(|body| body.is_json()) else { continue };
        let item = call.api.resolve(body.schema.items.as_deref().unwrap_or(&body.schema));
        let read_only = item.properties.iter().filter(|(_, property)| property.read_only).map(|(name, _)| name);
        let names: Vec<&String> = read_only.collect();
        if !names.is_empty() {
            let ty = innermost(&call.field("body")?.ty);
            methods.insert(quote!(#ty).to_string(), method(ty, &names));
        }
    }
    if methods.is_empty() {
        return Ok(None);
    }
    let (docs, methods) = (inner_docs("Bodies without what the service sets itself."), methods.into_values());
    Ok(Some(quote! {
        #docs

        use super::types;

        #(#methods)*
    }))
}

/// The type of the body, or of its items.
fn innermost(ty: &Type) -> &Type {
    ["Vec", "Box"].iter().find_map(|wrapper| generic(ty, wrapper)).map_or(ty, innermost)
}

fn method(ty: &Type, names: &[&String]) -> TokenStream {
    let listed = names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let text = docs(&format!(
        "Leaves out what the service sets itself and ignores in a request: {listed}. For a body that is made of what was \
         read; a call sends what it is given."
    ));
    let fields = names.iter().map(|name| ident(&names::snake(name)));
    quote! {
        impl #ty {
            #text
            #[must_use]
            pub fn without_read_only(mut self) -> Self {
                #(self.#fields = Default::default();)*
                self
            }
        }
    }
}
