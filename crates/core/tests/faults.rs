//! What breaks on the way, and that none of it prints what was sent.

mod support;

use std::time::Duration;

use futures_util::StreamExt as _;
use rosterkit_core::{Credential, Error, ErrorKind, FilePart, Request, Transport};
use support::*;
use tokio::io::AsyncWriteExt as _;

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

const PATIENT: Duration = Duration::from_secs(60);
/// Long enough for a head to arrive on a busy machine.
const IMPATIENT: Duration = Duration::from_millis(400);

#[tokio::test]
async fn no_connection_is_always_retryable() {
    let url = closed_port().await;
    for error in failures(&url, PATIENT).await {
        assert_eq!(error.kind(), ErrorKind::Connect);
        assert!(error.is_retryable());
        assert!(std::error::Error::source(&error).is_some());
    }
    let error = transport(&url).send_empty(Request::new(&POST_USER).json("x")).await.expect_err("no connection");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_is_a_transport_error() {
    let url = serve_bytes("").await;
    for error in failures(&url, PATIENT).await {
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
    for error in failures(&url, PATIENT).await {
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_no_answer() {
    let length = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":\"S3NTINEL\"";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"id\":\"S3NTINEL\"\r\n";
    for answer in [length, chunked] {
        let url = serve_bytes(answer).await;
        for error in failures(&url, PATIENT).await {
            assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Transport, Some(200)));
            assert!(error.is_retryable());
        }
        let response = transport(&url).send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("a head");
        let chunks: Vec<_> = response.into_inner().collect().await;
        let (last, whole) = chunks.split_last().expect("an error at least");
        assert!(whole.iter().all(Result::is_ok));
        let error = last.as_ref().expect_err("breaks off");
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Transport, Some("getUsers")));
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_transport_error() {
    let url = serve_bytes("S3NTINEL\r\n\r\n").await;
    for error in failures(&url, PATIENT).await {
        assert_eq!(error.kind(), ErrorKind::Transport);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let silent = serve(|mut stream| async move {
        read_head(&mut stream).await;
        std::future::pending::<()>().await;
    });
    let stalled = serve(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{").await;
        std::future::pending::<()>().await;
    });
    for url in [silent.await, stalled.await] {
        let request = Request::new(&GET_USER).path("userId", SENTINEL).query("q", SENTINEL);
        let error = authenticated(&url, IMPATIENT).send_json::<User>(request).await.expect_err("late");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.is_retryable());
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn the_time_limit_includes_redirects() {
    let url = serve(|mut stream| async move {
        let head = read_head(&mut stream).await;
        if head.starts_with("GET /slow") {
            std::future::pending::<()>().await;
        }
        let _ = stream
            .write_all(b"HTTP/1.1 302 Found\r\nLocation: /slow\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .await;
    })
    .await;
    let transport = builder(url).timeout(IMPATIENT).build().expect("valid settings");
    let error = transport.send_empty(Request::new(&GET_USERS)).await.expect_err("late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn the_status_of_an_error_survives_a_body_that_stalls() {
    let url = serve(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n{").await;
        std::future::pending::<()>().await;
    })
    .await;
    let transport = builder(url).timeout(IMPATIENT).build().expect("valid settings");
    let error = transport.send_empty(Request::new(&GET_USERS)).await.expect_err("busy");
    assert_eq!((error.kind(), error.body()), (ErrorKind::Status, Some("{".as_bytes())));
}

#[tokio::test]
async fn a_streamed_answer_may_take_longer_than_the_limit_but_not_stall() {
    let url = serve(|mut stream| async move {
        read_head(&mut stream).await;
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789").await;
        std::future::pending::<()>().await;
    })
    .await;
    let transport = builder(url).timeout(IMPATIENT).build().expect("valid settings");
    let response = transport.send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("a head");
    let mut body = response.into_inner();
    assert_eq!(body.next().await.expect("a chunk").expect("a chunk"), "0123456789");
    let error = body.next().await.expect("an error").expect_err("stalls");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Timeout, Some("getUsers")));
    assert!(body.next().await.is_none());
}

#[tokio::test]
async fn a_limit_beyond_the_clock_is_no_limit() {
    let url = serve_bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1").await;
    let transport = builder(url).timeout(Duration::MAX).build().expect("valid settings");
    assert_eq!(*transport.send_json::<u8>(Request::new(&GET_USERS)).await.expect("an answer"), 1);
    let body = transport.send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("an answer").into_inner();
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
