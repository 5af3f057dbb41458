//! The client and its builder.

use rosterkit_core::{Credential, Error, SecretString, Transport, TransportBuilder};

use crate::generated;

/// Security schemes of the API, as the spec names them.
const USER_BASIC: &str = "userBasic";
const USER_BEARER: &str = "userBearer";
const SYSTEM_KEY: &str = "systemKey";
/// The site ignores the user name beside a system key, but refuses an empty one.
const SYSTEM_USER: &str = "system";

/// Client for one PeopleFluent LMS site. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    api: generated::Client,
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder { transport: Transport::builder() }
    }

    /// Every function, one method each.
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
    /// Sets the site's URL with its context path, for example `https://www.example.com/ekp/`. Required; the trailing
    /// slash makes no difference.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.transport(|transport| transport.base_url(url))
    }

    /// Authenticates functions that need a user with the user's id and password.
    pub fn user(self, id: impl Into<String>, password: impl Into<SecretString>) -> Self {
        self.transport(|transport| transport.credential(USER_BASIC, Credential::basic(id, password)))
    }

    /// Authenticates functions that need a user with an OAuth access token. A user's id and password go first.
    pub fn bearer(self, token: impl Into<SecretString>) -> Self {
        self.transport(|transport| transport.credential(USER_BEARER, Credential::bearer(token)))
    }

    /// Authenticates system functions, such as the bulk files, with the site's system key.
    pub fn system_key(self, key: impl Into<SecretString>) -> Self {
        self.transport(|transport| transport.credential(SYSTEM_KEY, Credential::basic(SYSTEM_USER, key)))
    }

    /// Changes whatever the transport offers: timeouts, user agent, paths of operations, the HTTP client.
    pub fn transport(self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        Self { transport: change(self.transport) }
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// `ErrorKind::Configuration` when the site's URL is missing or a setting is not valid; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client { api: generated::Client::new(self.transport.build()?) })
    }
}
