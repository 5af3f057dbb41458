//! `genesys locations`.

use clap::{Args, Subcommand};
use genesys_users::types::LocationDefinition;

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};

const COLUMNS: [&str; 4] = ["id", "name", "address.city", "state"];

const LIST: &str = "\
The service has no filter by name: with --name, the whole listing is read, and --all changes nothing.

Examples:
  rosterkit --sandbox genesys locations list
  rosterkit --sandbox genesys locations list --name office --columns id,name
  rosterkit --sandbox genesys locations list --all --output csv";

/// List the locations of the organization
#[derive(Args, Debug)]
#[command(after_help = LIST)]
pub(crate) struct Locations {
    #[command(subcommand)]
    command: LocationsCommand,
}

#[derive(Debug, Subcommand)]
enum LocationsCommand {
    /// List locations (getLocations)
    #[command(after_help = LIST)]
    List {
        /// Only locations whose name has this text in it; case is ignored
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only these locations
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id)]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

impl Locations {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let LocationsCommand::List { name, id, pages } = self.command;
        let client = connect::genesys(context).await?;
        let mut call = client.api().get_locations().page_size(100);
        if !id.is_empty() {
            call = call.id(id);
        }
        match name {
            Some(name) => {
                let is_named = |location: &LocationDefinition| listing::contains(location.name.as_deref(), &name);
                listing::print_matching(context, call.pager(), &pages, &COLUMNS, is_named).await
            }
            None => listing::print(context, call.pager(), &pages, &COLUMNS).await,
        }
    }
}
