//! `genesys queues`.

use clap::{Args, Subcommand};

use super::by_id;
use super::routed::Mode;
use super::routed_command::{Items, ItemsOrNone};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};
use crate::people::{self, KeyOption, Noun, person};

/// The default columns of the queues of a user, and of the organization.
const COLUMNS: [&str; 4] = ["id", "name", "joined", "memberCount"];
const OF_ORGANIZATION: [&str; 4] = ["id", "name", "division.name", "memberCount"];

const LIST: &str = "\
Examples:
  rosterkit genesys queues list USER_ID --all
  rosterkit genesys queues list USER_ID --joined false --output csv
  rosterkit --sandbox genesys queues list --name 'C*' --columns id,name";
const JOIN: &str = "\
Queues are given by name or by id. Each queue of a user who is named gets a line with its outcome; of many users, each user \
gets one. The service joins the queues after its response, and disregards those that the user is not a member of: \
`queues list` shows the result after a while.

Examples:
  rosterkit --sandbox genesys queues join 21d22dff-4542-4091-a511-1910d103413e \\
    204b434e-75e4-4a6d-9aaa-e37d2c93892f
  rosterkit genesys queues join USER_ID QUEUE_ID OTHER_QUEUE_ID
  rosterkit --sandbox genesys queues join --where \"department == 'Service'\" Billing --plan

An item of a file names the user, and has `queue`, unless arguments name the queues of all. `queues` is several: a list, or a \
text such as Billing;Returns.";
const SET: &str = "\
All other queues that the user has joined are left; the user stays a member of them. Otherwise as `queues join`.

Examples:
  rosterkit --sandbox genesys queues set 21d22dff-4542-4091-a511-1910d103413e --none --plan
  rosterkit genesys queues set USER_ID QUEUE_ID
  rosterkit genesys queues set USER_ID --none --plan
  rosterkit genesys queues set --from people.csv Billing --undo undo.jsonl --yes

An item of a file is as for `queues join`.";
const LEAVE: &str = "\
Queues are given by name or by id. Each queue of a user who is named gets a line with its outcome; of many users, each user \
gets one. The service leaves the queues after its response: `queues list` shows the result after a while.

Examples:
  rosterkit --sandbox genesys queues leave 21d22dff-4542-4091-a511-1910d103413e \\
    d2865c7f-9b7c-4686-96bb-9a833f47e164
  rosterkit genesys queues leave USER_ID QUEUE_ID
  rosterkit --sandbox genesys queues leave --where \"department == 'Service'\" Billing --plan

An item of a file is as for `queues join`.";
const JOIN_USAGE: &str = "\
rosterkit genesys queues join [OPTIONS] <USER> <QUEUE>...
       rosterkit genesys queues join [OPTIONS] <--from FILE|--where EXPRESSION> [QUEUE]...";
const SET_USAGE: &str = "\
rosterkit genesys queues set [OPTIONS] <USER> <QUEUE>...
       rosterkit genesys queues set [OPTIONS] <USER> --none
       rosterkit genesys queues set [OPTIONS] <--from FILE|--where EXPRESSION> [QUEUE]...";
const LEAVE_USAGE: &str = "\
rosterkit genesys queues leave [OPTIONS] <USER> <QUEUE>...
       rosterkit genesys queues leave [OPTIONS] <--from FILE|--where EXPRESSION> [QUEUE]...";
const EXAMPLES: &str = "\
Examples:
  rosterkit genesys queues list USER_ID --joined false --output csv
  rosterkit genesys queues join USER_ID QUEUE_ID OTHER_QUEUE_ID";

/// List queues; join and leave them for users
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Queues {
    #[command(subcommand)]
    command: QueuesCommand,
}

#[derive(Debug, Subcommand)]
enum QueuesCommand {
    /// List queues of the organization or a user (getRoutingQueues, getUserQueues)
    #[command(after_help = LIST)]
    List {
        /// The user; without one, the queues of the organization are listed
        #[arg(value_parser = person)]
        user: Option<String>,
        #[command(flatten)]
        key: KeyOption,
        /// Only queues that the user has joined, or has not joined [default of the service: true]
        #[arg(long, value_name = "true|false", requires = "user")]
        joined: Option<bool>,
        /// Only queues of the organization with this name; `*` at its start or end means any text
        #[arg(long, value_name = "NAME", value_parser = by_id::name, conflicts_with = "user")]
        name: Option<String>,
        /// Only these queues of the organization
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id, conflicts_with = "user")]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
    /// Join queues that users are members of (patchUserQueues)
    #[command(after_help = JOIN, override_usage = JOIN_USAGE)]
    Join(Items),
    /// Join these queues and leave all others (getUserQueues, patchUserQueues)
    #[command(after_help = SET, override_usage = SET_USAGE)]
    Set(ItemsOrNone),
    /// Leave queues (patchUserQueues)
    #[command(after_help = LEAVE, override_usage = LEAVE_USAGE)]
    Leave(Items),
}

impl Queues {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            QueuesCommand::List { user: None, name, id, pages, .. } => {
                let client = connect::genesys(context).await?;
                let mut call = client.api().get_routing_queues().page_size(100);
                if !id.is_empty() {
                    call = call.id(id);
                }
                call = name.into_iter().fold(call, |call, name| call.name(name));
                listing::print(context, call.pager(), &pages, &OF_ORGANIZATION).await
            }
            QueuesCommand::List { user: Some(user), key, joined, pages, .. } => {
                let client = connect::genesys(context).await?;
                let user = people::find(context, &client, &user, &key).await?;
                let call = client.api().get_user_queues().user_id(user).page_size(100);
                let call = joined.into_iter().fold(call, |call, joined| call.joined(joined));
                listing::print(context, call.pager(), &pages, &COLUMNS).await
            }
            QueuesCommand::Join(items) => items.run(context, Noun::Queue, Mode::Add).await,
            QueuesCommand::Set(items) => items.run(context, Noun::Queue).await,
            QueuesCommand::Leave(items) => items.run(context, Noun::Queue, Mode::Remove).await,
        }
    }
}
