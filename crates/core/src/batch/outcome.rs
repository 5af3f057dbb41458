//! What became of an item.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::{Error, ErrorKind};

/// An item of a batch with its outcome.
///
/// `Debug` shows neither the item nor what the service says about it.
#[derive(Clone)]
#[non_exhaustive]
pub struct ItemOutcome<I, T> {
    /// The position of the item in the input, counted from 0.
    pub index: u64,
    /// The item.
    pub item: I,
    /// What became of it.
    pub outcome: Outcome<T>,
}

impl<I, T> ItemOutcome<I, T> {
    pub(super) fn new(index: u64, item: I, outcome: Outcome<T>) -> Self {
        Self { index, item, outcome }
    }

    /// The same outcome with what `map` makes of the item.
    pub fn map_item<J>(self, map: impl FnOnce(I) -> J) -> ItemOutcome<J, T> {
        ItemOutcome { index: self.index, item: map(self.item), outcome: self.outcome }
    }
}

impl<I, T> fmt::Debug for ItemOutcome<I, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ItemOutcome")
            .field("index", &self.index)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// What became of one item.
///
/// `Debug` shows neither the value nor the service's words, since services quote what they were sent.
#[derive(Clone)]
pub enum Outcome<T> {
    /// The service applied the item. The value is what the response holds for it.
    Accepted(T),
    /// The service applied the item, with a warning in its own words. They may hold personal data.
    Warned(T, String),
    /// The service refused the item, for this reason in its own words. They may hold personal data.
    Rejected(String),
    /// The item was not sent, because it violates these rules.
    Invalid(Vec<Violation>),
    /// The item was not applied: no request that changes something reached the service, or the service turned it away
    /// because of the credential or the pace, or the batch ended before. Items of one request share the error.
    NotSent(Arc<Error>),
    /// The item may have been applied: the request failed after it was sent, or the response does not mention the item.
    /// Check before you send it again. Items of one request share the error.
    ///
    /// Where the error [is retryable](Error::is_retryable), the item may be sent again without harm.
    Unknown(Arc<Error>),
}

impl<T> Outcome<T> {
    /// The outcome of an item whose request failed.
    ///
    /// | final result of the item's write | outcome |
    /// | --- | --- |
    /// | 2xx of the expected shape, without a refusal in it | accepted, or warned, if the service warns |
    /// | 2xx whose body says no; any 4xx except 401, 408 and 429, with or without the service's own error body, also in response to a read before the write | rejected: the error is a [rejection](Error::is_rejection) |
    /// | nothing that changes something was sent; or 401, a login that failed, 429, no connection, an open [circuit breaker](crate::batch#a-service-that-is-down) | not sent |
    /// | 408, 5xx, a lost connection or a timeout after sending, a 2xx that cannot be read; and any result if an earlier attempt of the same item may have taken effect | unknown: the error [may have taken effect](Error::may_have_taken_effect) |
    ///
    /// `reason` finds the service's words in an error that is a rejection. Where there are none, the error is the reason.
    pub fn from_error(error: impl Into<Arc<Error>>, reason: impl FnOnce(&Error) -> Option<String>) -> Self {
        let error = error.into();
        if error.is_rejection() {
            Self::Rejected(reason(&error).unwrap_or_else(|| error.to_string()))
        } else if error.may_have_taken_effect() {
            Self::Unknown(error)
        } else {
            Self::NotSent(error)
        }
    }

    /// The outcome of an item that is a request of its own: accepted, or what [`from_error`](Self::from_error) says.
    pub fn from_result(result: Result<T, Error>, reason: impl FnOnce(&Error) -> Option<String>) -> Self {
        result.map_or_else(|error| Self::from_error(error, reason), Self::Accepted)
    }

    /// Whether the service applied the item, with a warning or without.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_) | Self::Warned(..))
    }

    /// The value of an accepted item, with a warning or without.
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Accepted(value) | Self::Warned(value, _) => Some(value),
            Self::Rejected(_) | Self::Invalid(_) | Self::NotSent(_) | Self::Unknown(_) => None,
        }
    }

    /// The error of an item that was not sent or whose outcome is unknown.
    pub fn error(&self) -> Option<&Arc<Error>> {
        match self {
            Self::NotSent(error) | Self::Unknown(error) => Some(error),
            Self::Accepted(_) | Self::Warned(..) | Self::Rejected(_) | Self::Invalid(_) => None,
        }
    }

    /// Why the item was not simply accepted: the service's words, the rules that the item violates, or the error. The
    /// service's words may hold personal data.
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Accepted(_) => None,
            Self::Warned(_, text) | Self::Rejected(text) => Some(text.into()),
            Self::Invalid(violations) => {
                Some(violations.iter().map(Violation::to_string).collect::<Vec<_>>().join("; ").into())
            }
            Self::NotSent(error) | Self::Unknown(error) => Some(error.to_string().into()),
        }
    }

    /// The kind of outcome in lower case: `accepted`, `warned`, `rejected`, `invalid`, `not sent` or `unknown`. It is
    /// stable.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Warned(..) => "warned",
            Self::Rejected(_) => "rejected",
            Self::Invalid(_) => "invalid",
            Self::NotSent(_) => "not sent",
            Self::Unknown(_) => "unknown",
        }
    }

    /// The same outcome with another value.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Outcome<U> {
        match self {
            Self::Accepted(value) => Outcome::Accepted(map(value)),
            Self::Warned(value, warning) => Outcome::Warned(map(value), warning),
            Self::Rejected(reason) => Outcome::Rejected(reason),
            Self::Invalid(violations) => Outcome::Invalid(violations),
            Self::NotSent(error) => Outcome::NotSent(error),
            Self::Unknown(error) => Outcome::Unknown(error),
        }
    }

    /// The outcomes of items that a response does not mention.
    pub(super) fn unmentioned() -> impl Fn() -> Self {
        let error = Error::new(ErrorKind::Decode, "the response does not mention the item")
            .with_advice("read the item from the service before sending it again");
        let error = Arc::new(error);
        move || Self::Unknown(Arc::clone(&error))
    }
}

impl<T> fmt::Debug for Outcome<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(_) => formatter.write_str("Accepted(..)"),
            Self::Warned(..) => formatter.write_str("Warned(..)"),
            Self::Rejected(_) => formatter.write_str("Rejected(..)"),
            Self::Invalid(violations) => formatter.debug_tuple("Invalid").field(violations).finish(),
            Self::NotSent(error) => formatter.debug_tuple("NotSent").field(error).finish(),
            Self::Unknown(error) => formatter.debug_tuple("Unknown").field(error).finish(),
        }
    }
}

/// The outcomes of a response whose success says that all of so many items were applied.
pub fn all_accepted(count: usize) -> Vec<Outcome<()>> {
    vec![Outcome::Accepted(()); count]
}

/// The outcomes of a response that refuses all of so many items for one reason.
pub fn all_rejected<T>(count: usize, reason: &str) -> Vec<Outcome<T>> {
    std::iter::repeat_with(|| Outcome::Rejected(reason.to_owned())).take(count).collect()
}

/// A rule that an item violates. It holds no value of the item, so it is safe to print.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The field or column, unless the item as a whole is meant.
    pub field: Option<Cow<'static, str>>,
    /// The rule, such as `must have at most 15 characters`.
    pub rule: String,
}

impl Violation {
    /// A rule that the item as a whole violates.
    pub fn new(rule: impl Into<String>) -> Self {
        Self { field: None, rule: rule.into() }
    }

    /// A rule that the value of a field violates.
    pub fn of(field: impl Into<Cow<'static, str>>, rule: impl Into<String>) -> Self {
        Self { field: Some(field.into()), rule: rule.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.field {
            Some(field) => write!(formatter, "{field} {}", self.rule),
            None => formatter.write_str(&self.rule),
        }
    }
}

/// How many outcomes there were of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counts {
    /// Items that the service applied without a warning.
    pub accepted: u64,
    /// Items that the service applied with a warning.
    pub warned: u64,
    /// Items that the service refused.
    pub rejected: u64,
    /// Items that were not sent because they violate rules.
    pub invalid: u64,
    /// Items that were not applied for another reason.
    pub not_sent: u64,
    /// Items that may have been applied.
    pub unknown: u64,
}

impl Counts {
    /// Counts an outcome.
    pub fn count<T>(&mut self, outcome: &Outcome<T>) {
        *match outcome {
            Outcome::Accepted(_) => &mut self.accepted,
            Outcome::Warned(..) => &mut self.warned,
            Outcome::Rejected(_) => &mut self.rejected,
            Outcome::Invalid(_) => &mut self.invalid,
            Outcome::NotSent(_) => &mut self.not_sent,
            Outcome::Unknown(_) => &mut self.unknown,
        } += 1;
    }

    /// The number of all outcomes.
    pub fn total(&self) -> u64 {
        self.named().iter().map(|(_, count)| count).sum()
    }

    fn named(&self) -> [(&'static str, u64); 6] {
        let Self { accepted, warned, rejected, invalid, not_sent, unknown } = *self;
        [
            ("accepted", accepted),
            ("warned", warned),
            ("rejected", rejected),
            ("invalid", invalid),
            ("not sent", not_sent),
            ("unknown", unknown),
        ]
    }
}

/// The kinds that occurred: `3 accepted, 1 not sent`.
impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, count) in self.named().into_iter().filter(|(_, count)| *count > 0) {
            write!(formatter, "{separator}{count} {name}")?;
            separator = ", ";
        }
        if separator.is_empty() { formatter.write_str("no items") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;
    use crate::Operation;
    use crate::operation::SAMPLE;

    const SENTINEL: &str = "S3NTINEL";

    fn outcomes() -> [Outcome<&'static str>; 6] {
        let error = || Arc::new(Error::configuration("broken"));
        [
            Outcome::Accepted(SENTINEL),
            Outcome::Warned(SENTINEL, SENTINEL.to_owned()),
            Outcome::Rejected(SENTINEL.to_owned()),
            Outcome::Invalid(vec![Violation::of("title", "is required"), Violation::new("has no identifier")]),
            Outcome::NotSent(error()),
            Outcome::Unknown(error()),
        ]
    }

    #[test]
    fn debug_shows_neither_the_item_nor_the_service_s_words() {
        let shown =
            ["Accepted(..)", "Warned(..)", "Rejected(..)", "Invalid([Violation", "NotSent(Error", "Unknown(Error"];
        for (outcome, shown) in outcomes().into_iter().zip(shown) {
            let debug = format!("{:?}", ItemOutcome::new(7, SENTINEL, outcome));
            assert!(debug.contains(shown) && debug.contains("index: 7") && !debug.contains(SENTINEL), "{debug}");
        }
    }

    #[test]
    fn counts_have_one_number_per_kind_and_add_up() {
        let mut counts = Counts::default();
        assert_eq!((counts.total(), counts.to_string().as_str()), (0, "no items"));
        for (times, outcome) in (1..).zip(outcomes()) {
            (0..times).for_each(|_| counts.count(&outcome));
        }
        let shown = "1 accepted, 2 warned, 3 rejected, 4 invalid, 5 not sent, 6 unknown";
        assert_eq!((counts.total(), counts.to_string().as_str()), (21, shown));
        let names = outcomes().map(|outcome| outcome.name());
        assert_eq!(names, counts.named().map(|(name, _)| name));
    }

    #[test]
    fn only_accepted_outcomes_have_a_value_and_all_others_a_reason() {
        let reasons = outcomes().map(|outcome| outcome.reason().map(Cow::into_owned));
        assert_eq!(reasons[0], None);
        assert!(reasons[1..].iter().all(Option::is_some));
        assert_eq!(reasons[3].as_deref(), Some("title is required; has no identifier"));
        assert_eq!(outcomes().map(|outcome| outcome.is_accepted()), [true, true, false, false, false, false]);
        let values = outcomes().map(|outcome| outcome.map(str::len).accepted());
        assert_eq!(values, [Some(8), Some(8), None, None, None, None]);
    }

    type Failure = Box<dyn Fn() -> Error>;

    /// Operations of clients are static.
    fn leak(operation: Operation) -> &'static Operation {
        Box::leak(Box::new(operation))
    }

    #[test]
    fn a_failed_request_is_rejected_not_sent_or_unknown() {
        let status = |status: u16| {
            let status = StatusCode::from_u16(status).expect("a status");
            Error::new(ErrorKind::Status, "refused").with_head(status, &http::HeaderMap::new())
        };
        let reading = Operation { method: "GET", ..SAMPLE };
        let safe = Operation { method: "POST", repeatable: true, ..SAMPLE };
        let post = Operation { method: "POST", ..SAMPLE };
        let put = Operation { method: "PUT", ..SAMPLE };
        let (reading, safe, post, put): (&'static _, &'static _, &'static _, &'static _) =
            (leak(reading), leak(safe), leak(post), leak(put));
        let of_kind = |kind| Error::new(kind, "broken");
        let mut failures: Vec<(Failure, &str)> = Vec::new();
        for code in [400, 402, 403, 404, 405, 409, 410, 412, 413, 415, 422, 423, 425, 451, 499] {
            failures.push((Box::new(move || status(code)), "rejected"));
        }
        for code in [401, 429] {
            failures.push((Box::new(move || status(code)), "not sent"));
        }
        for code in [408, 500, 501, 502, 503, 504, 599] {
            failures.push((Box::new(move || status(code)), "unknown"));
        }
        failures.push((Box::new(move || of_kind(ErrorKind::Refused)), "rejected"));
        let not_sent = [
            ErrorKind::Connect,
            ErrorKind::CircuitOpen,
            ErrorKind::Cancelled,
            ErrorKind::Authentication,
            ErrorKind::MissingCredential,
            ErrorKind::InvalidRequest,
            ErrorKind::InsecureTransport,
            ErrorKind::Configuration,
        ];
        for kind in not_sent {
            failures.push((Box::new(move || of_kind(kind)), "not sent"));
        }
        failures.push((Box::new(move || of_kind(ErrorKind::Timeout).unsent()), "not sent"));
        let unknown = [
            ErrorKind::Timeout,
            ErrorKind::Transport,
            ErrorKind::Decode,
            ErrorKind::UnexpectedMediaType,
            ErrorKind::TooLarge,
            ErrorKind::Redirect,
        ];
        for kind in unknown {
            failures.push((Box::new(move || of_kind(kind)), "unknown"));
        }
        for (failure, expected) in &failures {
            for operation in [post, put] {
                let error = || failure().in_operation(operation);
                for words in [Some("no such user".to_owned()), None] {
                    let outcome = Outcome::<()>::from_error(error(), |_| words.clone());
                    assert_eq!(outcome.name(), *expected, "{:?}", error());
                    if let Outcome::Rejected(reason) = outcome {
                        assert_eq!(reason, words.unwrap_or_else(|| error().to_string()));
                    }
                }
                let later = Outcome::<()>::from_error(error().with_earlier_effect(true), |_| None);
                assert_eq!(later.name(), "unknown", "{:?}", error());
            }
            // A request that only reads changes nothing, however it fails. One that is refused refuses its item.
            for operation in [reading, safe] {
                let error = || failure().in_operation(operation);
                let expected = if *expected == "rejected" { "rejected" } else { "not sent" };
                assert_eq!(Outcome::<()>::from_error(error(), |_| None).name(), expected, "{:?}", error());
                let later = Outcome::<()>::from_error(error().with_earlier_effect(true), |_| None);
                assert_eq!(later.name(), "unknown", "{:?}", error());
            }
        }
    }
}
