//! `sandbox`: the three services in memory, until Ctrl-C.

use std::io::{self, Write as _};

use clap::Args;
use rosterkit_sandbox::program::{self, FAULTS_HELP, Options};
use rosterkit_sandbox::{Sandbox, StartError, StateError};

use crate::context::Context;
use crate::error::Error;
use crate::global_args::Format;
use crate::signals::{self, Graceful};

const EXAMPLES: &str = "\
Examples:
  rosterkit sandbox --users 250 --seed 7
  rosterkit sandbox --port 8080 --output json
  rosterkit sandbox --ready-file sandbox.json
  rosterkit sandbox --fault 'getUsers:status=429,retry-after=2,times=3' --fault '*:drop=0.01'
  rosterkit sandbox --state people.json --now 2025-06-01T12:00:00Z
  rosterkit sandbox --users 0 --people genesys=users.csv --people lms=accounts.jsonl
  rosterkit sandbox --lag search=3m,read=2s --strict";

/// Run the three services in memory, with sample people
///
/// The same number of people and the same seed give the same responses. It stops on Ctrl-C, and keeps nothing without
/// --state.
#[derive(Args, Debug)]
#[command(after_help = format!("{EXAMPLES}\n\n{FAULTS_HELP}"))]
pub(crate) struct SandboxArguments {
    #[command(flatten)]
    options: Options,
}

impl SandboxArguments {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        context.global.without_service("sandbox")?;
        let printer = context.printer()?;
        let global = &context.global;
        let as_document = global.output.is_some_and(|format| format != Format::Table)
            || global.query.is_some()
            || global.columns.is_some();
        let announce = |sandbox: &Sandbox| match as_document {
            true => printer.document(program::document(sandbox)),
            false => {
                let mut out = io::stdout();
                out.write_all(program::text(sandbox).as_bytes()).and_then(|()| out.flush()).map_err(Error::output)
            }
        };
        // Every signal ends a sandbox normally.
        let _graceful = Graceful::begin();
        let stop = async {
            let _ = signals::more_than(0).await;
        };
        self.options.run(stop, announce).await
    }
}

impl From<StartError> for Error {
    fn from(error: StartError) -> Self {
        failed(&error)
    }
}

impl From<StateError> for Error {
    fn from(error: StateError) -> Self {
        failed(&error)
    }
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Service(match error.source() {
        Some(source) => format!("the sandbox: {error}: {source}"),
        None => format!("the sandbox: {error}"),
    })
}
