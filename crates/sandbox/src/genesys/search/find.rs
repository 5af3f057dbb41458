//! Finds the users of a search, by index where possible.

use std::ops::Range;

use super::condition::{Condition, Conditions, Joined, Test};
use super::field::{Field, Plain, Subject};
use super::order::{Order, Place};
use super::text::Check;
use crate::genesys::listing::{Filter, Listing};
use crate::genesys::model::user::UserState;
use crate::genesys::store::Users;
use crate::genesys::top_k::TopK;

/// The number of users per step, after which other requests are served.
const STEP: u64 = 256;

/// The number of found users, and the indices of those on the page.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) total: u64,
    pub(super) page: Vec<u64>,
}

/// A search with its page.
#[derive(Debug)]
pub(super) struct Search {
    conditions: Conditions,
    /// The required state of users, if there is one.
    only: Option<UserState>,
    order: Order,
    /// The positions of the page among all found users.
    page: Range<u64>,
}

impl Search {
    pub(super) fn new(conditions: Conditions, only: Option<UserState>, order: Order, page: Range<u64>) -> Self {
        let only = only.or((!conditions.name_state()).then_some(UserState::Active));
        Self { conditions, only, order, page }
    }

    /// The result, if it can be found without a scan.
    pub(super) fn at_once(&self, users: &Users) -> Option<Found> {
        if let Some(mut indices) = few(&self.conditions, users) {
            indices.sort_unstable();
            indices.dedup();
            let mut hits = Hits::new(&self.page);
            indices.into_iter().for_each(|index| self.examine(users, index, &mut hits));
            return Some(hits.into_found(&self.page));
        }
        let filter = everybody(&self.conditions, self.only).filter(|_| self.order.is_empty())?;
        let listing = Listing::new(users, filter);
        let total = listing.total();
        let places = self.page.start.min(total)..self.page.end.min(total);
        Some(Found { total, page: places.filter_map(|n| listing.nth(n)).collect() })
    }

    fn examine(&self, users: &Users, index: u64, hits: &mut Hits) {
        if self.only.is_some() && users.state(index) != self.only {
            return;
        }
        let Some(subject) = users.get(index).map(|user| Subject::new(users, user)) else { return };
        let Some(score) = self.conditions.score(&subject) else { return };
        hits.total += 1;
        // In the order of creation, later users are not on the page.
        if !self.order.is_empty() || hits.total <= self.page.end {
            hits.best.push((self.order.place(&subject, score), index));
        }
    }
}

/// The users found so far.
#[derive(Debug)]
struct Hits {
    total: u64,
    best: TopK<(Vec<Place>, u64)>,
}

impl Hits {
    fn new(page: &Range<u64>) -> Self {
        Self { total: 0, best: TopK::new(to_usize(page.end)) }
    }

    fn into_found(self, page: &Range<u64>) -> Found {
        Found { total: self.total, page: self.best.into_page(to_usize(page.start)).map(|(_, index)| index).collect() }
    }
}

/// A scan of all users, in steps. A user that is changed meanwhile is seen before or after the change.
#[derive(Debug)]
pub(super) struct Scan {
    search: Search,
    next: u64,
    hits: Hits,
}

impl Scan {
    pub(super) fn new(search: Search) -> Self {
        let hits = Hits::new(&search.page);
        Self { search, next: 0, hits }
    }

    /// Scans some more users, and returns the result at the end.
    pub(super) fn step(&mut self, users: &Users) -> Option<Found> {
        let end = users.end().min(self.next + STEP);
        (self.next..end).for_each(|index| self.search.examine(users, index, &mut self.hits));
        self.next = end.max(self.next);
        (self.next >= users.end()).then(|| {
            let hits = std::mem::replace(&mut self.hits, Hits::new(&self.search.page));
            hits.into_found(&self.search.page)
        })
    }
}

fn to_usize(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// A small set that contains all matches, where ids or e-mail addresses give one.
fn few(conditions: &Conditions, users: &Users) -> Option<Vec<u64>> {
    let joined = |joined| conditions.0.iter().filter(move |condition| condition.joined == joined);
    if let Some(set) = joined(Joined::And).find_map(|condition| named(condition, users)) {
        return Some(set);
    }
    // Alternatives limit the set only if each of them does.
    let mut alternatives = joined(Joined::Or).peekable();
    alternatives.peek()?;
    let sets: Option<Vec<Vec<u64>>> = alternatives.map(|condition| named(condition, users)).collect();
    sets.map(|sets| sets.into_iter().flatten().collect())
}

fn named(condition: &Condition, users: &Users) -> Option<Vec<u64>> {
    match &condition.test {
        Test::Group(group) => few(group, users),
        Test::Fields(fields, Check::Exact(values)) => {
            let lookup = |field: &Field| {
                let find = match field {
                    Field::Plain(Plain::Id) => |users: &Users, id: &str| users.by_id(id).map(|user| user.index),
                    Field::Plain(Plain::Email) => {
                        |users: &Users, email: &str| users.by_email(email).map(|user| user.index)
                    }
                    _ => return None,
                };
                Some(values.iter().filter_map(|value| find(users, value)).collect::<Vec<u64>>())
            };
            let sets: Option<Vec<Vec<u64>>> = fields.iter().map(lookup).collect();
            sets.map(|sets| sets.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// The state whose users all meet the conditions, if the conditions are a state only.
fn everybody(conditions: &Conditions, only: Option<UserState>) -> Option<Filter> {
    let mut state = only;
    for condition in &conditions.0 {
        match &condition.test {
            _ if condition.joined != Joined::And => return None,
            Test::All => {}
            Test::Fields(fields, Check::Exact(values)) if **fields == [Field::Plain(Plain::UserState)] => {
                let [value] = values.as_slice() else { return None };
                let wanted = UserState::parse(value)?;
                if state.is_some_and(|state| state != wanted) {
                    return None;
                }
                state = Some(wanted);
            }
            _ => return None,
        }
    }
    state.map(Filter::Only)
}

#[cfg(test)]
mod tests {
    use genesys_users::types::UserSearchCriteria;
    use serde_json::{Value, json};

    use super::*;
    use crate::people::People;

    fn conditions(query: Value) -> Conditions {
        let criteria: Vec<UserSearchCriteria> = serde_json::from_value(query).unwrap_or_else(|error| panic!("{error}"));
        Conditions::new(&criteria).unwrap_or_else(|error| panic!("{}", error.message))
    }

    fn exact(field: &str, value: &str, operator: &str) -> Value {
        json!({ "type": "EXACT", "fields": [field], "value": value, "operator": operator })
    }

    #[test]
    fn ids_and_addresses_are_found_without_a_scan() {
        let users = Users::new(People::new(7, 1_000_000));
        let (id, email) =
            (users.people.id(5), users.people.get(999_999).map(|person| person.email()).unwrap_or_default());
        let department = json!({ "type": "CONTAINS", "fields": ["department"], "value": "a" });
        for (query, expected) in [
            (json!([exact("id", &id, "AND")]), Some(vec![5])),
            (json!([department, exact("email", &email, "AND")]), Some(vec![999_999])),
            (json!([exact("id", &id, "OR"), exact("email", &email, "OR")]), Some(vec![5, 999_999])),
            (json!([{ "group": [exact("id", &id, "AND")] }]), Some(vec![5])),
            (json!([exact("id", "unknown", "AND")]), Some(vec![])),
            (json!([exact("id", &id, "OR"), exact("name", "x", "OR")]), None),
            (json!([exact("id", &id, "NOT")]), None),
            (json!([exact("name", "x", "AND")]), None),
            (json!([]), None),
        ] {
            assert_eq!(few(&conditions(query.clone()), &users), expected, "{query}");
        }
    }

    #[test]
    fn all_users_of_one_state_are_listed_without_a_scan() {
        let active = Some(UserState::Active);
        for (query, only, expected) in [
            (json!([]), active, Some(Filter::Only(UserState::Active))),
            (json!([{ "type": "MATCH_ALL" }]), active, Some(Filter::Only(UserState::Active))),
            (json!([exact("state", "inactive", "AND")]), None, Some(Filter::Only(UserState::Inactive))),
            (json!([exact("state", "inactive", "AND")]), active, None),
            (json!([exact("state", "inactive", "NOT")]), None, None),
            (json!([exact("title", "Agent", "AND")]), active, None),
        ] {
            assert_eq!(everybody(&conditions(query.clone()), only), expected, "{query}");
        }
    }

    #[test]
    fn a_scan_sees_every_user_once_and_new_ones() {
        let mut users = Users::new(People::new(7, 3 * STEP + 1));
        let query = json!([exact("title", "Agent", "AND")]);
        let expected: Vec<u64> = (0..users.end())
            .filter(|index| users.state(*index) == Some(UserState::Active))
            .filter(|index| users.people.get(*index).is_some_and(|person| person.title == "Agent"))
            .collect();
        let search = Search::new(conditions(query), None, Order::default(), 1..3);
        assert!(search.at_once(&users).is_none());
        let mut walk = Scan::new(search);
        assert!(walk.step(&users).is_none());
        let fields = [("title".to_owned(), json!("Agent"))];
        users.create(UserState::Active, fields.into_iter().collect());
        let found = std::iter::from_fn(|| Some(walk.step(&users))).take(9).position(|found| {
            found.is_some_and(|found| found.total == expected.len() as u64 + 1 && found.page == expected[1..3])
        });
        assert_eq!(found, Some(2), "three more steps");
    }

    #[test]
    fn a_scan_ends_when_the_users_are_removed() {
        let mut walk = Scan::new(Search::new(conditions(json!([])), None, Order::default(), 0..5));
        assert!(walk.step(&Users::new(People::new(7, 2 * STEP))).is_none());
        assert!(walk.step(&Users::new(People::new(7, 1))).is_some_and(|found| found.total > 1));
    }
}
