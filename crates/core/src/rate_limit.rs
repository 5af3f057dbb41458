//! How many requests a client sends in a minute.
//!
//! A service that counts requests turns away those above its limit, and a client that runs into the limit loses time
//! that it could have spent sending at an even pace. A [`RateLimit`] keeps clear of the limit: a token bucket on tokio's
//! clock gives the pace, and the service's own rate headers slow it down where it knows better, such as when another
//! program uses the same token.

mod bucket;
mod pace;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, sleep, sleep_until};

use crate::headers;
use bucket::Bucket;
use pace::Pace;

/// A limit on the number of requests per minute. Clones share it, and so do the clones of a client that has it.
///
/// Each attempt of a call takes one request out of the rate limit; those that find none wait for their turn, in the order
/// in which they came. Give clones of one rate limit to several clients that use the same token.
///
/// ```
/// use rosterkit_core::{RateLimit, Transport};
///
/// let rate_limit = RateLimit::per_minute(300);
/// let users = Transport::builder().base_url("https://api.example.com").rate_limit(rate_limit.clone());
/// let reports = Transport::builder().base_url("https://api.example.com").rate_limit(rate_limit);
/// ```
///
/// # When the service says more
/// The headers `inin-ratelimit-count`, `-allowed` and `-reset` of any response are heeded: when less than a fifth of the
/// allowed requests is left, the rest is spread over the time until the count begins anew, and when none is left, the
/// rate limit is held until then, for 180 s at most. A `Retry-After` of 180 s or less that comes with a 429 or 503 holds it
/// too: every request of the clients that share it waits, not only the one that learned of it. A service that sends none
/// of these is asked at the rate limit's own pace.
#[derive(Clone)]
#[must_use]
pub struct RateLimit(Arc<Shared>);

struct Shared {
    /// `None` if there is no limit of its own.
    own: Option<Own>,
    pace: Mutex<Pace>,
    /// Held by the one who is next. Waiters queue here, first come, first served, and leave when they are dropped.
    turn: tokio::sync::Mutex<()>,
}

/// The limit of a client itself.
struct Own {
    per_minute: u32,
    burst: u32,
    bucket: Mutex<Bucket>,
}

impl RateLimit {
    /// A rate limit of so many requests in any minute, of which a tenth can go at once after a pause. 0 counts as 1.
    pub fn per_minute(requests: u32) -> Self {
        Self::new(requests.max(1), requests / 10)
    }

    /// No limit. Of what the service says, only `Retry-After` is heeded.
    pub fn unlimited() -> Self {
        Self::with(None)
    }

    /// Sets how many requests can go at once after a pause, from 1 to half of the rate limit.
    ///
    /// No minute ever sees more than the rate limit, so what can go at once is taken from the steady pace: 300 a minute go
    /// in bursts of 30 with 271 in each further minute, and in bursts of 150 with 151. The result is a rate limit of its
    /// own, which is not shared with the one that it is made of.
    pub fn with_burst(self, requests: u32) -> Self {
        match &self.0.own {
            Some(own) => Self::new(own.per_minute, requests),
            None => self,
        }
    }

    /// A rate limit with the same numbers that is not shared with this one.
    pub(crate) fn separate(&self) -> Self {
        match &self.0.own {
            Some(own) => Self::new(own.per_minute, own.burst),
            None => Self::unlimited(),
        }
    }

    /// How many requests may still be sent in this minute, as far as is known: by the limit itself, and by what the service
    /// said. 0 while the rate limit is held.
    pub(crate) fn left(&self) -> i64 {
        let (now, mut pace) = (Instant::now(), self.0.pace());
        if pace.held_until(now).is_some() {
            return 0;
        }
        let left = match &self.0.own {
            Some(own) => i64::from(own.per_minute).saturating_sub(pace.sent_within_a_minute(now)),
            None => i64::MAX,
        };
        pace.left(now).map_or(left, |said| left.min(said))
    }

    fn new(per_minute: u32, burst: u32) -> Self {
        let burst = burst.clamp(1, (per_minute / 2).max(1));
        // A minute that begins with a burst sees one request per period besides.
        let period = Duration::from_secs(60) / (per_minute - burst + 1);
        let bucket = Mutex::new(Bucket::full(period, burst, Instant::now()));
        Self::with(Some(Own { per_minute, burst, bucket }))
    }

    fn with(own: Option<Own>) -> Self {
        Self(Arc::new(Shared { own, pace: Mutex::default(), turn: tokio::sync::Mutex::new(()) }))
    }

    /// Waits until a request may be sent, and takes it out of the rate limit. Dropping the future takes nothing.
    pub(crate) async fn take(&self) {
        let shared = &self.0;
        let _turn = shared.turn.lock().await;
        loop {
            let held_until = shared.pace().held_until(Instant::now());
            if let Some(held_until) = held_until {
                sleep_until(held_until).await;
                continue;
            }
            let Some(Own { bucket, .. }) = &shared.own else { break };
            let taken = bucket.lock().unwrap_or_else(PoisonError::into_inner).take(Instant::now());
            match taken {
                Ok(()) => break,
                Err(wait) => sleep(wait).await,
            }
        }
        shared.pace().sent(Instant::now(), shared.own.is_some());
    }

    /// Heeds what a response says of the service's own limit.
    pub(crate) fn heed(&self, status: StatusCode, headers: &HeaderMap) {
        let shared = &self.0;
        if let Some(limit) = headers::rate_limit(headers).filter(|_| shared.own.is_some()) {
            shared.pace().heed(limit, Instant::now());
        }
        let is_busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if let Some(wait) = headers::retry_after(headers).filter(|_| is_busy) {
            shared.pace().hold_if_short(wait, Instant::now());
        }
    }
}

impl Shared {
    fn pace(&self) -> std::sync::MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.own {
            Some(own) => formatter
                .debug_struct("RateLimit")
                .field("per_minute", &own.per_minute)
                .field("burst", &own.burst)
                .finish(),
            None => formatter.write_str("RateLimit::unlimited()"),
        }
    }
}

#[cfg(test)]
mod tests;
