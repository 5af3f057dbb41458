//! The LMS: people, training and everything around it, with one state that all 80 functions share.
//!
//! People, records, messages and modules that exist from the start are drawn from the seed when needed. The [`Store`]
//! holds only what calls have changed.
//!
//! Modules build on each other in this order: `model`, `samples`, `store`, `render`, `handlers`.

mod authorization;
mod bulk;
mod datetime;
mod enrollment;
mod feed;
mod fields;
mod handlers;
mod import;
mod model;
mod node;
mod params;
mod render;
mod response;
mod samples;
mod store;

use axum::http::HeaderMap;
use axum::http::header::SET_COOKIE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rosterkit_core::catalog::{Catalog, Schema};
use serde_json::Value;

pub(crate) use self::store::Lms;
use self::store::Store;
use crate::credentials::SANDBOX;
use crate::http::{Call, Caller, Error, Handler, Incoming, Reply, Service};

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
        handlers::all()
    }

    fn authenticate(&self, scheme: &str, headers: &HeaderMap) -> Option<Caller> {
        if scheme == "userBearer" {
            let right = Incoming::authorization(headers, "Bearer")? == SANDBOX.lms_token;
            return right.then(|| Caller::User(SANDBOX.lms_user.to_owned()));
        }
        let decoded = STANDARD.decode(Incoming::authorization(headers, "Basic")?).ok()?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        match scheme {
            "userBasic" if password == SANDBOX.lms_password => {
                let account = self.store().account(user).filter(|account| account.status() == "active")?;
                Some(Caller::User(account.login().to_owned()))
            }
            "systemKey" if !user.is_empty() && password == SANDBOX.lms_system_key => Some(Caller::Program),
            _ => None,
        }
    }

    fn save(&self) -> serde_json::Result<Value> {
        serde_json::to_value(&*self.store())
    }

    fn load(&self, state: Value) -> serde_json::Result<()> {
        let mut state: Store = serde_json::from_value(state)?;
        // The state repeats the people, and what is drawn from them fits no others.
        if <(u64, u64)>::from(state.people) != self.store().people.into() {
            return Err(serde::de::Error::custom("`people` must be the seed and the number of people of the sandbox"));
        }
        if !state.imported.are_numbered_from(state.people.count) {
            return Err(serde::de::Error::custom(
                "`imported` must be numbered after the people, each with a login of its own",
            ));
        }
        state.index();
        *self.store() = state;
        Ok(())
    }

    /// Every function takes `onBehalfOf` and `assignmentId` in the same way.
    fn run(&self, handler: Handler<Self>, call: &Call<'_>) -> Result<Reply, Error> {
        let cookie = authorization::check(&self.store(), call)?;
        let reply = handler(self, call)?;
        Ok(reply.with_headers(cookie.map(|cookie| (SET_COOKIE, cookie))))
    }

    fn challenge(scheme: &str) -> &'static str {
        match scheme {
            "userBearer" => "Bearer realm=\"lms\"",
            "systemKey" => "Basic realm=\"lms system\", charset=\"UTF-8\"",
            _ => "Basic realm=\"lms\", charset=\"UTF-8\"",
        }
    }

    /// The functions of requests under the names that clients of 2014 use.
    fn other_paths() -> &'static [(&'static str, &'static str)] {
        &[
            ("enrollmentRequestApprover", "/api/enrollment-request-approver"),
            ("enrollmentRequestDenier", "/api/enrollment-request-denier"),
            ("enrollmentRequests", "/api/enrollment-requests"),
        ]
    }

    fn may_be_empty() -> &'static [&'static str] {
        &["createdBefore", "createdOnOrAfter", "sessionBefore", "sessionOnOrAfter"]
    }

    fn refuse(&self, error: &Error, number: u64) -> Reply {
        self.refuse_request(error, None, number)
    }

    fn refuse_request(&self, error: &Error, request: Option<&Incoming>, _number: u64) -> Reply {
        response::error(error, request)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_function_has_behaviour() {
        let handled: BTreeSet<_> = Lms::handlers().map(|(id, _)| id).collect();
        let missing: Vec<_> = Lms::catalog().operations.iter().map(|entry| entry.operation.id).collect();
        let missing: Vec<_> = missing.into_iter().filter(|id| !handled.contains(id)).collect();
        assert_eq!(missing, [""; 0]);
    }
}
