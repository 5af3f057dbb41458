//! The client and its builder.

use rosterkit_core::{Credential, Error, SecretString, Transport, TransportBuilder};

use crate::generated;

/// Security scheme of the API, as the spec names it.
const OAUTH: &str = "oauth";
/// API host of the region `us-east-1`.
const DEFAULT_BASE_URL: &str = "https://api.mypurecloud.com";

/// Client for the Genesys Cloud Users API. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    api: generated::Client,
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { transport: Transport::builder().base_url(DEFAULT_BASE_URL) }
    }

    /// Every operation, one method each.
    pub fn api(&self) -> &generated::Client {
        &self.api
    }
}

/// Settings of a [`Client`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    transport: TransportBuilder,
}

impl ClientBuilder {
    /// Sets the API host, with the path prefix of a gateway if there is one. Default: `https://api.mypurecloud.com`.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.transport(|transport| transport.base_url(url))
    }

    /// Authenticates with an OAuth access token.
    pub fn bearer(self, token: impl Into<SecretString>) -> Self {
        self.transport(|transport| transport.credential(OAUTH, Credential::bearer(token)))
    }

    /// Changes whatever the transport offers: timeouts, user agent, paths of operations, the HTTP client.
    pub fn transport(self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        Self { transport: change(self.transport) }
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// `ErrorKind::Configuration` when a setting is not valid; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client { api: generated::Client::new(self.transport.build()?) })
    }
}
