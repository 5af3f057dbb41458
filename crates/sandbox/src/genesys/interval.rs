//! Intervals in queries: start and end in ISO 8601, joined by a slash.

use rosterkit_core::Timestamp;
use rosterkit_core::chrono::{DateTime, Duration, NaiveDateTime, Utc};

use crate::clock;
use crate::http::Error;

/// A range of time, without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

impl Interval {
    /// The required property `interval` of a query.
    pub(super) fn required(text: Option<&str>, max_days: i64) -> Result<Self, Error> {
        Self::parse("interval", text.ok_or_else(|| Error::missing("interval"))?, max_days)
    }

    /// The interval of a parameter, at most `max_days` long. Times without an offset are in UTC.
    pub(super) fn parse(name: &str, text: &str, max_days: i64) -> Result<Self, Error> {
        let shape = || Error::invalid(name, "must be an interval such as `2024-12-01T00:00:00/2025-01-01T00:00:00`");
        let (start, end) = text.split_once('/').ok_or_else(shape)?;
        let (start, end) = (timestamp(start).ok_or_else(shape)?, timestamp(end).ok_or_else(shape)?);
        if end <= start {
            return Err(Error::invalid(name, "must end after its start"));
        }
        if end - start > Duration::days(max_days) {
            return Err(Error::invalid(name, &format!("must not be longer than {max_days} days")));
        }
        Ok(Self { start, end })
    }

    /// The same without milliseconds.
    pub(super) fn in_seconds(self) -> Self {
        let truncate = |time: DateTime<Utc>| DateTime::from_timestamp(time.timestamp(), 0).unwrap_or(time);
        Self { start: truncate(self.start), end: truncate(self.end) }
    }

    pub(super) fn contains(&self, time: DateTime<Utc>) -> bool {
        time >= self.start && time < self.end
    }

    /// As responses write it.
    pub(super) fn show(&self) -> String {
        format!("{}/{}", clock::rfc3339(self.start), clock::rfc3339(self.end))
    }
}

fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = text.parse::<Timestamp>().and_then(|text| text.to_datetime()) {
        return Some(time.to_utc());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_read_with_and_without_offsets() {
        for (text, expected) in [
            ("2024-12-01T00:00:00/2024-12-02T00:00:00", "2024-12-01T00:00:00.000Z/2024-12-02T00:00:00.000Z"),
            ("2024-12-01T01:00:00+01:00/2024-12-02T00:00Z", "2024-12-01T00:00:00.000Z/2024-12-02T00:00:00.000Z"),
            ("2024-12-01T00:00:00.250/2024-12-02T00:00:00.5Z", "2024-12-01T00:00:00.250Z/2024-12-02T00:00:00.500Z"),
        ] {
            let interval = Interval::parse("interval", text, 31);
            assert_eq!(interval.ok().map(|interval| interval.show()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn invalid_intervals_are_rejected() {
        for text in [
            "",
            "/",
            "2024-12-01",
            "2024-12-01/2024-12-02",
            "2024-12-01T00:00:00",
            "2024-12-02T00:00:00/2024-12-01T00:00:00",
            "2024-12-01T00:00:00/2024-12-01T00:00:00",
            "2024-12-01T00:00:00/2025-01-01T00:00:01",
            "2024-12-01T00:00:00/P1D",
        ] {
            assert!(Interval::parse("interval", text, 31).is_err(), "{text}");
        }
    }
}
