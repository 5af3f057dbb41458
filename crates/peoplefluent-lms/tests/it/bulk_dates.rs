//! The dates, numbers and codes of the bulk files.

use peoplefluent_lms::bulk::{Amount, DateError, DateStyle, Number, PlainDateTime, RecordDate, SettingsDate};
use peoplefluent_lms::chrono::{Datelike as _, Days, NaiveDate, NaiveDateTime};
use proptest::prelude::*;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

fn at(date: NaiveDate, hour: u32, minute: u32, second: u32) -> NaiveDateTime {
    date.and_hms_opt(hour, minute, second).expect("a time")
}

const STYLES: [DateStyle; 4] =
    [DateStyle::Digits, DateStyle::DigitsShortYear, DateStyle::MonthName, DateStyle::MonthNameShortYear];

#[test]
fn each_format_of_a_record_date_is_read_and_written() {
    let june = day(2012, 6, 17);
    for (text, written, moment) in [
        ("17-06-12 18:30", "17-06-12 18:30", at(june, 18, 30, 0)),
        ("17-06-2012 18:30", "17-06-2012 18:30", at(june, 18, 30, 0)),
        ("17-Jun-12 18:30", "17-Jun-12 18:30", at(june, 18, 30, 0)),
        ("17-Jun-2012 18:30", "17-Jun-2012 18:30", at(june, 18, 30, 0)),
        ("17-06-12", "17-06-12", at(june, 0, 0, 0)),
        ("17-06-2012", "17-06-2012", at(june, 0, 0, 0)),
        ("17-JUN-12", "17-Jun-12", at(june, 0, 0, 0)),
        ("17-jun-2012", "17-Jun-2012", at(june, 0, 0, 0)),
        ("1-2-2024 9:05", "01-02-2024 09:05", at(day(2024, 2, 1), 9, 5, 0)),
        ("29-02-00", "29-02-00", at(day(2000, 2, 29), 0, 0, 0)),
    ] {
        let date: RecordDate = text.parse().expect(text);
        assert_eq!((date.to_datetime(), date.to_string().as_str()), (Some(moment), written));
    }
    for text in ["NONE", "none"] {
        assert_eq!(text.parse(), Ok(RecordDate::none()));
    }
    assert_eq!((RecordDate::none().to_datetime(), RecordDate::none().to_string().as_str()), (None, "NONE"));
}

#[test]
fn two_digits_of_a_year_mean_1969_to_2068() {
    for (text, year) in [("01-01-68", 2068), ("01-01-69", 1969), ("01-01-99", 1999), ("01-01-00", 2000)] {
        let date: SettingsDate = text.parse().expect(text);
        assert_eq!((date.to_date().year(), date.to_string().as_str()), (year, text));
    }
    for (year, is_possible) in [(1968, false), (1969, true), (2068, true), (2069, false)] {
        let date = SettingsDate::from(day(year, 1, 1));
        assert_eq!(date.with_style(DateStyle::DigitsShortYear).is_ok(), is_possible, "{year}");
        assert_eq!(date.with_style(DateStyle::MonthNameShortYear).is_ok(), is_possible, "{year}");
        assert!(date.with_style(DateStyle::MonthName).is_ok());
    }
    assert!(RecordDate::none().with_style(DateStyle::DigitsShortYear).is_ok());
}

#[test]
fn what_is_no_record_date_is_refused_with_the_formats() {
    for text in [
        "",
        " ",
        "2012-06-17",
        "17/06/2012",
        "17.06.2012",
        "31-02-2012",
        "29-02-2023",
        "17-13-2012",
        "17-00-2012",
        "00-06-2012",
        "17-June-2012",
        "17-Mai-2012",
        "17-06-012",
        "17-06-20120",
        "17-06-2012 18:30:00",
        "17-06-2012 24:00",
        "17-06-2012 18:60",
        "17-06-2012 18",
        "17-06-2012  18:30",
        "17-06-2012T18:30",
        "17-06-2012 ",
        "+1-06-2012",
        "17-06--12",
        "*NONE*",
        "N",
        "١٧-٠٦-٢٠١٢",
        "17-06-2012-01",
    ] {
        let error = text.parse::<RecordDate>().expect_err(text);
        assert!(
            error.to_string().contains("dd-mmm-yyyy")
                && (text.is_empty() || !error.to_string().contains(text.trim()) || text.trim().len() < 2),
            "{error}"
        );
    }
    for text in ["17-06-2012 18:30", "NONE", "2012-06-17"] {
        assert!(text.parse::<SettingsDate>().is_err(), "{text}");
    }
}

#[test]
fn plain_moments_are_strict() {
    for (text, moment) in
        [("2010-08-25 13:00:00", at(day(2010, 8, 25), 13, 0, 0)), ("2012-06-17", at(day(2012, 6, 17), 0, 0, 0))]
    {
        let parsed: PlainDateTime = text.parse().expect(text);
        assert_eq!((parsed.to_datetime(), parsed.to_string().as_str()), (moment, text));
    }
    for text in [
        "",
        "2012-6-17",
        "17-06-2012",
        "2023-02-29",
        "2010-08-25T13:00:00",
        "2010-08-25 13:00",
        "2010-08-25 25:00:00",
        "2010-08-25 13:00:60",
        "2010-08-25 13:00:00Z",
        "2010-08-25 ",
        "12-06-17",
        "2010-08-25-01",
        "2010-08-25 13:00:00:00",
    ] {
        assert!(text.parse::<PlainDateTime>().is_err(), "{text}");
    }
}

#[test]
fn numbers_keep_their_text() {
    for text in ["0", "12.50", "5.2", "350", "007", "99999999999999999999999.99"] {
        assert_eq!(text.parse::<Amount>().expect(text).as_str(), text);
    }
    for text in ["", "-1", "+1", "1.234", "1.", ".5", "1,5", "1e3", "1.5.5", " 1", "٣", "NaN"] {
        assert!(text.parse::<Amount>().is_err(), "{text}");
    }
    for text in ["0", "-3.125", "+88", "1.00000000001"] {
        assert_eq!(text.parse::<Number>().expect(text).as_str(), text);
    }
    for text in ["", "-", "1.", ".5", "--1", "1e3", "good"] {
        assert!(text.parse::<Number>().is_err(), "{text}");
    }
    assert_eq!(Amount::from_hundredths(5).as_str(), "0.05");
    assert_eq!(Amount::rounded(-0.0).expect("zero").as_str(), "0.00");
    assert_eq!(Amount::rounded(12.505_001).expect("a number").as_str(), "12.51");
    for number in [-0.01, f64::NAN, f64::INFINITY] {
        assert!(Amount::rounded(number).is_err(), "{number}");
    }
}

fn dates() -> impl Strategy<Value = NaiveDate> {
    (0_u64..100 * 365).prop_map(|days| day(1969, 1, 1) + Days::new(days))
}

proptest! {
    #[test]
    fn every_style_survives_a_round_trip(date in dates(), time in prop::option::of((0_u32..24, 0_u32..60)), style in 0_usize..4) {
        let record = match time {
            Some((hour, minute)) => RecordDate::from(at(date, hour, minute, 0)),
            None => RecordDate::from(date),
        };
        let record = record.with_style(STYLES[style]).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(record.to_string().parse::<RecordDate>(), Ok(record));
        let settings = SettingsDate::from(date).with_style(STYLES[style]);
        let read = settings.and_then(|settings| settings.to_string().parse::<SettingsDate>());
        prop_assert_eq!(read.map(SettingsDate::to_date), Ok::<_, DateError>(date));
        let date_time = match time {
            Some((hour, minute)) => PlainDateTime::from(at(date, hour, minute, minute)),
            None => PlainDateTime::from(date),
        };
        prop_assert_eq!(date_time.to_string().parse::<PlainDateTime>(), Ok(date_time));
    }

    #[test]
    fn arbitrary_text_that_is_read_is_written_back(text in "[0-9JanNONE :.\\-é]{0,20}|.{0,20}") {
        if let Ok(date) = text.parse::<RecordDate>() {
            prop_assert_eq!(date.to_string().parse::<RecordDate>(), Ok(date));
        }
        if let Ok(date_time) = text.parse::<PlainDateTime>() {
            prop_assert_eq!(date_time.to_string(), text.clone());
        }
        if let Ok(amount) = text.parse::<Amount>() {
            prop_assert_eq!(amount.as_str(), text.as_str());
        }
        if let Ok(date) = text.parse::<SettingsDate>() {
            prop_assert_eq!(date.to_string().parse::<SettingsDate>(), Ok(date));
        }
        if let Ok(number) = text.parse::<Number>() {
            prop_assert_eq!(number.as_str(), text.as_str());
        }
    }
}
