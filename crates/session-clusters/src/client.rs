//! The client and its builder.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use rosterkit_core::environment::{Reader, SESSIONS_ADDRESS, SESSIONS_KEY, SESSIONS_KEY_HEADER};
use rosterkit_core::{CallOptions, Credential, Error, SecretString, Transport, TransportBuilder};
use serde_json::Value;

use crate::generated;
use crate::types::UserRef;

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
    pub(crate) deactivate_body: Option<DeactivateBody>,
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            transport: Transport::builder().base_url(DEFAULT_BASE_URL),
            header: DEFAULT_HEADER.to_owned(),
            key: None,
            deactivate_body: None,
        }
    }

    /// Builds a client from environment variables; see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// `ErrorKind::Configuration` if variables are missing or invalid. The message names them.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Every operation, one method each. The other methods are shortcuts for it.
    pub fn api(&self) -> &generated::Client {
        &self.api
    }

    /// A client with options for all of its calls, for methods without options of their own: listings and batches. The
    /// options of a call take precedence. Connections are shared with this client, which is not changed.
    ///
    /// ```no_run
    /// use session_clusters::{CallOptions, RetryPolicy};
    ///
    /// # fn show(client: &session_clusters::Client) {
    /// let nightly = client.with_options(
    ///     CallOptions::new().retry(RetryPolicy::default().with_attempts(8)).request_id("nightly-sync"),
    /// );
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self {
            api: generated::Client::new(self.api.transport().with_options(options)),
            deactivate_body: self.deactivate_body.clone(),
        }
    }
}

/// Makes the body of a deactivation, in place of the inferred one.
#[derive(Clone)]
pub(crate) struct DeactivateBody(pub(crate) Arc<MakeBody>);

type MakeBody = dyn Fn(&[UserRef]) -> Value + Send + Sync;

impl fmt::Debug for DeactivateBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DeactivateBody")
    }
}

/// Settings of a [`Client`].
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    transport: TransportBuilder,
    header: String,
    key: Option<SecretString>,
    deactivate_body: Option<DeactivateBody>,
}

/// Hides the key, and the name of its header, since the two are easily mixed up.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("transport", &self.transport)
            .field("deactivate_body", &self.deactivate_body)
            .finish_non_exhaustive()
    }
}

impl ClientBuilder {
    /// Reads the settings from environment variables. The command line `rosterkit` reads the same variables.
    ///
    /// | variable | meaning |
    /// | --- | --- |
    /// | `SESSIONS_API_KEY` | the organization's server key; required |
    /// | `SESSIONS_API_KEY_HEADER` | the header that carries the key; default `x-api-key` |
    /// | `SESSIONS_BASE_URL` | the service's URL; default `https://account-api.sparkwise.co` |
    ///
    /// An empty variable counts as not set. Settings that are made on the builder afterwards take precedence.
    ///
    /// # Errors
    /// `ErrorKind::Configuration` if the key is missing or a variable is not UTF-8. The message names these variables, and no
    /// value.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let mut environment = Reader::new(lookup);
        let mut builder = Client::builder();
        for (_, url) in environment.optional(&SESSIONS_ADDRESS) {
            builder = builder.base_url(url);
        }
        for (_, key) in environment.required(&SESSIONS_KEY) {
            builder = builder.api_key(key);
        }
        for (_, header) in environment.optional(&SESSIONS_KEY_HEADER) {
            builder = builder.api_key_header(header);
        }
        environment.finish().map(|()| builder)
    }

    /// Sets the service's URL. Default: `https://account-api.sparkwise.co`.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.transport(|transport| transport.base_url(url))
    }

    /// Authenticates with the organization's server key.
    pub fn api_key(mut self, key: impl Into<SecretString>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets the header that carries the key. Default: `x-api-key`, which is inferred.
    pub fn api_key_header(mut self, header: impl Into<String>) -> Self {
        self.header = header.into();
        self
    }

    /// Sets a function that makes the body of a deactivation from its 1 to 200 users. Default:
    /// `{"users": [{"remoteId": …}, …]}`, which is inferred. It applies to [`Client::deactivate_users`], not to the generated
    /// call.
    ///
    /// ```
    /// # use serde_json::json;
    /// let builder = session_clusters::Client::builder()
    ///     .transport(|transport| transport.override_path("batchDeactivateUsers", "/v2/users/deactivate"))
    ///     .deactivate_body(|users| json!({ "remoteIds": users.iter().map(|user| &user.remote_id).collect::<Vec<_>>() }));
    /// ```
    pub fn deactivate_body(mut self, body: impl Fn(&[UserRef]) -> Value + Send + Sync + 'static) -> Self {
        self.deactivate_body = Some(DeactivateBody(Arc::new(body)));
        self
    }

    /// Changes settings of the transport: timeouts, user agent, paths of operations, the HTTP client.
    pub fn transport(mut self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        self.transport = change(self.transport);
        self
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// `ErrorKind::Configuration` if a setting is invalid; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        let mut transport = self.transport;
        if let Some(key) = self.key {
            transport = transport.credential(SERVER_API_KEY, Credential::api_key(self.header, key));
        }
        let api = generated::Client::new(transport.operations(generated::operations::ALL).build()?);
        Ok(Client { api, deactivate_body: self.deactivate_body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_makes_a_client_or_an_error_that_names_the_variable() {
        let variables = [("SESSIONS_API_KEY", "k"), ("SESSIONS_BASE_URL", "https://sessions.example.com/")];
        let lookup = |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into());
        let client = ClientBuilder::from_lookup(lookup).and_then(ClientBuilder::build).expect("a client");
        assert_eq!(client.api().transport().base_url().trim_end_matches('/'), "https://sessions.example.com");
        let error = ClientBuilder::from_lookup(|_| None).expect_err("no key");
        assert!(error.to_string().contains("`SESSIONS_API_KEY`"), "{error}");
    }
}
