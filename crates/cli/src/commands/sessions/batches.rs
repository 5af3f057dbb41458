//! `sessions upsert` and `sessions deactivate`.

use clap::builder::RangedU64ValueParser;
use clap::{ArgGroup, Args};
use futures_util::{StreamExt as _, stream};
use rosterkit_core::Operation;
use rosterkit_core::batch::{Batch, Cancellation};
use rosterkit_core::catalog::{Schema, SchemaKind};
use rosterkit_core::input::Fields;
use serde::Serialize;
use serde_json::Value;
use session_clusters::Deactivated;
use session_clusters::generated::operations::{
    BATCH_DEACTIVATE_USERS, BATCH_UPSERT_USERS, BATCH_UPSERT_USERS_MAX_ITEMS,
};
use session_clusters::generated::schemas;
use session_clusters::types::{SessionUser, UserRef, UserTemplate};

use super::plan::{self, Kind, Users};
use crate::bulk::{self, BulkCommand, BulkOptions, Loaded};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing;
use crate::people::{Answer, Planning, Undo, confirm};
use crate::text;

const OUTCOMES: [&str; 4] = ["user", "outcome", "id", "reason"];

const UPSERT: &str = "\
An item has `remoteId`, `firstName`, `lastName`, `active`. A site may accept other fields: --on-unknown-column send sends \
them as well.

Examples:
  rosterkit --sandbox sessions upsert --from users.csv --dry-run
  rosterkit --sandbox sessions upsert --from staff.csv --delimiter ';' --on-unknown-column ignore \\
    --map \"remoteId=Number,firstName={First Name},lastName={Last Name},active=:Status == 'A'\"
  rosterkit sessions upsert --from users.csv --failed failed.csv
  rosterkit sessions upsert --from users.csv --plan
  rosterkit sessions upsert --from users.csv --undo undo.jsonl
  rosterkit sessions upsert --from - --input-format jsonl < users.jsonl";
const DEACTIVATE: &str = "\
An item of a file has `remoteId` or `id`. Other fields of a user are not sent, so that a list of users can be used as \
input; fields of your site are, with --on-unknown-column send. More than one user is deactivated only after a question, which \
--yes answers; without a terminal, --yes is required. For --plan and --undo, all users of the service are read.

Examples:
  rosterkit --sandbox sessions deactivate 21d22dff-4542-4091-a511-1910d103413e
  rosterkit sessions deactivate REMOTE_ID
  rosterkit sessions deactivate REMOTE_ID OTHER_REMOTE_ID --yes
  rosterkit sessions deactivate --id SESSION_USER_ID
  rosterkit sessions deactivate --from leavers.csv --dry-run
  rosterkit sessions deactivate --from leavers.csv --plan
  rosterkit sessions deactivate --from leavers.csv --yes --failed failed.csv --undo undo.jsonl";

/// The size of batches.
#[derive(Args, Clone, Copy, Debug)]
struct BatchSize {
    /// Number of users per request
    #[arg(long, value_name = "N", default_value_t = BATCH_UPSERT_USERS_MAX_ITEMS, help_heading = "Many items",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=BATCH_UPSERT_USERS_MAX_ITEMS as u64))]
    batch_size: usize,
}

/// Create users that do not exist and update those that do
#[derive(Args, Debug)]
#[command(after_help = UPSERT)]
pub(super) struct Upsert {
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    bulk: BulkOptions,
    #[command(flatten)]
    batch: BatchSize,
}

impl Upsert {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let command = BulkCommand {
            fields: Fields::of_schema(user_schema(&BATCH_UPSERT_USERS)),
            prepare: Box::new(template),
            name: name_of,
        };
        if self.bulk.dry_run {
            return bulk::check(context, &self.bulk, command).await;
        }
        self.planning.undo.as_deref().map_or(Ok(()), Undo::check)?;
        let client = connect::sessions(context).await?;
        let batch = client.upsert_users([]).size(self.batch.batch_size);
        let batch = batch.concurrency(self.bulk.concurrency.into());
        let id = |user: &SessionUser| user.id.clone();
        if !self.planning.plan && self.planning.undo.is_none() {
            return bulk::run(context, &self.bulk, command, batch, id).await;
        }
        let loaded = bulk::load(context, &self.bulk, &command).await?;
        let users = Users::read(context, &client).await?;
        if self.planning.plan {
            return plan::print(context, &users, &loaded.items, Kind::Upsert, self.planning.exit_code);
        }
        let undo = self.planning.undo.as_deref();
        let undo = undo.map(|path| plan::undo(&users, &loaded.items, Kind::Upsert, path)).transpose()?;
        send(context, &self.bulk, loaded, batch, undo, id).await
    }
}

/// Deactivate users
#[derive(Args, Debug)]
#[command(after_help = DEACTIVATE)]
#[command(group = ArgGroup::new("whom").args(["remote_ids", "ids", "from"]).required(true).multiple(true))]
pub(super) struct Deactivate {
    /// Ids of users in the system they are synchronized from
    #[arg(conflicts_with = "from", value_name = "REMOTE_ID")]
    remote_ids: Vec<String>,
    /// The id of a user in the session service; repeat it for more users
    #[arg(long = "id", id = "ids", value_name = "ID", conflicts_with = "from")]
    ids: Vec<String>,
    #[command(flatten)]
    planning: Planning,
    #[command(flatten)]
    answer: Answer,
    #[command(flatten)]
    bulk: BulkOptions,
    #[command(flatten)]
    batch: BatchSize,
}

impl Deactivate {
    pub(super) async fn run(self, context: &Context) -> Result<(), Error> {
        let command = BulkCommand {
            fields: Fields::of_schema(user_schema(&BATCH_DEACTIVATE_USERS))
                .leaving_out(user_schema(&BATCH_UPSERT_USERS)),
            prepare: Box::new(reference),
            name: name_of,
        };
        let Self { remote_ids, ids, planning, answer, bulk, batch } = self;
        let is_listed = bulk.from.is_some();
        if bulk.dry_run && is_listed {
            return bulk::check(context, &bulk, command).await;
        }
        if remote_ids.iter().chain(&ids).any(|id| id.trim().is_empty()) {
            return Err(Error::usage("the id is blank: expected the id of a user"));
        }
        let users = remote_ids.into_iter().map(UserRef::by_remote_id);
        let users: Vec<UserRef> = users.chain(ids.into_iter().map(UserRef::by_id)).collect();
        let name = |user: &UserRef| user.remote_id.clone().or_else(|| user.id.clone()).unwrap_or_default();
        let named: Vec<(String, UserRef)> = users.into_iter().map(|user| (name(&user), user)).collect();
        if bulk.dry_run {
            let shown = named.into_iter().map(|(name, user)| Ok((name, listing::row(&user)?)));
            return bulk::check_named(context, shown.collect::<Result<_, Error>>()?).await;
        }
        planning.undo.as_deref().map_or(Ok(()), Undo::check)?;
        let client = connect::sessions(context).await?;
        let requests = client.deactivate_users([]).size(batch.batch_size).concurrency(bulk.concurrency.into());
        let looks = planning.plan || planning.undo.is_some();
        if is_listed && answer.yes && !looks {
            return bulk::run(context, &bulk, command, requests, id_of).await;
        }
        // All are known before the question.
        let loaded = match is_listed {
            true => bulk::load(context, &bulk, &command).await?,
            false => Loaded::named(named.clone()),
        };
        let users = if looks { Some(Users::read(context, &client).await?) } else { None };
        if let (true, Some(users)) = (planning.plan, &users) {
            return plan::print(context, users, &loaded.items, Kind::Deactivate, planning.exit_code);
        }
        let people = loaded.items.iter().filter(|item| item.request.is_ok()).count();
        confirm(context, answer, bulk.from.as_deref(), people, &format!("deactivate {people} users")).await?;
        let undo = users.as_ref().zip(planning.undo.as_deref());
        let undo = undo.map(|(users, path)| plan::undo(users, &loaded.items, Kind::Deactivate, path)).transpose()?;
        if is_listed {
            return send(context, &bulk, loaded, requests, undo, id_of).await;
        }
        let mut undo = undo;
        let start = |items, cancellation: &Cancellation| {
            let outcomes = bulk::carrying(requests, items, cancellation).ordered();
            outcomes.map(|it| {
                plan::note(&mut undo, &it.item, &it.outcome);
                Ok((it.item, it.outcome))
            })
        };
        let sent = bulk::send_named(context, &OUTCOMES, named, start, id_of).await;
        end(context, undo, sent)
    }
}

/// Sends items that were read before.
async fn send<'a, T: Clone + Serialize + Send + Sync + 'a, R: 'a>(
    context: &Context,
    options: &BulkOptions,
    loaded: Loaded<T>,
    batch: Batch<'a, T, R>,
    mut undo: Option<Undo>,
    id: impl Fn(&R) -> Option<String>,
) -> Result<(), Error> {
    let (report, items) = loaded.report(context, options)?;
    let batch = batch.keep_going(options.keep_going);
    let start = |items, cancellation: &Cancellation| {
        let outcomes = bulk::carrying(batch, items, cancellation).ordered();
        outcomes.map(|it| {
            plan::note(&mut undo, &it.item, &it.outcome);
            Ok((it.item, it.outcome))
        })
    };
    let sent = bulk::send(context, report, stream::iter(items.into_iter().map(Ok)), true, start, id).await;
    end(context, undo, sent)
}

fn end(context: &Context, undo: Option<Undo>, sent: Result<(), Error>) -> Result<(), Error> {
    if let Some(undo) = undo {
        undo.end_after(context, &sent)?;
    }
    sent
}

/// The schema of a user in the body of a batch operation.
fn user_schema(operation: &Operation) -> Option<&'static Schema> {
    let SchemaKind::Object { properties, .. } = schemas::body(operation.id)?.kind else { return None };
    match properties.iter().find(|property| property.name == "users")?.schema.kind {
        SchemaKind::Array { items, .. } => Some(items),
        _ => None,
    }
}

fn id_of(done: &Deactivated) -> Option<String> {
    done.user.as_ref().and_then(|user| user.id.clone())
}

fn template(item: &Value) -> Result<UserTemplate, String> {
    let user: UserTemplate = bulk::typed(item)?;
    let is_blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    match is_blank(&user.remote_id) && (is_blank(&user.first_name) || is_blank(&user.last_name)) {
        true => Err("the user cannot be identified: expected `remoteId`, or `firstName` and `lastName`".to_owned()),
        false => Ok(user),
    }
}

fn reference(item: &Value) -> Result<UserRef, String> {
    let user: UserRef = bulk::typed(item)?;
    let is_blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    match is_blank(&user.remote_id) && is_blank(&user.id) {
        true => Err("the user cannot be identified: expected `remoteId` or `id`".to_owned()),
        false => Ok(user),
    }
}

fn name_of(item: &Value) -> String {
    let field = |name: &str| item.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let name = field("remoteId").or(field("id")).map(str::to_owned);
    let name = name
        .unwrap_or_else(|| [field("firstName"), field("lastName")].into_iter().flatten().collect::<Vec<_>>().join(" "));
    text::shortened(&name, 100)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn users_that_cannot_be_identified_are_invalid() {
        assert!(template(&json!({ "firstName": "Sample", "lastName": "Person", "domain": "example.com" })).is_ok());
        assert!(template(&json!({ "firstName": "Sample", "remoteId": " " })).is_err());
        assert!(template(&json!({ "remoteId": "r-1", "active": "yes" })).is_err());
        assert!(reference(&json!({ "id": "u-1" })).is_ok());
        assert!(reference(&json!({ "id": "", "remoteId": null })).is_err());
    }
}
