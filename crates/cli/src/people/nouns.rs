//! What people refer to by name or by id: skills, languages, queues, divisions, roles, locations, presences, managers.

use genesys_users::types::{Language, RoutingSkill};
use genesys_users::{Client, Error as CallError};

/// A kind of thing that has names and ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Noun {
    Skill,
    Language,
    Queue,
    Division,
    Role,
    Location,
    Presence,
    /// A user, by id, e-mail address or name.
    User,
}

impl Noun {
    /// The word for it in messages.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Skill => "skill",
            Self::Language => "language",
            Self::Queue => "queue",
            Self::Division => "division",
            Self::Role => "role",
            Self::Location => "location",
            Self::Presence => "presence",
            Self::User => "user",
        }
    }
}

/// Something by name or id, and its id once it was looked up.
#[derive(Clone, Debug)]
pub(crate) struct Ref {
    pub noun: Noun,
    /// As it was given. A blank division is the home division.
    pub text: String,
    pub id: Option<String>,
}

impl Ref {
    /// A text of the form of a UUID is an id, which is not looked up.
    pub(crate) fn new(noun: Noun, text: &str) -> Self {
        let text = text.trim();
        let id = super::is_uuid(text).then(|| text.to_owned());
        Self { noun, text: text.to_owned(), id }
    }

    /// The id, or what was given if it was not looked up.
    pub(crate) fn id(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.text.clone())
    }
}

/// The ids of what has this name; a blank division is the home division.
pub(super) async fn find(client: &Client, noun: Noun, name: &str) -> Result<Vec<String>, CallError> {
    let lookups = client.lookups();
    let ids: Vec<Option<String>> = match noun {
        Noun::Skill => {
            let is_there = |it: &RoutingSkill| it.state.as_ref().is_none_or(|state| state.as_str() != "deleted");
            lookups.skills(name).await?.into_iter().filter(is_there).map(|it| it.id).collect()
        }
        Noun::Language => {
            let is_there = |it: &Language| it.state.as_ref().is_none_or(|state| state.as_str() != "deleted");
            lookups.languages(name).await?.into_iter().filter(is_there).map(|it| it.id).collect()
        }
        Noun::Queue => lookups.queues(name).await?.into_iter().map(|it| it.id).collect(),
        Noun::Division if name.is_empty() => home_division(client).await?,
        Noun::Division => lookups.divisions(name).await?.into_iter().map(|it| it.id).collect(),
        Noun::Role => lookups.roles(name).await?.into_iter().map(|it| it.id).collect(),
        Noun::Location => lookups.locations(name).await?.into_iter().map(|it| it.id).collect(),
        Noun::Presence => lookups.presences(name).await?.into_iter().map(|it| it.id).collect(),
        Noun::User => Vec::new(),
    };
    Ok(ids.into_iter().flatten().collect())
}

async fn home_division(client: &Client) -> Result<Vec<Option<String>>, CallError> {
    let mut divisions = client.api().get_authorization_divisions().page_size(100).items();
    while let Some(division) = divisions.next().await {
        let division = division.map_err(|error| error.into_error())?;
        if division.home_division == Some(true) {
            return Ok(vec![division.id]);
        }
    }
    Ok(Vec::new())
}
