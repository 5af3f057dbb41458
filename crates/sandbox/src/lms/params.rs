//! Reading parameters of a call.

use crate::http::{Call, Error};
use crate::lms::datetime::Timestamp;

/// Number of items in a listing without `max`. The documents give both 25 and "all" as the default; the sandbox uses the
/// smaller one, so that a client that relies on "all" fails here first.
const DEFAULT_MAX: usize = 25;

/// A parameter of the query or of the form that is not empty.
pub(crate) fn parameter<'a>(call: &'a Call<'_>, name: &'a str) -> Option<&'a str> {
    call.filter(name).or_else(|| call.form(name).filter(|value| !value.is_empty()))
}

/// A required parameter.
pub(crate) fn required<'a>(call: &'a Call<'_>, name: &'a str) -> Result<&'a str, Error> {
    parameter(call, name).ok_or_else(|| Error::missing(name))
}

pub(crate) fn flag(call: &Call<'_>, name: &str) -> bool {
    parameter(call, name) == Some("true")
}

/// The date and time of a parameter.
pub(crate) fn timestamp(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Error> {
    let read = |text| {
        Timestamp::from_rfc3339(text).ok_or_else(|| Error::invalid(name, "is not a date and time with an offset"))
    };
    parameter(call, name).map(read).transpose()
}

/// The day of a parameter.
pub(crate) fn day(call: &Call<'_>, name: &str) -> Result<Option<Timestamp>, Error> {
    let read = |text| Timestamp::from_day(text).ok_or_else(|| Error::invalid(name, "is not a date"));
    parameter(call, name).map(read).transpose()
}

/// The largest number of items that a listing may have.
pub(crate) fn max(call: &Call<'_>) -> Result<usize, Error> {
    let Some(text) = parameter(call, "max") else { return Ok(DEFAULT_MAX) };
    let number = text.parse::<i64>().ok().filter(|number| *number > 0);
    let number = number.ok_or_else(|| Error::invalid("max", "is not a whole number above 0"))?;
    Ok(usize::try_from(number).unwrap_or(usize::MAX))
}

/// The words of `keywords`, in lower case.
pub(crate) fn keywords(call: &Call<'_>) -> Vec<String> {
    let words = parameter(call, "keywords").unwrap_or_default().split_whitespace();
    words.map(str::to_lowercase).collect()
}

/// Whether the text contains each of the lower-case words, in any case.
pub(crate) fn contains_all(words: &[String], text: &str) -> bool {
    words.is_empty() || {
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word))
    }
}
