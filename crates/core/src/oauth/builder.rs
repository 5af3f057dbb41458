//! The settings of a token source, checked together when it is built.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use chrono::Utc;
use secrecy::ExposeSecret as _;
use tokio::time::Instant;

use super::grant::{Client, Grant};
use super::login_url::Login;
use super::renewal::{Current, TokenState};
use super::source::{Hook, Inner};
use super::{Token, TokenSource};
use crate::{Error, SecretString};

/// Builds a [`TokenSource`].
///
/// | setting | default |
/// | --- | --- |
/// | [`login_url`](Self::login_url), [`login_path`](Self::login_path) | the API host with `login.` in place of `api.` |
/// | [`renew_before`](Self::renew_before) | 60 s |
/// | [`failure_pause`](Self::failure_pause) | 1 s |
/// | [`timeout`](Self::timeout) | half the transport's time limit for a call |
/// | [`initial_token`](Self::initial_token), [`on_token`](Self::on_token) | none |
#[must_use]
pub struct TokenSourceBuilder {
    client: Client,
    grant: Grant,
    refresh_token: Option<SecretString>,
    login: Result<Login, Error>,
    initial: Option<Token>,
    margin: Duration,
    failure_pause: Duration,
    timeout: Option<Duration>,
    on_token: Option<Hook>,
}

impl TokenSourceBuilder {
    pub(super) fn new(client: Client, grant: Grant, refresh_token: Option<SecretString>) -> Self {
        Self {
            client,
            grant,
            refresh_token,
            login: Ok(Login::OfApiHost),
            initial: None,
            margin: Duration::from_secs(60),
            failure_pause: Duration::from_secs(1),
            timeout: None,
            on_token: None,
        }
    }

    /// Sets the address of the login service, `http` or `https`. Tokens are requested at `/oauth/token` below it.
    pub fn login_url(mut self, url: impl AsRef<str>) -> Self {
        self.login = Login::at(url.as_ref());
        self
    }

    /// Says that the API host is a gateway to the login service too, at this path: with `/genesys-login` and an API at
    /// `https://gateway.example.com/genesys-api`, tokens come from
    /// `https://gateway.example.com/genesys-login/oauth/token`.
    pub fn login_path(mut self, path: impl AsRef<str>) -> Self {
        self.login = Login::gateway_path(path.as_ref());
        self
    }

    /// Sets a token to begin with, such as one that [`on_token`](Self::on_token) stored. It is used until it expires or
    /// is rejected; its refresh token, if it has one, is used to renew it.
    pub fn initial_token(mut self, token: Token) -> Self {
        self.initial = Some(token);
        self
    }

    /// Sets how long before the end of its lifetime a token is renewed, but at most half of the lifetime.
    pub fn renew_before(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// Sets for how long a failed renewal is repeated from memory before the next token request. `Retry-After` of the
    /// login makes it longer, up to a minute.
    ///
    /// A refusal because the login is asked too often (status 400 with a text about the rate) is not a failure yet: the
    /// request is sent again after this pause, then after twice as long and so on, for up to a minute.
    pub fn failure_pause(mut self, pause: Duration) -> Self {
        self.failure_pause = pause;
        self
    }

    /// Sets the time limit of a token request. Callers that wait for it give up after their own limit.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Sets a function that sees each new token before it is used: to store it, so that a later run can begin with it.
    /// Tokens come one after the other. All callers wait while it runs, so it must not block for long. If it panics, that
    /// is logged as an error, and the token is used nevertheless.
    pub fn on_token(mut self, hook: impl Fn(&Token) + Send + Sync + 'static) -> Self {
        self.on_token = Some(Box::new(hook));
        self
    }

    /// Checks the settings and builds the source. Nothing is sent.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if a setting is missing or wrong.
    pub fn build(self) -> Result<TokenSource, Error> {
        self.grant.check(&self.client)?;
        let mut refresh_token = self.refresh_token;
        if let Some(Err(problem)) = self.initial.as_ref().map(|token| token.to_credential().to_header()) {
            return Err(Error::configuration(format!("the initial token: {problem}")));
        }
        let current = self.initial.map(|token| {
            if let Some(newer) = token.refresh_token() {
                refresh_token = Some(newer.clone());
            }
            let rest = token.expires_at().map(|end| (end - Utc::now()).to_std().unwrap_or_default());
            Current::new(token, Instant::now(), rest, self.margin)
        });
        let is_given = refresh_token.as_ref().is_some_and(|token| !token.expose_secret().is_empty());
        if matches!(self.grant, Grant::Refresh) && !is_given {
            return Err(Error::configuration("the refresh token grant needs a refresh token"));
        }
        let state = TokenState { current, refresh_token, ..TokenState::default() };
        Ok(TokenSource(Arc::new(Inner {
            client: self.client,
            grant: self.grant,
            login: self.login?,
            margin: self.margin,
            failure_pause: self.failure_pause,
            timeout: self.timeout,
            on_token: self.on_token,
            endpoint: OnceLock::new(),
            state: Mutex::new(state),
        })))
    }
}

/// Shows the grant.
impl fmt::Debug for TokenSourceBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenSourceBuilder").field("grant", &self.grant.name()).finish_non_exhaustive()
    }
}
