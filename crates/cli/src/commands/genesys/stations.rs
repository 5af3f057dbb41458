//! `genesys stations`.

use clap::{Args, Subcommand};

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};

const COLUMNS: [&str; 5] = ["id", "name", "status", "type", "userId"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys stations list
  rosterkit --sandbox genesys stations list --name 'Station 00001' --columns id,name
  rosterkit --sandbox genesys stations list --all --output csv";

/// List the stations of the organization
#[derive(Args, Debug)]
#[command(after_help = LIST)]
pub(crate) struct Stations {
    #[command(subcommand)]
    command: StationsCommand,
}

#[derive(Debug, Subcommand)]
enum StationsCommand {
    /// List stations (getStations)
    #[command(after_help = LIST)]
    List {
        /// Only stations with this name; the service may list others whose name has it in it
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only these stations
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id)]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

impl Stations {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let StationsCommand::List { name, id, pages } = self.command;
        let client = connect::genesys(context).await?;
        let mut call = client.api().get_stations().page_size(100);
        if !id.is_empty() {
            call = call.id(id.join(","));
        }
        call = name.into_iter().fold(call, |call, name| call.name(name));
        listing::print(context, call.pager(), &pages, &COLUMNS).await
    }
}
