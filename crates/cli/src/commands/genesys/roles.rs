//! `genesys roles`.

use clap::{Args, Subcommand};

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};

const COLUMNS: [&str; 4] = ["id", "name", "userCount", "description"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys roles list
  rosterkit --sandbox genesys roles list --name supervisor --columns id,name
  rosterkit --sandbox genesys roles list --all --output csv";

/// List the roles of the organization
#[derive(Args, Debug)]
#[command(after_help = LIST)]
pub(crate) struct Roles {
    #[command(subcommand)]
    command: RolesCommand,
}

#[derive(Debug, Subcommand)]
enum RolesCommand {
    /// List roles (getAuthorizationRoles)
    #[command(after_help = LIST)]
    List {
        /// Only roles with this name; the service may list others whose name has it in it
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only these roles
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id)]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
}

impl Roles {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let RolesCommand::List { name, id, pages } = self.command;
        let client = connect::genesys(context).await?;
        let mut call = client.api().get_authorization_roles().page_size(100);
        if !id.is_empty() {
            call = call.id(id);
        }
        call = name.into_iter().fold(call, |call, name| call.name(name));
        listing::print(context, call.pager(), &pages, &COLUMNS).await
    }
}
