//! What an upsert would change of a user.

use rosterkit_core::FieldChange;
use serde_json::json;

use crate::types::{SessionUser, UserTemplate};

impl SessionUser {
    /// The fields that an upsert of this template would change, with their values before and after, in alphabetical order.
    /// Empty if the user has all that the template has: then it need not be sent.
    ///
    /// Fields that the template leaves out are left alone. So are those that are `null` in
    /// [`additional_properties`](UserTemplate::additional_properties) and that the user lacks. Names and ids are compared letter
    /// by letter. Whether the template means this user is not checked: a change of `remoteId` or `id` says that the service
    /// would take it for another one.
    ///
    /// ```
    /// use session_clusters::types::{SessionUser, UserTemplate};
    ///
    /// let user = SessionUser {
    ///     id: Some("7f".to_owned()),
    ///     remote_id: Some("remote-123".to_owned()),
    ///     first_name: Some("Sample".to_owned()),
    ///     last_name: Some("Person".to_owned()),
    ///     active: Some(true),
    ///     ..SessionUser::default()
    /// };
    /// let wanted = UserTemplate {
    ///     remote_id: Some("remote-123".to_owned()),
    ///     first_name: Some("Sample".to_owned()),
    ///     last_name: Some("Person-Smith".to_owned()),
    ///     ..UserTemplate::default()
    /// };
    /// let changes: Vec<String> = user.changes_by(&wanted).iter().map(ToString::to_string).collect();
    /// assert_eq!(changes, [r#"lastName: "Person" → "Person-Smith""#]);
    /// ```
    pub fn changes_by(&self, template: &UserTemplate) -> Vec<FieldChange> {
        FieldChange::between(&json!(self), &json!(template), |_, held, wanted| held == wanted)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn changes(template: Value) -> Vec<String> {
        let user = json!({
            "id": "7f", "remoteId": "r-1", "firstName": "Sample", "lastName": "Person", "active": false, "domain": "a.example.com",
        });
        let user: SessionUser = serde_json::from_value(user).expect("a user");
        let template: UserTemplate = serde_json::from_value(template).expect("a template");
        user.changes_by(&template).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_template_of_what_the_user_has_changes_nothing() {
        for template in [
            json!({}),
            json!({ "remoteId": "r-1", "firstName": "Sample", "lastName": "Person", "active": false }),
            json!({ "id": "7f", "domain": "a.example.com", "team": null }),
        ] {
            assert_eq!(changes(template.clone()), Vec::<String>::new(), "{template}");
        }
    }

    #[test]
    fn each_field_that_differs_is_a_change_with_both_values() {
        for (template, change) in [
            (json!({ "firstName": "sample" }), r#"firstName: "Sample" → "sample""#),
            (json!({ "lastName": "" }), r#"lastName: "Person" → """#),
            (json!({ "active": true }), "active: false → true"),
            (json!({ "remoteId": "r-2" }), r#"remoteId: "r-1" → "r-2""#),
            (json!({ "domain": null }), r#"domain: "a.example.com" → none"#),
            (json!({ "team": 3 }), "team: none → 3"),
        ] {
            assert_eq!(changes(template), [change]);
        }
    }
}
