//! What the tests share: a sandbox, its clients, and plain HTTP for what the clients would not send.

#![allow(dead_code, reason = "each test binary uses a part")]

pub mod genesys;
pub mod lms;

use std::error::Error;

use reqwest::{Method, RequestBuilder, Response};
use rosterkit_sandbox::Sandbox;
use serde_json::Value;

pub type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// A sandbox with clients for its services.
pub struct Services {
    pub sandbox: Sandbox,
    pub genesys: genesys_users::Client,
    pub lms: peoplefluent_lms::Client,
    pub sessions: session_clusters::Client,
    http: reqwest::Client,
}

/// How a plain request authenticates.
#[derive(Clone, Copy, Debug)]
pub enum As {
    Nobody,
    Genesys,
    LmsUser,
    LmsToken,
    LmsSystem,
    Sessions,
}

pub async fn services(users: u64) -> TestResult<Services> {
    Services::of(Sandbox::builder().users(users).seed(7).start().await?)
}

/// As [`services`], of a sandbox that refuses values that no document has.
pub async fn strict_services(users: u64) -> TestResult<Services> {
    Services::of(Sandbox::builder().users(users).seed(7).strict(true).start().await?)
}

impl Services {
    /// The clients of a sandbox.
    pub fn of(sandbox: Sandbox) -> TestResult<Self> {
        let accepted = sandbox.credentials();
        let genesys = genesys_users::Client::builder()
            .base_url(sandbox.genesys_url())
            .bearer(accepted.genesys_token)
            .rate_limit(genesys_users::RateLimit::unlimited());
        let lms = peoplefluent_lms::Client::builder()
            .base_url(sandbox.lms_url())
            .user(accepted.lms_user, accepted.lms_password)
            .system_key(accepted.lms_system_key);
        let sessions =
            session_clusters::Client::builder().base_url(sandbox.sessions_url()).api_key(accepted.session_key);
        Ok(Services {
            genesys: genesys.build()?,
            lms: lms.build()?,
            sessions: sessions.build()?,
            sandbox,
            http: http()?,
        })
    }
}

/// An HTTP client that talks to this machine only.
pub fn http() -> reqwest::Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().build()
}

impl Services {
    /// A plain request to a path that begins with a service's prefix.
    pub fn request(&self, caller: As, method: &str, path: &str) -> TestResult<RequestBuilder> {
        let accepted = self.sandbox.credentials();
        let url = self.sandbox.base_url() + path;
        let request = self.http.request(method.parse::<Method>()?, url);
        Ok(match caller {
            As::Nobody => request,
            As::Genesys => request.bearer_auth(accepted.genesys_token),
            As::LmsUser => request.basic_auth(accepted.lms_user, Some(accepted.lms_password)),
            As::LmsToken => request.bearer_auth(accepted.lms_token),
            As::LmsSystem => request.basic_auth("anybody", Some(accepted.lms_system_key)),
            As::Sessions => request.header("x-api-key", accepted.session_key),
        })
    }

    pub async fn send(&self, caller: As, method: &str, path: &str) -> TestResult<Response> {
        Ok(self.request(caller, method, path)?.send().await?)
    }

    /// Status and JSON body of a plain request.
    pub async fn json(&self, caller: As, method: &str, path: &str) -> TestResult<(u16, Value)> {
        let response = self.send(caller, method, path).await?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    /// Status and JSON body of a plain request with a JSON body, which need not be any.
    pub async fn post(&self, caller: As, method: &str, path: &str, body: &str) -> TestResult<(u16, Value)> {
        let request = self.request(caller, method, path)?.header("content-type", "application/json");
        let response = request.body(body.to_owned()).send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }
}
