//! The rustdoc of operations and parameters.

use std::fmt::Write as _;

use crate::model::{Api, ApiOperation, ApiParameter};
use crate::rustdoc;
use crate::spec::{Conditions, PermissionMode, Provenance, Schema};

/// What a caller has to know of an operation.
pub(super) fn operation(operation: &ApiOperation) -> String {
    let mut text = format!("{}.\n", rustdoc::escape(&operation.summary));
    if !operation.description.is_empty() {
        let _ = write!(text, "\n{}\n", rustdoc::escape(&operation.description));
    }
    let _ = write!(text, "\nSends `{} {}`.", operation.method, operation.path);
    match &operation.permissions {
        Some(needed) => {
            let mode = match (needed.mode, needed.permissions.len()) {
                (_, 1) => "the permission",
                (PermissionMode::Any, _) => "any of the permissions",
                (PermissionMode::All, _) => "all of the permissions",
            };
            let names: Vec<String> = needed.permissions.iter().map(|name| format!("`{name}`")).collect();
            let _ = write!(text, " Needs {mode} {}.", names.join(", "));
        }
        None if operation.security.is_empty() => text.push_str(" Needs no credential."),
        None => {}
    }
    match operation.scopes.as_slice() {
        [] => {}
        [scope] => drop(write!(text, " A user's token needs the scope `{scope}`.")),
        scopes => {
            let names: Vec<String> = scopes.iter().map(|name| format!("`{name}`")).collect();
            let _ = write!(text, " A user's token needs any of the scopes {}.", names.join(", "));
        }
    }
    if operation.preview {
        text.push_str(" Preview: may change or be removed without notice.");
    }
    if let Some(idempotent) = &operation.idempotent {
        let conditions = conditions(&idempotent.conditions());
        let _ = write!(text, " A request may be sent twice with the effect of sending it once{conditions}");
        text.push_str(match operation.csv {
            None => "; it is then repeated after a failure.",
            // The builder sees the text of the rows only.
            Some(_) => ": say so with `CallOptions::idempotent`, and it is repeated after a failure.",
        });
    }
    let _ = writeln!(text, " Source: {}.", provenance(operation.provenance));
    if let Some(chosen) = &operation.representations {
        let methods: Vec<String> = chosen
            .media
            .iter()
            .map(|(value, media)| format!("`send_{}` ({media})", crate::names::snake(value)))
            .collect();
        let _ = writeln!(
            text,
            "\nThe method that sends chooses the representation of the response: {}.",
            methods.join(", ")
        );
    }
    text
}

fn conditions(conditions: &Conditions) -> String {
    let given = conditions.given.iter().map(|name| format!("a `{name}`"));
    let codes = conditions.when.iter().map(|(column, codes)| format!("the `{column}` `{}`", codes.join("` or `")));
    let all: Vec<String> = given.chain(codes).collect();
    if all.is_empty() { String::new() } else { format!(" if every item has {}", all.join(" and ")) }
}

/// What a setter sets.
pub(super) fn parameter(api: &Api, parameter: &ApiParameter, source: Provenance) -> String {
    let need = if parameter.required { "required" } else { "optional" };
    let mut text = format!("Sets `{}` ({need}).", parameter.name);
    if !parameter.description.is_empty() {
        let _ = write!(text, " {}", rustdoc::escape(&parameter.description));
    }
    if let Some(default) = &parameter.schema.default {
        let _ = write!(
            text,
            "\n\nThe service's default is `{}`.",
            default.as_str().map_or_else(|| default.to_string(), str::to_owned)
        );
    }
    limits(&mut text, &parameter.schema);
    if api.resolve(&parameter.schema).is_enum() {
        text.push_str("\n\nOther values than the known ones are sent as they are.");
    }
    if parameter.provenance != source {
        let _ = write!(text, "\n\nSource: {}.", provenance(parameter.provenance));
    }
    text
}

fn limits(text: &mut String, schema: &Schema) {
    match (schema.minimum, schema.maximum) {
        (Some(least), Some(most)) => drop(write!(text, "\n\nFrom {least} to {most}.")),
        (Some(least), None) => drop(write!(text, "\n\nAt least {least}.")),
        (None, Some(most)) => drop(write!(text, "\n\nAt most {most}.")),
        (None, None) => {}
    }
    match (schema.min_items, schema.max_items) {
        (Some(least), Some(most)) => drop(write!(text, "\n\nFrom {least} to {most} items.")),
        (Some(least), None) => drop(write!(text, "\n\nAt least {least} items.")),
        (None, Some(most)) => drop(write!(text, "\n\nAt most {most} items.")),
        (None, None) => {}
    }
}

/// Where a fact comes from, in words.
pub(super) fn provenance(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Documented => "documented",
        Provenance::Inferred => "inferred",
        Provenance::VendorMetadata => "vendor metadata",
        Provenance::VendorPages => "vendor pages",
    }
}
