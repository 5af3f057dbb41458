//! Credentials that come from a source of the caller's own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use std::time::Duration;

use crate::support::clock::pass;
use crate::support::{GET_ME, POST_USER, SENTINEL, assert_discreet, builder, serve_in_turn};
use futures_util::stream;
use httpmock::{Mock, MockServer};
use rosterkit_core::{
    Body, BoxFuture, Connection, Credential, CredentialSource, Error, ErrorKind, Request, StatusCode, bytes::Bytes,
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

/// Gives `S3NTINEL-1`, `S3NTINEL-2` and so on, a new one after each rejection up to a limit.
#[derive(Debug, Default)]
struct Numbered {
    rejections: AtomicUsize,
    asked: AtomicUsize,
    limit: usize,
    host: Mutex<String>,
}

impl Numbered {
    fn up_to(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, ..Self::default() })
    }

    fn rejections(&self) -> usize {
        self.rejections.load(Ordering::SeqCst)
    }
}

impl CredentialSource for Numbered {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let number = (self.rejections() + 1).min(self.limit);
        Box::pin(async move { Ok(Credential::bearer(format!("{SENTINEL}-{number}"))) })
    }

    fn rejected<'a>(&'a self, credential: &'a Credential) -> BoxFuture<'a, Result<bool, Error>> {
        assert!(matches!(credential, Credential::Bearer(_)));
        let rejections = self.rejections.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move { Ok(rejections < self.limit) })
    }

    fn attach(&self, connection: &Connection) -> Result<(), Error> {
        *self.host.lock().expect("no panic") = connection.base_url().to_owned();
        assert!(connection.user_agent().to_str().expect("text").starts_with("rosterkit/"));
        assert!(!connection.allows_insecure_http() && connection.timeout().as_secs() == 60);
        let _: &rosterkit_core::reqwest::Client = connection.http();
        Ok(())
    }
}

/// Answers 401 to all tokens but one.
async fn service(accepted: &str) -> MockServer {
    let server = MockServer::start_async().await;
    let accepted = format!("Bearer {SENTINEL}-{accepted}");
    response(&server, 200, &accepted);
    server.mock(|when, then| {
        when.header_not("authorization", accepted);
        then.status(401).header("inin-correlation-id", "c-1");
    });
    server
}

fn response<'a>(server: &'a MockServer, status: u16, authorization: &str) -> Mock<'a> {
    server.mock(|when, then| {
        when.header("authorization", authorization);
        then.status(status);
    })
}

#[tokio::test]
async fn a_rejected_credential_is_replaced_once_and_the_request_repeated_once() {
    // Whatever the method: a request that was answered with 401 was not carried out.
    for operation in [&GET_ME, &POST_USER] {
        for (accepted, done, asked, rejections) in [("1", true, 1, 0), ("2", true, 2, 1), ("3", false, 2, 1)] {
            let server = service(accepted).await;
            let source = Numbered::up_to(9);
            let transport =
                builder(server.base_url()).credential_source("bearer", source.clone()).build().expect("valid settings");
            let outcome = transport.send_empty(Request::new(operation).json("body")).await;
            assert_eq!(outcome.is_ok(), done, "{accepted}");
            assert_eq!((source.asked.load(Ordering::SeqCst), source.rejections()), (asked, rejections));
            if let Err(error) = outcome {
                assert_eq!((error.kind(), error.correlation_id()), (ErrorKind::Status, Some("c-1")));
                assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
                assert_discreet(&error);
            }
            assert_eq!(*source.host.lock().expect("no panic"), server.base_url());
            assert!(!format!("{transport:?}").contains(SENTINEL));
        }
    }
}

#[tokio::test]
async fn without_a_new_credential_the_401_surfaces_after_one_request() {
    let server = MockServer::start_async().await;
    let any = server.mock(|when, then| {
        when.any_request();
        then.status(401);
    });
    let transport =
        builder(server.base_url()).credential_source("bearer", Numbered::up_to(1)).build().expect("valid settings");
    transport.send_empty(Request::new(&GET_ME)).await.expect_err("rejected");
    any.assert_calls(1);
    let fixed = builder(server.base_url()).credential("bearer", Credential::bearer("t")).build().expect("valid");
    fixed.send_empty(Request::new(&GET_ME)).await.expect_err("rejected");
    any.assert_calls(2);
}

#[tokio::test]
async fn a_streamed_body_is_not_sent_twice_but_the_next_request_has_the_new_credential() {
    let server = service("2").await;
    let source = Numbered::up_to(9);
    let transport =
        builder(server.base_url()).credential_source("bearer", source.clone()).build().expect("valid settings");
    let chunks = || Body::stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from("x"))]), Some(1));
    let request = || Request::new(&POST_USER).body("text/plain", chunks());
    let error = transport.send_empty(request()).await.expect_err("cannot be repeated");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    assert_eq!(error.advice(), "the credential is renewed now: send the request again");
    transport.send_empty(request()).await.expect("done");
    assert_eq!(source.rejections(), 1);
}

#[tokio::test]
async fn a_body_in_memory_is_sent_again_as_it_was() {
    let server = MockServer::start_async().await;
    response(&server, 401, &format!("Bearer {SENTINEL}-1"));
    let second = server.mock(|when, then| {
        when.header("authorization", format!("Bearer {SENTINEL}-2")).header("x-note", "n").json_body("body");
        then.status(200);
    });
    let transport =
        builder(server.base_url()).credential_source("bearer", Numbered::up_to(9)).build().expect("valid settings");
    transport.send_empty(Request::new(&POST_USER).header("x-note", "n").json("body")).await.expect("done");
    second.assert_calls(1);
}

#[tokio::test]
async fn another_origin_got_no_credential_and_rejects_none() {
    let other = MockServer::start_async().await;
    let stranger = other.mock(|when, then| {
        when.header_missing("authorization");
        then.status(401);
    });
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.any_request();
        then.status(302).header("location", other.url("/"));
    });
    let source = Numbered::up_to(9);
    let transport =
        builder(server.base_url()).credential_source("bearer", source.clone()).build().expect("valid settings");
    transport.send_empty(Request::new(&GET_ME)).await.expect_err("rejected");
    assert_eq!(source.rejections(), 0);
    stranger.assert_calls(1);
}

/// Fails to give, or to replace.
#[derive(Debug)]
struct Failing(Option<Credential>);

impl CredentialSource for Failing {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        let failed = || Error::authentication("the vault is sealed", "unseal the vault");
        Box::pin(async move { self.0.clone().ok_or_else(failed) })
    }

    fn rejected<'a>(&'a self, _: &'a Credential) -> BoxFuture<'a, Result<bool, Error>> {
        Box::pin(async { Err(Error::authentication("the vault is sealed", "unseal the vault")) })
    }
}

#[tokio::test]
async fn the_error_of_a_source_is_the_error_of_the_call() {
    let server = service("none").await;
    for source in [Failing(None), Failing(Some(Credential::bearer("t")))] {
        let transport = builder(server.base_url()).credential_source("bearer", source).build().expect("valid settings");
        let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("no credential");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Authentication, false));
        assert_eq!(error.to_string(), "getMe (GET /api/me): the vault is sealed; unseal the vault");
    }
    let source = Failing(Some(Credential::bearer("S3NTINEL\n")));
    let transport = builder(server.base_url()).credential_source("bearer", source).build().expect("valid settings");
    let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("cannot be sent");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_discreet(&error);
}

/// Tells that a credential was rejected, and never has another one.
#[derive(Debug)]
struct Endless(UnboundedSender<()>);

impl CredentialSource for Endless {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        Box::pin(async { Ok(Credential::bearer("t")) })
    }

    fn rejected<'a>(&'a self, _: &'a Credential) -> BoxFuture<'a, Result<bool, Error>> {
        self.0.send(()).expect("the test still runs");
        Box::pin(std::future::pending())
    }
}

#[tokio::test(start_paused = true)]
async fn a_401_whose_renewal_is_too_late_is_reported_as_a_rejected_request() {
    let limit = Duration::from_secs(5);
    let (url, _received) = serve_in_turn(vec![crate::support::response(401, &["x-request-id: r-1"])]).await;
    let (sender, notice) = unbounded_channel();
    let builder = builder(url).credential_source("bearer", Endless(sender)).call_timeout(limit);
    let transport = builder.build().expect("valid settings");
    let sent = pass(limit, notice, transport.send_empty(Request::new(&POST_USER))).await;
    let error = sent.expect_err("rejected");
    assert_eq!((error.status(), error.correlation_id()), (Some(StatusCode::UNAUTHORIZED), Some("r-1")));
    assert!(!error.may_have_taken_effect());
}

#[derive(Debug)]
struct Unattachable;

impl CredentialSource for Unattachable {
    fn credential(&self) -> BoxFuture<'_, Result<Credential, Error>> {
        unreachable!("no transport has it")
    }

    fn attach(&self, _: &Connection) -> Result<(), Error> {
        Err(Error::configuration("not here"))
    }
}

#[tokio::test]
async fn a_source_can_refuse_a_transport_and_the_last_one_given_counts() {
    let refused = builder("https://api.example.com").credential_source("bearer", Unattachable);
    assert_eq!(refused.build().expect_err("refused").kind(), ErrorKind::Configuration);
    let replaced = builder("https://api.example.com").credential_source("bearer", Unattachable);
    assert!(replaced.credential("bearer", Credential::bearer("t")).build().is_ok());
}

#[tokio::test]
async fn no_credential_of_a_source_crosses_the_network_in_the_clear() {
    let source = Numbered::up_to(1);
    let transport =
        builder("http://192.0.2.1").credential_source("bearer", source.clone()).build().expect("valid settings");
    let error = transport.send_empty(Request::new(&GET_ME)).await.expect_err("in the clear");
    assert_eq!(error.kind(), ErrorKind::InsecureTransport);
    assert_eq!(source.asked.load(Ordering::SeqCst), 0);
}
