//! An example call to copy. It reaches the service as it stands; ids that only the service knows are to be replaced,
//! but for those of the embedded sandbox's first user.

mod samples;

use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry, Schema, SchemaKind};
use serde_json::{Map, Value, json};

/// How deep a body goes: what is below is left out where it may be.
const DEEPEST: usize = 3;

/// The command line of an example.
pub(super) fn command(api: &str, entry: &OperationEntry) -> String {
    let mut words: Vec<String> = ["rosterkit", "--sandbox", "call", api, entry.operation.id].map(str::to_owned).into();
    let mut before = String::new();
    let chosen = entry.representations.map(|representations| representations.parameter);
    let needed = entry.parameters.iter().filter(|parameter| {
        (parameter.required || samples::is_needed(entry.operation.id, parameter.name)) && Some(parameter.name) != chosen
    });
    let (files, params): (Vec<&ParameterEntry>, Vec<&ParameterEntry>) =
        needed.partition(|parameter| parameter.kind == Kind::File);
    if !params.is_empty() {
        let params = params.iter().map(|parameter| (parameter.name.to_owned(), value(entry, parameter)));
        words.extend(["--params".to_owned(), Value::Object(params.collect::<Map<_, _>>()).to_string()]);
    }
    for file in files {
        let name = format!("{}.zip", file.name);
        before += &format!("touch {name} && ");
        words.extend(["--file".to_owned(), format!("{}=@{name}", file.name)]);
    }
    if let (Some(representations), Some(parameter)) = (entry.representations, chosen.and_then(|it| entry.parameter(it)))
        && parameter.default.is_none()
        && let Some((first, _)) = representations.media.first()
    {
        words.extend(["--representation".to_owned(), (*first).to_owned()]);
    }
    let is_form = |parameter: &ParameterEntry| matches!(parameter.location, Location::Form | Location::Multipart);
    if entry.request.is_some_and(|request| request.required) && !entry.parameters.iter().any(is_form) {
        words.extend(["--body".to_owned(), body(api, entry)]);
    }
    // Quoting fails on NUL alone, which no word has.
    before + &shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

/// A value that the parameter takes.
fn value(entry: &OperationEntry, parameter: &ParameterEntry) -> Value {
    let one = match (samples::text(entry.operation.id, parameter.name), parameter.values.first(), parameter.kind) {
        (Some(sample), _, _) => json!(sample),
        (None, Some(first), _) => json!(first),
        (None, None, Kind::Integer) => json!(parameter.minimum.unwrap_or(1)),
        (None, None, Kind::Number) => json!(1.5),
        (None, None, Kind::Boolean) => json!(true),
        (None, None, Kind::Date) => json!("2025-01-31"),
        (None, None, Kind::DateTime) => json!("2025-01-31T09:00:00Z"),
        (None, None, Kind::Object) => json!({}),
        (None, None, Kind::String | Kind::File) => json!(parameter.name),
    };
    match parameter.repeated {
        true => Value::Array(vec![one; parameter.min_items.unwrap_or(1).max(1)]),
        false => one,
    }
}

/// A body that the operation takes.
fn body(api: &str, entry: &OperationEntry) -> String {
    let id = entry.operation.id;
    if let Some(body) = samples::body(id) {
        return body.to_owned();
    }
    let schema = match api {
        "genesys-users" => genesys_users::generated::schemas::body(id),
        "peoplefluent-lms" => peoplefluent_lms::generated::schemas::body(id),
        _ => session_clusters::generated::schemas::body(id),
    };
    schema.map_or_else(|| "{}".to_owned(), |schema| example(id, "", schema, 0).to_string())
}

/// A value of a schema: what is required, else the texts, numbers and truths that come first.
fn example(id: &str, name: &str, schema: &Schema, depth: usize) -> Value {
    match schema.kind {
        SchemaKind::Any | SchemaKind::AnyObject | SchemaKind::Map(_) => json!({}),
        SchemaKind::Text { values, .. } => {
            json!(samples::text(id, name).or(values.first().copied()).unwrap_or("sample"))
        }
        SchemaKind::Date => json!("2025-01-31"),
        SchemaKind::DateTime => json!("2025-01-31T09:00:00Z"),
        SchemaKind::Integer { minimum, .. } | SchemaKind::Number { minimum, .. } => json!(minimum.unwrap_or(1)),
        SchemaKind::Boolean => json!(true),
        SchemaKind::Array { items, min_items, .. } => {
            json!(vec![example(id, name, items, depth + 1); min_items.unwrap_or(1).max(1)])
        }
        SchemaKind::Object { properties, .. } => {
            let is_plain = |schema: &Schema| {
                matches!(schema.kind, SchemaKind::Text { .. } | SchemaKind::Integer { .. } | SchemaKind::Boolean)
            };
            let required = properties.iter().filter(|property| property.required);
            let mut chosen: Vec<_> = required.collect();
            if chosen.is_empty() && depth < DEEPEST {
                let known = properties.iter().filter(|it| is_plain(it.schema) && samples::is_telling(it.name));
                chosen = known.collect();
                if chosen.is_empty() {
                    chosen.extend(properties.iter().filter(|it| is_plain(it.schema) && it.name != "selfUri").take(1));
                }
            }
            let fields = chosen.iter().map(|it| (it.name.to_owned(), example(id, it.name, it.schema, depth + 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
    }
}
