//! Pages out of any number of users, without walking through them.
//!
//! How many of the sample people before some index match a state is arithmetic, and each change shifts that count by one
//! at most. So the place of the n-th match is found by bisection, whether there are ten users or a million.

use super::store::{State, Users};
use crate::people::People;

/// Which users a listing holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Only(State),
    Any,
}

impl Filter {
    pub(super) fn matches(self, state: State) -> bool {
        match self {
            Self::Only(wanted) => wanted == state,
            Self::Any => true,
        }
    }

    fn samples_before(self, index: u64) -> u64 {
        match self {
            Self::Any => index,
            Self::Only(State::Active) => index - People::inactive_before(index),
            Self::Only(State::Inactive) => People::inactive_before(index),
            Self::Only(State::Deleted) => 0,
        }
    }
}

/// The users that match a filter, in the order of their creation.
#[derive(Debug)]
pub(super) struct Listing {
    filter: Filter,
    samples: u64,
    end: u64,
    /// Indices whose user matches although the sample person did not, or the other way round, each with the sum of these
    /// differences up to and including it.
    differences: Vec<(u64, i64)>,
}

impl Listing {
    pub(super) fn new(users: &Users, filter: Filter) -> Self {
        let samples = users.people.count;
        let mut sum = 0;
        let differences = users.changes().filter_map(|(index, change)| {
            let before = index < samples && filter.matches(State::of_sample(index));
            let now = filter.matches(change.state);
            (before != now).then(|| {
                sum += i64::from(now) - i64::from(before);
                (index, sum)
            })
        });
        let differences = differences.collect();
        Self { filter, samples, end: users.end(), differences }
    }

    pub(super) fn total(&self) -> u64 {
        self.before(self.end)
    }

    /// How many match among those with a smaller index.
    pub(super) fn before(&self, index: u64) -> u64 {
        let known = self.differences.partition_point(|(changed, _)| *changed < index);
        let shift = known.checked_sub(1).map_or(0, |last| self.differences[last].1);
        self.filter.samples_before(index.min(self.samples)).saturating_add_signed(shift)
    }

    /// The index of the n-th match, counted from 0.
    pub(super) fn nth(&self, n: u64) -> Option<u64> {
        if n >= self.total() {
            return None;
        }
        let (mut low, mut high) = (0, self.end);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.before(middle + 1) > n {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Some(low)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Map;

    use super::*;

    const FILTERS: [Filter; 4] =
        [Filter::Any, Filter::Only(State::Active), Filter::Only(State::Inactive), Filter::Only(State::Deleted)];

    #[test]
    fn a_listing_finds_what_a_walk_finds() {
        let mut users = Users::new(People::new(7, 60));
        for index in [0, 13, 14, 33, 59] {
            users.update(index, Some(State::Deleted), Map::new());
        }
        users.update(53, Some(State::Active), Map::new());
        users.update(20, Some(State::Inactive), Map::new());
        users.update(21, None, Map::new());
        users.create(State::Active, Map::new());
        users.create(State::Inactive, Map::new());
        for filter in FILTERS {
            let walked: Vec<u64> = (0..users.end())
                .filter(|index| users.get(*index).is_some_and(|user| filter.matches(user.state)))
                .collect();
            let listing = Listing::new(&users, filter);
            assert_eq!(listing.total(), walked.len() as u64, "{filter:?}");
            let found: Vec<u64> = (0..listing.total()).filter_map(|n| listing.nth(n)).collect();
            assert_eq!(found, walked, "{filter:?}");
            assert_eq!(listing.nth(listing.total()), None);
        }
    }

    #[test]
    fn no_users_make_an_empty_listing() {
        let users = Users::new(People::new(7, 0));
        for filter in FILTERS {
            let listing = Listing::new(&users, filter);
            assert_eq!((listing.total(), listing.nth(0)), (0, None));
        }
    }
}
