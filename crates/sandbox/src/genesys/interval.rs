//! Intervals as queries write them: start and end in ISO 8601, joined by a slash.

use rosterkit_core::Timestamp;
use rosterkit_core::chrono::{DateTime, Duration, NaiveDateTime, SecondsFormat, Utc};

use crate::http::Error;

/// A stretch of time. The end does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
}

impl Interval {
    /// The interval that a parameter gives, at most `max_days` long. Times without an offset are in UTC.
    pub(super) fn parse(name: &str, text: &str, max_days: i64) -> Result<Self, Error> {
        let shape = || Error::invalid(name, "is no interval like `2024-12-01T00:00:00/2025-01-01T00:00:00`");
        let (start, end) = text.split_once('/').ok_or_else(shape)?;
        let (start, end) = (moment(start).ok_or_else(shape)?, moment(end).ok_or_else(shape)?);
        if end <= start {
            return Err(Error::invalid(name, "ends before it has begun"));
        }
        if end - start > Duration::days(max_days) {
            return Err(Error::invalid(name, &format!("is longer than {max_days} days")));
        }
        Ok(Self { start, end })
    }

    /// The same without milliseconds.
    pub(super) fn in_seconds(self) -> Self {
        let cut = |moment: DateTime<Utc>| DateTime::from_timestamp(moment.timestamp(), 0).unwrap_or(moment);
        Self { start: cut(self.start), end: cut(self.end) }
    }

    pub(super) fn contains(&self, moment: DateTime<Utc>) -> bool {
        moment >= self.start && moment < self.end
    }

    /// As answers write it.
    pub(super) fn show(&self) -> String {
        format!("{}/{}", show(self.start), show(self.end))
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = text.parse::<Timestamp>().and_then(|text| text.to_datetime()) {
        return Some(moment.to_utc());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|moment| moment.and_utc())
}

/// A moment as answers write it.
pub(super) fn show(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
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
    fn what_is_no_interval_is_refused() {
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
