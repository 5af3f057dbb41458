//! The body of create and update commands, from options.

use std::collections::BTreeSet;

use genesys_users::generated::schemas;
use rosterkit_core::Operation;
use rosterkit_core::catalog::{Property, Schema, SchemaKind};
use rosterkit_core::input::{FieldKind, Fields, strict_json};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::bulk;
use crate::commands::values;
use crate::context::Context;
use crate::error::Error;
use crate::files::Source;

/// The fields of an operation's body.
pub(super) fn body_fields(operation: &Operation) -> Fields {
    Fields::of_schema(schemas::body(operation.id))
}

/// The fields of an operation's body that are never text. For `--set`, their values are JSON.
fn json_fields(operation: &Operation) -> Vec<&'static str> {
    let schema = schemas::body(operation.id);
    let Some(Schema { kind: SchemaKind::Object { properties, .. }, .. }) = schema else { return Vec::new() };
    let is_json = |it: &&Property| FieldKind::of(it.schema) != FieldKind::Text;
    properties.iter().filter(is_json).map(|it| it.name).collect()
}

/// Takes out the fields that the service sets itself, so that what was read can be sent back with a change. Returns their
/// names.
pub(super) fn take_read_only(fields: &mut Map<String, Value>, operation: &Operation) -> Vec<&'static str> {
    let schema = schemas::body(operation.id);
    let Some(Schema { kind: SchemaKind::Object { properties, .. }, .. }) = schema else { return Vec::new() };
    let names = properties.iter().filter(|property| property.read_only).map(|property| property.name);
    names.filter(|name| fields.remove(*name).is_some()).collect()
}

/// Says on standard error which fields are not sent.
pub(super) fn say_left_out(context: &Context, names: &BTreeSet<&'static str>) {
    if !names.is_empty() {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        context.hint(format!("not sent, since the service sets it: {}", names.join(", ")));
    }
}

/// The values of `--body`, `--set` and `--clear`.
pub(super) struct FieldOptions<'a> {
    pub body: Option<&'a str>,
    pub set: &'a [String],
    pub clear: &'a [String],
}

impl FieldOptions<'_> {
    /// The fields, for the body of an operation. `--set` and `--clear` take precedence over `--body`.
    ///
    /// # Errors
    /// If a value is invalid, or if there is none.
    pub(super) fn fields(&self, context: &Context, operation: &Operation) -> Result<Map<String, Value>, Error> {
        let fields = self.any(context, operation)?;
        match fields.is_empty() {
            true => Err(Error::usage("no fields to write: give --set FIELD=VALUE, --body, or --from FILE")),
            false => Ok(fields),
        }
    }

    /// The same, where there need not be any.
    ///
    /// # Errors
    /// If a value is invalid.
    pub(super) fn any(&self, context: &Context, operation: &Operation) -> Result<Map<String, Value>, Error> {
        let mut fields = match self.body.map(|body| Source::of(body).json(context, "--body")).transpose()? {
            None => Map::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => return Err(Error::usage("--body: expected a JSON object, such as '{\"title\": \"Agent\"}'")),
        };
        let json = json_fields(operation);
        let mut named = Map::new();
        for text in self.set {
            let (name, value) = values::pair("--set", "title=Agent", text)?;
            if name.eq_ignore_ascii_case("password") {
                return Err(Error::usage(
                    "--set: a password must not be on the command line: use a file, --body @FILE",
                ));
            }
            let (name, is_json) = match name.strip_suffix(":json") {
                Some(name) => (name, true),
                None => (name, json.contains(&name)),
            };
            let value = match is_json {
                true => strict_json::value(value.as_bytes()).map_err(|problem| {
                    let expected = || "invalid JSON value: expected a value such as true, 3 or [\"a\"]".to_owned();
                    Error::usage(format!("--set {name}: {}", problem.cause.unwrap_or_else(expected)))
                })?,
                false => value.into(),
            };
            add(&mut named, name, value)?;
        }
        for name in self.clear {
            add(&mut named, name, Value::Null)?;
        }
        fields.extend(named);
        Ok(fields)
    }
}

fn add(fields: &mut Map<String, Value>, name: &str, value: Value) -> Result<(), Error> {
    match fields.insert(name.to_owned(), value) {
        None => Ok(()),
        Some(_) => Err(Error::usage(format!("field `{name}` is given twice: give it only once"))),
    }
}

/// The fields as the body of an operation.
pub(super) fn body<T: DeserializeOwned + Serialize>(
    operation: &'static Operation,
    fields: Map<String, Value>,
) -> Result<T, Error> {
    bulk::typed(&Value::Object(fields)).map_err(|problem| Error::Usage(format!("{}: {problem}", operation.id)))
}
