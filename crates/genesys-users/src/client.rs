//! The client and its builder.

use std::ffi::OsString;
use std::fmt;
use std::sync::Arc;

use rosterkit_core::environment::{GENESYS_ADDRESS, GENESYS_CREDENTIAL, Reader};
use rosterkit_core::oauth::{TokenSource, TokenSourceBuilder};
use rosterkit_core::{
    CallOptions, Credential, CredentialSource, Error, RateLimit, SecretString, Transport, TransportBuilder,
};

use crate::pool::kept;
use crate::{Analytics, Development, Lookups, Region, Roles, Routing, Stations, Users, generated};

/// Security scheme of the API, as the spec names it.
const OAUTH: &str = "oauth";
/// What Genesys allows a token by default.
const REQUESTS_PER_MINUTE: u32 = 300;

/// Client for the Genesys Cloud Users API. Clones share connections, the access token and the rate limit.
///
/// [`api`](Self::api) has every operation. The other methods are shortcuts for common tasks; each names the operations that
/// it calls.
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
                .rate_limit(RateLimit::per_minute(REQUESTS_PER_MINUTE)),
            tokens: Tokens::None,
            login_path: None,
            invalid_region: None,
        }
    }

    /// Builds a client from environment variables; see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// `ErrorKind::Configuration` if variables are missing, invalid or contradict each other. The message names them.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Every operation, one method each.
    pub fn api(&self) -> &generated::Client {
        &self.api
    }

    /// A client with options for all of its calls, for methods without options of their own: listings, batches and jobs. The
    /// options of a call take precedence. Connections and the rate limit are shared with this client, which is not changed.
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

    /// A client all of whose calls stay on one OAuth client of a [pool](ClientBuilder::client_credentials_pool), which the
    /// first call chooses. Clones keep it. Without a pool, nothing changes.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// let client = client.keep_client();
    /// let first = client.api().get_users_query().send().await?.into_inner();
    /// if let Some(cursor) = first.cursor {
    ///     let second = client.api().get_users_query().cursor(cursor).send().await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn keep_client(&self) -> Self {
        Self { api: kept(&self.api) }
    }

    /// List, search, read, create, change, delete and restore users.
    pub fn users(&self) -> Users {
        Users::new(self.api.clone())
    }

    /// Routing skills, languages, queues and routing status of a user.
    pub fn routing(&self, user_id: impl Into<String>) -> Routing {
        Routing::new(self.api.clone(), user_id.into())
    }

    /// Stations of a user: the one in use, and the default one.
    pub fn stations(&self, user_id: impl Into<String>) -> Stations {
        Stations::new(self.api.clone(), user_id.into())
    }

    /// What the organization has by a name: skills, queues, divisions, roles, groups, locations, stations and presences.
    pub fn lookups(&self) -> Lookups {
        Lookups::new(self.api.clone())
    }

    /// Analytics queries that run as jobs. Of a [pool](ClientBuilder::client_credentials_pool), all calls of the result and its
    /// clones go to one OAuth client, since a job belongs to the client that started it.
    pub fn analytics(&self) -> Analytics {
        Analytics::new(kept(&self.api))
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
/// | [`region`](Self::region), [`base_url`](Self::base_url), [`gateway`](Self::gateway); the last call applies | `us-east-1` |
/// | [`bearer`](Self::bearer), [`client_credentials`](Self::client_credentials), [`client_credentials_pool`](Self::client_credentials_pool), [`oauth`](Self::oauth), [`token_source`](Self::token_source), [`credential_source`](Self::credential_source); the last call applies | none: calls fail before anything is sent |
/// | [`rate_limit`](Self::rate_limit) | 300 requests a minute |
/// | [`TransportBuilder::retry`] | 4 attempts within 60 s, not counting the waits that the service asks for |
/// | everything else: [`transport`](Self::transport) | see [`TransportBuilder`] |
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    transport: TransportBuilder,
    /// Where access tokens come from. Built last, since it may need the login path of a gateway.
    tokens: Tokens,
    login_path: Option<String>,
    /// The error of an invalid region, until another address is set.
    invalid_region: Option<Error>,
}

/// Where access tokens come from.
enum Tokens {
    /// Not from sources that this builder builds.
    None,
    One(Box<TokenSourceBuilder>),
    /// One source for each OAuth client.
    Pool(Vec<TokenSourceBuilder>),
}

impl ClientBuilder {
    /// Reads the settings from environment variables, with the names of the official SDKs. The command line `rosterkit`
    /// reads the same variables.
    ///
    /// | variable | meaning |
    /// | --- | --- |
    /// | `GENESYSCLOUD_REGION` | the region, by name or by host |
    /// | `GENESYSCLOUD_BASE_URL` | the URL of the API, instead of a region: a gateway or the sandbox |
    /// | `GENESYSCLOUD_OAUTHCLIENT_ID`, `GENESYSCLOUD_OAUTHCLIENT_SECRET` | the OAuth client, for the client credentials grant |
    /// | `GENESYSCLOUD_ACCESS_TOKEN` | an access token, instead of an OAuth client |
    ///
    /// An empty variable counts as not set. Settings that are made on the builder afterwards take precedence.
    ///
    /// # Errors
    /// `ErrorKind::Configuration` if the region is unknown, if the address or the credential is missing or incomplete, or if
    /// variables contradict each other. The message names all of these variables, and no value.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let mut environment = Reader::new(lookup);
        let mut builder = Client::builder();
        for (name, value) in environment.required(&GENESYS_ADDRESS) {
            builder = match (name, Region::find(&value)) {
                ("GENESYSCLOUD_REGION", Ok(region)) => builder.region(region),
                ("GENESYSCLOUD_REGION", Err(message)) => {
                    environment.invalid(format!("invalid `{name}`: {message}"));
                    builder
                }
                _ => builder.base_url(value),
            };
        }
        let mut credential = environment.required(&GENESYS_CREDENTIAL).into_iter().map(|(_, value)| value);
        builder = match (credential.next(), credential.next()) {
            (Some(id), Some(secret)) => builder.client_credentials(id, secret),
            (Some(token), None) => builder.bearer(token),
            (None, _) => builder,
        };
        environment.finish().map(|()| builder)
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
            Err(error) => self.invalid_region = Some(error),
        }
        self
    }

    /// Sets the URL of the API, for a host that is not one of the regions.
    pub fn base_url(mut self, url: impl AsRef<str>) -> Self {
        (self.login_path, self.invalid_region) = (None, None);
        self.transport(|transport| transport.base_url(url))
    }

    /// Sends API calls and token requests to one gateway, each below a path of its own.
    ///
    /// The login path applies to [`client_credentials`](Self::client_credentials) and [`oauth`](Self::oauth), called before or
    /// after, and replaces a login URL of the token source's builder. A [`token_source`](Self::token_source) has its own.
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
        self.tokens = Tokens::None;
        self.transport(|transport| transport.credential(OAUTH, Credential::bearer(token)))
    }

    /// Authenticates as an OAuth client with the client credentials grant. Tokens are requested, shared and renewed; see
    /// [`oauth`](crate::oauth). Operations on the user of the token, such as `getUsersMe`, do not work with it.
    pub fn client_credentials(self, client_id: impl Into<String>, client_secret: impl Into<SecretString>) -> Self {
        self.oauth(TokenSource::client_credentials(client_id, client_secret))
    }

    /// Authenticates as several OAuth clients with the client credentials grant, and spreads the calls over them: each has its
    /// own token, and its own [rate limit](Self::rate_limit), so that together they may send more. A call goes to the client
    /// that can send most at that time.
    ///
    /// A listing by cursor, a job with its results, a user who is read before a change, and all attempts of a call stay on the
    /// client that began them; [`Client::keep_client`] does that for other tasks. Operations on the caller, such as
    /// `getUsersMe`, are refused. A client whose token is refused gets no more calls, which a `tracing` event of level warn says
    /// once; its calls go on with the others. Building fails without any client.
    ///
    /// ```
    /// let client = genesys_users::Client::builder()
    ///     .region("eu-west-1")
    ///     .client_credentials_pool([("first id", "first secret"), ("second id", "second secret")])
    ///     .build()?;
    /// # Ok::<(), genesys_users::Error>(())
    /// ```
    pub fn client_credentials_pool(
        mut self,
        clients: impl IntoIterator<Item = (impl Into<String>, impl Into<SecretString>)>,
    ) -> Self {
        let tokens = clients.into_iter().map(|(id, secret)| TokenSource::client_credentials(id, secret));
        self.tokens = Tokens::Pool(tokens.collect());
        self
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
        self.tokens = Tokens::One(Box::new(tokens));
        self
    }

    /// Authenticates with tokens of a source that several clients can share.
    pub fn token_source(self, tokens: TokenSource) -> Self {
        self.credential_source(tokens)
    }

    /// Authenticates with credentials that are not known beforehand, or change: from a vault, or a sign-in that another part of
    /// the program keeps up.
    pub fn credential_source(mut self, source: impl CredentialSource + 'static) -> Self {
        self.tokens = Tokens::None;
        self.transport(|transport| transport.credential_source(OAUTH, source))
    }

    /// Limits the number of requests per minute. Default: 300, which is what Genesys allows a token. Clients with the same
    /// token should have clones of one rate limit. Each client of a [pool](Self::client_credentials_pool) has its own with
    /// these numbers.
    pub fn rate_limit(self, rate_limit: RateLimit) -> Self {
        self.transport(|transport| transport.rate_limit(rate_limit))
    }

    /// Changes settings of the transport: timeouts, user agent, paths of operations, the HTTP client.
    pub fn transport(mut self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        self.transport = change(self.transport);
        self
    }

    /// Builds the client. Nothing is sent.
    ///
    /// # Errors
    /// `ErrorKind::Configuration` if a setting is invalid; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        if let Some(error) = self.invalid_region {
            return Err(error);
        }
        let mut transport = self.transport;
        let build =
            |tokens: TokenSourceBuilder| self.login_path.iter().fold(tokens, TokenSourceBuilder::login_path).build();
        match self.tokens {
            Tokens::None => {}
            Tokens::One(tokens) => transport = transport.credential_source(OAUTH, build(*tokens)?),
            Tokens::Pool(tokens) => {
                let source = |tokens| Ok::<_, Error>(Arc::new(build(tokens)?) as Arc<dyn CredentialSource>);
                let sources = tokens.into_iter().map(source).collect::<Result<Vec<_>, Error>>()?;
                transport = transport.credential_pool(OAUTH, sources);
            }
        }
        Ok(Client { api: generated::Client::new(transport.operations(generated::operations::ALL).build()?) })
    }
}

/// Shows the grants.
impl fmt::Debug for Tokens {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => formatter.write_str("None"),
            Self::One(tokens) => tokens.fmt(formatter),
            Self::Pool(tokens) => formatter.debug_list().entries(tokens).finish(),
        }
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

#[cfg(test)]
mod tests {
    use rosterkit_core::ErrorKind;

    use super::*;

    const REGION: &str = "GENESYSCLOUD_REGION";
    const URL: &str = "GENESYSCLOUD_BASE_URL";
    const ID: &str = "GENESYSCLOUD_OAUTHCLIENT_ID";
    const SECRET: &str = "GENESYSCLOUD_OAUTHCLIENT_SECRET";
    const TOKEN: &str = "GENESYSCLOUD_ACCESS_TOKEN";

    fn with(variables: &[(&str, &str)]) -> Result<ClientBuilder, Error> {
        ClientBuilder::from_lookup(|name| {
            variables.iter().find(|(other, _)| *other == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn an_address_with_a_token_or_an_oauth_client_makes_a_client() {
        let cases: [&[(&str, &str)]; 4] = [
            &[(REGION, "eu-west-1"), (TOKEN, "t")],
            &[(URL, "https://api.mypurecloud.ie"), (REGION, ""), (TOKEN, "t")],
            &[(REGION, "mypurecloud.ie"), (ID, "i"), (SECRET, "s")],
            &[(REGION, "eu-west-1"), (ID, "i"), (SECRET, "s"), (TOKEN, "")],
        ];
        for variables in cases {
            let client = with(variables).and_then(ClientBuilder::build).expect("settings");
            assert_eq!(client.api().transport().base_url().trim_end_matches('/'), "https://api.mypurecloud.ie");
        }
    }

    #[test]
    fn missing_and_contradicting_variables_are_named_without_their_values() {
        const VALUE: &str = "sentinel";
        let cases: [(&[&str], &[&str]); 8] = [
            (&[], &[REGION, URL, ID, SECRET, TOKEN]),
            (&[REGION, URL, TOKEN], &[REGION, URL]),
            (&[TOKEN], &[REGION]),
            (&[REGION, TOKEN], &[REGION]),
            (&[ID], &[REGION, SECRET]),
            (&[SECRET], &[REGION, ID]),
            (&[ID, SECRET, TOKEN], &[TOKEN, ID, SECRET]),
            (&[ID, TOKEN], &[TOKEN, ID]),
        ];
        for (set, named) in cases {
            let variables: Vec<_> = set.iter().map(|name| (*name, VALUE)).collect();
            let error = with(&variables).expect_err("not enough");
            assert_eq!(error.kind(), ErrorKind::Configuration);
            let shown = format!("{error} {error:?}");
            assert!(named.iter().all(|name| shown.contains(name)) && !shown.contains(VALUE), "{set:?}: {shown}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_variable_that_is_not_utf_8_is_named_and_not_called_missing() {
        use std::os::unix::ffi::OsStringExt as _;

        let broken = || OsString::from_vec(vec![b'a', 0xff]);
        let error = ClientBuilder::from_lookup(|name| match name {
            REGION => Some("eu-west-1".into()),
            SECRET => Some(broken()),
            ID => Some("id".into()),
            _ => None,
        });
        let shown = error.expect_err("not UTF-8").to_string();
        assert!(shown.contains(SECRET) && shown.contains("UTF-8") && !shown.contains("not set"), "{shown}");
    }
}
