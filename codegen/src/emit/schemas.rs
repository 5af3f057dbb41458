//! The schemas of JSON bodies as static data, to check requests with.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::{count, ident, import, inner_docs, number, option};
use crate::model::{Api, Shape};
use crate::names;
use crate::spec::{AdditionalProperties, Schema};

pub(super) fn emit(api: &Api) -> TokenStream {
    let mut writer = Writer { api, wanted: Vec::new(), seen: BTreeSet::new() };
    let mut bodies = Vec::new();
    for operation in &api.operations {
        if let Some(body) = operation.body.as_ref().filter(|body| body.is_json()) {
            let (id, schema) = (&operation.id, writer.body(&body.schema));
            bodies.push(quote!((#id, #schema)));
        }
    }
    let mut statics = BTreeMap::new();
    while let Some(name) = writer.wanted.pop() {
        if let Some(schema) = api.schema(name) {
            let (constant, schema) = (ident(&names::constant(name)), writer.schema(schema));
            statics.insert(name, quote!(static #constant: Schema = #schema;));
        }
    }
    let (body, table) = match bodies.is_empty() {
        true => (
            quote!(
                pub fn body(_operation_id: &str) -> Option<&'static Schema> {
                    None
                }
            ),
            quote!(),
        ),
        false => (
            quote! {
                pub fn body(operation_id: &str) -> Option<&'static Schema> {
                    let index = BODIES.binary_search_by(|(id, _)| (*id).cmp(operation_id)).ok()?;
                    BODIES.get(index).map(|(_, schema)| *schema)
                }
            },
            quote!(static BODIES: &[(&str, &Schema)] = &[#(#bodies),*];),
        ),
    };
    let statics = statics.into_values();
    let items = quote! {
        /// The schema of an operation's JSON body; `None` if the operation takes none.
        #body

        #table

        #(#statics)*
    };
    let docs = inner_docs("What the JSON bodies of requests can hold.");
    let types = import(quote!(rosterkit_core::catalog), &["Property", "Schema", "SchemaKind"], &items);
    quote! {
        #docs

        #types

        #items
    }
}

struct Writer<'a> {
    api: &'a Api,
    /// Components that are referred to and not written yet.
    wanted: Vec<&'a str>,
    seen: BTreeSet<&'a str>,
}

impl<'a> Writer<'a> {
    /// The schema of a body. A component that a response can hold is written out, since it demands more here than elsewhere.
    fn body(&mut self, schema: &'a Schema) -> TokenStream {
        let Some(component) = schema.target().and_then(|name| self.api.schema(name)) else {
            let Some(items) = schema.items.as_deref().filter(|items| items.target().is_some()) else {
                return self.reference(schema);
            };
            let (nullable, items) = (schema.nullable, self.body(items));
            let (least, most) = (option(schema.min_items.map(count)), option(schema.max_items.map(count)));
            let kind = quote!(SchemaKind::Array { items: #items, min_items: #least, max_items: #most });
            return quote!(&Schema { nullable: #nullable, kind: #kind });
        };
        if !component.in_response || !component.properties.keys().any(|name| component.demands(name, true)) {
            return self.reference(schema);
        }
        let (nullable, kind) = (schema.nullable || component.nullable, self.object(component, true));
        quote!(&Schema { nullable: #nullable, kind: #kind })
    }

    /// An expression of type `&'static Schema`.
    fn reference(&mut self, schema: &'a Schema) -> TokenStream {
        let Some(name) = schema.target() else {
            let schema = self.schema(schema);
            return quote!(&#schema);
        };
        match self.api.schema(name).filter(|component| schema.nullable && !component.nullable) {
            Some(component) => {
                let kind = self.kind(component);
                quote!(&Schema { nullable: true, kind: #kind })
            }
            None => {
                if self.seen.insert(name) {
                    self.wanted.push(name);
                }
                let constant = ident(&names::constant(name));
                quote!(&#constant)
            }
        }
    }

    fn schema(&mut self, schema: &'a Schema) -> TokenStream {
        let (nullable, kind) = (schema.nullable, self.kind(schema));
        quote!(Schema { nullable: #nullable, kind: #kind })
    }

    fn kind(&mut self, schema: &'a Schema) -> TokenStream {
        if schema.is_struct() {
            return self.object(schema, false);
        }
        if let Some(values) = self.api.map_values(schema) {
            let values = self.reference(values);
            return quote!(SchemaKind::Map(#values));
        }
        let range = |kind: &str| {
            let (kind, least, most) =
                (ident(kind), option(schema.minimum.map(number)), option(schema.maximum.map(number)));
            quote!(SchemaKind::#kind { minimum: #least, maximum: #most })
        };
        match self.api.shape(schema) {
            Shape::String => {
                let (values, most) = (&schema.values, option(schema.max_length.map(count)));
                quote!(SchemaKind::Text { values: &[#(#values),*], max_length: #most })
            }
            Shape::Integer => range("Integer"),
            Shape::Number => range("Number"),
            Shape::Boolean => quote!(SchemaKind::Boolean),
            Shape::Date => quote!(SchemaKind::Date),
            Shape::DateTime => quote!(SchemaKind::DateTime),
            Shape::Array => {
                let any = quote!(&Schema { nullable: true, kind: SchemaKind::Any });
                let items = schema.items.as_deref().map_or(any, |items| self.reference(items));
                let (least, most) = (option(schema.min_items.map(count)), option(schema.max_items.map(count)));
                quote!(SchemaKind::Array { items: #items, min_items: #least, max_items: #most })
            }
            Shape::Object if schema.kind.is_some() => quote!(SchemaKind::AnyObject),
            Shape::Object | Shape::File => quote!(SchemaKind::Any),
        }
    }

    fn object(&mut self, schema: &'a Schema, is_body: bool) -> TokenStream {
        // The map of properties is sorted by name, as the reader of the table expects.
        let properties = schema.properties.iter().map(|(name, property)| {
            let (required, read_only) = (schema.demands(name, is_body), property.read_only);
            let schema = self.reference(property);
            quote!(Property { name: #name, required: #required, read_only: #read_only, schema: #schema })
        });
        let properties: Vec<_> = properties.collect();
        let open = schema.additional_properties == Some(AdditionalProperties::Allowed(true));
        quote!(SchemaKind::Object { properties: &[#(#properties),*], open: #open })
    }
}
