//! Bulk files: a CSV document in, the rows that failed out.
//!
//! The answer begins with a line of advice and the header as it was sent. Rows that failed or drew a warning follow, each
//! with the reason in one more column. The last line holds `No Error Occurred` if no row failed, and only then.

use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, WriterBuilder};
use rosterkit_core::chrono::NaiveDate;

use crate::http::Error;
use crate::lms::datetime::Timestamp;

const ADVICE: &str = "Correct the rows below and send them again. Rows that are not listed were taken.";

/// What a column can hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    Text,
    AtMost(usize),
    OneOf(&'static [&'static str]),
    /// `yyyy-MM-dd HH:mm:ss` or `yyyy-MM-dd`.
    Timestamp,
    /// A number with at most two decimal places.
    Amount,
    Currency,
    Language,
    /// As `OneOf`, upper and lower case alike.
    Word(&'static [&'static str]),
    /// `dd-mm-yy HH:MM` with any of its variants, or `NONE`.
    Training,
    /// The same without a time, and never `NONE`.
    TrainingDay,
    /// Any number.
    Number,
    /// A whole number from 0.
    Days,
}

/// The columns of one row that are not empty, by name.
pub(crate) type Row<'a> = BTreeMap<&'static str, &'a str>;

/// Takes a file row by row. `take` has the row done and answers a warning, or says why not.
pub(crate) fn process(
    text: &str,
    columns: &'static [(&'static str, Rule)],
    needed: &[&str],
    mut take: impl FnMut(&Row<'_>) -> Result<Option<String>, String>,
) -> Result<String, Error> {
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| not_csv())?.clone();
    let names = names(&header, columns, needed)?;

    let (mut listed, mut rows, mut failed) = (Vec::new(), 0, 0);
    for record in reader.records() {
        let record = record.map_err(|_| not_csv())?;
        rows += 1;
        let outcome = read(&record, &names).and_then(|row| {
            check(&row, columns)?;
            take(&row)
        });
        match outcome {
            Ok(None) => {}
            Ok(Some(warning)) => listed.push((record, format!("WARNING. {warning}"))),
            Err(reason) => {
                failed += 1;
                listed.push((record, reason));
            }
        }
    }
    answer(&header, &listed, rows, failed)
}

fn names(
    header: &StringRecord,
    columns: &'static [(&'static str, Rule)],
    needed: &[&str],
) -> Result<Vec<&'static str>, Error> {
    let mut names = Vec::new();
    for name in header {
        let all = columns.iter().map(|(known, _)| *known);
        let known = all.clone().find(|known| *known == name);
        let known = known.ok_or_else(|| Error::unknown_name("header line", name, all))?;
        if names.contains(&known) {
            return Err(Error::bad_request(format!("The header line names the column {known} twice.")));
        }
        names.push(known);
    }
    match needed.iter().find(|name| !names.contains(*name)) {
        Some(name) => Err(Error::bad_request(format!("The header line lacks the column {name}."))),
        None => Ok(names),
    }
}

fn read<'a>(record: &'a StringRecord, names: &[&'static str]) -> Result<Row<'a>, String> {
    if record.len() != names.len() {
        return Err(format!("The row has {} columns, the header {}.", record.len(), names.len()));
    }
    Ok(names.iter().copied().zip(record).filter(|(_, value)| !value.is_empty()).collect())
}

fn check(row: &Row<'_>, columns: &[(&'static str, Rule)]) -> Result<(), String> {
    for (name, rule) in columns {
        if let Some(problem) = row.get(name).and_then(|value| rule.problem(value)) {
            return Err(format!("{name} {problem}."));
        }
    }
    Ok(())
}

impl Rule {
    fn problem(self, value: &str) -> Option<String> {
        match self {
            Self::Text => None,
            Self::AtMost(max) => (value.chars().count() > max).then(|| format!("has more than {max} characters")),
            Self::OneOf(values) => (!values.contains(&value)).then(|| format!("is none of {}", values.join(", "))),
            Self::Word(values) => (!values.iter().any(|known| known.eq_ignore_ascii_case(value)))
                .then(|| format!("is none of {}", values.join(", "))),
            Self::Timestamp => Timestamp::from_bulk(value)
                .is_none()
                .then(|| "is neither yyyy-MM-dd HH:mm:ss nor yyyy-MM-dd".to_owned()),
            Self::Training => (value != "NONE" && training(value).is_none()).then(|| {
                "is neither NONE nor dd-mm-yyyy, dd-mm-yy, dd-mmm-yyyy or dd-mmm-yy with or without HH:MM".to_owned()
            }),
            Self::TrainingDay => (value.contains(' ') || training(value).is_none())
                .then(|| "is none of dd-mm-yyyy, dd-mm-yy, dd-mmm-yyyy, dd-mmm-yy".to_owned()),
            Self::Number => (!value.parse::<f64>().is_ok_and(f64::is_finite)).then(|| "is no number".to_owned()),
            Self::Days => value.parse::<u32>().is_err().then(|| "is no whole number from 0".to_owned()),
            Self::Amount => (!is_amount(value)).then(|| "is no number with at most two decimal places".to_owned()),
            Self::Currency => (!(value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_alphabetic())))
                .then(|| "is no currency code of three letters".to_owned()),
            Self::Language => (!is_language(value)).then(|| "is no language code such as en or fr_CA".to_owned()),
        }
    }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A date of the training history: `dd-mm-yy`, `dd-mm-yyyy`, `dd-mmm-yy` or `dd-mmm-yyyy`, with `HH:MM` or at midnight.
pub(crate) fn training(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ').unwrap_or((text, "00:00"));
    let digits = |text: &str, lengths: &[usize]| {
        let right = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| right)
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [day, month, year] = parts.as_slice() else { return None };
    let named = || MONTHS.iter().position(|name| name.eq_ignore_ascii_case(month)).map(|place| place as u32 + 1);
    let month = digits(month, &[2]).or_else(named)?;
    let year = match digits(year, &[2, 4])? {
        // As POSIX reads two digits.
        short @ 0..=68 if year.len() == 2 => 2000 + short,
        short if year.len() == 2 => 1900 + short,
        long => long,
    };
    let (hour, minute) = time.split_once(':')?;
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, digits(day, &[2])?)?;
    Some(date.and_hms_opt(digits(hour, &[2])?, digits(minute, &[2])?, 0)?.into())
}

fn is_amount(value: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match value.split_once('.') {
        None => digits(value),
        Some((whole, places)) => digits(whole) && digits(places) && places.len() <= 2,
    }
}

fn is_language(value: &str) -> bool {
    let (language, country) = value.split_once('_').unwrap_or((value, "XX"));
    let two = |text: &str, fits: fn(&u8) -> bool| text.len() == 2 && text.bytes().all(|byte| fits(&byte));
    two(language, u8::is_ascii_lowercase) && two(country, u8::is_ascii_uppercase)
}

fn answer(
    header: &StringRecord,
    listed: &[(StringRecord, String)],
    rows: usize,
    failed: usize,
) -> Result<String, Error> {
    let mut writer = WriterBuilder::new().flexible(true).from_writer(Vec::new());
    let write = |result: Result<(), csv::Error>| result.map_err(|_| not_csv());
    write(writer.write_record(header))?;
    for (record, reason) in listed {
        let missing = header.len().saturating_sub(record.len());
        let cells = record.iter().chain(std::iter::repeat_n("", missing)).chain([reason.as_str()]);
        write(writer.write_record(cells))?;
    }
    let table = writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(not_csv)?;
    let end = match failed {
        0 => format!("No Error Occurred in {rows} row(s)."),
        _ => format!("{failed} of {rows} row(s) failed."),
    };
    Ok(format!("{ADVICE}\n{table}{end}\n"))
}

fn not_csv() -> Error {
    Error::bad_request("The body is no CSV document.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_tells_good_from_bad() {
        for (rule, good, bad) in [
            (Rule::AtMost(3), vec!["", "abc", "äöü"], vec!["abcd"]),
            (Rule::OneOf(&["A", "AU"]), vec!["A", "AU"], vec!["a", "U"]),
            (
                Rule::Timestamp,
                vec!["2012-06-17", "2010-08-25 13:00:00", "2024-02-29"],
                vec!["2012-6-17", "17-06-2012", "2023-02-29", "2010-08-25T13:00:00", "2010-08-25 25:00:00", "soon"],
            ),
            (
                Rule::Training,
                vec!["NONE", "29-02-2024", "05-01-24 23:59", "05-Jan-2024 08:00", "05-DEC-99"],
                vec![
                    "none",
                    "29-02-2023",
                    "5-1-24",
                    "05-13-24",
                    "05-January-24",
                    "05-01-24 8:00",
                    "05-01-124",
                    "2024-01-05",
                ],
            ),
            (Rule::TrainingDay, vec!["05-Jan-24"], vec!["NONE", "05-Jan-24 10:00"]),
            (Rule::Word(&["Active"]), vec!["active", "ACTIVE"], vec!["activ", ""]),
            (Rule::Number, vec!["-1.5", "12"], vec!["", "NaN", "inf", "1,5"]),
            (Rule::Days, vec!["0", "30"], vec!["-1", "1.5", ""]),
            (Rule::Amount, vec!["0", "12.50", "5.2", "350"], vec!["", "-1", "1.234", "1.", ".5", "1,5", "1e3"]),
            (Rule::Currency, vec!["GBP", "usd"], vec!["EU", "EURO", "E1R", "€"]),
            (Rule::Language, vec!["en", "fr_CA"], vec!["EN", "fr-CA", "fra", "fr_ca", "_CA"]),
        ] {
            for value in good {
                assert_eq!(rule.problem(value), None, "{rule:?} {value}");
            }
            for value in bad {
                assert!(rule.problem(value).is_some(), "{rule:?} {value}");
            }
        }
    }
}
