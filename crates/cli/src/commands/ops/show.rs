//! `ops show`: everything about an operation, as text for people or as a JSON document for programs.

mod document;
mod fields;
mod page;

use std::io::{self, Write as _};

use rosterkit_core::catalog::{OperationEntry, ParameterEntry, printable};
use serde_json::Value;

use super::apis;
use crate::api::Api;
use crate::context::Context;
use crate::error::Error;
use crate::global_args::Format;

/// The maximum number of suggested ids.
const SUGGESTIONS: usize = 5;

pub(super) fn run(context: &Context, id: &str, api: Option<Api>) -> Result<(), Error> {
    let apis = apis(api);
    let found = apis.iter().filter_map(|api| Some((*api, api.catalog().find(id)?)));
    let found: Vec<(Api, &OperationEntry)> = found.collect();
    if found.is_empty() {
        return Err(unknown(&apis, id));
    }
    let printer = context.printer()?;
    if context.global.output.is_some_and(|format| format != Format::Table) || context.global.query.is_some() {
        let mut all: Vec<Value> = found.iter().map(|(api, entry)| document::of(*api, entry)).collect();
        return match all.len() {
            1 => printer.document(all.remove(0)),
            _ => printer.document(Value::Array(all)),
        };
    }
    let pages: Vec<String> = found.iter().map(|(api, entry)| page::of(*api, entry)).collect();
    let text = pages.join("\n");
    io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()).map_err(Error::output)
}

/// The error for an unknown id, with suggestions: the id that differs in case only, else the nearest of each service and
/// the ids that contain it.
pub(crate) fn unknown(apis: &[Api], id: &str) -> Error {
    let known = || apis.iter().flat_map(|api| api.catalog().operations).map(|entry| entry.operation.id);
    let mut near: Vec<&str> = apis.iter().filter_map(|api| api.catalog().suggest(id)).collect();
    let word = id.trim().to_lowercase();
    if !word.is_empty() {
        near.extend(known().filter(|known| known.to_lowercase().contains(&word)));
    }
    if let Some(same) = known().find(|known| known.eq_ignore_ascii_case(&word)) {
        near = vec![same];
    }
    let mut seen = std::collections::HashSet::new();
    near.retain(|id| seen.insert(*id));
    let others = near.len().saturating_sub(SUGGESTIONS);
    near.truncate(SUGGESTIONS);
    let near: Vec<String> = near.iter().map(|id| format!("`{id}`")).collect();
    let advice = match (near.as_slice(), others) {
        ([], _) => "`rosterkit ops --search TEXT` finds operations by words".to_owned(),
        (_, 0) => format!("did you mean {}?", near.join(" or ")),
        _ => {
            format!("did you mean {}? `rosterkit ops --search` finds {others} more", near.join(", "))
        }
    };
    let location = match apis {
        [api] => format!(" in {}", api.catalog().api),
        _ => String::new(),
    };
    Error::usage(format!("unknown operation `{}`{location}; {advice}", printable(id)))
}

/// The type of a parameter.
fn kind(parameter: &ParameterEntry) -> String {
    match parameter.repeated {
        true => format!("list of {}", parameter.kind),
        false => parameter.kind.to_string(),
    }
}

/// A range for people: `from 1 to 200`.
fn range(least: Option<i64>, most: Option<i64>) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("from {least} to {most}")),
        (Some(least), None) => Some(format!("at least {least}")),
        (None, Some(most)) => Some(format!("at most {most}")),
        (None, None) => None,
    }
}

/// A number of values for people: `1 to 200 values`.
fn count(least: Option<usize>, most: Option<usize>) -> Option<String> {
    match (least, most) {
        (Some(least), Some(most)) => Some(format!("{least} to {most} values")),
        (Some(least), None) => Some(format!("at least {least} values")),
        (None, Some(most)) => Some(format!("at most {most} values")),
        (None, None) => None,
    }
}

/// The known values of an enumeration for people.
fn values(known: &[&str]) -> Option<String> {
    (!known.is_empty()).then(|| format!("known values: {}", known.join(", ")))
}
