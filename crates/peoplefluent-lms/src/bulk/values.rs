//! Numbers and lists in cells.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::cell::Cell;

/// An amount that is not negative, with at most two decimal places: `12.50`, `350`. It keeps its text.
///
/// ```
/// use peoplefluent_lms::bulk::Amount;
///
/// assert_eq!("12.50".parse::<Amount>()?.to_string(), "12.50");
/// assert_eq!(Amount::from(350).to_string(), "350");
/// assert_eq!(Amount::from_hundredths(525).to_string(), "5.25");
/// assert_eq!(Amount::rounded(1.0 / 3.0)?.to_string(), "0.33");
/// assert!("1,5".parse::<Amount>().is_err());
/// # Ok::<(), peoplefluent_lms::bulk::NumberError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Amount(Box<str>);

const AMOUNT: NumberError = NumberError { rule: "must be a number such as 12.50, with at most two decimal places" };

impl Amount {
    /// An amount in hundredths, always with two decimal places.
    pub fn from_hundredths(hundredths: u64) -> Self {
        Self(format!("{}.{:02}", hundredths / 100, hundredths % 100).into())
    }

    /// A number, rounded to two decimal places.
    ///
    /// # Errors
    /// If it is negative, infinite or not a number.
    pub fn rounded(number: f64) -> Result<Self, NumberError> {
        match number.is_finite() && number >= 0.0 {
            // The absolute value: zero may have a sign.
            true => Ok(Self(format!("{:.2}", number.abs()).into())),
            false => Err(AMOUNT),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<u32> for Amount {
    fn from(whole: u32) -> Self {
        Self(whole.to_string().into())
    }
}

impl FromStr for Amount {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let is_amount = match text.split_once('.') {
            None => is_digits(text),
            Some((whole, places)) => is_digits(whole) && is_digits(places) && places.len() <= 2,
        };
        if is_amount { Ok(Self(text.into())) } else { Err(AMOUNT) }
    }
}

/// A number of any size and precision, with a sign or without: `88`, `-3.125`. It keeps its text.
///
/// ```
/// use peoplefluent_lms::bulk::Number;
///
/// assert_eq!("87.125".parse::<Number>()?.as_str(), "87.125");
/// assert!("good".parse::<Number>().is_err());
/// # Ok::<(), peoplefluent_lms::bulk::NumberError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number(Box<str>);

impl Number {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<i64> for Number {
    fn from(whole: i64) -> Self {
        Self(whole.to_string().into())
    }
}

impl FromStr for Number {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, places) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        match is_digits(whole) && is_digits(places) {
            true => Ok(Self(text.into())),
            false => Err(NumberError { rule: "must be a number such as 88 or 87.5" }),
        }
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A text that is not a valid number of a bulk file. The message has the rule, not the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberError {
    rule: &'static str,
}

impl fmt::Display for NumberError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the number {}", self.rule)
    }
}

impl Error for NumberError {}

macro_rules! number_cells {
    ($($type:ty),+) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl Cell for $type {
            fn read(text: &str) -> Result<Self, String> {
                text.parse().map_err(|error: NumberError| error.rule.to_owned())
            }

            fn write(&self) -> Cow<'_, str> {
                self.as_str().into()
            }
        }
    )+};
}

number_cells!(Amount, Number);

/// The user ids of instructors, joined by `|` in the file.
///
/// ```
/// use peoplefluent_lms::bulk::Instructors;
///
/// assert_eq!(Instructors::from(["a.roe", "b.poe"]).to_string(), "a.roe|b.poe");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Instructors(Vec<String>);

impl Instructors {
    /// The ids.
    pub fn ids(&self) -> &[String] {
        &self.0
    }
}

impl<I: Into<String>> FromIterator<I> for Instructors {
    fn from_iter<T: IntoIterator<Item = I>>(ids: T) -> Self {
        Self(ids.into_iter().map(Into::into).collect())
    }
}

impl<I: Into<String>, const COUNT: usize> From<[I; COUNT]> for Instructors {
    fn from(ids: [I; COUNT]) -> Self {
        ids.into_iter().collect()
    }
}

impl From<Vec<String>> for Instructors {
    fn from(ids: Vec<String>) -> Self {
        Self(ids)
    }
}

/// One id.
impl From<&str> for Instructors {
    fn from(id: &str) -> Self {
        Self::from([id])
    }
}

impl fmt::Display for Instructors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.join("|"))
    }
}

impl Cell for Instructors {
    fn read(text: &str) -> Result<Self, String> {
        let instructors: Self = text.split('|').map(str::trim).collect();
        instructors.problem().map_or(Ok(instructors), Err)
    }

    fn write(&self) -> Cow<'_, str> {
        self.0.join("|").into()
    }

    fn problem(&self) -> Option<String> {
        let is_id = |id: &String| !id.trim().is_empty() && !id.contains('|');
        (!self.0.iter().all(is_id)).then(|| "must be user ids joined by `|`, none of them blank".to_owned())
    }
}
