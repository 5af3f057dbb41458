//! Users from a file.

use genesys_users::generated::{answers, schemas};
use serde_json::{Map, Value};

use super::fields;
use super::model::user::{UserState, user_reference};
use super::store::{Genesys, NewUser, Users};
use crate::http::read_texts;
use crate::import::{Row, check_names};

impl Genesys {
    /// Adds the users of a file. The error has its line.
    pub(crate) fn import(&self, rows: Vec<Row>) -> Result<(), (u64, String)> {
        let known = known_fields();
        let mut users = self.users();
        for Row { line, fields } in rows {
            check_names(&fields, known.iter().map(String::as_str)).map_err(|problem| (line, problem))?;
            let user = user(&users, fields).map_err(|problem| (line, problem))?;
            users.add(user);
        }
        Ok(())
    }
}

/// The names of all fields that the service shows of a user.
fn known_fields() -> Vec<String> {
    let example = answers::answer("getUser").and_then(|example| serde_json::from_str(example).ok());
    let fields: Map<String, Value> = example.unwrap_or_default();
    let settable = fields::UPDATE.iter().map(|(name, _)| (*name).to_owned());
    let others = ["id", "version", "state", "manager", "division", "divisionId"].map(str::to_owned);
    fields.into_iter().map(|(name, _)| name).chain(settable).chain(others).collect()
}

fn user(users: &Users, fields: Map<String, Value>) -> Result<NewUser, String> {
    let mut given = Value::Object(fields);
    if let Some(schema) = schemas::body("patchUser") {
        read_texts(schema, &mut given);
    }
    let Value::Object(given) = given else { return Err("expected an object".to_owned()) };
    let text = |name: &str| given.get(name).map(|value| value.as_str().filter(|text| !text.is_empty()));
    let id = match text("id") {
        None => None,
        Some(None) => return Err("invalid `id`: expected a text that is not empty".to_owned()),
        Some(Some(id)) if users.by_id(id).is_some() => return Err("`id` is that of another user".to_owned()),
        Some(Some(id)) => Some(id.to_owned()),
    };
    let version = match given.get("version") {
        None => 1,
        Some(version) => {
            let version = version.as_i64().filter(|version| *version > 0);
            version.ok_or("invalid `version`: expected a whole number above 0")?
        }
    };
    let state = fields::state(&given, &UserState::ALL).map_err(|error| error.message.to_string())?;
    let mut fields = fields::read(&given, fields::UPDATE).map_err(|error| error.message.to_string())?;
    fields.retain(|_, value| !value.is_null());
    for name in ["name", "email"] {
        if !fields.contains_key(name) {
            return Err(format!("`{name}` is required"));
        }
    }
    let email = fields.get("email").cloned().unwrap_or_default();
    if email.as_str().is_some_and(|email| users.by_email(email).is_some()) {
        return Err("`email` is that of another user".to_owned());
    }
    fields.insert("username".to_owned(), email);
    let reference = |value: &Value| value.get("id").unwrap_or(value).as_str().map(str::to_owned);
    if let Some(manager) = given.get("manager") {
        let manager = reference(manager).ok_or("invalid `manager`: expected an id, or an object with one")?;
        fields.insert("manager".to_owned(), user_reference(&manager));
    }
    if let Some(division) = given.get("divisionId").or_else(|| given.get("division")) {
        let id = reference(division).ok_or("invalid `division`: expected an id, or an object with one")?;
        let divisions = users.reference().divisions();
        let known = divisions.find(&id).and_then(|place| divisions.entity(place));
        // A division of another organization is kept as it is.
        fields.insert(
            "division".to_owned(),
            known.unwrap_or_else(|| match division {
                Value::Object(_) => division.clone(),
                _ => serde_json::json!({ "id": id }),
            }),
        );
    }
    Ok(NewUser { id, version, state: state.unwrap_or(UserState::Active), fields })
}
