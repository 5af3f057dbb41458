//! What each grant sends to the login, and what becomes of the login's refusals.

use std::time::Duration;

use crate::support::login::{Login, VERIFIER, fields, grants, pass};
use crate::support::*;
use rosterkit_core::oauth::{Pkce, SignIn, Token, TokenSource, TokenSourceBuilder};
use rosterkit_core::secrecy::ExposeSecret as _;
use rosterkit_core::{Error, ErrorKind, Request, Transport};
use tokio::time::Instant;

const SAML: &str = "urn:ietf:params:oauth:grant-type:saml2-bearer";
/// `id:S3NTINEL`
const BASIC: &str = "Basic aWQ6UzNOVElORUw=";

type Fields<'a> = &'a [(&'a str, &'a str)];

/// A transport whose calls get no further than the login.
fn transport_of(source: &TokenSource) -> Transport {
    builder("http://127.0.0.1:9").credential_source("bearer", source.clone()).build().expect("valid settings")
}

async fn refused(login: &Login, source: TokenSourceBuilder) -> Error {
    let source = source.login_url(&login.url).build().expect("valid settings");
    transport_of(&source).send_empty(Request::new(&GET_ME)).await.expect_err("no token")
}

#[tokio::test]
async fn each_grant_sends_its_form_and_shows_its_client() {
    let expected: [(Fields<'_>, _); 5] = [
        (&[("grant_type", "client_credentials")], Some(BASIC)),
        (
            &[
                ("grant_type", "authorization_code"),
                ("code", "S3NTINEL code"),
                ("redirect_uri", "http://localhost/cb?a=b"),
            ],
            Some(BASIC),
        ),
        (
            &[
                ("grant_type", "authorization_code"),
                ("code", "S3NTINEL code"),
                ("redirect_uri", "http://localhost/cb"),
                ("client_id", "id"),
                ("code_verifier", VERIFIER),
            ],
            None,
        ),
        (&[("grant_type", "refresh_token"), ("refresh_token", "S3NTINEL+/=")], Some(BASIC)),
        (&[("grant_type", SAML), ("orgName", "Ädas org"), ("assertion", "S3NTINEL+assertion/=")], Some(BASIC)),
    ];
    let mut login = Login::start().await;
    for (source, (form, authorization)) in grants().into_iter().zip(expected) {
        assert!(!format!("{source:?}").contains(SENTINEL));
        let source = source.login_url(format!("{}/prefix/", login.url)).build().expect("valid settings");
        let transport = transport_of(&source);
        login.issue("t0ken");
        let token = source.token().await.expect("a token");
        assert_eq!(token.access_token().expose_secret(), "t0ken");
        let request = login.request().await;
        assert_eq!(request.request_line(), "POST /prefix/oauth/token HTTP/1.1");
        let form: Vec<_> = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        assert_eq!(fields(&request), form);
        assert_eq!(request.header("authorization"), authorization);
        assert_eq!(request.header("accept"), Some("application/json"));
        assert!(request.header("user-agent").expect("a user agent").starts_with("rosterkit/"));
        let shown = format!("{source:?} {token:?} {transport:?} {:?}", source.current_token());
        assert!(!shown.contains(SENTINEL) && !shown.contains("t0ken"), "{shown}");
    }
}

#[tokio::test]
async fn a_user_signs_in_and_the_code_is_redeemed() {
    let mut login = Login::start().await;
    let sign_in = SignIn::pkce("id", "http://localhost/cb").expect("random numbers").param("org", "a b");
    let url = url::Url::parse(&sign_in.url(&login.url).expect("a URL")).expect("a URL");
    assert_eq!(url.path(), "/oauth/authorize");
    let challenge = sign_in.verifier().expect("PKCE").challenge();
    let state = sign_in.state().to_owned();
    let query: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    let expected = [
        ("response_type", "code"),
        ("client_id", "id"),
        ("redirect_uri", "http://localhost/cb"),
        ("state", &state),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
        ("org", "a b"),
    ];
    assert_eq!(query, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let callback = format!("/cb?code=a%2Bcode&state={state}#fragment");
    let source = sign_in.finish(&callback).expect("a code").login_url(&login.url).build().expect("valid settings");
    let _transport = transport_of(&source);
    login.issue("t0ken");
    source.token().await.expect("a token");
    let form = fields(&login.request().await);
    assert_eq!(form[1], ("code".to_owned(), "a+code".to_owned()));
    let verifier = Pkce::from_verifier(form[4].1.clone()).expect("a verifier");
    assert_eq!(verifier.challenge(), challenge);
}

#[tokio::test]
async fn a_client_without_a_secret_names_itself_when_it_uses_a_refresh_token() {
    let mut login = Login::start().await;
    let source = TokenSource::public_refresh_token("id", "r-1").login_url(&login.url).build().expect("valid settings");
    let _transport = transport_of(&source);
    login.respond_with(200, "", r#"{"access_token":"t0ken","scope":"users:readonly routing","refresh_token":"r-2"}"#);
    let token = source.token().await.expect("a token");
    assert_eq!(token.scope(), Some("users:readonly routing"));
    assert_eq!(token.refresh_token().expect("the next one").expose_secret(), "r-2");
    let request = login.request().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "r-1"), ("client_id", "id")];
    assert_eq!(fields(&request), form.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(request.header("authorization"), None);
}

#[test]
fn a_sign_in_response_without_a_code_is_refused() {
    for (callback, expected) in [
        ("http://localhost/cb", "belongs to another sign-in"),
        ("http://localhost/cb?code=S3NTINEL&state=S3NTINEL", "belongs to another sign-in"),
        ("http://localhost/cb?code=S3NTINEL&state=STATE&state=STATE", "belongs to another sign-in"),
        ("http://localhost/cb?code=S3NTINEL#state=STATE", "belongs to another sign-in"),
        ("http://localhost/cb?state=STATE", "has no code"),
        ("http://localhost/cb?state=STATE&code=S3NTINEL&code=other", "has several codes"),
        ("http://localhost/cb?state=STATE&code=", "has no code"),
        ("?state=STATE&error=access_denied", "refused the sign-in with `access_denied`;"),
        ("?state=STATE&error=S3NTINEL", "refused the sign-in;"),
    ] {
        let sign_in = SignIn::authorization_code("id", SENTINEL, "http://localhost/cb").expect("random numbers");
        assert!(!format!("{sign_in:?}").contains(SENTINEL) && !format!("{sign_in:?}").contains(sign_in.state()));
        assert!(!sign_in.url("https://login.example.com").expect("a URL").contains("challenge"));
        let callback = callback.replace("STATE", sign_in.state());
        let error = sign_in.finish(&callback).expect_err("no code");
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains(expected), "{error}");
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_refusal_says_which_grant_which_code_and_what_to_do() {
    let names = ["client credentials", "authorization code", "PKCE", "refresh token", "SAML2 bearer"];
    let login = Login::start().await;
    for (source, name) in grants().into_iter().zip(names) {
        let body = r#"{"error":"invalid_client","error_description":"S3NTINEL","description":"S3NTINEL"}"#;
        login.respond_with(401, "inin-correlation-id: c-1\r\n", body);
        let error = refused(&login, source).await;
        assert_eq!(
            error.to_string(),
            format!(
                "getMe (GET /api/me): the login refused the {name} grant with `invalid_client`, status 401, \
                 correlation id c-1; check the client id and the client secret, and that the client belongs to this \
                 region"
            )
        );
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Authentication, false));
        assert_eq!(error.body(), Some(body.as_bytes()));
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_response_without_a_token_is_an_error_that_prints_nothing_of_it() {
    let login = Login::start().await;
    for (status, body, is_retryable, expected) in [
        (400, r#"{"error":"S3NTINEL"}"#, false, "refused the PKCE grant, status 400"),
        (400, "S3NTINEL", false, "refused the PKCE grant, status 400"),
        (429, "", true, "status 429"),
        (500, "", true, "status 500"),
        (501, "", false, "status 501"),
        (503, "<html>S3NTINEL", true, "status 503"),
        (200, "<html>S3NTINEL", false, "holds no access token, status 200"),
        (200, r#"{"access_token":"S3NTINEL\n"}"#, false, "a token that a header cannot carry"),
        (200, r#"{"access_token":"S3NTINEL","token_type":"S3NTINEL"}"#, false, "else than a bearer token"),
    ] {
        login.respond(status, body);
        let [_, _, pkce, ..] = grants();
        let error = refused(&login, pkce).await;
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(error.is_retryable(), is_retryable, "{error}");
        assert_eq!(error.body().is_some(), status != 200 && !body.is_empty());
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_login_that_is_not_reached_is_an_error_that_says_so() {
    let dead = closed_port().await;
    let closing = serve_bytes("").await;
    for (url, expected) in [
        (
            format!("{dead}/{SENTINEL}"),
            "the client credentials grant failed: no connection to the login: the host refused the connection;",
        ),
        (format!("{closing}/{SENTINEL}"), "the connection to the login broke"),
    ] {
        let [source, ..] = grants();
        let source = source.login_url(url).build().expect("valid settings");
        let error = transport_of(&source).send_empty(Request::new(&GET_ME)).await.expect_err("no token");
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Authentication, true));
        assert!(std::error::Error::source(&error).is_some());
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_silent_login_is_given_up_in_time_for_the_call_to_say_so() {
    let mut login = Login::start().await;
    for (limit, seconds) in [(None, 30), (Some(5), 5)] {
        let [source, ..] = grants();
        let source = source.login_url(format!("{}/{SENTINEL}", login.url));
        let source = limit.into_iter().fold(source, |source, limit| source.timeout(Duration::from_secs(limit)));
        let source = source.build().expect("valid settings");
        let transport = transport_of(&source);
        let call = tokio::spawn(async move { transport.send_empty(Request::new(&GET_ME)).await.map(|_| ()) });
        login.request().await;
        let start = Instant::now();
        pass(Duration::from_secs(seconds)).await;
        let error = call.await.expect("no panic").expect_err("no token");
        assert!(error.to_string().contains("no complete response from the login within the time limit"), "{error}");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Authentication, true));
        assert!(start.elapsed() < Duration::from_secs(seconds + 5));
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn the_secrets_of_a_token_request_follow_no_redirect() {
    for status in [301, 302, 303, 307, 308] {
        let login = Login::start().await;
        let mut elsewhere = Login::start().await;
        let mut source = grants();
        login.respond_with(status, &format!("Location: {}/S3NTINEL\r\n", elsewhere.url), "");
        source.rotate_left(1);
        let [source, ..] = source;
        let error = refused(&login, source).await;
        assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
        assert!(error.advice().contains("do not follow redirects"), "{error}");
        assert_discreet(&error);
        assert_eq!(elsewhere.count(), 0);
    }
}

#[test]
fn no_secret_crosses_the_network_in_the_clear() {
    let source = || grants().into_iter().next().expect("a grant");
    for (base, login, allowed, is_fine) in [
        ("https://api.example.com", "http://login.example.com", false, false),
        ("https://api.example.com", "http://login.example.com", true, true),
        ("https://api.example.com", "http://127.0.0.1:1", false, true),
        ("https://api.example.com", "https://login.example.com", false, true),
        ("http://127.0.0.1:1", "http://localhost.example.com", false, false),
    ] {
        let source = source().login_url(login).build().expect("valid settings");
        let transport = builder(base).allow_insecure_http(allowed).credential_source("bearer", source).build();
        assert_eq!(transport.as_ref().err().map(Error::kind), (!is_fine).then_some(ErrorKind::InsecureTransport));
    }
    let derived = source().build().expect("valid settings");
    let error =
        builder("http://api.example.com").credential_source("bearer", derived).build().expect_err("in the clear");
    assert_eq!(error.kind(), ErrorKind::InsecureTransport);
}

#[tokio::test]
async fn a_gateway_takes_api_calls_and_logins_on_one_host() {
    let mut gateway = Login::start().await;
    let [source, ..] = grants();
    let source = source.login_path("/genesys-login").build().expect("valid settings");
    let transport = builder(format!("{}/genesys-api", gateway.url)).credential_source("bearer", source);
    let transport = transport.build().expect("valid settings");
    gateway.issue("t0ken");
    gateway.respond(200, "");
    transport.send_empty(Request::new(&GET_ME)).await.expect("done");
    assert_eq!(gateway.request().await.request_line(), "POST /genesys-login/oauth/token HTTP/1.1");
    let call = gateway.request().await;
    assert_eq!(call.request_line(), "GET /genesys-api/api/me HTTP/1.1");
    assert_eq!(call.header("authorization"), Some("Bearer t0ken"));
}

#[tokio::test]
async fn token_requests_go_through_the_transports_proxy_and_name_its_user_agent() {
    let mut proxy = Login::start().await;
    proxy.issue("t0ken");
    let [source, ..] = grants();
    let source = source.login_url("http://login.example.com").build().expect("valid settings");
    let url = proxy.url.clone();
    let _transport = builder("https://api.example.com")
        .allow_insecure_http(true)
        .user_agent("mine/1")
        .configure_http(move |http| http.proxy(rosterkit_core::reqwest::Proxy::all(url).expect("a URL")))
        .credential_source("bearer", source.clone())
        .build()
        .expect("valid settings");
    source.token().await.expect("a token");
    let request = proxy.request().await;
    assert_eq!(request.request_line(), "POST http://login.example.com/oauth/token HTTP/1.1");
    assert_eq!(request.header("user-agent"), Some("mine/1"));
}

#[test]
fn settings_that_cannot_work_are_refused_when_the_source_is_built() {
    let pkce = || Pkce::from_verifier(VERIFIER).expect("a verifier");
    let credentials = || TokenSource::client_credentials("id", SENTINEL);
    for (source, expected) in [
        (TokenSource::client_credentials("", SENTINEL), "needs a client id"),
        (TokenSource::client_credentials("id", ""), "needs a client secret"),
        (TokenSource::client_credentials("S3NTINEL:id", "s"), "cannot contain a colon"),
        (TokenSource::client_credentials("id", "S3NTINEL\n"), "control characters"),
        (TokenSource::authorization_code("id", "s", "", "https://a"), "needs a code"),
        (TokenSource::pkce("id", SENTINEL, "", pkce()), "needs a redirect URI"),
        (TokenSource::pkce("", SENTINEL, "https://a", pkce()), "needs a client id"),
        (TokenSource::refresh_token("id", "s", ""), "needs a refresh token"),
        (TokenSource::saml2_bearer("id", "s", "", SENTINEL), "needs an organisation's name"),
        (TokenSource::saml2_bearer("id", "s", "o", ""), "needs an assertion"),
        (credentials().login_url("S3NTINEL"), "the login URL is invalid"),
        (credentials().login_path("/S3NTINEL?"), "must be a plain path"),
        (credentials().initial_token(Token::new("S3NTINEL\n")), "the initial token"),
    ] {
        let error = source.build().expect_err("does not work");
        assert_eq!(error.kind(), ErrorKind::Configuration);
        assert!(error.to_string().contains(expected), "{error}");
        assert_discreet(&error);
    }
    let underivable = credentials().build().expect("valid settings");
    let error = builder("https://S3NTINEL.example.com").credential_source("bearer", underivable).build();
    let error = error.expect_err("no login");
    assert!(error.advice().contains("set the login URL"), "{error}");
    assert_discreet(&error);
}
