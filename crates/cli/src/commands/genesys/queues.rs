//! `genesys queues`.

use clap::{Args, Subcommand};
use genesys_users::types::UserQueuePatch;

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};

/// The default columns of the queues of a user, and of the organization.
const COLUMNS: [&str; 4] = ["id", "name", "joined", "memberCount"];
const OF_ORGANIZATION: [&str; 4] = ["id", "name", "division.name", "memberCount"];

const LIST: &str = "\
Examples:
  rosterkit genesys queues list USER_ID --all
  rosterkit genesys queues list USER_ID --joined false --output csv
  rosterkit --sandbox genesys queues list --name 'C*' --columns id,name";
const JOIN: &str = "\
Each queue gets a line with its outcome. If one of several fails, the others are still sent; the exit code is 3. The service \
joins the queues after its response, and disregards those that the user is not a member of: `queues list` shows the result \
after a while.

Examples:
  rosterkit --sandbox genesys queues join 21d22dff-4542-4091-a511-1910d103413e \\
    204b434e-75e4-4a6d-9aaa-e37d2c93892f
  rosterkit genesys queues join USER_ID QUEUE_ID OTHER_QUEUE_ID";
const LEAVE: &str = "\
Each queue gets a line with its outcome. If one of several fails, the others are still sent; the exit code is 3. The service \
leaves the queues after its response: `queues list` shows the result after a while.

Examples:
  rosterkit --sandbox genesys queues leave 21d22dff-4542-4091-a511-1910d103413e \\
    d2865c7f-9b7c-4686-96bb-9a833f47e164
  rosterkit genesys queues leave USER_ID QUEUE_ID";
const EXAMPLES: &str = "\
Examples:
  rosterkit genesys queues list USER_ID --joined false --output csv
  rosterkit genesys queues join USER_ID QUEUE_ID OTHER_QUEUE_ID";

/// List queues; join and leave them for a user
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
        #[arg(value_parser = by_id::id)]
        user: Option<String>,
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
    /// Join queues that the user is a member of (patchUserQueues)
    #[command(after_help = JOIN)]
    Join(UserAndQueues),
    /// Leave queues (patchUserQueues)
    #[command(after_help = LEAVE)]
    Leave(UserAndQueues),
}

#[derive(Args, Debug)]
struct UserAndQueues {
    /// The user
    #[arg(value_parser = by_id::id)]
    user: String,
    /// Ids of queues
    #[arg(required = true, value_name = "QUEUE", value_parser = by_id::id)]
    queues: Vec<String>,
}

impl Queues {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let (given, joined) = match self.command {
            QueuesCommand::List { user: None, joined: _, name, id, pages } => {
                let client = connect::genesys(context).await?;
                let mut call = client.api().get_routing_queues().page_size(100);
                if !id.is_empty() {
                    call = call.id(id);
                }
                call = name.into_iter().fold(call, |call, name| call.name(name));
                return listing::print(context, call.pager(), &pages, &OF_ORGANIZATION).await;
            }
            QueuesCommand::List { user: Some(user), joined, pages, .. } => {
                let client = connect::genesys(context).await?;
                let call = client.api().get_user_queues().user_id(user).page_size(100);
                let call = joined.into_iter().fold(call, |call, joined| call.joined(joined));
                return listing::print(context, call.pager(), &pages, &COLUMNS).await;
            }
            QueuesCommand::Join(given) => (given, true),
            QueuesCommand::Leave(given) => (given, false),
        };
        let client = connect::genesys(context).await?;
        let routing = client.routing(given.user);
        let batch = |queues: Vec<UserQueuePatch>, size| routing.set_queues(queues, size);
        let item = |id: String| {
            let patch = UserQueuePatch { id: id.clone().into(), joined: joined.into(), ..Default::default() };
            (id, patch)
        };
        by_id::send(context, given.queues.into_iter().map(item).collect(), batch).await
    }
}
