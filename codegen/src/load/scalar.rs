//! Types of plain YAML scalars, after the core schema of YAML 1.2.
//!
//! Readers of YAML 1.1 give other types to some of the same spellings (`no`, `2024-01-31`, `12:30`). A spec is read by
//! both kinds of tools, so these spellings are refused instead of being understood in one of two ways.

use serde_json::{Number, Value};

/// The value of a plain scalar, or what is wrong with it and what to write instead.
pub fn plain(text: &str) -> Result<Value, (String, String)> {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if is_infinite_or_nan(text) => {
            return Err((
                format!("`{text}` is not a number that JSON knows"),
                format!("write a finite number, or '{text}'"),
            ));
        }
        _ => match (ambiguous(text), integer(text)) {
            (Some(reading), _) => {
                return Err((
                    format!("`{text}` without quotation marks is text to some YAML readers and {reading} to others"),
                    format!("write '{text}' with quotation marks if text is meant, otherwise spell the value plainly"),
                ));
            }
            (None, Some(Ok(number))) => Value::from(number),
            (None, Some(Err(()))) => {
                return Err((
                    format!("`{text}` is not a 64-bit integer"),
                    format!("write a number between {} and {}, or '{text}' with quotation marks", i64::MIN, i64::MAX),
                ));
            }
            (None, None) => match float(text) {
                Some(Some(number)) => Value::Number(number),
                Some(None) => {
                    return Err((
                        format!("`{text}` is too large for a number"),
                        format!("write a smaller number, or '{text}'"),
                    ));
                }
                None => Value::from(text),
            },
        },
    };
    Ok(value)
}

fn is_infinite_or_nan(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN")
}

/// What a reader of YAML 1.1 takes a plain scalar for, where YAML 1.2 disagrees.
fn ambiguous(text: &str) -> Option<&'static str> {
    if ["yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some("a boolean");
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let digits = |part: &str, range: std::ops::RangeInclusive<usize>| {
        range.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    if unsigned.len() > 1 && unsigned.starts_with('0') && digits(unsigned, 2..=usize::MAX) {
        return Some("an octal number");
    }
    if unsigned.starts_with("0b") && unsigned[2..].bytes().all(|byte| matches!(byte, b'0' | b'1' | b'_')) {
        return Some("a binary number");
    }
    if unsigned.contains('_') && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'_' | b'.')) {
        return Some("a number");
    }
    if unsigned.contains(':') && unsigned.split(':').all(|part| digits(part, 1..=usize::MAX)) {
        return Some("a number to base 60");
    }
    let mut parts = text.splitn(3, '-');
    if let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) {
        let day = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
        if digits(year, 4..=4) && digits(month, 1..=2) && digits(day, 1..=2) {
            return Some("a date");
        }
    }
    None
}

/// A whole number: `None` if the text is none, `Err` if it does not fit.
fn integer(text: &str) -> Option<Result<i64, ()>> {
    let (radix, digits) = match text.get(..2) {
        Some("0o") => (8, &text[2..]),
        Some("0x") => (16, &text[2..]),
        _ => (10, text.strip_prefix('+').unwrap_or(text)),
    };
    let unsigned =
        if radix == 10 && !text.starts_with('+') { digits.strip_prefix('-').unwrap_or(digits) } else { digits };
    if unsigned.is_empty() || !unsigned.chars().all(|c| c.is_digit(radix)) {
        return None;
    }
    Some(i64::from_str_radix(digits, radix).map_err(drop))
}

/// A number with a fraction or an exponent: `None` if the text is none, `Some(None)` if it does not fit.
fn float(text: &str) -> Option<Option<Number>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !whole.is_empty() || !fraction.is_empty();
    if !has_digits || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if exponent.is_some_and(|exponent| exponent.is_empty() || !all_digits(exponent)) {
        return None;
    }
    Some(text.parse().ok().and_then(Number::from_f64))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        for (text, expected) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("null", json!(null)),
            ("true", json!(true)),
            ("False", json!(false)),
            ("0", json!(0)),
            ("-7", json!(-7)),
            ("+7", json!(7)),
            ("0o17", json!(15)),
            ("0xff", json!(255)),
            ("9223372036854775807", json!(i64::MAX)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1.5", json!(1.5)),
            (".5", json!(0.5)),
            ("1e3", json!(1000.0)),
            ("3.0.3", json!("3.0.3")),
            ("-", json!("-")),
            (".", json!(".")),
            ("+-1", json!("+-1")),
            ("0x", json!("0x")),
            ("e5", json!("e5")),
            ("nullable", json!("nullable")),
            ("y", json!("y")),
            ("200 OK", json!("200 OK")),
            ("1-2-3", json!("1-2-3")),
            ("a:b", json!("a:b")),
        ] {
            assert_eq!(plain(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_two_readers_take_for_two_things_is_refused() {
        for (text, reading) in [
            ("yes", "a boolean"),
            ("No", "a boolean"),
            ("ON", "a boolean"),
            ("off", "a boolean"),
            ("2024-01-31", "a date"),
            ("2024-01-31T10:00:00Z", "a date"),
            ("12:30", "a number to base 60"),
            ("1_000", "a number"),
            ("0777", "an octal number"),
            ("0b11", "a binary number"),
        ] {
            let (message, help) = plain(text).expect_err(text);
            assert!(message.contains(&format!("{reading} to others")), "{text}: {message}");
            assert!(help.contains(&format!("'{text}'")), "{text}: {help}");
        }
    }

    #[test]
    fn numbers_that_do_not_fit_are_refused() {
        for text in
            ["9223372036854775808", "-9223372036854775809", "0xffffffffffffffffff", ".inf", "-.INF", ".nan", "1e999"]
        {
            assert!(plain(text).is_err(), "{text}");
        }
    }
}
