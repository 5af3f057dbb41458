//! Measures two ways to do the same work alternately.

use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::outcome::Outcome;
use crate::resources::{children_cpu_time, cpu_time};

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

    /// Whether it is only checked that everything works.
    pub fn is_once(self) -> bool {
        self.rounds == Self::ONCE.rounds
    }

    /// The system counts the time of processors in steps of up to 10 ms, so that rounds have to be long beside them.
    fn for_clock(self, clock: Clock) -> Self {
        let is_short = clock == Clock::Cpu && !self.round.is_zero();
        if is_short { Self { round: self.round.max(CPU_ROUND), ..self } } else { self }
    }

    /// For work that is long enough to be a round: at most so many rounds of it.
    #[must_use]
    pub fn whole(self, rounds: usize) -> Self {
        Self { round: Duration::ZERO, rounds: self.rounds.min(rounds) }
    }
}

/// The minimum time of a round of which the time of processors is measured.
const CPU_ROUND: Duration = Duration::from_millis(300);

/// The environment variable that says what is measured.
const CLOCK: &str = "BENCH_CLOCK";

/// What is measured of the work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clock {
    /// The time that it takes.
    #[default]
    Wall,
    /// The time of processors in all threads of this process and in child processes that ended. On systems that do not tell it,
    /// the time that it takes.
    Cpu,
}

impl Clock {
    fn now(self, start: Instant) -> Duration {
        match self {
            Self::Wall => start.elapsed(),
            Self::Cpu => match (cpu_time(), children_cpu_time()) {
                (Some(own), Some(of_children)) => own + of_children,
                _ => start.elapsed(),
            },
        }
    }

    /// What follows a time.
    pub(crate) fn note(self) -> &'static str {
        match self {
            Self::Wall => "",
            Self::Cpu => " of CPU time",
        }
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Wall => "wall time",
            Self::Cpu => "CPU time",
        })
    }
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
    clock: Clock,
    is_speed: bool,
}

impl Comparison {
    /// Names the subject and the baseline.
    pub fn new(subject: &'static str, baseline: &'static str) -> Self {
        Self { subject, baseline, bytes: None, clock: Clock::Wall, is_speed: false }
    }

    /// Sets how many bytes the work processes, to show the throughput.
    #[must_use]
    pub fn bytes(mut self, bytes: usize) -> Self {
        self.bytes = Some(bytes);
        self
    }

    /// Measures the time of processors.
    #[must_use]
    pub fn cpu(mut self) -> Self {
        self.clock = Clock::Cpu;
        self
    }

    /// Tells how many times as fast the subject is, in place of how many times as long it takes.
    #[must_use]
    pub fn speed(mut self) -> Self {
        self.is_speed = true;
        self
    }

    pub(crate) fn subject(&self) -> &'static str {
        self.subject
    }

    pub(crate) fn baseline(&self) -> &'static str {
        self.baseline
    }

    pub(crate) fn size(&self) -> Option<usize> {
        self.bytes
    }

    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    pub(crate) fn is_speed(&self) -> bool {
        self.is_speed
    }

    /// Measures both sides. If the environment variable `BENCH_CLOCK` is `cpu`, ratios are of the time of processors: on a busy
    /// machine, the time that work takes says little.
    pub fn run<A, B>(
        mut self,
        options: Options,
        mut baseline: impl FnMut() -> A,
        mut subject: impl FnMut() -> B,
    ) -> Outcome {
        if !self.is_speed && std::env::var_os(CLOCK).is_some_and(|clock| clock == "cpu") {
            self.clock = Clock::Cpu;
        }
        let clock = self.clock;
        let options = options.for_clock(clock);
        let of_baseline = repeats(options, warm_up(options, &mut baseline));
        let of_subject = repeats(options, warm_up(options, &mut subject));
        let (mut baselines, mut subjects) = (Vec::new(), Vec::new());
        for round in 0..options.rounds.max(1) {
            // The order alternates, since the first run may change the state of the machine.
            if round % 2 == 0 {
                baselines.push(time(clock, of_baseline, &mut baseline));
                subjects.push(time(clock, of_subject, &mut subject));
            } else {
                subjects.push(time(clock, of_subject, &mut subject));
                baselines.push(time(clock, of_baseline, &mut baseline));
            }
        }
        self.measured(baselines, subjects)
    }

    /// The outcome of times that were measured elsewhere, such as in other processes.
    pub fn measured(self, baseline: Vec<Duration>, subject: Vec<Duration>) -> Outcome {
        Outcome::of(self, baseline, subject)
    }
}

/// Runs the work once, which fills caches and allocates, and returns how long it takes. Work that is repeated in a round is run twice
/// more, and the shortest time counts: a wait for a processor would make rounds too short.
fn warm_up<T>(options: Options, work: &mut impl FnMut() -> T) -> Duration {
    let first = time(Clock::Wall, 1, work);
    let more = if first < options.round { 2 } else { 0 };
    (0..more).map(|_| time(Clock::Wall, 1, work)).fold(first, Duration::min)
}

/// How often the work is repeated in a round.
fn repeats(options: Options, once: Duration) -> u32 {
    let times = options.round.as_secs_f64() / once.as_secs_f64().max(1e-9);
    // The conversion saturates.
    (times.ceil() as u32).max(1)
}

/// The mean time of the work.
fn time<T>(clock: Clock, repeats: u32, work: &mut impl FnMut() -> T) -> Duration {
    let start = Instant::now();
    let before = clock.now(start);
    for _ in 0..repeats {
        black_box(work());
    }
    clock.now(start).saturating_sub(before) / repeats
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_repeated_to_fill_a_round() {
        let options = Options { round: Duration::from_millis(10), rounds: 2 };
        assert_eq!(repeats(options, Duration::from_millis(3)), 4);
        assert_eq!(repeats(options, Duration::from_secs(3)), 1);
        assert_eq!(repeats(Options::ONCE, Duration::ZERO), 1);
        let (mut baseline, mut subject) = (0, 0);
        Comparison::new("", "").run(Options::ONCE, || baseline += 1, || subject += 1);
        assert_eq!((baseline, subject), (2, 2), "one run to warm up, one in the round");
        let runs = &mut 0;
        warm_up(options, &mut || *runs += 1);
        assert_eq!(*runs, 3, "short work");
        assert_eq!(options.for_clock(Clock::Cpu).round, CPU_ROUND);
        assert_eq!(Options::ONCE.for_clock(Clock::Cpu).round, Duration::ZERO);
    }
}
