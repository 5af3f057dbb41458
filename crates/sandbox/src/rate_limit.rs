//! A limit on the requests of each caller in a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

const COUNT: HeaderName = HeaderName::from_static("inin-ratelimit-count");
const ALLOWED: HeaderName = HeaderName::from_static("inin-ratelimit-allowed");
const RESET: HeaderName = HeaderName::from_static("inin-ratelimit-reset");

const WINDOW: u64 = 60;

/// The allowed number of requests of each caller in a minute. Windows of a minute follow each other.
#[derive(Debug)]
pub(crate) struct RateLimit {
    allowed: u32,
    state: Mutex<Window>,
}

#[derive(Debug, Default)]
struct Window {
    number: u64,
    counts: HashMap<Vec<u8>, u32>,
}

/// The count of a caller in the current window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) count: u32,
    pub(crate) allowed: u32,
    /// Seconds until the next minute begins, at least 1.
    pub(crate) reset: u64,
}

impl RateLimit {
    pub(crate) fn new(allowed: u32) -> Self {
        Self { allowed, state: Mutex::default() }
    }

    /// Counts a request that arrived at this time after the start.
    pub(crate) fn count(&self, headers: &HeaderMap, elapsed: Duration) -> Usage {
        let caller: Vec<u8> = ["authorization", "x-api-key"]
            .iter()
            .filter_map(|name| headers.get(*name))
            .flat_map(|value| value.as_bytes().iter().copied().chain([0]))
            .collect();
        let (number, second) = (elapsed.as_secs() / WINDOW, elapsed.as_secs() % WINDOW);
        let mut window = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if window.number != number {
            *window = Window { number, counts: HashMap::new() };
        }
        let count = window.counts.entry(caller).or_default();
        *count = count.saturating_add(1);
        Usage { count: *count, allowed: self.allowed, reset: WINDOW - second }
    }
}

impl Usage {
    pub(crate) fn is_exceeded(self) -> bool {
        self.count > self.allowed
    }

    /// The headers of a response.
    pub(crate) fn headers(self) -> [(HeaderName, HeaderValue); 3] {
        [
            (COUNT, HeaderValue::from(self.count)),
            (ALLOWED, HeaderValue::from(self.allowed)),
            (RESET, HeaderValue::from(self.reset)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_caller_is_counted_separately_per_minute() {
        let limit = RateLimit::new(2);
        let caller = |key: &'static str| {
            [(HeaderName::from_static("x-api-key"), HeaderValue::from_static(key))].into_iter().collect()
        };
        let (one, other): (HeaderMap, HeaderMap) = (caller("a"), caller("b"));
        let at = Duration::from_secs;
        let usages = [0, 1, 59].map(|second| limit.count(&one, at(second)));
        assert_eq!(usages.map(Usage::is_exceeded), [false, false, true]);
        assert_eq!(usages.map(|usage| usage.reset), [60, 59, 1]);
        assert!(!limit.count(&other, at(59)).is_exceeded());
        assert_eq!(limit.count(&one, at(60)), Usage { count: 1, allowed: 2, reset: 60 });
    }
}
