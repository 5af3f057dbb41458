//! Batches of users: create, update, deactivate.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use session_clusters::generated::operations::{BATCH_DEACTIVATE_USERS_MAX_ITEMS, BATCH_UPSERT_USERS_MAX_ITEMS};

use super::model::User;
use super::store::{Sessions, Users};
use crate::UNTRUSTED;
use crate::http::{Call, Error, Handler, Reply};
use crate::import::{Row, check_names};

pub(super) const HANDLERS: &[(&str, Handler<Sessions>)] =
    &[("batchDeactivateUsers", deactivate), ("batchUpsertUsers", upsert)];

fn upsert(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Error> {
    let batch = batch(call, BATCH_UPSERT_USERS_MAX_ITEMS)?;
    let mut users = sessions.users();
    let (mut written, mut failed) = (Vec::new(), Vec::new());
    for template in &batch {
        match upsert_one(&mut users, template) {
            Ok(user) => written.push(user),
            Err(reason) => failed.push(json!({ "user": valid_fields(&users, template), "error": reason })),
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
        Some(_) => return Err("active must be true or false".to_owned()),
    };
    if remote_id.starts_with(UNTRUSTED) {
        return Err("This user does not belong to a trusted domain".to_owned());
    }
    Ok(users.upsert(remote_id, first, last, active).describe())
}

/// The fields of a user in a file.
const FIELDS: [&str; 5] = ["id", "remoteId", "firstName", "lastName", "active"];

impl Sessions {
    /// Adds the users of a file. The error has its line.
    pub(crate) fn import(&self, rows: Vec<Row>) -> Result<(), (u64, String)> {
        let mut users = self.users();
        for Row { line, mut fields } in rows {
            import(&mut users, &mut fields).map_err(|problem| (line, problem))?;
        }
        Ok(())
    }
}

fn import(users: &mut Users, fields: &mut Map<String, Value>) -> Result<(), String> {
    check_names(fields, FIELDS.into_iter())?;
    if let Some(read) = fields.get("active").and_then(Value::as_str).and_then(|text| text.parse::<bool>().ok()) {
        fields.insert("active".to_owned(), Value::Bool(read));
    }
    let remote_id = fields.get("remoteId").and_then(Value::as_str);
    if remote_id.is_some_and(|remote_id| users.by_remote_id(remote_id).is_some()) {
        return Err("`remoteId` is that of another user".to_owned());
    }
    upsert_one(users, fields).map(|_| ())
}

/// The valid fields of a template, with the id if the user exists.
fn valid_fields(users: &Users, template: &Map<String, Value>) -> Value {
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

/// The successful response is not documented; it has the shape of an upsert's. If no user exists, the documented error
/// comes with HTTP 200, as the service sends it.
fn deactivate(sessions: &Sessions, call: &Call<'_>) -> Result<Reply, Error> {
    let batch = batch(call, BATCH_DEACTIVATE_USERS_MAX_ITEMS)?;
    let mut users = sessions.users();
    let found = batch.iter().map(|reference| referred(&users, reference)).collect::<Result<Vec<_>, _>>()?;
    let (mut written, mut failed) = (Vec::new(), Vec::new());
    for (reference, found) in batch.iter().zip(found) {
        match found {
            Ok(position) => {
                users.deactivate(position);
                written.extend(users.get(position).as_ref().map(User::describe));
            }
            Err(reason) => failed.push(json!({ "user": reference, "error": reason })),
        }
    }
    if written.is_empty() {
        return Err(Error::new(StatusCode::OK, "no.such.users", "None of the users exists."));
    }
    Ok(Reply::json(&json!({ "success": true, "data": { "success": written, "failed": failed }, "error": null })))
}

/// The position of the user that a reference names by remote id, by id, or by both; or why there is none.
fn referred(users: &Users, reference: &Map<String, Value>) -> Result<Result<u64, &'static str>, Error> {
    let text = |name: &str| reference.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (remote_id, id) = (text("remoteId"), text("id"));
    let by_remote_id = remote_id.and_then(|remote_id| users.by_remote_id(remote_id));
    let by_id = id.and_then(|id| users.by_id(id));
    Ok(match (remote_id.is_some(), id.is_some()) {
        (false, false) => return Err(Error::invalid("users", "holds a user without `remoteId` and `id`")),
        (true, true) if by_remote_id != by_id => Err("remoteId and id belong to different users"),
        _ => by_remote_id.or(by_id).ok_or("There is no such user"),
    })
}

/// The entries of `users`.
fn batch(call: &Call<'_>, max: usize) -> Result<Vec<Map<String, Value>>, Error> {
    let mut body = call.json_object()?;
    let users = body.remove("users").ok_or_else(|| Error::missing("users"))?;
    let Value::Array(users) = users else { return Err(Error::invalid("users", "must be a list of objects")) };
    if users.is_empty() || users.len() > max {
        return Err(Error::invalid("users", &format!("must have 1 to {max} items")));
    }
    let objects = users.into_iter().map(|user| match user {
        Value::Object(user) => Ok(user),
        _ => Err(Error::invalid("users", "must be a list of objects")),
    });
    objects.collect()
}
