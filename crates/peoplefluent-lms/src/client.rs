//! The client and its builder.

use std::ffi::OsString;

use rosterkit_core::environment::{LMS_ADDRESS, LMS_CALLER, LMS_PASSWORD, LMS_SYSTEM_KEY, Reader};
use rosterkit_core::{CallOptions, Credential, Error, SecretString, Transport, TransportBuilder};

use crate::generated;

/// Security schemes of the API, as the spec names them.
const USER_BASIC: &str = "userBasic";
const USER_BEARER: &str = "userBearer";
const SYSTEM_KEY: &str = "systemKey";
/// The site ignores the user name next to a system key, but rejects an empty one.
const SYSTEM_USER: &str = "system";

/// Names of the schemes in errors: the settings of [`ClientBuilder`] that set their credentials.
const NAMES: [(&str, &str); 3] = [
    (USER_BASIC, "a user's id and password (`user`)"),
    (USER_BEARER, "a user's access token (`bearer`)"),
    (SYSTEM_KEY, "the system key (`system_key`)"),
];

/// Client for one PeopleFluent LMS site. Clones share connections.
#[derive(Clone, Debug)]
pub struct Client {
    api: generated::Client,
}

impl Client {
    /// Starts a client.
    pub fn builder() -> ClientBuilder {
        let transport = NAMES
            .into_iter()
            .fold(Transport::builder(), |transport, (scheme, name)| transport.credential_name(scheme, name));
        ClientBuilder { transport }
    }

    /// Builds a client from environment variables; see [`ClientBuilder::from_env`].
    ///
    /// # Errors
    /// `ErrorKind::Configuration` if variables are missing, invalid or contradict each other. The message names them.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// Every function, one method each.
    pub fn api(&self) -> &generated::Client {
        &self.api
    }

    /// A client whose calls all act for another user, whom the caller must be allowed to see and to act for (permission
    /// *Switch User*). It shares connections and settings with this one, which is not changed.
    ///
    /// The id goes into the query, the form or the multipart body, as each function requires (`onBehalfOf`). An id that is
    /// set on a call takes precedence. A call fails before anything is sent, with the name of the function, if the function
    /// cannot act for a user (system functions, public news) or the id is blank.
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let roe = client.on_behalf_of("a.roe").assignment("A-7");
    /// let records = roe.api().records().send().await?;
    /// roe.enrollments().enroll("M-100").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_behalf_of(&self, user: impl Into<String>) -> Self {
        self.scoped("onBehalfOf", user.into())
    }

    /// A client whose calls all run in the context of one assignment of their user (`assignmentId`), for users with several
    /// assignments. It can be combined with [`on_behalf_of`](Self::on_behalf_of), and works in the same way.
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let news = client.assignment("A-7").api().articles().send_json().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn assignment(&self, id: impl Into<String>) -> Self {
        self.scoped("assignmentId", id.into())
    }

    /// A client with options for all of its calls, for methods without options of their own, such as uploads and listings.
    /// The options of a call take precedence. Connections are shared with this client, which is not changed.
    ///
    /// ```no_run
    /// use peoplefluent_lms::{CallOptions, RetryPolicy};
    ///
    /// # fn show(client: &peoplefluent_lms::Client) {
    /// let nightly = client.with_options(
    ///     CallOptions::new().retry(RetryPolicy::default().with_attempts(8)).request_id("nightly-sync"),
    /// );
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(&self, options: CallOptions) -> Self {
        Self { api: generated::Client::new(self.api.transport().with_options(options)) }
    }

    fn scoped(&self, name: &'static str, value: String) -> Self {
        Self { api: generated::Client::new(self.api.transport().scoped(name, value)) }
    }

    /// The client for functions that cannot act for a user.
    #[cfg(feature = "xml")]
    pub(crate) fn unscoped(&self) -> generated::Client {
        generated::Client::new(self.api.transport().unscoped())
    }
}

/// Settings of a [`Client`].
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct ClientBuilder {
    transport: TransportBuilder,
}

impl ClientBuilder {
    /// Reads the settings from environment variables. The command line `rosterkit` reads the same variables.
    ///
    /// | variable | meaning |
    /// | --- | --- |
    /// | `LMS_BASE_URL` | the site's URL; required |
    /// | `LMS_USER`, `LMS_PASSWORD` | a user's id and password |
    /// | `LMS_ACCESS_TOKEN` | a user's access token, instead of id and password |
    /// | `LMS_SYSTEM_KEY` | the site's system key |
    ///
    /// An empty variable counts as not set. Settings that are made on the builder afterwards take precedence.
    ///
    /// # Errors
    /// `ErrorKind::Configuration` if the URL is missing, a user has no password, or variables contradict each other. The
    /// message names all of these variables, and no value.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|name| std::env::var_os(name))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, Error> {
        let mut environment = Reader::new(lookup);
        let mut builder = Client::builder();
        for (_, url) in environment.required(&LMS_ADDRESS) {
            builder = builder.base_url(url);
        }
        for (name, value) in environment.optional(&LMS_CALLER) {
            if name == "LMS_ACCESS_TOKEN" {
                builder = builder.bearer(value);
            } else if let Some((_, password)) = environment.required(&LMS_PASSWORD).pop() {
                builder = builder.user(value, password);
            }
        }
        for (_, key) in environment.optional(&LMS_SYSTEM_KEY) {
            builder = builder.system_key(key);
        }
        environment.finish().map(|()| builder)
    }

    /// Sets the site's URL with its context path, for example `https://www.example.com/ekp/`. Required; the trailing
    /// slash makes no difference.
    pub fn base_url(self, url: impl AsRef<str>) -> Self {
        self.transport(|transport| transport.base_url(url))
    }

    /// Authenticates functions that need a user with the user's id and password.
    pub fn user(self, id: impl Into<String>, password: impl Into<SecretString>) -> Self {
        self.transport(|transport| transport.credential(USER_BASIC, Credential::basic(id, password)))
    }

    /// Authenticates functions that need a user with an OAuth access token. A user's id and password take precedence.
    pub fn bearer(self, token: impl Into<SecretString>) -> Self {
        self.transport(|transport| transport.credential(USER_BEARER, Credential::bearer(token)))
    }

    /// Authenticates system functions, such as the bulk files, with the site's system key.
    pub fn system_key(self, key: impl Into<SecretString>) -> Self {
        self.transport(|transport| transport.credential(SYSTEM_KEY, Credential::basic(SYSTEM_USER, key)))
    }

    /// Changes settings of the transport: timeouts, user agent, paths of operations, the HTTP client.
    pub fn transport(self, change: impl FnOnce(TransportBuilder) -> TransportBuilder) -> Self {
        Self { transport: change(self.transport) }
    }

    /// Builds the client.
    ///
    /// # Errors
    ///
    /// `ErrorKind::Configuration` if the site's URL is missing or a setting is invalid; the message names it.
    pub fn build(self) -> Result<Client, Error> {
        Ok(Client { api: generated::Client::new(self.transport.operations(generated::operations::ALL).build()?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_makes_a_client_or_an_error_that_names_the_variables() {
        const URL: &str = "https://sentinel.example.com/ekp/";
        for (set, named) in [
            (&["LMS_BASE_URL"][..], &[][..]),
            (&["LMS_BASE_URL", "LMS_USER", "LMS_PASSWORD", "LMS_SYSTEM_KEY"], &[]),
            (&["LMS_BASE_URL", "LMS_ACCESS_TOKEN", "LMS_PASSWORD"], &[]),
            (&[], &["LMS_BASE_URL"]),
            (&["LMS_USER"], &["LMS_BASE_URL", "LMS_PASSWORD"]),
            (&["LMS_BASE_URL", "LMS_USER", "LMS_ACCESS_TOKEN"], &["LMS_USER", "LMS_ACCESS_TOKEN"]),
        ] {
            let value = |name: &str| if name == "LMS_BASE_URL" { URL.into() } else { "sentinel".into() };
            let client = ClientBuilder::from_lookup(|name| set.contains(&name).then(|| value(name)))
                .and_then(ClientBuilder::build);
            match client {
                Ok(client) => {
                    assert!(named.is_empty(), "{set:?}");
                    assert_eq!(client.api().transport().base_url().trim_end_matches('/'), URL.trim_end_matches('/'));
                }
                Err(error) => {
                    let shown = format!("{error} {error:?}");
                    assert!(!named.is_empty() && named.iter().all(|name| shown.contains(name)), "{set:?}: {shown}");
                    assert!(!shown.contains("sentinel"), "{shown}");
                }
            }
        }
    }
}
