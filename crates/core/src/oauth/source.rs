//! A token that many callers share.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use secrecy::SecretString;
use tokio::time::Instant;

use super::endpoint::Endpoint;
use super::error::TokenError;
use super::grant::{self, Client, Form, Grant};
use super::login_url::Login;
use super::renewal::{Current, Renewal, TokenState};
use super::token_response::Issued;
use super::{Pkce, Token, TokenSourceBuilder};
use crate::{Connection, Credential, CredentialSource, Error};

/// The longest pause that a login's `Retry-After` can ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// For how long a request is sent again that the login refuses because it is asked too often.
const LONGEST_RETRY: Duration = Duration::from_secs(60);
/// The first pause before that, at least.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);

/// Access tokens from an OAuth 2 login. Clones share the token; see the [module](super) for how it is renewed.
#[derive(Clone)]
pub struct TokenSource(pub(super) Arc<Inner>);

pub(super) type Hook = Box<dyn Fn(&Token) + Send + Sync>;

pub(super) struct Inner {
    pub client: Client,
    pub grant: Grant,
    pub login: Login,
    pub margin: Duration,
    pub failure_pause: Duration,
    pub timeout: Option<Duration>,
    pub on_token: Option<Hook>,
    /// Known from the first transport on.
    pub endpoint: OnceLock<Endpoint>,
    pub state: Mutex<TokenState>,
}

impl TokenSource {
    /// The client credentials grant: the program acts for itself.
    pub fn client_credentials(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
    ) -> TokenSourceBuilder {
        TokenSourceBuilder::new(confidential(client_id, client_secret), Grant::ClientCredentials, None)
    }

    /// The authorization code grant: a user signed in, and the login gave a code to the redirect URI. See
    /// [`SignIn::authorization_code`](super::SignIn::authorization_code).
    pub fn authorization_code(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        code: impl Into<SecretString>,
        redirect_uri: impl Into<String>,
    ) -> TokenSourceBuilder {
        let grant = Grant::AuthorizationCode { code: code.into(), redirect_uri: redirect_uri.into() };
        TokenSourceBuilder::new(confidential(client_id, client_secret), grant, None)
    }

    /// The authorization code grant with PKCE, for programs that can keep no secret. See
    /// [`SignIn::pkce`](super::SignIn::pkce).
    pub fn pkce(
        client_id: impl Into<String>,
        code: impl Into<SecretString>,
        redirect_uri: impl Into<String>,
        pkce: Pkce,
    ) -> TokenSourceBuilder {
        let grant = Grant::Pkce { code: code.into(), redirect_uri: redirect_uri.into(), pkce };
        TokenSourceBuilder::new(Client { id: client_id.into(), secret: None }, grant, None)
    }

    /// The refresh token grant: an earlier sign-in is carried on.
    pub fn refresh_token(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        refresh_token: impl Into<SecretString>,
    ) -> TokenSourceBuilder {
        TokenSourceBuilder::new(confidential(client_id, client_secret), Grant::Refresh, Some(refresh_token.into()))
    }

    /// The refresh token grant of a client without a secret, such as one that signed in with [PKCE](Self::pkce).
    pub fn public_refresh_token(
        client_id: impl Into<String>,
        refresh_token: impl Into<SecretString>,
    ) -> TokenSourceBuilder {
        let client = Client { id: client_id.into(), secret: None };
        TokenSourceBuilder::new(client, Grant::Refresh, Some(refresh_token.into()))
    }

    /// The SAML2 bearer grant: an identity provider's assertion, encoded as the login wants it (Base64), represents the
    /// user.
    pub fn saml2_bearer(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        org_name: impl Into<String>,
        assertion: impl Into<SecretString>,
    ) -> TokenSourceBuilder {
        let grant = Grant::Saml2Bearer { org_name: org_name.into(), assertion: assertion.into() };
        TokenSourceBuilder::new(confidential(client_id, client_secret), grant, None)
    }

    /// A valid token, requested or renewed if need be.
    ///
    /// # Errors
    /// [`Authentication`](crate::ErrorKind::Authentication) if none can be obtained, and
    /// [`Configuration`](crate::ErrorKind::Configuration) before the source was given to a transport.
    pub async fn token(&self) -> Result<Token, Error> {
        self.valid_token().await.map_err(|failure| failure.to_error())
    }

    /// The token that is in use, valid or not. `None` if none was requested yet.
    pub fn current_token(&self) -> Option<Token> {
        self.0.state().current.as_ref().map(|current| current.token.clone())
    }

    async fn valid_token(&self) -> Result<Token, TokenError> {
        let flight = {
            let mut state = self.0.state();
            let now = Instant::now();
            if let Some(token) = state.fresh(now) {
                return Ok(token);
            }
            if let Some(failure) = state.recent_failure(now) {
                return state.valid(now).ok_or(failure);
            }
            self.flight(&mut state)
        };
        match flight.await {
            Ok(token) => Ok(token),
            Err(failure) => self.0.state().valid(Instant::now()).ok_or(failure),
        }
    }

    /// The renewal in flight, or a new one. Nothing is sent before it is polled.
    fn flight(&self, state: &mut TokenState) -> Renewal {
        if let Some(flight) = state.flight.as_ref().and_then(|flight| flight.upgrade()) {
            return flight;
        }
        let inner = self.0.clone();
        let flight = async move {
            let started = Instant::now();
            let outcome = inner.request().await;
            inner.land(started, outcome)
        };
        let flight = flight.boxed().shared();
        state.flight = flight.downgrade();
        flight
    }
}

impl Inner {
    pub fn state(&self) -> MutexGuard<'_, TokenState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The request that gives the next token.
    fn form(&self, state: &TokenState) -> Option<Form> {
        if let Some(token) = state.refresh_token.as_ref().filter(|_| self.grant.takes_refresh_tokens()) {
            return Some(grant::refresh(&self.client, token));
        }
        self.grant.form(&self.client).filter(|_| !state.is_code_used)
    }

    async fn request(&self) -> Result<Issued, TokenError> {
        let form = self.form(&self.state()).ok_or_else(|| TokenError::not_renewable(self.grant.name()))?;
        let endpoint = self.endpoint.get().ok_or_else(TokenError::detached)?;
        let (began, mut pause) = (Instant::now(), self.failure_pause.max(SHORTEST_PAUSE));
        loop {
            let failure = match endpoint.request(&form).await {
                Err(failure) if failure.is_about_the_rate() => failure,
                result => return result,
            };
            let wait = failure.retry_after().filter(|asked| !asked.is_zero()).unwrap_or(pause);
            if began.elapsed().saturating_add(wait) > LONGEST_RETRY {
                return Err(failure);
            }
            tracing::debug!(delay = ?wait, "the login is asked too often");
            tokio::time::sleep(wait).await;
            pause = pause.saturating_mul(2);
        }
    }

    /// Stores what a renewal came to. Until then callers wait, so that tokens reach the hook one after the other.
    fn land(&self, started: Instant, outcome: Result<Issued, TokenError>) -> Result<Token, TokenError> {
        let outcome = outcome.map(|issued| {
            let lifetime = issued.lifetime;
            let token = self.token(issued);
            self.tell(&token);
            (token, lifetime)
        });
        let mut state = self.state();
        state.flight = None;
        match outcome {
            Ok((token, lifetime)) => {
                state.refresh_token = token.refresh_token().cloned();
                state.is_code_used = self.grant.is_code();
                state.failure = None;
                // The lifetime counts from before the request, so that its way back costs none of it.
                state.current = Some(Current::new(token.clone(), started, lifetime, self.margin));
                Ok(token)
            }
            Err(failure) => {
                tracing::warn!(status = failure.status(), cause = failure.cause(), "no access token");
                let asked = failure.retry_after().unwrap_or_default().min(LONGEST_PAUSE);
                let pause = if failure.is_local() { Duration::ZERO } else { self.failure_pause.max(asked) };
                state.failure = Instant::now().checked_add(pause).map(|until| (failure.clone(), until));
                Err(failure)
            }
        }
    }

    /// Shows a new token to the caller's function. A panic there would leave all who wait without a response, and lose a
    /// refresh token that the login gives once.
    fn tell(&self, token: &Token) {
        let Some(hook) = &self.on_token else { return };
        if catch_unwind(AssertUnwindSafe(|| hook(token))).is_err() {
            tracing::error!("the function that sees new tokens panicked; the token is used nevertheless");
        }
    }

    fn token(&self, issued: Issued) -> Token {
        let kept = || self.state().refresh_token.clone();
        let refresh_token = match self.grant.takes_refresh_tokens() {
            true => issued.refresh_token.or_else(kept),
            false => None,
        };
        let lifetime = issued.lifetime.and_then(|lifetime| TimeDelta::from_std(lifetime).ok());
        let expires_at = lifetime.and_then(|lifetime| Utc::now().checked_add_signed(lifetime));
        let token = Token::new(issued.access_token);
        let token = refresh_token.into_iter().fold(token, Token::with_refresh_token);
        let token = issued.scope.into_iter().fold(token, Token::with_scope);
        expires_at.into_iter().fold(token, Token::with_expires_at)
    }
}

impl CredentialSource for TokenSource {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        Box::pin(async move { Ok(self.token().await?.to_credential()) })
    }

    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async move {
            let Credential::Bearer(rejected) = credential else { return Ok(false) };
            {
                let mut state = self.0.state();
                let is_renewable = self.0.form(&state).is_some();
                if let Some(current) = state.current.as_mut().filter(|current| current.is(rejected)) {
                    // A 401 can have other reasons. A token that cannot be replaced stays in use.
                    if !is_renewable {
                        return Ok(false);
                    }
                    current.is_rejected = true;
                }
            }
            // An older token than the one in use was renewed already.
            self.token().await.map(|_| true)
        })
    }

    fn attach(&self, connection: &Connection) -> Result<(), Error> {
        let endpoint = Endpoint::new(&self.0.login, connection, self.0.timeout)?;
        let url = endpoint.url.clone();
        if self.0.endpoint.get_or_init(|| endpoint).url != url {
            let advice = "make a token source for each login";
            return Err(
                Error::configuration("the token source belongs to a client of another login").with_advice(advice)
            );
        }
        Ok(())
    }
}

fn confidential(client_id: impl Into<String>, client_secret: impl Into<SecretString>) -> Client {
    Client { id: client_id.into(), secret: Some(client_secret.into()) }
}

/// Shows the grant.
impl fmt::Debug for TokenSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenSource").field("grant", &self.0.grant.name()).finish_non_exhaustive()
    }
}
