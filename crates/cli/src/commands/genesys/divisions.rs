//! `genesys divisions`.

use clap::{Args, Subcommand};

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};

const COLUMNS: [&str; 4] = ["id", "name", "homeDivision", "description"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys divisions list
  rosterkit --sandbox genesys divisions list --name North --columns id,name
  rosterkit --sandbox genesys divisions list --all --output csv";

/// List the divisions of the organization
#[derive(Args, Debug)]
#[command(after_help = LIST)]
pub(crate) struct Divisions {
    #[command(subcommand)]
    command: DivisionsCommand,
}

#[derive(Debug, Subcommand)]
enum DivisionsCommand {
    /// List divisions (getAuthorizationDivisions)
    #[command(after_help = LIST)]
    List {
        /// Only divisions whose name has this text in it
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only these divisions
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id)]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

impl Divisions {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let DivisionsCommand::List { name, id, pages } = self.command;
        let client = connect::genesys(context).await?;
        let mut call = client.api().get_authorization_divisions().page_size(100);
        if !id.is_empty() {
            call = call.id(id);
        }
        call = name.into_iter().fold(call, |call, name| call.name(name));
        listing::print(context, call.pager(), &pages, &COLUMNS).await
    }
}
