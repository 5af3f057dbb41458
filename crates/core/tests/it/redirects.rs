//! Where redirects lead, and what goes along.

use crate::support::*;
use httpmock::{Method, MockServer};
use rosterkit_core::{Body, Credential, ErrorKind, Request, StatusCode, Transport, bytes::Bytes};

fn authenticated(base_url: &str) -> Transport {
    // Both under one scheme name each; an operation takes the first it can have.
    builder(base_url)
        .credential("bearer", Credential::bearer(SENTINEL))
        .credential("key", Credential::api_key("x-api-key", SENTINEL))
        .build()
        .expect("valid settings")
}

static BOTH: rosterkit_core::Operation = rosterkit_core::Operation {
    api: "sample",
    id: "both",
    method: "GET",
    path: "/api/users",
    security: &[&["bearer", "key"]],
    repeatable: false,
    service_error: None,
    scope: &[],
};

#[tokio::test]
async fn the_same_host_gets_the_credentials_again() {
    for status in [301, 302, 303, 307, 308] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.path("/api/users");
            then.status(status).header("location", "/moved?page=2");
        });
        let target = server.mock(|when, then| {
            when.method(Method::GET)
                .path("/moved")
                .query_param("page", "2")
                .header("authorization", format!("Bearer {SENTINEL}"))
                .header("x-api-key", SENTINEL)
                .header("x-note", "n");
            then.status(204);
        });
        let request = Request::new(&BOTH).header("x-note", "n");
        let response = authenticated(&server.base_url()).send_empty(request).await.expect("followed");
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        target.assert_calls(1);
    }
}

#[tokio::test]
async fn another_host_gets_neither_token_nor_key_nor_header() {
    let (elsewhere, mut received) = record(EMPTY).await;
    // Another port is another origin, another name for this machine too.
    for target in [elsewhere.clone(), elsewhere.replace("127.0.0.1", "localhost")] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.path("/api/users").header("authorization", format!("Bearer {SENTINEL}"));
            then.status(302).header("location", format!("{}/page", target.replace("//", "//user:pass@")));
        });
        let request = Request::new(&BOTH).header("x-note", SENTINEL);
        authenticated(&server.base_url()).send_empty(request).await.expect("followed");
        let received = received.recv().await.expect("a request");
        assert_eq!(received.request_line(), "GET /page HTTP/1.1");
        assert_eq!(received.header_names(), ["accept", "accept-encoding", "host", "user-agent"]);
    }
}

#[tokio::test]
async fn a_detour_over_another_host_does_not_bring_the_credentials_back() {
    let (home, elsewhere) = (MockServer::start_async().await, MockServer::start_async().await);
    home.mock(|when, then| {
        when.path("/api/users");
        then.status(302).header("location", elsewhere.url("/detour"));
    });
    elsewhere.mock(|when, then| {
        when.path("/detour");
        then.status(302).header("location", home.url("/back"));
    });
    home.mock(|when, then| {
        when.path("/back").header_missing("authorization").header_missing("x-api-key");
        then.status(302).header("location", "/end");
    });
    let end = home.mock(|when, then| {
        when.path("/end").header_missing("authorization").header_missing("x-api-key");
        then.status(200);
    });
    authenticated(&home.base_url()).send_empty(Request::new(&BOTH)).await.expect("followed");
    end.assert_calls(1);
}

#[tokio::test]
async fn endless_redirects_are_refused() {
    let server = MockServer::start_async().await;
    let circle = server.mock(|when, then| {
        when.any_request();
        then.status(302).header("location", format!("/?{SENTINEL}")).header("x-request-id", "r-1");
    });
    let error = authenticated(&server.base_url()).send_empty(Request::new(&BOTH)).await.expect_err("a circle");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Redirect, Some(StatusCode::FOUND)));
    assert_eq!(error.correlation_id(), Some("r-1"));
    assert!(error.to_string().contains("too many redirects"), "{error}");
    assert_discreet(&error);
    circle.assert_calls(6);

    let none = builder(server.base_url()).max_redirects(0).build().expect("valid settings");
    none.send_empty(Request::new(&GET_USERS)).await.expect_err("not followed");
    circle.assert_calls(7);
}

#[tokio::test]
async fn a_change_is_repeated_only_on_307_and_308_of_the_same_origin() {
    for (status, followed) in [(301, false), (302, false), (303, false), (307, true), (308, true)] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.path("/api/users");
            then.status(status).header("location", "/moved");
        });
        let target = server.mock(|when, then| {
            when.method(Method::POST)
                .path("/moved")
                .header("authorization", format!("Bearer {SENTINEL}"))
                .header("content-type", "application/json")
                .body("{\"id\":\"u-1\"}");
            then.status(200);
        });
        let request = Request::new(&POST_USER).json(&serde_json::json!({ "id": "u-1" }));
        let sent = authenticated(&server.base_url()).send_empty(request).await;
        assert_eq!(sent.is_ok(), followed, "{status}");
        if let Err(error) = sent {
            assert_eq!(error.kind(), ErrorKind::Redirect);
            assert_discreet(&error);
        }
        target.assert_calls(usize::from(followed));
    }
}

#[tokio::test]
async fn a_change_is_not_redirected_to_another_host() {
    let (home, elsewhere) = (MockServer::start_async().await, MockServer::start_async().await);
    home.mock(|when, then| {
        when.any_request();
        then.status(307).header("location", elsewhere.url("/api/users"));
    });
    let target = elsewhere.mock(|when, then| {
        when.any_request();
        then.status(200);
    });
    for request in [Request::new(&POST_USER).json("x"), Request::new(&DELETE_USER).path("userId", "u-1")] {
        let error = transport(home.base_url()).send_empty(request).await.expect_err("another host");
        assert_eq!(error.kind(), ErrorKind::Redirect);
    }
    target.assert_calls(0);
}

#[tokio::test]
async fn a_streamed_body_is_not_sent_twice() {
    let (url, mut received) =
        record("HTTP/1.1 307 Temporary Redirect\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n").await;
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from("abc"))]);
    let request = Request::new(&POST_USER).body("text/csv", Body::stream(chunks, Some(3)));
    let error = transport(url).send_empty(request).await.expect_err("cannot be followed");
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(error.to_string().contains("a second time"), "{error}");
    assert_eq!(received.recv().await.expect("a request").body, b"abc");
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn a_redirect_to_nowhere_is_an_error() {
    for (status, location) in [
        (302, None),
        (304, Some("/x")),
        (300, Some("/x")),
        (302, Some("mailto:S3NTINEL")),
        (302, Some("http://S3NTINEL:x")),
    ] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.any_request();
            let then = then.status(status);
            if let Some(location) = location {
                then.header("location", location);
            }
        });
        let error = transport(server.base_url()).send_empty(Request::new(&GET_USERS)).await.expect_err("nowhere");
        assert_eq!((error.kind(), error.status().map(|s| s.as_u16())), (ErrorKind::Redirect, Some(status)));
        assert_discreet(&error);
    }
}

#[tokio::test]
async fn cookies_are_not_kept() {
    let (url, mut received) =
        record("HTTP/1.1 200 OK\r\nSet-Cookie: JSESSIONID=S3NTINEL; Path=/\r\nContent-Length: 0\r\n\r\n").await;
    let transport = transport(url);
    for _ in 0..2 {
        let response = transport.send_empty(Request::new(&GET_USERS)).await.expect("done");
        assert!(!format!("{response:?} {:?}", response.headers()).contains(SENTINEL));
        assert_eq!(received.recv().await.expect("a request").header("cookie"), None);
    }
    let (url, mut received) = record(
        "HTTP/1.1 302 Found\r\nSet-Cookie: JSESSIONID=S3NTINEL\r\nLocation: /x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    )
    .await;
    crate::support::transport(url).send_empty(Request::new(&GET_USERS)).await.expect_err("a circle");
    while let Ok(received) = received.try_recv() {
        assert_eq!(received.header("cookie"), None);
    }
}
