//! `lms enroll`.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use clap::{ArgGroup, Args};
use futures_util::FutureExt as _;
use peoplefluent_lms::{Client, Error as CallError};
use rosterkit_core::batch::Outcome;
use rosterkit_core::input::{FieldKind, Fields};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Acting;
use super::untyped_response;
use crate::bulk::{self, BulkCommand, BulkOptions, Loaded, Write};
use crate::context::Context;
use crate::error::{Error, described};
use crate::listing;
use crate::people::{Effect, Fact, Plan, State};
use crate::text;

const EXAMPLES: &str = "\
An item of a file has `module`, and optionally `user`, `assignment`, `session`, `reason` and `location`; all are text. \
Without `user`, the item is for the user of --on-behalf-of, or else for the caller.

Examples:
  rosterkit lms enroll FIRST-AID
  rosterkit --sandbox --sandbox-seed 7 lms enroll PHONE-110 --on-behalf-of bebren.jorrova.0
  rosterkit lms enroll FIRST-AID --on-behalf-of a.roe --session S-1 --reason 'Annual training'
  rosterkit lms enroll --from enrollments.csv --dry-run
  rosterkit lms enroll --from enrollments.csv --plan
  rosterkit --sandbox lms enroll --from courses.csv --map 'user=Login,module={Course}' --dry-run
  rosterkit lms enroll --from enrollments.csv --failed failed.csv";

/// Enroll one user or many into a module or program (enrollUser)
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, group = ArgGroup::new("what").args(["module", "from"]).required(true))]
pub(crate) struct Enroll {
    /// The learning id of the module or program; with --from, each item has its own
    #[arg(conflicts_with = "from")]
    module: Option<String>,
    /// Code or id of one of its sessions
    #[arg(long, value_name = "CODE", conflicts_with = "from")]
    session: Option<String>,
    /// The reason
    #[arg(long, value_name = "TEXT", conflicts_with = "from")]
    reason: Option<String>,
    /// The preferred location of the user
    #[arg(long, value_name = "TEXT", conflicts_with = "from")]
    location: Option<String>,
    #[command(flatten)]
    acting: Acting,
    /// Read the enrollments of the users, a request each, and print who would be enrolled; change nothing
    #[arg(long, conflicts_with_all = ["dry_run", "failed"], help_heading = "Before a change")]
    plan: bool,
    /// With --plan: exit code 6 if somebody would be enrolled
    #[arg(long, requires = "plan", help_heading = "Before a change")]
    exit_code: bool,
    #[command(flatten)]
    bulk: BulkOptions,
}

/// An item of a file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    module: String,
    user: Option<String>,
    assignment: Option<String>,
    session: Option<String>,
    reason: Option<String>,
    location: Option<String>,
}

impl Enroll {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match &self.module {
            Some(module) if self.bulk.dry_run => {
                let given = [("session", &self.session), ("reason", &self.reason), ("location", &self.location)];
                let mut item = json!({ "module": module });
                given
                    .iter()
                    .filter_map(|(name, value)| Some((name, value.as_ref()?)))
                    .for_each(|(name, value)| item[*name] = json!(value));
                Item::read(&item).map_err(Error::Usage)?;
                return bulk::check_named(context, vec![(module.clone(), item)]).await;
            }
            None if self.bulk.dry_run => return bulk::check(context, &self.bulk, command()).await,
            _ => {}
        }
        let printer = context.printer()?;
        let client = self.acting.client(context).await?;
        if self.plan {
            let items = match &self.module {
                None => bulk::load(context, &self.bulk, &command()).await?,
                Some(module) => {
                    let item = Item {
                        module: module.clone(),
                        user: None,
                        assignment: None,
                        session: None,
                        reason: None,
                        location: None,
                    };
                    Loaded::named(vec![(module.clone(), item)])
                }
            };
            return plan(context, &client, &items.items, self.exit_code).await;
        }
        let Some(module) = self.module else { return many(context, &client, &self.bulk).await };
        let Self { session, reason, location, .. } = self;
        let item = Item { module, user: None, assignment: None, session, reason, location };
        let mut write = Write::begin(context, "the enrollment");
        let response = write.send(item.send(client)).await?;
        write.end(printer.of_write().document(response))
    }
}

async fn many(context: &Context, client: &Client, options: &BulkOptions) -> Result<(), Error> {
    let call = |item: Item| {
        let client = client.clone();
        async move { item.send(client).await }.boxed()
    };
    let batch = bulk::one_by_one(options.concurrency, call);
    // Two items about the same enrollment are sent in order.
    let batch = batch.keyed_by(|item| vec![(item.user.clone(), item.module.clone())]);
    let id = |response: &Value| response.get("id").and_then(Value::as_str).map(str::to_owned);
    bulk::run(context, options, command(), batch, id).await
}

/// Prints who would be enrolled, and who is already.
async fn plan(context: &Context, client: &Client, items: &[bulk::Item<Item>], exit_code: bool) -> Result<(), Error> {
    let mut plan = Plan::begin(context)?;
    let valid = items.iter().filter_map(|item| item.request.as_ref().ok());
    let people: HashSet<_> = valid.map(Item::person).collect();
    context.hint(format_args!("reading the enrollments of {} users takes as many requests", people.len()));
    let mut read: HashMap<(Option<String>, Option<String>), Result<State, String>> = HashMap::new();
    for item in items {
        let (line, name) = (item.line, item.name.as_str());
        let request = match &item.request {
            Ok(request) => request,
            Err(violations) => {
                let reason = Outcome::<()>::Invalid(violations.clone()).reason().unwrap_or_default().into_owned();
                plan.invalid(line, name, &reason)?;
                continue;
            }
        };
        let state = match read.entry(request.person()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(enrollments(client, request).await?),
        };
        match state {
            Ok(state) => {
                let before = state.get(&request.module).map(|fact| fact.value.clone());
                let label = format!("enrollment in {}", request.module);
                let effect =
                    Effect { key: request.module.clone(), label, after: before.unwrap_or_else(|| "enrolled".into()) };
                let user = request.user.as_deref().unwrap_or_default();
                plan.add(line, name, user, state, vec![effect])?;
            }
            Err(reason) => plan.missing(line, name, reason)?,
        }
    }
    plan.finish(context, exit_code)
}

/// The modules in which the user of an item is enrolled, each with its status; or why the service does not tell.
async fn enrollments(client: &Client, item: &Item) -> Result<Result<State, String>, Error> {
    let history = match item.acting(client.clone()).api().enrollments().send_document().await {
        Ok(history) => history.into_inner(),
        Err(error) if error.is_rejection() => return Ok(Err(described(&error, false))),
        Err(error) => return Err(error.into()),
    };
    let mut state = State::new();
    for record in history.training_record.unwrap_or_default() {
        let record = listing::row(&record)?;
        let text = |pointer: &str| record.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        if let Some(module) = text("/learningModule/id") {
            let value = text("/overallStatus").unwrap_or_else(|| "enrolled".to_owned()).into();
            state.insert(module.clone(), Fact { label: format!("enrollment in {module}"), value });
        }
    }
    Ok(Ok(state))
}

fn command() -> BulkCommand<'static, Item> {
    let names = ["module", "user", "assignment", "session", "reason", "location"];
    let fields = Fields::of(names.map(|name| (name, FieldKind::Text)));
    BulkCommand { fields, prepare: Box::new(Item::read), name: name_of }
}

fn name_of(item: &Value) -> String {
    let parts = ["user", "module"].iter().filter_map(|name| item.get(name).and_then(Value::as_str));
    text::shortened(&parts.collect::<Vec<_>>().join(" "), 100)
}

impl Item {
    fn read(item: &Value) -> Result<Self, String> {
        let item = Self::deserialize(item).map_err(|error| error.to_string())?;
        let texts =
            [("module", Some(&item.module)), ("user", item.user.as_ref()), ("assignment", item.assignment.as_ref())];
        match texts.iter().find(|(_, text)| text.is_some_and(|text| text.trim().is_empty())) {
            Some((name, _)) => Err(format!("`{name}` is blank")),
            None => Ok(item),
        }
    }

    /// For whom the item is; nobody is the user of the client.
    fn person(&self) -> (Option<String>, Option<String>) {
        (self.user.clone(), self.assignment.clone())
    }

    /// The client that acts for the user of the item.
    fn acting(&self, client: Client) -> Client {
        let client = self.user.iter().fold(client, |client, user| client.on_behalf_of(user));
        self.assignment.iter().fold(client, |client, id| client.assignment(id))
    }

    async fn send(self, client: Client) -> Result<Value, CallError> {
        let client = self.acting(client);
        let Self { module, session, reason, location, .. } = self;
        let call = client.enrollments().enroll(module).with(|mut call| {
            call = session.into_iter().fold(call, |call, code| call.session_code(code));
            call = reason.into_iter().fold(call, |call, text| call.reason(text));
            location.into_iter().fold(call, |call, text| call.preferred_location(text))
        });
        untyped_response::read(&call.send().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_needs_a_module_and_has_no_unknown_fields() {
        assert!(Item::read(&json!({ "module": "M-1", "user": "a.roe" })).is_ok());
        for (item, problem) in [
            (json!({ "user": "a.roe" }), "module"),
            (json!({ "module": " " }), "`module` is blank"),
            (json!({ "module": "M-1", "user": "" }), "`user` is blank"),
            (json!({ "module": "M-1", "modul": "x" }), "modul"),
            (json!({ "module": 7 }), "string"),
        ] {
            let error = Item::read(&item).err().unwrap_or_default();
            assert!(error.contains(problem), "{problem}: {error}");
        }
    }
}
