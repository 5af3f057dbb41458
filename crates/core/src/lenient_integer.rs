//! Whole numbers of responses, however a service writes them.
//!
//! JSON knows one kind of number: `3`, `3.0` and `3e0` are the same value, and which of them a service sends is up to
//! its encoder. A generated field of whole numbers reads all three, so that an encoder that changes overnight fails no
//! page; it is written as `3`. Anything else stays an error: fractions, what needs more than 64 bits, texts.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};

use crate::Patch;

/// The largest magnitude up to which a double is the number that was sent: 2 to the power of 53, less 1.
const EXACT: f64 = 9_007_199_254_740_991.0;

/// Reads a field of whole numbers, for `#[serde(deserialize_with)]`; generated types have it.
///
/// A decimal point or an exponent is taken for a value of at most 53 bits. Beyond, a decoder has rounded it already, and
/// the number that was sent cannot be told from its neighbours.
///
/// # Errors
/// If the value is not a whole number, or out of range.
///
/// ```
/// #[derive(serde::Deserialize)]
/// struct Page {
///     #[serde(default, deserialize_with = "rosterkit_core::lenient_integer::deserialize")]
///     total: Option<i64>,
/// }
///
/// let page: Page = serde_json::from_str(r#"{"total":1e3}"#)?;
/// assert_eq!(page.total, Some(1000));
/// assert!(serde_json::from_str::<Page>(r#"{"total":1.5}"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Integers,
{
    T::read(deserializer)
}

/// What [`deserialize`] reads: `i64`, and `Option`, [`Patch`], `Box`, `Vec` and `BTreeMap` of it, nested at will.
pub trait Integers: Sized {
    /// Reads the value.
    ///
    /// # Errors
    /// As [`deserialize`].
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl Integers for i64 {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_any`: of XML, where all is text, this asks for a number.
        deserializer.deserialize_i64(Whole)
    }
}

/// Reads what is below an `Option`, a [`Patch`], a `Box`, an array or a map, for a trait whose `read` reads a value.
macro_rules! nested {
    ($trait:ident) => {
        impl<T: $trait> $trait for Option<T> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read: Option<Read<T>> = Option::deserialize(deserializer)?;
                Ok(read.map(|read| read.0))
            }
        }

        impl<T: $trait> $trait for Patch<T> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Option::read(deserializer).map(Self::from)
            }
        }

        impl<T: $trait> $trait for Box<T> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                T::read(deserializer).map(Self::new)
            }
        }

        impl<T: $trait> $trait for Vec<T> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read: Vec<Read<T>> = Vec::deserialize(deserializer)?;
                Ok(read.into_iter().map(|read| read.0).collect())
            }
        }

        impl<K: Ord + for<'key> Deserialize<'key>, T: $trait> $trait for BTreeMap<K, T> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read: BTreeMap<K, Read<T>> = BTreeMap::deserialize(deserializer)?;
                Ok(read.into_iter().map(|(key, read)| (key, read.0)).collect())
            }
        }

        /// A value below an `Option`, an array or a map.
        struct Read<T>(T);

        impl<'de, T: $trait> Deserialize<'de> for Read<T> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                T::read(deserializer).map(Self)
            }
        }
    };
}

pub(crate) use nested;

nested!(Integers);

pub(crate) struct Whole;

impl Visitor<'_> for Whole {
    type Value = i64;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a whole number of 64 bits")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        if number.fract() != 0.0 || !number.is_finite() {
            return Err(E::invalid_value(Unexpected::Float(number), &self));
        }
        if number.abs() > EXACT {
            let expected = "a whole number of 64 bits, in digits alone if it has more than 53";
            return Err(E::invalid_value(Unexpected::Float(number), &expected));
        }
        Ok(number as i64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Serialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, serde::Deserialize)]
    struct Sample {
        #[serde(default, deserialize_with = "deserialize", skip_serializing_if = "Option::is_none")]
        one: Option<i64>,
        #[serde(default, deserialize_with = "deserialize", skip_serializing_if = "Patch::is_absent")]
        patch: Patch<Vec<i64>>,
        #[serde(default, deserialize_with = "deserialize", skip_serializing_if = "Option::is_none")]
        many: Option<Vec<Option<i64>>>,
        #[serde(default, deserialize_with = "deserialize", skip_serializing_if = "BTreeMap::is_empty")]
        named: BTreeMap<String, Box<i64>>,
    }

    fn one(number: &str) -> Result<Option<i64>, serde_json::Error> {
        serde_json::from_str::<Sample>(&format!(r#"{{"one":{number}}}"#)).map(|sample| sample.one)
    }

    #[test]
    fn a_whole_number_is_read_however_it_is_written() {
        for (written, number) in [
            ("1", 1),
            ("1.0", 1),
            ("-1.000", -1),
            ("1e3", 1000),
            ("1.25E+2", 125),
            ("12000e-3", 12),
            ("0.0", 0),
            ("-0", 0),
            ("-0.0", 0),
            ("9007199254740991.0", 9_007_199_254_740_991),
            ("-9007199254740991.0", -9_007_199_254_740_991),
            ("9007199254740993", 9_007_199_254_740_993),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(one(written).expect(written), Some(number), "{written}");
            let value: Value = serde_json::from_str(written).expect("JSON");
            assert_eq!(i64::read(value).expect(written), number, "{written}, of a value");
        }
        assert_eq!(one("null").expect("null is none"), None);
    }

    #[test]
    fn what_is_no_whole_number_stays_an_error() {
        for refused in [
            "1.5",
            "-0.1",
            "1e-3",
            "9223372036854775808",
            "-9223372036854775809",
            "1e19",
            "1e300",
            "9007199254740992.0",
            "9007199254740993.0",
            r#""1""#,
            r#""""#,
            "true",
            "[1]",
            "{}",
        ] {
            let error = one(refused).expect_err(refused).to_string();
            assert!(error.contains(", expected a whole number of 64 bits"), "{refused}: {error}");
        }
    }

    #[test]
    fn numbers_in_arrays_maps_and_updates_are_read_alike_and_written_in_digits() {
        let text = r#"{"one":4.0,"patch":[1.0,2e0],"many":[3.0,null],"named":{"a":5.0,"b":6}}"#;
        let sample: Sample = serde_json::from_str(text).expect("whole numbers");
        let written = serde_json::to_string(&sample).expect("serializes");
        assert_eq!(written, r#"{"one":4,"patch":[1,2],"many":[3,null],"named":{"a":5,"b":6}}"#);
        assert_eq!(serde_json::from_str::<Sample>("{}").expect("all may be absent"), Sample::default());
        let cleared: Sample = serde_json::from_str(r#"{"patch":null}"#).expect("null");
        assert!(cleared.patch.is_null());
        for refused in [r#"{"patch":[1.5]}"#, r#"{"many":[1,0.1]}"#, r#"{"named":{"a":null}}"#] {
            assert!(serde_json::from_str::<Sample>(refused).is_err(), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn no_number_becomes_another_one(number in any::<i64>(), point in any::<bool>()) {
            let written = if point { format!("{number}.0") } else { number.to_string() };
            match one(&written) {
                Ok(read) => prop_assert_eq!(read, Some(number)),
                Err(_) => prop_assert!(point && number.unsigned_abs() > 1 << 53 || number.unsigned_abs() == 1 << 53),
            }
        }
    }
}
