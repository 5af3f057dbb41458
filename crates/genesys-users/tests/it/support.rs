//! What the tests share: clients, and servers whose responses depend on the request.

#![allow(dead_code, reason = "no test needs all of it")]

use std::time::Duration;

use genesys_users::{CallOptions, Client, RateLimit, RetryPolicy};
use httpmock::{HttpMockRequest, HttpMockResponse, Mock, MockServer};
use rosterkit_sandbox::Sandbox;
use serde_json::Value;

/// A client of a mock server.
pub fn client(server: &MockServer) -> Client {
    let builder = Client::builder().base_url(server.base_url()).bearer("token").rate_limit(RateLimit::unlimited());
    builder.build().expect("a client")
}

/// Repeats conflicts at once, up to this many attempts.
pub fn impatient(client: &Client, attempts: u32) -> Client {
    let policy = RetryPolicy::default().with_conflict_attempts(attempts).with_conflict_step(Duration::ZERO);
    client.with_options(CallOptions::new().retry(policy))
}

/// A sandbox of so many people, and a client of it.
pub async fn sandbox(users: u64) -> (Sandbox, Client) {
    let sandbox = Sandbox::builder().users(users).start().await.expect("a sandbox");
    let builder = Client::builder().base_url(sandbox.genesys_url()).bearer(sandbox.credentials().genesys_token);
    let client = builder.rate_limit(RateLimit::unlimited()).build().expect("a client");
    (sandbox, client)
}

/// Answers a method and path with what a function makes of the body.
pub fn respond<'a>(
    server: &'a MockServer,
    method: &str,
    path: &str,
    response: impl Fn(Value) -> (u16, Value) + Send + Sync + 'static,
) -> Mock<'a> {
    server.mock(|when, then| {
        when.method(method).path(path);
        then.respond_with(move |request: &HttpMockRequest| {
            let body = serde_json::from_slice(request.body_ref()).unwrap_or_default();
            let (status, json) = response(body);
            let json = json.to_string();
            HttpMockResponse::builder().status(status).header("content-type", "application/json").body(json).build()
        });
    })
}
