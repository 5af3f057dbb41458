//! The clients whose calls meet the faults, and those that look at what came of it.

use std::time::Duration;

use rosterkit_core::oauth::TokenSource;
use rosterkit_core::{Backoff, RateLimit, RetryPolicy, TransportBuilder};
use rosterkit_sandbox::Sandbox;

/// The clients of the three services.
#[derive(Clone)]
pub struct Clients {
    pub genesys: genesys_users::Client,
    pub lms: peoplefluent_lms::Client,
    pub sessions: session_clusters::Client,
}

impl Clients {
    /// Clients whose waits are short, and which sign in.
    pub fn of_callers(sandbox: &Sandbox, attempt: Duration) -> Self {
        let accepted = sandbox.credentials();
        let policy = RetryPolicy::default()
            .with_backoff(Backoff::new(Duration::from_millis(2), 2.0, Duration::from_millis(10)))
            .with_conflict_step(Duration::from_millis(1));
        let settings = |it: TransportBuilder| it.retry(policy.clone()).timeout(attempt);
        let (id, secret) = (accepted.genesys_client_id, accepted.genesys_client_secret);
        let tokens = TokenSource::client_credentials(id, secret).failure_pause(Duration::from_millis(1));
        let genesys = genesys_users::Client::builder().gateway(sandbox.base_url(), "/genesys", "/login").oauth(tokens);
        Self::new(sandbox, genesys, settings)
    }

    /// Clients for the look at what is there, which nothing hurries.
    pub fn of_observer(sandbox: &Sandbox) -> Self {
        let token = sandbox.credentials().genesys_token;
        let genesys = genesys_users::Client::builder().base_url(sandbox.genesys_url()).bearer(token);
        Self::new(sandbox, genesys, |it| it)
    }

    fn new(
        sandbox: &Sandbox,
        genesys: genesys_users::ClientBuilder,
        settings: impl Fn(TransportBuilder) -> TransportBuilder,
    ) -> Self {
        let accepted = sandbox.credentials();
        let lms = peoplefluent_lms::Client::builder()
            .base_url(sandbox.lms_url())
            .user(accepted.lms_user, accepted.lms_password)
            .system_key(accepted.lms_system_key);
        let sessions =
            session_clusters::Client::builder().base_url(sandbox.sessions_url()).api_key(accepted.session_key);
        let settings = |it: TransportBuilder| settings(it.no_proxy("*"));
        Self {
            genesys: genesys.rate_limit(RateLimit::unlimited()).transport(settings).build().expect("a client"),
            lms: lms.transport(settings).build().expect("a client"),
            sessions: sessions.transport(settings).build().expect("a client"),
        }
    }
}
