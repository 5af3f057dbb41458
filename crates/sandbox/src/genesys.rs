//! Genesys Cloud: the directory of users.

mod agents;
mod analytics;
mod chats;
mod contacts;
mod details;
mod development;
mod expand;
mod fenwick;
mod fieldconfig;
mod fields;
mod greetings;
mod import;
mod index;
mod interval;
mod listing;
mod lookup;
mod me;
mod model;
mod organization;
mod page;
pub(crate) mod parts;
mod presence;
mod query;
mod recent;
pub(crate) mod reference;
mod render;
mod request;
mod rules;
mod schemas;
mod search;
mod store;
mod top_k;
mod users;

use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use rosterkit_core::catalog::{Catalog, Schema};
use serde::Deserialize;
use serde_json::{Value, json};

use self::model::user::UserState;
use self::recent::{Reader, Recent};
pub(crate) use self::store::Genesys;
use self::store::{Extras, Kept, Users};
use crate::credentials::SANDBOX;
use crate::http::{Call, Caller, Error, Handler, Incoming, Reply, Service};
use crate::login::Directory;

/// The response header that names a request to the platform's support.
const CORRELATION_ID: HeaderName = HeaderName::from_static("inin-correlation-id");

/// What a snapshot holds of the service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    users: Kept,
    extras: Extras,
}

impl Directory for Mutex<Users> {
    fn by_email(&self, email: &str) -> Option<u64> {
        let users = store::lock(self, Reader::Current);
        users.by_email(email).filter(|user| user.state == UserState::Active).map(|user| user.index)
    }

    fn is_active(&self, user: u64) -> bool {
        let users = store::lock(self, Reader::Current);
        users.state(user) == Some(UserState::Active)
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
        let tables = [
            users::HANDLERS,
            me::HANDLERS,
            query::HANDLERS,
            search::HANDLERS,
            development::HANDLERS,
            schemas::HANDLERS,
            fieldconfig::HANDLERS,
            chats::HANDLERS,
            agents::HANDLERS,
            greetings::HANDLERS,
            rules::HANDLERS,
            organization::HANDLERS,
            presence::HANDLERS,
        ];
        tables.into_iter().flatten().copied().chain(details::handlers()).chain(analytics::handlers())
    }

    fn takes_commas_and_null() -> bool {
        true
    }

    fn is_open() -> bool {
        true
    }

    /// A job goes on when it is looked at, and coordinates become a place.
    fn reads_that_change() -> &'static [&'static str] {
        &[
            "getAnalyticsUsersAggregatesJob",
            "getAnalyticsUsersAggregatesJobResults",
            "getAnalyticsUsersDetailsJob",
            "getAnalyticsUsersDetailsJobResults",
            "getUserGeolocation",
        ]
    }

    fn authenticate(&self, scheme: &str, headers: &HeaderMap) -> Option<Caller> {
        let token = Incoming::authorization(headers, "Bearer")?;
        (scheme == "oauth" && token == SANDBOX.genesys_token).then_some(Caller::Program)
    }

    /// Handlers run one after the other, so that each finds its own reader.
    fn run(&self, handler: Handler<Self>, call: &Call<'_>) -> Result<Reply, Error> {
        let operation = &call.entry.operation;
        let reader = match operation.method {
            "GET" if operation.path.contains("{userId}") || operation.path.contains("{subjectId}") => Reader::Read,
            _ => Reader::Current,
        };
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = reader;
        let reply = handler(self, call);
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Reader::Current;
        reply
    }

    fn save(&self) -> serde_json::Result<Value> {
        Ok(
            json!({ "users": serde_json::to_value(self.users().kept())?, "extras": serde_json::to_value(&*self.extras())? }),
        )
    }

    fn load(&self, state: Value) -> serde_json::Result<()> {
        let State { users: kept, extras } = serde_json::from_value(state)?;
        let mut users = self.users();
        let mut restored = Users::restore(users.people, kept).map_err(serde::de::Error::custom)?;
        restored.recent = Recent::new(users.recent.lag());
        *users = restored;
        *self.extras() = extras;
        Ok(())
    }

    fn challenge(_scheme: &str) -> &'static str {
        "Bearer realm=\"genesys\", error=\"invalid_token\""
    }

    fn refuse(&self, error: &Error, number: u64) -> Reply {
        // The documents have a code of its own for a listing of too many users by id.
        let code = match (error.operation, error.field.as_deref()) {
            (Some("getUsers"), Some("id")) => "max.user.ids",
            _ => error.code,
        };
        let mut body = json!({
            "message": error.message,
            "code": code,
            "status": error.status.as_u16(),
            "contextId": correlation_id(number),
            "details": [],
            "errors": [],
        });
        if let Some(field) = &error.field {
            body["details"] = json!([{ "errorCode": code, "fieldName": field }]);
        }
        if let Some(entity) = &error.entity {
            body["entityId"] = json!(entity);
        }
        if let Some(operation) = error.operation {
            body["messageParams"] = json!({ "operation": operation });
        }
        if let Some(missing) = error.missing {
            body["messageParams"]["permissions"] = json!(missing.permissions.join(","));
        }
        Reply::json(&body).with_status(error.status).with_headers(error.headers.clone())
    }

    fn finish(&self, reply: Reply, number: u64) -> Reply {
        reply.with_headers(HeaderValue::from_str(&correlation_id(number)).map(|id| (CORRELATION_ID, id)))
    }
}

/// The id of the n-th request: shaped like the platform's, and the same in every run.
fn correlation_id(number: u64) -> String {
    format!("5a9db0c5-0000-4000-8000-{number:012x}")
}
