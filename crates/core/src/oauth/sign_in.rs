//! The part of the code grants that happens in a browser.

use std::fmt;

use secrecy::SecretString;

use super::error::error_code;
use super::pkce::random_text;
use super::{Pkce, TokenSource, TokenSourceBuilder, login_url};
use crate::Error;

/// A user's sign-in: the URL to open, and what its response means.
///
/// ```
/// use rosterkit_core::oauth::SignIn;
///
/// let sign_in = SignIn::pkce("client id", "http://localhost:8085/callback")?;
/// let url = sign_in.url("https://login.mypurecloud.ie")?;
/// assert!(url.starts_with("https://login.mypurecloud.ie/oauth/authorize?response_type=code&"));
/// // The user opens it, signs in, and the browser comes to the redirect URI.
/// let callback = format!("http://localhost:8085/callback?code=c0de&state={}", sign_in.state());
/// let tokens = sign_in.finish(&callback)?.build()?;
/// # Ok::<(), rosterkit_core::Error>(())
/// ```
///
/// A web application whose next request may reach another process keeps [`state`](Self::state) and the
/// [verifier](Pkce::verifier) in the user's session, and calls [`TokenSource::pkce`] or
/// [`TokenSource::authorization_code`] itself.
#[must_use]
pub struct SignIn {
    client_id: String,
    redirect_uri: String,
    state: String,
    client: Client,
    extra: Vec<(String, String)>,
}

/// How the client will show that the code is its own.
enum Client {
    Public(Pkce),
    Confidential(SecretString),
}

impl SignIn {
    /// A sign-in for a program that can keep no secret. The verifier and the state are generated.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the system gives no random numbers.
    pub fn pkce(client_id: impl Into<String>, redirect_uri: impl Into<String>) -> Result<Self, Error> {
        Self::new(client_id.into(), redirect_uri.into(), Client::Public(Pkce::generate()?))
    }

    /// A sign-in for a server that keeps a client secret. The state is generated.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the system gives no random numbers.
    pub fn authorization_code(
        client_id: impl Into<String>,
        client_secret: impl Into<SecretString>,
        redirect_uri: impl Into<String>,
    ) -> Result<Self, Error> {
        Self::new(client_id.into(), redirect_uri.into(), Client::Confidential(client_secret.into()))
    }

    fn new(client_id: String, redirect_uri: String, client: Client) -> Result<Self, Error> {
        Ok(Self { client_id, redirect_uri, state: random_text::<32>()?, client, extra: Vec::new() })
    }

    /// Adds a parameter to the URL, such as `org` or `provider`.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.extra.push((name.into(), value.into()));
        self
    }

    /// The URL to open in the user's browser. See [`login_url`](super::login_url) for the login of an API host.
    ///
    /// # Errors
    /// [`Configuration`](crate::ErrorKind::Configuration) if the login URL is invalid.
    pub fn url(&self, login_url: &str) -> Result<String, Error> {
        let mut url = login_url::below(&login_url::parse(login_url, "the login URL")?, "/oauth/authorize");
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", &self.client_id);
        query.append_pair("redirect_uri", &self.redirect_uri).append_pair("state", &self.state);
        if let Client::Public(pkce) = &self.client {
            query.append_pair("code_challenge", &pkce.challenge()).append_pair("code_challenge_method", "S256");
        }
        query.extend_pairs(&self.extra);
        drop(query);
        Ok(url.into())
    }

    /// The value that the response must carry, so that the response to another sign-in is not accepted.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// The verifier of a sign-in with PKCE.
    pub fn verifier(&self) -> Option<&Pkce> {
        match &self.client {
            Client::Public(pkce) => Some(pkce),
            Client::Confidential(_) => None,
        }
    }

    /// Whether a URL, whole or from its path on, is the response to this sign-in: it carries its state, once. A local server
    /// that anybody can call goes on waiting after another one.
    pub fn is_response(&self, callback: &str) -> bool {
        let mut states = parameters(callback).filter(|(name, _)| name == "state");
        states.next().is_some_and(|(_, state)| state == self.state) && states.next().is_none()
    }

    /// Reads the URL that the browser came back to, whole or from its path on, and prepares the redemption of its code.
    ///
    /// # Errors
    /// [`Authentication`](crate::ErrorKind::Authentication) if the state is another one, the login refused, or there is
    /// no code, or more than one.
    pub fn finish(&self, callback: &str) -> Result<TokenSourceBuilder, Error> {
        if !self.is_response(callback) {
            let advice = "start again; if it happens again, the response of another sign-in may have been injected";
            return Err(Error::authentication("the response belongs to another sign-in", advice));
        }
        let all = |wanted: &str| {
            parameters(callback).filter(|(name, _)| name == wanted).map(|(_, value)| value).collect::<Vec<_>>()
        };
        if let Some(error) = all("error").first() {
            let code = error_code(error, &[]).map(|code| format!(" with `{code}`")).unwrap_or_default();
            let advice = "sign in again, as a user who may use this client";
            return Err(Error::authentication(format!("the login refused the sign-in{code}"), advice));
        }
        let code = match all("code").as_slice() {
            [code] if !code.is_empty() => SecretString::from(code.as_ref()),
            [_, _, ..] => {
                return Err(Error::authentication("the response to the sign-in has several codes", "start again"));
            }
            _ => return Err(Error::authentication("the response to the sign-in has no code", "start again")),
        };
        let (id, redirect_uri) = (&self.client_id, &self.redirect_uri);
        Ok(match &self.client {
            Client::Public(pkce) => TokenSource::pkce(id, code, redirect_uri, pkce.clone()),
            Client::Confidential(secret) => TokenSource::authorization_code(id, secret.clone(), code, redirect_uri),
        })
    }
}

/// The parameters of a URL, whole or from its path on.
fn parameters(url: &str) -> url::form_urlencoded::Parse<'_> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    url::form_urlencoded::parse(query.split('#').next().unwrap_or_default().as_bytes())
}

/// Shows the client id.
impl fmt::Debug for SignIn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SignIn").field("client_id", &self.client_id).finish_non_exhaustive()
    }
}
