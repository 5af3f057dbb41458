//! `genesys activities`.

use clap::{ArgGroup, Args, Subcommand};
use genesys_users::generated::operations::GET_USERS_DEVELOPMENT_ACTIVITY;
use genesys_users::types::{
    BooleanFilter, DevelopmentActivity, DevelopmentActivityListingType, DevelopmentActivityLookupType,
    DevelopmentActivityStatus,
};

use super::by_id;
use super::enum_values;
use crate::commands::datetime::Interval;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};
use crate::people::{self, KeyOption, person};

const COLUMNS: [&str; 6] = ["id", "type", "name", "status", "dateDue", "isOverdue"];

const LIST: &str = "\
Examples:
  rosterkit genesys activities list --of USER_ID --all
  rosterkit genesys activities list --module MODULE_ID --status Completed
  rosterkit genesys activities list --mine --overdue true
  rosterkit --sandbox genesys activities list --mine --completed 26w/now";
const GET: &str = "\
`list` shows the types of the activities.

Examples:
  rosterkit --sandbox genesys activities get fd4e22b5-9af4-4f72-a3c9-e7a0299cd937 --type Coaching
  rosterkit genesys activities get ACTIVITY_ID --type Coaching";
const EXAMPLES: &str = "\
Examples:
  rosterkit genesys activities list --of USER_ID --all
  rosterkit genesys activities get ACTIVITY_ID --type Coaching";

/// List and read development activities: learning assignments and coaching appointments
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Activities {
    #[command(subcommand)]
    command: ActivitiesCommand,
}

#[derive(Debug, Subcommand)]
enum ActivitiesCommand {
    /// List activities (getUsersDevelopmentActivities, getUsersDevelopmentActivitiesMe)
    #[command(after_help = LIST)]
    List(Box<List>),
    /// Read an activity (getUsersDevelopmentActivity)
    #[command(after_help = GET)]
    Get {
        /// The activity
        #[arg(value_parser = by_id::id)]
        id: String,
        /// Its type: Informational, Coaching, AssessedContent, Assessment or External
        #[arg(long = "type", value_name = "TYPE")]
        kind: String,
    },
}

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("whose").args(["of", "module", "mine"]).required(true).multiple(true))]
struct List {
    /// Activities of these users
    #[arg(long, value_name = "USER", value_delimiter = ',', value_parser = person)]
    of: Vec<String>,
    #[command(flatten)]
    key: KeyOption,
    /// Activities of this module
    #[arg(long, value_name = "ID", value_parser = by_id::id)]
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
    /// Only overdue ones (true), only others (false), or both (any)
    #[arg(long, value_name = "WHICH")]
    overdue: Option<String>,
    /// Only activities due within this interval: START/END, each a day (UTC), a date-time with an offset, or relative:
    /// 30d/now; a year at most
    #[arg(long, value_name = "START/END")]
    due: Option<Interval>,
    /// Only activities completed within this interval
    #[arg(long, value_name = "START/END")]
    completed: Option<Interval>,
    #[command(flatten)]
    pages: PageOptions,
}

impl Activities {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = context.printer()?;
        let client = connect::genesys(context).await?;
        match self.command {
            ActivitiesCommand::Get { id, kind } => {
                let kind: DevelopmentActivityLookupType =
                    enum_values::parse(context, "--type", &kind, DevelopmentActivityLookupType::VALUES);
                let call = client.api().get_users_development_activity().activity_id(id).type_(kind);
                let problem = "the response is not an activity: it has no `id`";
                let identified = |it: DevelopmentActivity| it.id.is_some().then_some(it);
                let activity = call.send().await?.require(&GET_USERS_DEVELOPMENT_ACTIVITY, problem, identified)?;
                printer.document(listing::row(&activity)?)
            }
            ActivitiesCommand::List(list) => {
                let List { of, key, module, mine, types, status, overdue, due, completed, pages } = *list;
                let due = without_zone(context, due, "--due").await?;
                let completed = without_zone(context, completed, "--completed").await?;
                let types: Vec<DevelopmentActivityListingType> =
                    enum_values::parse_all(context, "--type", &types, DevelopmentActivityListingType::VALUES);
                let statuses: Vec<DevelopmentActivityStatus> =
                    enum_values::parse_all(context, "--status", &status, DevelopmentActivityStatus::VALUES);
                let overdue: Option<BooleanFilter> =
                    overdue.map(|which| enum_values::parse(context, "--overdue", &which, BooleanFilter::VALUES));
                if mine {
                    let mut call = client.api().get_users_development_activities_me().page_size(100);
                    call = module.into_iter().fold(call, |call, module| call.module_id(module));
                    call = overdue.into_iter().fold(call, |call, which| call.overdue(which));
                    call = due.into_iter().fold(call, |call, interval| call.interval(interval));
                    call = completed.into_iter().fold(call, |call, interval| call.completion_interval(interval));
                    call = if types.is_empty() { call } else { call.types(types) };
                    call = if statuses.is_empty() { call } else { call.statuses(statuses) };
                    return listing::print(context, call.pager(), &pages, &COLUMNS).await;
                }
                let mut call = client.api().get_users_development_activities().page_size(100);
                let of = people::find_all(context, &client, &of, &key).await?;
                call = if of.is_empty() { call } else { call.user_id(of) };
                call = module.into_iter().fold(call, |call, module| call.module_id(module));
                call = overdue.into_iter().fold(call, |call, which| call.overdue(which));
                call = due.into_iter().fold(call, |call, interval| call.interval(interval));
                call = completed.into_iter().fold(call, |call, interval| call.completion_interval(interval));
                call = if types.is_empty() { call } else { call.types(types) };
                call = if statuses.is_empty() { call } else { call.statuses(statuses) };
                listing::print(context, call.pager(), &pages, &COLUMNS).await
            }
        }
    }
}

/// The interval as these operations take it: in UTC, without a zone.
async fn without_zone(context: &Context, interval: Option<Interval>, option: &str) -> Result<Option<String>, Error> {
    let Some(interval) = interval else { return Ok(None) };
    let times = interval
        .resolve(context, option)
        .await?
        .map(|time| time.to_datetime().map(|time| time.to_utc().format("%Y-%m-%dT%H:%M:%S").to_string()));
    let [start, end] = times.map(|time| time.map_err(|error| Error::usage(format!("{option}: {error}"))));
    Ok(Some(format!("{}/{}", start?, end?)))
}
