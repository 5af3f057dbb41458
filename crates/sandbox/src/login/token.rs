//! The token endpoint: one function for each grant.

use std::collections::BTreeSet;

use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{Grant, Issued, Login, OAuthClient, saml};
use crate::http::{Incoming, Pairs, Reply};

/// An error response of RFC 6749.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) error: &'static str,
    pub(super) description: &'static str,
}

impl Refusal {
    pub(super) fn new(error: &'static str, description: &'static str) -> Self {
        Self { error, description }
    }

    fn grant(description: &'static str) -> Self {
        Self::new("invalid_grant", description)
    }

    fn request(description: &'static str) -> Self {
        Self::new("invalid_request", description)
    }

    fn client(description: &'static str) -> Self {
        Self::new("invalid_client", description)
    }

    pub(super) fn reply(&self) -> Reply {
        let body =
            json!({ "error": self.error, "description": self.description, "error_description": self.description });
        if self.error != "invalid_client" {
            return Reply::json(&body).with_status(StatusCode::BAD_REQUEST);
        }
        let challenge = (WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"genesys login\""));
        Reply::json(&body).with_status(StatusCode::UNAUTHORIZED).with_headers([challenge])
    }
}

/// Answers a token request.
pub(super) fn answer(login: &Login, form: &Pairs, headers: &HeaderMap) -> Result<Reply, Refusal> {
    once(form)?;
    let needed = |name: &'static str, missing: &'static str| {
        let value = form.all(name).next().filter(|value| !value.is_empty());
        value.map(str::to_owned).ok_or(Refusal::request(missing))
    };
    let issued = match needed("grant_type", "The form needs `grant_type`.")?.as_str() {
        "client_credentials" => {
            let client = confidential(login, headers)?;
            login.issue(&client.id, client.permissions, None, login.lifetime, false)
        }
        "authorization_code" => {
            let code = needed("code", "The form needs `code`.")?;
            let redirect_uri = needed("redirect_uri", "The form needs `redirect_uri`.")?;
            let client = client(login, form, headers)?;
            by_code(login, &client, &code, &redirect_uri, form.all("code_verifier").next())?
        }
        "refresh_token" => {
            let token = needed("refresh_token", "The form needs `refresh_token`.")?;
            let client = client(login, form, headers)?;
            let mut state = login.state();
            let fits = state.refresh_tokens.get(&token).is_some_and(|grant| grant.client == client.id);
            // Only success uses it up: an attempt of another client must not invalidate it.
            let grant = if fits { state.refresh_tokens.remove(&token) } else { None };
            drop(state);
            let grant = grant.ok_or(Refusal::grant("The refresh token is unknown, used, or of another client."))?;
            welcome(login, &grant)?;
            login.issue(&client.id, grant.permissions, grant.person, login.lifetime, true)
        }
        "urn:ietf:params:oauth:grant-type:saml2-bearer" => {
            needed("orgName", "The form needs `orgName`.")?;
            let assertion = needed("assertion", "The form needs `assertion`.")?;
            let client = confidential(login, headers)?;
            let subject = saml::subject(&assertion).map_err(Refusal::grant)?;
            let person = login
                .user(&subject)
                .ok_or(Refusal::grant("The assertion names a user that the organisation does not have."))?;
            login.issue(&client.id, client.permissions, Some(person), login.lifetime, true)
        }
        _ => return Err(Refusal::new("unsupported_grant_type", "There is no such grant.")),
    };
    Ok(Reply::json(&describe(&issued)))
}

/// Refuses a request that gives a parameter twice, as RFC 6749 requires.
pub(super) fn once(pairs: &Pairs) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    if pairs.names().all(|name| seen.insert(name)) {
        return Ok(());
    }
    Err(Refusal::request("A parameter is given more than once."))
}

/// Refuses a user who is no longer active.
fn welcome(login: &Login, grant: &Grant) -> Result<(), Refusal> {
    if login.is_welcome(grant) { Ok(()) } else { Err(Refusal::grant("The user is no longer active.")) }
}

/// The response with a token.
pub(crate) fn describe(issued: &Issued) -> Value {
    let mut response = json!({
        "access_token": issued.access_token,
        "token_type": "bearer",
        "expires_in": issued.lifetime.as_secs(),
    });
    if let Some(refresh_token) = &issued.refresh_token {
        response["refresh_token"] = json!(refresh_token);
    }
    response
}

fn by_code(
    login: &Login,
    client: &OAuthClient,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
) -> Result<Issued, Refusal> {
    // The code is used up, even if the request fails.
    let known = login.state().codes.remove(code).filter(|code| code.grant.is_valid(login.now()));
    let known = known.ok_or(Refusal::grant("The code is unknown, used or expired."))?;
    if known.grant.client != client.id {
        return Err(Refusal::grant("The code is one of another client."));
    }
    if known.redirect_uri != redirect_uri {
        return Err(Refusal::grant("The redirect URI is not the one that the code was sent to."));
    }
    match (&known.challenge, verifier) {
        (None, None) if client.secret.is_some() => {}
        (None, _) => return Err(Refusal::grant("The code was asked for without a challenge of PKCE.")),
        (Some(_), None) => return Err(Refusal::request("The form needs `code_verifier`.")),
        (Some(challenge), Some(verifier)) => {
            if !(43..=128).contains(&verifier.len()) {
                return Err(Refusal::request("The `code_verifier` must have 43 to 128 characters."));
            }
            if URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) != *challenge {
                return Err(Refusal::grant("The `code_verifier` is not the one of the challenge."));
            }
        }
    }
    let grant = known.grant;
    welcome(login, &grant)?;
    Ok(login.issue(&client.id, grant.permissions, grant.person, login.lifetime, true))
}

/// The client of a request: one with a secret by HTTP Basic, one without by the form.
fn client(login: &Login, form: &Pairs, headers: &HeaderMap) -> Result<OAuthClient, Refusal> {
    if headers.contains_key("authorization") {
        return confidential(login, headers);
    }
    let id = form.all("client_id").next().ok_or(Refusal::client("The request names no client."))?;
    let client = login.client(id).ok_or(Refusal::client("There is no such client."))?;
    match client.secret {
        None => Ok(client),
        Some(_) => Err(Refusal::client("The client has a secret, and must send it by HTTP Basic.")),
    }
}

fn confidential(login: &Login, headers: &HeaderMap) -> Result<OAuthClient, Refusal> {
    let sent = Incoming::authorization(headers, "Basic");
    let sent = sent.ok_or(Refusal::client("The client must authenticate by HTTP Basic, with its id and secret."))?;
    let decoded = STANDARD.decode(sent).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    let (id, secret) = pair.ok_or(Refusal::client("The credentials of HTTP Basic cannot be read."))?;
    let client = login.client(id).filter(|client| client.secret.as_deref() == Some(secret));
    client.ok_or(Refusal::client("There is no such client, or its secret is another one."))
}
