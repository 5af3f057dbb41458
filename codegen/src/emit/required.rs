//! What the JSON bodies of requests must have, as static data that the builders check before they send.
//!
//! Only what types leave open is in the tables: a required array of at least one item is never optional.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use super::tokens::{ident, inner_docs};
use crate::model::{Api, Shape, reach};
use crate::names;
use crate::spec::Schema;

/// The file; `None` if no body must have anything.
pub(super) fn emit(api: &Api) -> Option<TokenStream> {
    let tables = Tables { api, demanding: demanding(api) };
    let (mut bodies, mut arrays, mut reached) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for body in api.operations.iter().filter_map(|operation| operation.body.as_ref()).filter(|body| body.is_json()) {
        bodies.extend(item(&body.schema).target());
        arrays.extend(body.schema.items.as_deref().and_then(Schema::target));
        reach(&api.spec, &body.schema, &mut reached);
    }
    let mut statics = Vec::new();
    for name in &reached {
        let is_body = bodies.contains(name.as_str());
        if let Some(schema) = api.schema(name).filter(|_| tables.is_demanding(name, is_body)) {
            let (constant, table) = (constant(name), tables.object(schema, is_body));
            statics.push(quote!(pub(crate) static #constant: Required = #table;));
            if arrays.contains(name.as_str()) {
                let list = list(name);
                statics.push(quote!(pub(crate) static #list: Required = Required::Items(&#constant);));
            }
        }
    }
    if statics.is_empty() {
        return None;
    }
    let docs = inner_docs("What the JSON bodies of requests must have; checked before a request is sent.");
    Some(quote! {
        #docs

        use rosterkit_core::Required;

        #(#statics)*
    })
}

/// The expression of the table that a body is checked by; `None` if it need not have anything.
pub(super) fn table(api: &Api, body: &Schema) -> Option<TokenStream> {
    let name = item(body).target()?;
    let tables = Tables { api, demanding: demanding(api) };
    let constant = if api.shape(body) == Shape::Array { list(name) } else { constant(name) };
    tables.is_demanding(name, true).then(|| quote!(&super::required::#constant))
}

/// The schema of the body, or of its items.
fn item(body: &Schema) -> &Schema {
    body.items.as_deref().unwrap_or(body)
}

fn constant(name: &str) -> Ident {
    ident(&names::constant(name))
}

/// The table of a body that is an array of this component.
fn list(name: &str) -> Ident {
    ident(&format!("{}_ITEMS", names::constant(name)))
}

/// The components that no response holds and that demand something, themselves or by what they hold.
fn demanding(api: &Api) -> BTreeSet<String> {
    let mut tables = Tables { api, demanding: BTreeSet::new() };
    loop {
        let more: Vec<String> = (api.spec.components.schemas.keys())
            .filter(|name| !tables.demanding.contains(*name) && tables.is_demanding(name, false))
            .cloned()
            .collect();
        if more.is_empty() {
            return tables.demanding;
        }
        tables.demanding.extend(more);
    }
}

struct Tables<'a> {
    api: &'a Api,
    demanding: BTreeSet<String>,
}

impl Tables<'_> {
    /// Whether an object of this component must have something.
    fn is_demanding(&self, name: &str, is_body: bool) -> bool {
        self.api.schema(name).is_some_and(|schema| {
            self.demanded(schema, is_body).next().is_some()
                || !schema.in_response && schema.properties.values().any(|property| self.within(property).is_some())
        })
    }

    /// The properties that types leave open and the request must have.
    fn demanded<'s>(&self, schema: &'s Schema, is_body: bool) -> impl Iterator<Item = &'s String> {
        let is_demanded = move |name: &&String| schema.demands(name, is_body) && !schema.has_always(name);
        schema.properties.keys().filter(is_demanded)
    }

    fn object(&self, schema: &Schema, is_body: bool) -> TokenStream {
        let properties = self.demanded(schema, is_body);
        let within = schema.properties.iter().filter_map(|(name, property)| {
            let table = self.within(property)?;
            Some(quote!((#name, &#table)))
        });
        quote!(Required::Object { properties: &[#(#properties),*], within: &[#(#within),*] })
    }

    /// What the value of a property must have.
    fn within(&self, property: &Schema) -> Option<TokenStream> {
        if let Some(name) = property.target() {
            return self.demanding.contains(name).then(|| {
                let constant = constant(name);
                quote!(#constant)
            });
        }
        if let Some(items) = &property.items {
            let table = self.within(items)?;
            return Some(quote!(Required::Items(&#table)));
        }
        let table = self.within(self.api.map_values(property)?)?;
        Some(quote!(Required::Values(&#table)))
    }
}
