//! Reads the date and time formats of the services.
//!
//! chrono's RFC 3339 parser refuses a time without seconds and an offset without a colon, both of which occur.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};

/// Reads `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let mut scanner = Scanner(text.as_bytes());
    let date = scanner.date()?;
    scanner.is_done().then_some(date)
}

/// Reads `YYYY-MM-DDTHH:MM[:SS[.fraction]]` with `Z`, `±HH`, `±HHMM` or `±HH:MM`.
pub(super) fn datetime(text: &str) -> Option<DateTime<FixedOffset>> {
    let mut scanner = Scanner(text.as_bytes());
    let date = scanner.date()?;
    scanner.one_of(b"Tt")?;
    let time = scanner.time()?;
    let offset = scanner.offset()?;
    if !scanner.is_done() {
        return None;
    }
    date.and_time(time).and_local_timezone(offset).single()
}

struct Scanner<'a>(&'a [u8]);

impl Scanner<'_> {
    fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    /// Consumes one of the given bytes.
    fn one_of(&mut self, accepted: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        accepted.contains(first).then(|| self.0 = rest)?;
        Some(*first)
    }

    /// Consumes exactly `count` digits.
    fn number(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        let number = digits
            .iter()
            .try_fold(0, |number, digit| digit.is_ascii_digit().then(|| number * 10 + u32::from(digit - b'0')))?;
        self.0 = rest;
        Some(number)
    }

    fn date(&mut self) -> Option<NaiveDate> {
        let year = self.number(4)?;
        self.one_of(b"-")?;
        let month = self.number(2)?;
        self.one_of(b"-")?;
        let day = self.number(2)?;
        NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
    }

    fn time(&mut self) -> Option<NaiveTime> {
        let hour = self.number(2)?;
        self.one_of(b":")?;
        let minute = self.number(2)?;
        let (mut second, mut nanosecond) = (0, 0);
        if self.one_of(b":").is_some() {
            second = self.number(2)?;
            if self.one_of(b".").is_some() {
                nanosecond = self.fraction()?;
            }
        }
        if second == 60 {
            // chrono writes a leap second as an overlong second 59.
            (second, nanosecond) = (59, nanosecond + 1_000_000_000);
        }
        NaiveTime::from_hms_nano_opt(hour, minute, second, nanosecond)
    }

    /// Reads the digits after the point as nanoseconds; digits beyond the ninth are cut off.
    fn fraction(&mut self) -> Option<u32> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let padded = digits.iter().map(|digit| u32::from(digit - b'0')).chain(std::iter::repeat(0)).take(9);
        (count > 0).then(|| padded.fold(0, |number, digit| number * 10 + digit))
    }

    fn offset(&mut self) -> Option<FixedOffset> {
        let sign = self.one_of(b"Zz+-")?;
        if matches!(sign, b'Z' | b'z') {
            return FixedOffset::east_opt(0);
        }
        let hours = self.number(2)?;
        let minutes = match self.one_of(b":") {
            Some(_) => self.number(2)?,
            None if self.is_done() => 0,
            None => self.number(2)?,
        };
        let seconds = i32::try_from((hours * 60 + minutes) * 60).ok().filter(|_| hours < 24 && minutes < 60)?;
        if sign == b'-' { FixedOffset::west_opt(seconds) } else { FixedOffset::east_opt(seconds) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_services_is_read() {
        for (text, expected) in [
            ("2009-11-13T20:00Z", "2009-11-13T20:00:00+00:00"),
            ("2024-04-04T00:00:00.000-05:00", "2024-04-04T00:00:00-05:00"),
            ("2024-04-04T00:00:00+0000", "2024-04-04T00:00:00+00:00"),
            ("2024-04-04T00:00:00-0530", "2024-04-04T00:00:00-05:30"),
            ("2024-04-04T00:00+05", "2024-04-04T00:00:00+05:00"),
            ("2024-02-29t23:59:59.5z", "2024-02-29T23:59:59.500+00:00"),
            ("2024-04-04T00:00:00.1234567899Z", "2024-04-04T00:00:00.123456789+00:00"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60+00:00"),
        ] {
            assert_eq!(datetime(text).map(|datetime| datetime.to_rfc3339()).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_time_is_refused() {
        for text in [
            "",
            "2024-04-04",
            "2024-04-04T00:00",
            "2024-04-04T00:00:00",
            "2024-04-04 00:00Z",
            "2024-13-04T00:00Z",
            "2023-02-29T00:00Z",
            "2024-04-04T24:00Z",
            "2024-04-04T00:60Z",
            "2024-04-04T00:00:61Z",
            "2024-04-04T00:00:00.Z",
            "2024-04-04T00:00Z ",
            " 2024-04-04T00:00Z",
            "2024-04-04T00:00+24:00",
            "2024-04-04T00:00+05:60",
            "2024-04-04T00:00+5",
            "2024-4-4T00:00Z",
            "12024-04-04T00:00Z",
            "２０24-04-04T00:00Z",
        ] {
            assert_eq!(datetime(text), None, "{text}");
        }
    }

    #[test]
    fn dates_are_exact() {
        assert_eq!(date("2024-04-04"), NaiveDate::from_ymd_opt(2024, 4, 4));
        for text in ["", "2024-04-31", "2024-4-4", "20240404", "2024-04-04T00:00Z"] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
