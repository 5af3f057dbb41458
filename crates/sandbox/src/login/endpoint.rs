//! The login as one of the sandbox's services.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Method};
use futures_util::FutureExt as _;
use futures_util::future::{self, BoxFuture};
use serde_json::{Value, json};

use super::{Login, authorize, token};
use crate::http::{Endpoint, Error, Found, Incoming, Pairs, Reply};

const TOKEN: &str = "/oauth/token";
const AUTHORIZE: &str = "/oauth/authorize";

/// The login under its prefix.
pub(crate) struct LoginEndpoint {
    login: Arc<Login>,
    requests: AtomicU64,
}

impl LoginEndpoint {
    pub(crate) fn new(login: Arc<Login>) -> Self {
        Self { login, requests: AtomicU64::new(0) }
    }

    fn call(&self, path: &str, incoming: &Incoming) -> Result<Reply, Error> {
        let allowed = match path {
            TOKEN => "POST",
            AUTHORIZE => "GET",
            _ => return Err(Error::not_found("The login has the paths /oauth/token and /oauth/authorize.")),
        };
        if incoming.method.as_str() != allowed {
            return Err(Error::method_not_allowed(&[allowed]));
        }
        let result = if path == TOKEN {
            let form = form(incoming)?;
            token::answer(&self.login, &form, &incoming.headers)
        } else {
            authorize::answer(&self.login, &Pairs::parse(&incoming.query)?)
        };
        let reply = result.unwrap_or_else(|refusal| refusal.reply());
        Ok(reply.with_headers([(CACHE_CONTROL, HeaderValue::from_static("no-store"))]))
    }
}

fn form(incoming: &Incoming) -> Result<Pairs, Error> {
    const FORM: &str = "application/x-www-form-urlencoded";
    let sent = incoming.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !sent.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Error::unsupported_media_type(FORM));
    }
    let text = std::str::from_utf8(&incoming.body).map_err(|_| Error::bad_request("The form is not UTF-8."))?;
    Pairs::parse(text)
}

impl Endpoint for LoginEndpoint {
    fn name(&self) -> &'static str {
        "login"
    }

    fn find(&self, method: &Method, path: &str) -> Option<Found> {
        let operation = match (method, path) {
            (&Method::POST, TOKEN) => "oauthToken",
            (&Method::GET, AUTHORIZE) => "oauthAuthorize",
            _ => return None,
        };
        Some(Found { operation, challenge: None })
    }

    /// Authorization issues a code on a `GET`.
    fn may_change(&self, _: &Method, found: Option<Found>) -> bool {
        found.is_some()
    }

    fn answer<'a>(&'a self, path: &'a str, incoming: Result<&'a Incoming, Error>) -> BoxFuture<'a, Reply> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let reply = incoming.and_then(|incoming| self.call(path, incoming)).unwrap_or_else(|error| {
            let body = json!({ "error": error.code.replace('.', "_"), "error_description": error.message });
            Reply::json(&body).with_status(error.status).with_headers(error.headers)
        });
        future::ready(reply).boxed()
    }

    fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    fn save(&self) -> serde_json::Result<Value> {
        self.login.save()
    }

    fn load(&self, state: Value) -> serde_json::Result<()> {
        self.login.load(state)
    }
}
