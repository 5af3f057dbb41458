//! The client and its builder.

use std::fmt;
use std::time::Duration;

use rosterkit_core::oauth::{TokenSource, TokenSourceBuilder};
use rosterkit_core::{
    CallOptions, Credential, Error, RateLimit, RetryPolicy, SecretString, Transport, TransportBuilder,
};

use crate::{Analytics, Development, Region, Roles, Routing, Users, environment, generated};

/// Security scheme of the API, as the spec names it.
const OAUTH: &str = "oauth";
/// What Genesys allows a token by default.
const REQUESTS_PER_MINUTE: u32 = 300;
/// Longer than the longest `Retry-After` that is obeyed, 180 s, and a second attempt. The core's own default would give up
/// a call that is asked to wait for the next minute's requests.
const RETRY_TOTAL: Duration = Duration::from_secs(240);

/// Client for the Genesys Cloud Users API. Clones share connections, the access token and the rate limit.
///
/// [`api`](Self::api) has every operation. The other methods are shorter ways to the ones that people use daily; each
/// says which operations it calls.
#[derive(Clone, Debug)]
pub struct Client {
    api: generated::Client,
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        ClientBuilder {
            transport: Transport::builder()
                .base_url(Region::UsEast1.api_url())
                .rate_limit(RateLimit::per_minute(REQUESTS_PER_MINUTE))
                .retry(RetryPolicy::default().with_total(RETRY_TOTAL)),
            tokens: None,
            login_path: None,
            problem: None,
        }
    }

    /// Makes a client from the environment; see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// `ErrorKind::Configuration` when variables are missing, wrong or contradict each other. The message names them.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Every operation, one method each.
    pub fn api(&self) -> &generated::Client {
        &self.api
    }

    /// A client with options for all of its calls, which the methods that make several calls have no place for: listings, batches and jobs.
    /// What a call sets itself goes first. Connections and the rate limit are shared with the original, which stays as it is.
    ///
    /// ```no_run
    /// use genesys_users::{CallOptions, RetryPolicy};
    ///
    /// # fn show(client: &genesys_users::Client) {
    /// let nightly = client.with_options(
    ///     CallOptions::new().retry(RetryPolicy::default().with_attempts(8)).request_id("nightly-sync"),
    /// );
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { api: generated::Client::new(self.api.transport().with_options(options)) }
    }

    /// List, search, read, create, change and delete users.
    pub fn users(&self) -> Users {
        Users::new(self.api.clone())
    }

    /// Routing skills, languages, queues and routing status of a user.
    pub fn routing(&self, user_id: impl Into<String>) -> Routing {
        Routing::new(self.api.clone(), user_id.into())
    }

    /// Analytics queries that run as jobs.
    pub fn analytics(&self) -> Analytics {
        Analytics::new(self.api.clone())
    }

    /// Development activities: learning assignments and coaching appointments.
    pub fn development(&self) -> Development {
        Development::new(self.api.clone())
    }

    /// Roles and grants of a subject: a user, a group or an OAuth client.
    pub fn roles(&self, subject_id: impl Into<String>) -> Roles {
        Roles::new(self.api.clone(), subject_id.into())
    }
}

/// Settings of a [`Client`].
///
/// | setting | default |
/// | --- | --- |
/// | [`region`](Self::region), [`base_url`](Self::base_url), [`gateway`](Self::gateway); the last one holds | `us-east-1` |
/// | [`bearer`](Self::bearer), [`client_credentials`](Self::client_credentials), [`oauth`](Self::oauth), [`token_source`](Self::token_source); the last one holds | none: calls fail before anything is sent |
/// | [`rate_limit`](Self::rate_limit) | 300 requests a minute |
/// | [`TransportBuilder::retry`] | 4 attempts within 240 s, so that a `Retry-After` of the service is waited for |
/// | everything else: [`transport`](Self::transport) | see [`TransportBuilder`] |
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    transport: TransportBuilder,
    /// Where access tokens come from. Finished last, since a gateway has a say in it.
    tokens: Option<TokenSourceBuilder>,
    login_path: Option<String>,
    /// Why the region cannot be used, unless another address was set after it.
    problem: Option<Error>,
}

impl ClientBuilder {
    /// Reads the settings from the environment, as the official SDKs name them:
    ///
    /// | variable | meaning |
    /// | --- | --- |
    /// | `GENESYSCLOUD_REGION` | the region, by name or by host |
    /// | `GENESYSCLOUD_OAUTHCLIENT_ID`, `GENESYSCLOUD_OAUTHCLIENT_SECRET` | the OAuth client, for the client credentials grant |
    /// | `GENESYSCLOUD_ACCESS_TOKEN` | an access token, instead of an OAuth client |
    ///
    /// An empty variable counts as missing. What is set on the builder afterwards takes precedence.
    ///
    /// # Errors
    /// `ErrorKind::Configuration` when the region is missing or not known, when there is neither a token nor a whole
    /// OAuth client, or when there are both. The message names all of the variables concerned, and no value.
    pub fn from_env() -> Result<Self, Error> {
        environment::read(|name| std::env::var_os(name))
    }

    /// Sets the region, by name (`eu-west-1`), by host (`mypurecloud.ie`, `https://api.mypurecloud.ie`), or as a
    /// [`Region`]. Building the client fails if there is no such region.
    ///
    /// ```
    /// use genesys_users::{Client, Region};
    ///
    /// let client = Client::builder().region("eu-west-1").bearer("access-token").build()?;
    /// let client = Client::builder().region(Region::EuWest1).bearer("access-token").build()?;
    /// # Ok::<(), genesys_users::Error>(())
    /// ```
    pub fn region(mut self, region: impl AsRef<str>) -> Self {
        match region.as_ref().parse::<Region>() {
            Ok(region) => return self.base_url(region.api_url()),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// Sets the API host by its address, where it is none of the regions.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        (self.login_path, self.problem) = (None, None);
        self.transport(|transport| transport.base_url(url))
    }

    /// Sends API calls and token requests to one gateway, each below a path of its own.
    ///
    /// The login path holds for [`client_credentials`](Self::client_credentials) and [`oauth`](Self::oauth), whether they
    /// are called before or after, in place of a login address that the token source's builder has. A finished
    /// [`token_source`](Self::token_source) has its own.
    ///
    /// ```
    /// // Users come from https://gateway.example.com/genesys-api/api/v2/users,
    /// // tokens from https://gateway.example.com/genesys-login/oauth/token.
    /// let client = genesys_users::Client::builder()
    ///     .gateway("https://gateway.example.com", "/genesys-api", "/genesys-login")
    ///     .client_credentials("client id", "client secret")
    ///     .build()?;
    /// # Ok::<(), genesys_users::Error>(())
    /// ```
    pub fn gateway(self, host: impl AsRef<str>, api_path: impl AsRef<str>, login_path: impl Into<String>) -> Self {
        let (host, api_path) = (host.as_ref().trim_end_matches('/'), api_path.as_ref().trim_matches('/'));
        let mut this = self.base_url(format!("{host}/{api_path}"));
        this.login_path = Some(login_path.into());
        this
    }

    /// Authenticates with an access token, which is not renewed.
    pub fn bearer(mut self, token: impl Into<SecretString>) -> Self {
        self.tokens = None;
        self.transport(|transport| transport.credential(OAUTH, Credential::bearer(token)))
    }

    /// Authenticates as an OAuth client with the client credentials grant. Tokens are requested, shared and renewed; see
    /// [`oauth`](crate::oauth). Operations about the user of the token, such as `getUsersMe`, do not work with it.
    pub fn client_credentials(self, client_id: impl Into<String>, client_secret: impl Into<SecretString>) -> Self {
        self.oauth(TokenSource::client_credentials(client_id, client_secret))
    }

    /// Authenticates with one of the five OAuth grants.
    ///
    /// ```
    /// use genesys_users::oauth::TokenSource;
    ///
    /// let client = genesys_users::Client::builder()
    ///     .region("eu-west-1")
    ///     .oauth(TokenSource::refresh_token("client id", "client secret", "refresh token"))
    ///     .build()?;
    /// # Ok::<(), genesys_users::Error>(())
    /// ```
    pub fn oauth(mut self, tokens: TokenSourceBuilder) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Authenticates with tokens of a source that several clients can share.
    pub fn token_source(mut self, tokens: TokenSource) -> Self {
        self.tokens = None;
        self.transport(|transport| transport.credential_source(OAUTH, tokens))
    }

    /// Limits the number of requests per minute. Default: 300, which is what Genesys allows a token. Clients that use the
    /// same token should have clones of one rate limit.
    pub fn rate_limit(self, rate_limit: RateLimit) -> Self {
        self.transport(|transport| transport.rate_limit(rate_limit))
    }

    /// Changes whatever the transport offers: timeouts, user agent, paths of operations, the HTTP client.
    pub fn transport(mut self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        self.transport = change(self.transport);
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// `ErrorKind::Configuration` when a setting is not valid; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        if let Some(problem) = self.problem {
            return Err(problem);
        }
        let mut transport = self.transport;
        if let Some(tokens) = self.tokens {
            let tokens = self.login_path.into_iter().fold(tokens, TokenSourceBuilder::login_path);
            transport = transport.credential_source(OAUTH, tokens.build()?);
        }
        Ok(Client { api: generated::Client::new(transport.operations(generated::operations::ALL).build()?) })
    }
}

/// Shows the transport, which shows no secret, and the grant.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            .field("transport", &self.transport)
            .field("tokens", &self.tokens)
            .finish_non_exhaustive()
    }
}
