//! Date-times in options.

use peoplefluent_lms::chrono::{DateTime, Utc};
use rosterkit_core::{Date, Timestamp};

/// Parses a day, which means its start in UTC, or a date-time with an offset.
pub(crate) fn parse(text: &str) -> Result<Timestamp, String> {
    let is_day = text.len() == 10 && text.parse::<Date>().is_ok_and(|day| day.to_naive_date().is_ok());
    let text = if is_day { format!("{text}T00:00Z") } else { text.to_owned() };
    let timestamp: Timestamp = text.parse().map_err(|_| RULE.to_owned())?;
    timestamp.to_datetime().map_err(|_| RULE.to_owned())?;
    Ok(timestamp)
}

const RULE: &str = "invalid date-time: expected YYYY-MM-DD, such as 2024-04-04, or RFC 3339 with an offset, such as \
                    2024-04-04T09:30:00+02:00";

/// Parses the same as a time in UTC.
pub(crate) fn utc(text: &str) -> Result<DateTime<Utc>, String> {
    parse(text)?.to_datetime().map(|it| it.with_timezone(&Utc)).map_err(|_| RULE.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_its_start_in_utc_and_a_date_time_needs_an_offset() {
        assert_eq!(parse("2024-04-04").map(|it| it.to_string()), Ok("2024-04-04T00:00Z".to_owned()));
        assert_eq!(
            utc("2024-04-04T09:30:00+02:00").map(|it| it.to_rfc3339()),
            Ok("2024-04-04T07:30:00+00:00".to_owned())
        );
        for text in ["", "yesterday", "2024-02-30", "2024-4-4", "2024-04-04T09:30:00", "04.04.2024"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
