//! `genesys skills`.

use std::str::FromStr;

use clap::{ArgGroup, Args, Subcommand};
use genesys_users::types::{UserRoutingSkill, UserRoutingSkillPost, UserRoutingSkillPostPatch};

use super::by_id;
use crate::bulk::Write;
use crate::context::Context;
use crate::error::Error;
use crate::listing::{self, PageOptions};
use crate::{bulk, connect};

/// The default columns of the skills of a user, and of the organization.
const COLUMNS: [&str; 4] = ["id", "name", "proficiency", "state"];
const OF_ORGANIZATION: [&str; 3] = ["id", "name", "state"];

const LIST: &str = "\
Examples:
  rosterkit genesys skills list USER_ID --all
  rosterkit --sandbox genesys skills list --name Re --columns id,name
  rosterkit --sandbox genesys skills list --all --output csv";
const ADD: &str = "\
A skill that the user already has gets the new proficiency; other skills are kept. Each skill gets a line with its \
outcome. If one of several fails, the others are still sent; the exit code is 3.

Examples:
  rosterkit --sandbox genesys skills add 21d22dff-4542-4091-a511-1910d103413e \\
    db2024a7-280a-417e-ae94-f7f72e064488=4.5
  rosterkit genesys skills add USER_ID SKILL_ID=4.5 OTHER_SKILL_ID=2";
const SET: &str = "\
All other skills are removed. The change applies to all skills or to none; the resulting skills are printed.

Examples:
  rosterkit --sandbox genesys skills set 21d22dff-4542-4091-a511-1910d103413e --none
  rosterkit genesys skills set USER_ID SKILL_ID=4.5
  rosterkit genesys skills set USER_ID --none";
/// clap would put the user after the skills.
const SET_USAGE: &str = "\
rosterkit genesys skills set [OPTIONS] <USER> <SKILL=PROFICIENCY>...
       rosterkit genesys skills set [OPTIONS] <USER> --none";
const REMOVE: &str = "\
Each skill gets a line with its outcome. If one of several fails, the others are still sent; the exit code is 3.

Examples:
  rosterkit --sandbox genesys skills remove 21d22dff-4542-4091-a511-1910d103413e \\
    79bf6bd4-af03-4e7a-b5b5-28a3da2334cf
  rosterkit genesys skills remove USER_ID SKILL_ID OTHER_SKILL_ID";
const EXAMPLES: &str = "\
Examples:
  rosterkit genesys skills list USER_ID --all
  rosterkit genesys skills add USER_ID SKILL_ID=4.5 OTHER_SKILL_ID=2
  rosterkit genesys skills remove USER_ID SKILL_ID OTHER_SKILL_ID";

/// List routing skills; add, set and remove those of a user
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
        #[arg(value_parser = by_id::id)]
        user: Option<String>,
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
    #[command(after_help = ADD)]
    Add {
        /// The user
        #[arg(value_parser = by_id::id)]
        user: String,
        /// Ids of skills, each with a proficiency from 0 to 5
        #[arg(required = true, value_name = "SKILL=PROFICIENCY")]
        skills: Vec<Skill>,
    },
    /// Replace all skills of a user (putUserRoutingskillsBulk)
    #[command(after_help = SET, override_usage = SET_USAGE)]
    #[command(group = ArgGroup::new("which").args(["skills", "none"]).required(true))]
    Set {
        /// The user
        #[arg(value_parser = by_id::id)]
        user: String,
        /// Ids of skills, each with a proficiency from 0 to 5
        #[arg(value_name = "SKILL=PROFICIENCY")]
        skills: Vec<Skill>,
        /// Remove all skills
        #[arg(long)]
        none: bool,
    },
    /// Remove skills (deleteUserRoutingskill)
    #[command(after_help = REMOVE)]
    Remove {
        /// The user
        #[arg(value_parser = by_id::id)]
        user: String,
        /// Ids of skills
        #[arg(required = true, value_name = "SKILL", value_parser = by_id::id)]
        skills: Vec<String>,
    },
}

/// The id of a skill, and the user's proficiency.
#[derive(Clone, Debug)]
struct Skill {
    id: String,
    proficiency: f64,
}

impl FromStr for Skill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, proficiency) = text.split_once('=').ok_or("invalid skill: expected ID=PROFICIENCY, such as ID=4.5")?;
        let proficiency = proficiency.parse::<f64>().ok().filter(|it| (0.0..=5.0).contains(it));
        match (id.trim(), proficiency) {
            ("", _) => Err("the skill has no id: expected ID=PROFICIENCY".to_owned()),
            (_, None) => Err("invalid proficiency: expected a number from 0 to 5".to_owned()),
            (_, Some(proficiency)) => Ok(Self { id: id.to_owned(), proficiency }),
        }
    }
}

impl Skills {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = context.printer()?;
        let client = connect::genesys(context).await?;
        match self.command {
            SkillsCommand::List { user: Some(user), pages, .. } => {
                let call = client.api().get_user_routingskills().user_id(user).page_size(100);
                listing::print(context, call.pager(), &pages, &COLUMNS).await
            }
            SkillsCommand::List { user: None, name, id, pages } => {
                let mut call = client.api().get_routing_skills().page_size(100);
                if !id.is_empty() {
                    call = call.id(id);
                }
                call = name.into_iter().fold(call, |call, name| call.name(name));
                listing::print(context, call.pager(), &pages, &OF_ORGANIZATION).await
            }
            SkillsCommand::Add { user, skills } => {
                let routing = client.routing(user);
                let batch = |skills: Vec<UserRoutingSkillPostPatch>, size| routing.add_skills(skills).size(size);
                let item = |skill: Skill| {
                    let (id, proficiency) = (skill.id.clone().into(), skill.proficiency.into());
                    (skill.id, UserRoutingSkillPostPatch { id, proficiency, ..Default::default() })
                };
                by_id::send(context, skills.into_iter().map(item).collect(), batch).await
            }
            SkillsCommand::Set { user, skills, none: _ } => {
                let items = skills.into_iter().map(|skill| UserRoutingSkillPost {
                    id: Some(skill.id),
                    proficiency: Some(skill.proficiency),
                    ..Default::default()
                });
                let mut write = Write::begin(context, format!("the change of the skills of user {user}"));
                let skills: Vec<UserRoutingSkill> = write.send(client.routing(user).replace_skills(items)).await?;
                let rows = skills.iter().map(listing::row).collect::<Result<_, _>>();
                write.end(rows.and_then(|rows| printer.of_write().list(rows, &COLUMNS)))
            }
            SkillsCommand::Remove { user, skills } => {
                let routing = client.routing(user);
                let delete = |skill: String| {
                    let routing = routing.clone();
                    async move { routing.remove_skill(skill).await }
                };
                let items = skills.into_iter().map(|skill| (skill.clone(), skill)).collect();
                bulk::run_named_alone(context, &by_id::COLUMNS, items, 1, delete).await
            }
        }
    }
}
