//! `genesys`: commands for Genesys Cloud.

mod activities;
mod by_id;
mod divisions;
mod enum_values;
mod fields;
mod groups;
mod jobs;
mod languages;
mod locations;
mod presence_sources;
mod presences;
mod queues;
mod roles;
mod routed;
mod routed_command;
mod skills;
mod stations;
mod users;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox genesys users list --all --output csv
  rosterkit --sandbox genesys users search an
  rosterkit genesys users update ID --set title=Agent
  rosterkit --sandbox genesys queues list --name 'C*' --columns id,name
  rosterkit genesys skills add USER_ID SKILL_ID=4.5
  rosterkit genesys jobs run details --interval 2024-12-01/2024-12-08 --output jsonl";

/// Genesys Cloud: users, skills, queues, ids of names, development activities, analytics jobs
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
    /// List routing skills; add, set and remove those of users
    Skills(skills::Skills),
    /// List queues; join and leave them for users
    Queues(queues::Queues),
    /// List routing languages; add, set and remove those of users
    Languages(languages::Languages),
    /// List the divisions of the organization
    Divisions(divisions::Divisions),
    /// List the roles of the organization; grant and revoke them
    Roles(roles::Roles),
    /// List the groups of the organization
    Groups(groups::Groups),
    /// List the locations of the organization
    Locations(locations::Locations),
    /// List the stations of the organization
    Stations(stations::Stations),
    /// List and read the presences that users can choose; set those of users
    #[command(visible_alias = "presence")]
    Presences(presences::Presences),
    /// List and read the registered sources of presence
    PresenceSources(presence_sources::PresenceSources),
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
            GenesysCommand::Languages(languages) => languages.run(context).await,
            GenesysCommand::Divisions(divisions) => divisions.run(context).await,
            GenesysCommand::Roles(roles) => roles.run(context).await,
            GenesysCommand::Groups(groups) => groups.run(context).await,
            GenesysCommand::Locations(locations) => locations.run(context).await,
            GenesysCommand::Stations(stations) => stations.run(context).await,
            GenesysCommand::Presences(presences) => presences.run(context).await,
            GenesysCommand::PresenceSources(sources) => sources.run(context).await,
            GenesysCommand::Activities(activities) => activities.run(context).await,
            GenesysCommand::Jobs(jobs) => jobs.run(context).await,
        }
    }
}
