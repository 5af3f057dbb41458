//! When tokens are renewed, by whom, and what becomes of those who wait.

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::login::{Login, fields, pass};
use crate::support::*;
use futures_util::FutureExt as _;
use futures_util::future::join_all;
use httpmock::MockServer;
use rosterkit_core::chrono::{TimeDelta, Utc};
use rosterkit_core::oauth::{Pkce, Token, TokenSource, TokenSourceBuilder};
use rosterkit_core::secrecy::ExposeSecret as _;
use rosterkit_core::{Credential, CredentialSource as _, Error, ErrorKind, Request, Transport};

const SECOND: Duration = Duration::from_secs(1);
const CROWD: usize = 1000;

fn credentials(login: &Login) -> TokenSourceBuilder {
    TokenSource::client_credentials("id", SENTINEL).login_url(&login.url)
}

/// Gives a source to a transport for a service at this address.
fn attach(source: &TokenSource, url: &str) -> Transport {
    builder(url).credential_source("bearer", source.clone()).build().expect("valid settings")
}

/// A source that a transport has, with no service behind it.
fn attached(source: TokenSourceBuilder) -> TokenSource {
    let source = source.build().expect("valid settings");
    attach(&source, "http://127.0.0.1:9");
    source
}

async fn token(source: &TokenSource) -> Result<String, Error> {
    source.token().await.map(|token| token.access_token().expose_secret().to_owned())
}

/// Polls each future once, so that all of them wait.
fn begin<F: Future + Unpin>(futures: &mut [F]) {
    for future in futures {
        assert!(future.now_or_never().is_none());
    }
}

#[tokio::test]
async fn a_token_is_used_until_shortly_before_it_expires() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login).renew_before(60 * SECOND));
    assert!(source.current_token().is_none());
    login.issue("t1");
    assert_eq!(token(&source).await.expect("a token"), "t1");
    pass(3539 * SECOND).await;
    assert_eq!(token(&source).await.expect("a token"), "t1");
    assert_eq!(login.count(), 1);
    login.issue("t2");
    pass(SECOND).await;
    assert_eq!(token(&source).await.expect("a token"), "t2");
    assert_eq!(login.count(), 1);
    let expires_at = source.current_token().expect("a token").expires_at().expect("a lifetime");
    assert!((Utc::now() + TimeDelta::hours(1) - expires_at).abs() < TimeDelta::minutes(10));
}

#[tokio::test]
async fn a_token_without_a_lifetime_is_used_until_it_is_rejected() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    login.respond(200, r#"{"access_token":"t1"}"#);
    assert_eq!(token(&source).await.expect("a token"), "t1");
    pass(1_000_000 * SECOND).await;
    assert_eq!(token(&source).await.expect("a token"), "t1");
    login.issue("t2");
    assert!(source.rejected(&Credential::bearer("t1")).await.expect("renewed"));
    assert_eq!(token(&source).await.expect("a token"), "t2");
    assert_eq!(login.count(), 2);
}

#[tokio::test]
async fn a_thousand_callers_on_an_expired_token_make_one_request() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    login.issue("t1");
    token(&source).await.expect("a token");
    pass(3600 * SECOND).await;
    assert_eq!(login.count(), 1);
    let calls: Vec<_> = (0..CROWD)
        .map(|_| {
            tokio::spawn({
                let source = source.clone();
                async move { token(&source).await }
            })
        })
        .collect();
    login.request().await;
    login.issue("t2");
    for token in join_all(calls).await {
        assert_eq!(token.expect("no panic").expect("a token"), "t2");
    }
    assert_eq!(login.count(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_callers_on_several_threads_make_one_request_for_each_rejected_token() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    for generation in 1..=5 {
        login.issue(&format!("t{generation}"));
        let calls = (0..CROWD).map(|_| {
            let source = source.clone();
            tokio::spawn(async move {
                // Each used the token before, and late ones hear of it when the next is in use already.
                let rejected = Credential::bearer(format!("t{}", generation - 1));
                assert!(source.rejected(&rejected).await.expect("renewed"));
                token(&source).await.expect("a token")
            })
        });
        for token in join_all(calls.collect::<Vec<_>>()).await {
            assert_eq!(token.expect("no panic"), format!("t{generation}"));
        }
        assert_eq!(login.count(), 1);
    }
}

#[tokio::test]
async fn calls_whose_token_is_rejected_renew_it_once_and_are_repeated_once() {
    let mut login = Login::start().await;
    let service = MockServer::start_async().await;
    let [old, new] = [("t1", 401), ("t2", 204)].map(|(token, status)| {
        service.mock(|when, then| {
            when.header("authorization", format!("Bearer {token}"));
            then.status(status);
        })
    });
    let source = credentials(&login).build().expect("valid settings");
    let transport = attach(&source, &service.base_url());
    login.issue("t1");
    token(&source).await.expect("a token");
    login.issue("t2");
    let calls = (0..50).map(|_| {
        let transport = transport.clone();
        tokio::spawn(async move { transport.send_empty(Request::new(&GET_ME)).await.map(|_| ()) })
    });
    for call in join_all(calls.collect::<Vec<_>>()).await {
        call.expect("no panic").expect("done");
    }
    // Late calls may have begun with the new token.
    let rejected = old.calls();
    assert!((1..=50).contains(&rejected), "{rejected}");
    assert_eq!((new.calls(), login.count()), (50, 2));
}

#[tokio::test]
async fn a_second_401_surfaces() {
    let mut login = Login::start().await;
    let service = MockServer::start_async().await;
    let any = service.mock(|when, then| {
        when.any_request();
        then.status(401).header("inin-correlation-id", "c-1");
    });
    let transport = attach(&credentials(&login).build().expect("valid settings"), &service.base_url());
    login.issue("t1");
    login.issue("t2");
    let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("rejected");
    assert_eq!((error.kind(), error.correlation_id()), (ErrorKind::Status, Some("c-1")));
    any.assert_calls(2);
    assert_eq!(login.count(), 2);
}

#[tokio::test]
async fn a_failed_renewal_reaches_every_waiter_and_is_tried_again_after_a_pause() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    let mut calls: Vec<_> = (0..CROWD).map(|_| Box::pin(token(&source))).collect();
    begin(&mut calls);
    login.respond_with(503, "inin-correlation-id: c-1\r\n", r#"{"error":"temporarily_unavailable"}"#);
    let expected = "the login refused the client credentials grant with `temporarily_unavailable`, status 503, \
                    correlation id c-1; try again later; if it stays, give the correlation id to the service's support";
    for error in join_all(calls).await {
        let error = error.expect_err("refused");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Authentication, expected));
        assert!(error.is_retryable());
        assert_discreet(&error);
    }
    assert_eq!(login.count(), 1);
    // A crowd that comes later does not ask again.
    assert_eq!(token(&source).await.expect_err("refused").to_string(), expected);
    assert_eq!(login.count(), 0);
    pass(SECOND).await;
    login.issue("t1");
    assert_eq!(token(&source).await.expect("a token"), "t1");
}

#[tokio::test]
async fn the_login_can_ask_for_a_longer_pause_but_not_for_ever() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    login.respond_with(429, "Retry-After: 100000\r\n", "");
    let error = token(&source).await.expect_err("refused");
    assert_eq!(error.retry_after(), Some(100_000 * SECOND));
    pass(59 * SECOND).await;
    token(&source).await.expect_err("still refused");
    assert_eq!(login.count(), 1);
    pass(SECOND).await;
    login.issue("t1");
    token(&source).await.expect("a token");
}

#[tokio::test]
async fn a_token_that_is_still_valid_outlives_a_failed_renewal() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    login.issue("t1");
    token(&source).await.expect("a token");
    pass(3550 * SECOND).await;
    login.respond(503, "");
    assert_eq!(token(&source).await.expect("the old token"), "t1");
    assert_eq!(token(&source).await.expect("the old token"), "t1");
    assert_eq!(login.count(), 2);
    pass(50 * SECOND).await;
    login.respond(503, "");
    token(&source).await.expect_err("expired");
    // A rejected token is not valid, whatever is left of its lifetime.
    pass(SECOND).await;
    login.issue("t2");
    token(&source).await.expect("a token");
    login.respond(503, "");
    source.rejected(&Credential::bearer("t2")).await.expect_err("no other");
    token(&source).await.expect_err("rejected");
}

#[tokio::test]
async fn a_renewal_goes_on_when_its_first_caller_gives_up_and_ends_with_the_last() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    let mut calls: Vec<_> = (0..10)
        .map(|_| {
            let source = source.clone();
            tokio::spawn(async move { token(&source).await })
        })
        .collect();
    login.request().await;
    let last = calls.pop().expect("a call");
    for call in calls {
        call.abort();
        assert!(call.await.expect_err("aborted").is_cancelled());
    }
    login.issue("t1");
    assert_eq!(last.await.expect("no panic").expect("a token"), "t1");
    assert_eq!(login.count(), 0);

    pass(3600 * SECOND).await;
    let mut given_up = token(&source).boxed();
    tokio::select! {
        _ = &mut given_up => unreachable!("no response was sent"),
        _ = login.request() => {}
    }
    drop(given_up);
    // Without a waiter nothing goes on: the response is left for the next request.
    tokio::task::yield_now().await;
    login.issue("t2");
    assert_eq!(source.current_token().expect("the old token").access_token().expose_secret(), "t1");
    assert_eq!(token(&source).await.expect("a token"), "t2");
    assert_eq!(login.count(), 1);
}

#[tokio::test]
async fn a_code_is_redeemed_once_and_the_refresh_token_rotates() {
    let pkce = Pkce::generate().expect("random numbers");
    let public = TokenSource::pkce("id", "c0de", "http://localhost/cb", pkce);
    let confidential = TokenSource::authorization_code("id", SENTINEL, "c0de", "http://localhost/cb");
    for (source, is_public) in [(public, true), (confidential, false)] {
        let mut login = Login::start().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let hook = {
            let seen = seen.clone();
            move |token: &Token| {
                let secrets = [Some(token.access_token()), token.refresh_token()];
                let secrets = secrets.map(|secret| secret.expect("both").expose_secret().to_owned());
                seen.lock().expect("no panic").push(secrets.join(" "));
            }
        };
        let source = attached(source.login_url(&login.url).on_token(hook));
        for (response, sent) in [
            (r#"{"access_token":"t1","refresh_token":"r1","expires_in":100}"#, "c0de"),
            (r#"{"access_token":"t2","refresh_token":"r2","expires_in":100}"#, "r1"),
            (r#"{"access_token":"t3","expires_in":100}"#, "r2"),
            (r#"{"access_token":"t4","refresh_token":"r4","expires_in":100}"#, "r2"),
        ] {
            login.respond(200, response);
            token(&source).await.expect("a token");
            let request = login.request().await;
            let fields = fields(&request);
            assert_eq!(fields[1].1, sent);
            assert_eq!(request.header("authorization").is_none(), is_public);
            if sent != "c0de" {
                assert_eq!(fields[0].1, "refresh_token");
                assert_eq!(fields.get(2).map(|field| field.0.as_str()), is_public.then_some("client_id"));
            }
            pass(100 * SECOND).await;
        }
        assert_eq!(*seen.lock().expect("no panic"), ["t1 r1", "t2 r2", "t3 r2", "t4 r4"]);
        login.respond(400, r#"{"error":"invalid_grant"}"#);
        let error = token(&source).await.expect_err("revoked");
        assert!(error.to_string().contains("the refresh token grant with `invalid_grant`"), "{error}");
        assert!(error.advice().contains("sign in again"), "{error}");
    }
}

#[tokio::test]
async fn a_panic_in_on_token_loses_neither_this_token_nor_the_next() {
    let mut login = Login::start().await;
    let source = TokenSource::refresh_token("id", SENTINEL, "r0").login_url(&login.url);
    let source = attached(source.on_token(|_| panic!("the disk is full")));
    let mut calls: Vec<_> = (0..CROWD).map(|_| Box::pin(token(&source))).collect();
    begin(&mut calls);
    login.respond(200, r#"{"access_token":"t1","refresh_token":"r1","expires_in":100}"#);
    for token in join_all(calls).await {
        assert_eq!(token.expect("a token"), "t1");
    }
    assert_eq!(fields(&login.request().await)[1].1, "r0");
    pass(100 * SECOND).await;
    login.respond(200, r#"{"access_token":"t2","expires_in":100}"#);
    assert_eq!(token(&source).await.expect("a token"), "t2");
    // The login gives a refresh token once: one that is lost ends the sign-in.
    assert_eq!(fields(&login.request().await)[1].1, "r1");
}

#[tokio::test]
async fn a_code_without_a_refresh_token_serves_until_its_token_ends() {
    let mut login = Login::start().await;
    let service = MockServer::start_async().await;
    service.mock(|when, then| {
        when.any_request();
        then.status(401);
    });
    let source = TokenSource::authorization_code("id", SENTINEL, "c0de", "http://localhost/cb").login_url(&login.url);
    let source = source.build().expect("valid settings");
    let transport = attach(&source, &service.base_url());
    login.issue("t1");
    // There is nothing to renew it with, so the 401 is the service's, and the token is not given up for it.
    let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("rejected");
    assert_eq!(error.kind(), ErrorKind::Status);
    assert_eq!(token(&source).await.expect("a token"), "t1");
    pass(3600 * SECOND).await;
    let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("expired");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Authentication, false));
    assert_eq!(
        error.to_string(),
        "getMe (GET /api/me): the access token of the authorization code grant has expired, and there is no refresh \
         token; sign in again"
    );
    assert_eq!(login.count(), 1);
}

#[tokio::test]
async fn client_credentials_and_assertions_are_simply_sent_again() {
    let mut login = Login::start().await;
    let assertion = TokenSource::saml2_bearer("id", SENTINEL, "org", "assertion").login_url(&login.url);
    for source in [credentials(&login), assertion] {
        let source = attached(source);
        for _ in 0..2 {
            login.issue("t");
            token(&source).await.expect("a token");
            assert_ne!(fields(&login.request().await)[0].1, "refresh_token");
            pass(3600 * SECOND).await;
        }
    }
}

#[tokio::test]
async fn a_stored_token_is_used_first_and_renewed_with_its_refresh_token() {
    let mut login = Login::start().await;
    let stored = Token::new("t1").with_refresh_token("r1").with_expires_at(Utc::now() + TimeDelta::hours(1));
    let source = TokenSource::refresh_token("id", SENTINEL, "r0").login_url(&login.url).initial_token(stored);
    let source = attached(source);
    assert_eq!(token(&source).await.expect("the stored token"), "t1");
    assert_eq!(login.count(), 0);
    pass(3600 * SECOND).await;
    login.issue("t2");
    assert_eq!(token(&source).await.expect("a token"), "t2");
    assert_eq!(fields(&login.request().await)[1].1, "r1");

    let expired = Token::new("t1").with_expires_at(Utc::now() - TimeDelta::hours(1));
    let source = attached(credentials(&login).initial_token(expired));
    login.issue("t2");
    assert_eq!(token(&source).await.expect("a token"), "t2");
}

#[tokio::test]
async fn clients_share_a_token_if_they_share_the_login() {
    let mut login = Login::start().await;
    let source = credentials(&login).build().expect("valid settings");
    let error = source.token().await.expect_err("detached");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.advice().contains("credential_source"), "{error}");
    let (url, mut received) = record(EMPTY).await;
    let transports = [attach(&source, &url), attach(&source, &url)];
    login.issue("t1");
    for transport in transports {
        transport.send_empty(Request::new(&GET_ME)).await.expect("done");
        assert_eq!(received.recv().await.expect("a request").header("authorization"), Some("Bearer t1"));
    }
    assert_eq!(login.count(), 1);

    let derived = TokenSource::client_credentials("id", SENTINEL).build().expect("valid settings");
    attach(&derived, "https://api.mypurecloud.ie");
    attach(&derived, "https://api.mypurecloud.ie/");
    let other = builder("https://api.mypurecloud.de").credential_source("bearer", derived).build();
    let error = other.expect_err("another region");
    assert!(error.advice().contains("each login"), "{error}");
}

/// A refusal that is about the rate.
const TOO_OFTEN: &str =
    r#"{"error":"invalid_request","description":"S3NTINEL: the authentication rate limit is exceeded"}"#;

#[tokio::test]
async fn a_login_that_is_asked_too_often_is_asked_again_and_after_no_other_400() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login).failure_pause(Duration::from_millis(1)));
    for _ in 0..3 {
        login.respond(400, TOO_OFTEN);
    }
    login.issue("t1");
    assert_eq!(token(&source).await.expect("a token"), "t1");
    assert_eq!(login.count(), 4);

    for body in [r#"{"error":"invalid_request","description":"no"}"#, r#"{"error":"invalid_client"}"#, "rate"] {
        let source = attached(credentials(&login));
        login.respond(400, body);
        let error = token(&source).await.expect_err("refused");
        assert!(error.is_credential_refused() && !error.is_retryable(), "{error}");
        assert_eq!(login.count(), 1);
    }
}

#[tokio::test]
async fn a_login_that_asks_for_more_than_a_minute_is_not_waited_for_and_may_be_asked_later() {
    let mut login = Login::start().await;
    let source = attached(credentials(&login));
    login.respond_with(400, "Retry-After: 61\r\n", TOO_OFTEN);
    let error = token(&source).await.expect_err("refused");
    assert!(error.is_retryable() && !error.is_credential_refused(), "{error}");
    assert!(error.to_string().contains("ask for tokens less often"), "{error}");
    assert_discreet(&error);
    assert_eq!(login.count(), 1);
}
