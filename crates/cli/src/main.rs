//! The command line of the three services.

use std::process::ExitCode;

fn main() -> ExitCode {
    rosterkit_cli::run(std::env::args_os())
}
