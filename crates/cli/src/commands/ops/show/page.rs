//! The text of an operation, for people.

use std::fmt::Write as _;

use rosterkit_core::catalog::{OperationEntry, PagingEntry, ParameterEntry, RequestEntry, Schema};

use super::{count, fields, kind, range, values};
use crate::api::Api;
use crate::commands::ops::example;

/// The text of an operation. Writing to a `String` cannot fail.
pub(super) fn of(api: Api, entry: &OperationEntry) -> String {
    let operation = entry.operation;
    let mut page = format!("{} {}: {}\n", api.catalog().api, operation.id, entry.summary);
    let _ = writeln!(page, "  {} {}", operation.method, operation.path);
    let description = entry.description.trim();
    if !description.is_empty() {
        let _ = writeln!(page, "\n{}", indented(description, "  "));
    }
    page.push('\n');
    for (name, value) in facts(entry) {
        let _ = writeln!(page, "  {name:<14}{value}");
    }
    if !entry.superseded.is_empty() {
        page.push_str("\nOlder documents say instead\n");
    }
    for entry in entry.superseded {
        let _ = writeln!(page, "  {}, {}:\n{}", entry.source, entry.date, indented(entry.fact, "      "));
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
        for limit in limits(entry, parameter) {
            let _ = writeln!(page, "      {limit}");
        }
        let chooses = entry.representations.is_some_and(|chosen| chosen.parameter == parameter.name);
        if chooses && parameter.default.is_some() {
            page.push_str("      set by `--representation`; without it, the default is sent\n");
        }
    }
    if let Some(schema) = api.body_schema(operation.id) {
        page.push_str(&body_fields(schema));
    }
    let _ = writeln!(
        page,
        "\nExample (without --sandbox, and with ids of its own, for the real service)\n  {}",
        example::command(api, entry)
    );
    page
}

/// The fields of a JSON body, down to the second level. `--output json` has all levels.
fn body_fields(schema: &Schema) -> String {
    let (heading, fields) = match fields::of(schema) {
        (_, fields) if fields.is_empty() => return String::new(),
        (true, fields) => ("Fields of each item of the body", fields),
        (false, fields) => ("Fields of the body", fields),
    };
    let mut text = format!("\n{heading}\n");
    for field in fields {
        let mark = match (field.required, field.read_only) {
            (true, _) => ", required",
            (false, true) => ", read-only: set by the service",
            (false, false) => "",
        };
        let _ = writeln!(text, "  {} ({}{mark})", field.name, field.kind);
        for note in field.notes {
            let _ = writeln!(text, "      {note}");
        }
    }
    text
}

fn indented(text: &str, by: &str) -> String {
    text.lines().map(|line| format!("{by}{line}").trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}

/// Facts of one line each.
fn facts(entry: &OperationEntry) -> Vec<(&'static str, String)> {
    let mut facts = vec![("group", entry.tag.to_owned())];
    if let Some(request) = entry.request {
        facts.push(("body", body(&request)));
    }
    let response = entry.response;
    let schema = response.schema.map(|schema| format!(", {}", list_of(schema, response.array))).unwrap_or_default();
    let media = if response.media_types.is_empty() { "no body".to_owned() } else { response.media_types.join(", ") };
    facts.push(("response", format!("{}, {media}{schema}", response.status)));
    if let Some(chosen) = entry.representations {
        let all: Vec<String> = chosen.media.iter().map(|(value, media)| format!("{value} ({media})")).collect();
        facts.push(("forms", format!("{} by `{}`", all.join(", "), chosen.parameter)));
    }
    if let Some(needed) = entry.permissions {
        let mode = if needed.permissions.len() > 1 { format!("{} of ", needed.mode) } else { String::new() };
        facts.push(("permissions", format!("{mode}{}", needed.permissions.join(", "))));
    }
    if !entry.scopes.is_empty() {
        let mode = if entry.scopes.len() > 1 { "any of " } else { "" };
        facts.push(("scopes", format!("{mode}{}", entry.scopes.join(", "))));
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
    facts.push(("repeating", repeating(entry)));
    let remarks = [("deprecated", entry.deprecated), ("preview, may change without notice", entry.preview)];
    facts.extend(remarks.into_iter().filter(|(_, holds)| *holds).map(|(remark, _)| ("note", remark.to_owned())));
    facts.push(("provenance", entry.provenance.to_string()));
    facts
}

/// Whether a request may be sent twice.
fn repeating(entry: &OperationEntry) -> String {
    match entry.idempotent {
        _ if entry.operation.is_safe_to_repeat() => "safe".to_owned(),
        Some(conditions) => format!("safe {conditions}").trim_end().to_owned(),
        None => "not safe".to_owned(),
    }
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

pub(super) fn pages(paging: &PagingEntry) -> String {
    let (how, size) = match paging {
        PagingEntry::Page { page, size, first, .. } => (format!("by number, `{page}` from {first}"), size),
        PagingEntry::Cursor { parameter, size, .. } => (format!("by cursor, `{parameter}`"), size),
        PagingEntry::After { after, size, .. } => (format!("by position, `{after}`"), size),
    };
    size.map(|size| format!("{how}, size `{size}`")).unwrap_or(how)
}

/// Values, default and limits of a parameter, and its provenance if it differs from that of the operation.
fn limits(entry: &OperationEntry, parameter: &ParameterEntry) -> Vec<String> {
    let default = parameter.default.map(|default| format!("default: {default}"));
    let other = parameter.provenance != entry.provenance;
    let limits = [
        values(parameter.values),
        default,
        range(parameter.minimum, parameter.maximum),
        count(parameter.min_items, parameter.max_items),
        other.then(|| format!("provenance: {}", parameter.provenance)),
    ];
    limits.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::ops::show::document;
    use clap::ValueEnum as _;

    #[test]
    fn the_text_of_every_operation_has_all_facts_of_the_catalog() {
        for api in Api::value_variants() {
            for entry in api.catalog().operations {
                let (operation, page) = (entry.operation, of(*api, entry));
                let mut expected = vec![
                    format!("\n  {} {}\n", operation.method, operation.path),
                    format!("  provenance    {}\n", entry.provenance),
                    example::command(*api, entry),
                ];
                expected.extend(entry.permissions.iter().flat_map(|it| it.permissions).map(ToString::to_string));
                expected.extend(entry.scopes.iter().map(ToString::to_string));
                for superseded in entry.superseded {
                    let head = format!("\n  {}, {}:\n", superseded.source, superseded.date);
                    expected.push(head + &indented(superseded.fact, "      "));
                }
                expected.extend(entry.deprecated.then(|| "  note          deprecated\n".to_owned()));
                expected.extend(entry.preview.then(|| "  note          preview".to_owned()));
                expected.extend(entry.idempotent.map(|it| format!("  repeating     safe {it}").trim_end().to_owned()));
                expected.extend(entry.response.schema.map(ToOwned::to_owned));
                for parameter in entry.parameters {
                    expected.push(format!("\n  {} ({}, {}", parameter.name, parameter.location, kind(parameter)));
                    expected.extend(parameter.values.iter().map(ToString::to_string));
                    expected.extend(parameter.default.map(|default| format!("      default: {default}\n")));
                }
                let fields = api.body_schema(operation.id).map(fields::of).map(|(_, fields)| fields);
                for name in entry.request.iter().flat_map(|request| request.read_only) {
                    expected.push(", read-only: set by the service)".to_owned());
                    expected.push(format!("\n  {name} ("));
                }
                for field in fields.into_iter().flatten() {
                    let mark = if field.required { ", required)" } else { "" };
                    expected.push(format!("\n  {} ({}{mark}", field.name, field.kind));
                    expected.extend(field.notes);
                }
                for text in expected {
                    assert!(page.contains(&text), "{}: {text:?} is missing in\n{page}", operation.id);
                }
                assert!(page.lines().all(|line| line == line.trim_end()), "{}", operation.id);
            }
        }
    }

    #[test]
    fn a_recursive_body_is_described_once() {
        let entry = Api::GenesysUsers.catalog().find("postUsersSearch").expect("the search");
        let told = document::of(Api::GenesysUsers, entry);
        let criteria = &told["body"]["jsonSchema"]["properties"]["query"]["items"]["properties"];
        assert_eq!(criteria["operator"]["enum"], serde_json::json!(["AND", "OR", "NOT"]));
        assert_eq!(criteria["group"]["items"], serde_json::json!({ "type": "object" }));
    }
}
