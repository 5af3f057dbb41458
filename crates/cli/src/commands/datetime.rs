//! Dates and times in options: absolute, or relative to now.
//!
//! | text | means |
//! | --- | --- |
//! | `2024-04-04` | the start of that day, in UTC |
//! | RFC 3339 with an offset | that time |
//! | `now` | the time of the command, the same for all its options |
//! | `today`, `yesterday` | the start of that day, in UTC |
//! | `7d`, `12h`, `2w`, `1d12h` | this long before now |
//!
//! With `--sandbox`, now is the time of the sandbox's clock.

use std::str::FromStr;

use rosterkit_core::chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};
use rosterkit_core::{Date, Timestamp};
use rosterkit_sync::span::{Span, SpanError};

use crate::context::Context;
use crate::error::Error;

const RULE: &str = "invalid date-time: expected YYYY-MM-DD, such as 2024-04-04, RFC 3339 with an offset, such as \
                    2024-04-04T09:30:00+02:00, a time ago, such as 7d, 12h or 2w, or now, today, yesterday";

/// A date-time of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum When {
    At(Timestamp),
    /// This long before now.
    Ago(Span),
    /// The start of the day that is this many days before today, in UTC.
    Day(u64),
}

impl FromStr for When {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "now" => return Ok(Self::Ago(Span::default())),
            "today" => return Ok(Self::Day(0)),
            "yesterday" => return Ok(Self::Day(1)),
            _ => {}
        }
        match text.parse() {
            Ok(span) => return Ok(Self::Ago(span)),
            Err(error @ SpanError::TooLong) => return Err(format!("invalid date-time: {error}")),
            Err(SpanError::Invalid) => {}
        }
        let is_day = text.len() == 10 && text.parse::<Date>().is_ok_and(|day| day.to_naive_date().is_ok());
        let text = if is_day { format!("{text}T00:00Z") } else { text.to_owned() };
        let timestamp: Timestamp = text.parse().map_err(|_| RULE.to_owned())?;
        timestamp.to_datetime().map_err(|_| RULE.to_owned())?;
        Ok(Self::At(timestamp))
    }
}

impl When {
    /// The time, if it is now `now`.
    fn at(&self, now: DateTime<Utc>) -> Result<Timestamp, Error> {
        let relative = match self {
            Self::At(timestamp) => return Ok(timestamp.clone()),
            Self::Ago(span) => TimeDelta::from_std(span.duration()).ok().and_then(|ago| now.checked_sub_signed(ago)),
            Self::Day(before) => {
                now.checked_sub_days(Days::new(*before)).and_then(|day| day.with_time(NaiveTime::MIN).single())
            }
        };
        relative.map(Timestamp::from).ok_or_else(|| Error::usage("a date-time is out of range"))
    }
}

/// The time of an option, if it is given.
pub(crate) async fn resolve(context: &Context, when: Option<&When>) -> Result<Option<Timestamp>, Error> {
    match when {
        Some(when) => when.at(context.now().await?).map(Some),
        None => Ok(None),
    }
}

/// The start and the end of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Interval {
    start: When,
    end: When,
}

impl FromStr for Interval {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = "invalid interval: expected START/END, such as 2024-12-01/2024-12-08, 7d/now or \
                    2024-12-01T09:00Z/2024-12-01T17:00Z";
        let (start, end) = text.split_once('/').ok_or(rule)?;
        Ok(Self { start: start.parse()?, end: end.parse()? })
    }
}

impl Interval {
    /// The start and the end; the start must be before the end. `option` names it in messages.
    pub(crate) async fn resolve(&self, context: &Context, option: &str) -> Result<[Timestamp; 2], Error> {
        self.at(context.now().await?, option)
    }

    fn at(&self, now: DateTime<Utc>, option: &str) -> Result<[Timestamp; 2], Error> {
        let (start, end) = (self.start.at(now)?, self.end.at(now)?);
        let invalid = |_| Error::usage(format!("{option}: {RULE}"));
        match start.to_datetime().map_err(invalid)? < end.to_datetime().map_err(invalid)? {
            true => Ok([start, end]),
            false => Err(Error::usage(format!(
                "{option}: invalid interval: START must be before END, but it is {start}/{end}"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A leap day, in the afternoon.
    fn now() -> DateTime<Utc> {
        "2024-02-29T15:30:20Z".parse().expect("a time")
    }

    fn text(text: &str) -> Result<String, String> {
        let when: When = text.parse()?;
        when.at(now()).map(|it| it.to_string()).map_err(|error| error.message(false).unwrap_or_default())
    }

    #[test]
    fn a_day_is_its_start_in_utc_and_a_date_time_needs_an_offset() {
        assert_eq!(text("2024-04-04"), Ok("2024-04-04T00:00Z".to_owned()));
        assert_eq!(text("2024-04-04T09:30:00+02:00"), Ok("2024-04-04T09:30:00+02:00".to_owned()));
        for invalid in
            ["", "tomorrow", "2024-02-30", "2024-4-4", "2024-04-04T09:30:00", "04.04.2024", "-7d", "7", "NOW"]
        {
            assert!(text(invalid).is_err_and(|problem| problem.starts_with("invalid date-time")), "{invalid}");
        }
    }

    #[test]
    fn relative_times_are_before_now() {
        for (given, expected) in [
            ("now", "2024-02-29T15:30:20.000Z"),
            ("today", "2024-02-29T00:00:00.000Z"),
            ("yesterday", "2024-02-28T00:00:00.000Z"),
            ("0d", "2024-02-29T15:30:20.000Z"),
            ("7d", "2024-02-22T15:30:20.000Z"),
            ("12h", "2024-02-29T03:30:20.000Z"),
            ("2w", "2024-02-15T15:30:20.000Z"),
            ("1d12h", "2024-02-28T03:30:20.000Z"),
            ("36525d", "1924-02-29T15:30:20.000Z"),
        ] {
            assert_eq!(text(given), Ok(expected.to_owned()), "{given}");
        }
        assert!(text("36526d").is_err_and(|problem| problem.contains("maximum of 36525d")));
    }

    #[test]
    fn an_interval_has_a_start_and_a_later_end() {
        let interval = |text: &str| {
            let interval: Interval = text.parse()?;
            let times = interval.at(now(), "--interval");
            times.map(|[start, end]| format!("{start}/{end}")).map_err(|error| error.message(false).unwrap_or_default())
        };
        for (given, expected) in [
            ("2024-12-01/2024-12-08", "2024-12-01T00:00Z/2024-12-08T00:00Z"),
            ("2024-12-01T01:00+02:00/2024-12-01T00:00Z", "2024-12-01T01:00+02:00/2024-12-01T00:00Z"),
            ("yesterday/today", "2024-02-28T00:00:00.000Z/2024-02-29T00:00:00.000Z"),
            ("7d/now", "2024-02-22T15:30:20.000Z/2024-02-29T15:30:20.000Z"),
        ] {
            assert_eq!(interval(given), Ok(expected.to_owned()), "{given}");
        }
        for (given, problem) in [
            ("yesterday", "START/END"),
            ("2024-12-01", "START/END"),
            ("2024-12-01/then", "invalid date-time"),
            ("2024-12-08/2024-12-01", "START must be before END"),
            ("2024-12-01/2024-12-01T00:00Z", "START must be before END"),
            ("now/7d", "START must be before END"),
            ("2024-12-01/now", "START must be before END"),
        ] {
            assert!(interval(given).is_err_and(|error| error.contains(problem)), "{given}");
        }
    }
}
