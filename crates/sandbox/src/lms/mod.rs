//! The LMS: accounts, training records and the bulk file of external training.

mod bulk;
mod external;
mod records;
mod store;
mod users;
mod xml;

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rosterkit_core::catalog::{Catalog, Schema};
use serde_json::json;

use self::store::Store;
use crate::credentials::SANDBOX;
use crate::http::{Call, Caller, Failure, Handler, Incoming, Reply, Service};
use crate::people::People;

/// The site and its state.
pub(crate) struct Lms {
    store: Mutex<Store>,
}

impl Lms {
    pub(crate) fn new(people: People) -> Self {
        Self { store: Mutex::new(Store::new(people)) }
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service for Lms {
    fn catalog() -> &'static Catalog {
        &peoplefluent_lms::generated::catalog::CATALOG
    }

    fn schemas() -> fn(&str) -> Option<&'static Schema> {
        peoplefluent_lms::generated::schemas::body
    }

    fn examples() -> fn(&str) -> Option<&'static str> {
        peoplefluent_lms::generated::answers::answer
    }

    fn handlers() -> impl Iterator<Item = (&'static str, Handler<Self>)> {
        [external::HANDLERS, records::HANDLERS, users::HANDLERS].into_iter().flatten().copied()
    }

    fn authenticate(&self, scheme: &str, headers: &HeaderMap) -> Option<Caller> {
        if scheme == "userBearer" {
            let right = Incoming::authorization(headers, "Bearer")? == SANDBOX.lms_token;
            return right.then_some(Caller::User(SANDBOX.lms_user));
        }
        let decoded = STANDARD.decode(Incoming::authorization(headers, "Basic")?).ok()?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        match scheme {
            "userBasic" if (user, password) == (SANDBOX.lms_user, SANDBOX.lms_password) => {
                Some(Caller::User(SANDBOX.lms_user))
            }
            "systemKey" if !user.is_empty() && password == SANDBOX.lms_system_key => Some(Caller::Program),
            _ => None,
        }
    }

    fn challenge(scheme: &str) -> &'static str {
        match scheme {
            "userBearer" => "Bearer realm=\"lms\"",
            "systemKey" => "Basic realm=\"lms system\", charset=\"UTF-8\"",
            _ => "Basic realm=\"lms\", charset=\"UTF-8\"",
        }
    }

    /// The errors of the LMS are not documented; this shape is the sandbox's own.
    fn refuse(&self, failure: &Failure, _number: u64) -> Reply {
        let mut body = json!({ "status": failure.status.as_u16(), "code": failure.code, "message": failure.message });
        if let Some(field) = &failure.field {
            body["parameter"] = json!(field);
        }
        if let Some(operation) = failure.operation {
            body["function"] = json!(operation);
        }
        Reply::json(&body).with_status(failure.status).with_headers(failure.headers.clone())
    }
}

/// The login of the user that a call acts for.
fn acting_user<'a>(store: &Store, call: &'a Call<'_>) -> Result<&'a str, Failure> {
    let own = match call.caller {
        Caller::User(login) => login,
        Caller::Anonymous | Caller::Program => "",
    };
    match call.filter("onBehalfOf") {
        None => Ok(own),
        Some(login) if store.account(login).is_some() => Ok(login),
        Some(_) => Err(Failure::forbidden("There is no user of the id in `onBehalfOf` that the caller may see.")),
    }
}
