//! Comparison of a text with a condition.

use std::ops::Bound;

use regex::{Regex, RegexBuilder};
use rosterkit_core::chrono::NaiveDateTime;
use rosterkit_core::{Date, Timestamp};

use crate::http::Error;

/// The score of a match: of the whole text, its beginning, or any other part.
const WHOLE: u32 = 3;
const START: u32 = 2;
const SOME: u32 = 1;

/// The largest size of a compiled expression, in bytes.
const MAX_REGEX: usize = 1 << 20;

/// A check of a text. The texts of conditions are in lower case.
#[derive(Debug)]
pub(super) enum Check {
    Exact(Vec<String>),
    StartsWith(Vec<String>),
    Contains(Vec<String>),
    /// One of these is the whole text or one of its words.
    Words(Vec<String>),
    Regex(Vec<Regex>),
    Present,
    Range(Bound<Limit>, Bound<Limit>),
}

impl Check {
    /// The score of a text; 0 if it does not match.
    pub(super) fn score(&self, text: &str) -> u32 {
        match self {
            Self::Present => u32::from(!text.is_empty()),
            Self::Range(low, high) => u32::from(within(text, low, high)),
            Self::Regex(all) => u32::from(all.iter().any(|regex| regex.is_match(text))),
            Self::Exact(all) => of_any(text, all, |text, wanted| if text == wanted { WHOLE } else { 0 }),
            Self::StartsWith(all) => of_any(text, all, |text, wanted| match text.strip_prefix(wanted) {
                Some("") => WHOLE,
                Some(_) => START,
                None => 0,
            }),
            Self::Contains(all) => of_any(text, all, |text, wanted| match text.find(wanted) {
                Some(0) if text.len() == wanted.len() => WHOLE,
                Some(0) => START,
                Some(_) => SOME,
                None => 0,
            }),
            Self::Words(all) => of_any(text, all, |text, wanted| {
                if text == wanted { WHOLE } else { u32::from(words(text).any(|word| word == wanted)) }
            }),
        }
    }
}

fn of_any(text: &str, wanted: &[String], score: impl Fn(&str, &str) -> u32) -> u32 {
    let text = text.to_lowercase();
    wanted.iter().map(|wanted| score(&text, wanted)).max().unwrap_or(0)
}

/// The words of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// An expression that must match a whole text, as on the platform.
pub(super) fn regex(pattern: &str) -> Result<Regex, Error> {
    let regex = RegexBuilder::new(&format!("^(?:{pattern})$")).case_insensitive(true).size_limit(MAX_REGEX).build();
    regex.map_err(|_| Error::invalid("value", "must be a regular expression of moderate size"))
}

/// The check for a text of words, in which `*` matches any letters.
pub(super) fn query_string(text: &str) -> Result<Vec<Check>, Error> {
    let term = |word: &str| {
        if word.contains('*') {
            let pattern: Vec<String> = word.split('*').map(regex::escape).collect();
            Ok(Check::Regex(vec![regex(&format!(r"(?:.*[^\w])?{}(?:[^\w].*)?", pattern.join(r"\w*")))?]))
        } else {
            Ok(Check::Contains(vec![word.to_owned()]))
        }
    };
    text.to_lowercase().split_whitespace().map(term).collect()
}

/// A limit of a range: a number, a date-time, or a text.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) enum Limit {
    Number(f64),
    Time(NaiveDateTime),
    Text(String),
}

impl Limit {
    pub(super) fn of(text: &str) -> Self {
        let number = text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self::Number);
        number.or_else(|| date_time(text).map(Self::Time)).unwrap_or_else(|| Self::Text(text.to_lowercase()))
    }
}

fn date_time(text: &str) -> Option<NaiveDateTime> {
    if let Ok(time) = text.parse::<Timestamp>().and_then(|text| text.to_datetime()) {
        return Some(time.naive_utc());
    }
    let date = text.parse::<Date>().ok()?.to_naive_date().ok()?;
    date.and_hms_opt(0, 0, 0)
}

/// A text is in a range only if it is of the same kind as the limits.
fn within(text: &str, low: &Bound<Limit>, high: &Bound<Limit>) -> bool {
    let value = Limit::of(text);
    let alike = |limit: &Limit| std::mem::discriminant(limit) == std::mem::discriminant(&value);
    let above = match low {
        Bound::Included(limit) => alike(limit) && value >= *limit,
        Bound::Excluded(limit) => alike(limit) && value > *limit,
        Bound::Unbounded => true,
    };
    above
        && match high {
            Bound::Included(limit) => alike(limit) && value <= *limit,
            Bound::Excluded(limit) => alike(limit) && value < *limit,
            Bound::Unbounded => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_better_match_scores_higher() {
        let contains = Check::Contains(texts(&["ann"]));
        let scores: Vec<u32> = ["Ann", "Anna Roe", "Joanna", "Bert"].iter().map(|text| contains.score(text)).collect();
        assert_eq!(scores, [WHOLE, START, SOME, 0]);
        assert_eq!(Check::StartsWith(texts(&["ann"])).score("Joann"), 0);
        assert_eq!(Check::Words(texts(&["roe"])).score("Anna Roe-Doe"), SOME);
        assert_eq!(Check::Words(texts(&["ro"])).score("Anna Roe"), 0);
        assert_eq!(Check::Exact(texts(&["ünal"])).score("ÜNAL"), WHOLE);
    }

    #[test]
    fn ranges_compare_only_values_of_the_same_kind() {
        let range =
            |low: &str, high: &str| Check::Range(Bound::Included(Limit::of(low)), Bound::Excluded(Limit::of(high)));
        for (low, high, text, expected) in [
            ("2", "10", "9", 1),
            ("2", "10", "10", 0),
            ("2", "10", "text", 0),
            ("2024-01-01", "2024-02-01", "2024-01-31T23:59:59.999Z", 1),
            ("2024-01-01", "2024-02-01", "2024-02-01T00:00:00Z", 0),
            ("a", "c", "Bert", 1),
            ("a", "c", "Cees", 0),
        ] {
            assert_eq!(range(low, high).score(text), expected, "{low}..{high} {text}");
        }
    }

    #[test]
    fn an_expression_matches_the_whole_text_and_an_invalid_one_is_rejected() {
        let check = Check::Regex(regex("a.*e").into_iter().collect());
        assert_eq!((check.score("Anna Roe"), check.score("Anna Roes")), (1, 0));
        assert!(regex("(").is_err());
        assert!(regex("(a{1000}){1000}").is_err());
    }

    #[test]
    fn a_star_in_a_query_matches_letters() {
        let score =
            |query: &str, text: &str| query_string(query).unwrap_or_default().iter().all(|check| check.score(text) > 0);
        assert!(score("an* roe", "Anna Roe") && score("*na", "Anna Roe") && score("Anna", "Anna Roe"));
        assert!(!score("an* doe", "Anna Roe") && !score("o*", "Anna Roe"));
    }
}
