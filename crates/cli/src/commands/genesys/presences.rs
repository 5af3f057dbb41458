//! `genesys presences`.

use clap::{Args, Subcommand};
use genesys_users::generated::operations::{GET_PRESENCE_DEFINITION0, GET_PRESENCE_DEFINITIONS0};
use genesys_users::types::OrganizationPresenceDefinition;

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, OutFile};

const COLUMNS: [&str; 5] = ["id", "name", "systemPresence", "type", "deactivated"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys presences list
  rosterkit --sandbox genesys presences list --name Meal --columns id,name
  rosterkit --sandbox genesys presences list --deactivated --output csv";
const GET: &str = "\
Examples:
  rosterkit --sandbox genesys presences get 51d1a7a4-434a-4602-a283-3bf2eaf7cf5c
  rosterkit genesys presences get PRESENCE_ID";
const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox genesys presences list
  rosterkit genesys presences get PRESENCE_ID";

/// List and read the presences that users can choose
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Presences {
    #[command(subcommand)]
    command: PresencesCommand,
}

#[derive(Debug, Subcommand)]
enum PresencesCommand {
    /// List presences (getPresenceDefinitions0)
    #[command(after_help = LIST)]
    List {
        /// Only presences with this text in their name or in one of their labels; case is ignored
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only presences that have been deactivated, in place of the others
        #[arg(long)]
        deactivated: bool,
        #[command(flatten)]
        file: OutFile,
    },
    /// Read a presence (getPresenceDefinition0)
    #[command(after_help = GET)]
    Get {
        /// The presence
        #[arg(value_parser = by_id::id)]
        id: String,
    },
}

impl Presences {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            PresencesCommand::List { name, deactivated, file } => {
                let mut rows = listing::rows::<OrganizationPresenceDefinition>(file.printer(context)?, &COLUMNS)?;
                let client = connect::genesys(context).await?;
                let call = client.api().get_presence_definitions0();
                let call = if deactivated { call.deactivated("true") } else { call };
                let problem = "the response is not a list: it has no `entities`";
                let all =
                    call.send().await?.require(&GET_PRESENCE_DEFINITIONS0, problem, |listing| listing.entities)?;
                let is_listed = |presence: &&OrganizationPresenceDefinition| {
                    name.as_ref().is_none_or(|name| is_named(presence, name))
                };
                all.iter().filter(is_listed).try_for_each(|presence| rows.push(listing::row(presence)?))?;
                rows.finish()
            }
            PresencesCommand::Get { id } => {
                let printer = context.printer()?;
                let client = connect::genesys(context).await?;
                let problem = "the response is not a presence: it has no `id`";
                let identified = |presence: OrganizationPresenceDefinition| presence.id.is_some().then_some(presence);
                let response = client.api().get_presence_definition0().definition_id(id).send().await?;
                printer.document(listing::row(&response.require(&GET_PRESENCE_DEFINITION0, problem, identified)?)?)
            }
        }
    }
}

fn is_named(presence: &OrganizationPresenceDefinition, text: &str) -> bool {
    let labels = presence.language_labels.iter().flatten().map(|(_, label)| label.as_str());
    presence.name.as_deref().into_iter().chain(labels).any(|name| listing::contains(Some(name), text))
}
