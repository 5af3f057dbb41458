//! What stands in a cell.

use std::borrow::Cow;

/// The value of a cell.
pub(super) trait Cell: Sized {
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
