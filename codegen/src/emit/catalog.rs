//! The operation catalog: what tools need to know of every operation.

use proc_macro2::TokenStream;
use quote::quote;

use super::tokens::{count, docs, ident, import, inner_docs, number, option};
use crate::model::{Api, ApiOperation, ApiParameter, Location, Shape};
use crate::spec::{Conditions, Paging, PermissionMode, Provenance, Schema};

/// The types of `rosterkit_core::catalog` that a catalog is made of.
const TYPES: [&str; 19] = [
    "BatchEntry",
    "Catalog",
    "CsvColumn",
    "CsvEntry",
    "CsvRequired",
    "ExampleEntry",
    "IdempotentEntry",
    "Kind",
    "Location",
    "OperationEntry",
    "PagingEntry",
    "ParameterEntry",
    "PermissionMode",
    "PermissionsEntry",
    "Provenance",
    "RepresentationsEntry",
    "RequestEntry",
    "ResponseEntry",
    "SupersededEntry",
];

pub(super) fn emit(api: &Api) -> TokenStream {
    let servers = api.spec.servers.iter().map(|server| {
        let (url, description) = (&server.url, server.description.trim());
        quote!((#url, #description))
    });
    let operations = api.operations.iter().map(|operation| entry(api, operation));
    let (name, title, version) = (&api.name, &api.spec.info.title, &api.spec.info.version);
    let catalog = docs(&format!("The operations of the {title}, sorted by id."));
    let body = quote! {
        #catalog
        pub static CATALOG: Catalog = Catalog {
            api: #name,
            title: #title,
            version: #version,
            servers: &[#(#servers),*],
            operations: OPERATIONS,
        };

        static OPERATIONS: &[OperationEntry] = &[#(#operations),*];
    };
    let docs = inner_docs(
        "Every operation with its parameters, media types, security, permissions, scopes, limits and provenance, for tools.",
    );
    let types = import(quote!(rosterkit_core::catalog), &TYPES, &body);
    quote! {
        #docs

        #types

        use super::operations;

        #body
    }
}

fn entry(api: &Api, operation: &ApiOperation) -> TokenStream {
    let ApiOperation { tag, summary, description, deprecated, preview, .. } = operation;
    let constant = ident(&operation.constant);
    let parameters = operation.parameters.iter().map(|parameter| self::parameter(api, parameter));
    let (request, response) = (option(request(api, operation)), response(api, operation));
    let permissions = option(operation.permissions.as_ref().map(|needed| {
        let mode = ident(match needed.mode {
            PermissionMode::Any => "Any",
            PermissionMode::All => "All",
        });
        let names = &needed.permissions;
        quote!(PermissionsEntry { mode: PermissionMode::#mode, permissions: &[#(#names),*] })
    }));
    let scopes = &operation.scopes;
    let superseded = operation.superseded.iter().map(|it| {
        let (fact, source, date) = (it.fact.trim(), it.source.trim(), &it.date);
        quote!(SupersededEntry { fact: #fact, source: #source, date: #date })
    });
    let idempotent = option(operation.idempotent.as_ref().map(|idempotent| {
        let Conditions { given, when } = idempotent.conditions();
        let codes = when.iter().map(|(column, codes)| quote!((#column, &[#(#codes),*])));
        quote!(IdempotentEntry { given: &[#(#given),*], codes: &[#(#codes),*] })
    }));
    let paging = option(operation.paging.as_ref().map(paging));
    let batch = option(operation.batch.as_ref().map(|batch| {
        let (items, max) = (&batch.items, option(batch.max.map(count)));
        quote!(BatchEntry { items: #items, max: #max })
    }));
    let representations = option(operation.representations.as_ref().map(|chosen| {
        let (parameter, values, media) = (&chosen.parameter, chosen.media.keys(), chosen.media.values());
        quote!(RepresentationsEntry { parameter: #parameter, media: &[#((#values, #media)),*] })
    }));
    let csv = option(operation.csv.as_ref().map(super::csv::entry));
    let (example, provenance) = (example(api, operation), provenance(operation.provenance));
    quote! {
        OperationEntry {
            operation: &operations::#constant,
            tag: #tag,
            summary: #summary,
            description: #description,
            parameters: &[#(#parameters),*],
            request: #request,
            response: #response,
            permissions: #permissions,
            scopes: &[#(#scopes),*],
            deprecated: #deprecated,
            preview: #preview,
            idempotent: #idempotent,
            paging: #paging,
            batch: #batch,
            representations: #representations,
            csv: #csv,
            example: #example,
            provenance: #provenance,
            superseded: &[#(#superseded),*],
        }
    }
}

fn example(api: &Api, operation: &ApiOperation) -> TokenStream {
    let request = crate::example::request(api, operation);
    let is_json = operation.body.as_ref().is_some_and(|body| body.is_json());
    let body = option(request.body.map(|body| match body.as_str().filter(|_| !is_json) {
        Some(text) => quote!(#text),
        None => {
            let text = body.to_string();
            quote!(#text)
        }
    }));
    let parameters = serde_json::Value::Object(request.parameters).to_string();
    quote!(ExampleEntry { parameters: #parameters, body: #body })
}

fn parameter(api: &Api, parameter: &ApiParameter) -> TokenStream {
    let ApiParameter { name, required, .. } = parameter;
    let repeated = api.shape(&parameter.schema) == Shape::Array;
    let outer = api.resolve(&parameter.schema);
    let element = match (&outer.items, repeated) {
        (Some(items), true) => api.resolve(items),
        _ => outer,
    };
    let location = ident(match parameter.location {
        Location::Path => "Path",
        Location::Query => "Query",
        Location::Header => "Header",
        Location::Form => "Form",
        Location::Multipart => "Multipart",
    });
    let kind = ident(match api.shape(element) {
        Shape::String => "String",
        Shape::Integer => "Integer",
        Shape::Number => "Number",
        Shape::Boolean => "Boolean",
        Shape::Date => "Date",
        Shape::DateTime => "DateTime",
        Shape::File => "File",
        Shape::Array | Shape::Object => "Object",
    });
    let values = &element.values;
    let default = option(parameter.schema.default.as_ref().or(outer.default.as_ref()).map(ToString::to_string));
    let (minimum, maximum) = (option(outer.minimum.map(number)), option(outer.maximum.map(number)));
    let (min_items, max_items) = (option(outer.min_items.map(count)), option(outer.max_items.map(count)));
    let (description, provenance) = (parameter.description.trim(), provenance(parameter.provenance));
    quote! {
        ParameterEntry {
            name: #name,
            location: Location::#location,
            required: #required,
            repeated: #repeated,
            kind: Kind::#kind,
            values: &[#(#values),*],
            default: #default,
            minimum: #minimum,
            maximum: #maximum,
            min_items: #min_items,
            max_items: #max_items,
            description: #description,
            provenance: #provenance,
        }
    }
}

fn request(api: &Api, operation: &ApiOperation) -> Option<TokenStream> {
    let Some(body) = &operation.body else {
        let media_type = match operation.form? {
            Location::Multipart => "multipart/form-data",
            _ => "application/x-www-form-urlencoded",
        };
        return Some(quote! {
            RequestEntry {
                required: true,
                media_type: #media_type,
                schema: None,
                array: false,
                min_items: None,
                max_items: None,
                required_properties: &[],
                read_only: &[],
            }
        });
    };
    let (required, media_type) = (body.required, &body.media_type);
    let schema = option(body.schema.items.as_deref().unwrap_or(&body.schema).target());
    let array = api.shape(&body.schema) == Shape::Array;
    let (min_items, max_items) = (option(body.schema.min_items.map(count)), option(body.schema.max_items.map(count)));
    let item = api.resolve(body.schema.items.as_deref().unwrap_or(&body.schema));
    let demanded = item.properties.keys().filter(|name| item.demands(name, true));
    let read_only = item.properties.iter().filter(|(_, property)| property.read_only).map(|(name, _)| name);
    Some(quote! {
        RequestEntry {
            required: #required,
            media_type: #media_type,
            schema: #schema,
            array: #array,
            min_items: #min_items,
            max_items: #max_items,
            required_properties: &[#(#demanded),*],
            read_only: &[#(#read_only),*],
        }
    })
}

fn response(api: &Api, operation: &ApiOperation) -> TokenStream {
    let json = operation.response.json();
    let array = json.is_some_and(|schema| api.shape(schema) == Shape::Array);
    let named = json.map(|schema| if array { schema.items.as_deref().unwrap_or(schema) } else { schema });
    let status = number(operation.response.status.into());
    let (media_types, schema) = (operation.response.content.keys(), option(named.and_then(Schema::target)));
    quote!(ResponseEntry { status: #status, media_types: &[#(#media_types),*], schema: #schema, array: #array })
}

fn paging(paging: &Paging) -> TokenStream {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let maybe = |value: &Option<String>| option(value.as_ref());
    let (items, size) = (&paging.items, maybe(&paging.size_parameter));
    match paging.style.as_str() {
        "cursor" => {
            let (parameter, cursor) = (text(&paging.cursor_parameter), text(&paging.cursor));
            quote!(PagingEntry::Cursor { parameter: #parameter, cursor: #cursor, items: #items, size: #size })
        }
        "after" => {
            let (after, before) = (text(&paging.after_parameter), maybe(&paging.before_parameter));
            let next = text(&paging.next);
            quote!(PagingEntry::After { after: #after, before: #before, next: #next, items: #items, size: #size })
        }
        _ => {
            let in_body = paging.location.as_deref() == Some("body");
            let (page, first) = (text(&paging.page_parameter), count(paging.first_page.unwrap_or(1).into()));
            let (next, page_count, total) = (maybe(&paging.next), maybe(&paging.page_count), maybe(&paging.total));
            quote! {
                PagingEntry::Page {
                    in_body: #in_body,
                    page: #page,
                    size: #size,
                    first: #first,
                    items: #items,
                    next: #next,
                    page_count: #page_count,
                    total: #total,
                }
            }
        }
    }
}

fn provenance(provenance: Provenance) -> TokenStream {
    match provenance {
        Provenance::Documented => quote!(Provenance::Documented),
        Provenance::Inferred => quote!(Provenance::Inferred),
        Provenance::VendorMetadata => quote!(Provenance::VendorMetadata),
        Provenance::VendorPages => quote!(Provenance::VendorPages),
    }
}
