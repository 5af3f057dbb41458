//! Session clusters: clusters, completions and users.

mod batches;
mod listings;
mod model;
mod store;

use axum::http::HeaderMap;
use rosterkit_core::catalog::{Catalog, Schema};
use serde_json::{Value, json};

pub(crate) use self::store::Sessions;
use crate::credentials::SANDBOX;
use crate::http::{Caller, Error, Handler, Reply, Service};

impl Service for Sessions {
    fn catalog() -> &'static Catalog {
        &session_clusters::generated::catalog::CATALOG
    }

    fn schemas() -> fn(&str) -> Option<&'static Schema> {
        session_clusters::generated::schemas::body
    }

    fn examples() -> fn(&str) -> Option<&'static str> {
        session_clusters::generated::answers::answer
    }

    fn handlers() -> impl Iterator<Item = (&'static str, Handler<Self>)> {
        [batches::HANDLERS, listings::HANDLERS].into_iter().flatten().copied()
    }

    fn authenticate(&self, scheme: &str, headers: &HeaderMap) -> Option<Caller> {
        let key = headers.get("x-api-key")?;
        (scheme == "ServerApiKey" && key.as_bytes() == SANDBOX.session_key.as_bytes()).then_some(Caller::Program)
    }

    fn challenge(_scheme: &str) -> &'static str {
        "ApiKey realm=\"sessions\""
    }

    fn save(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self.users().kept())
    }

    fn load(&self, state: Value) -> serde_json::Result<()> {
        self.users().restore(serde_json::from_value(state)?).map_err(serde::de::Error::custom)
    }

    fn refuse(&self, error: &Error, _number: u64) -> Reply {
        let mut metadata = json!({ "code": error.code, "status": error.status.as_u16() });
        if let Some(field) = &error.field {
            metadata["field"] = json!(field);
        }
        if let Some(operation) = error.operation {
            metadata["operation"] = json!(operation);
        }
        let body = json!({
            "success": false,
            "error": { "message": error.message, "metadata": metadata },
            "data": null,
        });
        Reply::json(&body).with_status(error.status).with_headers(error.headers.clone())
    }
}
