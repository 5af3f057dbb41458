//! Waits that grow, and that no two clients share.
//!
//! Written here because the libraries that were looked at (`backon`, `exponential-backoff`) add jitter on top of a
//! minimum or multiply by a factor near one. Full jitter, which spreads clients best, is anything from zero to the step.

use std::time::Duration;

/// Exponentially growing waits with full jitter: the wait before the n-th retry is a random time between zero and
/// `initial · factorⁿ⁻¹`, but not more than `max`.
///
/// The default begins with 250 ms, doubles, and grows up to 30 s.
///
/// ```
/// use std::time::Duration;
/// use rosterkit_core::Backoff;
///
/// let backoff = Backoff::default();
/// assert_eq!(backoff.step(1), Duration::from_millis(250));
/// assert_eq!(backoff.step(3), Duration::from_secs(1));
/// assert_eq!(backoff.step(20), Duration::from_secs(30));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[must_use]
pub struct Backoff {
    initial: Duration,
    factor: f64,
    max: Duration,
    jitter: bool,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(Duration::from_millis(250), 2.0, Duration::from_secs(30))
    }
}

impl Backoff {
    /// Waits of at most `initial`, then each time `factor` times as long, up to `max`. A factor below 1 counts as 1.
    pub fn new(initial: Duration, factor: f64, max: Duration) -> Self {
        Self { initial, factor: factor.max(1.0), max, jitter: true }
    }

    /// Whether the waits are random, which is the default. Without it each is as long as its step, and clients that
    /// failed together come back together.
    pub fn with_jitter(mut self, jitter: bool) -> Self {
        self.jitter = jitter;
        self
    }

    /// The longest possible wait before the n-th retry, counted from 1.
    pub fn step(&self, retry: u32) -> Duration {
        let growth = self.factor.powf(f64::from(retry.saturating_sub(1)));
        // An overflow is longer than any maximum.
        Duration::try_from_secs_f64(self.initial.as_secs_f64() * growth).unwrap_or(Duration::MAX).min(self.max)
    }

    pub(super) fn wait(&self, retry: u32, random: &mut fastrand::Rng) -> Duration {
        let step = self.step(retry);
        if self.jitter { step.mul_f64(random.f64()) } else { step }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_grow_to_the_maximum_and_never_overflow() {
        let step = |backoff: Backoff, retry| backoff.step(retry).as_millis();
        let backoff = Backoff::default();
        for (retry, millis) in [(0, 250), (1, 250), (2, 500), (7, 16_000), (8, 30_000), (u32::MAX, 30_000)] {
            assert_eq!(step(backoff, retry), millis, "{retry}");
        }
        assert_eq!(step(Backoff::new(Duration::from_secs(1), 0.5, Duration::from_secs(9)), 5), 1000);
        assert_eq!(step(Backoff::new(Duration::from_secs(1), f64::NAN, Duration::from_secs(9)), 5), 1000);
        assert_eq!(step(Backoff::new(Duration::from_secs(20), 2.0, Duration::from_secs(9)), 1), 9000);
        assert_eq!(step(Backoff::new(Duration::ZERO, f64::INFINITY, Duration::from_secs(9)), 3), 9000);
        assert_eq!(Backoff::new(Duration::MAX, 2.0, Duration::MAX).step(3), Duration::MAX);
    }

    #[test]
    fn full_jitter_uses_the_whole_step_and_repeats_with_its_seed() {
        let waits = |seed| {
            let mut random = fastrand::Rng::with_seed(seed);
            (0..1000).map(|_| Backoff::default().wait(3, &mut random)).collect::<Vec<_>>()
        };
        let some = waits(1);
        assert_eq!(some, waits(1));
        assert_ne!(some, waits(2));
        assert!(some.iter().all(|wait| *wait <= Duration::from_secs(1)));
        assert!(some.iter().any(|wait| *wait < Duration::from_millis(50)));
        assert!(some.iter().any(|wait| *wait > Duration::from_millis(950)));
        let mut random = fastrand::Rng::with_seed(1);
        assert_eq!(Backoff::default().with_jitter(false).wait(3, &mut random), Duration::from_secs(1));
    }
}
