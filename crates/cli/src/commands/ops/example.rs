//! An example call to copy. It works as it stands, on the embedded sandbox; against a real account, with other ids.

mod genesys_users;
mod peoplefluent_lms;
mod samples;
mod session_clusters;

use rosterkit_core::catalog::{Kind, Location, OperationEntry, ParameterEntry, Schema, SchemaKind};
use serde_json::{Map, Value, json};

use self::samples::Samples;
use crate::api::Api;

/// How deep a body goes: what is below is left out where it may be.
const DEEPEST: usize = 3;

/// The command line of an example.
pub(super) fn command(api: Api, entry: &OperationEntry) -> String {
    let (id, samples) = (entry.operation.id, samples::of(api.catalog().api));
    let mut words: Vec<String> = ["rosterkit", "--sandbox", "call", api.catalog().api, id].map(str::to_owned).into();
    let mut before = String::new();
    let chosen = entry.representations.map(|representations| representations.parameter);
    let needed = entry.parameters.iter().filter(|parameter| {
        (parameter.required || samples.has_own(id, parameter.name)) && Some(parameter.name) != chosen
    });
    let (files, params): (Vec<&ParameterEntry>, Vec<&ParameterEntry>) =
        needed.partition(|parameter| parameter.kind == Kind::File);
    if !params.is_empty() {
        let params = params.iter().map(|parameter| (parameter.name.to_owned(), value(samples, id, parameter)));
        words.extend(["--params".to_owned(), Value::Object(params.collect::<Map<_, _>>()).to_string()]);
    }
    for file in files {
        let name = format!("{}.zip", file.name);
        before += &format!("{} && ", made(api, id, &name));
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
        let of_schema = || api.body_schema(id).map(|schema| of_schema(samples, id, "", schema, 0).to_string());
        let body = samples.body(id).map(str::to_owned).or_else(of_schema);
        words.extend(["--body".to_owned(), body.unwrap_or_else(|| "{}".to_owned())]);
    }
    before + &joined(&words)
}

/// Words as a shell takes them. Quoting fails on NUL alone, which no word has.
fn joined(words: &[String]) -> String {
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}

/// The command that makes a file: a call that gives such a one, if there is one.
fn made(api: Api, operation: &str, file: &str) -> String {
    let giver = samples::GIVEN_BY.iter().find(|(taker, _)| *taker == operation);
    match giver.and_then(|(_, giver)| api.catalog().find(giver)) {
        Some(giver) => format!("{} --out {file}", command(api, giver)),
        None => format!("touch {file}"),
    }
}

/// A value that the parameter takes.
fn value(samples: &Samples, operation: &str, parameter: &ParameterEntry) -> Value {
    let one = samples.value(operation, parameter).unwrap_or_else(|| match (parameter.values.first(), parameter.kind) {
        (Some(first), _) => json!(first),
        (None, Kind::Integer) => json!(parameter.minimum.unwrap_or(1)),
        (None, Kind::Number) => json!(1.5),
        (None, Kind::Boolean) => json!(true),
        (None, Kind::Date) => json!("2025-01-31"),
        (None, Kind::DateTime) => json!("2025-01-31T09:00:00Z"),
        (None, Kind::Object) => json!({}),
        (None, Kind::String | Kind::File) => json!(parameter.name),
    });
    match parameter.repeated {
        true => Value::Array(vec![one; parameter.min_items.unwrap_or(1).max(1)]),
        false => one,
    }
}

/// A value of a schema: what is required, else the texts, numbers and truths that come first.
fn of_schema(samples: &Samples, id: &str, name: &str, schema: &Schema, depth: usize) -> Value {
    match schema.kind {
        SchemaKind::Any | SchemaKind::AnyObject | SchemaKind::Map(_) => json!({}),
        SchemaKind::Text { values, .. } => {
            json!(values.first().copied().or(samples.text(id, name)).unwrap_or("sample"))
        }
        SchemaKind::Date => json!("2025-01-31"),
        SchemaKind::DateTime => json!("2025-01-31T09:00:00Z"),
        SchemaKind::Integer { minimum, .. } | SchemaKind::Number { minimum, .. } => json!(minimum.unwrap_or(1)),
        SchemaKind::Boolean => json!(true),
        SchemaKind::Array { items, min_items, .. } => {
            json!(vec![of_schema(samples, id, name, items, depth + 1); min_items.unwrap_or(1).max(1)])
        }
        SchemaKind::Object { properties, .. } => {
            let is_plain = |schema: &Schema| {
                matches!(schema.kind, SchemaKind::Text { .. } | SchemaKind::Integer { .. } | SchemaKind::Boolean)
            };
            let required = properties.iter().filter(|property| property.required);
            let mut chosen: Vec<_> = required.collect();
            if chosen.is_empty() && depth < DEEPEST {
                let telling = |name: &str| matches!(name, "id" | "name" | "title" | "version");
                chosen = properties.iter().filter(|it| is_plain(it.schema) && telling(it.name)).collect();
                if chosen.is_empty() {
                    chosen.extend(properties.iter().filter(|it| is_plain(it.schema) && it.name != "selfUri").take(1));
                }
            }
            let field = |it: &rosterkit_core::catalog::Property| {
                (it.name.to_owned(), of_schema(samples, id, it.name, it.schema, depth + 1))
            };
            Value::Object(chosen.into_iter().map(field).collect::<Map<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn every_sample_belongs_to_an_operation_that_takes_it() {
        for api in Api::value_variants() {
            let (catalog, samples) = (api.catalog(), samples::of(api.catalog().api));
            for (id, name, _) in samples.parameters {
                let parameter = catalog.find(id).and_then(|entry| entry.parameter(name));
                let parameter = parameter.unwrap_or_else(|| panic!("{id} has no parameter {name}"));
                assert!(samples.value(id, parameter).is_some(), "the sample of {id} {name} is of another type");
            }
            for (name, _) in samples.shared {
                let mut entries = catalog.operations.iter();
                assert!(entries.any(|entry| entry.parameter(name).is_some()), "no operation takes {name}");
            }
            for (id, body) in samples.bodies {
                assert!(catalog.find(id).is_some_and(|entry| entry.request.is_some()), "{id} takes no body");
                let Some(schema) = api.body_schema(id) else { continue };
                let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{id}: {error}"));
                schema.check(&body).unwrap_or_else(|violation| panic!("{id}: {violation}"));
            }
        }
    }

    #[test]
    fn a_body_that_is_made_from_its_schema_fits_it() {
        for api in Api::value_variants() {
            for entry in api.catalog().operations {
                let id = entry.operation.id;
                let Some(schema) = api.body_schema(id) else { continue };
                let body = of_schema(samples::of(api.catalog().api), id, "", schema, 0);
                schema.check(&body).unwrap_or_else(|violation| panic!("{id}: {violation} in {body}"));
            }
        }
    }
}
