//! From conditions to users, without a walk through all of them where that can be avoided.

use std::ops::Range;

use super::super::best::Best;
use super::super::listing::{Filter, Listing};
use super::super::store::{State, Users};
use super::condition::{Condition, Conditions, Joined, Test};
use super::field::{Field, Plain, Subject};
use super::order::{Order, Place};
use super::text::Check;

/// How many users were found, and the indices of those on the page.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) total: u64,
    pub(super) page: Vec<u64>,
}

/// The users who meet the conditions and are in the state, if one is given.
pub(super) fn find(
    users: &Users,
    conditions: &Conditions,
    only: Option<State>,
    order: &Order,
    page: Range<u64>,
) -> Found {
    let only = only.or((!conditions.name_state()).then_some(State::Active));
    if let Some(mut indices) = few(conditions, users) {
        indices.sort_unstable();
        indices.dedup();
        return examine(users, conditions, only, order, page, indices.into_iter());
    }
    match everybody(conditions, only) {
        Some(filter) if order.is_empty() => {
            let listing = Listing::new(users, filter);
            let total = listing.total();
            let page = (page.start.min(total)..page.end.min(total)).filter_map(|n| listing.nth(n)).collect();
            Found { total, page }
        }
        _ => examine(users, conditions, only, order, page, 0..users.end()),
    }
}

fn examine(
    users: &Users,
    conditions: &Conditions,
    only: Option<State>,
    order: &Order,
    page: Range<u64>,
    indices: impl Iterator<Item = u64>,
) -> Found {
    let (start, end) = (to_usize(page.start), to_usize(page.end));
    let mut total = 0;
    let mut best: Best<(Vec<Place>, u64)> = Best::new(end);
    for index in indices {
        if only.is_some() && users.state(index) != only {
            continue;
        }
        let Some(subject) = users.get(index).map(|user| Subject::new(users, user)) else { continue };
        let Some(score) = conditions.score(&subject) else { continue };
        total += 1;
        // In the order of creation everything after the page comes too late.
        if !order.is_empty() || total <= page.end {
            best.push((order.place(&subject, score), index));
        }
    }
    Found { total, page: best.into_page(start).map(|(_, index)| index).collect() }
}

fn to_usize(place: u64) -> usize {
    usize::try_from(place).unwrap_or(usize::MAX)
}

/// A small set outside of which nobody can meet the conditions, where ids or e-mail addresses give one.
fn few(conditions: &Conditions, users: &Users) -> Option<Vec<u64>> {
    let joined = |joined| conditions.0.iter().filter(move |condition| condition.joined == joined);
    if let Some(set) = joined(Joined::And).find_map(|condition| named(condition, users)) {
        return Some(set);
    }
    // Alternatives narrow the search only if each of them does.
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

/// The one state whose users all meet the conditions, if that is all that the conditions say.
fn everybody(conditions: &Conditions, only: Option<State>) -> Option<Filter> {
    let mut state = only;
    for condition in &conditions.0 {
        match &condition.test {
            _ if condition.joined != Joined::And => return None,
            Test::All => {}
            Test::Fields(fields, Check::Exact(values)) if **fields == [Field::Plain(Plain::State)] => {
                let [value] = values.as_slice() else { return None };
                let wanted = State::parse(value)?;
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
        Conditions::new(&criteria).unwrap_or_else(|failure| panic!("{}", failure.message))
    }

    fn exact(field: &str, value: &str, operator: &str) -> Value {
        json!({ "type": "EXACT", "fields": [field], "value": value, "operator": operator })
    }

    #[test]
    fn ids_and_addresses_lead_to_users_without_a_walk() {
        let users = Users::new(People::new(7, 1_000_000));
        let (id, email) =
            (users.people.id(5), users.people.get(999_999).map(|person| person.email()).unwrap_or_default());
        let department = json!({ "type": "CONTAINS", "fields": ["department"], "value": "a" });
        for (query, expected) in [
            (json!([exact("id", &id, "AND")]), Some(vec![5])),
            (json!([department, exact("email", &email, "AND")]), Some(vec![999_999])),
            (json!([exact("id", &id, "OR"), exact("email", &email, "OR")]), Some(vec![5, 999_999])),
            (json!([{ "group": [exact("id", &id, "AND")] }]), Some(vec![5])),
            (json!([exact("id", "nobody", "AND")]), Some(vec![])),
            (json!([exact("id", &id, "OR"), exact("name", "x", "OR")]), None),
            (json!([exact("id", &id, "NOT")]), None),
            (json!([exact("name", "x", "AND")]), None),
            (json!([]), None),
        ] {
            assert_eq!(few(&conditions(query.clone()), &users), expected, "{query}");
        }
    }

    #[test]
    fn everybody_in_one_state_is_listed_without_a_walk() {
        let active = Some(State::Active);
        for (query, only, expected) in [
            (json!([]), active, Some(Filter::Only(State::Active))),
            (json!([{ "type": "MATCH_ALL" }]), active, Some(Filter::Only(State::Active))),
            (json!([exact("state", "inactive", "AND")]), None, Some(Filter::Only(State::Inactive))),
            (json!([exact("state", "inactive", "AND")]), active, None),
            (json!([exact("state", "inactive", "NOT")]), None, None),
            (json!([exact("title", "Agent", "AND")]), active, None),
        ] {
            assert_eq!(everybody(&conditions(query.clone()), only), expected, "{query}");
        }
    }
}
