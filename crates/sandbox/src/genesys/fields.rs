//! The fields of bodies that create or change a user.

use serde_json::{Map, Value};

use super::model::user::UserState;
use crate::http::Error;

/// The type of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Text; empty or `null` clears it.
    Text,
    /// Text that is required for every user.
    NeededText,
    Flag,
    Object,
    Objects,
    Texts,
    /// Accepted and ignored, because the service sets it.
    Ignored,
}

/// The fields of `CreateUser`, without state and password.
pub(super) const CREATE: &[(&str, Shape)] = &[
    ("name", Shape::NeededText),
    ("department", Shape::Text),
    ("email", Shape::NeededText),
    ("addresses", Shape::Objects),
    ("title", Shape::Text),
    ("divisionId", Shape::Text),
];

/// The fields of `UpdateUser`, without state, version and manager.
pub(super) const UPDATE: &[(&str, Shape)] = &[
    ("name", Shape::NeededText),
    ("chat", Shape::Object),
    ("department", Shape::Text),
    ("email", Shape::NeededText),
    ("addresses", Shape::Objects),
    ("title", Shape::Text),
    ("username", Shape::Ignored),
    ("preferredName", Shape::Text),
    ("images", Shape::Objects),
    ("profileSkills", Shape::Texts),
    ("locations", Shape::Objects),
    ("groups", Shape::Objects),
    ("acdAutoAnswer", Shape::Flag),
    ("certifications", Shape::Texts),
    ("biography", Shape::Object),
    ("employerInfo", Shape::Object),
];

/// The fields of a body that are named in `shapes`, with `null` for fields to be cleared. Absent fields are absent from the
/// result; unknown ones are ignored.
pub(super) fn read(body: &Map<String, Value>, shapes: &[(&str, Shape)]) -> Result<Map<String, Value>, Error> {
    let mut fields = Map::new();
    for (name, shape) in shapes {
        let Some(value) = body.get(*name) else { continue };
        if let Some(value) = shape.read(name, value)? {
            fields.insert((*name).to_owned(), value);
        }
    }
    if fields.get("email").and_then(Value::as_str).is_some_and(|email| !is_address(email)) {
        return Err(Error::invalid("email", "must be an e-mail address"));
    }
    Ok(fields)
}

/// Whether a text looks like an e-mail address: text before and after one `@`, without whitespace.
fn is_address(text: &str) -> bool {
    let parts = text
        .split_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
    parts && !text.contains(|letter: char| letter.is_whitespace() || letter.is_control())
}

impl Shape {
    fn read(self, name: &str, value: &Value) -> Result<Option<Value>, Error> {
        let all = |fits: fn(&Value) -> bool| value.as_array().is_some_and(|items| items.iter().all(fits));
        let (fits, expected) = match self {
            Self::Ignored => return Ok(None),
            Self::NeededText => {
                let filled = value.as_str().is_some_and(|text| !text.trim().is_empty());
                return if filled {
                    Ok(Some(value.clone()))
                } else {
                    Err(Error::invalid(name, "must be a text that is not empty"))
                };
            }
            Self::Text => (value.is_string(), "must be a text"),
            Self::Flag => (value.is_boolean(), "must be true or false"),
            Self::Object => (value.is_object(), "must be an object"),
            Self::Objects => (all(Value::is_object), "must be a list of objects"),
            Self::Texts => (all(Value::is_string), "must be a list of texts"),
        };
        if value.is_null() || value.as_str().is_some_and(str::is_empty) && fits {
            return Ok(Some(Value::Null));
        }
        if fits { Ok(Some(value.clone())) } else { Err(Error::invalid(name, expected)) }
    }
}

/// The state in a body, if there is one.
pub(super) fn state(body: &Map<String, Value>, allowed: &[UserState]) -> Result<Option<UserState>, Error> {
    let Some(value) = body.get("state") else { return Ok(None) };
    let state = value.as_str().and_then(UserState::parse).filter(|state| allowed.contains(state));
    state.map(Some).ok_or_else(|| Error::invalid("state", "must be a state that this operation can set"))
}
