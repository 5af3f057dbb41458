//! `sandbox`: the three services in memory, until Ctrl-C.

use std::io::{self, Write as _};

use clap::Args;
use rosterkit_sandbox::{MAX_USERS, Sandbox};
use serde_json::json;

use crate::app::App;
use crate::failure::Failure;
use crate::global::Format;

const EXAMPLES: &str = "\
Examples:
  rosterkit sandbox --users 250 --seed 7
  rosterkit sandbox --port 8080 --output json";

/// Run the three services in memory, with invented people
///
/// The same number of people and the same seed give the same answers. It stops on Ctrl-C.
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
}

impl SandboxArguments {
    pub(crate) async fn run(self, app: &App) -> Result<(), Failure> {
        app.global.without_service("sandbox")?;
        let printer = app.printer()?;
        let sandbox = Sandbox::builder().port(self.port).users(self.users).seed(self.seed);
        let sandbox = sandbox.start().await.map_err(|error| match std::error::Error::source(&error) {
            Some(source) => Failure::Service(format!("{error}: {source}")),
            None => Failure::Service(error.to_string()),
        })?;
        let accepted = sandbox.credentials();
        let (genesys, lms, sessions) = (sandbox.genesys_url(), sandbox.lms_url(), sandbox.sessions_url());
        if app.global.output.is_some_and(|format| format != Format::Table) || app.global.query.is_some() {
            printer.document(json!({
                "users": self.users,
                "seed": self.seed,
                "genesys": { "base_url": genesys, "token": accepted.genesys_token },
                "lms": {
                    "base_url": lms,
                    "user": accepted.lms_user,
                    "password": accepted.lms_password,
                    "token": accepted.lms_token,
                    "system_key": accepted.lms_system_key,
                },
                "sessions": { "base_url": sessions, "api_key": accepted.session_key },
            }))?;
        } else {
            let text = format!(
                "{} people of seed {}; these credentials open nothing else\n\
                 Genesys Cloud     --base-url {genesys} --token {}\n\
                 PeopleFluent LMS  --base-url {lms} --user {} --password-stdin (password {}) --system-key {}\n\
                 Session clusters  --base-url {sessions} --api-key {}\n\
                 Ctrl-C stops the sandbox.\n",
                self.users,
                self.seed,
                accepted.genesys_token,
                accepted.lms_user,
                accepted.lms_password,
                accepted.lms_system_key,
                accepted.session_key
            );
            io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()).map_err(Failure::output)?;
        }
        // A signal ends the wait, and with it the sandbox.
        std::future::pending::<()>().await;
        drop(sandbox);
        Ok(())
    }
}
