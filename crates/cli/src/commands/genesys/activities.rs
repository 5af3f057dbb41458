//! `genesys activities`.

use clap::{Args, Subcommand};

use crate::app::App;
use crate::connect;
use crate::failure::Failure;
use crate::listing::{self, PageOptions};

const COLUMNS: [&str; 6] = ["id", "type", "name", "status", "dateDue", "isOverdue"];

const LIST: &str = "\
Examples:
  rosterkit genesys activities list --of USER_ID --all
  rosterkit genesys activities list --module MODULE_ID --status Completed
  rosterkit genesys activities list --mine --overdue True";
const GET: &str = "Examples:\n  rosterkit genesys activities get ID --type Informational";

/// List and read development activities: learning assignments and coaching appointments
#[derive(Args, Debug)]
pub(crate) struct Activities {
    #[command(subcommand)]
    command: ActivitiesCommand,
}

#[derive(Debug, Subcommand)]
enum ActivitiesCommand {
    /// List activities (getUsersDevelopmentActivities, getUsersDevelopmentActivitiesMe)
    #[command(after_help = LIST)]
    List(List),
    /// Read an activity (getUsersDevelopmentActivity)
    #[command(after_help = GET)]
    Get {
        /// The activity
        id: String,
        /// Its type: Informational, Coaching, AssessedContent, Assessment or External
        #[arg(long = "type", value_name = "TYPE")]
        kind: String,
    },
}

#[derive(Args, Debug)]
#[group(id = "whose", required = true, multiple = true, args = ["of", "module", "mine"])]
struct List {
    /// Activities of these users
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    of: Vec<String>,
    /// Activities of this module
    #[arg(long, value_name = "ID")]
    module: Option<String>,
    /// Activities of the token's own user
    #[arg(long, conflicts_with = "of")]
    mine: bool,
    /// Only of these types: Informational, Coaching, AssessedContent, Assessment
    #[arg(long = "type", value_name = "TYPES", value_delimiter = ',')]
    types: Vec<String>,
    /// Only in these states: Planned, InProgress, Completed, InvalidSchedule, NotCompleted
    #[arg(long, value_name = "STATES", value_delimiter = ',')]
    status: Vec<String>,
    /// Only overdue ones or only others: True, False, Any
    #[arg(long, value_name = "WHICH")]
    overdue: Option<String>,
    #[command(flatten)]
    pages: PageOptions,
}

impl Activities {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let printer = app.printer()?;
        let client = connect::genesys(app).await?;
        match self.command {
            ActivitiesCommand::Get { id, kind } => {
                let call = client.api().get_users_development_activity().activity_id(id).type_(kind.as_str());
                printer.document(listing::row(&call.send().await?.into_inner())?)
            }
            ActivitiesCommand::List(list) => {
                let List { of, module, mine, types, status, overdue, pages } = list;
                let types: Vec<_> = types.iter().map(|name| name.as_str().into()).collect();
                let statuses: Vec<_> = status.iter().map(|name| name.as_str().into()).collect();
                if mine {
                    let mut call = client.api().get_users_development_activities_me().page_size(100);
                    call = module.into_iter().fold(call, |call, module| call.module_id(module));
                    call = overdue.iter().fold(call, |call, which| call.overdue(which.as_str()));
                    call = if types.is_empty() { call } else { call.types(types) };
                    call = if statuses.is_empty() { call } else { call.statuses(statuses) };
                    return listing::print(app, call.pager(), &pages, &COLUMNS).await;
                }
                let mut call = client.api().get_users_development_activities().page_size(100);
                call = if of.is_empty() { call } else { call.user_id(of) };
                call = module.into_iter().fold(call, |call, module| call.module_id(module));
                call = overdue.iter().fold(call, |call, which| call.overdue(which.as_str()));
                call = if types.is_empty() { call } else { call.types(types) };
                call = if statuses.is_empty() { call } else { call.statuses(statuses) };
                listing::print(app, call.pager(), &pages, &COLUMNS).await
            }
        }
    }
}
