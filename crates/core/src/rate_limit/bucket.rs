//! A token bucket.

use std::time::Duration;

use tokio::time::Instant;

/// A bucket of requests, to which one is added per period until it is full.
pub(super) struct Bucket {
    period: Duration,
    /// What the bucket holds beyond one request when it is full, as the time that it takes to fill.
    slack: Duration,
    /// When the bucket is full again, if nothing more is taken. It is full if that is past.
    full_at: Instant,
}

impl Bucket {
    /// A full bucket of `burst` requests, at least one.
    pub fn full(period: Duration, burst: u32, now: Instant) -> Self {
        Self { period, slack: period * burst.saturating_sub(1), full_at: now }
    }

    /// Takes a request out.
    ///
    /// # Errors
    /// The time until there is one.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        match self.full_at.saturating_duration_since(now + self.slack) {
            Duration::ZERO => {
                self.full_at = self.full_at.max(now) + self.period;
                Ok(())
            }
            wait => Err(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_a_burst_then_one_request_per_period() {
        let period = Duration::from_secs(2);
        let start = Instant::now();
        let mut bucket = Bucket::full(period, 3, start);
        assert_eq!([(); 4].map(|()| bucket.take(start)), [Ok(()), Ok(()), Ok(()), Err(period)]);
        let mut now = start + Duration::from_secs(1);
        assert_eq!(bucket.take(now), Err(Duration::from_secs(1)), "a refusal takes nothing");
        now += Duration::from_secs(1);
        assert_eq!([bucket.take(now), bucket.take(now)], [Ok(()), Err(period)]);
        // It fills in the time of three periods, and no further.
        now += 100 * period;
        assert_eq!([(); 4].map(|()| bucket.take(now)), [Ok(()), Ok(()), Ok(()), Err(period)]);
    }
}
