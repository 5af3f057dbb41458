//! Lengths of time as people write them: `7d`, `12h`, `1d12h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The units, from the largest to the smallest.
const UNITS: [(char, u64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A length of time in whole seconds.
///
/// It is written as numbers with units: `w`, `d`, `h`, `m` or `s`, larger units first, each at most once, without spaces.
///
/// ```
/// use rosterkit_sync::span::Span;
///
/// assert_eq!("1d12h".parse::<Span>()?, Span::from_secs(129_600));
/// assert_eq!(Span::from_secs(129_600).to_string(), "36h");
/// # Ok::<(), rosterkit_sync::span::SpanError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span(Duration);

impl Span {
    /// The longest span that is read: about a hundred years, so that sums with a date-time stay in range.
    pub const MAX: Self = Self::from_secs(36_525 * 86_400);

    /// A span of this many seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// The span as a duration.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

/// Why a text is not a span. It says what is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanError {
    /// The text is not written as a span is.
    Invalid,
    /// The span is longer than [`Span::MAX`].
    TooLong,
}

impl fmt::Display for SpanError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid => formatter.write_str(
                "invalid length of time; expected numbers with the units w, d, h, m or s, such as 7d or 1d12h",
            ),
            Self::TooLong => write!(formatter, "length of time beyond the maximum of {}", Span::MAX),
        }
    }
}

impl std::error::Error for SpanError {}

impl FromStr for Span {
    type Err = SpanError;

    fn from_str(text: &str) -> Result<Self, SpanError> {
        let (mut rest, mut units, mut total) = (text, &UNITS[..], 0_u64);
        while !rest.is_empty() || text.is_empty() {
            let digits = rest.find(|it: char| !it.is_ascii_digit()).filter(|end| *end > 0).ok_or(SpanError::Invalid)?;
            let (number, after) = rest.split_at(digits);
            let unit = after.chars().next();
            let index = units.iter().position(|(name, _)| Some(*name) == unit).ok_or(SpanError::Invalid)?;
            // Digits only, so that the one error is a number that is too large.
            let number: u64 = number.parse().map_err(|_| SpanError::TooLong)?;
            let seconds = number.checked_mul(units[index].1).and_then(|it| it.checked_add(total));
            total = seconds.ok_or(SpanError::TooLong)?;
            // Units are of one byte.
            (rest, units) = (&after[1..], &units[index + 1..]);
        }
        match Self::from_secs(total) {
            span if span > Self::MAX => Err(SpanError::TooLong),
            span => Ok(span),
        }
    }
}

/// In the largest unit up to days that divides it, as it can be written in a sync file.
impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let unit = UNITS[1..].iter().find(|(_, length)| seconds > 0 && seconds.is_multiple_of(*length));
        let (name, length) = unit.copied().unwrap_or(('s', 1));
        formatter.pad(&format!("{}{name}", seconds / length))
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_written() {
        for (text, seconds, written) in [
            ("0s", 0, "0s"),
            ("90s", 90, "90s"),
            ("120s", 120, "2m"),
            ("007d", 604_800, "7d"),
            ("2w", 1_209_600, "14d"),
            ("1d12h", 129_600, "36h"),
            ("1w1d1h1m1s", 694_861, "694861s"),
            ("36525d", 36_525 * 86_400, "36525d"),
        ] {
            assert_eq!(text.parse(), Ok(Span::from_secs(seconds)), "{text}");
            assert_eq!(Span::from_secs(seconds).to_string(), written, "{text}");
            assert_eq!(written.parse(), Ok(Span::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_what_is_accepted() {
        for text in
            ["", "7", "d", "7 d", " 7d", "7D", "-7d", "+7d", "1.5d", "7dd", "12h1d", "1d1d", "1h7", "1é", "٧d", "1µs"]
        {
            assert_eq!(text.parse::<Span>(), Err(SpanError::Invalid), "{text}");
        }
        for text in ["36526d", "36525d1s", "18446744073709551615w", "99999999999999999999s", "18446744073709551615s"] {
            assert_eq!(text.parse::<Span>(), Err(SpanError::TooLong), "{text}");
        }
        assert_eq!(SpanError::TooLong.to_string(), "length of time beyond the maximum of 36525d");
    }

    #[test]
    fn a_span_is_a_text_in_json() -> Result<(), serde_json::Error> {
        assert_eq!(serde_json::to_string(&Span::from_secs(7200))?, r#""2h""#);
        assert_eq!(serde_json::from_str::<Span>(r#""2h""#)?, Span::from_secs(7200));
        let error = serde_json::from_str::<Span>(r#""2""#).map_err(|error| error.to_string());
        assert!(error.is_err_and(|message| message.starts_with("invalid length of time; expected")));
        Ok(())
    }
}
