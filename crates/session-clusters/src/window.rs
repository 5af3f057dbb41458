//! Time windows: `from` inclusive, `to` exclusive, each optional.

use rosterkit_core::chrono::{DateTime, FixedOffset};
use rosterkit_core::{Error, Operation, Timestamp};

/// A window as the caller gave it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Window {
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    /// The first bound that is not a date-time.
    invalid: Option<&'static str>,
}

/// A bound: the caller's text, and its date-time.
#[derive(Clone, Debug)]
pub(crate) struct Bound {
    pub(crate) text: Timestamp,
    pub(crate) datetime: DateTime<FixedOffset>,
}

/// A valid window, whose bounds are in the right order.
#[derive(Clone, Debug)]
pub(crate) struct Bounds {
    pub(crate) from: Option<Bound>,
    pub(crate) to: Option<Bound>,
}

impl Window {
    pub(crate) fn set_from(&mut self, value: impl TryInto<Timestamp>) {
        self.from = value.try_into().ok();
        self.note(self.from.is_none(), "from");
    }

    pub(crate) fn set_to(&mut self, value: impl TryInto<Timestamp>) {
        self.to = value.try_into().ok();
        self.note(self.to.is_none(), "to");
    }

    fn note(&mut self, is_invalid: bool, name: &'static str) {
        if is_invalid {
            self.invalid.get_or_insert(name);
        }
    }

    /// The bounds, if they are valid.
    ///
    /// # Errors
    /// `InvalidRequest` if a bound is not a date-time with an offset, or `to` is not later than `from`.
    pub(crate) fn check(&self, operation: &'static Operation) -> Result<Bounds, Error> {
        if let Some(name) = self.invalid {
            return Err(invalid_datetime(operation, name));
        }
        let bound = |text: &Option<Timestamp>, name| match text {
            None => Ok(None),
            // A timestamp from a response can hold any text.
            Some(text) => match text.to_datetime() {
                Ok(datetime) => Ok(Some(Bound { text: text.clone(), datetime })),
                Err(_) => Err(invalid_datetime(operation, name)),
            },
        };
        let (from, to) = (bound(&self.from, "from")?, bound(&self.to, "to")?);
        match (&from, &to) {
            (Some(from), Some(to)) if to.datetime <= from.datetime => {
                Err(Error::invalid_request(operation, "parameter `to` must be later than `from`"))
            }
            _ => Ok(Bounds { from, to }),
        }
    }
}

fn invalid_datetime(operation: &'static Operation, name: &str) -> Error {
    let rule = "expected a date-time with an offset, such as 2024-04-04T00:00Z";
    Error::invalid_request(operation, format!("invalid parameter `{name}`: {rule}"))
}
