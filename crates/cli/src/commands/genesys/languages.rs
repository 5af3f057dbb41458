//! `genesys languages`.

use clap::{Args, Subcommand};

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};

/// The default columns of the languages of a user, and of the organization.
const COLUMNS: [&str; 4] = ["id", "name", "proficiency", "state"];
const OF_ORGANIZATION: [&str; 3] = ["id", "name", "state"];

const LIST: &str = "\
Examples:
  rosterkit genesys languages list USER_ID --all
  rosterkit --sandbox genesys languages list --name English --columns id,name
  rosterkit --sandbox genesys languages list --all --output csv";

/// List routing languages
#[derive(Args, Debug)]
#[command(after_help = LIST)]
pub(crate) struct Languages {
    #[command(subcommand)]
    command: LanguagesCommand,
}

#[derive(Debug, Subcommand)]
enum LanguagesCommand {
    /// List languages of the organization or a user (getRoutingLanguages, getUserRoutinglanguages)
    #[command(after_help = LIST)]
    List {
        /// The user; without one, the languages of the organization are listed
        #[arg(value_parser = by_id::id)]
        user: Option<String>,
        /// Only languages of the organization with this name; the service may list others
        #[arg(long, value_name = "NAME", value_parser = by_id::name, conflicts_with = "user")]
        name: Option<String>,
        /// Only these languages of the organization
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id, conflicts_with = "user")]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

impl Languages {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let LanguagesCommand::List { user, name, id, pages } = self.command;
        let client = connect::genesys(context).await?;
        if let Some(user) = user {
            let call = client.api().get_user_routinglanguages().user_id(user).page_size(100);
            return listing::print(context, call.pager(), &pages, &COLUMNS).await;
        }
        let mut call = client.api().get_routing_languages().page_size(100);
        if !id.is_empty() {
            call = call.id(id);
        }
        call = name.into_iter().fold(call, |call, name| call.name(name));
        listing::print(context, call.pager(), &pages, &OF_ORGANIZATION).await
    }
}
