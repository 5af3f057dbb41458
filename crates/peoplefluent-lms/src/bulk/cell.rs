//! The value of a cell, and the limits of its text.

use std::borrow::Cow;

/// The value of a cell.
pub(crate) trait Cell: Sized {
    /// Reads a cell that is not blank, or says the rule that it breaks (`must be …`), never the text.
    fn read(text: &str) -> Result<Self, String>;

    /// The text of the cell.
    fn write(&self) -> Cow<'_, str>;

    /// The rule that the value breaks although its type allows it.
    fn problem(&self) -> Option<String> {
        None
    }

    /// Reads a cell. A blank one has no value.
    fn read_optional(text: &str) -> Result<Option<Self>, String> {
        match text.trim() {
            "" => Ok(None),
            text => Self::read(text).map(Some),
        }
    }
}

/// Text is taken as it is, spaces included.
impl Cell for String {
    fn read(text: &str) -> Result<Self, String> {
        Ok(text.to_owned())
    }

    fn write(&self) -> Cow<'_, str> {
        self.into()
    }

    fn read_optional(text: &str) -> Result<Option<Self>, String> {
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

impl Cell for bool {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            _ if text.eq_ignore_ascii_case("true") => Ok(true),
            _ if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err("must be true or false".to_owned()),
        }
    }

    fn write(&self) -> Cow<'_, str> {
        if *self { "true" } else { "false" }.into()
    }
}

impl Cell for u32 {
    fn read(text: &str) -> Result<Self, String> {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number { text.parse().ok() } else { None };
        number.ok_or_else(|| format!("must be a whole number from 0 to {}", u32::MAX))
    }

    fn write(&self) -> Cow<'_, str> {
        self.to_string().into()
    }
}

/// The text of a cell that may be blank.
pub(crate) fn write<C: Cell>(value: Option<&C>) -> Cow<'_, str> {
    value.map(Cell::write).unwrap_or_default()
}

/// The value of a code or of its alias, in upper or lower case. The message lists the codes only.
pub(crate) fn code<C: Copy>(text: &str, values: &[(&str, C)], codes: &[&str]) -> Result<C, String> {
    let found = values.iter().find(|(code, _)| code.eq_ignore_ascii_case(text));
    found.map(|(_, value)| *value).ok_or_else(|| format!("must be one of {}", codes.join(", ")))
}

/// At most so many characters.
pub(crate) fn at_most(text: &str, max: usize) -> Option<String> {
    let plural = if max == 1 { "" } else { "s" };
    (text.chars().count() > max).then(|| format!("must have at most {max} character{plural}"))
}

/// One of the codes, or at most so many characters.
pub(crate) fn known_or_at_most(text: &str, codes: &[&str], max: usize) -> Option<String> {
    let problem = if codes.contains(&text) { None } else { at_most(text, max) };
    problem.map(|rule| format!("{rule}, or be one of {}", codes.join(", ")))
}

/// A currency code of three letters.
pub(crate) fn currency(text: &str) -> Option<String> {
    let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_alphabetic());
    (!is_code).then(|| "must be a currency code of three letters, such as USD".to_owned())
}

/// A language code of two letters, with or without a country.
pub(crate) fn language(text: &str) -> Option<String> {
    let (language, country) = text.split_once('_').unwrap_or((text, "XX"));
    let is_code = |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphabetic());
    (!(is_code(language) && is_code(country))).then(|| "must be a language code such as en or fr_CA".to_owned())
}
