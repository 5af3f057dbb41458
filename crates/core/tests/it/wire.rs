//! What a request looks like to the service.

use crate::support::*;
use futures_util::stream;
use rosterkit_core::{Body, Credential, ErrorKind, FilePart, Request, bytes::Bytes};
use serde_json::json;

fn chunks(texts: &'static [&'static str], length: Option<u64>) -> Body {
    Body::stream(stream::iter(texts.iter().map(|text| Ok::<_, std::io::Error>(Bytes::from(*text)))), length)
}

#[tokio::test]
async fn only_the_headers_that_are_needed_are_sent() {
    let (url, mut received) = record(EMPTY).await;
    let transport = builder(&url).credential("bearer", Credential::bearer("t0ken")).build().expect("valid settings");

    transport.send_empty(Request::new(&GET_USERS).query("q", "a b")).await.expect("done");
    let get = received.recv().await.expect("a request");
    assert_eq!(get.request_line(), "GET /api/users?q=a%20b HTTP/1.1");
    assert_eq!(get.header_names(), ["accept", "accept-encoding", "authorization", "host", "user-agent"]);
    assert_eq!(get.header("authorization"), Some("Bearer t0ken"));
    assert_eq!(get.header("accept"), Some("*/*"));
    assert_eq!(get.header("user-agent"), Some(concat!("rosterkit/", env!("CARGO_PKG_VERSION"))));

    let request = Request::new(&POST_USER).json(&json!({ "id": "u-1" })).accept("application/json");
    transport.send_empty(request).await.expect("done");
    let post = received.recv().await.expect("a request");
    assert_eq!(
        post.header_names(),
        ["accept", "accept-encoding", "authorization", "content-length", "content-type", "host", "user-agent"]
    );
    assert_eq!(post.header("content-type"), Some("application/json"));
    assert_eq!(post.header("accept"), Some("application/json"));
    assert_eq!(post.body, br#"{"id":"u-1"}"#);
}

#[tokio::test]
async fn a_method_that_usually_has_a_body_says_that_it_has_none() {
    let (url, mut received) = record(EMPTY).await;
    let transport = transport(url);
    for (request, length) in [
        (Request::new(&POST_USER), Some("0")),
        (Request::new(&POST_USER).form_body(), Some("0")),
        (Request::new(&DELETE_USER).path("userId", "u-1"), None),
    ] {
        transport.send_empty(request).await.expect("done");
        assert_eq!(received.recv().await.expect("a request").header("content-length"), length);
    }
}

#[tokio::test]
async fn a_streamed_body_of_known_length_says_so() {
    let (url, mut received) = record(EMPTY).await;
    let transport = transport(url);
    let send = |body| transport.send_empty(Request::new(&POST_USER).body("text/csv", body));

    send(chunks(&["id,name\n", "1,Ada\n"], Some(14))).await.expect("done");
    let known = received.recv().await.expect("a request");
    assert_eq!((known.header("content-length"), known.header("transfer-encoding")), (Some("14"), None));
    assert_eq!(known.body, b"id,name\n1,Ada\n");

    send(chunks(&["id,name\n"], None)).await.expect("done");
    let unknown = received.recv().await.expect("a request");
    assert_eq!((unknown.header("content-length"), unknown.header("transfer-encoding")), (None, Some("chunked")));
    assert_eq!(unknown.body, b"8\r\nid,name\n\r\n0\r\n\r\n");
}

#[tokio::test]
async fn a_streamed_file_of_known_length_makes_a_form_of_known_length() {
    let (url, mut received) = record(EMPTY).await;
    let file = FilePart::new("kurs ü.zip", chunks(&["PK", "\u{3}\u{4}"], Some(4))).with_media_type("application/zip");
    let request = Request::new(&POST_USER).part("format", "json").part_file("package", file);
    transport(url).send_empty(request).await.expect("done");

    let received = received.recv().await.expect("a request");
    assert_eq!(received.header("transfer-encoding"), None);
    let content_type = received.header("content-type").expect("set");
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("a boundary");
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"format\"\r\n\r\njson\r\n\
         --{boundary}\r\nContent-Disposition: form-data; name=\"package\"; filename=\"kurs ü.zip\"\r\n\
         Content-Type: application/zip\r\n\r\nPK\u{3}\u{4}\r\n--{boundary}--\r\n"
    );
    assert_eq!(received.header("content-length"), Some(expected.len().to_string().as_str()));
    assert_eq!(String::from_utf8(received.body).expect("UTF-8"), expected);
}

#[tokio::test]
async fn a_body_that_is_not_as_long_as_it_says_is_an_error_of_the_caller() {
    for (length, cause) in [(2, "longer than"), (3, "longer than"), (5, "ended before")] {
        let body = chunks(&["ab", "cd"], Some(length));
        let url = serve(|mut stream| async move {
            read_head(&mut stream).await;
            // Waits for a body that never is complete.
            while tokio::io::AsyncReadExt::read_u8(&mut stream).await.is_ok() {}
        })
        .await;
        let request = Request::new(&POST_USER).body("text/csv", body);
        let error = transport(url).send_empty(request).await.expect_err("a lie");
        assert_eq!(error.kind(), ErrorKind::RequestBody, "{error:?}");
        assert!(error.to_string().contains(cause), "{error}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn a_source_that_fails_is_reported_without_its_words() {
    let missing = std::io::Error::new(std::io::ErrorKind::NotFound, SENTINEL);
    let with_kind = Body::stream(stream::iter([Ok(Bytes::from("a")), Err(missing)]), None);
    let without_kind = Body::stream(stream::iter([Err::<Bytes, _>(SENTINEL)]), None);
    for (body, cause) in
        [(with_kind, "reading the body failed: entity not found;"), (without_kind, "reading the body failed;")]
    {
        let url = serve(|mut stream| async move {
            read_head(&mut stream).await;
            while tokio::io::AsyncReadExt::read_u8(&mut stream).await.is_ok() {}
        })
        .await;
        let request = Request::new(&POST_USER).part_file("file", FilePart::new(SENTINEL, body));
        let error = transport(url).send_empty(request).await.expect_err("no file");
        assert_eq!(error.kind(), ErrorKind::RequestBody, "{error:?}");
        assert!(error.to_string().contains(cause), "{error}");
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn paths_and_methods_can_be_corrected() {
    let (url, mut received) = record(EMPTY).await;
    let transport = builder(format!("{url}/v1/"))
        .override_path("getUser", "/people/{userId}")
        .override_method("getUser", "POST")
        .user_agent("test/1")
        .build()
        .expect("valid settings");
    transport.send_empty(Request::new(&GET_USER).path("userId", "u 1")).await.expect("done");
    let received = received.recv().await.expect("a request");
    assert_eq!(received.request_line(), "POST /v1/people/u%201 HTTP/1.1");
    assert_eq!(received.header("user-agent"), Some("test/1"));
}

#[tokio::test]
async fn an_override_keeps_the_parameters_and_shows_in_errors() {
    for template in ["/people", "/people/{id}", "/people/{userId}/{userId}"] {
        let transport = builder("http://localhost").override_path("getUser", template).build().expect("valid settings");
        let error = transport.send_empty(Request::new(&GET_USER).path("userId", "u-1")).await.expect_err("no place");
        assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    }
    let transport = builder(closed_port().await)
        .override_path("getUser", "/people/{userId}")
        .override_method("getUser", "POST")
        .build()
        .expect("valid settings");
    let error = transport.send_empty(Request::new(&GET_USER).path("userId", "")).await.expect_err("no id");
    assert_eq!((error.method(), error.path()), (Some("POST"), Some("/people/{userId}")));
}
