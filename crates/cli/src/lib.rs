//! The command line `rosterkit`, as a library so that its parts can be tested without a process.
//!
//! [`run`] is all that the binary calls. [`command`] is the definition of the arguments, from which help, completions
//! and man pages come.
//!
//! | module | what it is for |
//! | --- | --- |
//! | `arguments`, `global` | what can be typed |
//! | `app` | what every command works with: options, clients, output, the runtime |
//! | `connect`, `profiles` | addresses and credentials, from flags, environment and profiles |
//! | `output` | rows and documents as table, JSON, JSON lines, CSV or YAML |
//! | `input`, `bulk` | many items from a file, one outcome for each |
//! | `failure`, `outage` | what can go wrong, and the exit codes |
//! | `interrupt` | Ctrl-C and its like |
//! | `commands` | one module per command |

mod app;
mod arguments;
mod bulk;
mod commands;
mod connect;
mod failure;
mod files;
mod global;
mod input;
mod interrupt;
mod listing;
mod outage;
mod output;
mod profiles;
mod text;

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::app::App;
use crate::arguments::Arguments;
use crate::failure::Failure;

#[doc(hidden)]
pub use output::measured;

/// Runs the command line with these arguments, the program's name first, and returns its exit code.
///
/// It writes to the process's standard output and standard error, and reads its environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = command()
        .color(global::color_of(&arguments).for_help())
        .try_get_matches_from(arguments)
        .and_then(|matches| arguments::check(&matches).and_then(|()| Arguments::from_arg_matches(&matches)));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(message) => {
            // Help and version go to standard output; whoever stopped reading there has enough.
            return match message.print() {
                _ if message.use_stderr() => ExitCode::from(failure::USAGE),
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    let failure = Failure::output(error);
                    if let Some(message) = failure.message(false) {
                        let _ = writeln!(io::stderr(), "rosterkit: {message}");
                    }
                    ExitCode::from(failure.code())
                }
            };
        }
    };
    let app = App::new(arguments.global);
    let failure = match commands::run(&app, arguments.command) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(failure) => failure,
    };
    report(&app, &failure);
    ExitCode::from(failure.code())
}

/// The definition of all arguments.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Tells standard error what went wrong.
fn report(app: &App, failure: &Failure) {
    let Some(message) = failure.message(app.global.verbose > 0) else { return };
    // Names of files and arguments stand in messages as they were given.
    let message = text::printable_lines(&message);
    let coloured = app.global.color.is_on(io::stderr().is_terminal());
    let (red, plain) = if coloured { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(io::stderr(), "{red}rosterkit:{plain} {message}");
}
