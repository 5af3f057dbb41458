//! `genesys groups`.

use clap::{Args, Subcommand};
use genesys_users::types::Group;

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};

const COLUMNS: [&str; 5] = ["id", "name", "type", "memberCount", "state"];

const LIST: &str = "\
The service has no filter by name: with --name, the whole listing is read, and --all changes nothing.

Examples:
  rosterkit --sandbox genesys groups list
  rosterkit --sandbox genesys groups list --name shift --columns id,name
  rosterkit --sandbox genesys groups list --all --output csv";

/// List the groups of the organization
#[derive(Args, Debug)]
#[command(after_help = LIST)]
pub(crate) struct Groups {
    #[command(subcommand)]
    command: GroupsCommand,
}

#[derive(Debug, Subcommand)]
enum GroupsCommand {
    /// List groups (getGroups)
    #[command(after_help = LIST)]
    List {
        /// Only groups whose name has this text in it; case is ignored
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only these groups
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id)]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

impl Groups {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let GroupsCommand::List { name, id, pages } = self.command;
        let client = connect::genesys(context).await?;
        let mut call = client.api().get_groups().page_size(100);
        if !id.is_empty() {
            call = call.id(id);
        }
        match name {
            Some(name) => {
                let is_named = |group: &Group| listing::contains(group.name.as_deref(), &name);
                listing::print_matching(context, call.pager(), &pages, &COLUMNS, is_named).await
            }
            None => listing::print(context, call.pager(), &pages, &COLUMNS).await,
        }
    }
}
