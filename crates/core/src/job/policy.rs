//! How often a job is asked about, and for how long.

use std::time::Duration;

/// How often a job is asked about, and for how long.
///
/// The first question is asked at once. Each wait is longer than the one before, up to a longest.
///
/// ```
/// use std::time::Duration;
/// use rosterkit_core::job::JobPolicy;
///
/// let patient = JobPolicy::default().with_longest_wait(Duration::from_secs(60)).with_deadline(Duration::from_secs(7200));
/// ```
///
/// | setting | default |
/// | --- | --- |
/// | [`with_first_wait`](Self::with_first_wait) | 1 s |
/// | [`with_factor`](Self::with_factor) | 1.5 |
/// | [`with_longest_wait`](Self::with_longest_wait) | 30 s |
/// | [`with_jitter`](Self::with_jitter) | 0.25 |
/// | [`with_deadline`](Self::with_deadline), [`without_deadline`](Self::without_deadline) | 10 min |
#[derive(Clone, Debug, PartialEq)]
pub struct JobPolicy {
    first: Duration,
    factor: f64,
    longest: Duration,
    jitter: f64,
    deadline: Duration,
}

impl Default for JobPolicy {
    fn default() -> Self {
        Self {
            first: Duration::from_secs(1),
            factor: 1.5,
            longest: Duration::from_secs(30),
            jitter: 0.25,
            deadline: Duration::from_secs(600),
        }
    }
}

/// A wait of nothing would ask without pause.
const SHORTEST: Duration = Duration::from_millis(10);

impl JobPolicy {
    /// The wait after the first question, before jitter. At least 10 ms.
    pub fn with_first_wait(mut self, wait: Duration) -> Self {
        self.first = wait.max(SHORTEST);
        self
    }

    /// Sets the factor between one wait and the next. Values below 1 and NaN count as 1.
    pub fn with_factor(mut self, factor: f64) -> Self {
        self.factor = factor.max(1.0);
        self
    }

    /// The longest wait between two questions. At least 10 ms. Only a service that asks for more by `Retry-After` gets
    /// it.
    pub fn with_longest_wait(mut self, wait: Duration) -> Self {
        self.longest = wait.max(SHORTEST);
        self
    }

    /// The share by which a wait is shortened at random, at most, so that jobs that were started together are not asked
    /// about together: 0 for none, 1 for anything down to nothing.
    pub fn with_jitter(mut self, share: f64) -> Self {
        self.jitter = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
        self
    }

    /// After how long to give up, counted from the beginning of the wait. A question that is not answered by then is
    /// dropped.
    pub fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Waits for as long as it takes.
    pub fn without_deadline(mut self) -> Self {
        self.deadline = Duration::MAX;
        self
    }

    pub(super) fn deadline(&self) -> Duration {
        self.deadline
    }

    /// When to ask for the last time, so that there is time for the response.
    pub(super) fn last_question(&self) -> Duration {
        self.deadline - self.first.min(self.deadline / 10)
    }

    /// The waits, without end.
    pub(super) fn waits(&self) -> Waits<'_> {
        Waits { policy: self, next: self.first.min(self.longest) }
    }
}

/// The waits between questions, one after the other.
pub(super) struct Waits<'a> {
    policy: &'a JobPolicy,
    next: Duration,
}

impl Waits<'_> {
    pub(super) fn next(&mut self) -> Duration {
        let wait = self.next;
        // `mul_f64` panics on overflow.
        let times = |factor: f64| Duration::try_from_secs_f64(wait.as_secs_f64() * factor).ok();
        self.next = times(self.policy.factor).unwrap_or(self.policy.longest).min(self.policy.longest);
        times(1.0 - self.policy.jitter * fastrand::f64()).unwrap_or(wait).max(SHORTEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(policy: &JobPolicy, count: usize) -> Vec<Duration> {
        let mut waits = policy.waits();
        (0..count).map(|_| waits.next()).collect()
    }

    #[test]
    fn waits_grow_to_the_longest() {
        let waits = waits(&JobPolicy::default().with_jitter(0.0), 11);
        let millis: Vec<_> = waits.iter().map(Duration::as_millis).collect();
        assert_eq!(millis, [1000, 1500, 2250, 3375, 5062, 7593, 11390, 17085, 25628, 30000, 30000]);
    }

    #[test]
    fn jitter_shortens_by_its_share_at_most() {
        let exact = waits(&JobPolicy::default().with_jitter(0.0), 200);
        let jittered = waits(&JobPolicy::default(), 200);
        assert!(
            exact.iter().zip(&jittered).all(|(exact, jittered)| (exact.mul_f64(0.749)..=*exact).contains(jittered))
        );
        assert_ne!(exact, jittered);
    }

    #[test]
    fn no_setting_makes_waits_vanish_or_overflow() {
        for factor in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, f64::MAX] {
            for jitter in [f64::NAN, f64::INFINITY, -1.0, 1.0] {
                let policy = JobPolicy::default()
                    .with_first_wait(Duration::ZERO)
                    .with_factor(factor)
                    .with_jitter(jitter)
                    .with_longest_wait(Duration::MAX);
                assert!(waits(&policy, 5).iter().all(|wait| *wait >= SHORTEST), "{policy:?}");
            }
        }
    }
}
