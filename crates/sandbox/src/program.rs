//! The sandbox as a program, shared by `rosterkit-sandbox` and `rosterkit sandbox`: options, output, start and stop.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rosterkit_core::atomic_file::{AtomicFile, Existing};
use rosterkit_core::chrono::{DateTime, FixedOffset};
use serde_json::{Value, json};

use crate::{Fault, Lag, MAX_USERS, PeopleFile, Sandbox, SandboxBuilder, StartError, StateError};

/// The help on faults, for after the options.
pub const FAULTS_HELP: &str = "\
Faults:
  getUsers:status=429,retry-after=2,times=3   the next three calls fail with 429
  *:drop=0.01                                 one response in a hundred breaks off
  genesys-users/*:delay=200ms                 every call to Genesys is delayed
  patchUser:conflict=400,times=1              a conflict of versions; its forms are 409, 400 and 408
  getUsers:without=skills,probability=0.5     half of the pages lack a part that expand asks for
  getUser:truncate                            half of the body; garbage: an invalid body
  *:expired-token,skip=10,times=1             the eleventh call needs a new token
Settings: times, probability, skip, seed, retry-after (with status).";

/// The options of the program. Their defaults are those of [`SandboxBuilder`].
#[derive(clap::Args, Clone, Debug)]
pub struct Options {
    /// Port of 127.0.0.1 to listen on; 0 for any free port
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Number of sample people
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(..=MAX_USERS))]
    users: u64,
    /// File of people of your own for one service, genesys, lms or sessions: CSV or JSON lines, such as an export of rosterkit;
    /// repeatable. With --users 0 there are no others
    #[arg(long, value_name = "SERVICE=FILE")]
    people: Vec<PeopleFile>,
    /// Seed of the people: another seed gives other people
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Fault to inject; repeatable
    #[arg(long = "fault", value_name = "OPERATION:KIND[,SETTING…]")]
    faults: Vec<Fault>,
    /// File that keeps changes from one run to the next
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// File for addresses and credentials as JSON, for the program that started this one: it is there, and complete, while
    /// the sandbox listens, and only its owner can read it
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Host name to answer to, beside localhost, 127.0.0.1 and [::1]; repeatable
    #[arg(long = "allow-host", value_name = "NAME")]
    allowed_hosts: Vec<String>,
    /// Initial time of the clock [default: 2025-01-01T00:00:00Z]
    #[arg(long, value_name = "TIME", value_parser = DateTime::parse_from_rfc3339)]
    now: Option<DateTime<FixedOffset>>,
    /// Run the clock; without this option, the time changes on request only
    #[arg(long)]
    running_clock: bool,
    /// How far reads of Genesys lag behind writes, by the clock of the sandbox [default: not at all]
    #[arg(long, value_name = "search=3m,read=2s,queues=5s")]
    lag: Option<Lag>,
    /// Refuse values of enumerations that are not documented, and numbers in quotation marks
    #[arg(long)]
    strict: bool,
    /// Requests allowed per caller and minute [default: no limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    rate_limit: Option<u32>,
    /// Number of requests that the log keeps; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000)]
    log: usize,
    /// Lifetime of access tokens, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u64).range(1..))]
    token_lifetime: u64,
}

impl Options {
    /// Starts the sandbox, passes it to `announce`, and stops it when `stop` completes.
    ///
    /// `stop` is polled before `announce` is called, so that a signal right after the addresses were printed is not lost.
    ///
    /// # Errors
    /// If the sandbox cannot start, the ready file cannot be written, the state file cannot be written at the end, or
    /// `announce` fails.
    pub async fn run<E>(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
        announce: impl FnOnce(&Sandbox) -> Result<(), E>,
    ) -> Result<(), E>
    where
        E: From<StartError> + From<StateError>,
    {
        let ready = self.ready_file.clone().map(ReadyFile::claim).transpose()?;
        let sandbox = self.builder().start().await?;
        let stopped = tokio::spawn(stop);
        tokio::task::yield_now().await;
        if let Some(ready) = &ready {
            ready.write(&document(&sandbox))?;
        }
        announce(&sandbox)?;
        // A task that panicked ends the sandbox, too.
        drop(stopped.await);
        drop(ready);
        Ok(sandbox.close().await?)
    }

    fn builder(self) -> SandboxBuilder {
        let mut builder = Sandbox::builder()
            .port(self.port)
            .users(self.users)
            .seed(self.seed)
            .running_clock(self.running_clock)
            .strict(self.strict)
            .log(self.log)
            .token_lifetime(Duration::from_secs(self.token_lifetime));
        builder = self.allowed_hosts.into_iter().fold(builder, SandboxBuilder::allow_host);
        builder = self.people.into_iter().fold(builder, SandboxBuilder::people);
        builder = self.faults.into_iter().fold(builder, SandboxBuilder::fault);
        builder = self.now.into_iter().fold(builder, |builder, now| builder.now(now.to_utc()));
        builder = self.lag.into_iter().fold(builder, SandboxBuilder::lag);
        builder = self.rate_limit.into_iter().fold(builder, SandboxBuilder::rate_limit);
        self.state.into_iter().fold(builder, SandboxBuilder::state_file)
    }
}

/// The file of `--ready-file`. It is removed when it is dropped.
struct ReadyFile(PathBuf);

impl ReadyFile {
    /// Removes what an earlier run left, so that no one takes it for this one's.
    fn claim(path: PathBuf) -> Result<Self, StartError> {
        match remove(&path) {
            Ok(()) => Ok(Self(path)),
            Err(source) => Err(StartError::ReadyFile { path, source }),
        }
    }

    fn write(&self, document: &Value) -> Result<(), StartError> {
        let written = AtomicFile::create(&self.0, Existing::Replace, true).and_then(|mut file| {
            file.write_all(format!("{document:#}\n").as_bytes())?;
            file.persist()
        });
        written.map(drop).map_err(|source| StartError::ReadyFile { path: self.0.clone(), source })
    }
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        // What is left behind is removed by the next run.
        let _ = remove(&self.0);
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The addresses and credentials of a sandbox as JSON.
pub fn document(sandbox: &Sandbox) -> Value {
    let (accepted, people) = (sandbox.credentials(), sandbox.shared.people);
    json!({
        "users": people.count,
        "seed": people.seed,
        "control_url": sandbox.control_url(),
        "genesys": {
            "base_url": sandbox.genesys_url(),
            "login_url": sandbox.login_url(),
            "client_id": accepted.genesys_client_id,
            "client_secret": accepted.genesys_client_secret,
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

/// The addresses and credentials of a sandbox for people: options of `rosterkit` where there are such.
pub fn text(sandbox: &Sandbox) -> String {
    let (accepted, people) = (sandbox.credentials(), sandbox.shared.people);
    format!(
        "{} people of seed {}; these credentials open nothing else\n\
         Genesys Cloud     --base-url {} --token {}\n\
         Genesys login     {}, OAuth client {}, secret {}\n\
         PeopleFluent LMS  --base-url {} --token {} --system-key {}\n\
         LMS account       {}, password {}\n\
         Session clusters  --base-url {} --api-key {}\n\
         Control           {}\n\
         Ctrl-C stops the sandbox.\n",
        people.count,
        people.seed,
        sandbox.genesys_url(),
        accepted.genesys_token,
        sandbox.login_url(),
        accepted.genesys_client_id,
        accepted.genesys_client_secret,
        sandbox.lms_url(),
        accepted.lms_token,
        accepted.lms_system_key,
        accepted.lms_user,
        accepted.lms_password,
        sandbox.sessions_url(),
        accepted.session_key,
        sandbox.control_url(),
    )
}
