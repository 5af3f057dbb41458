//! Decimal numbers of the services, digit for digit.
//!
//! An amount of money has digits that a binary fraction loses: `91.10` is not `91.1` to an auditor. So [`Decimal`] keeps
//! the text and converts on demand, as [`Timestamp`](crate::Timestamp) does.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::open_enum::deserialize_text;

/// A decimal number, which keeps its text.
///
/// The text of a response is not checked: [`to_f64`](Self::to_f64) and [`to_minor_units`](Self::to_minor_units) say
/// `None` if it is not a number. Equality, order and hash go by the text: `1.0` and `1.00` are different.
///
/// ```
/// use rosterkit_core::Decimal;
///
/// let price = Decimal::from("1250.50");
/// assert_eq!(price.as_str(), "1250.50");
/// assert_eq!(price.to_f64(), Some(1250.5));
/// assert_eq!(price.to_minor_units(2), Some(125_050));
/// assert_eq!(Decimal::from("on request").to_f64(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal(Box<str>);

impl Decimal {
    /// The text, as given or sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number as a binary fraction, which is close to it. `None` if the text is not a number, or is out of range.
    pub fn to_f64(&self) -> Option<f64> {
        let number = self.0.trim().parse::<f64>().ok()?;
        // Words such as `inf` are numbers to Rust, and none in a document.
        (number.is_finite() && self.0.bytes().any(|byte| byte.is_ascii_digit())).then_some(number)
    }

    /// The number without loss as a count of units with `places` digits after the point: cents of a price for 2. `None`
    /// if the text is not a plain decimal number, has more digits other than 0 than that, or is too large.
    pub fn to_minor_units(&self, places: u8) -> Option<i64> {
        let text = self.0.trim();
        let (sign, text) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let places = usize::from(places);
        let (kept, lost) = fraction.split_at_checked(places).unwrap_or((fraction, ""));
        if lost.bytes().any(|digit| digit != b'0') {
            return None;
        }
        let zeros = std::iter::repeat_n(b'0', places - kept.len());
        whole.bytes().chain(kept.bytes()).chain(zeros).try_fold(0_i64, |number, digit| {
            let digit = digit.is_ascii_digit().then(|| i64::from(digit - b'0'))?;
            number.checked_mul(10)?.checked_add(sign * digit)
        })
    }
}

impl From<&str> for Decimal {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<String> for Decimal {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl AsRef<str> for Decimal {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::Decimal;

    #[test]
    fn no_digit_is_lost() {
        for (text, places, units) in [
            ("1250.50", 2, Some(125_050)),
            ("-0.05", 2, Some(-5)),
            ("+7", 2, Some(700)),
            (".5", 1, Some(5)),
            ("5.", 1, Some(50)),
            ("1.500", 1, Some(15)),
            ("1.505", 2, None),
            ("", 2, None),
            (".", 2, None),
            ("1,5", 2, None),
            ("1e3", 2, None),
            ("--1", 2, None),
            ("92233720368547758.07", 2, Some(i64::MAX)),
            ("-92233720368547758.08", 2, Some(i64::MIN)),
            ("92233720368547758.08", 2, None),
        ] {
            assert_eq!(Decimal::from(text).to_minor_units(places), units, "{text}");
        }
    }

    #[test]
    fn words_are_not_numbers() {
        for text in ["inf", "NaN", "infinity", "", "abc", "1e999"] {
            assert_eq!(Decimal::from(text).to_f64(), None, "{text}");
        }
        assert_eq!(Decimal::from("1e3").to_f64(), Some(1000.0));
        let padded = Decimal::from(" 1.5\n");
        assert_eq!((padded.to_f64(), padded.to_minor_units(1)), (Some(1.5), Some(15)));
    }
}
