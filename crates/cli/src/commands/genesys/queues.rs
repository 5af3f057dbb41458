//! `genesys queues`.

use clap::{Args, Subcommand};
use genesys_users::types::UserQueuePatch;

use super::skills::{end, tell};
use crate::app::App;
use crate::connect;
use crate::failure::Failure;
use crate::listing::{self, PageOptions};

const COLUMNS: [&str; 4] = ["id", "name", "joined", "memberCount"];
const OUTCOMES: [&str; 3] = ["id", "outcome", "reason"];
/// How many queues go into a request. No limit is documented.
const SIZE: usize = 50;

const LIST: &str = "Examples:\n  rosterkit genesys queues list USER_ID --all --joined true";
const JOIN: &str = "Examples:\n  rosterkit genesys queues join USER_ID QUEUE_ID OTHER_QUEUE_ID";
const LEAVE: &str = "Examples:\n  rosterkit genesys queues leave USER_ID QUEUE_ID";

/// List the queues of a user, join and leave them
#[derive(Args, Debug)]
pub(crate) struct Queues {
    #[command(subcommand)]
    command: QueuesCommand,
}

#[derive(Debug, Subcommand)]
enum QueuesCommand {
    /// List the queues of a user (getUserQueues)
    #[command(after_help = LIST)]
    List {
        /// The user
        user: String,
        /// Only queues that the user has joined, or has not
        #[arg(long, value_name = "true|false")]
        joined: Option<bool>,
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
    user: String,
    /// Ids of queues
    #[arg(required = true, value_name = "QUEUE")]
    queues: Vec<String>,
}

impl Queues {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let (given, joined) = match self.command {
            QueuesCommand::List { user, joined, pages } => {
                let client = connect::genesys(app).await?;
                let call = client.api().get_user_queues().user_id(user).page_size(100);
                let call = joined.into_iter().fold(call, |call, joined| call.joined(joined));
                return listing::print(app, call.pager(), &pages, &COLUMNS).await;
            }
            QueuesCommand::Join(given) => (given, true),
            QueuesCommand::Leave(given) => (given, false),
        };
        let mut rows = app.printer()?.rows(&OUTCOMES);
        let client = connect::genesys(app).await?;
        let items = given.queues.into_iter().map(|id| UserQueuePatch {
            id: id.into(),
            joined: joined.into(),
            ..Default::default()
        });
        let mut outcomes = client.routing(given.user).set_queues(items, SIZE).in_order();
        let mut failed = 0_u64;
        while let Some(outcome) = outcomes.next().await {
            let id = outcome.item.id.value().cloned();
            failed += u64::from(!outcome.verdict.is_accepted());
            tell(&mut rows, id, outcome)?;
        }
        end(rows, failed)
    }
}
