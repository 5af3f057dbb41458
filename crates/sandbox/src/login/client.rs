//! OAuth clients.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Permissions;

/// An OAuth client of a sandbox, in addition to those of [`Credentials`](crate::Credentials).
///
/// ```
/// use rosterkit_sandbox::{OAuthClient, Permissions};
///
/// let reader = OAuthClient::new("reader", "reader-secret")
///     .permissions(Permissions::only(["directory:user:view"]))
///     .redirect_uri("http://localhost:8085/callback");
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuthClient {
    pub(crate) id: String,
    /// `None` for a public client.
    #[serde(default)]
    pub(super) secret: Option<String>,
    #[serde(default = "Permissions::all")]
    pub(super) permissions: Permissions,
    /// Accepted redirect URIs; empty for any.
    #[serde(default)]
    pub(super) redirect_uris: Vec<String>,
}

impl OAuthClient {
    /// A client with a secret, every permission and any redirect URI.
    pub fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { secret: Some(secret.into()), ..Self::public(id) }
    }

    /// A client without a secret, for PKCE, with every permission and any redirect URI.
    pub fn public(id: impl Into<String>) -> Self {
        Self { id: id.into(), secret: None, permissions: Permissions::all(), redirect_uris: Vec::new() }
    }

    /// Sets the permissions of its tokens. Default: all.
    pub fn permissions(self, permissions: Permissions) -> Self {
        Self { permissions, ..self }
    }

    /// Adds a redirect URI; only added ones are accepted then. Default: any.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    pub(super) fn redirects_to(&self, uri: &str) -> bool {
        self.redirect_uris.is_empty() || self.redirect_uris.iter().any(|known| known == uri)
    }
}

/// Shows the id only.
impl fmt::Debug for OAuthClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OAuthClient").field("id", &self.id).finish_non_exhaustive()
    }
}
