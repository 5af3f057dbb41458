//! `users create`, for one user or many.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use genesys_users::generated::operations;
use genesys_users::types::{CreateUser, User, UserStateValue};
use genesys_users::{Client, Error as CallError};
use rosterkit_core::StatusCode;
use rosterkit_core::batch::{Outcome, Violation};
use serde_json::{Value, json};

use crate::bulk::{self, BulkOptions, Item, Write};
use crate::commands::genesys::fields::{self, FieldOptions, body_fields};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::input::{Input, Record};
use crate::listing;
use crate::people::{Fields, Key, Lookup, Noun, PER_REQUEST, Person, Plan, Planning, Ref, Undo, Wanted};
use crate::text;

const UNDONE_BY: &str = "genesys users delete";

/// A new user.
#[derive(Clone)]
struct New {
    user: CreateUser,
    /// The division, unless it is the service's default.
    division: Option<Ref>,
}

impl New {
    /// # Errors
    /// If a field is unknown or missing. Name and e-mail address are required.
    fn of(item: Value) -> Result<Self, String> {
        let user: CreateUser = bulk::typed(&item)?;
        let missing = [("name", user.name.is_none()), ("email", user.email.is_none())];
        if let Some((field, _)) = missing.iter().find(|(_, is_missing)| *is_missing) {
            return Err(format!("`{field}` is missing"));
        }
        Ok(Self::with_division(user))
    }

    fn with_division(user: CreateUser) -> Self {
        let division = user.division_id.as_deref().filter(|division| !division.trim().is_empty());
        Self { division: division.map(|division| Ref::new(Noun::Division, division)), user: with_state(user) }
    }

    /// The request, with the id of the division.
    fn resolved(self) -> CreateUser {
        let division_id = self.division.map(|division| division.id()).or(self.user.division_id);
        CreateUser { division_id, ..self.user }
    }

    fn email(&self) -> String {
        self.user.email.clone().unwrap_or_default()
    }
}

/// Creates one user or many.
pub(super) async fn run(
    context: &Context,
    given: &FieldOptions<'_>,
    planning: &Planning,
    options: &BulkOptions,
) -> Result<(), Error> {
    planning.undo.as_deref().map_or(Ok(()), Undo::check)?;
    match options.from.is_some() {
        true => many(context, given.any(context, &operations::POST_USERS)?, planning, options).await,
        false => one(context, given.fields(context, &operations::POST_USERS)?, planning, options).await,
    }
}

async fn one(context: &Context, given: Fields, planning: &Planning, options: &BulkOptions) -> Result<(), Error> {
    let new = New::with_division(fields::body(&operations::POST_USERS, given.clone())?);
    if options.dry_run {
        return bulk::check_named(context, vec![(new.email(), Value::Object(given))]).await;
    }
    let printer = context.printer()?;
    let client = connect::genesys(context).await?;
    let lookup = Lookup::new(&client, Wanted::Living, context.notes());
    let mut items = [Item { line: 1, name: new.email(), raw: crate::input::Raw::default(), request: Ok(new) }];
    resolve(&lookup, &mut items).await?;
    if planning.plan {
        return plan(context, &client, &items, planning.exit_code).await;
    }
    let [Item { request, .. }] = items;
    let new =
        request.map_err(|violations| Error::Service(format!("{}; nothing was sent", violations_text(violations))))?;
    let undo = planning.undo.as_deref().map(|path| begin_undo(path, [new.email()])).transpose()?;
    let mut write = Write::begin(context, "the new user");
    let email = new.user.email.clone();
    let sent = write.send(async {
        match client.users().create(new.resolved()).await {
            Err(error) => Err(taken(&client, email.clone(), error).await),
            Ok(user) => Ok(user),
        }
    });
    let sent = sent.await;
    let is_unsent = matches!(&sent, Err(Error::Call { error, .. }) if !error.may_have_taken_effect());
    let printed = |user: User| listing::row(&user).and_then(|user| printer.of_write().document(user));
    let result = sent.and_then(|user| write.end(printed(user)));
    if let Some(mut undo) = undo {
        if !is_unsent {
            undo.keep(&email.unwrap_or_default());
        }
        undo.end_after(context, &result)?;
    }
    result
}

async fn many(context: &Context, common: Fields, planning: &Planning, options: &BulkOptions) -> Result<(), Error> {
    let Some(path) = &options.from else { return Ok(()) };
    let item = |record: Record| {
        let Record { line, raw, value } = record;
        let mut shown = Value::Null;
        let request = value.and_then(|value| {
            let Value::Object(mut fields) = value.take() else { return Err("expected a JSON object".to_owned()) };
            fields.extend(common.clone());
            shown = Value::Object(fields.clone());
            New::of(Value::Object(fields))
        });
        let name =
            shown.get("email").and_then(Value::as_str).map(|email| text::shortened(email, 100)).unwrap_or_default();
        (Item { line, name, raw, request: request.map_err(|problem| vec![Violation::new(problem)]) }, shown)
    };
    let open = Input::open(context, path, &options.input, body_fields(&operations::POST_USERS));
    if options.dry_run {
        let printer = context.printer()?;
        let items = bulk::records(open.await?).map_ok(|record| {
            let (item, shown) = item(record);
            item.map(|_| Some(bulk::redacted(shown)))
        });
        return bulk::dry_run(printer, &bulk::DRY_RUN_COLUMNS, items).await;
    }
    planning.check_output(context)?;
    let input = open.await?;
    let (is_file, position, form) = (input.is_file(), input.progress(), input.form().clone());
    let client = connect::genesys(context).await?;
    let lookup = Lookup::new(&client, Wanted::Living, context.notes());
    let items = bulk::records(input).map_ok(|record| item(record).0);
    let mut undo = None;
    let items = match planning.plan || planning.undo.is_some() {
        false => items.boxed(),
        true => {
            let mut items: Vec<Item<New>> = items.try_collect().await?;
            resolve(&lookup, &mut items).await?;
            if planning.plan {
                return plan(context, &client, &items, planning.exit_code).await;
            }
            let emails = items.iter().filter_map(|item| item.request.as_ref().ok()).map(New::email);
            undo = planning.undo.as_deref().map(|path| begin_undo(path, emails)).transpose()?;
            stream::iter(items.into_iter().map(Ok)).boxed()
        }
    };
    let report = bulk::report_of(context, options, &form, position)?;
    let undo = Mutex::new(undo);
    let users = client.users();
    let sent = bulk::send(
        context,
        report,
        items,
        is_file,
        |items, cancellation| {
            let (lookup, stopping) = (&lookup, cancellation.clone());
            let looked_up = items.then(move |mut item| {
                let stopping = stopping.clone();
                async move {
                    // What cannot be looked up here is looked up with its own request.
                    if !stopping.is_stopping() {
                        let _ = resolve(lookup, std::slice::from_mut(&mut item)).await;
                    }
                    item
                }
            });
            let users = users.clone();
            let call = move |new: New| {
                let users = users.clone();
                async move { users.create(ready(lookup, new).await?).await }.boxed()
            };
            let batch = bulk::one_by_one(options.concurrency, call).keep_going(options.keep_going);
            let outcomes = bulk::carrying(batch, looked_up.boxed(), cancellation).ordered();
            outcomes.map(|it| {
                let is_kept = it.outcome.is_accepted() || matches!(it.outcome, Outcome::Unknown(_));
                if let (true, Ok(new)) = (is_kept, &it.item.request)
                    && let Some(undo) = &mut *undo.lock().unwrap_or_else(PoisonError::into_inner)
                {
                    undo.keep(&new.email());
                }
                Ok((it.item, it.outcome))
            })
        },
        |user: &User| user.id.clone(),
    );
    let sent = sent.await;
    if let Some(undo) = undo.into_inner().unwrap_or_else(PoisonError::into_inner) {
        undo.end_after(context, &sent)?;
    }
    sent
}

/// The file of `--undo`: the new users by e-mail address, since their ids are not known before.
fn begin_undo(path: &std::path::Path, emails: impl IntoIterator<Item = String>) -> Result<Undo, Error> {
    let mut undo = Undo::new(path, UNDONE_BY);
    for email in emails {
        undo.add(&email, [("email".to_owned(), email.as_str().into())].into_iter().collect());
    }
    undo.write()?;
    Ok(undo)
}

/// Looks up divisions that are given by name.
async fn resolve(lookup: &Lookup, items: &mut [Item<New>]) -> Result<(), CallError> {
    for item in items {
        let Ok(New { division: Some(division), .. }) = &mut item.request else { continue };
        if let Some(Err(problem)) = lookup.refs(vec![division]).await?.pop() {
            item.request = Err(vec![Violation::new(problem)]);
        }
    }
    Ok(())
}

/// The request of a new user whose division may not have been looked up.
async fn ready(lookup: &Lookup, mut new: New) -> Result<CreateUser, CallError> {
    if let Some(division) = &mut new.division
        && let Some(Err(problem)) = lookup.refs(vec![division]).await?.pop()
    {
        return Err(CallError::invalid_request(&operations::GET_AUTHORIZATION_DIVISIONS, problem));
    }
    Ok(new.resolved())
}

/// Prints whom the command would create. Somebody who has the e-mail address already is in the way.
async fn plan(context: &Context, client: &Client, items: &[Item<New>], exit_code: bool) -> Result<(), Error> {
    let mut plan = Plan::begin(context)?;
    let valid = items.iter().filter_map(|item| item.request.as_ref().ok());
    let emails: HashSet<String> = valid.map(New::email).collect();
    let requests = emails.len().div_ceil(PER_REQUEST);
    context.hint(format_args!("e-mail addresses to look up: {}; requests: at least {requests}", emails.len()));
    let people: Vec<Person> = emails.into_iter().map(|text| Person { key: Key::Email, text }).collect();
    let people: Vec<&Person> = people.iter().collect();
    let found = Lookup::new(client, Wanted::Any, context.notes()).people(&people).await?;
    let mut seen = HashSet::new();
    for item in items {
        match &item.request {
            Err(violations) => plan.invalid(item.line, &item.name, &violations_text(violations.clone()))?,
            Ok(new) => {
                let person = Person { key: Key::Email, text: new.email() };
                match found.get(&person) {
                    Some(Ok(id)) => {
                        plan.invalid(item.line, &item.name, &format!("user {id} has this e-mail address"))?
                    }
                    _ if !seen.insert(new.email().to_lowercase()) => {
                        plan.invalid(item.line, &item.name, "an item before has this e-mail address")?;
                    }
                    _ => {
                        let user = json!(new.clone().resolved());
                        plan.add_whole(item.line, &item.name, "create", bulk::redacted(user))?;
                    }
                }
            }
        }
    }
    plan.finish(context, exit_code)
}

fn violations_text(violations: Vec<Violation>) -> String {
    Outcome::<()>::Invalid(violations).reason().unwrap_or_default().into_owned()
}

/// The user, active unless a state was given: without one, the service would create an inactive user.
fn with_state(user: CreateUser) -> CreateUser {
    CreateUser { state: user.state.or(Some(UserStateValue::Active)), ..user }
}

/// The error of a creation. A conflict says with whom: a deleted user is looked for by e-mail address.
async fn taken(client: &Client, email: Option<String>, error: CallError) -> Error {
    if error.status() != Some(StatusCode::CONFLICT) || !error.is_rejection() {
        return Error::from(error);
    }
    let deleted = match email {
        // If the search fails, the conflict is still what has to be told.
        Some(email) => client.users().find_deleted_by_email(email).await.ok().flatten(),
        None => None,
    };
    let before = match deleted.and_then(|user| user.id) {
        Some(id) => format!(
            "nothing was created: the deleted user {id} has this e-mail address; restore that user with \
             `rosterkit genesys users restore {id}`\n  "
        ),
        None => "nothing was created: it conflicts with an existing user, such as one with the same e-mail address\n  \
                 "
        .to_owned(),
    };
    Error::Call { before, error: Arc::new(error) }
}
