//! Users who are named by arguments.

use genesys_users::Client;

use super::key::{KeyOption, Person};
use super::lookup::{Lookup, Wanted};
use super::options::PeopleOptions;
use super::run::{Planned, add_to_undo};
use super::undo::Undo;
use super::verb::Verb;
use crate::bulk::Item;
use crate::context::Context;
use crate::error::Error;
use crate::input::Raw;

/// A user who is named by an argument, looked up, with the change and the file of `--undo`.
pub(crate) struct One<C> {
    pub id: String,
    pub change: C,
    undo: Option<Undo>,
}

impl<C: Clone> One<C> {
    /// Looks up the user and what the change refers to, and writes the file of `--undo` if it is wanted.
    ///
    /// # Errors
    /// Those of the calls, or if something is not found: then nothing was sent.
    pub(crate) async fn begin<V: Verb<Change = C>>(
        context: &Context,
        verb: &V,
        client: &Client,
        options: &PeopleOptions,
        person: &Person,
        mut change: C,
    ) -> Result<Self, Error> {
        options.planning.undo.as_deref().map_or(Ok(()), Undo::check)?;
        let lookup = Lookup::new(client, verb.wanted(), context.notes());
        let id = one_of(&lookup, person).await?;
        if let Some(problem) = lookup.refs(verb.refs(&mut change)).await?.into_iter().find_map(Result::err) {
            return Err(Error::Service(format!("{problem}; nothing was sent")));
        }
        let Some(path) = &options.planning.undo else { return Ok(Self { id, change, undo: None }) };
        let mut undo = Undo::new(path, verb.undone_by());
        let planned = Planned::ready(person.clone(), id.clone(), change.clone());
        let item = Item { line: 1, name: String::new(), raw: Raw::default(), request: Ok(planned) };
        add_to_undo(&mut undo, verb, client, &[item]).await?;
        undo.write()?;
        undo.keep(&id);
        Ok(Self { id, change, undo: Some(undo) })
    }

    /// Ends the file of `--undo`: without the user, if the change was certainly not made.
    pub(crate) fn end(self, context: &Context, sent: Result<(), Error>) -> Result<(), Error> {
        let is_unsent = matches!(&sent, Err(Error::Call { error, .. }) if !error.may_have_taken_effect());
        if let Some(undo) = self.undo {
            let undo = if is_unsent { undo.without_all() } else { undo };
            undo.end_after(context, &sent)?;
        }
        sent
    }
}

async fn one_of(lookup: &Lookup, person: &Person) -> Result<String, Error> {
    let found = lookup.people(&[person]).await?.remove(person);
    let found = found.unwrap_or_else(|| Err("no such user".to_owned()));
    found.map_err(|problem| Error::Service(format!("`{}`: {problem}", person.text)))
}

/// The id of the user whom an argument names.
///
/// # Errors
/// If the argument is invalid, those of the calls, or if there is no such user.
pub(crate) async fn find(context: &Context, client: &Client, text: &str, key: &KeyOption) -> Result<String, Error> {
    find_in(context, client, text, key, Wanted::Living).await
}

/// The same for a user who is active or inactive, or who is deleted.
///
/// # Errors
/// As [`find`].
pub(crate) async fn find_in(
    context: &Context,
    client: &Client,
    text: &str,
    key: &KeyOption,
    wanted: Wanted,
) -> Result<String, Error> {
    let person = Person::named(text, key.key.as_ref()).map_err(Error::Usage)?;
    one_of(&Lookup::new(client, wanted, context.notes()), &person).await
}

/// The ids of users whom arguments name, in their order.
///
/// # Errors
/// As [`find`].
pub(crate) async fn find_all(
    context: &Context,
    client: &Client,
    texts: &[String],
    key: &KeyOption,
) -> Result<Vec<String>, Error> {
    let people = texts.iter().map(|text| Person::named(text, key.key.as_ref()));
    let people: Vec<Person> = people.collect::<Result<_, _>>().map_err(Error::Usage)?;
    let lookup = Lookup::new(client, Wanted::Living, context.notes());
    let found = lookup.people(&people.iter().collect::<Vec<_>>()).await?;
    let id = |person: &Person| match found.get(person) {
        Some(Ok(id)) => Ok(id.clone()),
        Some(Err(problem)) => Err(Error::Service(format!("`{}`: {problem}", person.text))),
        None => Err(Error::Service(format!("`{}`: no such user", person.text))),
    };
    people.iter().map(id).collect()
}
