//! How a person is named: by one of the keys that lead to one user.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use rosterkit_core::Request;
use serde_json::{Map, Value};

const ID: &str = "id";
const EMAIL: &str = "email";
const USERNAME: &str = "username";
const NAME: &str = "name";
/// The column of ids in other systems.
const EXTERNAL_ID: &str = "externalId";

/// How people are named.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct KeyOption {
    /// What names a user: id, email, username, name or external-id:AUTHORITY [default: a UUID is an id, a text with @ an
    /// e-mail address; in a file the first of the columns id, email and username]
    #[arg(long, value_name = "KEY")]
    pub key: Option<Key>,
}

/// What leads to one user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Id,
    Email,
    Username,
    Name,
    /// The id in another system, which this authority gives.
    ExternalId(String),
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            None if text.eq_ignore_ascii_case("id") => Ok(Self::Id),
            None if text.eq_ignore_ascii_case("email") => Ok(Self::Email),
            None if text.eq_ignore_ascii_case("username") => Ok(Self::Username),
            None if text.eq_ignore_ascii_case("name") => Ok(Self::Name),
            Some((kind, authority)) if kind.eq_ignore_ascii_case("external-id") => {
                match Request::path_problem(authority) {
                    _ if authority.trim().is_empty() => {
                        Err("external-id has no authority: expected external-id:AUTHORITY".into())
                    }
                    Some(problem) => Err(format!("the authority {problem}")),
                    None => Ok(Self::ExternalId(authority.to_owned())),
                }
            }
            None if text.eq_ignore_ascii_case("external-id") => {
                Err("external-id has no authority: expected external-id:AUTHORITY".to_owned())
            }
            _ => Err("expected id, email, username, name or external-id:AUTHORITY".to_owned()),
        }
    }
}

impl Key {
    /// The columns of files that can name somebody.
    pub(crate) const COLUMNS: [&str; 5] = [ID, EMAIL, USERNAME, NAME, EXTERNAL_ID];

    /// The column of a file that has it.
    pub(crate) fn column(&self) -> &'static str {
        match self {
            Self::Id => ID,
            Self::Email => EMAIL,
            Self::Username => USERNAME,
            Self::Name => NAME,
            Self::ExternalId(_) => EXTERNAL_ID,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id => formatter.write_str("id"),
            Self::Email => formatter.write_str("e-mail address"),
            Self::Username => formatter.write_str("username"),
            Self::Name => formatter.write_str("name"),
            Self::ExternalId(authority) => write!(formatter, "external id of {authority}"),
        }
    }
}

/// A person as an argument or an item names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Person {
    pub key: Key,
    pub text: String,
}

impl Person {
    /// The person of an argument. Without a key, its form tells: a text with `@` is an e-mail address, and one without white
    /// space an id. A name is only one that `key` says to be one, since a name that fits today need not fit one person
    /// tomorrow.
    pub(crate) fn named(text: &str, key: Option<&Key>) -> Result<Self, String> {
        let key = match key {
            Some(key) => key.clone(),
            None if text.contains('@') => Key::Email,
            None if text.trim().contains(char::is_whitespace) => {
                return Err(format!(
                    "invalid user `{text}`: expected an id or an e-mail address; --key name looks for a name"
                ));
            }
            None => Key::Id,
        };
        let text = match key {
            Key::Id => id(text)?,
            _ if text.trim().is_empty() => return Err(format!("the {key} is blank")),
            Key::ExternalId(_) => id(text).map_err(|problem| problem.replacen("the id", "the external id", 1))?,
            _ => text.trim().to_owned(),
        };
        Ok(Self { key, text })
    }

    /// Takes the person out of the fields of an item. Without a key, the first of the fields `id`, `email` and `username`
    /// that the item has names it.
    pub(crate) fn take(fields: &mut Map<String, Value>, key: Option<&Key>) -> Result<Self, String> {
        let known = [Key::Id, Key::Email, Key::Username];
        let key = key.or_else(|| known.iter().find(|key| fields.get(key.column()).is_some_and(|it| !it.is_null())));
        let missing = "expected the id of the user as text, or `email` or `username` in its place";
        let Some(key) = key else { return Err(format!("`id` is missing: {missing}")) };
        let column = key.column();
        match fields.remove(column) {
            Some(Value::String(text)) if !text.trim().is_empty() => {
                Self::named(&text, Some(key)).map_err(|problem| format!("invalid `{column}`: {problem}"))
            }
            Some(Value::String(_) | Value::Null) | None => match key {
                Key::Id => Err(format!("`id` is missing: {missing}")),
                key => Err(format!("`{column}` is missing: expected the {key} of the user as text")),
            },
            Some(_) => Err(format!("invalid `{column}`: expected text")),
        }
    }
}

/// Parses an argument that names a person. A blank one, or one that the client refuses in a path, would address another
/// resource.
pub(crate) fn person(text: &str) -> Result<String, String> {
    match text.contains('@') || text.trim().contains(char::is_whitespace) {
        true => Ok(text.to_owned()),
        false => id(text),
    }
}

/// Parses an id.
pub(crate) fn id(text: &str) -> Result<String, String> {
    match Request::path_problem(text) {
        _ if text.trim().is_empty() => Err("the id is blank".to_owned()),
        Some(problem) => Err(format!("the id {problem}")),
        None => Ok(text.to_owned()),
    }
}

/// Whether a text has the form of the ids that the service gives: hexadecimal digits, 8-4-4-4-12.
pub(crate) fn is_uuid(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|it| it == b'-' || it.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_form_of_an_argument_tells_an_id_from_an_address_and_a_name_needs_its_key() {
        let named = |text, key: Option<&str>| {
            let key = key.map(|key| key.parse::<Key>().expect("a key"));
            Person::named(text, key.as_ref()).map(|person| (person.key, person.text))
        };
        let id = "21d22dff-4542-4091-a511-1910d103413e";
        assert_eq!(named(id, None), Ok((Key::Id, id.to_owned())));
        assert_eq!(named("a.roe@example.com", None), Ok((Key::Email, "a.roe@example.com".to_owned())));
        assert_eq!(named("A Roe", Some("name")), Ok((Key::Name, "A Roe".to_owned())));
        assert_eq!(named("7", Some("external-id:HR")), Ok((Key::ExternalId("HR".to_owned()), "7".to_owned())));
        assert!(named("A Roe", None).is_err_and(|problem| problem.contains("--key name")));
        assert!(named(" ", Some("name")).is_err_and(|problem| problem == "the name is blank"));
        assert!(named("..", Some("external-id:HR")).is_err_and(|problem| problem.contains("dot segment")));
        for wrong in ["mail", "external-id", "external-id:", "external-id:..", "name:x"] {
            assert!(wrong.parse::<Key>().is_err(), "{wrong}");
        }
        assert!(is_uuid(id) && !is_uuid("s-1") && !is_uuid(&id.replace('2', "x")) && !is_uuid(&id[1..]));
    }

    #[test]
    fn an_item_is_named_by_the_first_column_that_it_has_or_by_that_of_the_key() {
        let take = |item: Value, key: Option<&str>| {
            let Value::Object(mut fields) = item else { panic!("an object") };
            let key = key.map(|key| key.parse::<Key>().expect("a key"));
            Person::take(&mut fields, key.as_ref()).map(|person| (person.key, person.text, fields.len()))
        };
        let both = json!({ "id": "u-1", "email": "a@example.com" });
        assert_eq!(take(both.clone(), None), Ok((Key::Id, "u-1".to_owned(), 1)));
        assert_eq!(take(both, Some("email")), Ok((Key::Email, "a@example.com".to_owned(), 1)));
        assert_eq!(take(json!({ "username": "a" }), None), Ok((Key::Username, "a".to_owned(), 0)));
        for (item, key, problem) in [
            (json!({ "name": "A Roe" }), None, "`id` is missing"),
            (json!({ "id": "" }), None, "`id` is missing"),
            (json!({ "id": 7 }), None, "invalid `id`: expected text"),
            (json!({ "id": ".." }), None, "invalid `id`"),
            (json!({ "id": "u-1" }), Some("name"), "`name` is missing"),
            (json!({ "id": "u-1" }), Some("external-id:HR"), "`externalId` is missing"),
        ] {
            let error = take(item.clone(), key).expect_err("no person");
            assert!(error.contains(problem), "{item}: {error}");
        }
    }
}
