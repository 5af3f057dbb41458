//! `genesys presence-sources`.

use clap::{Args, Subcommand};
use genesys_users::generated::operations::{GET_PRESENCE_SOURCE, GET_PRESENCE_SOURCES};
use genesys_users::types::Source;

use super::by_id;
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, OutFile};

const COLUMNS: [&str; 4] = ["id", "name", "type", "deactivated"];

const LIST: &str = "\
Examples:
  rosterkit --sandbox genesys presence-sources list
  rosterkit --sandbox genesys presence-sources list --name Desk --columns id,name
  rosterkit --sandbox genesys presence-sources list --deactivated --output csv";
const GET: &str = "\
Examples:
  rosterkit --sandbox genesys presence-sources get ced80947-8428-420d-88a1-cdca8f01cf8f
  rosterkit genesys presence-sources get SOURCE_ID";
const EXAMPLES: &str = "\
Examples:
  rosterkit --sandbox genesys presence-sources list
  rosterkit genesys presence-sources get SOURCE_ID";

/// List and read the registered sources of presence
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct PresenceSources {
    #[command(subcommand)]
    command: PresenceSourcesCommand,
}

#[derive(Debug, Subcommand)]
enum PresenceSourcesCommand {
    /// List sources (getPresenceSources)
    #[command(after_help = LIST)]
    List {
        /// Only sources whose name has this text in it; case is ignored
        #[arg(long, value_name = "NAME", value_parser = by_id::name)]
        name: Option<String>,
        /// Only sources that have been deactivated, in place of the others
        #[arg(long)]
        deactivated: bool,
        #[command(flatten)]
        file: OutFile,
    },
    /// Read a presence source (getPresenceSource)
    #[command(after_help = GET)]
    Get {
        /// The presence source
        #[arg(value_parser = by_id::id)]
        id: String,
    },
}

impl PresenceSources {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            PresenceSourcesCommand::List { name, deactivated, file } => {
                let mut rows = listing::rows::<Source>(file.printer(context)?, &COLUMNS)?;
                let client = connect::genesys(context).await?;
                let call = client.api().get_presence_sources();
                let call = if deactivated { call.deactivated("true") } else { call };
                let problem = "the response is not a list: it has no `entities`";
                let all = call.send().await?.require(&GET_PRESENCE_SOURCES, problem, |listing| listing.entities)?;
                let is_listed = |source: &&Source| name.as_ref().is_none_or(|name| is_named(source, name));
                all.iter().filter(is_listed).try_for_each(|source| rows.push(listing::row(source)?))?;
                rows.finish()
            }
            PresenceSourcesCommand::Get { id } => {
                let printer = context.printer()?;
                let client = connect::genesys(context).await?;
                let problem = "the response is not a presence source: it has no `id`";
                let identified = |source: Source| source.id.is_some().then_some(source);
                let response = client.api().get_presence_source().source_id(id).send().await?;
                printer.document(listing::row(&response.require(&GET_PRESENCE_SOURCE, problem, identified)?)?)
            }
        }
    }
}

fn is_named(source: &Source, text: &str) -> bool {
    listing::contains(source.name.as_deref(), text)
}
