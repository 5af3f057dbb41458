//! `call --plan`: what a PATCH or a PUT would change, field by field.

use rosterkit_core::StatusCode;
use rosterkit_core::catalog::{Location, OperationEntry};
use rosterkit_core::dispatch::{Arguments, Content};
use serde_json::{Map, Value};

use super::request::{self, Request};
use crate::api::Api;
use crate::bulk;
use crate::context::Context;
use crate::error::Error;
use crate::people::{Effect, Fact, Plan, State, is_same};

/// The parameter for parts of a response that are left out otherwise.
const EXPAND: &str = "expand";
/// The field that says which state of an object is changed.
const VERSION: &str = "version";

/// Reads what the request would change, and prints it.
///
/// # Errors
/// If no operation reads what the request changes, or the request is invalid: then nothing was sent. Those of the call, and
/// of [`Plan::finish`].
pub(super) async fn print(context: &Context, api: Api, request: Request, exit_code: bool) -> Result<(), Error> {
    let operation = request.operation;
    let reader = reader(api, operation)?;
    let Some(Value::Object(mut fields)) = request.json.clone() else {
        return Err(Error::usage(format!(
            "--plan: the body of `{}` must be a JSON object, whose fields are compared; nothing was sent",
            operation.operation.id
        )));
    };
    let mut plan = Plan::begin(context)?;
    let (path, in_path) = (request.path(), request.path_params());
    request::check(api, operation, request.arguments).await?;
    let mut arguments = Arguments::new().params(in_path)?;
    if let Some(expand) = reader.parameter(EXPAND) {
        let parts: Vec<Value> =
            expand.values.iter().filter(|part| fields.contains_key(**part)).map(|part| (*part).into()).collect();
        if !parts.is_empty() {
            arguments = arguments.param(EXPAND, parts);
        }
    }
    let name = operation.operation.id;
    let before = match request::call(context, api, reader, arguments).await?.await {
        Ok(output) => object(reader, output.content)?,
        Err(error) if error.status() == Some(StatusCode::NOT_FOUND) && error.is_rejection() => {
            plan.missing(1, name, &format!("nothing is at {path}"))?;
            return plan.finish(context, exit_code);
        }
        Err(error) => return Err(error.into()),
    };
    if operation.operation.method == "PUT" {
        context.hint("PUT replaces: what becomes of fields that are not given is not in the plan");
    }
    if let (Some(given), Some(current)) = (fields.remove(VERSION), before.get(VERSION))
        && !is_same(current, &given)
    {
        plan.invalid(1, name, &format!("version {given} is not the current one, which is {current}"))?;
        return plan.finish(context, exit_code);
    }
    let (mut state, effects) = compared(before, fields);
    plan.add(1, name, &path, &mut state, effects)?;
    plan.finish(context, exit_code)
}

/// The operation that reads what another one changes: a GET of the same path that requires nothing else.
fn reader(api: Api, operation: &OperationEntry) -> Result<&'static OperationEntry, Error> {
    let changed = operation.operation;
    let fits = |entry: &&OperationEntry| {
        let requires_more = |entry: &OperationEntry| {
            entry.parameters.iter().any(|it| it.required && !matches!(it.location, Location::Path))
        };
        entry.operation.method == "GET" && entry.operation.path == changed.path && !requires_more(entry)
    };
    let found = api.catalog().operations.iter().find(fits);
    found.filter(|_| ["PATCH", "PUT"].contains(&changed.method)).ok_or_else(|| {
        Error::usage(format!(
            "--plan: what `{}` would change cannot be read: expected a PATCH or PUT of an object that a GET of the same path \
             reads, such as patchUser; nothing was sent; --dry-run shows the request. The verbs of `rosterkit genesys` and \
             `rosterkit sessions` that change something, and `lms enroll`, have a --plan of their own",
            changed.id
        ))
    })
}

/// The object of a response.
fn object(reader: &OperationEntry, content: Content) -> Result<Map<String, Value>, Error> {
    let value = match content {
        Content::Json(json) => json.into_value()?,
        Content::Empty | Content::Raw(_) => Value::Null,
    };
    match value {
        Value::Object(fields) if !fields.contains_key("entities") => Ok(fields),
        _ => {
            let id = reader.operation.id;
            Err(Error::Service(format!("--plan: the response of `{id}` is not one object; nothing was changed")))
        }
    }
}

/// What an object has of the fields, and what they make of it. An object with an id, where the request has a text, is
/// compared by its id.
fn compared(before: Map<String, Value>, fields: Map<String, Value>) -> (State, Vec<Effect>) {
    let Value::Object(before) = bulk::redacted(Value::Object(before)) else { return Default::default() };
    let Value::Object(fields) = bulk::redacted(Value::Object(fields)) else { return Default::default() };
    let state = fields.iter().filter_map(|(name, after)| {
        let before = before.get(name)?;
        let id = before.get("id").filter(|_| after.is_string());
        Some(Fact::of(name, id.unwrap_or(before).clone()))
    });
    let state = state.collect();
    (state, fields.into_iter().map(|(name, after)| Effect::of(&name, after)).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_change_of_an_object_that_can_be_read_is_planned() {
        let api = Api::GenesysUsers;
        let found = |id: &str| reader(api, api.catalog().find(id).expect("an operation")).map(|it| it.operation.id);
        assert_eq!(found("patchUser").expect("a reader"), "getUser");
        assert_eq!(found("putUserOutofoffice").expect("a reader"), "getUserOutofoffice");
        for id in ["postUsers", "deleteUser", "postUsersSearch"] {
            let message = found(id).expect_err("no reader").message(false).unwrap_or_default();
            assert!(message.contains("nothing was sent; --dry-run shows the request"), "{message}");
        }
    }

    #[test]
    fn a_reference_is_compared_by_its_id_and_a_password_is_not_shown() {
        let of = |value: Value| value.as_object().cloned().expect("an object");
        let before = of(json!({ "manager": { "id": "m-1", "selfUri": "/m" }, "title": "Old", "state": "active" }));
        let (state, effects) =
            compared(before, of(json!({ "manager": "m-1", "title": "New", "password": "S3NTINEL" })));
        let shown = |effect: &Effect| {
            (effect.key.clone(), state.get(&effect.key).map(|it| it.value.clone()), effect.after.clone())
        };
        let shown: Vec<_> = effects.iter().map(shown).collect();
        assert_eq!(
            shown,
            [
                ("manager".to_owned(), Some(json!("m-1")), json!("m-1")),
                ("password".to_owned(), None, json!("********")),
                ("title".to_owned(), Some(json!("Old")), json!("New")),
            ]
        );
    }
}
