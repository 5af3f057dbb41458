//! The login of Genesys Cloud: OAuth clients and access tokens.
//!
//! | path below [`login_url`](crate::Sandbox::login_url) | what it does |
//! | --- | --- |
//! | `POST /oauth/token` | the five grants: client credentials, authorization code, PKCE, refresh token, SAML2 bearer |
//! | `GET /oauth/authorize` | signs a user in without interaction, and redirects with a code |
//!
//! Active users of Genesys can sign in, created ones included. The tokens of a user end when the user is deleted. Tokens
//! expire on the sandbox's clock. A code can be used once within ten minutes. A refresh token can be used once, since the
//! response has its successor. Errors are `{error, error_description}`, as in RFC 6749.

mod authorize;
mod client;
mod endpoint;
mod permissions;
mod saml;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::client::OAuthClient;
pub(crate) use self::endpoint::LoginEndpoint;
pub use self::permissions::Permissions;
pub(crate) use self::token::describe;
use crate::clock::Clock;
use crate::counter::Counter;
use crate::credentials::SANDBOX;
use crate::http::Incoming;
use crate::people::People;
use crate::random::Draw;

/// The lifetime of a code.
const CODE_LIFETIME: Duration = Duration::from_secs(600);

/// Who can sign in: the current users.
pub(crate) trait Directory: Send + Sync {
    /// The active user with an e-mail address, by index.
    fn by_email(&self, email: &str) -> Option<u64>;

    /// Whether the user of an index is active.
    fn is_active(&self, user: u64) -> bool;
}

/// Clients, tokens and codes.
pub(crate) struct Login {
    people: People,
    directory: Arc<dyn Directory>,
    clock: Arc<Clock>,
    /// The lifetime of an access token.
    lifetime: Duration,
    /// The clients from the start of the sandbox.
    clients: Vec<OAuthClient>,
    state: Mutex<State>,
}

/// Issued tokens and codes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct State {
    /// Clients that were added since the start, by id.
    clients: BTreeMap<String, OAuthClient>,
    tokens: BTreeMap<String, Grant>,
    refresh_tokens: BTreeMap<String, Grant>,
    codes: BTreeMap<String, Code>,
    issued: Counter,
}

/// The rights of a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// The client, by id.
    pub(crate) client: String,
    pub(crate) permissions: Permissions,
    /// The user who signed in, by index; `None` for the token of a program.
    pub(crate) person: Option<u64>,
    /// Seconds since 1970; `None` for a token that does not expire.
    expires: Option<i64>,
}

/// An authorization code that has not been used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Code {
    grant: Grant,
    redirect_uri: String,
    /// The expected hash of the PKCE verifier.
    challenge: Option<String>,
}

/// An access token with its properties.
#[derive(Debug)]
pub(crate) struct Issued {
    pub(crate) access_token: String,
    pub(crate) refresh_token: Option<String>,
    pub(crate) lifetime: Duration,
}

impl Login {
    pub(crate) fn new(
        people: People,
        directory: Arc<dyn Directory>,
        clock: Arc<Clock>,
        lifetime: Duration,
        mut clients: Vec<OAuthClient>,
    ) -> Self {
        clients.push(OAuthClient::new(SANDBOX.genesys_client_id, SANDBOX.genesys_client_secret));
        clients.push(OAuthClient::public(SANDBOX.genesys_public_client_id));
        Self { people, directory, clock, lifetime, clients, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The active user with an e-mail address, by index.
    pub(crate) fn user(&self, email: &str) -> Option<u64> {
        self.directory.by_email(email)
    }

    /// Whether the user of a grant, if it has one, can still sign in.
    fn is_welcome(&self, grant: &Grant) -> bool {
        grant.person.is_none_or(|person| self.directory.is_active(person))
    }

    /// The rights of the access token of a request, if the token is known and not expired, and its user is active.
    pub(crate) fn grant(&self, headers: &HeaderMap) -> Option<Grant> {
        let token = Incoming::authorization(headers, "Bearer")?;
        if token == SANDBOX.genesys_token {
            // Without sample people, the first user of a file.
            let person = (self.people.count > 0 || self.directory.is_active(0)).then_some(0);
            return Some(Grant { client: String::new(), permissions: Permissions::all(), person, expires: None });
        }
        let grant = self.state().tokens.get(token).filter(|grant| grant.is_valid(self.now())).cloned();
        grant.filter(|grant| self.is_welcome(grant))
    }

    /// Seconds since 1970.
    fn now(&self) -> i64 {
        self.clock.now().timestamp()
    }

    /// The end of a lifetime that begins now.
    fn ends(&self, lifetime: Duration) -> i64 {
        self.now().saturating_add(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX))
    }

    fn client(&self, id: &str) -> Option<OAuthClient> {
        let added = self.state().clients.get(id).cloned();
        added.or_else(|| self.clients.iter().find(|client| client.id == id).cloned())
    }

    /// Adds a client, or replaces the one of its id.
    pub(crate) fn add(&self, client: OAuthClient) {
        self.state().clients.insert(client.id.clone(), client);
    }

    /// The ids of all clients.
    pub(crate) fn client_ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.clients.iter().map(|client| client.id.clone()).collect();
        ids.extend(self.state().clients.keys().cloned());
        ids.sort();
        ids.dedup();
        ids
    }

    /// Issues a token without a grant, for tests.
    pub(crate) fn mint(&self, permissions: Permissions, person: Option<u64>, lifetime: Option<Duration>) -> Issued {
        self.issue("", permissions, person, lifetime.unwrap_or(self.lifetime), false)
    }

    fn issue(
        &self,
        client: &str,
        permissions: Permissions,
        person: Option<u64>,
        lifetime: Duration,
        refreshable: bool,
    ) -> Issued {
        let grant = Grant { client: client.to_owned(), permissions, person, expires: Some(self.ends(lifetime)) };
        let now = self.now();
        let mut state = self.state();
        // Expired entries are removed, so that a sandbox can run for weeks.
        state.tokens.retain(|_, grant| grant.is_valid(now));
        state.codes.retain(|_, code| code.grant.is_valid(now));
        let access_token = state.text(self.people.seed, "access token");
        let refresh_token = refreshable.then(|| state.text(self.people.seed, "refresh token"));
        if let Some(refresh_token) = &refresh_token {
            let unending = Grant { expires: None, ..grant.clone() };
            state.refresh_tokens.insert(refresh_token.clone(), unending);
        }
        state.tokens.insert(access_token.clone(), grant);
        Issued { access_token, refresh_token, lifetime }
    }

    pub(crate) fn save(&self) -> serde_json::Result<Value> {
        serde_json::to_value(&*self.state())
    }

    pub(crate) fn load(&self, state: Value) -> serde_json::Result<()> {
        *self.state() = serde_json::from_value(state)?;
        Ok(())
    }

    /// Expires every issued access token, except the fixed one.
    pub(crate) fn expire_all(&self) {
        self.state().tokens.clear();
    }
}

impl State {
    /// A new token or code: not guessable by accident, and the same in every run.
    fn text(&mut self, seed: u64, purpose: &str) -> String {
        let mut draw = Draw::new(seed, purpose, self.issued.next().into());
        format!("sandbox-{:016x}{:016x}", draw.next(), draw.next())
    }
}

impl Grant {
    fn is_valid(&self, now: i64) -> bool {
        self.expires.is_none_or(|expires| now < expires)
    }
}
