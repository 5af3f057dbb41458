//! How responses are decoded, streamed and refused.

use crate::support::*;
use httpmock::{Method, MockServer};
use rosterkit_core::{Body, CallOptions, ErrorKind, Request, StatusCode};

fn get_user() -> Request {
    Request::new(&GET_USER).path("userId", SENTINEL)
}

#[tokio::test]
async fn json_is_decoded_with_its_head() {
    for content_type in ["application/json", "application/json; charset=utf-8", "Application/HAL+JSON", "text/json"] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.method(Method::GET).path(format!("/ekp/api/users/{SENTINEL}"));
            then.status(200)
                .header("content-type", content_type)
                .header("inin-correlation-id", "c-1")
                .body("\u{feff}{\"id\":\"u-1\",\"version\":3}");
        });
        let user = transport(server.url("/ekp/")).send_json::<User>(get_user()).await.expect("a user");
        assert_eq!((user.get().version, user.correlation_id(), user.status()), (3, Some("c-1"), StatusCode::OK));
        assert_eq!(user.into_inner(), User { id: "u-1".into(), version: 3 });
    }
}

#[tokio::test]
async fn a_missing_content_type_is_taken_for_json() {
    let url = serve_bytes("HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n{\"id\":\"u\",\"version\":3} ").await;
    assert_eq!(transport(url).send_json::<User>(get_user()).await.expect("a user").get().version, 3);
}

#[tokio::test]
async fn a_body_that_is_not_json_is_an_error_with_its_cause() {
    let sentinel_type = format!("text/{SENTINEL}");
    for (content_type, body, kind, cause) in [
        ("application/json", "{\"id\":\"S3NTINEL\",\"ver", ErrorKind::Decode, "ends early, at line 1"),
        (
            "application/json",
            "{\"id\":\"S3NTINEL\",\"version\":\"S3NTINEL\"}",
            ErrorKind::Decode,
            "User at line 1 column 37, in `version`: expected u64",
        ),
        ("application/json", "{\"id\":\"S3NTINEL\"}", ErrorKind::Decode, "field `version` is missing"),
        ("application/json", "S3NTINEL", ErrorKind::Decode, "invalid JSON at line 1 column 1"),
        ("application/json", "", ErrorKind::Decode, "the response is empty"),
        (
            "text/html",
            "<html>S3NTINEL</html>",
            ErrorKind::UnexpectedMediaType,
            "received an HTML page (a login or error page?)",
        ),
        ("application/json", "\n <html>S3NTINEL</html>", ErrorKind::UnexpectedMediaType, "received an HTML page"),
        ("text/csv", "S3NTINEL", ErrorKind::UnexpectedMediaType, "the response is text/csv"),
        (&sentinel_type, "{}", ErrorKind::UnexpectedMediaType, "the response is another media type"),
    ] {
        let server = MockServer::start_async().await;
        server.mock(|_, then| {
            then.status(200).header("content-type", content_type).header("x-request-id", "r-1").body(body);
        });
        let error = transport(server.base_url()).send_json::<User>(get_user()).await.expect_err("no user");
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(cause), "{error}");
        assert_eq!((error.status(), error.correlation_id()), (Some(StatusCode::OK), Some("r-1")));
        assert_eq!(error.body(), Some(body.as_bytes()));
        assert!(!error.is_retryable());
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn text_that_is_not_utf_8_is_not_decoded() {
    let url = serve_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\"\xff\"".to_vec()).await;
    let error = transport(url).send_json::<String>(get_user()).await.expect_err("not UTF-8");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("not UTF-8"), "{error}");
}

#[tokio::test]
async fn an_empty_response_is_none_where_that_is_allowed() {
    for (status, body, expected) in
        [(204, "", None), (200, " \r\n", None), (200, "{\"id\":\"u\",\"version\":1}", Some(1)), (200, "null", None)]
    {
        let server = MockServer::start_async().await;
        server.mock(|_, then| {
            then.status(status).body(body);
        });
        let transport = transport(server.base_url());
        let sent = transport.send_json_optional::<Option<User>>(get_user()).await.expect("a response");
        assert_eq!(sent.into_inner().flatten().map(|user| user.version), expected);
    }
    let html = serve_bytes("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>").await;
    let error = transport(html).send_json_optional::<User>(get_user()).await.expect_err("a page");
    assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
}

#[tokio::test]
async fn an_ignored_body_does_not_matter() {
    for response in [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ndone",
        "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 7\r\n\r\n<done/>",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nbroken off",
    ] {
        let response = transport(serve_bytes(response).await).send_empty(get_user()).await.expect("done");
        assert!(response.status().is_success());
    }
}

#[tokio::test]
async fn an_html_page_is_not_accepted_as_an_empty_response() {
    for response in [
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<html>S3NTINEL",
        "HTTP/1.1 200 OK\r\nContent-Length: 23\r\n\r\n<!DOCTYPE html>S3NTINEL",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 8\r\n\r\nS3NTINEL",
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\nS3NTINEL",
    ] {
        let transport = transport(serve_bytes(response).await);
        let sent = transport.send_empty(Request::new(&DELETE_USER).path("userId", "u-1")).await;
        let error = sent.expect_err("a page");
        assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::UnexpectedMediaType, false));
        assert!(error.to_string().contains("login or error page"), "{error}");
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn a_service_error_is_decoded_and_never_printed() {
    let server = MockServer::start_async().await;
    server.mock(|_, then| {
        then.status(429)
            .header("content-type", "application/json")
            .header("inin-correlation-id", "c-1")
            .header("retry-after", "3")
            .header("x-secret", SENTINEL)
            .body("\u{feff}{\"code\":\"too.many\",\"message\":\"user S3NTINEL\"}");
    });
    let error = transport(server.base_url()).send_json::<User>(get_user()).await.expect_err("refused");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(StatusCode::TOO_MANY_REQUESTS)));
    let body = error.service_error::<ErrorBody>().expect("a documented error");
    assert_eq!((body.code.as_str(), body.message.as_str()), ("too.many", "user S3NTINEL"));
    assert!(error.service_error::<User>().is_none());
    assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(3));
    assert!(error.is_retryable());
    assert_eq!(
        error.to_string(),
        "getUser (GET /api/users/{userId}): status 429 Too Many Requests, correlation id c-1; \
         wait before the next request, for as long as the service asks"
    );
    assert_discreet(&error);
}

#[tokio::test]
async fn an_error_page_is_kept_up_to_64_kib() {
    let page = format!("<html>{}</html>", SENTINEL.repeat(10_000));
    let server = MockServer::start_async().await;
    server.mock(|_, then| {
        then.status(503).header("content-type", "text/html").body(&page);
    });
    let error = transport(server.base_url()).send_empty(get_user()).await.expect_err("refused");
    assert!(error.service_error::<ErrorBody>().is_none());
    assert_eq!(error.body(), Some(&page.as_bytes()[..64 * 1024]));
    assert_discreet(&error);
}

#[tokio::test]
async fn the_status_of_an_error_survives_a_body_that_breaks_off() {
    let url = serve_bytes("HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nbroken off").await;
    let error = transport(url).send_empty(get_user()).await.expect_err("refused");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(StatusCode::INTERNAL_SERVER_ERROR)));
    assert_eq!(error.body(), Some("broken off".as_bytes()));
}

#[tokio::test]
async fn retrying_is_advised_only_where_it_does_no_harm() {
    for (status, always, if_repeatable) in [
        (400, false, false),
        (401, false, false),
        (404, false, false),
        (408, false, true),
        (409, false, false),
        (429, true, true),
        (500, false, true),
        (501, false, false),
        (503, false, true),
        (599, false, true),
        (600, false, false),
        (999, false, false),
    ] {
        let server = MockServer::start_async().await;
        server.mock(|_, then| {
            then.status(status);
        });
        let transport = transport(server.base_url());
        for (request, expected) in [
            (Request::new(&POST_USER), always),
            (Request::new(&SEARCH_USERS), if_repeatable),
            (Request::new(&GET_USERS), if_repeatable),
            (Request::new(&DELETE_USER).path("userId", "u-1"), if_repeatable),
        ] {
            let error = transport.send_empty(request).await.expect_err("refused");
            assert_eq!(error.is_retryable(), expected, "{error}");
        }
    }
}

#[tokio::test]
async fn a_response_larger_than_the_limit_is_not_held() {
    let json = "\"0123456789\"";
    let announced = format!("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{json}");
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\n{json}\r\n0\r\n\r\n");
    for response in [announced, chunked] {
        let url = serve_bytes(response).await;
        let limited = |limit| builder(&url).max_decoded_bytes(limit).build().expect("valid settings");
        assert_eq!(*limited(12).send_json::<String>(get_user()).await.expect("fits").get(), "0123456789");
        let error = limited(11).send_json::<String>(get_user()).await.expect_err("too large");
        assert_eq!((error.kind(), error.status()), (ErrorKind::TooLarge, Some(StatusCode::OK)));
        assert!(error.to_string().contains("more than 11 bytes"), "{error}");
    }
}

#[tokio::test]
async fn a_streamed_response_is_checked_and_described() {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.header("accept", "text/csv, application/xml");
        then.status(200)
            .header("content-type", "text/plain; charset=utf-8")
            .header("content-disposition", "attachment; filename=\"../report.csv\"")
            .body("\u{feff}id,name\n");
    });
    let transport = transport(server.base_url());
    let send = || transport.send_body(get_user(), &["text/csv", "application/xml"]);
    let response = send().await.expect("text");
    assert_eq!((response.media_type(), response.get().file_name()), (Some("text/plain"), Some("report.csv")));
    assert_eq!(response.get().length(), Some(11));
    assert_eq!(response.into_inner().text().await.expect("text"), "id,name\n");
    assert_eq!(send().await.expect("bytes").into_inner().bytes().await.expect("bytes").len(), 11);
}

#[tokio::test]
async fn a_streamed_response_of_another_type_is_refused() {
    let server = MockServer::start_async().await;
    server.mock(|_, then| {
        then.status(200).header("content-type", "text/html").body("<html>S3NTINEL");
    });
    let transport = transport(server.base_url());
    let error = transport.send_body(get_user(), &["application/pdf"]).await.expect_err("a page");
    assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
    assert!(error.to_string().contains("login or error page"), "{error}");
    assert_eq!(error.body(), Some("<html>S3NTINEL".as_bytes()));
    assert_discreet(&error);
    let any: Body = transport.send_body(get_user(), &["*/*"]).await.expect("anything goes").into_inner();
    assert_eq!(any.text().await.expect("text"), "<html>S3NTINEL");
}

#[tokio::test]
async fn a_streamed_response_that_is_not_text_says_so() {
    let url = serve_bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe".to_vec()).await;
    let body = transport(url).send_body(get_user(), &["text/csv"]).await.expect("a response").into_inner();
    let error = body.text().await.expect_err("not UTF-8");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("getUser")));
}

#[tokio::test]
async fn a_response_in_an_encoding_that_was_not_requested_is_refused() {
    let head = |encoding: &str| {
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 2\r\nX-Request-Id: r-1\r\n\r\n{{}}")
    };
    for (encoding, gzip) in [("br", true), ("gzip", false), ("S3NTINEL", true), ("identity, deflate", true)] {
        let url = serve_bytes(head(encoding)).await;
        let transport = builder(url).gzip(gzip).build().expect("valid settings");
        let decoded = transport.send_json::<serde_json::Value>(get_user()).await.map(drop);
        let streamed = transport.send_body(get_user(), &["*/*"]).await.map(drop);
        for result in [decoded, streamed] {
            let error = result.expect_err("compressed");
            assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
            assert!(
                error.to_string().contains("the response has a content encoding that was not requested"),
                "{error}"
            );
            assert_eq!((error.status(), error.correlation_id()), (Some(StatusCode::OK), Some("r-1")));
            assert_discreet(&error);
        }
        transport.send_empty(get_user()).await.expect("its body is ignored");
    }
    let transport = transport(serve_bytes(head("Identity")).await);
    transport.send_json::<serde_json::Value>(get_user()).await.expect("not compressed");
    transport.send_body(get_user(), &["*/*"]).await.expect("not compressed");
}

#[tokio::test]
async fn a_response_that_is_nested_too_deeply_says_so() {
    let json = format!("{}{}", "[".repeat(200), "]".repeat(200));
    let url = serve_bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{json}")).await;
    let error = transport(url).send_json::<serde_json::Value>(get_user()).await.expect_err("too deep");
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("the response is nested too deeply, at line 1 column 128"), "{error}");
}

#[tokio::test]
async fn the_advice_for_not_modified_does_not_mention_the_credential() {
    let url = serve_bytes("HTTP/1.1 304 Not Modified\r\n\r\n").await;
    let error = transport(url).send_json::<User>(get_user()).await.expect_err("no user");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Redirect, Some(StatusCode::NOT_MODIFIED)));
    assert!(!error.to_string().contains("credential"), "{error}");
}

#[tokio::test]
async fn a_page_that_lies_about_its_media_type_is_named_before_anything_of_it_is_handed_out() {
    for (media_type, expected) in [("application/pdf", "application/pdf"), ("text/xml", "application/xml")] {
        for page in ["<!DOCTYPE html>S3NTINEL", "\u{feff} <?xml version='1.0'?><!-- --><html>S3NTINEL</html>"] {
            let server = MockServer::start_async().await;
            server.mock(|_, then| {
                then.status(200).header("content-type", media_type).header("x-request-id", "r-1").body(page);
            });
            let expected: &'static [&'static str] =
                if expected.ends_with("pdf") { &["application/pdf"] } else { &["application/xml"] };
            let response = transport(server.base_url()).send_body(get_user(), expected).await.expect("a head");
            let error = response.into_inner().text().await.expect_err("a page");
            assert_eq!(error.kind(), ErrorKind::UnexpectedMediaType);
            assert!(error.to_string().contains("received an HTML page"), "{error}");
            assert_eq!((error.correlation_id(), error.status().map(|it| it.as_u16())), (Some("r-1"), Some(200)));
            assert_discreet(&error);
        }
    }
}

#[tokio::test]
async fn a_caller_can_refuse_pages_where_anything_may_come() {
    for (media_type, page, is_page) in
        [("text/html", "S3NTINEL", true), ("text/plain", "<html>S3NTINEL</html>", true), ("text/plain", "done", false)]
    {
        let server = MockServer::start_async().await;
        server.mock(|_, then| {
            then.status(200).header("content-type", media_type).body(page);
        });
        let response = transport(server.base_url()).send_body(get_user(), &["*/*"]).await.expect("a head").into_inner();
        let text = async { response.expect_data()?.text().await }.await;
        match text {
            Ok(text) => assert_eq!((text.as_str(), is_page), (page, false)),
            Err(error) => {
                assert!(is_page && error.kind() == ErrorKind::UnexpectedMediaType, "{error}");
                assert_discreet(&error);
            }
        }
    }
}

#[tokio::test]
async fn a_body_can_be_read_up_to_a_limit() {
    let server = MockServer::start_async().await;
    server.mock(|_, then| {
        then.status(200).body("12345");
    });
    let transport = transport(server.base_url());
    let send = async || transport.send_body(get_user(), &["*/*"]).await.expect("a head").into_inner();
    assert_eq!(send().await.bytes_up_to(5).await.expect("just fits"), "12345");
    let error = send().await.bytes_up_to(4).await.expect_err("too large");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::TooLarge, Some("getUser")));
    assert_eq!(Body::from("12345").bytes_up_to(4).await.expect_err("too large").kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn the_bytes_of_a_decoded_response_are_kept_on_request() {
    const SENT: &str = "\u{feff}{\"version\": 3.0e0, \"id\":\"u\\/1\", \"new\":null}\n";
    #[derive(serde::Deserialize)]
    struct Known {
        id: String,
    }
    let url = serve_bytes(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{SENT}", SENT.len())).await;
    let keeping = || get_user().options(CallOptions::new().keep_body());
    let user = transport(&url).send_json::<Known>(keeping()).await.expect("a user");
    assert_eq!(user.get().id, "u/1");
    assert_eq!(user.kept_body().map(AsRef::as_ref), Some(SENT.as_bytes()));
    let user = transport(&url).send_json_optional::<Known>(keeping()).await.expect("a user");
    assert_eq!(user.map(|user| user.is_some()).kept_body().map(AsRef::as_ref), Some(SENT.as_bytes()));
    let user = transport(&url).send_json::<Known>(get_user()).await.expect("a user");
    assert_eq!(user.kept_body(), None);
    // It still has to fit.
    let error = transport(&url).send_json::<User>(keeping()).await.expect_err("no whole number");
    assert_eq!(error.kind(), ErrorKind::Decode);
    let blank = serve_bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\r\n").await;
    let nobody = transport(&blank).send_json_optional::<Known>(keeping()).await.expect("nobody");
    assert!(nobody.get().is_none() && nobody.kept_body().is_some_and(|body| body == "\r\n"));
}
