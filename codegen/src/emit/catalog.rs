//! The operation catalog: what tools need to know of every operation.

use std::fmt::Write as _;

use super::{list, literal, option};
use crate::api::{Api, ApiOperation, ApiParameter, Location, Shape};
use crate::spec::{Paging, PermissionMode, Provenance, Schema};

pub(super) fn emit(api: &Api) -> String {
    let mut out = String::from(
        "//! Every operation with its parameters, media types, security, permissions, limits and provenance, for tools.\n\n\
         use rosterkit_core::catalog::{\n    BatchEntry, Catalog, CsvColumn, CsvEntry, CsvRequired, Kind, Location, OperationEntry, PagingEntry, ParameterEntry, PermissionMode, \
         PermissionsEntry, Provenance, RepresentationsEntry, RequestEntry, ResponseEntry,\n};\n\nuse super::operations;\n\n",
    );
    let unused = [
        ("BatchEntry", api.operations.iter().any(|operation| operation.batch.is_some())),
        ("PagingEntry", api.operations.iter().any(|operation| operation.paging.is_some())),
        ("PermissionMode", api.operations.iter().any(|operation| operation.permissions.is_some())),
        ("PermissionsEntry", api.operations.iter().any(|operation| operation.permissions.is_some())),
        ("RepresentationsEntry", api.operations.iter().any(|operation| operation.representations.is_some())),
        ("RequestEntry", api.operations.iter().any(|operation| operation.body.is_some() || operation.form.is_some())),
        ("CsvColumn", api.operations.iter().any(|operation| operation.csv.is_some())),
        ("CsvEntry", api.operations.iter().any(|operation| operation.csv.is_some())),
        ("CsvRequired", api.operations.iter().any(|operation| operation.csv.is_some())),
    ];
    for (name, used) in unused {
        if !used {
            out = out.replace(&format!(" {name},"), "");
        }
    }
    let servers: Vec<String> = api
        .spec
        .servers
        .iter()
        .map(|server| format!("({}, {})", literal(&server.url), literal(server.description.trim())))
        .collect();
    let _ = write!(
        out,
        "/// The operations of the {}, sorted by id.\npub static CATALOG: Catalog = Catalog {{\n    api: {},\n    title: {},\n    \
         version: {},\n    servers: &[{}],\n    operations: OPERATIONS,\n}};\n\nstatic OPERATIONS: &[OperationEntry] = &[\n",
        api.spec.info.title,
        literal(&api.name),
        literal(&api.spec.info.title),
        literal(&api.spec.info.version),
        servers.join(", ")
    );
    for operation in &api.operations {
        one(&mut out, api, operation);
    }
    out.push_str("];\n");
    out
}

fn one(out: &mut String, api: &Api, operation: &ApiOperation) {
    let _ = write!(
        out,
        "    OperationEntry {{\n        operation: &operations::{},\n        tag: {},\n        summary: {},\n        description: {},\n        \
         parameters: &[\n",
        operation.constant,
        literal(&operation.tag),
        literal(&operation.summary),
        literal(&operation.description),
    );
    for parameter in &operation.parameters {
        let _ = writeln!(out, "            {},", entry(api, parameter));
    }
    let permissions = option(operation.permissions.as_ref(), |needed| {
        let mode = match needed.mode {
            PermissionMode::Any => "Any",
            PermissionMode::All => "All",
        };
        format!("PermissionsEntry {{ mode: PermissionMode::{mode}, permissions: {} }}", list(&needed.permissions))
    });
    let batch = option(operation.batch.as_ref(), |batch| {
        format!("BatchEntry {{ items: {}, max: {} }}", literal(&batch.items), option(batch.max, |max| max.to_string()))
    });
    let representations = option(operation.representations.as_ref(), |chosen| {
        let media: Vec<String> =
            chosen.media.iter().map(|(value, media)| format!("({}, {})", literal(value), literal(media))).collect();
        format!("RepresentationsEntry {{ parameter: {}, media: &[{}] }}", literal(&chosen.parameter), media.join(", "))
    });
    let csv = option(operation.csv.as_ref(), |csv| super::csv::entry(csv).to_string());
    let _ = write!(
        out,
        "        ],\n        request: {},\n        response: {},\n        permissions: {permissions},\n        deprecated: {},\n        \
         preview: {},\n        paging: {},\n        batch: {batch},\n        representations: {representations},\n        csv: {csv},\n        \
         provenance: {},\n    }},\n",
        request(api, operation),
        response(api, operation),
        operation.deprecated,
        operation.preview,
        option(operation.paging.as_ref(), paging),
        provenance(operation.provenance),
    );
}

fn entry(api: &Api, parameter: &ApiParameter) -> String {
    let repeated = api.shape(&parameter.schema) == Shape::Array;
    let outer = api.resolve(&parameter.schema);
    let element = match (&outer.items, repeated) {
        (Some(items), true) => api.resolve(items),
        _ => outer,
    };
    let location = match parameter.location {
        Location::Path => "Path",
        Location::Query => "Query",
        Location::Header => "Header",
        Location::Form => "Form",
        Location::Multipart => "Multipart",
    };
    let default = parameter.schema.default.as_ref().or(outer.default.as_ref());
    format!(
        "ParameterEntry {{ name: {}, location: Location::{location}, required: {}, repeated: {repeated}, kind: Kind::{}, values: {}, \
         default: {}, minimum: {}, maximum: {}, min_items: {}, max_items: {}, description: {}, provenance: {} }}",
        literal(&parameter.name),
        parameter.required,
        kind(api, element),
        list(&element.values),
        option(default, |value| literal(&value.to_string())),
        option(outer.minimum, |limit| limit.to_string()),
        option(outer.maximum, |limit| limit.to_string()),
        option(outer.min_items, |limit| limit.to_string()),
        option(outer.max_items, |limit| limit.to_string()),
        literal(parameter.description.trim()),
        provenance(parameter.provenance),
    )
}

fn kind(api: &Api, schema: &Schema) -> &'static str {
    match api.shape(schema) {
        Shape::String => "String",
        Shape::Integer => "Integer",
        Shape::Number => "Number",
        Shape::Boolean => "Boolean",
        Shape::Date => "Date",
        Shape::DateTime => "DateTime",
        Shape::File => "File",
        Shape::Array | Shape::Object => "Object",
    }
}

fn request(api: &Api, operation: &ApiOperation) -> String {
    if let Some(body) = &operation.body {
        let items = body.schema.items.as_deref();
        return format!(
            "Some(RequestEntry {{ required: {}, media_type: {}, schema: {}, array: {}, min_items: {}, max_items: {} }})",
            body.required,
            literal(&body.media_type),
            option(items.unwrap_or(&body.schema).target(), literal),
            api.shape(&body.schema) == Shape::Array,
            option(body.schema.min_items, |limit| limit.to_string()),
            option(body.schema.max_items, |limit| limit.to_string()),
        );
    }
    option(operation.form, |location| {
        let media_type =
            if location == Location::Multipart { "multipart/form-data" } else { "application/x-www-form-urlencoded" };
        format!(
            "RequestEntry {{ required: true, media_type: {}, schema: None, array: false, min_items: None, max_items: None }}",
            literal(media_type)
        )
    })
}

fn response(api: &Api, operation: &ApiOperation) -> String {
    let json = operation.response.json();
    let array = json.is_some_and(|schema| api.shape(schema) == Shape::Array);
    let named = json.map(|schema| if array { schema.items.as_deref().unwrap_or(schema) } else { schema });
    format!(
        "ResponseEntry {{ status: {}, media_types: {}, schema: {}, array: {array} }}",
        operation.response.status,
        list(operation.response.content.keys()),
        option(named.and_then(Schema::target), literal),
    )
}

fn paging(paging: &Paging) -> String {
    let text = |value: &Option<String>| literal(value.as_deref().unwrap_or_default());
    let maybe = |value: &Option<String>| option(value.as_deref(), literal);
    let items = literal(&paging.items);
    match paging.style.as_str() {
        "cursor" => format!(
            "PagingEntry::Cursor {{ parameter: {}, cursor: {}, items: {items}, size: {} }}",
            text(&paging.cursor_parameter),
            text(&paging.cursor),
            maybe(&paging.size_parameter)
        ),
        "after" => format!(
            "PagingEntry::After {{ after: {}, before: {}, next: {}, items: {items}, size: {} }}",
            text(&paging.after_parameter),
            maybe(&paging.before_parameter),
            text(&paging.next),
            maybe(&paging.size_parameter)
        ),
        _ => format!(
            "PagingEntry::Page {{ in_body: {}, page: {}, size: {}, first: {}, items: {items}, next: {}, page_count: {}, total: {} }}",
            paging.location.as_deref() == Some("body"),
            text(&paging.page_parameter),
            maybe(&paging.size_parameter),
            paging.first_page.unwrap_or(1),
            maybe(&paging.next),
            maybe(&paging.page_count),
            maybe(&paging.total)
        ),
    }
}

fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Documented => "Provenance::Documented",
        Provenance::Inferred => "Provenance::Inferred",
        Provenance::VendorMetadata => "Provenance::VendorMetadata",
    }
}
