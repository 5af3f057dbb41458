//! What was measured, beside the bound that it is meant to keep.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

use crate::comparison::Comparison;
use crate::numbers::{digits, duration, median, rate};

/// What a figure is meant to be. Nothing fails if it is not.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bound {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

impl Bound {
    /// Whether a figure keeps the bound, to the digits that are shown.
    ///
    /// ```
    /// use rosterkit_benches::Bound;
    ///
    /// assert!(Bound::AtMost(2.0).holds(2.004) && !Bound::AtMost(2.0).holds(2.01));
    /// assert!(Bound::AtLeast(3.5).holds(3.5) && !Bound::AtLeast(3.5).holds(3.4));
    /// ```
    pub fn holds(self, figure: f64) -> bool {
        match self {
            Self::AtMost(bound) => figure < bound + 0.005,
            Self::AtLeast(bound) => figure > bound - 0.005,
        }
    }

    /// Whether a figure holds, in a word.
    fn word(self, figure: f64) -> &'static str {
        if self.holds(figure) { "holds" } else { "missed" }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtMost(bound) => write!(formatter, "at most {bound}"),
            Self::AtLeast(bound) => write!(formatter, "at least {bound}"),
        }
    }
}

/// One figure with what belongs to it.
#[derive(Clone, Debug)]
pub struct Outcome {
    measured: Measured,
    bound: Option<Bound>,
    details: Vec<String>,
}

#[derive(Clone, Debug)]
enum Measured {
    Ratio {
        comparison: Comparison,
        /// The mean time of each round.
        baseline: Vec<Duration>,
        subject: Vec<Duration>,
    },
    Number {
        what: String,
        number: f64,
        unit: &'static str,
    },
}

impl Outcome {
    pub(crate) fn of(comparison: Comparison, baseline: Vec<Duration>, subject: Vec<Duration>) -> Self {
        Self { measured: Measured::Ratio { comparison, baseline, subject }, bound: None, details: Vec::new() }
    }

    /// A figure that is not a ratio, such as a size in MB.
    ///
    /// ```
    /// use rosterkit_benches::{Bound, Outcome};
    ///
    /// let memory = Outcome::number("peak memory", 9.8, "MB").bound(Bound::AtMost(15.0));
    /// assert_eq!(memory.to_string(), "  9.80  MB: peak memory  [at most 15: holds]");
    /// ```
    pub fn number(what: impl Into<String>, number: f64, unit: &'static str) -> Self {
        let what = what.into();
        Self { measured: Measured::Number { what, number, unit }, bound: None, details: Vec::new() }
    }

    /// Sets what the figure is meant to be.
    #[must_use]
    pub fn bound(mut self, bound: Bound) -> Self {
        self.bound = Some(bound);
        self
    }

    /// Adds a line with other figures, such as memory.
    #[must_use]
    pub fn figure(mut self, figure: impl Into<String>) -> Self {
        self.details.push(figure.into());
        self
    }

    /// The time of the subject: the median of all rounds. Zero if none was measured.
    pub fn subject_time(&self) -> Duration {
        match &self.measured {
            Measured::Ratio { subject, .. } => typical(subject),
            Measured::Number { .. } => Duration::ZERO,
        }
    }

    /// The figure. Of two times, it is the median of the ratios of all rounds.
    pub fn value(&self) -> f64 {
        match &self.measured {
            Measured::Ratio { comparison, baseline, subject } => {
                let seconds = subject.iter().zip(baseline).map(|(one, other)| (one.as_secs_f64(), other.as_secs_f64()));
                let ratio = |(subject, baseline): (f64, f64)| match comparison.is_speed() {
                    true => baseline / subject.max(1e-9),
                    false => subject / baseline.max(1e-9),
                };
                median(&mut seconds.map(ratio).collect::<Vec<_>>()).unwrap_or(f64::NAN)
            }
            Measured::Number { number, .. } => *number,
        }
    }

    /// The figure for programs.
    pub fn to_json(&self) -> Value {
        let mut json = match &self.measured {
            Measured::Ratio { comparison, baseline, subject } => json!({
                "what": comparison.subject(),
                "over": comparison.baseline(),
                "unit": if comparison.is_speed() { "times as fast" } else { "ratio" },
                "of": comparison.clock().to_string(),
                "seconds": typical(subject).as_secs_f64(),
                "seconds_over": typical(baseline).as_secs_f64(),
                "rounds": subject.len(),
            }),
            Measured::Number { what, unit, .. } => json!({ "what": what, "unit": unit }),
        };
        json["value"] = self.value().into();
        match self.bound {
            Some(Bound::AtMost(bound)) => json["at_most"] = bound.into(),
            Some(Bound::AtLeast(bound)) => json["at_least"] = bound.into(),
            None => {}
        }
        if let Some(bound) = self.bound {
            json["holds"] = bound.holds(self.value()).into();
        }
        if !self.details.is_empty() {
            json["details"] = self.details.clone().into();
        }
        json
    }

    /// The figure as a row of a table in Markdown: what, figure, bound, times and details.
    pub fn row(&self) -> String {
        let (what, figure, mut notes) = match &self.measured {
            Measured::Ratio { comparison, baseline, subject } => (
                format!("{} / {}", comparison.subject(), comparison.baseline()),
                match comparison.is_speed() {
                    true => format!("{} times as fast", digits(self.value())),
                    false => digits(self.value()),
                },
                vec![format!(
                    "{} / {}{}",
                    comparison.shown(typical(subject)),
                    comparison.shown(typical(baseline)),
                    comparison.clock().note()
                )],
            ),
            Measured::Number { what, number, unit } => {
                (what.clone(), format!("{} {unit}", digits(*number)), Vec::new())
            }
        };
        notes.extend(self.details.iter().cloned());
        let bound = self.bound.map_or_else(
            || "reported".to_owned(),
            |bound| match bound.holds(self.value()) {
                true => bound.to_string(),
                false => format!("{bound}: **missed**"),
            },
        );
        let cell = |text: String| text.replace('|', "\\|");
        format!("| {} | {} | {} | {} |", cell(what), cell(figure), cell(bound), cell(notes.join("; ")))
    }
}

fn typical(times: &[Duration]) -> Duration {
    let mut times: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    Duration::from_secs_f64(median(&mut times).unwrap_or_default())
}

/// The figure and its bound, followed by both times and other figures.
impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bound = self.bound.map_or_else(String::new, |bound| format!("  [{bound}: {}]", bound.word(self.value())));
        match &self.measured {
            Measured::Ratio { comparison, baseline, subject } => {
                let shown = |times: &[Duration]| comparison.shown(typical(times));
                writeln!(formatter, "{:>6.2}  {}  ({}){bound}", self.value(), comparison.subject(), shown(subject))?;
                let word = if comparison.is_speed() { "times as fast as" } else { "over" };
                let note = comparison.clock().note();
                write!(formatter, "        {word} {}  ({}){note}", comparison.baseline(), shown(baseline))?;
            }
            Measured::Number { what, number, unit } => {
                write!(formatter, "{:>6}  {unit}: {what}{bound}", digits(*number))?;
            }
        }
        self.details.iter().try_for_each(|figure| write!(formatter, "\n        {figure}"))
    }
}

impl Comparison {
    fn shown(self, time: Duration) -> String {
        let rate = self.size().map(|bytes| format!(", {}", rate(bytes, time))).unwrap_or_default();
        format!("{}{rate}", duration(time))
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
        assert_eq!(outcome(&[10, 10, 1000], &[20, 5000, 2000]).value(), 2.0);
        assert_eq!(outcome(&[10, 900, 10, 10, 10], &[30, 30, 30, 30, 30]).value(), 3.0);
    }

    #[test]
    fn the_ratio_is_shown_with_its_bound_times_and_throughput() {
        let shown = outcome(&[10, 10], &[25, 25]).figure("peak memory 3 MB").bound(Bound::AtMost(2.0)).to_string();
        let expected = "  2.50  typed  (25.0 ms, 80.0 MB/s)  [at most 2: missed]\n        over untyped  \
                        (10.0 ms, 200 MB/s)\n        peak memory 3 MB";
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_figure_is_a_row_of_a_table_and_an_object() {
        let outcome = outcome(&[10], &[8]).bound(Bound::AtMost(0.85)).figure("a | b");
        let expected = "| typed / untyped | 0.80 | at most 0.85 | 8 ms, 250 MB/s / 10.0 ms, 200 MB/s; a \\| b |";
        assert_eq!(outcome.row(), expected);
        let json = outcome.to_json();
        assert_eq!((&json["at_most"], &json["holds"], &json["rounds"]), (&json!(0.85), &json!(true), &json!(1)));
        let json = Outcome::number("memory", 3.0, "MB").to_json();
        assert_eq!(json, json!({ "what": "memory", "unit": "MB", "value": 3.0 }));
    }

    #[test]
    fn how_much_faster_is_the_inverse_of_the_ratio() {
        let millis = |time| vec![Duration::from_millis(time)];
        let faster = Comparison::new("four at once", "one by one").speed().measured(millis(400), millis(100));
        assert_eq!((faster.value(), faster.bound(Bound::AtLeast(3.5)).to_json()["holds"].clone()), (4.0, json!(true)));
    }
}
