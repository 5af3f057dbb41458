//! Counts what has been issued, so that every id is given once.

use serde::{Deserialize, Serialize};

/// The last number of a counter. It fits the 32 bits of an [`IdSpace`](crate::ids::IdSpace).
const LAST: u32 = u32::MAX >> 1;

/// A counter whose numbers begin at 1. A state that holds a number too large to go on from is refused when it is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u64", into = "u64")]
pub(crate) struct Counter(u32);

impl Counter {
    /// The next number.
    pub(crate) fn next(&mut self) -> u32 {
        self.0 = self.0.saturating_add(1);
        self.0
    }
}

impl TryFrom<u64> for Counter {
    type Error = String;

    fn try_from(number: u64) -> Result<Self, Self::Error> {
        let number = u32::try_from(number).ok().filter(|number| *number <= LAST);
        number.map(Self).ok_or_else(|| format!("a counter must be between 0 and {LAST}"))
    }
}

impl From<Counter> for u64 {
    fn from(counter: Counter) -> Self {
        counter.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_never_overflows() {
        let mut counter = Counter::default();
        assert_eq!((counter.next(), counter.next()), (1, 2));
        let mut last = serde_json::from_str::<Counter>(&LAST.to_string()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(last.next(), LAST + 1);
        for number in [u64::from(LAST) + 1, u64::MAX] {
            let error = serde_json::from_str::<Counter>(&number.to_string()).err().map(|error| error.to_string());
            assert!(error.is_some_and(|error| error.contains("between 0 and 2147483647")), "{number}");
        }
    }
}
