//! The sandbox as a program: prints its URLs and runs until Ctrl-C.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use rosterkit_sandbox::{MAX_USERS, Sandbox};

/// Genesys Cloud, the PeopleFluent LMS and the session-cluster service in memory, with invented people.
///
/// The same number of people and the same seed give the same answers. Stops on Ctrl-C; nothing is kept.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Port of 127.0.0.1 to listen on; 0 for any free one.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How many people there are.
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(u64).range(..=MAX_USERS))]
    users: u64,
    /// Which people there are: another seed, other people.
    #[arg(long, default_value_t = 7)]
    seed: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut stderr = io::stderr();
    match run(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell if this fails.
            let _ = writeln!(stderr, "rosterkit-sandbox: {error}");
            if let Some(source) = error.source() {
                let _ = writeln!(stderr, "  because: {source}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let Arguments { port, users, seed } = *arguments;
    let sandbox = Sandbox::builder().port(port).users(users).seed(seed).start().await?;
    // Listens before the addresses are printed: who has read them may stop the program at once.
    let interrupted = tokio::spawn(tokio::signal::ctrl_c());
    tokio::task::yield_now().await;
    write_addresses(&sandbox, arguments)?;
    interrupted.await??;
    sandbox.stop().await;
    Ok(())
}

fn write_addresses(sandbox: &Sandbox, arguments: &Arguments) -> io::Result<()> {
    let accepted = sandbox.credentials();
    let mut out = io::stdout().lock();
    writeln!(out, "rosterkit sandbox with {} people of seed {}", arguments.users, arguments.seed)?;
    writeln!(out, "Genesys   {}   Authorization: Bearer {}", sandbox.genesys_url(), accepted.genesys_token)?;
    writeln!(out, "LMS       {}       user {} {}", sandbox.lms_url(), accepted.lms_user, accepted.lms_password)?;
    writeln!(out, "          system key {}", accepted.lms_system_key)?;
    writeln!(out, "Sessions  {}  x-api-key: {}", sandbox.sessions_url(), accepted.session_key)?;
    writeln!(out, "These credentials open nothing else. Ctrl-C stops the sandbox.")?;
    out.flush()
}
