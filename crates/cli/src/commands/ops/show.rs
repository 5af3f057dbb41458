//! `ops show`: all that is known of an operation.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use rosterkit_core::catalog::{OperationEntry, PagingEntry, ParameterEntry, RequestEntry};
use serde_json::{Value, json};

use super::{apis, example};
use crate::app::App;
use crate::commands::call::Api;
use crate::failure::Failure;
use crate::global::Format;

pub(super) fn run(app: &App, id: &str, api: Option<Api>) -> Result<(), Failure> {
    let apis = apis(api);
    let found = apis.iter().filter_map(|api| Some((api.catalog().api, api.catalog().find(id)?)));
    let found: Vec<(&str, &OperationEntry)> = found.collect();
    if found.is_empty() {
        let catalogs: Vec<_> = apis.iter().map(|api| api.catalog()).collect();
        let near = catalogs.iter().find(|catalog| catalog.suggest(id).is_some()).or(catalogs.first());
        return Err(
            near.map_or_else(|| Failure::usage("there is no such operation"), |it| it.unknown_operation(id).into())
        );
    }
    let printer = app.printer()?;
    if app.global.output.is_some_and(|format| format != Format::Table) || app.global.query.is_some() {
        let mut all: Vec<Value> = found.iter().map(|(api, entry)| document(api, entry)).collect();
        return match all.len() {
            1 => printer.document(all.remove(0)),
            _ => printer.document(Value::Array(all)),
        };
    }
    let pages: Vec<String> = found.iter().map(|(api, entry)| page(api, entry)).collect();
    let text = pages.join("\n");
    io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()).map_err(Failure::output)
}

/// The page of an operation, for people. Writing to a `String` cannot fail.
fn page(api: &str, entry: &OperationEntry) -> String {
    let operation = entry.operation;
    let mut page = format!("{api} {}: {}\n", operation.id, entry.summary);
    let _ = writeln!(page, "  {} {}", operation.method, operation.path);
    let description = entry.description.trim();
    if !description.is_empty() {
        let _ = writeln!(page, "\n{}", indented(description, "  "));
    }
    page.push('\n');
    for (name, value) in facts(entry) {
        let _ = writeln!(page, "  {name:<14}{value}");
    }
    if !entry.parameters.is_empty() {
        page.push_str("\nParameters\n");
    }
    for parameter in entry.parameters {
        let required = if parameter.required { ", required" } else { "" };
        let _ = writeln!(page, "  {} ({}, {}{required})", parameter.name, parameter.location, kind(parameter));
        let description = parameter.description.trim();
        if !description.is_empty() {
            let _ = writeln!(page, "{}", indented(description, "      "));
        }
        for limit in limits(parameter) {
            let _ = writeln!(page, "      {limit}");
        }
    }
    let _ = writeln!(page, "\nExample\n  {}", example::command(api, entry));
    page
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// What there is to say in a line each.
fn facts(entry: &OperationEntry) -> Vec<(&'static str, String)> {
    let mut facts = vec![("group", entry.tag.to_owned())];
    if let Some(request) = entry.request {
        facts.push(("body", body(&request)));
    }
    let response = entry.response;
    let schema = response.schema.map(|schema| format!(", {}", list_of(schema, response.array))).unwrap_or_default();
    let media = if response.media_types.is_empty() { "no body".to_owned() } else { response.media_types.join(", ") };
    facts.push(("answer", format!("{}, {media}{schema}", response.status)));
    if let Some(chosen) = entry.representations {
        let all: Vec<String> = chosen.media.iter().map(|(value, media)| format!("{value} ({media})")).collect();
        facts.push(("forms", format!("{} by `{}`", all.join(", "), chosen.parameter)));
    }
    if let Some(needed) = entry.permissions {
        let mode = if needed.permissions.len() > 1 { format!("{} of ", needed.mode) } else { String::new() };
        facts.push(("permissions", format!("{mode}{}", needed.permissions.join(", "))));
    }
    if let Some(paging) = entry.paging {
        facts.push(("pages", pages(&paging)));
    }
    if let Some(batch) = entry.batch {
        let most =
            batch.max.map(|max| format!("at most {max} items")).unwrap_or_else(|| "no documented limit".to_owned());
        facts.push(("many items", most));
    }
    let credentials: Vec<String> = entry.operation.security.iter().map(|set| set.join(" and ")).collect();
    if !credentials.is_empty() {
        let or_none = |it: String| if it.is_empty() { "none".to_owned() } else { it };
        facts.push(("credential", credentials.into_iter().map(or_none).collect::<Vec<_>>().join(", or ")));
    }
    facts.push(("repeating", if entry.operation.is_safe_to_repeat() { "safe" } else { "not safe" }.to_owned()));
    let remarks = [("deprecated", entry.deprecated), ("preview, may change without notice", entry.preview)];
    facts.extend(remarks.into_iter().filter(|(_, holds)| *holds).map(|(remark, _)| ("note", remark.to_owned())));
    facts.push(("provenance", entry.provenance.to_string()));
    facts
}

fn body(request: &RequestEntry) -> String {
    let schema = request.schema.map(|schema| format!(", {}", list_of(schema, request.array))).unwrap_or_default();
    let items = match (request.min_items, request.max_items) {
        (Some(least), Some(most)) => format!(" of {least} to {most}"),
        (Some(least), None) => format!(" of at least {least}"),
        (None, Some(most)) => format!(" of at most {most}"),
        (None, None) => String::new(),
    };
    let required = if request.required { ", required" } else { "" };
    format!("{}{schema}{items}{required}", request.media_type)
}

fn list_of(schema: &str, is_list: bool) -> String {
    if is_list { format!("list of {schema}") } else { schema.to_owned() }
}

fn pages(paging: &PagingEntry) -> String {
    let (how, size) = match paging {
        PagingEntry::Page { page, size, first, .. } => (format!("by number, `{page}` from {first}"), size),
        PagingEntry::Cursor { parameter, size, .. } => (format!("by cursor, `{parameter}`"), size),
        PagingEntry::After { after, size, .. } => (format!("by position, `{after}`"), size),
    };
    size.map(|size| format!("{how}, size `{size}`")).unwrap_or(how)
}

fn kind(parameter: &ParameterEntry) -> String {
    match parameter.repeated {
        true => format!("list of {}", parameter.kind),
        false => parameter.kind.to_string(),
    }
}

/// Values, default and limits of a parameter.
fn limits(parameter: &ParameterEntry) -> Vec<String> {
    let mut limits = Vec::new();
    if !parameter.values.is_empty() {
        limits.push(format!("known values: {}", parameter.values.join(", ")));
    }
    if let Some(default) = parameter.default {
        limits.push(format!("default: {default}"));
    }
    match (parameter.minimum, parameter.maximum) {
        (Some(least), Some(most)) => limits.push(format!("from {least} to {most}")),
        (Some(least), None) => limits.push(format!("at least {least}")),
        (None, Some(most)) => limits.push(format!("at most {most}")),
        (None, None) => {}
    }
    match (parameter.min_items, parameter.max_items) {
        (Some(least), Some(most)) => limits.push(format!("{least} to {most} values")),
        (Some(least), None) => limits.push(format!("at least {least} values")),
        (None, Some(most)) => limits.push(format!("at most {most} values")),
        (None, None) => {}
    }
    limits
}

/// All that is known of an operation, for programs.
fn document(api: &str, entry: &OperationEntry) -> Value {
    let parameters = entry.parameters.iter().map(|parameter| {
        json!({
            "name": parameter.name,
            "in": parameter.location.to_string(),
            "type": kind(parameter),
            "required": parameter.required,
            "values": parameter.values,
            "default": parameter.default.and_then(|default| serde_json::from_str::<Value>(default).ok()),
            "minimum": parameter.minimum,
            "maximum": parameter.maximum,
            "minItems": parameter.min_items,
            "maxItems": parameter.max_items,
            "description": parameter.description,
            "provenance": parameter.provenance.to_string(),
        })
    });
    let parameters: Vec<Value> = parameters.collect();
    json!({
        "api": api,
        "id": entry.operation.id,
        "method": entry.operation.method,
        "path": entry.operation.path,
        "group": entry.tag,
        "summary": entry.summary,
        "description": entry.description,
        "parameters": parameters,
        "body": entry.request.map(|request| json!({
            "required": request.required,
            "mediaType": request.media_type,
            "schema": request.schema,
            "array": request.array,
            "minItems": request.min_items,
            "maxItems": request.max_items,
        })),
        "answer": {
            "status": entry.response.status,
            "mediaTypes": entry.response.media_types,
            "schema": entry.response.schema,
            "array": entry.response.array,
        },
        "permissions": entry.permissions.map(|needed| json!({
            "mode": needed.mode.to_string(),
            "permissions": needed.permissions,
        })),
        "representations": entry.representations.map(|chosen| chosen.media.iter().map(|(value, _)| *value).collect::<Vec<_>>()),
        "paging": entry.paging.map(|paging| pages(&paging)),
        "maxItemsPerRequest": entry.batch.and_then(|batch| batch.max),
        "security": entry.operation.security,
        "safeToRepeat": entry.operation.is_safe_to_repeat(),
        "deprecated": entry.deprecated,
        "preview": entry.preview,
        "provenance": entry.provenance.to_string(),
        "example": example::command(api, entry),
    })
}
