//! Measures two ways to do the same work alternately.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::numbers::{duration, median, rate};

/// How long and how often to measure.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The minimum time of each side in a round. The work is repeated to fill it.
    pub round: Duration,
    /// The number of rounds.
    pub rounds: usize,
}

impl Default for Options {
    /// 15 rounds of 40 ms for each side.
    fn default() -> Self {
        Self { round: Duration::from_millis(40), rounds: 15 }
    }
}

impl Options {
    /// One round that runs everything once, to check that it works.
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
    /// Names the subject and the baseline.
    pub fn new(subject: &'static str, baseline: &'static str) -> Self {
        Self { subject, baseline, bytes: None }
    }

    /// Sets how many bytes the work processes, to show the throughput.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Measures both sides.
    pub fn run<A, B>(
        self,
        options: Options,
        mut baseline: impl FnMut() -> A,
        mut subject: impl FnMut() -> B,
    ) -> Outcome {
        // The first run warms up caches and allocations.
        let of_baseline = repeats(options, time(1, &mut baseline));
        let of_subject = repeats(options, time(1, &mut subject));
        let mut outcome = self.measured(Vec::new(), Vec::new());
        for round in 0..options.rounds.max(1) {
            // The order alternates, since the first run may change the state of the machine.
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

    /// The outcome of times that were measured elsewhere, such as in other processes.
    pub fn measured(self, baseline: Vec<Duration>, subject: Vec<Duration>) -> Outcome {
        Outcome { comparison: self, baseline, subject, figures: Vec::new() }
    }
}

/// How often the work is repeated in a round.
fn repeats(options: Options, once: Duration) -> u32 {
    let times = options.round.as_secs_f64() / once.as_secs_f64().max(1e-9);
    // The conversion saturates.
    (times.ceil() as u32).max(1)
}

/// The mean time of the work.
fn time<T>(repeats: u32, work: &mut impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    for _ in 0..repeats {
        black_box(work());
    }
    start.elapsed() / repeats
}

/// The result of a comparison.
#[derive(Clone, Debug)]
pub struct Outcome {
    comparison: Comparison,
    /// The mean time of each round.
    baseline: Vec<Duration>,
    subject: Vec<Duration>,
    figures: Vec<String>,
}

impl Outcome {
    /// The time of the subject: the median of all rounds.
    pub fn subject_time(&self) -> Duration {
        let mut times: Vec<f64> = self.subject.iter().map(Duration::as_secs_f64).collect();
        Duration::from_secs_f64(median(&mut times).unwrap_or_default())
    }

    /// Adds a line with other figures, such as memory.
    #[must_use]
    pub fn figure(mut self, figure: impl Into<String>) -> Self {
        self.figures.push(figure.into());
        self
    }

    /// The time of the subject divided by the time of the baseline: the median of all rounds.
    pub fn ratio(&self) -> f64 {
        let pairs = self.subject.iter().zip(&self.baseline);
        let mut ratios: Vec<f64> =
            pairs.map(|(subject, baseline)| subject.as_secs_f64() / baseline.as_secs_f64().max(1e-9)).collect();
        median(&mut ratios).unwrap_or(f64::NAN)
    }
}

/// The ratio, followed by both times and other figures.
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
        write!(formatter, "        over {baseline}  ({})", shown(&self.baseline))?;
        self.figures.iter().try_for_each(|figure| write!(formatter, "\n        {figure}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(baseline: &[u64], subject: &[u64]) -> Outcome {
        let millis = |times: &[u64]| times.iter().copied().map(Duration::from_millis).collect();
        Comparison::new("typed", "untyped").bytes(2_000_000).measured(millis(baseline), millis(subject))
    }

    #[test]
    fn outliers_do_not_change_the_ratio() {
        assert_eq!(outcome(&[10, 10, 1000], &[20, 5000, 2000]).ratio(), 2.0);
        assert_eq!(outcome(&[10, 900, 10, 10, 10], &[30, 30, 30, 30, 30]).ratio(), 3.0);
    }

    #[test]
    fn the_ratio_is_shown_with_times_and_throughput() {
        let shown = outcome(&[10, 10], &[25, 25]).figure("peak memory 3 MB").to_string();
        let expected =
            "  2.50  typed  (25.0 ms, 80.0 MB/s)\n        over untyped  (10.0 ms, 200 MB/s)\n        peak memory 3 MB";
        assert_eq!(shown, expected);
    }

    #[test]
    fn work_is_repeated_to_fill_a_round() {
        let options = Options { round: Duration::from_millis(10), rounds: 2 };
        assert_eq!(repeats(options, Duration::from_millis(3)), 4);
        assert_eq!(repeats(options, Duration::from_secs(3)), 1);
        assert_eq!(repeats(Options::ONCE, Duration::ZERO), 1);
        let (mut baseline, mut subject) = (0, 0);
        Comparison::new("", "").run(Options::ONCE, || baseline += 1, || subject += 1);
        assert_eq!((baseline, subject), (2, 2), "one run to warm up, one in the round");
    }
}
