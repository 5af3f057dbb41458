//! What `users update`, `delete` and `restore` do to a user.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use genesys_users::generated::operations;
use genesys_users::types::{UpdateUser, User};
use genesys_users::{Client, Error as CallError, Patch};
use rosterkit_core::input::FieldKind;
use serde_json::{Value, json};

use crate::bulk;
use crate::commands::genesys::fields::{body_fields, take_read_only};
use crate::commands::genesys::roles::grants_of;
use crate::people::{Columns, Effect, Fact, Fields, Noun, Ref, State, Verb, Wanted, columns_beside_user, read_users};

/// `users update`.
#[derive(Default)]
pub(super) struct Update {
    /// The fields that are not sent, since the service sets them itself.
    left_out: Mutex<BTreeSet<&'static str>>,
    /// Whether all are deactivated or deleted.
    pub deactivates: bool,
}

/// A change of one user.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The version that must be the current one. Without it, any version is changed.
    pub version: Option<i64>,
    fields: Fields,
    /// The manager by id, e-mail address or name; `None` if the change has no manager.
    manager: Option<Ref>,
    /// Locations by id or name, in the order of the field.
    locations: Vec<Ref>,
}

impl Change {
    /// A change from `{"version": …, field: …}`, with the names of the fields that are not sent, since the service sets them
    /// itself.
    fn of_fields(mut fields: Fields) -> Result<(Self, Vec<&'static str>), String> {
        let version = match fields.remove("version") {
            None | Some(Value::Null) => None,
            Some(version) => Some(version.as_i64().ok_or("invalid `version`: expected an integer")?),
        };
        let left_out = take_read_only(&mut fields, &operations::PATCH_USER);
        if fields.is_empty() {
            return Err("no fields to change: expected fields other than `id` and `version`".to_owned());
        }
        let manager = fields.get("manager").and_then(Value::as_str).filter(|manager| !manager.trim().is_empty());
        let manager = manager.map(|manager| Ref::new(Noun::User, manager));
        let locations = locations(&mut fields)?;
        // The form of the fields is checked here, before anything is looked up.
        bulk::typed::<UpdateUser>(&Value::Object(fields.clone()))?;
        Ok((Self { version, fields, manager, locations }, left_out))
    }

    /// The fields with the ids of what was looked up.
    fn resolved(&self) -> Fields {
        let mut fields = self.fields.clone();
        if let Some(manager) = &self.manager {
            fields.insert("manager".to_owned(), manager.id().into());
        }
        let locations = fields.get_mut("locations").and_then(Value::as_array_mut);
        for (location, found) in locations.into_iter().flatten().zip(&self.locations) {
            location["id"] = found.id().into();
        }
        fields
    }

    pub(super) async fn send(self, client: &Client, id: String) -> Result<User, CallError> {
        let update = bulk::typed::<UpdateUser>(&Value::Object(self.resolved()));
        let update = update.map_err(|problem| CallError::invalid_request(&operations::PATCH_USER, problem))?;
        let Some(version) = self.version else {
            return client.users().patch_latest(id, |_: &User| update.clone()).await;
        };
        client.users().patch(id, UpdateUser { version: Patch::Value(version), ..update }).await
    }
}

/// Locations by id, or by name in place of the id.
fn locations(fields: &mut Fields) -> Result<Vec<Ref>, String> {
    let Some(locations) = fields.get_mut("locations").and_then(Value::as_array_mut) else { return Ok(Vec::new()) };
    let found = locations.iter_mut().map(|location| {
        if let Value::String(text) = location {
            *location = json!({ "id": text });
        }
        let fields =
            location.as_object_mut().ok_or("invalid `locations`: expected names, or objects with `id` or `name`")?;
        let name = fields.remove("name").filter(|_| !fields.contains_key("id"));
        let text = name.as_ref().or(fields.get("id")).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        if text.is_empty() {
            return Err("invalid `locations`: a location has neither `id` nor `name`".to_owned());
        }
        fields.insert("id".to_owned(), text.as_str().into());
        Ok(Ref::new(Noun::Location, &text))
    });
    found.collect()
}

impl Update {
    pub(super) fn new(common: &Fields) -> Self {
        let state = common.get("state").and_then(Value::as_str);
        Self { deactivates: matches!(state, Some("inactive" | "deleted")), ..Self::default() }
    }

    pub(super) fn left_out(self) -> BTreeSet<&'static str> {
        self.left_out.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A field of a user as an update writes it.
fn field(user: &Value, name: &str) -> Value {
    let value = user.get(name).cloned().unwrap_or_default();
    match (name, value) {
        ("manager", Value::Object(manager)) => manager.get("id").cloned().unwrap_or_default(),
        ("locations", Value::Array(locations)) => {
            let written = |location: &Value| {
                let notes = location.get("notes").filter(|notes| !notes.is_null());
                let id = location.get("id").or_else(|| location.pointer("/locationDefinition/id"));
                let mut written = json!({ "id": id });
                notes.into_iter().for_each(|notes| written["notes"] = notes.clone());
                written
            };
            locations.iter().map(written).collect()
        }
        (_, value) => value,
    }
}

impl Verb for Update {
    type Change = Change;

    fn doing(&self, users: usize) -> String {
        match self.deactivates {
            true => format!("deactivate {users} users"),
            false => format!("change {users} users"),
        }
    }

    fn is_destructive(&self) -> bool {
        self.deactivates
    }

    fn columns(&self) -> Columns {
        body_fields(&operations::PATCH_USER)
    }

    fn change(&self, fields: Fields) -> Result<Change, String> {
        let (change, names) = Change::of_fields(fields)?;
        self.left_out.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
        Ok(change)
    }

    fn refs<'c>(&self, change: &'c mut Change) -> Vec<&'c mut Ref> {
        change.manager.iter_mut().chain(&mut change.locations).collect()
    }

    fn read<'c>(
        &'c self,
        client: &'c Client,
        ids: &'c [String],
        _: bool,
    ) -> BoxFuture<'c, Result<HashMap<String, State>, CallError>> {
        const PARTS: [&str; 6] =
            ["profileSkills", "certifications", "locations", "languagePreference", "employerInfo", "biography"];
        async move {
            let users = read_users(client, ids, &PARTS).await?;
            let state = |(id, user): (String, Value)| {
                let names = user.as_object().into_iter().flatten().map(|(name, _)| name);
                (id, names.map(|name| Fact::of(name, field(&user, name))).collect())
            };
            Ok(users.into_iter().map(state).collect())
        }
        .boxed()
    }

    fn effects(&self, change: &Change, _: &State) -> Vec<Effect> {
        change.resolved().into_iter().map(|(name, after)| Effect::of(&name, after)).collect()
    }

    fn inverse(&self, change: &Change, before: &State) -> Option<Fields> {
        let old = |name: &String| before.get(name).map(|fact| fact.value.clone()).unwrap_or_default();
        Some(change.fields.keys().map(|name| (name.clone(), old(name))).collect())
    }

    fn undone_by(&self) -> &'static str {
        "genesys users update"
    }

    fn send(&self, client: Client, id: String, change: Change) -> BoxFuture<'static, Result<(), CallError>> {
        async move { change.send(&client, id).await.map(drop) }.boxed()
    }
}

/// The state and the roles of users.
async fn standing(client: &Client, ids: &[String], for_undo: bool) -> Result<HashMap<String, State>, CallError> {
    let mut states = HashMap::new();
    for (id, user) in read_users(client, ids, &["authorization"]).await? {
        let mut state = State::new();
        state.extend([Fact::of("state", user.get("state").cloned().unwrap_or_default())]);
        let roles = user.pointer("/authorization/roles").and_then(Value::as_array);
        let names: Vec<Value> = roles.into_iter().flatten().filter_map(|role| role.get("name").cloned()).collect();
        state.extend([Fact::of("roles", names.into())]);
        let email = user.get("email").cloned();
        state.extend(email.map(|email| Fact::of("email", email)));
        // Deleted users have no grants.
        if for_undo && user.get("state").and_then(Value::as_str) != Some("deleted") {
            let grants = grants_of(client, &id).await?;
            state.extend([Fact::of("grants", grants.iter().map(|grant| grant.item()).collect())]);
        }
        states.insert(id, state);
    }
    Ok(states)
}

/// `users delete`.
pub(super) struct Delete;

impl Verb for Delete {
    type Change = ();

    fn doing(&self, users: usize) -> String {
        format!("delete {users} users")
    }

    fn is_destructive(&self) -> bool {
        true
    }

    fn columns(&self) -> Columns {
        columns_beside_user([])
    }

    fn change(&self, _: Fields) -> Result<(), String> {
        Ok(())
    }

    fn read<'c>(
        &'c self,
        client: &'c Client,
        ids: &'c [String],
        for_undo: bool,
    ) -> BoxFuture<'c, Result<HashMap<String, State>, CallError>> {
        standing(client, ids, for_undo).boxed()
    }

    fn effects(&self, (): &(), before: &State) -> Vec<Effect> {
        let has_roles =
            before.get("roles").is_some_and(|roles| roles.value.as_array().is_some_and(|it| !it.is_empty()));
        let roles = has_roles.then(|| Effect::of("roles", Value::Null));
        [Effect::of("state", "deleted")].into_iter().chain(roles).collect()
    }

    /// The roles are lost; they are in the entry for `roles grant --from`.
    fn inverse(&self, (): &(), before: &State) -> Option<Fields> {
        if before.get("state").is_some_and(|state| state.value == "deleted") {
            return None;
        }
        let part = |key: &str, name: &str| Some((name.to_owned(), before.get(key)?.value.clone()));
        Some([part("email", "email"), part("grants", "roles")].into_iter().flatten().collect())
    }

    fn undone_by(&self) -> &'static str {
        "genesys users restore"
    }

    fn send(&self, client: Client, id: String, (): ()) -> BoxFuture<'static, Result<(), CallError>> {
        async move { client.users().delete(id).await }.boxed()
    }
}

/// `users restore`.
pub(super) struct Restore;

impl Verb for Restore {
    type Change = ();

    fn doing(&self, users: usize) -> String {
        format!("restore {users} users")
    }

    fn wanted(&self) -> Wanted {
        Wanted::Deleted
    }

    /// The file that undoes a deletion has the roles, too, for `roles grant`.
    fn columns(&self) -> Columns {
        columns_beside_user([]).with("roles", FieldKind::LeftOut)
    }

    fn change(&self, _: Fields) -> Result<(), String> {
        Ok(())
    }

    fn read<'c>(
        &'c self,
        client: &'c Client,
        ids: &'c [String],
        _: bool,
    ) -> BoxFuture<'c, Result<HashMap<String, State>, CallError>> {
        standing(client, ids, false).boxed()
    }

    fn effects(&self, (): &(), _: &State) -> Vec<Effect> {
        vec![Effect::of("state", "active")]
    }

    fn inverse(&self, (): &(), before: &State) -> Option<Fields> {
        let email = before.get("email").map(|email| ("email".to_owned(), email.value.clone()));
        before.get("state").is_some_and(|state| state.value == "deleted").then(|| email.into_iter().collect())
    }

    fn undone_by(&self) -> &'static str {
        "genesys users delete"
    }

    fn send(&self, client: Client, id: String, (): ()) -> BoxFuture<'static, Result<(), CallError>> {
        async move { client.users().restore(id).await.map(drop) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_needs_a_field_that_can_be_written() {
        let of = |item: Value| {
            let Value::Object(fields) = item else { panic!("an object") };
            Change::of_fields(fields)
        };
        for (item, problem) in [
            (json!({ "version": 3 }), "no fields to change"),
            (json!({ "selfUri": "/users/u-1" }), "no fields to change"),
            (json!({ "version": "3", "title": "x" }), "invalid `version`"),
            (json!({ "titel": "Agent" }), "titel"),
            (json!({ "locations": [7] }), "invalid `locations`"),
            (json!({ "locations": [{}] }), "neither `id` nor `name`"),
        ] {
            let error = of(item).err().unwrap_or_default();
            assert!(error.contains(problem), "{problem}: {error}");
        }
        let item = json!({ "version": 3, "title": null, "selfUri": "/u", "locations": ["Site A", { "id": "x", "notes": "n" }] });
        let (change, left_out) = of(item).expect("a change");
        assert_eq!((left_out, change.version), (vec!["selfUri"], Some(3)));
        assert_eq!(change.resolved()["title"], Value::Null);
        assert_eq!(change.resolved()["locations"], json!([{ "id": "Site A" }, { "id": "x", "notes": "n" }]));
    }
}
