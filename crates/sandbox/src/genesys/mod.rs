//! Genesys Cloud: the directory of users.

mod expand;
mod fields;
mod listing;
mod page;
mod store;
mod users;
mod view;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rosterkit_core::catalog::{Catalog, Schema};
use serde_json::json;

use self::store::Users;
use crate::credentials::SANDBOX;
use crate::http::{Caller, Failure, Handler, Incoming, Reply, Service};
use crate::people::People;

/// The answer header that names a request to the platform's support.
const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");

/// The service and its state.
pub(crate) struct Genesys {
    users: Mutex<Users>,
}

impl Genesys {
    pub(crate) fn new(people: People) -> Self {
        Self { users: Mutex::new(Users::new(people)) }
    }

    fn users(&self) -> MutexGuard<'_, Users> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Genesys {
    fn catalog() -> &'static Catalog {
        &genesys_users::generated::catalog::CATALOG
    }

    fn schemas() -> fn(&str) -> Option<&'static Schema> {
        genesys_users::generated::schemas::body
    }

    fn examples() -> fn(&str) -> Option<&'static str> {
        genesys_users::generated::answers::answer
    }

    fn handlers() -> impl Iterator<Item = (&'static str, Handler<Self>)> {
        [users::HANDLERS].into_iter().flatten().copied()
    }

    fn authenticate(&self, scheme: &str, headers: &HeaderMap) -> Option<Caller> {
        let token = Incoming::authorization(headers, "Bearer")?;
        (scheme == "oauth" && token == SANDBOX.genesys_token).then_some(Caller::Program)
    }

    fn challenge(_scheme: &str) -> &'static str {
        "Bearer realm=\"genesys\", error=\"invalid_token\""
    }

    fn refuse(&self, failure: &Failure, number: u64) -> Reply {
        let mut body = json!({
            "message": failure.message,
            "code": failure.code,
            "status": failure.status.as_u16(),
            "contextId": correlation_id(number),
            "details": [],
            "errors": [],
        });
        if let Some(field) = &failure.field {
            body["details"] = json!([{ "errorCode": failure.code, "fieldName": field }]);
        }
        if let Some(entity) = &failure.entity {
            body["entityId"] = json!(entity);
        }
        if let Some(operation) = failure.operation {
            body["messageParams"] = json!({ "operation": operation });
        }
        if let Some(missing) = failure.missing {
            body["messageParams"]["permissions"] = json!(missing.permissions.join(","));
        }
        Reply::json(&body).with_status(failure.status).with_headers(failure.headers.clone())
    }

    fn finish(&self, reply: Reply, number: u64) -> Reply {
        reply.with_headers(HeaderValue::from_str(&correlation_id(number)).map(|id| (CORRELATION_ID, id)))
    }
}

/// The id of the n-th request: shaped like the platform's, and the same in every run.
fn correlation_id(number: u64) -> String {
    format!("5a9db0c5-0000-4000-8000-{number:012x}")
}
