//! `ops`: the catalog of operations.

mod example;
mod show;

pub(crate) use show::unknown;

use clap::{Args, Subcommand, ValueEnum as _};
use rosterkit_core::catalog::OperationEntry;
use serde_json::{Value, json};

use crate::api::Api;
use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
Examples:
  rosterkit ops session-clusters
  rosterkit ops --search 'routing skill'
  rosterkit ops --search directory:user:edit
  rosterkit ops genesys-users --output csv --columns id,permissions
  rosterkit ops show patchUser";

const SHOW_EXAMPLES: &str = "\
Examples:
  rosterkit ops show patchUser
  rosterkit ops show getUsers --api session-clusters
  rosterkit ops show externalTrainingCsv --output json";

/// List the operations, or show one with an example to copy
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub(crate) struct Ops {
    /// The service; default: all three
    #[arg(value_enum)]
    api: Option<Api>,
    /// Only operations with all of these words in id, path, group, summary or description; or operations that need this
    /// permission, such as directory:user:edit
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    #[command(subcommand)]
    command: Option<OpsCommand>,
}

#[derive(Debug, Subcommand)]
enum OpsCommand {
    /// Show an operation: parameters, body, permissions, limits, and an example to copy
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        /// The operation
        operation: String,
        /// The service, if two have an operation with this name
        #[arg(long, value_enum)]
        api: Option<Api>,
    },
}

impl Ops {
    pub(crate) fn run(self, context: &Context) -> Result<(), Error> {
        context.global.without_service("ops")?;
        match self.command {
            Some(OpsCommand::Show { operation, api }) => show::run(context, &operation, api),
            None => list(context, self.api, self.search.as_deref().unwrap_or_default()),
        }
    }
}

/// The given service, or all three.
fn apis(api: Option<Api>) -> Vec<Api> {
    api.map_or_else(|| Api::value_variants().to_vec(), |api| vec![api])
}

fn list(context: &Context, api: Option<Api>, search: &str) -> Result<(), Error> {
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let mut rows = context.printer()?.rows(&["api", "id", "method", "path", "summary"]);
    for api in apis(api) {
        let found = api.catalog().operations.iter().filter(|operation| has_all(operation, &words));
        found.map(|operation| row(api, operation)).try_for_each(|row| rows.push(row))?;
    }
    rows.finish()
}

/// Whether the operation has all words. Only words with a colon are searched for in permissions: others match too many.
fn has_all(entry: &OperationEntry, words: &[String]) -> bool {
    if words.is_empty() {
        return true;
    }
    let operation = entry.operation;
    let all = [operation.id, operation.path, entry.tag, entry.summary, entry.description].join("\n").to_lowercase();
    let permissions = entry.permissions.map(|needed| needed.permissions).unwrap_or_default();
    let is_needed = |word: &String| permissions.iter().any(|permission| permission.to_lowercase().contains(word));
    words.iter().all(|word| all.contains(word) || (word.contains(':') && is_needed(word)))
}

fn row(api: Api, entry: &OperationEntry) -> Value {
    json!({
        "api": api.catalog().api,
        "id": entry.operation.id,
        "method": entry.operation.method,
        "path": entry.operation.path,
        "group": entry.tag,
        "summary": entry.summary,
        "permissions": entry.permissions.map(|needed| needed.permissions).unwrap_or_default(),
        "deprecated": entry.deprecated,
        "preview": entry.preview,
        "provenance": entry.provenance.to_string(),
        "example": example::command(api, entry),
    })
}
