//! A failed token request, as every waiter gets it.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::grant::{Form, Kind};
use crate::{Error, ErrorKind, headers};

/// Errors cannot be cloned; this can, and makes the same error for each waiter.
#[derive(Clone)]
pub(super) struct TokenError(Arc<Details>);

struct Details {
    kind: ErrorKind,
    cause: String,
    advice: &'static str,
    head: Option<(StatusCode, HeaderMap)>,
    body: Bytes,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl TokenError {
    /// The source belongs to no transport yet.
    pub fn detached() -> Self {
        let advice = "give it to TransportBuilder::credential_source and build the transport first";
        Details::new(ErrorKind::Configuration, "the token source belongs to no transport".to_owned(), advice).done()
    }

    /// The token has come to its end and nothing is left to renew it with.
    pub fn not_renewable(grant: &str) -> Self {
        let cause = format!("the access token of the {grant} grant has expired, and there is no refresh token");
        Details::new(ErrorKind::Authentication, cause, "sign in again").done()
    }

    /// The login was not reached, or did not respond. The URL must be out of the source.
    pub fn network(form: &Form, problem: &str, source: impl StdError + Send + Sync + 'static) -> Self {
        let cause = format!("the {} grant failed: {problem}", form.grant);
        let advice = "check the login URL, the network, the proxy and the login's certificate";
        Details { source: Some(Arc::new(source)), ..Details::new(ErrorKind::Authentication, cause, advice) }.done()
    }

    /// The login's response is not a token. It may contain part of one, so it is not kept.
    pub fn malformed(form: &Form, problem: &str, status: StatusCode, headers: HeaderMap) -> Self {
        let cause = format!("the {} grant failed: {problem}", form.grant);
        let details = Details::new(ErrorKind::Authentication, cause, "check the login URL");
        Details { head: Some((status, headers)), ..details }.done()
    }

    /// The login refused.
    pub fn refused(form: &Form, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        let code = read_code(&body).and_then(|code| error_code(&code, &form.secrets()).map(str::to_owned));
        let with_code = code.as_ref().map(|code| format!(" with `{code}`")).unwrap_or_default();
        let cause = format!("the login refused the {} grant{with_code}", form.grant);
        let advice = match status == StatusCode::BAD_REQUEST && speaks_of_the_rate(&body) {
            true => advice(form.kind, StatusCode::TOO_MANY_REQUESTS, None),
            false => advice(form.kind, status, code.as_deref()),
        };
        let details = Details::new(ErrorKind::Authentication, cause, advice);
        Details { head: Some((status, headers)), body, ..details }.done()
    }

    /// Whether nothing was sent.
    pub fn is_local(&self) -> bool {
        self.0.head.is_none() && self.0.source.is_none()
    }

    /// How long the login asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.head.as_ref().and_then(|(_, headers)| headers::retry_after(headers))
    }

    /// Whether the login refused because it is asked too often. It says so with status 400 and a text.
    pub fn is_about_the_rate(&self) -> bool {
        self.status() == Some(400) && speaks_of_the_rate(&self.0.body)
    }

    pub fn cause(&self) -> &str {
        &self.0.cause
    }

    pub fn status(&self) -> Option<u16> {
        self.0.head.as_ref().map(|(status, _)| status.as_u16())
    }

    pub fn to_error(&self) -> Error {
        let details = &*self.0;
        let mut error = Error::new(details.kind, details.cause.clone()).with_advice(details.advice);
        if let Some((status, headers)) = &details.head {
            error = error.with_head(*status, headers);
        }
        if !details.body.is_empty() {
            error = error.with_body(&details.body);
        }
        error = error.with_busy_login(self.is_about_the_rate());
        match &details.source {
            Some(source) => error.with_source(source.clone()),
            None => error,
        }
    }
}

impl Details {
    fn new(kind: ErrorKind, cause: String, advice: &'static str) -> Self {
        Self { kind, cause, advice, head: None, body: Bytes::new(), source: None }
    }

    fn done(self) -> TokenError {
        TokenError(Arc::new(self))
    }
}

#[derive(serde::Deserialize)]
struct ErrorResponse {
    error: String,
}

/// Whether one of the texts of a refusal is about the rate of requests. The code is `invalid_request`, as for many others.
fn speaks_of_the_rate(body: &[u8]) -> bool {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_slice(body) else { return false };
    let has_word = |text: &str| text.split(|it: char| !it.is_alphanumeric()).any(|it| it.eq_ignore_ascii_case("rate"));
    fields.get("error").is_some_and(|code| code == "invalid_request")
        && fields.values().filter_map(serde_json::Value::as_str).any(has_word)
}

fn read_code(body: &[u8]) -> Option<String> {
    serde_json::from_slice::<ErrorResponse>(body).ok().map(|response| response.error)
}

/// An error code as far as it may be printed: it looks like one, and is nothing that was sent. The description beside it
/// is free text that may quote what was sent, so it is left in the error's body.
pub(super) fn error_code<'a>(code: &'a str, secrets: &[&str]) -> Option<&'a str> {
    let is_code = (1..=48).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let is_secret = |secret: &&str| !secret.is_empty() && (secret.contains(code) || code.contains(*secret));
    (is_code && !secrets.iter().any(is_secret)).then_some(code)
}

fn advice(kind: Kind, status: StatusCode, code: Option<&str>) -> &'static str {
    match (code, status.as_u16()) {
        (Some("invalid_client"), _) => {
            "check the client id and the client secret, and that the client belongs to this region"
        }
        (Some("unauthorized_client"), _) => "allow this grant in the settings of the OAuth client",
        (Some("invalid_grant"), _) | (None, 400 | 401) => match kind {
            Kind::ClientCredentials => {
                "check the client id and the client secret, and that the client belongs to this region"
            }
            Kind::Code => "sign in again: a code is valid once, shortly, and with the redirect URI it was asked with",
            Kind::Refresh => "sign in again: the refresh token has expired, was revoked or was used before",
            Kind::Assertion => "get a new assertion, and check the organisation's name and its single sign-on",
        },
        (Some("unsupported_grant_type"), _) => "check that the login URL belongs to a service that knows this grant",
        (Some("invalid_request" | "invalid_scope"), _) => "check the settings of the token source against the client's",
        (_, 300..400) => "check the login URL: the secrets of a token request do not follow redirects",
        (_, 403) => "check that the OAuth client is active and may be used from this network",
        (_, 404 | 405 | 501) => "check the login URL",
        (_, 429) => "ask for tokens less often: let clients share one token source",
        (_, 408 | 500..=599) => "try again later; if it stays, give the correlation id to the service's support",
        _ => "check the login URL and the settings of the OAuth client",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_looks_like_a_code_and_was_not_sent_is_printed() {
        for (code, printed) in [
            ("invalid_client", true),
            ("", false),
            ("Client not found: 4711", false),
            ("t0ken", false),
            ("sentinel", false),
            ("no_sentinel_here", false),
            ("sent", false),
        ] {
            assert_eq!(error_code(code, &["", "sentinel"]).is_some(), printed, "{code}");
        }
    }

    #[test]
    fn a_refusal_about_the_rate_is_told_from_others() {
        for (body, expected) in [
            (r#"{"error":"invalid_request","description":"The authentication rate limit was exceeded"}"#, true),
            (r#"{"error":"invalid_request","error_description":"Rate limit"}"#, true),
            (r#"{"error":"invalid_request","description":"The separate parameter is missing"}"#, false),
            (r#"{"error":"invalid_client","description":"rate"}"#, false),
            (r#"{"error":"invalid_request"}"#, false),
            ("rate", false),
            ("", false),
        ] {
            assert_eq!(speaks_of_the_rate(body.as_bytes()), expected, "{body}");
        }
    }

    #[test]
    fn a_refusal_that_says_try_again_later_is_retryable() {
        let codes = [None, Some("invalid_client"), Some("invalid_grant"), Some("temporarily_unavailable")];
        let mut told = 0;
        for (kind, code) in [Kind::ClientCredentials, Kind::Code, Kind::Refresh, Kind::Assertion]
            .into_iter()
            .flat_map(|kind| codes.map(|code| (kind, code)))
        {
            let form = Form { grant: "test", kind, fields: Vec::new(), client: None };
            for status in (100..=599).filter_map(|status| StatusCode::from_u16(status).ok()) {
                let body = code.map_or_else(Bytes::new, |code| format!("{{\"error\":\"{code}\"}}").into());
                let error = TokenError::refused(&form, status, HeaderMap::new(), body).to_error();
                let says_later = ["later", "come back"].iter().any(|words| error.advice().contains(words));
                told += usize::from(says_later);
                assert!(!says_later || error.is_retryable(), "{error}");
            }
        }
        assert!(told > 100, "{told}");
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let status = |status| StatusCode::from_u16(status).expect("a status");
        for (kind, code, number, expected) in [
            (Kind::ClientCredentials, Some("invalid_client"), 401, "client secret"),
            (Kind::ClientCredentials, None, 401, "client secret"),
            (Kind::Code, Some("invalid_grant"), 400, "sign in again"),
            (Kind::Refresh, Some("invalid_grant"), 400, "sign in again"),
            (Kind::Assertion, Some("invalid_grant"), 400, "new assertion"),
            (Kind::Code, Some("unauthorized_client"), 400, "allow this grant"),
            (Kind::Code, Some("unsupported_grant_type"), 400, "login URL"),
            (Kind::Code, Some("invalid_request"), 400, "settings"),
            (Kind::Code, None, 302, "redirects"),
            (Kind::Code, None, 403, "active"),
            (Kind::Code, None, 404, "login URL"),
            (Kind::Code, None, 429, "share"),
            (Kind::Code, None, 503, "later"),
            (Kind::Code, Some("something_new"), 418, "settings"),
        ] {
            let advice = advice(kind, status(number), code);
            assert!(advice.contains(expected), "{kind:?} {code:?} {number}: {advice}");
        }
    }
}
