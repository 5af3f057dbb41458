//! The command line `rosterkit`, as a library so that its parts can be tested without a process.
//!
//! [`run`] is all that the binary calls. [`command`] is the definition of the arguments, from which help, completions
//! and man pages come.
//!
//! | module | what it is for |
//! | --- | --- |
//! | `args`, `global_args` | the arguments |
//! | `context` | what every command works with: options, the sandbox, output, the runtime |
//! | `connect`, `profiles` | addresses and credentials, from options, environment and profiles |
//! | `output` | rows and documents as table, JSON, JSON lines, CSV or YAML |
//! | `input`, `bulk` | many items from a file, one outcome for each |
//! | `people` | users of Genesys Cloud by key, by file and by condition; what would change, and the way back |
//! | `files`, `atomic_file` | files that arguments name |
//! | `error` | errors and exit codes |
//! | `signals` | Ctrl-C, SIGTERM, SIGHUP |
//! | `commands` | one module per command |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod api;
mod args;
mod atomic_file;
mod bulk;
mod commands;
mod connect;
mod context;
mod error;
mod files;
mod global_args;
mod input;
mod listing;
mod output;
mod people;
mod profiles;
mod signals;
mod text;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::FromArgMatches as _;

use crate::args::Cli;
use crate::context::Context;
use crate::error::Error;
use crate::global_args::GlobalArgs;

#[doc(hidden)]
pub use output::measured;

/// Runs the command line with these arguments, the program's name first, and returns its exit code.
///
/// It writes to the process's standard output and standard error, and reads its environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = command()
        .color(global_args::color_of(&arguments).for_help())
        .try_get_matches_from(arguments)
        .and_then(|matches| args::check(&matches).and_then(|()| Cli::from_arg_matches(&matches)));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(message) => {
            // Help and version go to standard output, whose reader may stop reading.
            return match message.print() {
                _ if message.use_stderr() => ExitCode::from(error::USAGE),
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => report(&Error::output(error), &GlobalArgs::default()),
            };
        }
    };
    let context = Context::new(cli.global);
    match commands::run(&context, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error, &context.global),
    }
}

/// The definition of all arguments.
pub fn command() -> clap::Command {
    args::command()
}

/// Writes the error to standard error, and returns its exit code.
fn report(error: &Error, global: &GlobalArgs) -> ExitCode {
    if let Some(message) = error.message(global.verbose > 0) {
        // Names of files and arguments are part of messages.
        let message = text::printable_lines(&message);
        let coloured = global.color.is_on(io::stderr().is_terminal());
        let (red, plain) = if coloured { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        // A closed standard error does not stop the command.
        let _ = writeln!(io::stderr(), "{red}rosterkit:{plain} {message}");
    }
    ExitCode::from(error.code())
}
