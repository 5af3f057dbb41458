//! What became of an item.

use std::fmt;
use std::sync::Arc;

use crate::{Error, ErrorKind};

/// What became of one item of a batch.
///
/// `Debug` shows neither the item nor what the service says about it.
#[non_exhaustive]
pub struct Outcome<I, T> {
    /// The number of the item in the input, counted from 0.
    pub index: u64,
    /// The item.
    pub item: I,
    /// What became of it.
    pub verdict: Verdict<T>,
}

impl<I, T> Outcome<I, T> {
    pub(super) fn new(index: u64, item: I, verdict: Verdict<T>) -> Self {
        Self { index, item, verdict }
    }
}

impl<I, T> fmt::Debug for Outcome<I, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Outcome")
            .field("index", &self.index)
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

/// What the service says about an item, or that it says nothing.
///
/// `Debug` shows neither the value nor the reason, since services quote what they were sent.
#[derive(Clone)]
pub enum Verdict<T> {
    /// The service carried it out. The value is what the answer holds for the item.
    Accepted(T),
    /// The service refused it, for this reason, in its own words. They may hold personal data.
    Rejected(String),
    /// Nobody knows: the request failed, or the answer does not mention the item. Items of one request share the error.
    ///
    /// Where the error [is retryable](Error::is_retryable), the item may be sent again without harm. Unless it
    /// [may have taken effect](Error::may_have_taken_effect), nothing was carried out.
    Unknown(Arc<Error>),
}

impl<T> Verdict<T> {
    /// Whether the service carried the item out.
    pub fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted(_))
    }

    /// The value of an accepted item.
    pub fn accepted(self) -> Option<T> {
        match self {
            Self::Accepted(value) => Some(value),
            Self::Rejected(_) | Self::Unknown(_) => None,
        }
    }

    /// The verdicts for items that an answer does not mention.
    pub(super) fn unanswered() -> impl Fn() -> Self {
        let error = Error::new(ErrorKind::Decode, "the answer does not say what became of the item")
            .with_advice("read the item from the service before sending it again");
        let error = Arc::new(error);
        move || Self::Unknown(Arc::clone(&error))
    }
}

impl<T> fmt::Debug for Verdict<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted(_) => formatter.write_str("Accepted(..)"),
            Self::Rejected(_) => formatter.write_str("Rejected(..)"),
            Self::Unknown(error) => formatter.debug_tuple("Unknown").field(error).finish(),
        }
    }
}

/// The verdicts of an answer whose success says that all of so many items were carried out.
pub fn all_accepted(count: usize) -> Vec<Verdict<()>> {
    std::iter::repeat_with(|| Verdict::Accepted(())).take(count).collect()
}

/// The verdicts of an answer that refuses all of so many items for one reason.
pub fn all_rejected<T>(count: usize, reason: &str) -> Vec<Verdict<T>> {
    std::iter::repeat_with(|| Verdict::Rejected(reason.to_owned())).take(count).collect()
}

/// How many outcomes there were of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Counts {
    /// Items that the service carried out.
    pub accepted: u64,
    /// Items that the service refused.
    pub rejected: u64,
    /// Items of which nobody knows.
    pub unknown: u64,
}

impl Counts {
    /// Counts a verdict.
    pub fn count<T>(&mut self, verdict: &Verdict<T>) {
        match verdict {
            Verdict::Accepted(_) => self.accepted += 1,
            Verdict::Rejected(_) => self.rejected += 1,
            Verdict::Unknown(_) => self.unknown += 1,
        }
    }

    /// All outcomes.
    pub fn total(&self) -> u64 {
        self.accepted + self.rejected + self.unknown
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} accepted, {} rejected, {} unknown", self.accepted, self.rejected, self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_personal_is_shown() {
        let error = Arc::new(Error::configuration("broken"));
        for (verdict, shown) in [
            (Verdict::Accepted("S3NTINEL"), "Accepted(..)"),
            (Verdict::Rejected("S3NTINEL".to_owned()), "Rejected(..)"),
            (Verdict::Unknown(error), "Unknown(Error {"),
        ] {
            let debug = format!("{:?}", Outcome::new(7, "S3NTINEL", verdict));
            assert!(debug.contains(shown) && debug.contains("index: 7") && !debug.contains("S3NTINEL"), "{debug}");
        }
    }

    #[test]
    fn a_tally_adds_up() {
        let mut counts = Counts::default();
        for verdict in all_accepted(3) {
            counts.count(&verdict);
        }
        for verdict in all_rejected::<()>(2, "no") {
            counts.count(&verdict);
        }
        counts.count(&Verdict::<()>::unanswered()());
        assert_eq!((counts.total(), counts.to_string().as_str()), (6, "3 accepted, 2 rejected, 1 unknown"));
    }
}
