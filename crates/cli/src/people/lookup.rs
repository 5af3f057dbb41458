//! Looks people up by key, many with one request, and what they refer to by name.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use futures_util::future::try_join_all;
use genesys_users::generated::operations;
use genesys_users::types::{User, UserSearchCriteria, UserSearchCriteriaType, UserSearchRequest, UserStateValue};
use genesys_users::{Client, Error as CallError};
use rosterkit_core::StatusCode;

use super::key::{Key, Person};
use super::nouns::{self, Noun, Ref};
use crate::context::Notes;

/// How many users one request reads by their ids, or looks up.
pub(crate) const PER_REQUEST: usize = 100;
/// How many look-ups that take a request each are sent at once.
const AT_ONCE: usize = 4;

/// Which users are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Active and inactive ones.
    Living,
    Deleted,
    Any,
}

/// What was found: an id, or why there is none.
pub(crate) type Found = Result<String, String>;

/// Looks people and names up.
pub(crate) struct Lookup {
    client: Client,
    wanted: Wanted,
    notes: Notes,
    names: Mutex<HashMap<(Noun, String), Found>>,
}

impl Lookup {
    pub(crate) fn new(client: &Client, wanted: Wanted, notes: Notes) -> Self {
        Self { client: client.clone(), wanted, notes, names: Mutex::default() }
    }

    /// The ids of people. Ids are not looked up.
    ///
    /// # Errors
    /// Those of the calls; why somebody is not found is in the result.
    pub(crate) async fn people(&self, people: &[&Person]) -> Result<HashMap<Person, Found>, CallError> {
        let mut found = HashMap::new();
        let mut searched: BTreeMap<&'static str, Vec<&Person>> = BTreeMap::new();
        let mut external = Vec::new();
        let mut seen = HashSet::new();
        for person in people.iter().filter(|person| seen.insert(**person)) {
            match &person.key {
                Key::Id => drop(found.insert((*person).clone(), Ok(person.text.clone()))),
                Key::ExternalId(authority) => external.push((*person, authority)),
                key => searched.entry(key.column()).or_default().push(person),
            }
        }
        for (field, people) in searched {
            for people in people.chunks(PER_REQUEST) {
                let users = self.search(field, people).await?;
                let (met, missing): (Vec<&Person>, Vec<&Person>) =
                    people.iter().copied().partition(|person| users.iter().any(|user| is_meant(person, user)));
                // The service documents several values for a search of this kind with states only. Where it has found two of
                // several, it looks at all of them; else whoever is missing could be one at whom it has not looked.
                let alone = match people.len() == 1 || met.len() > 1 {
                    true => vec![Vec::new(); missing.len()],
                    false => self.one_by_one(field, &missing).await?,
                };
                found.extend(met.into_iter().map(|person| (person.clone(), self.choose(person, &users))));
                let missing = missing.into_iter().zip(alone);
                found.extend(missing.map(|(person, users)| (person.clone(), self.choose(person, &users))));
            }
        }
        if !external.is_empty() {
            self.notes.note(format_args!("look-up of {} users by external id, a request each", external.len()));
        }
        for external in external.chunks(AT_ONCE) {
            let calls = external.iter().map(|(person, authority)| self.of_external_id(authority, &person.text));
            let users = try_join_all(calls).await?;
            let chosen = external.iter().zip(users);
            found.extend(chosen.map(|((person, _), user)| ((*person).clone(), self.only(person, user.as_slice()))));
        }
        Ok(found)
    }

    /// The users whom a search for each person alone finds.
    async fn one_by_one(&self, field: &str, people: &[&Person]) -> Result<Vec<Vec<User>>, CallError> {
        let mut found = Vec::with_capacity(people.len());
        for people in people.chunks(AT_ONCE) {
            found.extend(
                try_join_all(people.iter().map(|person| self.search(field, std::slice::from_ref(person)))).await?,
            );
        }
        Ok(found)
    }

    /// Users in any state whose field is exactly one of these texts, ignoring case.
    async fn search(&self, field: &str, people: &[&Person]) -> Result<Vec<User>, CallError> {
        let exact = |field: &str, values: Vec<String>| UserSearchCriteria {
            fields: Some(vec![field.to_owned()]),
            type_: Some(UserSearchCriteriaType::Exact),
            values: Some(values),
            ..UserSearchCriteria::default()
        };
        let texts = people.iter().map(|person| person.text.clone()).collect();
        // Without a state, the service finds active users only.
        let states = [UserStateValue::Active, UserStateValue::Inactive, UserStateValue::Deleted];
        let states = states.iter().map(|state| state.as_str().to_owned()).collect();
        let query = Some(vec![exact(field, texts), exact("state", states)]);
        let request = UserSearchRequest { query, ..UserSearchRequest::default() };
        let (mut pages, mut users, mut read) = (self.client.users().search(request).pager().pages(), Vec::new(), 0);
        while let Some(page) = pages.next().await {
            users.extend(page.map_err(|error| error.into_error())?.items);
            read += 1;
        }
        let count = people.len();
        self.notes.note(format_args!("look-up of {count} users by {field}: postUsersSearch, requests: {read}"));
        Ok(users)
    }

    async fn of_external_id(&self, authority: &str, id: &str) -> Result<Option<User>, CallError> {
        let call = self.client.api().get_users_externalid_authority_name_external_key();
        match call.authority_name(authority).external_key(id).send().await {
            Ok(response) => {
                let operation = &operations::GET_USERS_EXTERNALID_AUTHORITY_NAME_EXTERNAL_KEY;
                let problem = "the response is not a user: it has no `id`";
                response.require(operation, problem, |user| user.id.is_some().then_some(user)).map(Some)
            }
            Err(error) if error.status() == Some(StatusCode::NOT_FOUND) && error.is_rejection() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The one of the found users who is the person.
    fn choose(&self, person: &Person, users: &[User]) -> Found {
        let users: Vec<User> = users.iter().filter(|user| is_meant(person, user)).cloned().collect();
        self.only(person, &users)
    }

    /// The only user who is meant.
    fn only(&self, person: &Person, users: &[User]) -> Found {
        let key = &person.key;
        let (deleted, living): (Vec<&User>, Vec<&User>) =
            users.iter().partition(|user| user.state == Some(UserStateValue::Deleted));
        let (meant, others) = match self.wanted {
            Wanted::Living => (living, deleted),
            Wanted::Deleted => (deleted, living),
            Wanted::Any => (users.iter().collect(), Vec::new()),
        };
        let id = |user: &&User| user.id.clone().unwrap_or_default();
        match (&meant[..], &others[..], self.wanted) {
            ([user], ..) => Ok(id(user)),
            ([], [], Wanted::Living | Wanted::Any) => Err(format!("no user has this {key}")),
            ([], [], Wanted::Deleted) => {
                Err(format!("no deleted user has this {key}: it can take some minutes until a deletion is found"))
            }
            ([], [other, ..], Wanted::Living | Wanted::Any) => {
                let id = id(other);
                Err(format!(
                    "the user with this {key} is deleted ({id}); `rosterkit genesys users restore {id}` restores it"
                ))
            }
            ([], [other, ..], Wanted::Deleted) => {
                Err(format!("the user with this {key} is not deleted ({})", id(other)))
            }
            (several, ..) => {
                let shown = |user: &&User| {
                    let email = user.email.as_deref().unwrap_or("no e-mail address");
                    format!("{} ({email})", id(user))
                };
                let shown: Vec<String> = several.iter().map(shown).collect();
                Err(format!(
                    "{} users have this {key}: {}; name one by id or e-mail address",
                    shown.len(),
                    shown.join(", ")
                ))
            }
        }
    }

    /// Looks up what has no id yet, and sets its id. The result says what was not found, in the order of `refs`.
    ///
    /// # Errors
    /// Those of the calls.
    pub(crate) async fn refs(&self, refs: Vec<&mut Ref>) -> Result<Vec<Result<(), String>>, CallError> {
        let is_user = |it: &&&mut Ref| it.noun == Noun::User && it.id.is_none();
        let managers: Vec<Person> = refs.iter().filter(is_user).map(|it| named(&it.text)).collect();
        // A manager is never a deleted user, whoever else is looked for.
        let living = Self::new(&self.client, Wanted::Living, self.notes);
        let managers = living.people(&managers.iter().collect::<Vec<_>>()).await?;
        let mut results = Vec::new();
        for it in refs {
            let result = match (&it.id, it.noun) {
                (Some(_), _) => Ok(()),
                (None, Noun::User) => {
                    let found =
                        managers.get(&named(&it.text)).cloned().unwrap_or_else(|| Err("no such user".to_owned()));
                    found.map(|id| it.id = Some(id)).map_err(|problem| format!("`{}`: {problem}", it.text))
                }
                (None, noun) => self.named(noun, &it.text).await?.map(|id| it.id = Some(id)),
            };
            results.push(result);
        }
        Ok(results)
    }

    /// The id of what has this name.
    async fn named(&self, noun: Noun, name: &str) -> Result<Found, CallError> {
        let key = (noun, folded(name));
        let known = self.names.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let ids = nouns::find(&self.client, noun, name).await?;
        let word = noun.word();
        self.notes.note(format_args!("look-up of the {word} `{name}`"));
        let found = match &ids[..] {
            [id] => Ok(id.clone()),
            [] if name.is_empty() => Err(format!("the organization has no home {word}: name one")),
            [] => Err(format!("no {word} has the name `{name}`")),
            several => Err(format!(
                "{} of the {word}s have the name `{name}`: {}; use an id",
                several.len(),
                several.join(", ")
            )),
        };
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        Ok(found)
    }
}

/// Whether a user has the key of a person.
fn is_meant(person: &Person, user: &User) -> bool {
    let text = match person.key {
        Key::Email => &user.email,
        Key::Username => &user.username,
        _ => &user.name,
    };
    text.as_deref().is_some_and(|text| folded(text) == folded(&person.text))
}

/// A user by id, e-mail address, or else by name.
fn named(text: &str) -> Person {
    let key = match text.contains('@') {
        true => Key::Email,
        false if super::is_uuid(text) => Key::Id,
        false => Key::Name,
    };
    Person { key, text: text.to_owned() }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}
