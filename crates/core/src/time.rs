//! Dates and times as services write them.
//!
//! The services send fractions of a second, offsets with and without a colon, or minutes only. Converting each to one
//! type and back would change the text, and one odd value would fail a whole page. So [`Timestamp`] and [`Date`] keep
//! the text and convert on demand. A caller's own text is checked when it is given.

mod parse;

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDate, SecondsFormat, TimeZone, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::open_enum::deserialize_text;

/// A date and time with an offset, which keeps its text.
///
/// | made from | checked | text |
/// | --- | --- | --- |
/// | a string (`FromStr`, `TryFrom`) | yes | as given |
/// | a `chrono::DateTime` | | UTC, milliseconds, `Z` |
/// | a response (`Deserialize`) | no: [`to_datetime`](Self::to_datetime) fails instead | as sent |
///
/// Equality, order and hash go by the text: two spellings of one instant are different. Compare
/// [`to_datetime`](Self::to_datetime) for instants.
///
/// ```
/// use rosterkit_core::Timestamp;
///
/// let start: Timestamp = "2009-11-13T20:00Z".parse()?;
/// assert_eq!(start.to_string(), "2009-11-13T20:00Z");
/// assert_eq!(start.to_datetime()?.timestamp(), 1_258_142_400);
/// assert!("tomorrow".parse::<Timestamp>().is_err());
/// # Ok::<(), rosterkit_core::TimestampError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(Box<str>);

impl Timestamp {
    /// The current time, in UTC with milliseconds.
    pub fn now() -> Self {
        Utc::now().into()
    }

    /// A timestamp with the precision of a minute, `2009-11-13T20:00Z`, which is what the LMS documents. Seconds are
    /// cut off.
    ///
    /// ```
    /// use rosterkit_core::{Timestamp, chrono::DateTime};
    ///
    /// let datetime = DateTime::from_timestamp(1_258_142_459, 0).unwrap();
    /// assert_eq!(Timestamp::from_minutes(datetime).as_str(), "2009-11-13T20:00Z");
    /// ```
    pub fn from_minutes<Zone: TimeZone>(datetime: DateTime<Zone>) -> Self {
        Self(datetime.to_utc().format("%Y-%m-%dT%H:%MZ").to_string().into())
    }

    /// The text, as given or sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The date-time, with the offset that the text names.
    ///
    /// # Errors
    /// If a service sent something else than a date and time with an offset.
    pub fn to_datetime(&self) -> Result<DateTime<FixedOffset>, TimestampError> {
        parse::datetime(&self.0).ok_or(TimestampError { expected: DATETIME })
    }

    /// The same instant with the precision of a minute, in UTC; see [`from_minutes`](Self::from_minutes).
    ///
    /// # Errors
    /// As [`to_datetime`](Self::to_datetime).
    pub fn to_minutes(&self) -> Result<Self, TimestampError> {
        self.to_datetime().map(Self::from_minutes)
    }

    /// As [`to_minutes`](Self::to_minutes), but a text out of a response that is not a date-time stays as it is: then the
    /// service decides.
    ///
    /// ```
    /// use rosterkit_core::Timestamp;
    ///
    /// let start: Timestamp = "2024-04-04T00:00:30.000-05:00".parse()?;
    /// assert_eq!(start.in_minutes().as_str(), "2024-04-04T05:00Z");
    /// # Ok::<(), rosterkit_core::TimestampError>(())
    /// ```
    #[must_use]
    pub fn in_minutes(&self) -> Self {
        self.to_minutes().unwrap_or_else(|_| self.clone())
    }
}

/// A calendar date `YYYY-MM-DD`, which keeps its text.
///
/// The same rules as for [`Timestamp`] hold: strings of a caller are checked, responses are not, and equality, order and
/// hash go by the text.
///
/// ```
/// use rosterkit_core::Date;
///
/// let hired: Date = "2024-02-29".parse()?;
/// assert_eq!(hired.to_naive_date()?.to_string(), "2024-02-29");
/// assert!("2023-02-29".parse::<Date>().is_err());
/// # Ok::<(), rosterkit_core::TimestampError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(Box<str>);

impl Date {
    /// The text, as given or sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The date as a chrono type.
    ///
    /// # Errors
    /// If a service sent something else than a date.
    pub fn to_naive_date(&self) -> Result<NaiveDate, TimestampError> {
        parse::date(&self.0).ok_or(TimestampError { expected: DATE })
    }
}

const DATETIME: &str = "a date and time with an offset, such as 2024-04-04T00:00:00.000Z";
const DATE: &str = "a date, such as 2024-04-04";

/// A text is not a date, or not a date-time. Its `Display` says what was expected and leaves the text out, because dates
/// can be personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimestampError {
    expected: &'static str,
}

impl fmt::Display for TimestampError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "expected {}", self.expected)
    }
}

impl Error for TimestampError {}

impl From<DateTime<Utc>> for Timestamp {
    fn from(datetime: DateTime<Utc>) -> Self {
        Self(datetime.to_rfc3339_opts(SecondsFormat::Millis, true).into())
    }
}

impl From<DateTime<FixedOffset>> for Timestamp {
    fn from(datetime: DateTime<FixedOffset>) -> Self {
        datetime.to_utc().into()
    }
}

impl From<NaiveDate> for Date {
    fn from(date: NaiveDate) -> Self {
        Self(date.format("%Y-%m-%d").to_string().into())
    }
}

/// The traits that both types have, and that treat them alike.
macro_rules! text_type {
    ($name:ident, $parse:path, $expected:expr) => {
        impl FromStr for $name {
            type Err = TimestampError;

            fn from_str(text: &str) -> Result<Self, TimestampError> {
                match $parse(text) {
                    Some(_) => Ok(Self(text.into())),
                    None => Err(TimestampError { expected: $expected }),
                }
            }
        }

        impl TryFrom<&str> for $name {
            type Error = TimestampError;

            fn try_from(text: &str) -> Result<Self, TimestampError> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = TimestampError;

            fn try_from(text: String) -> Result<Self, TimestampError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0.into()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.as_str() == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.as_str() == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize_text::<D, Unchecked>(deserializer).map(|text| Self(text.0))
            }
        }
    };
}

text_type!(Timestamp, parse::datetime, DATETIME);
text_type!(Date, parse::date, DATE);

/// Any text of a response.
struct Unchecked(Box<str>);

impl From<&str> for Unchecked {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Unchecked {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_an_answer_is_kept_whatever_it_is() {
        for text in ["2024-04-04T00:00:00.000-05:00", "2009-11-13T20:00Z", "", "soon"] {
            let json = serde_json::to_string(text).expect("a string");
            let timestamp: Timestamp = serde_json::from_str(&json).expect("any string decodes");
            assert_eq!(timestamp, text);
            assert_eq!(serde_json::to_string(&timestamp).expect("serializes"), json);
            let date: Date = serde_json::from_str(&json).expect("any string decodes");
            assert_eq!(serde_json::to_string(&date).expect("serializes"), json);
        }
        let odd: Timestamp = serde_json::from_str(r#""soon""#).expect("decodes");
        assert!(odd.to_datetime().is_err());
        assert!(odd.to_minutes().is_err());
        assert_eq!(odd.in_minutes(), odd);
        assert!(serde_json::from_str::<Timestamp>("1712188800").is_err());
    }

    #[test]
    fn a_callers_text_is_checked_and_kept() {
        assert_eq!("2024-04-04T00:00:00+0000".parse::<Timestamp>().expect("valid"), "2024-04-04T00:00:00+0000");
        let refused = Timestamp::try_from("1980-01-01 secret").expect_err("no date-time");
        assert!(!refused.to_string().contains("secret") && !format!("{refused:?}").contains("secret"));
        assert!(Date::try_from("2024-04-04T00:00Z").is_err());
    }

    #[test]
    fn moments_are_written_in_utc_with_milliseconds() {
        let datetime = DateTime::parse_from_rfc3339("2024-04-04T00:00:01-05:00").expect("valid");
        assert_eq!(Timestamp::from(datetime), "2024-04-04T05:00:01.000Z");
        assert_eq!(Timestamp::from(datetime.to_utc()), "2024-04-04T05:00:01.000Z");
        assert_eq!(Timestamp::from(datetime).to_minutes().expect("valid"), "2024-04-04T05:00Z");
        assert_eq!(Date::from(datetime.date_naive()), "2024-04-04");
        assert!(Timestamp::now().to_datetime().is_ok());
    }

    #[test]
    fn equality_and_order_go_by_the_text() {
        let utc: Timestamp = "2024-04-04T05:00:00Z".parse().expect("valid");
        let local: Timestamp = "2024-04-04T00:00:00-05:00".parse().expect("valid");
        assert_ne!(utc, local);
        assert!(local < utc);
        assert_eq!(utc.to_datetime(), local.to_datetime());
    }
}
