//! An access token as its owner may store it.

use chrono::{DateTime, Utc};
use secrecy::SecretString;

use crate::Credential;

/// An access token with what is needed to renew it.
///
/// ```
/// use rosterkit_core::oauth::Token;
///
/// let stored = Token::new("an access token").with_refresh_token("a refresh token");
/// assert!(!format!("{stored:?}").contains("an access token"));
/// ```
#[derive(Clone, Debug)]
pub struct Token {
    access_token: SecretString,
    refresh_token: Option<SecretString>,
    expires_at: Option<DateTime<Utc>>,
    scope: Option<String>,
}

impl Token {
    /// A token that is valid until the service rejects it.
    pub fn new(access_token: impl Into<SecretString>) -> Self {
        Self { access_token: access_token.into(), refresh_token: None, expires_at: None, scope: None }
    }

    /// Sets the refresh token.
    pub fn with_refresh_token(mut self, refresh_token: impl Into<SecretString>) -> Self {
        self.refresh_token = Some(refresh_token.into());
        self
    }

    /// Sets the end of the token's lifetime.
    pub fn with_expires_at(mut self, expires_at: DateTime<Utc>) -> Self {
        self.expires_at = Some(expires_at);
        self
    }

    /// Sets the scopes, separated by spaces.
    pub fn with_scope(mut self, scope: impl Into<String>) -> Self {
        self.scope = Some(scope.into());
        self
    }

    /// The access token.
    pub fn access_token(&self) -> &SecretString {
        &self.access_token
    }

    /// The refresh token.
    pub fn refresh_token(&self) -> Option<&SecretString> {
        self.refresh_token.as_ref()
    }

    /// The end of the token's lifetime. `None` if it is not known.
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.expires_at
    }

    /// The scopes that the login says the token has, separated by spaces. `None` if it says nothing: then the scopes of the
    /// OAuth client apply.
    pub fn scope(&self) -> Option<&str> {
        self.scope.as_deref()
    }

    pub(super) fn to_credential(&self) -> Credential {
        Credential::Bearer(self.access_token.clone())
    }
}
