//! Slices of an interval: lengths in ISO 8601, and time zones.

use std::str::FromStr;

use chrono_tz::Tz;
use rosterkit_core::chrono::{DateTime, Days, Duration, LocalResult, Months, NaiveDateTime, TimeZone, Utc};

use crate::genesys::interval::Interval;
use crate::http::Error;

/// The maximum number of slices of an interval.
const MAX_SLICES: usize = 10_000;
/// The shortest slice, in seconds.
const SHORTEST: i64 = 60;

/// An ISO 8601 duration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Period {
    months: u32,
    days: u64,
    seconds: i64,
}

/// The slices of an interval; the last can be shorter. Days and months follow the time zone.
pub(super) fn slices(
    interval: Interval,
    granularity: Option<&str>,
    zone: Option<&str>,
) -> Result<Vec<Interval>, Error> {
    let zone = match zone {
        None => Tz::UTC,
        Some(name) => Tz::from_str(name)
            .map_err(|_| Error::invalid("timeZone", "is not a time zone such as `Europe/Dublin` or `UTC`"))?,
    };
    let Some(text) = granularity else { return Ok(vec![interval]) };
    let period = Period::parse(text).ok_or_else(|| {
        Error::invalid("granularity", "is not an ISO 8601 duration of a minute or more, such as `PT30M` or `P1D`")
    })?;
    let local = interval.start.with_timezone(&zone).naive_local();
    let mut slices = Vec::new();
    let mut start = interval.start;
    for number in 1.. {
        let end = period.after(interval.start, local, number, zone).filter(|end| *end > start);
        let end = end.ok_or_else(|| Error::invalid("granularity", "gives dates beyond the calendar"))?;
        slices.push(Interval { start, end: end.min(interval.end) });
        if end >= interval.end {
            break;
        }
        if slices.len() == MAX_SLICES {
            return Err(Error::invalid("granularity", &format!("gives more than {MAX_SLICES} slices")));
        }
        start = end;
    }
    Ok(slices)
}

impl Period {
    fn parse(text: &str) -> Option<Self> {
        let (date, time) = match text.strip_prefix('P')?.split_once('T') {
            Some((_, "")) => return None,
            Some((date, time)) => (date, time),
            None => (text.strip_prefix('P')?, ""),
        };
        let mut period = Self::default();
        for (number, unit) in parts(date)? {
            match unit {
                'Y' => period.months += u32::from(number) * 12,
                'M' => period.months += u32::from(number),
                'W' => period.days += u64::from(number) * 7,
                'D' => period.days += u64::from(number),
                _ => return None,
            }
        }
        for (number, unit) in parts(time)? {
            period.seconds += i64::from(number)
                * match unit {
                    'H' => 3_600,
                    'M' => 60,
                    'S' => 1,
                    _ => return None,
                };
        }
        (period.months > 0 || period.days > 0 || period.seconds >= SHORTEST).then_some(period)
    }

    /// The end of the n-th slice.
    fn after(self, start: DateTime<Utc>, local: NaiveDateTime, number: u32, zone: Tz) -> Option<DateTime<Utc>> {
        let clock = Duration::seconds(self.seconds.checked_mul(number.into())?);
        if self.months == 0 && self.days == 0 {
            return start.checked_add_signed(clock);
        }
        let moved = local.checked_add_months(Months::new(self.months.checked_mul(number)?))?;
        let moved = moved.checked_add_days(Days::new(self.days.checked_mul(number.into())?))?;
        let moved = match zone.from_local_datetime(&moved) {
            LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time,
            // A local time that daylight saving skips: an hour later.
            LocalResult::None => zone.from_local_datetime(&(moved + Duration::hours(1))).earliest()?,
        };
        moved.to_utc().checked_add_signed(clock)
    }
}

/// Numbers with their units: `1D`, `2H30M`.
fn parts(text: &str) -> Option<Vec<(u16, char)>> {
    let mut parts = Vec::new();
    let mut digits = String::new();
    for letter in text.chars() {
        if letter.is_ascii_digit() {
            digits.push(letter);
        } else {
            parts.push((digits.parse().ok()?, letter));
            digits.clear();
        }
    }
    digits.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sliced(interval: &str, granularity: &str, zone: Option<&str>) -> Result<Vec<String>, Error> {
        let slices = slices(Interval::parse("interval", interval, 366)?, Some(granularity), zone)?;
        Ok(slices.iter().map(Interval::show).collect())
    }

    #[test]
    fn slices_follow_each_other_and_the_last_can_be_short() -> Result<(), Error> {
        assert_eq!(
            sliced("2024-12-01T00:15:00/2024-12-01T01:30:00", "PT30M", None)?,
            [
                "2024-12-01T00:15:00.000Z/2024-12-01T00:45:00.000Z",
                "2024-12-01T00:45:00.000Z/2024-12-01T01:15:00.000Z",
                "2024-12-01T01:15:00.000Z/2024-12-01T01:30:00.000Z",
            ]
        );
        assert_eq!(sliced("2024-01-31T00:00:00/2024-12-31T00:00:00", "P1M", None)?.len(), 11);
        assert_eq!(sliced("2024-12-01T00:00:00/2024-12-15T00:00:00", "P1W", None)?.len(), 2);
        assert_eq!(sliced("2024-12-01T00:00:00/2024-12-04T00:00:00", "P1DT12H", None)?.len(), 2);
        Ok(())
    }

    #[test]
    fn days_follow_the_time_zone() -> Result<(), Error> {
        // In Dublin daylight saving time ends on 2024-10-27.
        assert_eq!(
            sliced("2024-10-26T23:00:00Z/2024-10-29T00:00:00Z", "P1D", Some("Europe/Dublin"))?,
            ["2024-10-26T23:00:00.000Z/2024-10-28T00:00:00.000Z", "2024-10-28T00:00:00.000Z/2024-10-29T00:00:00.000Z",]
        );
        Ok(())
    }

    #[test]
    fn invalid_granularities_are_rejected() {
        for granularity in ["", "P", "PT", "P1", "PT1D", "P1H", "1D", "PT-1H", "PT30S", "P0D", "PT99999H", "PXD"] {
            let slices = sliced("2024-12-01T00:00:00/2024-12-02T00:00:00", granularity, None);
            assert!(slices.is_err(), "{granularity}");
        }
        let too_many = sliced("2024-01-01T00:00:00/2024-12-31T00:00:00", "PT1M", None);
        assert!(too_many.is_err());
        assert!(sliced("2024-12-01T00:00:00/2024-12-02T00:00:00", "P1D", Some("Dublin")).is_err());
    }
}
