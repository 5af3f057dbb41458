//! The client and its builder.

use std::ffi::OsString;

use futures_core::Stream;
use rosterkit_core::batch::Batch;
use rosterkit_core::environment::{Reader, SESSIONS_ADDRESS, SESSIONS_KEY, SESSIONS_KEY_HEADER};
use rosterkit_core::{CallOptions, Credential, Error, SecretString, Transport, TransportBuilder};
use serde_json::Value;

use crate::ListUsers;
use crate::batches::{self, DeactivateBody, Deactivated, Key};
use crate::generated;
use crate::types::{SessionUser, UserRef, UserTemplate};

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
    deactivate_body: Option<DeactivateBody>,
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

    /// Lists the users of the organization, probably including deactivated users.
    pub fn users(&self) -> ListUsers {
        ListUsers::new(&self.api)
    }

    /// Creates the users that do not exist yet and updates those that do, any number of them.
    ///
    /// It is one call of `api().batch_upsert_users()` for each 200 users, 4 at a time; [`Batch::size`] and
    /// [`Batch::concurrency`] change that. With a size above 200, a full chunk is not sent: its outcomes are "not sent", with
    /// an error of kind `InvalidRequest`.
    ///
    /// | outcome of a user | when |
    /// | --- | --- |
    /// | accepted, with the user as it is now | `data.success` names it |
    /// | rejected, with the service's reason | `data.failed` names it, or the response to its request says `success: false`, with a status of success or a 4xx other than 401, 408 and 429 |
    /// | not sent, with the error | its request did not reach the service, or the service refused it without such a response |
    /// | unknown, with the error | its request failed otherwise, or an attempt before the refusal may have taken effect, or the response does not name the user |
    ///
    /// A response names a user by `remoteId` or `id`; a user that was sent with neither is matched by name. Users with the same
    /// key are sent in separate requests, in their order.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let sandbox = rosterkit_sandbox::Sandbox::builder().start().await?;
    /// # let client = session_clusters::Client::builder()
    /// #     .base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;
    /// use session_clusters::batch::Outcome;
    /// use session_clusters::types::UserTemplate;
    ///
    /// let users = (0..500).map(|number| UserTemplate {
    ///     remote_id: Some(format!("person-{number}")),
    ///     first_name: Some("Ada".to_owned()),
    ///     last_name: Some(format!("Number {number}")),
    ///     ..UserTemplate::default()
    /// });
    /// let mut outcomes = client.upsert_users(users).ordered();
    /// while let Some(item) = outcomes.next().await {
    ///     match item.outcome {
    ///         Outcome::Accepted(_user) => {}
    ///         other => eprintln!("item {} is {}", item.index, other.name()),
    ///     }
    /// }
    /// assert_eq!(outcomes.counts().accepted, 500);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn upsert_users<'a>(
        &self,
        users: impl IntoIterator<Item = UserTemplate, IntoIter: Send + 'a>,
    ) -> Batch<'a, UserTemplate, SessionUser> {
        let api = self.api.clone();
        let send = move |users: &[UserTemplate]| batches::upsert(&api, users);
        let batch = Batch::of(users, send, batches::upserted).size(batches::MAX).rejection(batches::rejection);
        batch.keyed_by(Key::of_template)
    }

    /// [`upsert_users`](Self::upsert_users) for a stream, which is polled when a request needs users.
    pub fn upsert_user_stream<'a>(
        &self,
        users: impl Stream<Item = UserTemplate> + Send + 'a,
    ) -> Batch<'a, UserTemplate, SessionUser> {
        let api = self.api.clone();
        let send = move |users: &[UserTemplate]| batches::upsert(&api, users);
        let batch = Batch::of_stream(users, send, batches::upserted).size(batches::MAX).rejection(batches::rejection);
        batch.keyed_by(Key::of_template)
    }

    /// Deactivates any number of users, given by [`UserRef::by_remote_id`] or [`UserRef::by_id`]. The service probably keeps
    /// deactivated users.
    ///
    /// It is one call of `api().batch_deactivate_users()` for each 200 users, with the body that
    /// [`ClientBuilder::deactivate_body`] makes, if it is set. Size, concurrency and order are as in
    /// [`upsert_users`](Self::upsert_users).
    ///
    /// The response is not documented. If its `data` has `success` and `failed`, as in an upsert, each user has its own
    /// outcome. Otherwise, `success: true`, or a status of success without a body, accepts all users of the request, see
    /// [`Deactivated`]; `success: false` rejects them all with the service's reason. If the response says neither, all
    /// outcomes are unknown.
    pub fn deactivate_users<'a>(
        &self,
        users: impl IntoIterator<Item = UserRef, IntoIter: Send + 'a>,
    ) -> Batch<'a, UserRef, Deactivated> {
        let (api, body) = (self.api.clone(), self.deactivate_body.clone());
        let send = move |users: &[UserRef]| batches::deactivate(&api, body.as_ref(), users);
        let batch = Batch::of(users, send, batches::deactivated).size(batches::MAX).rejection(batches::rejection);
        batch.keyed_by(Key::of_reference)
    }

    /// [`deactivate_users`](Self::deactivate_users) for a stream, which is polled when a request needs users.
    pub fn deactivate_user_stream<'a>(
        &self,
        users: impl Stream<Item = UserRef> + Send + 'a,
    ) -> Batch<'a, UserRef, Deactivated> {
        let (api, body) = (self.api.clone(), self.deactivate_body.clone());
        let send = move |users: &[UserRef]| batches::deactivate(&api, body.as_ref(), users);
        let batch =
            Batch::of_stream(users, send, batches::deactivated).size(batches::MAX).rejection(batches::rejection);
        batch.keyed_by(Key::of_reference)
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
impl std::fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientBuilder")
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
        self.deactivate_body = Some(DeactivateBody::new(body));
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
