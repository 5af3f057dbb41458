//! The three families of dates in the bulk files.
//!
//! In the formats of the document, `mm` is the month in digits, `mmm` its name, and `MM` are minutes, the reverse of what
//! Java and many others write; the ISO-like formats have it the usual way round. None of them names a time zone: a date
//! means what it means to the site.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use rosterkit_core::chrono::{Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Timelike as _};

use super::cell::Cell;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Years that may be written with two digits: `69` to `99` mean 1969 to 1999, `00` to `68` mean 2000 to 2068.
const SHORT_YEARS: std::ops::RangeInclusive<i32> = 1969..=2068;

/// How the day of a [`RecordDate`] or [`SettingsDate`] is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DateStyle {
    /// `dd-mm-yyyy`: `17-06-2012`.
    #[default]
    Digits,
    /// `dd-mm-yy`: `17-06-12`. For 1969 to 2068 only.
    DigitsShortYear,
    /// `dd-mmm-yyyy`: `17-Jun-2012`, with English names.
    MonthName,
    /// `dd-mmm-yy`: `17-Jun-12`. For 1969 to 2068 only.
    MonthNameShortYear,
}

impl DateStyle {
    fn is_short(self) -> bool {
        matches!(self, Self::DigitsShortYear | Self::MonthNameShortYear)
    }

    fn is_named(self) -> bool {
        matches!(self, Self::MonthName | Self::MonthNameShortYear)
    }
}

/// A day with its style.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Day {
    date: NaiveDate,
    style: DateStyle,
}

impl Day {
    fn new(date: NaiveDate) -> Self {
        Self { date, style: DateStyle::default() }
    }

    /// Days, months and hours of one digit are read too: spreadsheets write them.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let (month, is_named) = match digits(month, 1..=2) {
            Some(month) => (month, false),
            None => {
                let index = MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month))?;
                (u32::try_from(index).ok()? + 1, true)
            }
        };
        let (year, is_short) = match (digits(year, 2..=2), digits(year, 4..=4)) {
            (Some(year), _) => (year + if year < 69 { 2000 } else { 1900 }, true),
            (None, Some(year)) => (year, false),
            (None, None) => return None,
        };
        let style = match (is_named, is_short) {
            (false, false) => DateStyle::Digits,
            (false, true) => DateStyle::DigitsShortYear,
            (true, false) => DateStyle::MonthName,
            (true, true) => DateStyle::MonthNameShortYear,
        };
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, digits(day, 1..=2)?)?;
        Some(Self { date, style })
    }

    fn with_style(self, style: DateStyle) -> Result<Self, DateError> {
        match style.is_short() && !SHORT_YEARS.contains(&self.date.year()) {
            true => Err(DateError { rule: "must lie from 1969 to 2068 to be written with two digits of the year" }),
            false => Ok(Self { style, ..self }),
        }
    }

    fn problem(self) -> Option<String> {
        four_digits(self.date)
    }

    fn write(self, text: &mut String) {
        two_digits(text, self.date.day());
        text.push('-');
        match self.style.is_named() {
            true => text.push_str(MONTHS[self.date.month0() as usize]),
            false => two_digits(text, self.date.month()),
        }
        text.push('-');
        match self.style.is_short() {
            true => two_digits(text, self.date.year().rem_euclid(100).unsigned_abs()),
            false => year(text, self.date.year()),
        }
    }
}

/// Appends a number below 100. Files have many dates, and the formatting of the standard library takes several times as long.
fn two_digits(text: &mut String, number: u32) {
    text.extend([number / 10 % 10, number % 10].map(|digit| char::from(b'0' + digit as u8)));
}

/// Appends a year with at least four digits.
fn year(text: &mut String, year: i32) {
    match u32::try_from(year) {
        Ok(year @ 0..=9999) => {
            two_digits(text, year / 100);
            two_digits(text, year % 100);
        }
        _ => text.push_str(&format!("{year:04}")),
    }
}

fn four_digits(date: NaiveDate) -> Option<String> {
    (!(0..=9999).contains(&date.year())).then(|| "must have a year of four digits".to_owned())
}

/// A number of so many digits and nothing else.
fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// A date of `ENROLLDATE`, `STARTDATE` or `ENDDATE`: a day with or without a time in minutes, or `NONE` for no date.
///
/// A day without a time means `00:00`. What is read is written in the same style; what is made here is written
/// `dd-mm-yyyy`, followed by ` HH:MM` if it has a time.
///
/// Two digits of a year are read as 1969 to 2068. What the site takes them for is not documented, so prefer four.
///
/// ```
/// use peoplefluent_lms::bulk::{DateStyle, RecordDate};
/// use peoplefluent_lms::chrono::NaiveDate;
///
/// let day = NaiveDate::from_ymd_opt(2012, 6, 17).unwrap();
/// assert_eq!(RecordDate::from(day).to_string(), "17-06-2012");
/// let evening = RecordDate::from(day.and_hms_opt(18, 30, 0).unwrap()).with_style(DateStyle::MonthName)?;
/// assert_eq!(evening.to_string(), "17-Jun-2012 18:30");
/// assert_eq!("17-jun-12 18:30".parse::<RecordDate>()?.to_datetime(), evening.to_datetime());
/// assert_eq!(RecordDate::none().to_string(), "NONE");
/// # Ok::<(), peoplefluent_lms::bulk::DateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RecordDate(Option<(Day, Option<NaiveTime>)>);

const RECORD_DATE: &str =
    "must be dd-mm-yyyy, dd-mm-yy, dd-mmm-yyyy or dd-mmm-yy (mmm: Jan to Dec), with HH:MM after it or without, or NONE";

impl RecordDate {
    /// No date, written `NONE`. A blank cell is something else: there, the column's default holds.
    pub fn none() -> Self {
        Self(None)
    }

    /// Sets how the day is written.
    ///
    /// # Errors
    /// If the year shall have two digits and lies outside of 1969 to 2068.
    pub fn with_style(self, style: DateStyle) -> Result<Self, DateError> {
        let styled = self.0.map(|(day, time)| Ok((day.with_style(style)?, time)));
        styled.transpose().map(Self)
    }

    fn text(self) -> String {
        let Some((day, time)) = self.0 else { return "NONE".to_owned() };
        let mut text = String::with_capacity(20);
        day.write(&mut text);
        if let Some(time) = time {
            text.push(' ');
            two_digits(&mut text, time.hour());
            text.push(':');
            two_digits(&mut text, time.minute());
        }
        text
    }

    /// The date and time; `None` for `NONE`.
    pub fn to_datetime(self) -> Option<NaiveDateTime> {
        self.0.map(|(day, time)| day.date.and_time(time.unwrap_or(NaiveTime::MIN)))
    }
}

impl From<NaiveDate> for RecordDate {
    fn from(date: NaiveDate) -> Self {
        Self(Some((Day::new(date), None)))
    }
}

/// Seconds are cut off.
impl From<NaiveDateTime> for RecordDate {
    fn from(date_time: NaiveDateTime) -> Self {
        let time = NaiveTime::from_hms_opt(date_time.hour(), date_time.minute(), 0);
        Self(Some((Day::new(date_time.date()), time)))
    }
}

impl fmt::Display for RecordDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

impl FromStr for RecordDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let parse = || {
            if text.eq_ignore_ascii_case("NONE") {
                return Some(Self(None));
            }
            let Some((day, time)) = text.split_once(' ') else { return Some(Self(Some((Day::parse(text)?, None)))) };
            let (hour, minute) = time.split_once(':')?;
            let time = NaiveTime::from_hms_opt(digits(hour, 1..=2)?, digits(minute, 2..=2)?, 0)?;
            Some(Self(Some((Day::parse(day)?, Some(time)))))
        };
        parse().ok_or(DateError { rule: RECORD_DATE })
    }
}

/// A day of `USE SETTINGS AS OF DATE`: the formats of [`RecordDate`] without a time.
///
/// ```
/// use peoplefluent_lms::bulk::SettingsDate;
///
/// assert_eq!("1-FEB-24".parse::<SettingsDate>()?.to_date().to_string(), "2024-02-01");
/// assert!("01-02-2024 10:00".parse::<SettingsDate>().is_err());
/// # Ok::<(), peoplefluent_lms::bulk::DateError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SettingsDate(Day);

impl SettingsDate {
    /// Sets how the day is written.
    ///
    /// # Errors
    /// If the year shall have two digits and lies outside of 1969 to 2068.
    pub fn with_style(self, style: DateStyle) -> Result<Self, DateError> {
        self.0.with_style(style).map(Self)
    }

    fn text(self) -> String {
        let mut text = String::with_capacity(12);
        self.0.write(&mut text);
        text
    }

    /// The day.
    pub fn to_date(self) -> NaiveDate {
        self.0.date
    }
}

impl From<NaiveDate> for SettingsDate {
    fn from(date: NaiveDate) -> Self {
        Self(Day::new(date))
    }
}

impl fmt::Display for SettingsDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

impl FromStr for SettingsDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let rule = "must be dd-mm-yyyy, dd-mm-yy, dd-mmm-yyyy or dd-mmm-yy (mmm: Jan to Dec)";
        Day::parse(text).map(Self).ok_or(DateError { rule })
    }
}

/// A day, with or without a time in seconds: `yyyy-MM-dd HH:mm:ss` or `yyyy-MM-dd`.
///
/// ```
/// use peoplefluent_lms::bulk::PlainDateTime;
/// use peoplefluent_lms::Timestamp;
///
/// let start: Timestamp = "2010-08-25T15:00:00.000+02:00".parse()?;
/// let start = PlainDateTime::from(start.to_datetime()?.naive_utc());
/// assert_eq!(start.to_string(), "2010-08-25 13:00:00");
/// assert_eq!("2012-06-17".parse::<PlainDateTime>()?.to_string(), "2012-06-17");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PlainDateTime {
    date: NaiveDate,
    time: Option<NaiveTime>,
}

impl PlainDateTime {
    fn text(self) -> String {
        let mut text = String::with_capacity(20);
        year(&mut text, self.date.year());
        for part in [self.date.month(), self.date.day()] {
            text.push('-');
            two_digits(&mut text, part);
        }
        if let Some(time) = self.time {
            for (mark, part) in [(' ', time.hour()), (':', time.minute()), (':', time.second())] {
                text.push(mark);
                two_digits(&mut text, part);
            }
        }
        text
    }

    /// The date and time; midnight where there is no time.
    pub fn to_datetime(self) -> NaiveDateTime {
        self.date.and_time(self.time.unwrap_or(NaiveTime::MIN))
    }
}

impl From<NaiveDate> for PlainDateTime {
    fn from(date: NaiveDate) -> Self {
        Self { date, time: None }
    }
}

/// Fractions of a second are cut off.
impl From<NaiveDateTime> for PlainDateTime {
    fn from(date_time: NaiveDateTime) -> Self {
        Self { date: date_time.date(), time: date_time.time().with_nanosecond(0) }
    }
}

impl fmt::Display for PlainDateTime {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text())
    }
}

impl FromStr for PlainDateTime {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let parse = || {
            let (day, time) = text.split_once(' ').map_or((text, None), |(day, time)| (day, Some(time)));
            let [year, month, day] = numbers(day, '-', [4, 2, 2])?;
            let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
            let Some(time) = time else { return Some(Self { date, time: None }) };
            let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
            Some(Self { date, time: Some(NaiveTime::from_hms_opt(hour, minute, second)?) })
        };
        parse().ok_or(DateError { rule: "must be yyyy-MM-dd HH:mm:ss or yyyy-MM-dd" })
    }
}

fn numbers(text: &str, separator: char, lengths: [usize; 3]) -> Option<[u32; 3]> {
    let mut parts = text.split(separator);
    let mut next = |length| digits(parts.next()?, length..=length);
    let numbers = [next(lengths[0])?, next(lengths[1])?, next(lengths[2])?];
    parts.next().is_none().then_some(numbers)
}

/// An invalid date of a bulk file. The message lists the accepted formats and does not contain the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateError {
    rule: &'static str,
}

impl fmt::Display for DateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the date {}", self.rule)
    }
}

impl Error for DateError {}

macro_rules! cells {
    ($($type:ty, $problem:expr;)+) => {$(
        impl Cell for $type {
            fn read(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error: DateError| error.rule.to_owned())
            }

            fn write(&self) -> Cow<'_, str> {
                self.text().into()
            }

            fn problem(&self) -> Option<String> {
                let problem: fn(&$type) -> Option<String> = $problem;
                problem(self)
            }
        }
    )+};
}

cells! {
    RecordDate, |date| date.0.and_then(|(day, _)| day.problem());
    SettingsDate, |date| date.0.problem();
    PlainDateTime, |date_time| four_digits(date_time.date);
}
