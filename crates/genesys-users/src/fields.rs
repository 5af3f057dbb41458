//! The fields of an update.

use rosterkit_core::{FieldChange, Patch};
use serde_json::{Value, json};

use crate::types::{UpdateUser, User, UserExpand, UserStateValue};

/// The state alone, or all that is not the state: what goes into one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    State,
    Rest,
}

impl Part {
    /// The same part of another update.
    pub(crate) fn of(self, update: UpdateUser) -> UpdateUser {
        match self {
            Self::State => UpdateUser { state: update.state, version: update.version, ..UpdateUser::default() },
            Self::Rest => UpdateUser { state: Patch::Absent, ..update },
        }
    }

    /// What the part changes, for messages.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::State => "the change of `state`",
            Self::Rest => "the change of the other fields",
        }
    }
}

/// The two requests of an update that has both parts: the service drops what comes beside a state. A user is activated
/// before the rest is changed, and deactivated or deleted after it. `None` if one request takes the update.
pub(crate) fn parts(update: &UpdateUser) -> Option<[Part; 2]> {
    let rest = UpdateUser { version: Patch::Absent, ..Part::Rest.of(update.clone()) };
    match &update.state {
        _ if rest == UpdateUser::default() => None,
        Patch::Absent => None,
        Patch::Value(UserStateValue::Active) => Some([Part::State, Part::Rest]),
        Patch::Value(_) | Patch::Null => Some([Part::Rest, Part::State]),
    }
}

/// Whether a user has the values of an update, apart from its version.
pub(crate) fn are_set(update: &UpdateUser, user: &User) -> bool {
    let is_empty = UpdateUser { version: Patch::Absent, ..update.clone() } == UpdateUser::default();
    !is_empty && user.changes_by(update).is_empty()
}

/// Leaves alone the fields of an update for which a function says so. What the service sets itself is not among them.
macro_rules! drop_fields {
    ($update:ident, $is_dropped:ident: $($field:ident = $name:literal),* $(,)?) => {
        $(if $is_dropped($name) {
            $update.$field = Patch::Absent;
        })*
    };
}

impl User {
    /// The fields that an update would change, with their values before and after, in alphabetical order. The version is none
    /// of them, nor is what the service sets itself (see [`without_read_only`](UpdateUser::without_read_only)) or ignores
    /// (`username`).
    ///
    /// `null`, an empty list and, for `manager`, an empty text clear a field; a user without a value is not changed by that.
    /// Texts are compared letter by letter, and `biography`, `chat` and `employerInfo` as a whole. The items of `addresses`,
    /// `groups`, `images` and `locations` are compared in their order, by the properties that the update gives them: the service
    /// shows more. A part that the user was read without, such as `employerInfo` without its `expand`, counts as changed: what
    /// the user has is not known.
    ///
    /// ```
    /// use genesys_users::Patch;
    /// use genesys_users::types::{UpdateUser, User};
    ///
    /// let user = User { title: Some("Agent".to_owned()), department: Some("Sales".to_owned()), ..User::default() };
    /// let wanted = UpdateUser {
    ///     title: "Trainer".to_owned().into(),
    ///     department: "Sales".to_owned().into(),
    ///     preferred_name: Patch::Null,
    ///     ..UpdateUser::default()
    /// };
    /// let changes: Vec<String> = user.changes_by(&wanted).iter().map(ToString::to_string).collect();
    /// assert_eq!(changes, [r#"title: "Agent" → "Trainer""#]);
    /// ```
    pub fn changes_by(&self, update: &UpdateUser) -> Vec<FieldChange> {
        let mut held = json!(self);
        // A user has the manager, an update the id of one.
        held["manager"] = held["manager"]["id"].take();
        let update = UpdateUser { version: Patch::Absent, username: Patch::Absent, ..update.clone() };
        FieldChange::between(&held, &json!(update.without_read_only()), is_same)
    }

    /// The smallest update that makes this user what `wanted` says: without the fields that the user has already, and with
    /// the version of the user. `None` if nothing is to be changed, by the rules of [`changes_by`](Self::changes_by).
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// use genesys_users::types::UpdateUser;
    ///
    /// let wanted = UpdateUser { title: "Trainer".to_owned().into(), ..UpdateUser::default() };
    /// let user = client.users().get("user id").await?;
    /// if let Some(update) = user.smallest_update(wanted) {
    ///     client.users().patch("user id", update).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn smallest_update(&self, wanted: UpdateUser) -> Option<UpdateUser> {
        let changes = self.changes_by(&wanted);
        if changes.is_empty() {
            return None;
        }
        let mut update = wanted.without_read_only();
        let is_as_wanted = |name: &str| !changes.iter().any(|change| change.field == name);
        drop_fields!(update, is_as_wanted:
            acd_auto_answer = "acdAutoAnswer",
            addresses = "addresses",
            biography = "biography",
            certifications = "certifications",
            chat = "chat",
            department = "department",
            email = "email",
            employer_info = "employerInfo",
            groups = "groups",
            images = "images",
            locations = "locations",
            manager = "manager",
            name = "name",
            preferred_name = "preferredName",
            profile_skills = "profileSkills",
            state = "state",
            title = "title",
            username = "username",
        );
        update.version = self.version.map_or(update.version, Patch::Value);
        Some(update)
    }
}

/// Whether a user has the value of a field of an update.
fn is_same(field: &str, held: Option<&Value>, wanted: Option<&Value>) -> bool {
    let some = |value: &&Value| match value {
        Value::Array(items) => !items.is_empty(),
        Value::String(id) if field == "manager" => !id.is_empty(),
        _ => true,
    };
    match (held, wanted.filter(some)) {
        // The user was read without the part.
        (None, _) if UserExpand::VALUES.contains(&field) => false,
        (held, wanted) => match (held.filter(some), wanted) {
            (Some(Value::Array(held)), Some(Value::Array(wanted))) => {
                held.len() == wanted.len() && held.iter().zip(wanted).all(|(held, wanted)| has_all(held, wanted))
            }
            (held, wanted) => held == wanted,
        },
    }
}

/// Whether an item of a list has all that is wanted of it.
fn has_all(held: &Value, wanted: &Value) -> bool {
    match (held, wanted) {
        (Value::Object(held), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, wanted)| held.get(name).is_some_and(|held| has_all(held, wanted)) || wanted.is_null()),
        (held, wanted) => held == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_beside_other_fields_makes_two_requests_first_if_it_activates_and_last_otherwise() {
        let update = |state: Option<UserStateValue>, title: Option<&str>| UpdateUser {
            state: state.into_iter().map(Patch::Value).next().unwrap_or(Patch::Absent),
            title: title.map(str::to_owned).into_iter().map(Patch::Value).next().unwrap_or(Patch::Absent),
            version: 3.into(),
            ..Default::default()
        };
        use UserStateValue::{Active, Deleted, Inactive};
        for (state, title, expected) in [
            (Some(Active), Some("Agent"), Some([Part::State, Part::Rest])),
            (Some(Inactive), Some("Agent"), Some([Part::Rest, Part::State])),
            (Some(Deleted), Some("Agent"), Some([Part::Rest, Part::State])),
            (Some(Active), None, None),
            (None, Some("Agent"), None),
            (None, None, None),
        ] {
            let whole = update(state.clone(), title);
            assert_eq!(parts(&whole), expected);
            assert_eq!(Part::State.of(whole.clone()), update(state, None));
            assert_eq!(Part::Rest.of(whole), update(None, title));
        }
    }

    #[test]
    fn a_user_has_the_values_of_an_update_only_if_all_fields_are_equal() {
        let user = User { title: Some("Agent".to_owned()), version: Some(7), ..Default::default() };
        let title =
            |title: &str| UpdateUser { title: title.to_owned().into(), version: 6.into(), ..Default::default() };
        for (update, expected) in [
            (title("Agent"), true),
            (title("agent"), false),
            (UpdateUser { department: Patch::Null, ..title("Agent") }, true),
            (UpdateUser { department: "Sales".to_owned().into(), ..title("Agent") }, false),
            (UpdateUser { version: 7.into(), ..Default::default() }, false),
        ] {
            assert_eq!(are_set(&update, &user), expected, "{update:?}");
        }
    }

    fn user() -> User {
        serde_json::from_value(json!({
            "id": "u-1", "version": 7, "name": "Sample Person", "email": "sample@example.com", "state": "active",
            "title": "Agent", "manager": { "id": "u-2", "name": "Other Person" }, "acdAutoAnswer": true, "chat": { "jabberId": "j" },
            "addresses": [{ "address": "+4930", "display": "+49 30", "type": "WORK", "mediaType": "PHONE" }], "images": [],
            "employerInfo": { "employeeId": "1", "dateHire": "2020-01-01" }, "profileSkills": ["Sales", "Returns"],
            "locations": [{ "id": "l-1", "notes": "desk 3", "locationDefinition": { "id": "l-1", "name": "Home" } }],
        }))
        .expect("a user")
    }

    fn update(fields: Value) -> UpdateUser {
        serde_json::from_value(fields).expect("an update")
    }

    fn changes(fields: Value) -> Vec<String> {
        user().changes_by(&update(fields)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_a_user_has_is_no_change() {
        for fields in [
            json!({}),
            json!({ "version": 3, "id": "u-9", "selfUri": "/other", "username": "other" }),
            json!({ "title": "Agent", "state": "active", "acdAutoAnswer": true, "email": "sample@example.com" }),
            json!({ "department": null, "images": [], "preferredName": null }),
            json!({ "manager": "u-2", "chat": { "jabberId": "j" } }),
            json!({ "addresses": [{ "address": "+4930", "type": "WORK", "mediaType": "PHONE" }] }),
            json!({ "locations": [{ "id": "l-1" }], "profileSkills": ["Sales", "Returns"] }),
        ] {
            assert_eq!(changes(fields.clone()), Vec::<String>::new(), "{fields}");
            assert_eq!(user().smallest_update(update(fields.clone())), None, "{fields}");
        }
    }

    #[test]
    fn each_field_that_differs_is_a_change_with_both_values() {
        for (fields, change) in [
            (json!({ "title": "agent" }), r#"title: "Agent" → "agent""#),
            (json!({ "title": null }), r#"title: "Agent" → none"#),
            (json!({ "department": "Sales" }), r#"department: none → "Sales""#),
            (json!({ "manager": "" }), r#"manager: "u-2" → """#),
            (json!({ "manager": null }), r#"manager: "u-2" → none"#),
            (json!({ "state": "inactive" }), r#"state: "active" → "inactive""#),
            (
                json!({ "profileSkills": ["Returns", "Sales"] }),
                r#"profileSkills: ["Sales","Returns"] → ["Returns","Sales"]"#,
            ),
            (json!({ "profileSkills": [] }), r#"profileSkills: ["Sales","Returns"] → []"#),
        ] {
            assert_eq!(changes(fields), [change]);
        }
        for fields in [
            json!({ "employerInfo": { "employeeId": "1" } }),
            json!({ "addresses": [{ "address": "+4931", "type": "WORK" }] }),
            json!({ "addresses": [{ "address": "+4930" }, { "address": "+4930" }] }),
            json!({ "locations": [{ "id": "l-1", "notes": "desk 4" }] }),
        ] {
            assert_eq!(changes(fields.clone()).len(), 1, "{fields}");
        }
    }

    #[test]
    fn a_part_that_was_not_read_counts_as_changed() {
        assert_eq!(changes(json!({ "certifications": ["A"] })), [r#"certifications: none → ["A"]"#]);
        assert_eq!(changes(json!({ "biography": null, "certifications": [] })).len(), 2);
    }

    #[test]
    fn the_smallest_update_has_what_differs_and_the_version_of_the_user() {
        let wanted = json!({
            "id": "u-1", "version": 3, "name": "Sample Person", "email": "sample@example.com", "state": "active", "title": "Trainer",
            "username": "other", "manager": "u-2", "department": null, "images": [], "acdAutoAnswer": true,
            "chat": { "jabberId": "j" }, "addresses": [{ "address": "+4930" }], "locations": [{ "id": "l-1" }],
            "employerInfo": { "employeeId": "1", "dateHire": "2020-01-01" }, "profileSkills": ["Sales", "Returns"],
        });
        let smallest = user().smallest_update(update(wanted)).expect("a change");
        assert_eq!(json!(smallest), json!({ "title": "Trainer", "version": 7 }));
        let unversioned = User { version: None, ..user() };
        let smallest = unversioned.smallest_update(update(json!({ "title": null, "version": 3 }))).expect("a change");
        assert_eq!(json!(smallest), json!({ "title": null, "version": 3 }));
    }

    /// A field that the spec gains has to be left out, too.
    #[cfg(feature = "service")]
    #[test]
    fn every_field_of_an_update_is_left_out_where_the_user_has_its_value() {
        use rosterkit_core::catalog::{Schema, SchemaKind};

        let schema = crate::generated::schemas::body("patchUser");
        let Some(Schema { kind: SchemaKind::Object { properties, .. }, .. }) = schema else { panic!("no object") };
        let names = properties.iter().map(|property| property.name).filter(|name| !UserExpand::VALUES.contains(name));
        let mut fields: serde_json::Map<String, Value> = names.map(|name| (name.to_owned(), Value::Null)).collect();
        assert!(fields.len() > 10, "{fields:?}");
        fields.insert("title".to_owned(), "Agent".into());
        let user = User { version: Some(7), ..User::default() };
        let smallest = user.smallest_update(update(Value::Object(fields))).expect("a change");
        assert_eq!(json!(smallest), json!({ "title": "Agent", "version": 7 }));
    }
}
