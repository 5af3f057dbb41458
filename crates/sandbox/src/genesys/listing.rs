//! Pages of any number of users, without iterating over them.
//!
//! The number of sample people before an index with a state follows from a formula, and the difference that changes make is
//! kept in a tree. So the n-th match is found in as many steps as an index has bits, for any number of users and changes.

use super::model::user::UserState;
use super::store::Users;
use crate::people::People;

/// The users of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    Only(UserState),
    Any,
}

impl Filter {
    pub(super) fn matches(self, state: UserState) -> bool {
        match self {
            Self::Only(wanted) => wanted == state,
            Self::Any => true,
        }
    }
}

/// The number of sample people before an index with a state.
fn samples_before(state: UserState, index: u64) -> u64 {
    match state {
        UserState::Active => index - People::inactive_before(index),
        UserState::Inactive => People::inactive_before(index),
        UserState::Deleted => 0,
    }
}

/// The users that match a filter, in the order of their creation.
#[derive(Debug)]
pub(super) struct Listing<'a> {
    users: &'a Users,
    filter: Filter,
}

impl<'a> Listing<'a> {
    pub(super) fn new(users: &'a Users, filter: Filter) -> Self {
        Self { users, filter }
    }

    pub(super) fn total(&self) -> u64 {
        self.before(self.users.end())
    }

    /// The number of matches with a smaller index.
    pub(super) fn before(&self, index: u64) -> u64 {
        let index = index.min(self.users.end());
        match self.filter {
            Filter::Any => index,
            Filter::Only(state) => self.base(state, index).saturating_add_signed(self.users.tree(state).before(index)),
        }
    }

    /// The index of the n-th match, counted from 0.
    pub(super) fn nth(&self, n: u64) -> Option<u64> {
        if n >= self.total() {
            return None;
        }
        Some(match self.filter {
            Filter::Any => n,
            Filter::Only(state) => self.users.tree(state).position_of(n, |index| self.base(state, index)),
        })
    }

    fn base(&self, state: UserState, index: u64) -> u64 {
        samples_before(state, index.min(self.users.people.count))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    const FILTERS: [Filter; 4] = [
        Filter::Any,
        Filter::Only(UserState::Active),
        Filter::Only(UserState::Inactive),
        Filter::Only(UserState::Deleted),
    ];

    #[test]
    fn a_listing_finds_what_a_walk_finds() {
        let mut users = Users::new(People::new(7, 60));
        for index in [0, 13, 14, 33, 59] {
            users.update(index, Some(UserState::Deleted), Map::new());
        }
        users.update(53, Some(UserState::Active), Map::new());
        users.update(20, Some(UserState::Inactive), Map::new());
        users.update(21, None, Map::new());
        users.update(14, Some(UserState::Active), Map::new());
        users.create(UserState::Active, Map::new());
        users.create(UserState::Inactive, Map::new());
        let last = users.create(UserState::Active, Map::new());
        users.update(last, Some(UserState::Deleted), Map::new());
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

    #[test]
    fn the_work_of_a_creation_and_of_a_page_does_not_grow_with_the_changes() {
        let mut users = Users::new(People::new(7, 1_000_000));
        let mut work = Vec::new();
        for round in 0..4 {
            let before = users.visits();
            let name = format!("new.{round}@example.com");
            users.create(UserState::Active, [("email".to_owned(), json!(name))].into_iter().collect());
            let listing = Listing::new(&users, Filter::Only(UserState::Active));
            let total = listing.total();
            assert!((0..100).all(|n| listing.nth(total - 1 - n).is_some()));
            work.push(users.visits() - before);
            for index in 0..1_000 {
                let email = json!(format!("changed.{round}.{index}@example.com"));
                let state = [UserState::Deleted, UserState::Inactive, UserState::Active][(index % 3) as usize];
                users.update(index * 37, Some(state), [("email".to_owned(), email)].into_iter().collect());
            }
        }
        // One creation and a hundred positions, each with the total, at most as many nodes as a position has bits.
        assert!(work.iter().all(|visits| *visits < 102 * 2 * 34), "{work:?}");
    }
}
