//! `sandbox`: the three services in memory, until Ctrl-C.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use rosterkit_core::chrono::{DateTime, FixedOffset};
use rosterkit_sandbox::{Fault, MAX_USERS, Sandbox, SandboxBuilder};
use serde_json::json;

use crate::context::{self, Context};
use crate::error::Error;
use crate::global_args::Format;

const EXAMPLES: &str = "\
Examples:
  rosterkit sandbox --users 250 --seed 7
  rosterkit sandbox --port 8080 --output json
  rosterkit sandbox --fault 'getUsers:status=429,retry-after=2,times=3' --fault '*:drop=0.01'
  rosterkit sandbox --state people.json --now 2025-06-01T12:00:00Z

Faults:
  getUsers:status=429,retry-after=2,times=3   the next three calls are told to wait
  *:drop=0.01                                 every hundredth answer breaks off
  genesys-users/*:delay=200ms                 every call to Genesys waits
  getUser:truncate                            half of the body; garbage: no JSON at all
  *:expired-token,skip=10,times=1             the eleventh call has to get a new token
Settings: times, probability, skip, seed, retry-after (with status).";

/// Run the three services in memory, with invented people
///
/// The same number of people and the same seed give the same answers. It stops on Ctrl-C, and keeps nothing without
/// --state.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct SandboxArguments {
    /// Port of 127.0.0.1 to listen on; 0 for any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// How many people there are
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(..=MAX_USERS))]
    users: u64,
    /// Which people they are: another seed, other people
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// What is to go wrong; again for another fault
    #[arg(long = "fault", value_name = "OPERATION:KIND[,SETTING…]")]
    faults: Vec<Fault>,
    /// File that keeps what is changed, from one run to the next
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Time that the clock shows at first [default: 2025-01-01T00:00:00Z]
    #[arg(long, value_name = "TIME", value_parser = DateTime::parse_from_rfc3339)]
    now: Option<DateTime<FixedOffset>>,
    /// Let the clock run; it stands still otherwise
    #[arg(long)]
    running_clock: bool,
    /// How many requests each caller may make in a minute [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate_limit: Option<u32>,
    /// How many requests the log keeps; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000)]
    log: usize,
    /// How long an access token of the login is valid, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(1..))]
    token_lifetime: u64,
}

impl SandboxArguments {
    pub(crate) async fn run(self, context: &Context) -> Result<(), Error> {
        context.global.without_service("sandbox")?;
        let printer = context.printer()?;
        let sandbox = self.builder().start().await.map_err(|error| failed(&error))?;
        // Listens before the addresses are printed: who has read them may stop the program at once.
        let interrupted = tokio::spawn(context::interrupted());
        tokio::task::yield_now().await;
        let as_document = context.global.output.is_some_and(|format| format != Format::Table);
        if as_document || context.global.query.is_some() || context.global.columns.is_some() {
            printer.document(self.document(&sandbox))?;
        } else {
            let text = self.text(&sandbox);
            io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()).map_err(Error::output)?;
        }
        // Whichever signal it was, it is how a sandbox ends. It fails to come only if it cannot be listened to.
        drop(interrupted.await);
        sandbox.close().await.map_err(|error| failed(&error))
    }

    fn builder(&self) -> SandboxBuilder {
        let mut builder = Sandbox::builder()
            .port(self.port)
            .users(self.users)
            .seed(self.seed)
            .running_clock(self.running_clock)
            .log(self.log)
            .token_lifetime(Duration::from_secs(self.token_lifetime));
        builder = self.faults.iter().cloned().fold(builder, SandboxBuilder::fault);
        builder = self.now.into_iter().fold(builder, |builder, now| builder.now(now.to_utc()));
        builder = self.rate_limit.into_iter().fold(builder, SandboxBuilder::rate_limit);
        self.state.iter().fold(builder, SandboxBuilder::state_file)
    }

    fn document(&self, sandbox: &Sandbox) -> serde_json::Value {
        let accepted = sandbox.credentials();
        json!({
            "users": self.users,
            "seed": self.seed,
            "control_url": sandbox.control_url(),
            "genesys": {
                "base_url": sandbox.genesys_url(),
                "login_url": sandbox.login_url(),
                "token": accepted.genesys_token,
            },
            "lms": {
                "base_url": sandbox.lms_url(),
                "user": accepted.lms_user,
                "password": accepted.lms_password,
                "token": accepted.lms_token,
                "system_key": accepted.lms_system_key,
            },
            "sessions": { "base_url": sandbox.sessions_url(), "api_key": accepted.session_key },
        })
    }

    fn text(&self, sandbox: &Sandbox) -> String {
        let accepted = sandbox.credentials();
        format!(
            "{} people of seed {}; these credentials open nothing else\n\
             Genesys Cloud     --base-url {} --token {}\n\
             PeopleFluent LMS  --base-url {} --token {} --system-key {}\n\
             Session clusters  --base-url {} --api-key {}\n\
             Control           {}\n\
             Ctrl-C stops the sandbox.\n",
            self.users,
            self.seed,
            sandbox.genesys_url(),
            accepted.genesys_token,
            sandbox.lms_url(),
            accepted.lms_token,
            accepted.lms_system_key,
            sandbox.sessions_url(),
            accepted.session_key,
            sandbox.control_url(),
        )
    }
}

fn failed(error: &dyn std::error::Error) -> Error {
    Error::Service(match error.source() {
        Some(source) => format!("the sandbox: {error}: {source}"),
        None => format!("the sandbox: {error}"),
    })
}
