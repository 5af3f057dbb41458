//! Many users from a file.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use genesys_users::generated::operations;
use genesys_users::types::{CreateUser, UpdateUser, User};
use genesys_users::{Client, Error as CallError, Patch};
use serde_json::Value;

use crate::bulk::{self, BulkCommand, BulkOptions};
use crate::commands::genesys::by_id;
use crate::commands::genesys::fields::{json_fields, say_left_out, take_read_only};
use crate::commands::genesys::users::with_state;
use crate::context::Context;
use crate::error::Error;
use crate::{connect, text};

/// Creates users.
pub(super) async fn create(context: &Context, options: &BulkOptions) -> Result<(), Error> {
    let command = BulkCommand {
        json: json_fields(&operations::POST_USERS),
        prepare: Box::new(|item| {
            let user: CreateUser = bulk::typed(&operations::POST_USERS, item)?;
            let missing = [("name", user.name.is_none()), ("email", user.email.is_none())];
            match missing.iter().find(|(_, is_missing)| *is_missing) {
                Some((field, _)) => Err(format!("`{field}` is missing")),
                None => Ok(with_state(user)),
            }
        }),
        name: |item| text_of(item, "email"),
    };
    if options.dry_run {
        return bulk::check(context, options, command).await;
    }
    let client = connect::genesys(context).await?;
    let users = client.users();
    let batch = bulk::one_by_one(options.concurrency, |user| users.create(user).boxed());
    bulk::run(context, options, command, batch, |user: &User| user.id.clone()).await
}

/// Changes users.
pub(super) async fn update(context: &Context, options: &BulkOptions) -> Result<(), Error> {
    let left_out = Mutex::new(BTreeSet::new());
    let command = BulkCommand {
        json: json_fields(&operations::PATCH_USER),
        prepare: Box::new(|item| {
            let (change, names) = Change::of_item(item)?;
            left_out.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
            Ok(change)
        }),
        name: |item| text_of(item, "id"),
    };
    let result = match options.dry_run {
        true => bulk::check(context, options, command).await,
        false => send_changes(context, options, command).await,
    };
    say_left_out(context, &left_out.into_inner().unwrap_or_else(PoisonError::into_inner));
    result
}

async fn send_changes(context: &Context, options: &BulkOptions, command: BulkCommand<'_, Change>) -> Result<(), Error> {
    let client = connect::genesys(context).await?;
    let batch = bulk::one_by_one(options.concurrency, |change: Change| change.send(&client).boxed());
    // Two changes of the same user are sent in order.
    let batch = batch.keyed_by(|change| vec![change.id.clone()]);
    bulk::run(context, options, command, batch, |user: &User| user.id.clone()).await
}

/// Deletes users. Items have an `id`; other fields are ignored.
pub(super) async fn delete(context: &Context, options: &BulkOptions) -> Result<(), Error> {
    let command =
        BulkCommand { json: Vec::new(), prepare: Box::new(|item| id_of(&item)), name: |item| text_of(item, "id") };
    if options.dry_run {
        return bulk::check(context, options, command).await;
    }
    let client = connect::genesys(context).await?;
    let users = client.users();
    let batch = bulk::one_by_one(options.concurrency, |id: String| users.delete(id).boxed());
    let batch = batch.keyed_by(|id| vec![id.clone()]);
    bulk::run(context, options, command, batch, |()| None).await
}

/// The user's id in an item.
fn id_of(item: &Value) -> Result<String, String> {
    match item.get("id").and_then(Value::as_str).filter(|id| !id.trim().is_empty()) {
        Some(id) => by_id::id(id).map_err(|problem| format!("invalid `id`: {problem}")),
        None => Err("`id` is missing: expected the id of the user as text".to_owned()),
    }
}

fn text_of(item: &Value, name: &str) -> String {
    item.get(name).and_then(Value::as_str).map(|text| text::shortened(text, 100)).unwrap_or_default()
}

/// A change of one user.
#[derive(Clone)]
pub(super) struct Change {
    pub id: String,
    /// The version that must be the current one. Without it, any version is changed.
    pub version: Option<i64>,
    pub update: UpdateUser,
}

impl Change {
    /// A change from `{"id": …, "version": …, field: …}`, with the names of the fields that are not sent, since the service
    /// sets them itself.
    fn of_item(item: Value) -> Result<(Self, Vec<&'static str>), String> {
        let id = id_of(&item)?;
        let Value::Object(mut fields) = item else { return Err("expected a JSON object".to_owned()) };
        fields.remove("id");
        let version = match fields.remove("version") {
            None | Some(Value::Null) => None,
            Some(version) => Some(version.as_i64().ok_or("invalid `version`: expected an integer")?),
        };
        let left_out = take_read_only(&mut fields, &operations::PATCH_USER);
        if fields.is_empty() {
            return Err("no fields to change: expected fields other than `id` and `version`".to_owned());
        }
        Ok((Self { id, version, update: bulk::typed(&operations::PATCH_USER, Value::Object(fields))? }, left_out))
    }

    pub(super) async fn send(self, client: &Client) -> Result<User, CallError> {
        let Self { id, version, update } = self;
        let Some(version) = version else {
            return client.users().patch_latest(id, |_: &User| update.clone()).await;
        };
        client.users().patch(id, UpdateUser { version: Patch::Value(version), ..update }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_needs_an_id_and_a_field_to_change() {
        for (item, problem) in [
            (json!({ "title": "Agent" }), "`id` is missing"),
            (json!({ "id": "", "title": "Agent" }), "`id` is missing"),
            (json!({ "id": "..", "title": "Agent" }), "dot segment"),
            (json!({ "id": "a/../b", "title": "Agent" }), "dot segment"),
            (json!({ "id": "%2e%2E", "title": "Agent" }), "dot segment"),
            (json!({ "id": "%252e;x", "title": "Agent" }), "dot segment"),
            (json!({ "id": "u-1", "version": 3 }), "no fields to change"),
            (json!({ "id": "u-1", "selfUri": "/users/u-1" }), "no fields to change"),
            (json!({ "id": "u-1", "version": "3", "title": "x" }), "invalid `version`"),
            (json!({ "id": "u-1", "titel": "Agent" }), "titel"),
        ] {
            let error = Change::of_item(item).err().unwrap_or_default();
            assert!(error.contains(problem), "{problem}: {error}");
        }
        let item = json!({ "id": "u-1", "version": 3, "title": null, "selfUri": "/users/u-1" });
        let (change, left_out) = Change::of_item(item).expect("a change");
        assert_eq!(left_out, ["selfUri"]);
        assert!(change.update.self_uri.is_absent());
        assert_eq!((change.id.as_str(), change.version, change.update.title.is_null()), ("u-1", Some(3), true));
    }
}
