//! Two ways to do the same work, measured in turns.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::numbers::{duration, median, rate};

/// How long and how often is measured.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long each side runs in a round at least, by repeating the work.
    pub round: Duration,
    /// How many rounds there are.
    pub rounds: usize,
}

impl Default for Options {
    /// 15 rounds of 40 ms for each side.
    fn default() -> Self {
        Self { round: Duration::from_millis(40), rounds: 15 }
    }
}

impl Options {
    /// One round in which everything runs once: whether it works at all.
    pub const ONCE: Self = Self { round: Duration::ZERO, rounds: 1 };
}

/// Two ways to do the same work.
///
/// ```
/// use rosterkit_benches::{Comparison, Options};
///
/// let numbers: Vec<u32> = (0..1000).collect();
/// let outcome = Comparison::new("a sum of pairs", "of each")
///     .bytes(4 * numbers.len())
///     .run(Options::ONCE, || numbers.iter().sum::<u32>(), || numbers.chunks(2).flatten().sum::<u32>());
/// assert!(outcome.to_string().contains("a sum of pairs"));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    subject: &'static str,
    baseline: &'static str,
    bytes: Option<usize>,
}

impl Comparison {
    /// Names what is measured, and what it is compared with.
    pub fn new(subject: &'static str, baseline: &'static str) -> Self {
        Self { subject, baseline, bytes: None }
    }

    /// Says how many bytes the work goes through, for the throughput.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Measures both.
    pub fn run<A, B>(
        self,
        options: Options,
        mut baseline: impl FnMut() -> A,
        mut subject: impl FnMut() -> B,
    ) -> Outcome {
        // The first run pays for caches and for memory that is asked for once.
        let of_baseline = repeats(options, time(1, &mut baseline));
        let of_subject = repeats(options, time(1, &mut subject));
        let mut outcome = Outcome { comparison: self, baseline: Vec::new(), subject: Vec::new() };
        for round in 0..options.rounds.max(1) {
            // Whoever goes second may find the machine in another state, so the order alternates.
            if round % 2 == 0 {
                outcome.baseline.push(time(of_baseline, &mut baseline));
                outcome.subject.push(time(of_subject, &mut subject));
            } else {
                outcome.subject.push(time(of_subject, &mut subject));
                outcome.baseline.push(time(of_baseline, &mut baseline));
            }
        }
        outcome
    }
}

/// How often the work is repeated in a round.
fn repeats(options: Options, once: Duration) -> u32 {
    let times = options.round.as_secs_f64() / once.as_secs_f64().max(1e-9);
    // The conversion saturates.
    (times.ceil() as u32).max(1)
}

/// The time that the work takes, in seconds.
fn time<T>(repeats: u32, work: &mut impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..repeats {
        black_box(work());
    }
    start.elapsed() / repeats
}

/// What a comparison gave.
#[derive(Clone, Debug)]
pub struct Outcome {
    comparison: Comparison,
    /// Of each round.
    baseline: Vec<Duration>,
    subject: Vec<Duration>,
}

impl Outcome {
    /// How many times as long the subject takes as the baseline: the median of the rounds.
    pub fn ratio(&self) -> f64 {
        let pairs = self.subject.iter().zip(&self.baseline);
        let mut ratios: Vec<f64> =
            pairs.map(|(subject, baseline)| subject.as_secs_f64() / baseline.as_secs_f64().max(1e-9)).collect();
        median(&mut ratios).unwrap_or(f64::NAN)
    }
}

/// The ratio, and below it the two times.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Comparison { subject, baseline, bytes } = self.comparison;
        let shown = |times: &[Duration]| {
            let mut times: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
            let typical = Duration::from_secs_f64(median(&mut times).unwrap_or_default());
            let rate = bytes.map(|bytes| format!(", {}", rate(bytes, typical))).unwrap_or_default();
            format!("{}{rate}", duration(typical))
        };
        writeln!(formatter, "{:>6.2}  {subject}  ({})", self.ratio(), shown(&self.subject))?;
        write!(formatter, "        over {baseline}  ({})", shown(&self.baseline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(baseline: &[u64], subject: &[u64]) -> Outcome {
        let millis = |times: &[u64]| times.iter().copied().map(Duration::from_millis).collect();
        let comparison = Comparison::new("typed", "untyped").bytes(2_000_000);
        Outcome { comparison, baseline: millis(baseline), subject: millis(subject) }
    }

    #[test]
    fn a_round_that_something_else_disturbed_does_not_count() {
        assert_eq!(outcome(&[10, 10, 1000], &[20, 5000, 2000]).ratio(), 2.0);
        assert_eq!(outcome(&[10, 900, 10, 10, 10], &[30, 30, 30, 30, 30]).ratio(), 3.0);
    }

    #[test]
    fn the_ratio_comes_first_then_times_and_throughput() {
        let shown = outcome(&[10, 10], &[25, 25]).to_string();
        assert_eq!(shown, "  2.50  typed  (25.0 ms, 80.0 MB/s)\n        over untyped  (10.0 ms, 200 MB/s)");
    }

    #[test]
    fn work_is_repeated_until_a_round_is_long_enough() {
        let options = Options { round: Duration::from_millis(10), rounds: 2 };
        assert_eq!(repeats(options, Duration::from_millis(3)), 4);
        assert_eq!(repeats(options, Duration::from_secs(3)), 1);
        assert_eq!(repeats(Options::ONCE, Duration::ZERO), 1);
        let (mut baseline, mut subject) = (0, 0);
        Comparison::new("", "").run(Options::ONCE, || baseline += 1, || subject += 1);
        assert_eq!((baseline, subject), (2, 2), "one to warm up, one in its round");
    }
}
