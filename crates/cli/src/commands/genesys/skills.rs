//! `genesys skills`.

use clap::{Args, Subcommand};

use super::by_id;
use super::routed::Mode;
use super::routed_command::{Items, ItemsOrNone};
use crate::connect;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};
use crate::people::{self, KeyOption, Noun, person};

/// The default columns of the skills of a user, and of the organization.
const COLUMNS: [&str; 4] = ["id", "name", "proficiency", "state"];
const OF_ORGANIZATION: [&str; 3] = ["id", "name", "state"];

const LIST: &str = "\
Examples:
  rosterkit genesys skills list USER_ID --all
  rosterkit --sandbox genesys skills list --name Re --columns id,name
  rosterkit --sandbox genesys skills list --all --output csv";
const ADD: &str = "\
A skill that the user already has gets the new proficiency, from 0 to 5; other skills are kept. Skills are given by name or \
by id. Each skill of a user who is named gets a line with its outcome; of many users, each user gets one.

Examples:
  rosterkit --sandbox genesys skills add 21d22dff-4542-4091-a511-1910d103413e \\
    db2024a7-280a-417e-ae94-f7f72e064488=4.5
  rosterkit genesys skills add USER_ID SKILL_ID=4.5 OTHER_SKILL_ID=2
  rosterkit --sandbox genesys skills add --where \"department == 'Service'\" Billing=3 --plan
  rosterkit genesys skills add --from people.csv Billing=3 --failed failed.csv

An item of a file names the user, and has `skill` and `proficiency`, unless arguments name the skills of all. `skills` is \
several: an object of names with numbers, or a text such as Billing:4.5;Returns:3.";
const ADD_USAGE: &str = "\
rosterkit genesys skills add [OPTIONS] <USER> <SKILL=PROFICIENCY>...
       rosterkit genesys skills add [OPTIONS] <--from FILE|--where EXPRESSION> [SKILL=PROFICIENCY]...";
const SET: &str = "\
All other skills are removed. The change applies to all skills of a user or to none; the resulting skills of a user who is \
named are printed.

Examples:
  rosterkit --sandbox genesys skills set 21d22dff-4542-4091-a511-1910d103413e --none
  rosterkit genesys skills set USER_ID SKILL_ID=4.5
  rosterkit genesys skills set USER_ID --none
  rosterkit genesys skills set USER_ID SKILL_ID=4.5 --plan
  rosterkit genesys skills set --from people.csv Billing=3 --undo undo.jsonl --yes

An item of a file is as for `skills add`.";
/// clap would put the user after the skills.
const SET_USAGE: &str = "\
rosterkit genesys skills set [OPTIONS] <USER> <SKILL=PROFICIENCY>...
       rosterkit genesys skills set [OPTIONS] <USER> --none
       rosterkit genesys skills set [OPTIONS] <--from FILE|--where EXPRESSION> [SKILL=PROFICIENCY]...";
const REMOVE: &str = "\
Skills are given by name or by id. Each skill of a user who is named gets a line with its outcome; of many users, each user \
gets one.

Examples:
  rosterkit --sandbox genesys skills remove 21d22dff-4542-4091-a511-1910d103413e \\
    79bf6bd4-af03-4e7a-b5b5-28a3da2334cf
  rosterkit genesys skills remove USER_ID SKILL_ID OTHER_SKILL_ID
  rosterkit --sandbox genesys skills remove --where \"department == 'Service'\" Billing --plan

An item of a file is as for `skills add`, without proficiencies.";
const REMOVE_USAGE: &str = "\
rosterkit genesys skills remove [OPTIONS] <USER> <SKILL>...
       rosterkit genesys skills remove [OPTIONS] <--from FILE|--where EXPRESSION> [SKILL]...";
const EXAMPLES: &str = "\
Examples:
  rosterkit genesys skills list USER_ID --all
  rosterkit genesys skills add USER_ID SKILL_ID=4.5 OTHER_SKILL_ID=2
  rosterkit genesys skills remove USER_ID SKILL_ID OTHER_SKILL_ID";

/// List routing skills; add, set and remove those of users
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Skills {
    #[command(subcommand)]
    command: SkillsCommand,
}

#[derive(Debug, Subcommand)]
enum SkillsCommand {
    /// List skills of the organization or a user (getRoutingSkills, getUserRoutingskills)
    #[command(after_help = LIST)]
    List {
        /// The user; without one, the skills of the organization are listed
        #[arg(value_parser = person)]
        user: Option<String>,
        #[command(flatten)]
        key: KeyOption,
        /// Only skills of the organization whose name starts with this text
        #[arg(long, value_name = "NAME", value_parser = by_id::name, conflicts_with = "user")]
        name: Option<String>,
        /// Only these skills of the organization
        #[arg(long, value_name = "ID", value_delimiter = ',', value_parser = by_id::id, conflicts_with = "user")]
        id: Vec<String>,
        #[command(flatten)]
        pages: PageOptions,
    },
    /// Add skills, or change their proficiency (patchUserRoutingskillsBulk)
    #[command(after_help = ADD, override_usage = ADD_USAGE)]
    Add(Items),
    /// Replace all skills of one user or many (putUserRoutingskillsBulk)
    #[command(after_help = SET, override_usage = SET_USAGE)]
    Set(ItemsOrNone),
    /// Remove skills (deleteUserRoutingskill)
    #[command(after_help = REMOVE, override_usage = REMOVE_USAGE)]
    Remove(Items),
}

impl Skills {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            SkillsCommand::List { user: Some(user), key, pages, .. } => {
                let client = connect::genesys(context).await?;
                let user = people::find(context, &client, &user, &key).await?;
                let call = client.api().get_user_routingskills().user_id(user).page_size(100);
                listing::print(context, call.pager(), &pages, &COLUMNS).await
            }
            SkillsCommand::List { user: None, name, id, pages, .. } => {
                let client = connect::genesys(context).await?;
                let mut call = client.api().get_routing_skills().page_size(100);
                if !id.is_empty() {
                    call = call.id(id);
                }
                call = name.into_iter().fold(call, |call, name| call.name(name));
                listing::print(context, call.pager(), &pages, &OF_ORGANIZATION).await
            }
            SkillsCommand::Add(items) => items.run(context, Noun::Skill, Mode::Add).await,
            SkillsCommand::Set(items) => items.run(context, Noun::Skill).await,
            SkillsCommand::Remove(items) => items.run(context, Noun::Skill, Mode::Remove).await,
        }
    }
}
