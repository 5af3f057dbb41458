//! What breaks on the way, and that none of it prints what was sent.

use std::time::Duration;

use crate::support::clock::{hold, pass};
use crate::support::*;
use futures_util::StreamExt as _;
use rosterkit_core::{Credential, Error, ErrorKind, FilePart, Request, RetryPolicy, Transport};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// A request with the sentinel wherever a caller's data can be.
fn telling_requests() -> Vec<Request> {
    let request = || Request::new(&GET_USER).path("userId", SENTINEL).query("q", SENTINEL).header("x-note", SENTINEL);
    vec![
        request(),
        request().json(SENTINEL),
        request().form(SENTINEL, SENTINEL),
        request().part("field", SENTINEL).part_file("file", FilePart::new(SENTINEL, SENTINEL)),
    ]
}

fn authenticated(base_url: &str, timeout: Duration) -> Transport {
    builder(format!("{base_url}/{SENTINEL}"))
        .credential("bearer", Credential::bearer(SENTINEL))
        .timeout(timeout)
        .build()
        .expect("valid settings")
}

async fn failures(base_url: &str, timeout: Duration) -> Vec<Error> {
    let mut errors = Vec::new();
    for request in telling_requests() {
        let error = authenticated(base_url, timeout).send_json::<User>(request).await.expect_err("broken");
        assert_discreet(&error);
        assert_eq!((error.operation(), error.method()), (Some("getUser"), Some("GET")));
        assert_eq!(error.path(), Some("/api/users/{userId}"));
        errors.push(error);
    }
    errors
}

const LIMIT: Duration = Duration::from_secs(60);

/// A server that reads a request's head, sends the beginning of a response, tells so, and waits for ever.
async fn stall_after(beginning: &'static str) -> (String, UnboundedReceiver<()>) {
    let (sender, receiver) = unbounded_channel();
    let url = serve(move |mut stream| {
        let sender = sender.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(beginning.as_bytes()).await;
            let _ = sender.send(());
            std::future::pending::<()>().await;
        }
    })
    .await;
    (url, receiver)
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_of_an_attempt_holds_while_its_response_is_read() {
    let (url, notice) = stall_after("HTTP/1.1 200 OK\r\nX-Request-Id: r-1\r\nContent-Length: 9\r\n\r\nS3NTINEL").await;
    let transport = authenticated(&url, LIMIT);
    let read =
        transport.send_read(Request::new(&GET_USERS), &["*/*"], async |response| response.into_inner().text().await);
    let error = pass(LIMIT, notice, read).await.expect_err("late");
    assert_eq!((error.kind(), error.correlation_id()), (ErrorKind::Timeout, Some("r-1")));
    assert_discreet(&error);
}

#[tokio::test]
async fn no_connection_is_always_retryable() {
    let url = closed_port().await;
    for error in failures(&url, LIMIT).await {
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.is_retryable());
        assert!(std::error::Error::source(&error).is_some());
    }
    let error = transport(&url).send_empty(Request::new(&POST_USER).json("x")).await.expect_err("no connection");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_connection_that_closes_without_a_response_is_a_transport_error() {
    let url = serve_bytes("").await;
    for error in failures(&url, LIMIT).await {
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.is_retryable());
    }
    let error = transport(url).send_empty(Request::new(&POST_USER).json("x")).await.expect_err("closed");
    assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::Transport, false));
}

#[tokio::test]
async fn a_reset_is_a_transport_error() {
    let url = serve(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":").await;
        // Without lingering, closing resets.
        stream.set_zero_linger().expect("a socket option");
    })
    .await;
    for error in failures(&url, LIMIT).await {
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
}

#[tokio::test]
async fn a_response_that_breaks_off_is_an_error() {
    let length = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":\"S3NTINEL\"";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"id\":\"S3NTINEL\"\r\n";
    for response in [length, chunked] {
        let url = serve_bytes(response).await;
        for error in failures(&url, LIMIT).await {
            assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Transport, Some(200)));
            assert!(error.is_retryable());
        }
        let response = transport(&url).send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("a head");
        let chunks: Vec<_> = response.into_inner().collect().await;
        let (last, whole) = chunks.split_last().expect("an error at least");
        assert!(whole.iter().all(Result::is_ok));
        let error = last.as_ref().expect_err("breaks off");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Transport, Some("getUsers")));
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_transport_error() {
    let url = serve_bytes("S3NTINEL\r\n\r\n").await;
    for error in failures(&url, LIMIT).await {
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
}

#[tokio::test]
async fn a_response_that_is_not_readable_http_is_not_asked_for_again() {
    let many: String = (0..200).map(|index| format!("x-{index}: S3NTINEL\r\n")).collect();
    for bytes in [
        "S3NTINEL\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: S3NTINEL\r\n\r\n{}".to_owned(),
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
    ] {
        let (url, mut received) = serve_in_turn(vec![bytes]).await;
        let transport = builder(url).retry(RetryPolicy::default()).build().expect("valid settings");
        let error = transport.send_empty(Request::new(&GET_USERS)).await.expect_err("unreadable");
        assert!(error.to_string().contains("the response is not readable HTTP; check the base URL"), "{error}");
        assert_eq!((error.kind(), error.is_retryable(), error.attempts()), (ErrorKind::Transport, false, 1));
        assert_discreet(&error);
        received.recv().await.expect("a request");
        assert!(received.try_recv().is_err(), "asked once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_does_not_come_is_a_timeout() {
    for beginning in ["", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"] {
        let (url, notice) = stall_after(beginning).await;
        let transport = authenticated(&url, LIMIT);
        let request = Request::new(&GET_USER).path("userId", SENTINEL).query("q", SENTINEL);
        let error = pass(LIMIT, notice, transport.send_json::<User>(request)).await.expect_err("late");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.is_retryable());
        assert_discreet(&error);
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_includes_redirects() {
    let (sender, notice) = unbounded_channel();
    let url = serve(move |mut stream| {
        let sender = sender.clone();
        async move {
            let head = read_head(&mut stream).await;
            if head.starts_with("GET /slow") {
                let _ = sender.send(());
                std::future::pending::<()>().await;
            }
            let _ = stream.write_all(response(302, &["Location: /slow"]).as_bytes()).await;
        }
    })
    .await;
    let transport = builder(url).timeout(LIMIT).build().expect("valid settings");
    let error = pass(LIMIT, notice, transport.send_empty(Request::new(&GET_USERS))).await.expect_err("late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn the_status_of_an_error_survives_a_body_that_stalls() {
    let (url, notice) = stall_after("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n{").await;
    let transport = builder(url).timeout(LIMIT).build().expect("valid settings");
    let error = pass(LIMIT, notice, transport.send_empty(Request::new(&GET_USERS))).await.expect_err("busy");
    assert_eq!((error.kind(), error.body()), (ErrorKind::Status, Some("{".as_bytes())));
}

const GRACE: Duration = Duration::from_secs(2);

#[tokio::test(start_paused = true)]
async fn a_known_outcome_waits_two_seconds_for_its_body() {
    for (beginning, is_success) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", true),
        ("HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n", true),
        ("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n{", false),
    ] {
        let (url, notice) = stall_after(beginning).await;
        let transport = builder(url).timeout(LIMIT).build().expect("valid settings");
        let result = pass(GRACE, notice, transport.send_empty(Request::new(&GET_USERS))).await;
        assert_eq!(result.is_ok(), is_success, "{beginning}");
    }
    let (url, notice) = stall_after("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<").await;
    let transport = builder(url).timeout(LIMIT).build().expect("valid settings");
    let sent = transport.send_body(Request::new(&GET_USERS), &["text/csv"]);
    let error = pass(GRACE, notice, sent).await.expect_err("a page");
    assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
}

#[tokio::test(start_paused = true)]
async fn the_time_limit_holds_where_it_ends_before_the_two_seconds() {
    let (url, notice) = stall_after("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n{").await;
    let transport = builder(url).timeout(GRACE / 2).build().expect("valid settings");
    let error = pass(GRACE / 2, notice, transport.send_empty(Request::new(&GET_USERS))).await.expect_err("busy");
    assert_eq!(error.kind(), ErrorKind::Status);
}

#[tokio::test(start_paused = true)]
async fn a_long_ignored_body_is_not_waited_for() {
    let _held = hold();
    let (url, _notice) = stall_after("HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n{").await;
    transport(url).send_empty(Request::new(&GET_USERS)).await.expect("done without time passing");
}

#[tokio::test(start_paused = true)]
async fn a_streamed_response_may_take_longer_than_the_limit_but_not_stall() {
    let held = hold();
    let (url, _notice) = stall_after("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789").await;
    let transport = builder(url).timeout(LIMIT).build().expect("valid settings");
    let response = transport.send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("a head");
    let mut body = response.into_inner();
    assert_eq!(body.next().await.expect("a chunk").expect("a chunk"), "0123456789");
    drop(held);
    let error = body.next().await.expect("an error").expect_err("stalls");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("getUsers")));
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn a_limit_beyond_the_clock_does_not_apply() {
    let url = serve_bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1").await;
    let transport = builder(url).timeout(Duration::MAX).build().expect("valid settings");
    assert_eq!(*transport.send_json::<u8>(Request::new(&GET_USERS)).await.expect("a response").get(), 1);
    let body = transport.send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("a response").into_inner();
    assert_eq!(body.text().await.expect("text"), "1");
}

#[tokio::test]
async fn futures_can_be_spawned_and_errors_boxed() {
    let transport = transport(closed_port().await);
    let task = tokio::spawn(async move { transport.send_json::<User>(Request::new(&GET_USERS)).await.map(drop) });
    let error: Box<dyn std::error::Error + Send + Sync> = task.await.expect("no panic").expect_err("closed").into();
    assert!(error.downcast_ref::<Error>().is_some());
    assert!(size_of::<Error>() == size_of::<usize>());
}
