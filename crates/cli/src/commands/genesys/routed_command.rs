//! `add`, `set` and `remove` of skills, languages and queues, for one user or many.

use clap::Args;
use genesys_users::Client;
use genesys_users::types::{UserQueuePatch, UserRoutingLanguagePostPatch, UserRoutingSkillPostPatch};

use super::by_id;
use super::routed::{self, Mode, Rated, Routed};
use crate::bulk::{self, Write};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing;
use crate::output::Printer;
use crate::people::{self, Fields, Noun, One, PeopleOptions, Person, Verb, person};

const RATED: [&str; 4] = ["id", "name", "proficiency", "state"];

/// A user or many, and what is added, set or removed.
#[derive(Args, Debug)]
pub(super) struct Items {
    /// The user, unless --from or --where is given, and what is added, set or removed, by name or id
    #[arg(value_name = "USER|ITEM", value_parser = person)]
    values: Vec<String>,
    #[command(flatten)]
    people: PeopleOptions,
}

/// The same for `set`, which can also leave nothing.
#[derive(Args, Debug)]
pub(super) struct ItemsOrNone {
    #[command(flatten)]
    items: Items,
    /// Leave none
    #[arg(long)]
    none: bool,
}

impl ItemsOrNone {
    pub(super) async fn run(self, context: &Context, noun: Noun) -> Result<(), Error> {
        self.items.run_with(context, Routed { noun, mode: Mode::Set }, self.none).await
    }
}

impl Items {
    pub(super) async fn run(self, context: &Context, noun: Noun, mode: Mode) -> Result<(), Error> {
        self.run_with(context, Routed { noun, mode }, false).await
    }

    async fn run_with(self, context: &Context, verb: Routed, none: bool) -> Result<(), Error> {
        let Self { values, people } = self;
        let word = verb.noun.word();
        let (user, items) = by_id::user_and_rest(&people, &values)?;
        if none && !items.is_empty() {
            return Err(Error::usage(format!("--none leaves no {word}: give it without {}", verb.plural())));
        }
        let common = verb.fields(items, none).map_err(Error::Usage)?;
        if common.is_empty() && people.bulk.from.is_none() {
            let none = if verb.mode == Mode::Set { ", or --none" } else { "" };
            return Err(Error::usage(format!("no {word} is given: expected its name or id{none}")));
        }
        let Some(user) = user else { return people::run(context, &verb, &people, None, &common).await };
        let user = Person::named(user, people.key.key.as_ref()).map_err(Error::Usage)?;
        if people.only_looks() {
            return people::run(context, &verb, &people, Some(user), &common).await;
        }
        one(context, verb, &people, &user, common).await
    }
}

/// Changes one user who is named.
async fn one(
    context: &Context,
    verb: Routed,
    people: &PeopleOptions,
    user: &Person,
    fields: Fields,
) -> Result<(), Error> {
    let printer = context.printer()?;
    let change = verb.change(fields).map_err(Error::Usage)?;
    let client = connect::genesys(context).await?;
    let one = One::begin(context, &verb, &client, people, user, change).await?;
    let sent = match verb.mode {
        Mode::Set => replace(context, verb, &client, &one.id, &one.change, printer).await,
        _ => send(context, verb, &client, &one.id, &one.change).await,
    };
    one.end(context, sent)
}

/// Sends items, with an outcome line for each.
async fn send(context: &Context, verb: Routed, client: &Client, id: &str, change: &[Rated]) -> Result<(), Error> {
    let routing = client.routing(id);
    match (verb.noun, verb.mode) {
        (Noun::Queue, mode) => {
            let batch = |queues: Vec<UserQueuePatch>, size| routing.set_queues(queues, size);
            let item = |it: &Rated| (it.of.text.clone(), routed::queue(it.of.id(), mode == Mode::Add));
            by_id::send(context, change.iter().map(item).collect(), batch).await
        }
        (noun, Mode::Remove) => {
            let remove = |id: String| {
                let routing = routing.clone();
                async move {
                    match noun {
                        Noun::Skill => routing.remove_skill(id).await,
                        _ => routing.remove_language(id).await,
                    }
                }
            };
            let items = change.iter().map(|it| (it.of.text.clone(), it.of.id())).collect();
            bulk::run_named_alone(context, &by_id::COLUMNS, items, 1, remove).await
        }
        (Noun::Skill, _) => {
            let batch = |skills: Vec<UserRoutingSkillPostPatch>, size| routing.add_skills(skills).size(size);
            let item = |it: &Rated| (it.of.text.clone(), routed::skill(it));
            by_id::send(context, change.iter().map(item).collect(), batch).await
        }
        _ => {
            let batch =
                |languages: Vec<UserRoutingLanguagePostPatch>, size| routing.add_languages(languages).size(size);
            let item = |it: &Rated| (it.of.text.clone(), routed::language(it));
            by_id::send(context, change.iter().map(item).collect(), batch).await
        }
    }
}

/// Replaces all items, and prints those that the user has then. Those of queues change after the response.
async fn replace(
    context: &Context,
    verb: Routed,
    client: &Client,
    id: &str,
    change: &[Rated],
    printer: Printer,
) -> Result<(), Error> {
    let mut write = Write::begin(context, format!("the change of the {} of user {id}", verb.plural()));
    let routing = client.routing(id);
    let rows: Vec<_> = match verb.noun {
        Noun::Queue => {
            write.send(routed::set_queues(client, id, change)).await?;
            return write.end(Ok(()));
        }
        Noun::Skill => {
            let skills = write.send(routing.replace_skills(change.iter().map(routed::whole_skill))).await?;
            skills.iter().map(listing::row).collect()
        }
        _ => {
            let languages = write.send(routing.replace_languages(change.iter().map(routed::language))).await?;
            languages.iter().map(listing::row).collect()
        }
    };
    let rows = rows.into_iter().collect::<Result<_, _>>();
    write.end(rows.and_then(|rows| printer.of_write().list(rows, &RATED)))
}
