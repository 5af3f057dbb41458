//! The sandbox as a program: prints its URLs and runs until Ctrl-C.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use rosterkit_core::chrono::{DateTime, FixedOffset};
use rosterkit_sandbox::{Fault, MAX_USERS, Sandbox};

/// Genesys Cloud, the PeopleFluent LMS and the session-cluster service in memory, with invented people.
///
/// The same number of people and the same seed give the same answers. Stops on Ctrl-C, and keeps nothing without --state.
#[derive(Debug, Parser)]
#[command(version, after_help = FAULTS)]
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
    /// What is to go wrong; may be given more than once.
    #[arg(long = "fault", value_name = "OPERATION:KIND[,SETTING…]")]
    faults: Vec<Fault>,
    /// File that keeps what is changed, from one run to the next.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Time that the clock shows at first, such as 2025-06-01T12:00:00Z. Default: 2025-01-01T00:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = DateTime::parse_from_rfc3339)]
    now: Option<DateTime<FixedOffset>>,
    /// Let the clock run; it stands still otherwise.
    #[arg(long)]
    running_clock: bool,
    /// How many requests each caller may make in a minute. Default: no limit.
    #[arg(long, value_name = "REQUESTS", value_parser = clap::value_parser!(u32).range(1..))]
    rate_limit: Option<u32>,
    /// How many requests the log keeps; 0 for none.
    #[arg(long, default_value_t = 1000, value_name = "REQUESTS")]
    log: usize,
    /// How long an access token of the login is valid, in seconds.
    #[arg(long, default_value_t = 86_400, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    token_lifetime: u64,
}

const FAULTS: &str = "\
Faults:
  getUsers:status=429,retry-after=2,times=3   the next three calls are told to wait
  *:drop=0.01                                 every hundredth answer breaks off
  genesys-users/*:delay=200ms                 every call to Genesys waits
  getUser:truncate                            half of the body; garbage: no JSON at all
  *:expired-token,skip=10,times=1             the eleventh call has to get a new token
Settings: times, probability, skip, seed, retry-after (with status).
The same, time, state, tokens and the request log over HTTP: see the URL of the control endpoint.";

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
    let mut builder = Sandbox::builder()
        .port(arguments.port)
        .users(arguments.users)
        .seed(arguments.seed)
        .running_clock(arguments.running_clock)
        .log(arguments.log)
        .token_lifetime(Duration::from_secs(arguments.token_lifetime));
    builder = arguments.faults.iter().cloned().fold(builder, |builder, fault| builder.fault(fault));
    if let Some(now) = arguments.now {
        builder = builder.now(now.to_utc());
    }
    if let Some(requests) = arguments.rate_limit {
        builder = builder.rate_limit(requests);
    }
    if let Some(file) = &arguments.state {
        builder = builder.state_file(file);
    }
    let sandbox = builder.start().await?;
    // Listens before the addresses are printed: who has read them may stop the program at once.
    let interrupted = tokio::spawn(interrupted());
    tokio::task::yield_now().await;
    write_addresses(&sandbox, arguments)?;
    interrupted.await??;
    sandbox.close().await?;
    Ok(())
}

/// Ends when somebody wants the program to end: by Ctrl-C, or as services are stopped.
async fn interrupted() -> io::Result<()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminated = signal(SignalKind::terminate())?;
        tokio::select! {
            result = tokio::signal::ctrl_c() => result,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn write_addresses(sandbox: &Sandbox, arguments: &Arguments) -> io::Result<()> {
    let accepted = sandbox.credentials();
    let mut out = io::stdout().lock();
    writeln!(out, "rosterkit sandbox with {} people of seed {}", arguments.users, arguments.seed)?;
    writeln!(out, "Genesys   {}   Authorization: Bearer {}", sandbox.genesys_url(), accepted.genesys_token)?;
    let (id, secret) = (accepted.genesys_client_id, accepted.genesys_client_secret);
    writeln!(out, "Login     {}     OAuth client {id} {secret}", sandbox.login_url())?;
    writeln!(out, "LMS       {}       user {} {}", sandbox.lms_url(), accepted.lms_user, accepted.lms_password)?;
    writeln!(out, "          system key {}", accepted.lms_system_key)?;
    writeln!(out, "Sessions  {}  x-api-key: {}", sandbox.sessions_url(), accepted.session_key)?;
    writeln!(out, "Control   {}/info", sandbox.control_url())?;
    writeln!(out, "These credentials open nothing else. Ctrl-C stops the sandbox.")?;
    out.flush()
}
