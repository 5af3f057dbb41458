//! Clients and responses that the tests share.

#![allow(dead_code, reason = "no test file uses all of it")]

use std::error::Error;

use httpmock::MockServer;
use serde_json::{Value, json};
use session_clusters::types::{ErrorEnvelope, SessionUser, UserTemplate};
use session_clusters::{Client, ClientBuilder, ErrorKind, RetryPolicy};

pub type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// What must never be printed.
pub const SENTINEL: &str = "S3NTINEL";

/// A builder for a server of this test. Nothing is repeated.
pub fn builder(server: &MockServer) -> ClientBuilder {
    Client::builder()
        .base_url(server.base_url())
        .api_key("key")
        .transport(|transport| transport.retry(RetryPolicy::none()))
}

pub fn client(server: &MockServer) -> TestResult<Client> {
    Ok(builder(server).build()?)
}

/// A refusal, as the service sends it.
pub fn refusal() -> Value {
    json!({ "success": false, "error": { "message": SENTINEL, "metadata": { "code": 7 } }, "data": null })
}

/// Checks that an error is the refusal above, and prints nothing of it.
pub fn assert_refused(error: &session_clusters::Error, operation: &str) {
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Refused, Some(operation)), "{error}");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    assert_eq!(error.correlation_id(), Some("c-1"));
    let message = error.service_error::<ErrorEnvelope>().and_then(|body| body.error.as_ref()?.message.as_deref());
    assert_eq!(message, Some(SENTINEL));
    assert!(!format!("{error} {error:?}").contains(SENTINEL));
}

pub fn user(remote_id: &str) -> SessionUser {
    SessionUser { remote_id: Some(remote_id.to_owned()), ..SessionUser::default() }
}

pub fn template(remote_id: &str) -> UserTemplate {
    UserTemplate { remote_id: Some(remote_id.to_owned()), ..UserTemplate::default() }
}
