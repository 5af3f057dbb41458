//! `genesys languages`.

use clap::{Args, Subcommand};

use super::by_id;
use super::routed::Mode;
use super::routed_command::{Items, ItemsOrNone};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};
use crate::people::{self, KeyOption, Noun, person};

/// The default columns of the languages of a user, and of the organization.
const COLUMNS: [&str; 4] = ["id", "name", "proficiency", "state"];
const OF_ORGANIZATION: [&str; 3] = ["id", "name", "state"];

const LIST: &str = "\
Examples:
  rosterkit genesys languages list USER_ID --all
  rosterkit --sandbox genesys languages list --name English --columns id,name
  rosterkit --sandbox genesys languages list --all --output csv";

const ADD: &str = "\
A language that the user already has gets the new proficiency, from 0 to 5, which the service rounds to a whole number; other \
languages are kept. Languages are given by name or by id. Each language of a user who is named gets a line with its outcome; \
of many users, each user gets one.

Examples:
  rosterkit genesys languages add USER_ID English=4
  rosterkit --sandbox genesys languages add --where \"department == 'Service'\" English=3 --plan
  rosterkit genesys languages add --from people.csv English=3 --failed failed.csv

An item of a file names the user, and has `language` and `proficiency`, unless arguments name the languages of all. \
`languages` is several: an object of names with numbers, or a text such as English:4;Czech:3.";
const SET: &str = "\
All other languages are removed. The service has no such operation: the languages are read, those that are not given are \
removed one by one, then the others are added. The languages of a user who is named are printed.

Examples:
  rosterkit --sandbox genesys languages set 21d22dff-4542-4091-a511-1910d103413e --none --plan
  rosterkit genesys languages set USER_ID English=4
  rosterkit genesys languages set USER_ID --none --plan
  rosterkit genesys languages set --from people.csv English=3 --undo undo.jsonl --yes

An item of a file is as for `languages add`.";
const REMOVE: &str = "\
Languages are given by name or by id. Each language of a user who is named gets a line with its outcome; of many users, each \
user gets one.

Examples:
  rosterkit genesys languages remove USER_ID LANGUAGE_ID
  rosterkit --sandbox genesys languages remove --where \"department == 'Service'\" English --plan

An item of a file is as for `languages add`, without proficiencies.";
const ADD_USAGE: &str = "\
rosterkit genesys languages add [OPTIONS] <USER> <LANGUAGE=PROFICIENCY>...
       rosterkit genesys languages add [OPTIONS] <--from FILE|--where EXPRESSION> [LANGUAGE=PROFICIENCY]...";
const SET_USAGE: &str = "\
rosterkit genesys languages set [OPTIONS] <USER> <LANGUAGE=PROFICIENCY>...
       rosterkit genesys languages set [OPTIONS] <USER> --none
       rosterkit genesys languages set [OPTIONS] <--from FILE|--where EXPRESSION> [LANGUAGE=PROFICIENCY]...";
const REMOVE_USAGE: &str = "\
rosterkit genesys languages remove [OPTIONS] <USER> <LANGUAGE>...
       rosterkit genesys languages remove [OPTIONS] <--from FILE|--where EXPRESSION> [LANGUAGE]...";

/// List routing languages; add, set and remove those of users
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
        #[arg(value_parser = person)]
        user: Option<String>,
        #[command(flatten)]
        key: KeyOption,
        /// Only languages of the organization with this name; the service may list others
        #[arg(long, value_name = "NAME", value_parser = by_id::name, conflicts_with = "user")]
        name: Option<String>,
        /// Only these languages of the organization
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id, conflicts_with = "user")]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
    /// Add languages, or change their proficiency (patchUserRoutinglanguagesBulk)
    #[command(after_help = ADD, override_usage = ADD_USAGE)]
    Add(Items),
    /// Replace all languages of one user or many (getUserRoutinglanguages, deleteUserRoutinglanguage,
    /// patchUserRoutinglanguagesBulk)
    #[command(after_help = SET, override_usage = SET_USAGE)]
    Set(ItemsOrNone),
    /// Remove languages (deleteUserRoutinglanguage)
    #[command(after_help = REMOVE, override_usage = REMOVE_USAGE)]
    Remove(Items),
}

impl Languages {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let (user, key, name, id, pages) = match self.command {
            LanguagesCommand::List { user, key, name, id, pages } => (user, key, name, id, pages),
            LanguagesCommand::Add(items) => return items.run(context, Noun::Language, Mode::Add).await,
            LanguagesCommand::Set(items) => return items.run(context, Noun::Language).await,
            LanguagesCommand::Remove(items) => return items.run(context, Noun::Language, Mode::Remove).await,
        };
        let client = connect::genesys(context).await?;
        if let Some(user) = user {
            let user = people::find(context, &client, &user, &key).await?;
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
