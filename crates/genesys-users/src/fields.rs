//! The fields of an update.

use serde_json::Value;

use crate::types::{UpdateUser, User};

/// Whether a user has the values of an update, apart from its version.
pub(crate) fn are_set(update: &UpdateUser, user: &User) -> bool {
    let (Ok(Value::Object(update)), Ok(user)) = (serde_json::to_value(update), serde_json::to_value(user)) else {
        return false;
    };
    let mut sent = update.iter().filter(|(name, _)| *name != "version").peekable();
    sent.peek().is_some() && sent.all(|(name, value)| user.get(name).unwrap_or(&Value::Null) == value)
}

#[cfg(test)]
mod tests {
    use rosterkit_core::Patch;

    use super::*;

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
}
