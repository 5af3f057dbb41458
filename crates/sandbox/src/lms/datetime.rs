//! Timestamps as the site keeps, reads and sends them.

use peoplefluent_lms::bulk::PlainDateTime;
use rosterkit_core::chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::clock;

/// A date and time in UTC, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Timestamp(i64);

const MINUTE: i64 = 60_000;

/// The start of the year 1 and the end of the year 9999: the format that is sent has four digits for the year.
const FIRST: i64 = -62_135_596_800_000;
const LAST: i64 = 253_402_300_799_999;

impl Timestamp {
    /// 2025-01-01. The dates of the sample data are near it and do not depend on the clock.
    pub(crate) const SAMPLE: Self = Self(1_735_689_600_000);

    pub(crate) fn now() -> Self {
        clock::now().into()
    }

    pub(crate) fn plus_minutes(self, minutes: i64) -> Self {
        Self(self.0.saturating_add(minutes.saturating_mul(MINUTE)))
    }

    pub(crate) fn plus_hours(self, hours: i64) -> Self {
        self.plus_minutes(hours.saturating_mul(60))
    }

    pub(crate) fn plus_days(self, days: i64) -> Self {
        self.plus_hours(days.saturating_mul(24))
    }

    pub(crate) fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.clamp(FIRST, LAST)).unwrap_or_default()
    }

    /// With offset and fractions, as the site sends it.
    pub(crate) fn text(self) -> String {
        self.utc().to_rfc3339_opts(SecondsFormat::Millis, false)
    }

    /// The day alone.
    pub(crate) fn day(self) -> String {
        self.utc().format("%Y-%m-%d").to_string()
    }

    /// A date and time with an offset, as parameters have it.
    pub(crate) fn from_rfc3339(text: &str) -> Option<Self> {
        let time = text.parse::<rosterkit_core::Timestamp>().ok()?.to_datetime().ok()?;
        Some(time.to_utc().into())
    }

    /// The beginning of a day, as parameters have it.
    pub(crate) fn from_day(text: &str) -> Option<Self> {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0).map(Self::from)
    }

    /// `yyyy-MM-dd'T'HH:mm'Z'` and nothing else, as the exports have it.
    pub(crate) fn from_minute(text: &str) -> Option<Self> {
        let time = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").ok().filter(|_| text.len() == 17);
        time.map(Self::from)
    }

    /// `yyyy-MM-dd HH:mm:ss` or `yyyy-MM-dd`, as the bulk files have it.
    pub(crate) fn from_bulk(text: &str) -> Option<Self> {
        text.parse::<PlainDateTime>().ok().map(|date| date.to_datetime().into())
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(time: DateTime<Utc>) -> Self {
        Self(time.timestamp_millis())
    }
}

impl From<NaiveDateTime> for Timestamp {
    fn from(time: NaiveDateTime) -> Self {
        time.and_utc().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documented_forms_are_read_and_others_rejected() {
        let text = |time: Option<Timestamp>| time.map(Timestamp::text).unwrap_or_default();
        assert_eq!(text(Timestamp::from_rfc3339("2009-11-13T20:00Z")), "2009-11-13T20:00:00.000+00:00");
        assert_eq!(text(Timestamp::from_rfc3339("2024-04-04T00:00:00.000-05:00")), "2024-04-04T05:00:00.000+00:00");
        assert_eq!(text(Timestamp::from_minute("2009-11-13T20:00Z")), "2009-11-13T20:00:00.000+00:00");
        assert_eq!(Timestamp::SAMPLE.plus_days(i64::MAX).text(), "9999-12-31T23:59:59.999+00:00");
        assert_eq!(Timestamp::SAMPLE.plus_days(i64::MIN).text(), "0001-01-01T00:00:00.000+00:00");
        assert_eq!(text(Timestamp::from_bulk("2024-02-29")), "2024-02-29T00:00:00.000+00:00");
        for wrong in ["", "2009-11-13", "2009-11-13T20:00", "2009-11-13T20:00:00Z", "2009-1-13T20:000Z", "soon"] {
            assert_eq!(Timestamp::from_minute(wrong), None, "{wrong}");
        }
        for wrong in ["2023-02-29", "2012-6-17", "2010-08-25T13:00:00", "2010-08-25 25:00:00", "ääääääääää"] {
            assert_eq!(Timestamp::from_bulk(wrong), None, "{wrong}");
        }
    }
}
