//! What the service's own rate headers ask for.

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
}

impl Pace {
    /// Until when the next request is held, if it is.
    pub fn held_until(&self, now: Instant) -> Option<Instant> {
        self.not_before.filter(|instant| *instant > now)
    }

    /// Notes that a request is being sent.
    pub fn sent(&mut self, now: Instant) {
        if let Some((spacing, end)) = self.spread {
            match now < end {
                true => self.delay_to((now + spacing).min(end)),
                false => self.spread = None,
            }
        }
    }

    /// Heeds the service's count.
    pub fn heed(&mut self, limit: RateLimitWindow, now: Instant) {
        let reset = limit.reset.min(LONGEST_HOLD);
        let left = limit.allowed.saturating_sub(limit.count);
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
