//! Batches of users: create, update, deactivate.

use serde_json::{Map, Value, json};

use super::Sessions;
use super::store::Users;
use super::users::describe;
use crate::UNTRUSTED;
use crate::http::{Call, Failure, Handler, Reply};

pub(super) const HANDLERS: &[(&str, Handler<Sessions>)] =
    &[("batchDeactivateUsers", deactivate), ("batchUpsertUsers", upsert)];

const MAX: usize = 200;

fn upsert(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Failure> {
    let batch = batch(call)?;
    let mut users = sessions.users();
    let (mut written, mut failed) = (Vec::new(), Vec::new());
    for template in &batch {
        match upsert_one(&mut users, template) {
            Ok(user) => written.push(user),
            Err(reason) => failed.push(json!({ "user": understood(&users, template), "error": reason })),
        }
    }
    Ok(Reply::json(&json!({ "success": true, "data": { "success": written, "failed": failed }, "error": null })))
}

fn upsert_one(users: &mut Users, template: &Map<String, Value>) -> Result<Value, String> {
    let needed = |name: &str| {
        let text = template.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
        text.ok_or_else(|| format!("{name} is missing"))
    };
    let (remote_id, first, last) = (needed("remoteId")?, needed("firstName")?, needed("lastName")?);
    let active = match template.get("active") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(active)) => Some(*active),
        Some(_) => return Err("active is neither true nor false".to_owned()),
    };
    if remote_id.starts_with(UNTRUSTED) {
        return Err("This user does not belong to a trusted domain".to_owned());
    }
    Ok(describe(&users.upsert(remote_id, first, last, active)))
}

/// The template as far as it makes a user, with the id if there is such a user.
fn understood(users: &Users, template: &Map<String, Value>) -> Value {
    let mut user = Map::new();
    for name in ["firstName", "lastName", "remoteId"] {
        if let Some(text) = template.get(name).filter(|value| value.is_string()) {
            user.insert(name.to_owned(), text.clone());
        }
    }
    if let Some(active) = template.get("active").filter(|value| value.is_boolean()) {
        user.insert("active".to_owned(), active.clone());
    }
    let known = template.get("remoteId").and_then(Value::as_str).and_then(|id| users.get(users.by_remote_id(id)?));
    if let Some(known) = known {
        user.insert("id".to_owned(), Value::from(known.id));
    }
    Value::Object(user)
}

fn deactivate(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Failure> {
    let batch = batch(call)?;
    let mut users = sessions.users();
    let mut positions = Vec::new();
    for reference in &batch {
        let text = |name: &str| reference.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        positions.push(match (text("remoteId"), text("id")) {
            (Some(remote_id), _) => users.by_remote_id(remote_id),
            (None, Some(id)) => users.by_id(id),
            (None, None) => return Err(Failure::invalid("users", "holds a user without `remoteId` and `id`")),
        });
    }
    let unknown = positions.iter().filter(|position| position.is_none()).count();
    for position in positions.iter().flatten() {
        users.deactivate(*position);
    }
    // What a successful answer holds is not documented.
    let data = json!({ "deactivated": batch.len() - unknown, "unknown": unknown });
    Ok(Reply::json(&json!({ "success": true, "data": data, "error": null })))
}

/// The 1 to 200 entries of `users`.
fn batch(call: &Call<'_>) -> Result<Vec<Map<String, Value>>, Failure> {
    let mut body = call.json_object()?;
    let users = body.remove("users").ok_or_else(|| Failure::missing("users"))?;
    let Value::Array(users) = users else { return Err(Failure::invalid("users", "must be a list of objects")) };
    if users.is_empty() || users.len() > MAX {
        return Err(Failure::invalid("users", "must have 1 to 200 items"));
    }
    let objects = users.into_iter().map(|user| match user {
        Value::Object(user) => Ok(user),
        _ => Err(Failure::invalid("users", "must be a list of objects")),
    });
    objects.collect()
}
