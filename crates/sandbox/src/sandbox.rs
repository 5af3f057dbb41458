//! The sandbox: settings, start, addresses, stop.

use std::fmt;
use std::sync::Arc;

use crate::StartError;
use crate::credentials::{Credentials, SANDBOX};
use crate::genesys::Genesys;
use crate::http::{Endpoint, Mount};
use crate::lms::Lms;
use crate::people::People;
use crate::server::{Mounts, Server};
use crate::sessions::Sessions;

/// As many people a sandbox can have.
pub const MAX_USERS: u64 = 10_000_000;

const GENESYS: &str = "/genesys";
const LMS: &str = "/ekp";
const SESSIONS: &str = "/sessions";

const DEFAULT_USERS: u64 = 100;
const DEFAULT_SEED: u64 = 1;
const DEFAULT_MAX_BODY: usize = 64 << 20;

/// The three services on one port of this machine.
///
/// [`stop`](Self::stop) lets requests that are under way finish. Dropping the sandbox breaks them off. Either way the
/// port is closed and no task or thread remains when the call returns.
pub struct Sandbox {
    genesys: Arc<dyn Endpoint>,
    lms: Arc<dyn Endpoint>,
    sessions: Arc<dyn Endpoint>,
    server: Server,
}

/// How many requests the services have had, refused ones included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requests {
    /// To Genesys.
    pub genesys: u64,
    /// To the LMS.
    pub lms: u64,
    /// To the session service.
    pub sessions: u64,
}

impl Requests {
    /// To all three.
    pub fn total(&self) -> u64 {
        self.genesys + self.lms + self.sessions
    }
}

impl Sandbox {
    /// The settings of a sandbox.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder { users: DEFAULT_USERS, seed: DEFAULT_SEED, port: 0, max_body: DEFAULT_MAX_BODY }
    }

    /// The address of the server, without a service's prefix: `http://127.0.0.1:49152`.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// The port of the server.
    pub fn port(&self) -> u16 {
        self.server.address.port()
    }

    /// The base URL of Genesys Cloud.
    pub fn genesys_url(&self) -> String {
        self.base_url() + GENESYS
    }

    /// The base URL of the LMS, with its context path `/ekp`.
    pub fn lms_url(&self) -> String {
        self.base_url() + LMS
    }

    /// The base URL of the session service.
    pub fn sessions_url(&self) -> String {
        self.base_url() + SESSIONS
    }

    /// The credentials that the services accept, the same in every sandbox.
    pub fn credentials(&self) -> Credentials {
        SANDBOX
    }

    /// How many requests the services have had so far.
    pub fn requests(&self) -> Requests {
        Requests { genesys: self.genesys.requests(), lms: self.lms.requests(), sessions: self.sessions.requests() }
    }

    /// Stops the sandbox: the port closes at once, requests that are under way have two seconds to finish.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sandbox")
            .field("base_url", &self.base_url())
            .field("requests", &self.requests())
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Sandbox`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    users: u64,
    seed: u64,
    port: u16,
    max_body: usize,
}

impl SandboxBuilder {
    /// Sets how many people there are. Default: 100; at most [`MAX_USERS`].
    pub fn users(self, users: u64) -> Self {
        Self { users, ..self }
    }

    /// Sets the seed: another seed means other people. Default: 1.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets the port. Default: 0, any free one.
    pub fn port(self, port: u16) -> Self {
        Self { port, ..self }
    }

    /// Sets how many bytes the body of a request can have; a larger one is answered 413. Default: 64 MiB.
    pub fn max_body(self, bytes: usize) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// Starts the sandbox on 127.0.0.1. It runs on a thread of its own and needs nothing of the caller's runtime.
    ///
    /// # Errors
    /// When too many people are asked for, or the port cannot be opened.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        if self.users > MAX_USERS {
            return Err(StartError::TooManyUsers);
        }
        let people = People::new(self.seed, self.users);
        let genesys: Arc<dyn Endpoint> = Arc::new(Mount::new(Genesys::new(people)));
        let lms: Arc<dyn Endpoint> = Arc::new(Mount::new(Lms::new(people)));
        let sessions: Arc<dyn Endpoint> = Arc::new(Mount::new(Sessions::new(people)));
        let endpoints = vec![(GENESYS, genesys.clone()), (LMS, lms.clone()), (SESSIONS, sessions.clone())];
        let server = Server::start(self.port, Mounts { endpoints, max_body: self.max_body })?;
        Ok(Sandbox { genesys, lms, sessions, server })
    }
}
