//! `genesys skills`.

use std::str::FromStr;

use clap::{Args, Subcommand};
use genesys_users::types::{UserRoutingSkill, UserRoutingSkillPost, UserRoutingSkillPostPatch};
use rosterkit_core::batch::{Outcome, Verdict};
use serde_json::{Value, json};

use crate::app::App;
use crate::connect;
use crate::failure::Failure;
use crate::listing::{self, PageOptions};
use crate::output::Rows;

const COLUMNS: [&str; 4] = ["id", "name", "proficiency", "state"];
const OUTCOMES: [&str; 3] = ["id", "outcome", "reason"];
/// How many skills go into a request. No limit is documented.
const SIZE: usize = 50;

const LIST: &str = "Examples:\n  rosterkit genesys skills list USER_ID --all";
const ADD: &str = "\
A skill that the user has already gets the new proficiency; all others stay.

Examples:
  rosterkit genesys skills add USER_ID SKILL_ID=4.5 OTHER_SKILL_ID=2";
const SET: &str = "\
All other skills are taken away.

Examples:
  rosterkit genesys skills set USER_ID SKILL_ID=4.5
  rosterkit genesys skills set USER_ID --none";
const REMOVE: &str = "Examples:\n  rosterkit genesys skills remove USER_ID SKILL_ID";

/// List, add, set and remove the routing skills of a user
#[derive(Args, Debug)]
pub(crate) struct Skills {
    #[command(subcommand)]
    command: SkillsCommand,
}

#[derive(Debug, Subcommand)]
enum SkillsCommand {
    /// List the skills of a user (getUserRoutingskills)
    #[command(after_help = LIST)]
    List {
        /// The user
        user: String,
        #[command(flatten)]
        pages: PageOptions,
    },
    /// Add skills, or change their proficiency (patchUserRoutingskillsBulk)
    #[command(after_help = ADD)]
    Add {
        /// The user
        user: String,
        /// Ids of skills, each with a proficiency from 0 to 5
        #[arg(required = true, value_name = "SKILL=PROFICIENCY")]
        skills: Vec<Skill>,
    },
    /// Give the user exactly these skills (putUserRoutingskillsBulk)
    #[command(after_help = SET)]
    Set {
        /// The user
        user: String,
        /// Ids of skills, each with a proficiency from 0 to 5
        #[arg(required_unless_present = "none", conflicts_with = "none", value_name = "SKILL=PROFICIENCY")]
        skills: Vec<Skill>,
        /// No skills at all
        #[arg(long)]
        none: bool,
    },
    /// Remove skills (deleteUserRoutingskill)
    #[command(after_help = REMOVE)]
    Remove {
        /// The user
        user: String,
        /// Ids of skills
        #[arg(required = true, value_name = "SKILL")]
        skills: Vec<String>,
    },
}

/// The id of a skill and how proficient the user is in it.
#[derive(Clone, Debug)]
struct Skill {
    id: String,
    proficiency: f64,
}

impl FromStr for Skill {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (id, proficiency) = text.split_once('=').ok_or("a skill is given as ID=PROFICIENCY, such as ID=4.5")?;
        let proficiency = proficiency.parse::<f64>().ok().filter(|it| (0.0..=5.0).contains(it));
        match (id, proficiency) {
            ("", _) => Err("the skill has no id; it is given as ID=PROFICIENCY".to_owned()),
            (_, None) => Err("the proficiency is a number from 0 to 5".to_owned()),
            (id, Some(proficiency)) => Ok(Self { id: id.to_owned(), proficiency }),
        }
    }
}

impl Skills {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        let printer = app.printer()?;
        let client = connect::genesys(app).await?;
        match self.command {
            SkillsCommand::List { user, pages } => {
                let call = client.api().get_user_routingskills().user_id(user).page_size(100);
                listing::print(app, call.pager(), &pages, &COLUMNS).await
            }
            SkillsCommand::Add { user, skills } => {
                let items = skills.into_iter().map(|skill| UserRoutingSkillPostPatch {
                    id: skill.id.into(),
                    proficiency: skill.proficiency.into(),
                    ..Default::default()
                });
                let mut outcomes = client.routing(user).add_skills(items, SIZE).in_order();
                let (mut rows, mut failed) = (printer.rows(&OUTCOMES), 0_u64);
                while let Some(outcome) = outcomes.next().await {
                    let id = outcome.item.id.value().cloned();
                    failed += u64::from(!outcome.verdict.is_accepted());
                    tell(&mut rows, id, outcome)?;
                }
                end(rows, failed)
            }
            SkillsCommand::Set { user, skills, none: _ } => {
                let items = skills.into_iter().map(|skill| UserRoutingSkillPost {
                    id: Some(skill.id),
                    proficiency: Some(skill.proficiency),
                    ..Default::default()
                });
                let skills: Vec<UserRoutingSkill> = client.routing(user).replace_skills(items.collect()).await?;
                let mut rows = printer.rows(&COLUMNS);
                skills.iter().try_for_each(|skill| rows.push(listing::row(skill)?))?;
                rows.finish()
            }
            SkillsCommand::Remove { user, skills } => {
                for skill in skills {
                    client.api().delete_user_routingskill().user_id(user.clone()).skill_id(skill).send().await?;
                }
                Ok(())
            }
        }
    }
}

/// Prints the outcome of one item.
pub(super) fn tell<I, T>(rows: &mut Rows, id: Option<String>, outcome: Outcome<I, T>) -> Result<(), Failure> {
    let (outcome, reason) = match outcome.verdict {
        Verdict::Accepted(_) => ("accepted", Value::Null),
        Verdict::Rejected(reason) => ("rejected", json!(reason)),
        Verdict::Unknown(error) => ("unknown", json!(error.to_string())),
    };
    rows.push(json!({ "id": id, "outcome": outcome, "reason": reason }))
}

/// Ends the outcomes.
pub(super) fn end(rows: Rows, failed: u64) -> Result<(), Failure> {
    rows.finish()?;
    match failed {
        0 => Ok(()),
        failed => Err(Failure::Partial(format!("{failed} failed; their lines say why"))),
    }
}
