//! Where access tokens come from, and how fast calls go.

use std::time::Duration;

use genesys_users::oauth::TokenSource;
use genesys_users::{Client, ClientBuilder, ErrorKind};
use httpmock::{Mock, MockServer};
use serde_json::json;

/// A gateway with the login at `/login` and the API at `/api`.
fn gateway(server: &MockServer) -> (Mock<'_>, Mock<'_>) {
    let login = server.mock(|when, then| {
        // Basic authentication of `id` and `secret`.
        when.method("POST").path("/login/oauth/token").header("authorization", "Basic aWQ6c2VjcmV0");
        then.json_body(json!({ "access_token": "t-1", "token_type": "bearer", "expires_in": 86400 }));
    });
    let users = server.mock(|when, then| {
        when.method("GET").path("/api/api/v2/users/u-1").header("authorization", "Bearer t-1");
        then.json_body(json!({ "id": "u-1" }));
    });
    (login, users)
}

#[tokio::test]
async fn client_credentials_and_any_other_grant_work_through_a_gateway_with_two_prefixes() {
    let credentials = |builder: ClientBuilder| builder.client_credentials("id", "secret");
    let refresh = |builder: ClientBuilder| builder.oauth(TokenSource::refresh_token("id", "secret", "r-1"));
    let clients: [&dyn Fn(&str) -> ClientBuilder; 3] = [
        &|url| credentials(Client::builder().gateway(url, "/api", "/login")),
        &|url| credentials(Client::builder()).gateway(url, "api/", "login/"),
        &|url| refresh(Client::builder().gateway(url, "/api", "/login")),
    ];
    for client in clients {
        let server = MockServer::start_async().await;
        let (login, users) = gateway(&server);
        let client = client(&server.base_url()).build().expect("a client");
        for _ in 0..2 {
            assert_eq!(client.users().get("u-1").await.expect("a user").id.as_deref(), Some("u-1"));
        }
        assert_eq!((login.calls(), users.calls()), (1, 2));
    }
}

#[tokio::test]
async fn a_token_source_is_shared_by_clients() {
    let server = MockServer::start_async().await;
    let (login, users) = gateway(&server);
    let tokens = TokenSource::client_credentials("id", "secret").login_path("/login").build().expect("a source");
    for _ in 0..2 {
        let builder = Client::builder().base_url(server.url("/api")).token_source(tokens.clone());
        builder.build().expect("a client").users().get("u-1").await.expect("a user");
    }
    assert_eq!((login.calls(), users.calls()), (1, 2));
}

#[tokio::test]
async fn the_last_credential_setting_applies() {
    let server = MockServer::start_async().await;
    let (login, users) = gateway(&server);
    let builder = Client::builder().gateway(server.base_url(), "/api", "/login");
    let client = builder.client_credentials("id", "secret").bearer("t-1").build().expect("a client");
    client.users().get("u-1").await.expect("a user");
    assert_eq!((login.calls(), users.calls()), (0, 1));
}

#[test]
fn an_invalid_setting_fails_the_build_and_shows_no_secret() {
    let builder = Client::builder().base_url("https://gateway.example.com").client_credentials("id", "sentinel");
    assert!(!format!("{builder:?}").contains("sentinel"));
    let error = builder.build().expect_err("the login does not follow from the host");
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(!format!("{error} {error:?}").contains("sentinel"));
}

#[tokio::test(start_paused = true)]
async fn the_default_rate_limit_is_300_requests_per_minute() {
    let server = MockServer::start_async().await;
    crate::support::respond(&server, "GET", "/api/v2/users/u-1", |_| (200, json!({ "id": "u-1" })));
    let client = Client::builder().base_url(server.base_url()).bearer("token").build().expect("a client");
    // The runtime does not leap over time while a blocking task runs.
    let (held, holder) = std::sync::mpsc::channel::<()>();
    tokio::task::spawn_blocking(move || holder.recv());

    for _ in 0..30 {
        client.users().get("u-1").await.expect("a user");
    }
    let users = client.users();
    let mut next = Box::pin(users.get("u-1"));
    for _ in 0..200 {
        tokio::select! {
            biased;
            _ = &mut next => panic!("the rate limit has no more than 30 at once"),
            () = tokio::task::yield_now() => {}
        }
    }
    tokio::time::advance(Duration::from_millis(223)).await;
    next.await.expect("a user");
    drop(held);
}
