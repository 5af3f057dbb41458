//! The authorization endpoint, which a browser opens. It asks for no password.
//!
//! It signs in the user whose e-mail address is in `login_hint`, else the first of the people, and redirects immediately.

use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::token::{Refusal, once};
use super::{CODE_LIFETIME, Code, Grant, Login, OAuthClient};
use crate::http::{Pairs, Reply};

/// Answers with a redirect, or refuses a request without a safe redirect URI.
pub(super) fn answer(login: &Login, query: &Pairs) -> Result<Reply, Refusal> {
    once(query)?;
    let given = |name: &'static str| query.all(name).next().filter(|value| !value.is_empty()).map(str::to_owned);
    let id = given("client_id").ok_or(Refusal::new("invalid_request", "The query needs `client_id`."))?;
    let client = login.client(&id).ok_or(Refusal::new("unauthorized_client", "There is no such client."))?;
    let uri = given("redirect_uri").ok_or(Refusal::new("invalid_request", "The query needs `redirect_uri`."))?;
    let is_url = ["http://", "https://"].iter().any(|scheme| uri.strip_prefix(scheme).is_some_and(|it| !it.is_empty()));
    if !is_url || uri.contains('#') || !client.redirects_to(&uri) {
        return Err(Refusal::new("invalid_request", "The redirect URI is none that the client may use."));
    }
    let mut response = match code(login, &client, &uri, &given) {
        Ok(code) => vec![("code", code)],
        Err(refusal) => {
            vec![("error", refusal.error.to_owned()), ("error_description", refusal.description.to_owned())]
        }
    };
    response.extend(given("state").map(|state| ("state", state)));
    let pairs = response.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    let target = format!("{uri}{}{}", if uri.contains('?') { '&' } else { '?' }, pairs.collect::<Vec<_>>().join("&"));
    let target = HeaderValue::from_str(&target)
        .map_err(|_| Refusal::new("invalid_request", "The redirect URI is invalid in a header."))?;
    Ok(Reply::empty(StatusCode::FOUND).with_headers([(LOCATION, target)]))
}

fn code(
    login: &Login,
    client: &OAuthClient,
    redirect_uri: &str,
    given: &impl Fn(&'static str) -> Option<String>,
) -> Result<String, Refusal> {
    match given("response_type").as_deref() {
        Some("code") => {}
        _ => return Err(Refusal::new("unsupported_response_type", "The only response type is `code`.")),
    }
    let challenge = given("code_challenge");
    match (&challenge, given("code_challenge_method").as_deref()) {
        (Some(_), Some("S256")) | (None, None) => {}
        _ => return Err(Refusal::new("invalid_request", "A challenge of PKCE needs the method S256.")),
    }
    if challenge.is_none() && client.secret.is_none() {
        return Err(Refusal::new("invalid_request", "A client without a secret needs PKCE: `code_challenge`."));
    }
    let person = match given("login_hint") {
        Some(email) => login.user(&email),
        None => Some(0).filter(|first| login.directory.is_active(*first)),
    };
    let person = person.ok_or(Refusal::new("access_denied", "No user with this address may sign in."))?;
    let grant = Grant {
        client: client.id.clone(),
        permissions: client.permissions.clone(),
        person: Some(person),
        expires: Some(login.ends(CODE_LIFETIME)),
    };
    let mut state = login.state();
    let code = state.text(login.people.seed, "code");
    state.codes.insert(code.clone(), Code { grant, redirect_uri: redirect_uri.to_owned(), challenge });
    Ok(code)
}
