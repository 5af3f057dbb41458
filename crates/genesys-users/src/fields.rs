//! The fields of an update.

use rosterkit_core::Patch;
use serde_json::Value;

use crate::types::{UpdateUser, User, UserStateValue};

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
    let (Ok(Value::Object(update)), Ok(user)) = (serde_json::to_value(update), serde_json::to_value(user)) else {
        return false;
    };
    let mut sent = update.iter().filter(|(name, _)| *name != "version").peekable();
    sent.peek().is_some() && sent.all(|(name, value)| user.get(name).unwrap_or(&Value::Null) == value)
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
}
