//! What the service's own rate headers ask for.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use crate::headers::RateLimitWindow;

/// No header holds a client for longer.
const LONGEST_HOLD: Duration = Duration::from_secs(180);

/// When the next request may go, as far as the service has said.
#[derive(Default)]
pub(super) struct Pace {
    /// Nothing goes before this.
    not_before: Option<Instant>,
    /// So much time between two requests, until the window ends.
    spread: Option<(Duration, Instant)>,
    /// How many requests the service's count leaves, until the window ends.
    left: Option<(i64, Instant)>,
    /// When the requests of the last minute were sent.
    recent: VecDeque<Instant>,
}

const MINUTE: Duration = Duration::from_secs(60);

impl Pace {
    /// Until when the next request is held, if it is.
    pub fn held_until(&self, now: Instant) -> Option<Instant> {
        self.not_before.filter(|instant| *instant > now)
    }

    /// Notes that a request is being sent, and when, if that counts.
    pub fn sent(&mut self, now: Instant, is_counted: bool) {
        if is_counted {
            self.sent_within_a_minute(now);
            self.recent.push_back(now);
        }
        if let Some((left, _)) = &mut self.left {
            *left -= 1;
        }
        if let Some((spacing, end)) = self.spread {
            match now < end {
                true => self.delay_to((now + spacing).min(end)),
                false => self.spread = None,
            }
        }
    }

    /// How many requests were sent in the last minute.
    pub fn sent_within_a_minute(&mut self, now: Instant) -> i64 {
        while self.recent.front().is_some_and(|sent| now.saturating_duration_since(*sent) >= MINUTE) {
            self.recent.pop_front();
        }
        self.recent.len() as i64
    }

    /// How many requests the service's count leaves, if it said so and has not begun anew.
    pub fn left(&self, now: Instant) -> Option<i64> {
        self.left.filter(|(_, end)| now < *end).map(|(left, _)| left)
    }

    /// Heeds the service's count.
    pub fn heed(&mut self, limit: RateLimitWindow, now: Instant) {
        let reset = limit.reset.min(LONGEST_HOLD);
        let left = limit.allowed.saturating_sub(limit.count);
        self.left = Some((i64::try_from(left).unwrap_or(i64::MAX), now + reset));
        if left == 0 {
            self.delay_to(now + reset);
        } else if left <= limit.allowed / 5 {
            let spacing = reset.div_f64(left as f64);
            self.spread = Some((spacing, now + reset));
            self.delay_to(now + spacing);
        } else {
            // What was held before stays held: responses can overtake each other.
            self.spread = None;
        }
    }

    /// Sends nothing for a while. A service that asks for a longer wait is asked again by each call, which ends by it.
    pub fn hold_if_short(&mut self, wait: Duration, now: Instant) {
        if wait <= LONGEST_HOLD {
            self.delay_to(now + wait);
        }
    }

    fn delay_to(&mut self, instant: Instant) {
        self.not_before = self.not_before.max(Some(instant));
    }
}
