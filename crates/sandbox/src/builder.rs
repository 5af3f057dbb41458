//! The settings of a sandbox, and its start.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, Utc};

use crate::clock::{self, Clock};
use crate::faults::{Fault, Faults};
use crate::genesys::Genesys;
use crate::http::{Endpoint, ServiceEndpoint};
use crate::import::{self, PeopleFile};
use crate::lms::Lms;
use crate::log::Log;
use crate::login::{Login, LoginEndpoint, OAuthClient};
use crate::origins::Origins;
use crate::people::People;
use crate::rate_limit::RateLimit;
use crate::server::Server;
use crate::sessions::Sessions;
use crate::shared::{GENESYS, LMS, LOGIN, SESSIONS, Shared};
use crate::state_file::StateFile;
use crate::{Lag, MAX_USERS, Sandbox, StartError};

const DEFAULT_USERS: u64 = 100;
const DEFAULT_SEED: u64 = 1;
const DEFAULT_MAX_BODY: usize = 64 << 20;
const DEFAULT_HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_LOG: usize = 1000;
const DEFAULT_TOKEN_LIFETIME: Duration = Duration::from_secs(86_400);

/// Settings of a [`Sandbox`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    users: u64,
    seed: u64,
    port: u16,
    max_body: usize,
    head_timeout: Duration,
    body_timeout: Duration,
    hosts: Vec<String>,
    now: DateTime<Utc>,
    running_clock: bool,
    faults: Vec<Fault>,
    rate_limit: Option<u32>,
    lag: Lag,
    strict: bool,
    log: usize,
    token_lifetime: Duration,
    clients: Vec<OAuthClient>,
    people: Vec<PeopleFile>,
    state_file: Option<PathBuf>,
}

impl SandboxBuilder {
    pub(crate) fn new() -> Self {
        Self {
            users: DEFAULT_USERS,
            seed: DEFAULT_SEED,
            port: 0,
            max_body: DEFAULT_MAX_BODY,
            head_timeout: DEFAULT_HEAD_TIMEOUT,
            body_timeout: DEFAULT_BODY_TIMEOUT,
            hosts: Vec::new(),
            now: clock::epoch(),
            running_clock: false,
            faults: Vec::new(),
            rate_limit: None,
            lag: Lag::default(),
            strict: false,
            log: DEFAULT_LOG,
            token_lifetime: DEFAULT_TOKEN_LIFETIME,
            clients: Vec::new(),
            people: Vec::new(),
            state_file: None,
        }
    }

    /// Sets the number of sample people. Default: 100; at most [`MAX_USERS`].
    pub fn users(self, users: u64) -> Self {
        Self { users, ..self }
    }

    /// Adds people of your own from a file to one service. They come after the sample people; with
    /// [`users(0)`](Self::users), they are the only ones.
    ///
    /// The file is read when the sandbox starts. A [state file](Self::state_file) that exists replaces them, since it has
    /// them as they were when it was written.
    pub fn people(mut self, file: PeopleFile) -> Self {
        self.people.push(file);
        self
    }

    /// Sets the seed: another seed gives other people. Default: 1.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets the port. Default: 0, any free one.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Sets the largest size of a request body in bytes; a larger one is answered with 413. Default: 64 MiB.
    pub fn max_body(self, bytes: usize) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// Sets how long the head of a request may take to arrive, counted from the end of the previous response on a connection
    /// that is kept alive; after that, the connection is closed. Default: 30 s.
    pub fn head_timeout(self, limit: Duration) -> Self {
        Self { head_timeout: limit, ..self }
    }

    /// Answers requests whose `Host` is this name, on any port, beside `localhost`, `127.0.0.1` and `[::1]`; for
    /// containers that know the sandbox by a name. The name has no port. See [web pages](crate#web-pages).
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.hosts.push(name.into());
        self
    }

    /// Sets how long a request body may take to arrive; after that, the response is 408. Default: 30 s.
    pub fn body_timeout(self, limit: Duration) -> Self {
        Self { body_timeout: limit, ..self }
    }

    /// Sets the initial time of the clock, from 1970 to 9999. Default: 2025-01-01T00:00:00Z. Sample data does
    /// not depend on it.
    pub fn now(self, now: DateTime<Utc>) -> Self {
        Self { now, ..self }
    }

    /// Sets whether the clock runs. Default: no, so that responses depend on requests only.
    pub fn running_clock(self, runs: bool) -> Self {
        Self { running_clock: runs, ..self }
    }

    /// Adds a fault.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Limits the requests of each caller to the services per minute; further ones are answered with 429 and
    /// `Retry-After`. With a limit, every response has the headers `inin-ratelimit-count`, `-allowed` and `-reset`.
    /// Minutes pass in real time, and by [`Sandbox::advance`]. Default: no limit.
    pub fn rate_limit(self, per_minute: u32) -> Self {
        Self { rate_limit: Some(per_minute), ..self }
    }

    /// Makes reads of Genesys lag behind writes. Default: every read sees every write.
    pub fn lag(self, lag: Lag) -> Self {
        Self { lag, ..self }
    }

    /// Sets whether Genesys takes documented values only. Default: no. Like the service, it then ignores values of
    /// enumerations that it does not know, unless they decide what to do, and takes whole numbers and booleans in quotation
    /// marks. Strict is for tests of what a client sends.
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Sets the number of requests that the log keeps; 0 for none. Default: the last 1000.
    pub fn log(self, requests: usize) -> Self {
        Self { log: requests, ..self }
    }

    /// Sets the lifetime of access tokens, in whole seconds. Default: a day.
    pub fn token_lifetime(self, lifetime: Duration) -> Self {
        Self { token_lifetime: lifetime, ..self }
    }

    /// Adds an OAuth client to those of [`Credentials`](crate::Credentials).
    pub fn oauth_client(mut self, client: OAuthClient) -> Self {
        self.clients.push(client);
        self
    }

    /// Sets a file that keeps changes. It is read when the sandbox starts, if it exists, and written when the sandbox
    /// stops, every few seconds if something changed, and by [`Sandbox::save`]. A write is atomic: a crash leaves the old
    /// or the new file. Default: no file.
    ///
    /// The file belongs to one number of people and one seed, and to one sandbox at a time. It holds what was sent, tokens
    /// included, and only its owner can read it. It is also written when the sandbox is dropped, but then errors are not
    /// reported.
    pub fn state_file(self, path: impl Into<PathBuf>) -> Self {
        Self { state_file: Some(path.into()), ..self }
    }

    /// Starts the sandbox on 127.0.0.1. It runs on its own thread, independent of the caller's runtime.
    ///
    /// # Errors
    /// If there are too many people, a file of people cannot be used, an allowed host is not the name of one, a fault is invalid, the port
    /// cannot be opened, or the state file cannot be used: it cannot be read, does not match, is in use by another running
    /// sandbox, or cannot be created in its folder. An existing file is not changed then.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        if self.users > MAX_USERS {
            return Err(StartError::TooManyUsers);
        }
        for fault in &self.faults {
            fault.check().map_err(StartError::Fault)?;
        }
        let origins = Origins::new(self.hosts).map_err(StartError::Host)?;
        let people = People::new(self.seed, self.users);
        let clock = Arc::new(Clock::new(self.now, self.running_clock));
        let (genesys, lms, sessions) = (Genesys::new(people, self.lag), Lms::new(people), Sessions::new(people));
        for file in &self.people {
            let rows = file.read().map_err(StartError::People)?;
            let imported = match file.service {
                import::LMS => lms.import(rows),
                import::SESSIONS => sessions.import(rows),
                _ => genesys.import(rows),
            };
            imported.map_err(|(line, problem)| StartError::People(file.error_at(line, &problem)))?;
        }
        let login = Login::new(people, genesys.directory(), clock.clone(), self.token_lifetime, self.clients);
        let login = Arc::new(login);
        let genesys: Arc<dyn Endpoint> = Arc::new(ServiceEndpoint::new(genesys, self.strict).with_login(login.clone()));
        let endpoints: Vec<(&'static str, Arc<dyn Endpoint>)> = vec![
            (GENESYS, genesys),
            (LOGIN, Arc::new(LoginEndpoint::new(login.clone()))),
            (LMS, Arc::new(ServiceEndpoint::new(lms, self.strict))),
            (SESSIONS, Arc::new(ServiceEndpoint::new(sessions, self.strict))),
        ];
        let file = self.state_file.map(|path| StateFile::open(&path, self.seed, self.users)).transpose();
        let (state_file, snapshot) = match file.map_err(StartError::State)? {
            Some((file, snapshot)) => (Some(file), snapshot),
            None => (None, None),
        };
        let shared = Arc::new(Shared {
            people,
            login,
            clock,
            faults: Faults::new(self.seed, self.faults),
            rate_limit: self.rate_limit.map(RateLimit::new),
            log: Log::new(self.log),
            origins,
            max_body: self.max_body,
            head_timeout: self.head_timeout,
            body_timeout: self.body_timeout,
            state_file,
            base_url: OnceLock::new(),
            pristine: Shared::services(&endpoints).map_err(StartError::State)?,
            endpoints,
            changes: AtomicU64::new(0),
            saved: AtomicU64::new(0),
            problem: Mutex::default(),
        });
        if let Some(snapshot) = snapshot {
            shared.restore(snapshot).map_err(StartError::State)?;
        }
        let server = Server::start(self.port, shared.clone())?;
        Ok(Sandbox { shared, server })
    }
}
