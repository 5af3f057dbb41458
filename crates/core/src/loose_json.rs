//! Texts and whole numbers of services whose JSON encoder is loose about the two.
//!
//! Some services write what their database holds and not what their schema says: an id of digits as a number, a flag in a
//! text field as `true`, a count in quotation marks. A generated field of such a service reads a number or a boolean as its
//! text, and a whole number from digits in quotes. Specs say with `x-loose-json` that their service is one.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::Patch;
use crate::lenient_integer::{Whole, nested};

/// The most digits of a number with a point or an exponent of which a double keeps each one.
const EXACT_DIGITS: usize = 15;

/// Reads a field of texts or of whole numbers, for `#[serde(deserialize_with)]`; generated types have it.
///
/// | in the response | in a text | in a whole number |
/// | --- | --- | --- |
/// | text | itself | the number, if it is digits, perhaps after `-` |
/// | whole number in digits | its digits | itself |
/// | number with a point or an exponent | its plain decimal form, up to 15 digits | as [`lenient_integer`](crate::lenient_integer) |
/// | `true`, `false` | the word | an error |
/// | array, object | an error | an error |
///
/// # Errors
/// If the value is something else, or has more digits than a decoder keeps.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct User {
///     #[serde(deserialize_with = "rosterkit_core::loose_json::deserialize")]
///     id: String,
///     #[serde(default, deserialize_with = "rosterkit_core::loose_json::deserialize")]
///     logins: Option<i64>,
/// }
///
/// let user: User = serde_json::from_str(r#"{"id":4711,"logins":"12"}"#)?;
/// assert_eq!((user.id.as_str(), user.logins), ("4711", Some(12)));
/// assert!(serde_json::from_str::<User>(r#"{"id":["4711"]}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Loose,
{
    T::read(deserializer)
}

/// What [`deserialize`] reads: `String` and `i64`, and `Option`, [`Patch`], `Box`, `Vec` and `BTreeMap` of them, nested at
/// will.
pub trait Loose: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// As [`deserialize`].
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl Loose for String {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Text)
    }
}

impl Loose for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Digits)
    }
}

nested!(Loose);

struct Text;

impl Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("text, a number or a boolean")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<String, E> {
        Ok(text)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<String, E> {
        Ok(value.to_string())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<String, E> {
        Ok(number.to_string())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<String, E> {
        Ok(number.to_string())
    }

    /// Also of whole numbers beyond 64 bits, whose last digits the decoder has lost.
    fn visit_f64<E: Error>(self, number: f64) -> Result<String, E> {
        // Rust writes a double without an exponent, in the fewest digits that give it again.
        let text = if number.fract() == 0.0 { format!("{number:.1}") } else { number.to_string() };
        let digits = text.trim_start_matches(['-', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
        if !number.is_finite() || digits > EXACT_DIGITS {
            let expected = "a number of at most 15 digits, or a whole number of 64 bits";
            return Err(E::invalid_value(Unexpected::Float(number), &expected));
        }
        Ok(text)
    }
}

struct Digits;

impl Visitor<'_> for Digits {
    type Value = i64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number of 64 bits, with or without quotation marks")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let number = text.parse().ok().filter(|_| is_number);
        number.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Whole.visit_i64(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        Whole.visit_u64(number)
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        Whole.visit_f64(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "deserialize")]
        text: Option<String>,
        #[serde(default, deserialize_with = "deserialize")]
        number: Option<i64>,
        #[serde(default, deserialize_with = "deserialize")]
        many: Option<Vec<Option<String>>>,
        #[serde(default, deserialize_with = "deserialize")]
        named: BTreeMap<String, String>,
        #[serde(default, deserialize_with = "deserialize")]
        boxed: Option<Box<i64>>,
    }

    fn read(field: &str, value: &str) -> Result<Sample, serde_json::Error> {
        serde_json::from_str(&format!(r#"{{"{field}":{value}}}"#))
    }

    #[test]
    fn a_text_field_reads_numbers_and_booleans_as_their_text() {
        for (value, text) in [
            (r#""a""#, "a"),
            (r#""\u00e9\n""#, "\u{e9}\n"),
            (r#""""#, ""),
            ("7", "7"),
            ("-7", "-7"),
            ("9223372036854775808", "9223372036854775808"),
            ("18446744073709551615", "18446744073709551615"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("7.5", "7.5"),
            ("-0.25", "-0.25"),
            ("7.0", "7.0"),
            ("1e3", "1000.0"),
            ("0.000001", "0.000001"),
            ("12345678901234.5", "12345678901234.5"),
            ("true", "true"),
            ("false", "false"),
        ] {
            assert_eq!(read("text", value).expect(value).text.as_deref(), Some(text), "{value}");
        }
        assert_eq!(read("text", "null").expect("null is none"), Sample::default());
        assert_eq!(serde_json::from_str::<Sample>("{}").expect("all may be absent"), Sample::default());
    }

    #[test]
    fn a_number_whose_digits_the_decoder_has_lost_is_no_text() {
        for value in
            ["18446744073709551616", "100000000000000000001", "1e300", "0.12345678901234567", "1234567890123456.5"]
        {
            let error = read("text", value).expect_err(value).to_string();
            assert!(error.contains("expected a number of at most 15 digits"), "{value}: {error}");
        }
    }

    #[test]
    fn a_whole_number_is_read_with_or_without_quotes() {
        for (value, number) in [
            ("12", 12),
            ("-12", -12),
            ("3.0", 3),
            ("1e3", 1000),
            (r#""12""#, 12),
            (r#""-12""#, -12),
            (r#""007""#, 7),
            (r#""9223372036854775807""#, i64::MAX),
            (r#""-9223372036854775808""#, i64::MIN),
        ] {
            assert_eq!(read("number", value).expect(value).number, Some(number), "{value}");
            assert_eq!(read("boxed", value).expect(value).boxed.as_deref(), Some(&number), "{value}");
        }
    }

    #[test]
    fn anything_else_stays_an_error() {
        for value in [
            r#""""#,
            r#"" 12""#,
            r#""+12""#,
            r#""12.0""#,
            r#""1-2""#,
            r#""9223372036854775808""#,
            r#""x""#,
            "1.5",
            "true",
            "[1]",
            "{}",
        ] {
            let error = read("number", value).expect_err(value).to_string();
            assert!(error.contains(", expected a whole number of 64 bits"), "{value}: {error}");
        }
        for value in ["[]", r#"["a"]"#, "{}"] {
            let error = read("text", value).expect_err(value).to_string();
            assert!(error.contains(", expected text, a number or a boolean"), "{value}: {error}");
        }
    }

    #[test]
    fn texts_in_arrays_and_maps_are_read_alike() {
        let text = r#"{"many":["a",1,null,true],"named":{"a":1,"b":"two"}}"#;
        let sample: Sample = serde_json::from_str(text).expect("loose");
        let many = sample.many.unwrap_or_default();
        assert_eq!(many.iter().map(Option::as_deref).collect::<Vec<_>>(), [Some("a"), Some("1"), None, Some("true")]);
        assert_eq!(sample.named.into_values().collect::<Vec<_>>(), ["1", "two"]);
    }
}
