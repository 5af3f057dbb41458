//! `lms groups`.

use clap::{ArgGroup, Args, Subcommand};
use futures_util::FutureExt as _;
use peoplefluent_lms::{Client, Error as CallError, Member};
use rosterkit_core::input::{FieldKind, Fields};
use serde_json::{Value, json};

use super::untyped_response;
use super::{Acting, NoPlan};
use crate::bulk::{self, BulkCommand, BulkOptions, Write};
use crate::context::Context;
use crate::error::Error;
use crate::text;

const UNREADABLE: &str = "the LMS cannot be asked which groups there are, and who is in them";
const OUTCOMES: [&str; 3] = ["member", "outcome", "reason"];

const CREATE: &str = "\
Examples:
  rosterkit --sandbox lms groups create 'Safety officers'
  rosterkit lms groups create 'Safety officers' --shared
  rosterkit lms groups create 'Safety officers' --dry-run";
const DELETE: &str = "Examples:\n  rosterkit lms groups delete 'Safety officers'";
const ADD: &str = "\
An item of a file has one of `user`, `assignment` (an id) and `assignmentCode`.

Examples:
  rosterkit --sandbox lms groups add 'Safety officers' --from members.csv --dry-run
  rosterkit lms groups add 'Safety officers' a.roe b.doe
  rosterkit lms groups add 'Safety officers' m.sample --supervisors
  rosterkit lms groups add 'Safety officers' --from members.csv --failed failed.csv";
const ADD_USAGE: &str = "\
rosterkit lms groups add [OPTIONS] <GROUP> <USER>...
       rosterkit lms groups add [OPTIONS] <GROUP> --from <FILE>";
const REMOVE_USAGE: &str = "\
rosterkit lms groups remove [OPTIONS] <GROUP> <USER>...
       rosterkit lms groups remove [OPTIONS] <GROUP> --from <FILE>";
const REMOVE: &str = "\
Examples:
  rosterkit --sandbox lms groups remove 'Safety officers' --from members.csv --dry-run
  rosterkit lms groups remove 'Safety officers' a.roe
  rosterkit lms groups remove 'Safety officers' --from members.csv --dry-run";
const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox lms groups create 'Safety officers'
  rosterkit lms groups add 'Safety officers' a.roe b.doe
  rosterkit lms groups remove 'Safety officers' --from members.csv --dry-run";

/// Create and delete user groups, add and remove members
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Groups {
    #[command(subcommand)]
    command: GroupsCommand,
}

#[derive(Debug, Subcommand)]
enum GroupsCommand {
    /// Create a group (userGroupCreator)
    #[command(after_help = CREATE)]
    Create {
        /// Its name
        group: String,
        /// Make it visible to all users in or below your topmost organization, not only to you
        #[arg(long)]
        shared: bool,
        #[command(flatten)]
        acting: Acting,
        /// Print what would be sent; send nothing, and need no account
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        plan: NoPlan,
    },
    /// Delete a group (userGroupDeleter)
    #[command(after_help = DELETE)]
    Delete {
        /// Its name
        group: String,
        #[command(flatten)]
        acting: Acting,
        /// Print what would be sent; send nothing, and need no account
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        plan: NoPlan,
    },
    /// Add members or supervisors (userGroupAdder, supervisedGroupsAdder)
    #[command(after_help = ADD, override_usage = ADD_USAGE)]
    Add(Members),
    /// Remove members or supervisors (userGroupRemover, supervisedGroupsRemover)
    #[command(after_help = REMOVE, override_usage = REMOVE_USAGE)]
    Remove(Members),
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("who").args(["users", "from"]).required(true))]
struct Members {
    /// The group's name
    group: String,
    /// Ids of users
    #[arg(conflicts_with = "from", value_name = "USER")]
    users: Vec<String>,
    /// Add or remove supervisors of the group, not members
    #[arg(long)]
    supervisors: bool,
    #[command(flatten)]
    acting: Acting,
    #[command(flatten)]
    plan: NoPlan,
    #[command(flatten)]
    bulk: BulkOptions,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    Add,
    Remove,
}

impl Groups {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = context.printer()?;
        match &self.command {
            GroupsCommand::Create { plan, .. } | GroupsCommand::Delete { plan, .. } => plan.check(UNREADABLE)?,
            GroupsCommand::Add(members) | GroupsCommand::Remove(members) => members.plan.check(UNREADABLE)?,
        }
        match self.command {
            GroupsCommand::Create { group, shared, dry_run: true, .. } => {
                let request = json!({ "group": group, "shared": shared });
                bulk::check_named(context, vec![(group, request)]).await
            }
            GroupsCommand::Delete { group, dry_run: true, .. } => {
                let request = json!({ "group": group });
                bulk::check_named(context, vec![(group, request)]).await
            }
            GroupsCommand::Create { group, shared, acting, .. } => {
                let client = acting.client(context).await?;
                let call = client.group(group).create().with(|call| call.shared(shared));
                let mut write = Write::begin(context, "the new group");
                let response = write.send(call.send()).await?.into_inner();
                write.end(printer.of_write().document(response))
            }
            GroupsCommand::Delete { group, acting, .. } => {
                let client = acting.client(context).await?;
                let mut write = Write::begin(context, "the deletion of the group");
                let response = write.send(client.group(group).delete().send()).await?.into_inner();
                write.end(printer.of_write().document(response))
            }
            GroupsCommand::Add(members) => members.run(context, Change::Add).await,
            GroupsCommand::Remove(members) => members.run(context, Change::Remove).await,
        }
    }
}

impl Members {
    async fn run(self, context: &Context, change: Change) -> Result<(), Error> {
        let fields = Fields::of(["user", "assignment", "assignmentCode"].map(|name| (name, FieldKind::Text)));
        let command = BulkCommand { fields, prepare: Box::new(member), name: name_of };
        if self.bulk.dry_run && self.bulk.from.is_some() {
            return bulk::check(context, &self.bulk, command).await;
        }
        if self.bulk.dry_run {
            let item = |user: &String| {
                let item = json!({ "user": user });
                member(&item).map(|_| (user.clone(), item)).map_err(Error::Usage)
            };
            return bulk::check_named(context, self.users.iter().map(item).collect::<Result<_, _>>()?).await;
        }
        let client = self.acting.client(context).await?;
        let Self { group, users, supervisors, bulk, .. } = &self;
        let call = |member: Member| send(client.clone(), group.clone(), member, change, *supervisors).boxed();
        if bulk.from.is_none() {
            let items = users.iter().map(|user| (user.clone(), Member::user(user))).collect();
            return bulk::run_named_alone(context, &OUTCOMES, items, bulk.concurrency, call).await;
        }
        let batch = bulk::one_by_one(bulk.concurrency, call);
        bulk::run(context, bulk, command, batch, |_: &Value| None).await
    }
}

async fn send(
    client: Client,
    group: String,
    member: Member,
    change: Change,
    supervisors: bool,
) -> Result<Value, CallError> {
    let group = client.group(group);
    let response = match (change, supervisors) {
        (Change::Add, false) => group.add(member).send().await?,
        (Change::Add, true) => group.add_supervisor(member).send().await?,
        (Change::Remove, false) => group.remove(member).send().await?,
        (Change::Remove, true) => group.remove_supervisor(member).send().await?,
    };
    untyped_response::read(&response)
}

/// A member from `{"user": …}`, `{"assignment": …}` or `{"assignmentCode": …}`.
fn member(item: &Value) -> Result<Member, String> {
    let Value::Object(fields) = item else { return Err("expected a JSON object".to_owned()) };
    let mut fields = fields.iter().filter(|(_, value)| !value.is_null());
    let rule = "expected one of `user`, `assignment` and `assignmentCode`, as text";
    let (Some((name, Value::String(text))), None) = (fields.next(), fields.next()) else { return Err(rule.to_owned()) };
    if text.trim().is_empty() {
        return Err(format!("`{name}` is blank"));
    }
    match name.as_str() {
        "user" => Ok(Member::User(text.clone())),
        "assignment" => Ok(Member::Assignment(text.clone())),
        "assignmentCode" => Ok(Member::AssignmentCode(text.clone())),
        _ => Err(rule.to_owned()),
    }
}

fn name_of(item: &Value) -> String {
    let names = ["user", "assignment", "assignmentCode"];
    let text = names.iter().find_map(|name| item.get(name).and_then(Value::as_str));
    text.map(|text| text::shortened(text, 100)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_exactly_one_id_of_a_member() {
        assert_eq!(member(&json!({ "assignmentCode": "X-1" })), Ok(Member::AssignmentCode("X-1".to_owned())));
        for item in [
            json!({}),
            json!({ "user": "" }),
            json!({ "user": 7 }),
            json!({ "user": "a", "assignment": "b" }),
            json!({ "usr": "a" }),
        ] {
            assert!(member(&item).is_err(), "{item}");
        }
    }
}
