//! The response to a token request.

use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;

use crate::{Credential, SecretString, SecretText};

/// A token as the login issued it.
pub(super) struct Issued {
    pub access_token: SecretString,
    pub refresh_token: Option<SecretString>,
    pub lifetime: Option<Duration>,
    pub scope: Option<String>,
}

#[derive(Deserialize)]
struct TokenResponse {
    access_token: SecretText,
    token_type: Option<String>,
    expires_in: Option<Value>,
    refresh_token: Option<SecretText>,
    scope: Option<Value>,
}

impl Issued {
    /// Decodes a response. The problem quotes nothing of it.
    pub fn decode(body: &[u8]) -> Result<Self, &'static str> {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let response: TokenResponse =
            serde_json::from_slice(body).map_err(|_| "the login's response holds no access token")?;
        if response.token_type.is_some_and(|token_type| !token_type.eq_ignore_ascii_case("bearer")) {
            return Err("the login issued something else than a bearer token");
        }
        let access_token = SecretString::from(response.access_token.expose());
        if Credential::bearer(access_token.clone()).to_header().is_err() {
            return Err("the login issued a token that a header cannot carry");
        }
        let refresh_token = response.refresh_token.filter(|token| !token.expose().is_empty());
        Ok(Self {
            access_token,
            refresh_token: refresh_token.map(|token| token.expose().into()),
            lifetime: response.expires_in.as_ref().and_then(seconds),
            scope: response.scope.as_ref().and_then(scope),
        })
    }
}

/// Seconds, as a number or in quotes. Anything else is an unknown lifetime.
fn seconds(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    Duration::try_from_secs_f64(seconds.max(0.0)).ok()
}

/// Scopes as text or as a list, as some logins write them. Anything else is as if nothing was said.
fn scope(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => list.iter().map(Value::as_str).collect::<Option<Vec<_>>>().map(|list| list.join(" ")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn lifetimes_come_in_several_shapes() {
        for (expires_in, lifetime) in [
            ("86400", Some(86400.0)),
            ("\"3600\"", Some(3600.0)),
            ("1.5", Some(1.5)),
            ("0", Some(0.0)),
            ("-1", Some(0.0)),
            ("null", None),
            ("\"soon\"", None),
            ("1e300", None),
            ("[]", None),
        ] {
            let body = format!(r#"{{"access_token":"t","expires_in":{expires_in}}}"#);
            let issued = Issued::decode(body.as_bytes()).expect("a token");
            assert_eq!(issued.lifetime, lifetime.map(Duration::from_secs_f64), "{expires_in}");
        }
    }

    #[test]
    fn scopes_are_text_or_a_list() {
        for (scope, expected) in [
            ("\"users routing:readonly\"", Some("users routing:readonly")),
            ("[\"users\",\"routing:readonly\"]", Some("users routing:readonly")),
            ("\"\"", Some("")),
            ("[1]", None),
            ("null", None),
            ("{}", None),
        ] {
            let issued = Issued::decode(format!(r#"{{"access_token":"t","scope":{scope}}}"#).as_bytes());
            assert_eq!(issued.expect("a token").scope.as_deref(), expected, "{scope}");
        }
    }

    #[test]
    fn what_is_no_usable_token_is_refused() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"access_token":null}"#,
            r#"{"access_token":""}"#,
            r#"{"access_token":"a b\n"}"#,
            r#"{"access_token":"t","token_type":"mac"}"#,
        ] {
            assert!(Issued::decode(body.as_bytes()).is_err(), "{body}");
        }
        let body = b"\xef\xbb\xbf{\"access_token\":\"t\",\"token_type\":\"Bearer\",\"refresh_token\":\"\"}";
        let issued = Issued::decode(body).expect("a token");
        assert_eq!((issued.access_token.expose_secret(), issued.refresh_token.is_none()), ("t", true));
    }
}
