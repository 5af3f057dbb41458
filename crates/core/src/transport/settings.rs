//! What a transport holds for all of its calls.

use std::sync::Mutex;
use std::time::Duration;

use http::HeaderValue;
use tokio::sync::Semaphore;
use url::{Host, Url};

use super::overrides::Overrides;
use super::pool::Pool;
use crate::{RetryEvent, RetryPolicy};

pub(super) type RetryHook = Box<dyn Fn(&RetryEvent<'_>) + Send + Sync>;

pub(super) struct Settings {
    pub http: reqwest::Client,
    pub base: Url,
    pub pool: Pool,
    pub user_agent: HeaderValue,
    pub timeout: Duration,
    pub call_timeout: Option<Duration>,
    pub retry: RetryPolicy,
    pub on_retry: Vec<RetryHook>,
    pub jitter: Mutex<fastrand::Rng>,
    pub concurrent: Option<Semaphore>,
    /// Whether compressed responses are decoded.
    pub gzip: bool,
    pub log_bodies: bool,
    pub allow_insecure_http: bool,
    pub max_decoded_bytes: usize,
    pub max_redirects: usize,
    pub overrides: Overrides,
}

impl Settings {
    /// Whether credentials may be sent to the service.
    pub fn is_confidential(&self) -> bool {
        self.base.scheme() == "https" || self.allow_insecure_http || is_loopback(&self.base)
    }
}

/// Whether the URL's host is this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
