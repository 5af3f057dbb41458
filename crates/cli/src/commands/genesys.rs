//! `genesys`: commands for Genesys Cloud.

mod activities;
mod by_id;
mod enum_values;
mod fields;
mod jobs;
mod queues;
mod skills;
mod users;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox genesys users list --all --output csv
  rosterkit --sandbox genesys users search an
  rosterkit genesys users update ID --set title=Agent
  rosterkit genesys skills add USER_ID SKILL_ID=4.5
  rosterkit genesys jobs run details --interval 2024-12-01/2024-12-08 --output jsonl";

/// Genesys Cloud: users, skills, queues, development activities, analytics jobs
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Genesys {
    #[command(subcommand)]
    command: GenesysCommand,
}

#[derive(Debug, Subcommand)]
enum GenesysCommand {
    /// List, read, create, change, delete and search users
    Users(users::Users),
    /// List, add, set and remove the routing skills of a user
    Skills(skills::Skills),
    /// List the queues of a user, join and leave them
    Queues(queues::Queues),
    /// List and read development activities: learning assignments and coaching appointments
    Activities(activities::Activities),
    /// Run analytics queries as jobs
    Jobs(jobs::Jobs),
}

impl Genesys {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            GenesysCommand::Users(users) => users.run(context).await,
            GenesysCommand::Skills(skills) => skills.run(context).await,
            GenesysCommand::Queues(queues) => queues.run(context).await,
            GenesysCommand::Activities(activities) => activities.run(context).await,
            GenesysCommand::Jobs(jobs) => jobs.run(context).await,
        }
    }
}
