//! The fields of a user that can be searched, and their texts.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use crate::genesys::expand::Expand;
use crate::genesys::lookup;
use crate::genesys::model::user::User;
use crate::genesys::store::Users;
use crate::http::Error;

/// The properties of a user, without URIs.
const PROPERTIES: &[&str] = &[
    "id",
    "name",
    "division",
    "chat",
    "department",
    "email",
    "primaryContactInfo",
    "addresses",
    "state",
    "title",
    "username",
    "manager",
    "version",
    "certifications",
    "biography",
    "employerInfo",
    "preferredName",
    "routingStatus",
    "presence",
    "integrationPresence",
    "outOfOffice",
    "geolocation",
    "station",
    "profileSkills",
    "locations",
    "groups",
    "team",
    "skills",
    "languages",
    "acdAutoAnswer",
    "languagePreference",
    "lastTokenIssued",
    "dateLastLogin",
];

/// The fields of a query string that names none.
pub(super) const USUAL: [Field; 5] = [
    Field::Plain(Plain::Name),
    Field::Plain(Plain::Email),
    Field::Plain(Plain::Username),
    Field::Plain(Plain::Title),
    Field::Plain(Plain::Department),
];

/// The field of a condition or an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// Read without rendering the user as JSON.
    Plain(Plain),
    /// Every text below this path in the user's JSON.
    Path(Vec<String>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plain {
    Id,
    Name,
    Email,
    Username,
    Title,
    Department,
    UserState,
    Version,
}

impl Field {
    pub(super) fn parse(parameter: &str, name: &str) -> Result<Self, Error> {
        Ok(Self::Plain(match name {
            "id" => Plain::Id,
            "name" => Plain::Name,
            "email" => Plain::Email,
            "username" => Plain::Username,
            "title" => Plain::Title,
            "department" => Plain::Department,
            "state" => Plain::UserState,
            "version" => Plain::Version,
            "divisionId" => return Ok(Self::Path(vec!["division".to_owned(), "id".to_owned()])),
            _ => {
                let path: Vec<String> = name.split('.').map(str::to_owned).collect();
                if !path.first().is_some_and(|top| PROPERTIES.contains(&top.as_str())) {
                    let known = PROPERTIES.join(", ");
                    return Err(Error::invalid(
                        parameter,
                        &format!(
                            "holds a field that cannot be searched. There are {known}, and what lies below them after a dot"
                        ),
                    ));
                }
                return Ok(Self::Path(path));
            }
        }))
    }

    /// The largest of the scores of the field's texts.
    pub(super) fn score(&self, subject: &Subject<'_>, score: impl Fn(&str) -> u32) -> u32 {
        match self {
            Self::Plain(plain) => plain.text(&subject.user).map_or(0, |text| score(&text)),
            Self::Path(path) => {
                let mut best = 0;
                texts_below(subject.json(path), path, &mut |text| best = best.max(score(text)));
                best
            }
        }
    }

    /// The field's first text.
    pub(super) fn text(&self, subject: &Subject<'_>) -> Option<String> {
        match self {
            Self::Plain(plain) => plain.text(&subject.user).map(Cow::into_owned),
            Self::Path(path) => {
                let mut first = None;
                texts_below(subject.json(path), path, &mut |text| {
                    first.get_or_insert_with(|| text.to_owned());
                });
                first
            }
        }
    }
}

impl Plain {
    fn text<'a>(self, user: &'a User<'_>) -> Option<Cow<'a, str>> {
        let name = match self {
            Self::Id => return Some(Cow::Borrowed(&user.id)),
            Self::UserState => return Some(Cow::Borrowed(user.state.as_str())),
            Self::Version => return Some(Cow::Owned(user.version.to_string())),
            Self::Name => "name",
            Self::Email => "email",
            Self::Username => "username",
            Self::Title => "title",
            Self::Department => "department",
        };
        if let Some(changed) = user.changed(name) {
            return changed.as_str().map(Cow::Borrowed);
        }
        let person = user.person.as_ref()?;
        Some(match self {
            Self::Name => Cow::Owned(person.name()),
            Self::Title => Cow::Borrowed(person.title),
            Self::Department => Cow::Borrowed(person.department),
            _ => Cow::Owned(person.email()),
        })
    }
}

/// A user that is compared. Its JSON is rendered when it is first needed.
pub(super) struct Subject<'a> {
    pub(super) user: User<'a>,
    users: &'a Users,
    shown: OnceCell<(String, Value)>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(users: &'a Users, user: User<'a>) -> Self {
        Self { user, users, shown: OnceCell::new() }
    }

    /// The user with the part that a path begins with; the first requested part is kept.
    fn json(&self, path: &[String]) -> Cow<'_, Value> {
        let part = path.first().map_or("", String::as_str);
        let (kept, shown) = self.shown.get_or_init(|| (part.to_owned(), self.with(part)));
        if kept == part { Cow::Borrowed(shown) } else { Cow::Owned(self.with(part)) }
    }

    fn with(&self, part: &str) -> Value {
        // The only part whose property differs from the value of `expand`.
        let part = if part == "lastTokenIssued" { "lasttokenissued" } else { part };
        lookup::shown(self.users, &self.user, &Expand::new([part], None))
    }
}

/// Calls `each` with every text, number and flag below a path, except URIs.
fn texts_below(shown: Cow<'_, Value>, path: &[String], each: &mut dyn FnMut(&str)) {
    descend(&shown, path, each);
}

fn descend(value: &Value, path: &[String], each: &mut dyn FnMut(&str)) {
    match (value, path) {
        (Value::Array(items), _) => items.iter().for_each(|item| descend(item, path, each)),
        (Value::Object(fields), [first, rest @ ..]) => {
            if let Some(value) = fields.get(first) {
                descend(value, rest, each);
            }
        }
        (Value::Object(fields), []) => {
            let told = fields.iter().filter(|(name, _)| !name.ends_with("Uri"));
            told.for_each(|(_, value)| descend(value, path, each));
        }
        (Value::String(text), []) => each(text),
        (Value::Number(number), []) => each(&number.to_string()),
        (Value::Bool(flag), []) => each(if *flag { "true" } else { "false" }),
        _ => {}
    }
}
