//! A running sandbox: addresses, control, request log, stop.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rosterkit_core::chrono::{DateTime, Utc};
use serde_json::Value;

use crate::SandboxBuilder;
use crate::credentials::{Credentials, SANDBOX};
use crate::faults::{Fault, FaultError};
use crate::log::LoggedRequest;
use crate::login::{OAuthClient, Permissions};
use crate::server::Server;
use crate::shared::{CONTROL, GENESYS, LMS, LOGIN, SESSIONS, Shared};
use crate::snapshot::{Snapshot, StateError};

/// The three services on one port of this machine.
///
/// [`stop`](Self::stop) lets in-flight requests finish. Dropping the sandbox aborts them. In both cases the port is closed,
/// and no task or thread remains when the call returns.
pub struct Sandbox {
    pub(crate) shared: Arc<Shared>,
    pub(crate) server: Server,
}

/// The number of requests to the services, refused ones included.
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
        SandboxBuilder::new()
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

    /// The base URL of the login of Genesys Cloud. For a client that uses the sandbox as a gateway, it is the path
    /// `/login`.
    pub fn login_url(&self) -> String {
        self.base_url() + LOGIN
    }

    /// The base URL of the [control endpoint](crate#the-control-endpoint).
    pub fn control_url(&self) -> String {
        self.base_url() + CONTROL
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

    /// The number of requests to the services so far.
    pub fn requests(&self) -> Requests {
        let of = |name: &str| {
            let mut endpoints = self.shared.endpoints.iter();
            endpoints.find(|(prefix, _)| *prefix == name).map_or(0, |(_, endpoint)| endpoint.requests())
        };
        Requests { genesys: of(GENESYS), lms: of(LMS), sessions: of(SESSIONS) }
    }

    /// The received requests, the oldest first, with secrets redacted. [`SandboxBuilder::log`] says how many are kept.
    pub fn request_log(&self) -> Vec<LoggedRequest> {
        self.shared.log.entries()
    }

    /// Empties the request log.
    pub fn clear_request_log(&self) {
        self.shared.log.clear();
    }

    /// The time by the sandbox's clock.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Sets the clock, forward or back, to a time from 1970 to 9999; other times are clamped.
    pub fn set_time(&self, now: DateTime<Utc>) {
        self.shared.clock.set(now);
        self.shared.changed();
    }

    /// Advances the clock, to the end of the year 9999 at most. Tokens expire by
    /// it, and rate limits count it as passed time.
    pub fn advance(&self, by: Duration) {
        self.shared.clock.advance(by);
        self.shared.changed();
    }

    /// Adds a fault.
    ///
    /// # Errors
    /// If the fault names an unknown operation or service, or a value is out of range.
    pub fn add_fault(&self, fault: Fault) -> Result<(), FaultError> {
        fault.check()?;
        self.shared.faults.add(fault);
        Ok(())
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        self.shared.faults.remove(None);
    }

    /// An access token of Genesys with these permissions and the lifetime of [`SandboxBuilder::token_lifetime`]. It belongs
    /// to a program; for the token of a person, sign in.
    pub fn access_token(&self, permissions: Permissions) -> String {
        self.shared.changed();
        self.shared.login.mint(permissions, None, None).access_token
    }

    /// Adds an OAuth client, or replaces the one of its id.
    pub fn add_oauth_client(&self, client: OAuthClient) {
        self.shared.login.add(client);
        self.shared.changed();
    }

    /// Expires every issued access token. [`Credentials::genesys_token`] stays valid.
    pub fn expire_tokens(&self) {
        self.shared.login.expire_all();
        self.shared.changed();
    }

    /// Discards every change to the services, tokens included. Time, faults and the request log are kept.
    ///
    /// # Errors
    /// If a service cannot restore its initial state, which is a bug of the sandbox.
    pub fn reset(&self) -> Result<(), StateError> {
        self.shared.reset()
    }

    /// All changes since the start, and the time, as JSON: the content of a state file. It has what was sent, tokens
    /// included. Its structure is not stable; keep it, compare it, and [restore](Self::restore) it.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use rosterkit_sandbox::{Permissions, Sandbox};
    ///
    /// let sandbox = Sandbox::builder().users(3).start().await?;
    /// let before = sandbox.state()?;
    /// sandbox.access_token(Permissions::all());
    /// assert_ne!(sandbox.state()?, before);
    /// sandbox.restore(&before)?;
    /// assert_eq!(sandbox.state()?, before);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If a service cannot write its state as JSON, which is a bug of the sandbox.
    pub fn state(&self) -> Result<Value, StateError> {
        serde_json::to_value(self.shared.snapshot()?).map_err(StateError::Unwritable)
    }

    /// Restores a [`state`](Self::state) of this sandbox, or of another one with the same people.
    ///
    /// # Errors
    /// If it does not match this sandbox; then nothing is changed.
    pub fn restore(&self, state: &Value) -> Result<(), StateError> {
        let text = serde_json::to_vec(state).map_err(StateError::Unwritable)?;
        let people = &self.shared.people;
        self.shared.restore(Snapshot::parse(&text, people.seed, people.count)?)
    }

    /// Writes the [state file](SandboxBuilder::state_file) now.
    ///
    /// # Errors
    /// If there is none, or it cannot be written; its previous content is kept then.
    pub fn save(&self) -> Result<(), StateError> {
        self.shared.save()
    }

    /// Stops the sandbox: the port closes immediately, and in-flight requests have two seconds to finish. Then the state
    /// file is written, if there is one; [`close`](Self::close) reports an error.
    pub async fn stop(self) {
        drop(self.close().await);
    }

    /// Stops the sandbox like [`stop`](Self::stop).
    ///
    /// # Errors
    /// If the state file could not be written. The sandbox has stopped nevertheless.
    pub async fn close(self) -> Result<(), StateError> {
        self.server.stop().await;
        self.shared.save_changes()
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
