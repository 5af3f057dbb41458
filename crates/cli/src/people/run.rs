//! A verb over users that a file lists or `--where` chooses, and what `--dry-run` and `--plan` do for one who is named.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

use futures_util::stream::{self, BoxStream};
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use genesys_users::generated::operations;
use genesys_users::{Client, Error as CallError};
use rosterkit_core::batch::{Outcome, Violation};
use rosterkit_core::input::{FieldKind, Format};
use serde_json::{Value, json};

use super::choose;
use super::key::{Key, Person};
use super::lookup::{Lookup, PER_REQUEST};
use super::options::PeopleOptions;
use super::plan::{Plan, is_same};
use super::question::confirm;
use super::undo::Undo;
use super::verb::{Effect, Fields, State, Verb};
use crate::bulk::{self, Item};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::input::{Form, Input, Position, Raw, Record};
use crate::text;

/// The field of a violation that says that there is no such user.
const MISSING: &str = "the user";

/// A change of one user.
#[derive(Clone, Debug)]
pub(crate) struct Planned<C> {
    pub person: Person,
    /// The user's id, once it is known.
    pub id: Option<String>,
    pub change: C,
    /// Whether the user and all that the change refers to were looked up.
    is_ready: bool,
}

impl<C> Planned<C> {
    /// A change of a user who was looked up, as what it refers to.
    pub(super) fn ready(person: Person, id: String, change: C) -> Self {
        Self { person, id: Some(id), change, is_ready: true }
    }

    fn key(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.person.text.clone())
    }
}

type Items<C> = Vec<Item<Planned<C>>>;

/// Where the items of a run come from.
struct Source {
    records: BoxStream<'static, Result<Record, Error>>,
    form: Form,
    is_file: bool,
    position: Position,
    /// What users are called in outcome lines, by id.
    names: HashMap<String, String>,
}

impl Source {
    /// The users of `--from` or `--where`, or the one who is named. `common` are fields of all.
    async fn open<V: Verb>(
        context: &Context,
        verb: &V,
        options: &PeopleOptions,
        named: Option<&Person>,
        common: &Fields,
        client: Option<&Client>,
    ) -> Result<Self, Error> {
        if let (Some(path), None) = (&options.bulk.from, named) {
            let columns =
                Key::COLUMNS.into_iter().fold(verb.columns(), |columns, key| columns.with(key, FieldKind::Text));
            let input = Input::open(context, path, &options.bulk.input, columns).await?;
            return Ok(Self {
                form: input.form().clone(),
                is_file: input.is_file(),
                position: input.progress(),
                records: bulk::records(input).boxed(),
                names: HashMap::new(),
            });
        }
        let mut names = HashMap::new();
        let mut values = Vec::new();
        match (named, client) {
            (Some(person), _) => values.push(json!({ person.key.column(): person.text })),
            (None, Some(client)) => {
                for row in choose::choose(context, client, &options.choice).await? {
                    let Some(id) = row.get("id").and_then(Value::as_str) else { continue };
                    let email = row.get("email").and_then(Value::as_str);
                    names.insert(id.to_owned(), email.unwrap_or(id).to_owned());
                    values.push(json!({ "id": id }));
                }
            }
            (None, None) => {}
        }
        let record = |(line, value): (u64, Value)| {
            let mut item = value.clone();
            item.as_object_mut().into_iter().for_each(|fields| fields.extend(common.clone()));
            Ok(Record {
                line,
                raw: Raw { text: item.to_string().into_bytes().into(), has_line_break: true },
                value: Ok(value.into()),
            })
        };
        let records: Vec<_> = (1..).zip(values).map(record).collect();
        let (records, position) = (stream::iter(records).boxed(), Position::default());
        Ok(Self { records, form: Form::default(), is_file: true, position, names })
    }
}

/// An item with the user whom it names and the change that it asks for.
fn item<V: Verb>(
    verb: &V,
    key: Option<&Key>,
    common: &Fields,
    names: &HashMap<String, String>,
    record: Record,
) -> (Item<Planned<V::Change>>, Value) {
    let Record { line, raw, value } = record;
    let (mut name, mut shown) = (String::new(), Value::Null);
    let request = value.and_then(|value| {
        let Value::Object(mut fields) = value.take() else { return Err("expected a JSON object".to_owned()) };
        fields.extend(common.clone());
        shown = Value::Object(fields.clone());
        let person = Person::take(&mut fields, key)?;
        name = text::shortened(names.get(&person.text).unwrap_or(&person.text), 100);
        let change = verb.change(fields)?;
        let id = (person.key == Key::Id).then(|| person.text.clone());
        Ok(Planned { person, id, change, is_ready: false })
    });
    (Item { line, name, raw, request: request.map_err(|problem| vec![Violation::new(problem)]) }, shown)
}

/// Runs a verb over the users of `--from` or `--where`, or shows what it would do, also for the one who is named. `common` are
/// fields of all.
///
/// # Errors
/// As [`bulk::send`]; those of `--dry-run`, `--plan`, `--max` and `--undo`.
pub(crate) async fn run<V: Verb>(
    context: &Context,
    verb: &V,
    options: &PeopleOptions,
    named: Option<Person>,
    common: &Fields,
) -> Result<(), Error> {
    // Whoever is chosen has an id.
    let key = match (&named, &options.choice.condition) {
        (Some(person), _) => Some(person.key.clone()),
        (None, Some(_)) => Some(Key::Id),
        (None, None) => options.key.key.clone(),
    };
    let with_key = |names: HashMap<String, String>| {
        let (key, common) = (key.clone(), common.clone());
        move |record| item(verb, key.as_ref(), &common, &names, record)
    };
    if options.bulk.dry_run {
        return dry_run(context, verb, options, named.as_ref(), common, with_key(HashMap::new())).await;
    }
    let (bulk, planning) = (&options.bulk, &options.planning);
    planning.undo.as_deref().map_or(Ok(()), Undo::check)?;
    if let (Some(path), None) = (&bulk.failed, &bulk.from)
        && Format::of_path(path) != Some(Format::JsonLines)
    {
        return Err(Error::usage("--failed: with --where it has JSON lines: expected a name that ends with .jsonl"));
    }
    planning.check_output(context)?;
    let client = connect::genesys(context).await?;
    let lookup = Lookup::new(&client, verb.wanted(), context.notes());
    let source = Source::open(context, verb, options, named.as_ref(), common, Some(&client)).await?;
    let Source { records, form, is_file, position, names } = source;
    let to_item = with_key(names);
    let items = records.map_ok(move |record| to_item(record).0);
    let is_asked = verb.is_destructive() && !options.answer.yes;
    let reads_all = planning.plan || planning.undo.is_some() || options.choice.max.is_some() || is_asked;
    let mut undo = None;
    let items = match reads_all {
        false => items.boxed(),
        true => {
            let mut items: Items<V::Change> = items.try_collect().await?;
            if planning.plan {
                let (lookups, ids) = looked_up(&items);
                let requests = lookups + verb.requests(ids);
                context.hint(format_args!("users to read: {ids}; requests: at least {requests}"));
            }
            for chunk in items.chunks_mut(PER_REQUEST) {
                resolve(&lookup, verb, chunk).await?;
            }
            let people = ids(&items).len();
            if let Some(max) = options.choice.max.filter(|max| people as u64 > *max) {
                return Err(Error::usage(format!("{people} users, more than --max {max}; nothing was sent")));
            }
            if planning.plan {
                return plan(context, verb, &client, items, planning.exit_code).await;
            }
            if is_asked {
                confirm(context, options.answer, bulk.from.as_deref(), people, &verb.doing(people)).await?;
            }
            if let Some(path) = &planning.undo {
                let mut started = Undo::new(path, verb.undone_by());
                add_to_undo(&mut started, verb, &client, &items).await?;
                started.write()?;
                undo = Some(started);
            }
            stream::iter(items.into_iter().map(Ok)).boxed()
        }
    };
    let report = bulk::report_of(context, bulk, &form, position)?;
    let undo = Mutex::new(undo);
    let call = |planned: Planned<V::Change>| {
        let (client, lookup) = (client.clone(), &lookup);
        async move {
            let (id, change) = ready(lookup, verb, planned).await?;
            verb.send(client, id.clone(), change).await.map(|()| id)
        }
        .boxed()
    };
    let sent = bulk::send(
        context,
        report,
        items,
        is_file,
        |items, cancellation| {
            let (lookup, stopping) = (&lookup, cancellation.clone());
            let looked_up = items.ready_chunks(PER_REQUEST).then(move |mut chunk| {
                let stopping = stopping.clone();
                async move {
                    // What cannot be looked up with the others is looked up alone, and has an outcome of its own. The rest of a
                    // run that has stopped is not sent.
                    if !stopping.is_stopping() {
                        let _ = resolve(lookup, verb, &mut chunk).await;
                    }
                    stream::iter(chunk)
                }
            });
            let batch = bulk::one_by_one(bulk.concurrency, call).keep_going(bulk.keep_going);
            // Two changes of the same user are sent in order.
            let batch = batch.keyed_by(|planned: &Planned<V::Change>| vec![planned.key()]);
            let outcomes = bulk::carrying(batch, looked_up.flatten().boxed(), cancellation).ordered();
            outcomes.map(|it| {
                if let (Ok(planned), Outcome::Accepted(_) | Outcome::Warned(..) | Outcome::Unknown(_)) =
                    (&it.item.request, &it.outcome)
                    && let Some(undo) = &mut *undo.lock().unwrap_or_else(PoisonError::into_inner)
                {
                    undo.keep(&planned.key());
                }
                Ok((it.item, it.outcome))
            })
        },
        |id: &String| Some(id.clone()),
    )
    .await;
    if let Some(undo) = undo.into_inner().unwrap_or_else(PoisonError::into_inner) {
        undo.end_after(context, &sent)?;
    }
    sent
}

async fn dry_run<V: Verb>(
    context: &Context,
    verb: &V,
    options: &PeopleOptions,
    named: Option<&Person>,
    common: &Fields,
    to_item: impl Fn(Record) -> (Item<Planned<V::Change>>, Value) + Send,
) -> Result<(), Error> {
    let printer = context.printer()?;
    let count = Mutex::new(HashSet::new());
    let shown = |record| {
        let (item, shown) = to_item(record);
        if let Ok(planned) = &item.request {
            count.lock().unwrap_or_else(PoisonError::into_inner).insert(planned.key());
        }
        item.map(|_| Some(bulk::redacted(shown)))
    };
    if let Some(condition) = &options.choice.condition {
        choose::condition(condition)?;
        let (raw, value) = (Raw::default(), Ok(json!({ "id": "ID" }).into()));
        let mut item = shown(Record { line: 1, raw, value });
        item.name = "--where".to_owned();
        bulk::dry_run(printer, &bulk::DRY_RUN_COLUMNS, stream::iter([Ok(item)])).await?;
        context.hint("whom --where chooses is known to the service alone: --plan reads it");
        return Ok(());
    }
    let source = Source::open(context, verb, options, named, common, None).await?;
    bulk::dry_run(printer, &bulk::DRY_RUN_COLUMNS, source.records.map_ok(shown)).await?;
    let people = count.into_inner().unwrap_or_else(PoisonError::into_inner).len();
    match options.choice.max {
        Some(max) if people as u64 > max => {
            Err(Error::usage(format!("{people} users, more than --max {max}; nothing was sent")))
        }
        _ => Ok(()),
    }
}

/// Looks up who is meant and what is referred to, for many items at once. An item whose user or reference is not found is
/// invalid.
async fn resolve<V: Verb>(lookup: &Lookup, verb: &V, items: &mut [Item<Planned<V::Change>>]) -> Result<(), CallError> {
    let is_open = |it: &&Planned<V::Change>| !it.is_ready;
    let people: Vec<&Person> =
        items.iter().filter_map(|it| it.request.as_ref().ok()).filter(is_open).map(|it| &it.person).collect();
    let found = lookup.people(&people).await?;
    for item in &mut *items {
        let Ok(planned) = &mut item.request else { continue };
        match found.get(&planned.person) {
            Some(Ok(id)) => planned.id = Some(id.clone()),
            Some(Err(problem)) => {
                item.request = Err(vec![Violation::of(MISSING, format!("is not found: {problem}"))]);
            }
            None => {}
        }
    }
    let (mut refs, mut counts) = (Vec::new(), Vec::new());
    for item in &mut *items {
        let of_item = match &mut item.request {
            Ok(planned) if !planned.is_ready => verb.refs(&mut planned.change),
            _ => Vec::new(),
        };
        counts.push(of_item.len());
        refs.extend(of_item);
    }
    let mut results = lookup.refs(refs).await?.into_iter();
    for (item, count) in items.iter_mut().zip(counts) {
        let problem = results.by_ref().take(count).filter_map(Result::err).next();
        match (problem, &mut item.request) {
            (Some(problem), _) => item.request = Err(vec![Violation::new(problem)]),
            (None, Ok(planned)) => planned.is_ready = true,
            (None, Err(_)) => {}
        }
    }
    Ok(())
}

/// The user's id and the change of an item, which is looked up alone if it was not with others.
async fn ready<V: Verb>(
    lookup: &Lookup,
    verb: &V,
    mut planned: Planned<V::Change>,
) -> Result<(String, V::Change), CallError> {
    let unknown = |problem: String| CallError::invalid_request(&operations::POST_USERS_SEARCH, problem);
    if !planned.is_ready {
        let found = lookup.people(&[&planned.person]).await?.remove(&planned.person);
        planned.id = Some(found.unwrap_or_else(|| Err("no such user".to_owned())).map_err(unknown)?);
        let refs = verb.refs(&mut planned.change);
        if let Some(problem) = lookup.refs(refs).await?.into_iter().find_map(Result::err) {
            return Err(unknown(problem));
        }
    }
    Ok((planned.key(), planned.change))
}

/// The ids of the users of valid items, each once.
fn ids<C>(items: &[Item<Planned<C>>]) -> Vec<String> {
    let mut seen = HashSet::new();
    let all = items.iter().filter_map(|item| item.request.as_ref().ok()).map(Planned::key);
    all.filter(|id| seen.insert(id.clone())).collect()
}

/// The number of requests that looking users up takes, at least, and the number of users.
fn looked_up<C>(items: &[Item<Planned<C>>]) -> (usize, usize) {
    let people: HashSet<&Person> =
        items.iter().filter_map(|item| item.request.as_ref().ok()).map(|it| &it.person).collect();
    let searched = people.iter().filter(|person| !matches!(person.key, Key::Id | Key::ExternalId(_))).count();
    let external = people.iter().filter(|person| matches!(person.key, Key::ExternalId(_))).count();
    (searched.div_ceil(PER_REQUEST) + external, people.len())
}

async fn plan<V: Verb>(
    context: &Context,
    verb: &V,
    client: &Client,
    items: Items<V::Change>,
    exit_code: bool,
) -> Result<(), Error> {
    let mut plan = Plan::begin(context)?;
    let mut states: HashMap<String, State> = HashMap::new();
    for chunk in items.chunks(PER_REQUEST) {
        let mut unread = ids(chunk);
        unread.retain(|id| !states.contains_key(id));
        if !unread.is_empty() {
            states.extend(verb.read(client, &unread, false).await?);
        }
        for item in chunk {
            let (line, name) = (item.line, item.name.as_str());
            match &item.request {
                Err(violations) => {
                    let reason = Outcome::<()>::Invalid(violations.clone()).reason().unwrap_or_default().into_owned();
                    match violations.iter().any(|it| it.field.as_deref() == Some(MISSING)) {
                        true => plan.missing(line, name, &reason)?,
                        false => plan.invalid(line, name, &reason)?,
                    }
                }
                Ok(planned) => match states.get_mut(&planned.key()) {
                    None => plan.missing(line, name, "no user has this id")?,
                    Some(state) => {
                        let effects = verb.effects(&planned.change, state);
                        plan.add(line, name, &planned.key(), state, effects)?;
                    }
                },
            }
        }
    }
    plan.finish(context, exit_code)
}

/// Adds the old values of users to the file of `--undo`, of those whom the changes change.
pub(super) async fn add_to_undo<V: Verb>(
    undo: &mut Undo,
    verb: &V,
    client: &Client,
    items: &[Item<Planned<V::Change>>],
) -> Result<(), Error> {
    for chunk in items.chunks(PER_REQUEST) {
        let states = verb.read(client, &ids(chunk), true).await?;
        for planned in chunk.iter().filter_map(|item| item.request.as_ref().ok()) {
            let id = planned.key();
            let inverse = states.get(&id).and_then(|state| verb.inverse(&planned.change, state));
            let state = states.get(&id);
            let is_changed = |effect: &Effect| {
                let before = state.and_then(|state| state.get(&effect.key)).map(|fact| &fact.value);
                !is_same(before.unwrap_or(&Value::Null), &effect.after)
            };
            let are_changed = state.is_some_and(|state| verb.effects(&planned.change, state).iter().any(is_changed));
            if let Some(fields) = inverse.filter(|_| are_changed) {
                let mut entry = Fields::new();
                entry.insert("id".to_owned(), id.as_str().into());
                entry.extend(fields);
                undo.add(&id, entry);
            }
        }
    }
    Ok(())
}
