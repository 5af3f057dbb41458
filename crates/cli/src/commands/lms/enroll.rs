//! `lms enroll`.

use clap::{ArgGroup, Args};
use futures_util::FutureExt as _;
use peoplefluent_lms::{Client, Error as CallError};
use serde::Deserialize;
use serde_json::Value;

use super::Acting;
use super::untyped_response;
use crate::bulk::{self, BulkCommand, BulkOptions, Write};
use crate::context::Context;
use crate::error::Error;
use crate::text;

const EXAMPLES: &str = "\
An item of a file has `module`, and optionally `user`, `assignment`, `session`, `reason` and `location`; all are text. \
Without `user`, the item is for the user of --on-behalf-of, or else for the caller.

Examples:
  rosterkit lms enroll FIRST-AID
  rosterkit --sandbox --sandbox-seed 7 lms enroll PHONE-110 --on-behalf-of bebren.jorrova.0
  rosterkit lms enroll FIRST-AID --on-behalf-of a.roe --session S-1 --reason 'Annual training'
  rosterkit lms enroll --from enrollments.csv --dry-run
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
        if self.bulk.dry_run {
            return bulk::check(context, &self.bulk, command()).await;
        }
        let printer = context.printer()?;
        let client = self.acting.client(context).await?;
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

fn command() -> BulkCommand<'static, Item> {
    BulkCommand { json: Vec::new(), prepare: Box::new(Item::read), name: name_of }
}

fn name_of(item: &Value) -> String {
    let parts = ["user", "module"].iter().filter_map(|name| item.get(name).and_then(Value::as_str));
    text::shortened(&parts.collect::<Vec<_>>().join(" "), 100)
}

impl Item {
    fn read(item: Value) -> Result<Self, String> {
        let item: Self = serde_json::from_value(item).map_err(|error| error.to_string())?;
        let texts =
            [("module", Some(&item.module)), ("user", item.user.as_ref()), ("assignment", item.assignment.as_ref())];
        match texts.iter().find(|(_, text)| text.is_some_and(|text| text.trim().is_empty())) {
            Some((name, _)) => Err(format!("`{name}` is blank")),
            None => Ok(item),
        }
    }

    async fn send(self, client: Client) -> Result<Value, CallError> {
        let Self { module, user, assignment, session, reason, location } = self;
        let client = user.into_iter().fold(client, |client, user| client.on_behalf_of(user));
        let client = assignment.into_iter().fold(client, |client, id| client.assignment(id));
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
    use serde_json::json;

    #[test]
    fn an_item_needs_a_module_and_has_no_unknown_fields() {
        assert!(Item::read(json!({ "module": "M-1", "user": "a.roe" })).is_ok());
        for (item, problem) in [
            (json!({ "user": "a.roe" }), "module"),
            (json!({ "module": " " }), "`module` is blank"),
            (json!({ "module": "M-1", "user": "" }), "`user` is blank"),
            (json!({ "module": "M-1", "modul": "x" }), "modul"),
            (json!({ "module": 7 }), "string"),
        ] {
            let error = Item::read(item).err().unwrap_or_default();
            assert!(error.contains(problem), "{problem}: {error}");
        }
    }
}
