//! The client and its builder.

use rosterkit_core::{Credential, Error, SecretString, Transport, TransportBuilder};

use crate::generated;

/// Security scheme of the API, as the spec names it.
const SERVER_API_KEY: &str = "ServerApiKey";
/// Header that carries the key (inferred).
const DEFAULT_HEADER: &str = "x-api-key";
/// The service's published server.
const DEFAULT_BASE_URL: &str = "https://account-api.sparkwise.co";

/// Client for the session-cluster sync API. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    api: generated::Client,
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            transport: Transport::builder().base_url(DEFAULT_BASE_URL),
            header: DEFAULT_HEADER.to_owned(),
            key: None,
        }
    }

    /// Every operation, one method each.
    pub fn api(&self) -> &generated::Client {
        &self.api
    }
}

/// Settings of a [`Client`].
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    transport: TransportBuilder,
    header: String,
    key: Option<SecretString>,
}

impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("transport", &self.transport)
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Sets the service's URL. Default: `https://account-api.sparkwise.co`.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.transport(|transport| transport.base_url(url))
    }

    /// Authenticates with the organisation's server key.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the header that carries the key. Default: `x-api-key`, which is inferred.
    pub fn api_key_header(mut self, header: impl Into<String>) -> Self {
        self.header = header.into();
        self
    }

    /// Changes whatever the transport offers: timeouts, user agent, paths of operations, the HTTP client.
    pub fn transport(mut self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        self.transport = change(self.transport);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// `ErrorKind::Configuration` when a setting is not valid; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        let mut transport = self.transport;
        if let Some(key) = self.key {
            transport = transport.credential(SERVER_API_KEY, Credential::api_key(self.header, key));
        }
        Ok(Client { api: generated::Client::new(transport.build()?) })
    }
}
