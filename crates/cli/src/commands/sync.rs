//! `sync`: one directory is kept in step with another, as a sync file says.
//!
//! | module | what it has |
//! | --- | --- |
//! | `setup` | the sync file, the clients of its services, the state file |
//! | `work` | a run from its first row in the state file to its exit code |
//! | `interrupt` | what signals do to a run |
//! | `plan`, `apply`, `run` | the commands that plan and apply |
//! | `confirmed` | the pairs that `--accept-matches` confirms |
//! | `told` | what is said of plans and runs on standard error, and the exit codes |
//! | `report` | `--report`, `--metrics`, and what the command of `on_finish` gets |
//! | `on_finish` | the command of the sync file that is run after a run |
//! | `progress` | phases and counts on a terminal |
//! | `history` | `status`, `history`, `show` |
//! | `people` | `explain`, `adopt`, `forget` |
//! | `samples` | `sample`, `init`, `schema` |

mod apply;
mod confirmed;
mod history;
mod interrupt;
mod on_finish;
mod people;
mod plan;
mod progress;
mod report;
mod run;
mod samples;
mod setup;
mod told;
mod work;

use clap::{Args, Subcommand};

use crate::context::Context;
use crate::error::Error;

const EXAMPLES: &str = "\
A sync file, rosterkit-sync.toml, names flows: where people come from, where they go, which fields sync owns, who is never \
touched, and how much may change at once. Addresses and credentials come from the environment or a profile. With --sandbox, \
the state is in a file of its own, with `.sandbox` in its name.

Exit codes:
  0  done; also if people wait for the end of a grace period, or are protected
  1  a service or a file failed
  2  invalid arguments or sync file, state file in use, or plan refused; nothing was sent
  3  some people were not done
  4  authentication
  5  network
  6  only `plan --exit-code`: there are changes
  7  a limit or an incomplete read keeps part of the work back
Of several, 7, 4, 5, 3 win in this order.

Examples:
  rosterkit sync init people --from genesys-users --to session-users
  rosterkit --sandbox sync plan
  rosterkit --sandbox sync run
  rosterkit sync status";

/// Keep one directory in step with another, as a sync file says
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sync {
    #[command(subcommand)]
    command: SyncCommand,
}

#[derive(Debug, Subcommand)]
enum SyncCommand {
    /// Show what would change; nothing is written to a service
    Plan(plan::Plan),
    /// Apply a plan
    Apply(apply::Apply),
    /// Plan, and apply within the limits
    Run(run::Run),
    /// Show the state: the last run, the newest plan, the flows
    Status(history::Status),
    /// List what was done to whom, the newest first
    History(history::History),
    /// List what a run did
    Show(history::Show),
    /// Show what sync knows of a person, and what would change
    Explain(people::Explain),
    /// Record that two people are the same, so that sync manages the one in the target
    Adopt(people::Adopt),
    /// Erase a person from the state file
    Forget(people::Forget),
    /// Show the paths of the first record of each side of a flow, without values
    Sample(samples::Sample),
    /// Print a sync file with a flow, with comments
    Init(samples::Init),
    /// Print the JSON schema of sync files, for editors
    Schema(samples::Schema),
}

impl Sync {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        match self.command {
            SyncCommand::Plan(plan) => plan.run(context).await,
            SyncCommand::Apply(apply) => apply.run(context).await,
            SyncCommand::Run(run) => run.run(context).await,
            SyncCommand::Status(status) => status.run(context).await,
            SyncCommand::History(history) => history.run(context).await,
            SyncCommand::Show(show) => show.run(context).await,
            SyncCommand::Explain(explain) => explain.run(context).await,
            SyncCommand::Adopt(adopt) => adopt.run(context).await,
            SyncCommand::Forget(forget) => forget.run(context).await,
            SyncCommand::Sample(sample) => sample.run(context).await,
            SyncCommand::Init(init) => init.run(context),
            SyncCommand::Schema(schema) => schema.run(context),
        }
    }
}
