//! An example call to copy, which works against the embedded sandbox.

use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry};
use serde_json::{Map, Value, json};

/// The command line of an example.
pub(super) fn command(api: &str, entry: &OperationEntry) -> String {
    let mut words = vec!["rosterkit", "--sandbox", "call", api, entry.operation.id].into_iter().map(str::to_owned);
    let mut words: Vec<String> = words.by_ref().collect();
    let is_file = |parameter: &&ParameterEntry| parameter.kind == Kind::File;
    let needed = entry.parameters.iter().filter(|parameter| parameter.required);
    let chosen = entry.representations.map(|representations| representations.parameter);
    let params: Map<String, Value> = needed
        .clone()
        .filter(|parameter| !is_file(parameter) && Some(parameter.name) != chosen)
        .map(|parameter| (parameter.name.to_owned(), value(parameter)))
        .collect();
    if !params.is_empty() {
        words.extend(["--params".to_owned(), Value::Object(params).to_string()]);
    }
    for file in needed.filter(is_file) {
        words.extend(["--file".to_owned(), format!("{}=@{}", file.name, file_name(file))]);
    }
    if let (Some(representations), Some(parameter)) = (entry.representations, chosen.and_then(|it| entry.parameter(it)))
        && parameter.default.is_none()
        && let Some((first, _)) = representations.media.first()
    {
        words.extend(["--representation".to_owned(), (*first).to_owned()]);
    }
    let is_form = |location: Location| matches!(location, Location::Form | Location::Multipart);
    let has_body = entry.request.is_some_and(|request| request.required)
        && !entry.parameters.iter().any(|parameter| is_form(parameter.location));
    if has_body {
        words.extend(["--body".to_owned(), body(entry)]);
    }
    // Quotes fail on NUL alone, which no word has.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

/// A value that the parameter takes.
fn value(parameter: &ParameterEntry) -> Value {
    let one = match (parameter.values.first(), parameter.kind) {
        (Some(first), _) => json!(first),
        (None, Kind::Integer) => json!(parameter.minimum.unwrap_or(1)),
        (None, Kind::Number) => json!(1.5),
        (None, Kind::Boolean) => json!(true),
        (None, Kind::Date) => json!("2025-01-31"),
        (None, Kind::DateTime) => json!("2025-01-31T09:00Z"),
        (None, Kind::Object) => json!({}),
        (None, Kind::String | Kind::File) => json!(parameter.name),
    };
    match parameter.repeated {
        true => Value::Array(vec![one; parameter.min_items.unwrap_or(1).max(1)]),
        false => one,
    }
}

fn file_name(parameter: &ParameterEntry) -> String {
    format!("{}.bin", parameter.name)
}

fn body(entry: &OperationEntry) -> String {
    match entry.request {
        Some(request) if !request.media_type.contains("json") => "@body.txt".to_owned(),
        Some(request) if request.array => "[{}]".to_owned(),
        _ => "{}".to_owned(),
    }
}
