//! Options of verbs that change people.

use std::path::PathBuf;

use clap::Args;

use super::{Answer, KeyOption, plan};
use crate::bulk::{self, BulkOptions};
use crate::context::Context;
use crate::error::Error;

/// Whom a verb of Genesys changes, and how.
#[derive(Args, Clone, Debug)]
pub(crate) struct PeopleOptions {
    #[command(flatten)]
    pub key: KeyOption,
    #[command(flatten)]
    pub choice: Choice,
    #[command(flatten)]
    pub planning: Planning,
    #[command(flatten)]
    pub answer: Answer,
    #[command(flatten)]
    pub bulk: BulkOptions,
}

impl PeopleOptions {
    /// Whether several people are listed or chosen, in place of one who is named.
    pub(crate) fn are_many(&self) -> bool {
        self.bulk.from.is_some() || self.choice.condition.is_some()
    }

    /// Whether nothing is changed.
    pub(crate) fn only_looks(&self) -> bool {
        self.bulk.dry_run || self.planning.plan
    }
}

/// Users of the listing.
#[derive(Args, Clone, Debug)]
pub(crate) struct Choice {
    /// The users of `users list` for whom this JMESPath expression is true, such as "department == 'Sales'"
    #[arg(
        long = "where",
        id = "where",
        value_name = "EXPRESSION",
        conflicts_with = "from",
        help_heading = "Many items"
    )]
    pub condition: Option<String>,
    /// Which users --where looks at: active, inactive, deleted or any of them [default: active]
    #[arg(long, value_name = "STATE", requires = "where", help_heading = "Many items",
        value_parser = ["active", "inactive", "deleted", "any"])]
    pub state: Option<String>,
    /// Send nothing if more than N users are listed or chosen
    #[arg(long, value_name = "N", help_heading = "Many items")]
    pub max: Option<u64>,
}

/// What would change, and the way back.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Planning {
    /// Read what is there and print what would change; change nothing
    #[arg(long, conflicts_with_all = ["dry_run", "failed"], help_heading = "Before a change")]
    pub plan: bool,
    /// With --plan: exit code 6 if something would change
    #[arg(long, requires = "plan", help_heading = "Before a change")]
    pub exit_code: bool,
    /// Write the way back to this new file (.jsonl) before anything is changed: the old values, as items for --from
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "plan"], help_heading = "Before a change")]
    pub undo: Option<PathBuf>,
}

impl Planning {
    /// Checks the output options of the plan, or else of the outcomes, before anything is sent.
    ///
    /// # Errors
    /// If they are invalid.
    pub(crate) fn check_output(&self, context: &Context) -> Result<(), Error> {
        let columns = if self.plan { &plan::COLUMNS[..] } else { &bulk::COLUMNS };
        context.printer()?.check_columns(columns)
    }
}
