//! Matches the entries of a response to the items that were sent.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use crate::batch::outcome::Outcome;

/// The outcomes, in the order of the items, of a response that names the items instead of keeping their order.
///
/// An item and an entry of the response match if they share a key. Where there are several kinds of keys, make them
/// distinct (`("id", …)`, `("remoteId", …)`); the first key of the entry that finds an item counts. Of items with the
/// same key, the first one without an entry gets it; [`Batch::keyed_by`](crate::batch::Batch::keyed_by) keeps such items
/// out of one request. Items without an entry are [`Unknown`](Outcome::Unknown), entries without an item are left out.
///
/// ```
/// use rosterkit_core::batch::{Outcome, match_by_key};
///
/// let entries = [(vec!["bob"], Outcome::Rejected("unknown domain".to_owned())), (vec!["ada"], Outcome::Accepted(7))];
/// let outcomes = match_by_key(&["ada", "bob", "eve"], |name| vec![*name], entries);
/// assert!(matches!(outcomes[..], [Outcome::Accepted(7), Outcome::Rejected(_), Outcome::Unknown(_)]));
/// ```
pub fn match_by_key<I, K, T>(
    items: &[I],
    keys: impl Fn(&I) -> Vec<K>,
    entries: impl IntoIterator<Item = (Vec<K>, Outcome<T>)>,
) -> Vec<Outcome<T>>
where
    K: Eq + Hash,
{
    let mut waiting: HashMap<K, VecDeque<usize>> = HashMap::new();
    for (index, item) in items.iter().enumerate() {
        for key in keys(item) {
            waiting.entry(key).or_default().push_back(index);
        }
    }
    let mut outcomes: Vec<Option<Outcome<T>>> = Vec::new();
    outcomes.resize_with(items.len(), || None);
    for (keys, outcome) in entries {
        let found = keys.iter().find_map(|key| {
            let indexes = waiting.get_mut(key)?;
            // Another key may have led to an item before.
            while indexes.front().is_some_and(|index| outcomes[*index].is_some()) {
                indexes.pop_front();
            }
            indexes.pop_front()
        });
        if let Some(index) = found {
            outcomes[index] = Some(outcome);
        }
    }
    let unmentioned = Outcome::unmentioned();
    outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(&unmentioned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    type Key = (&'static str, u32);

    fn matched(items: &[Vec<Key>], responses: &[(&[Key], u32)]) -> Vec<Option<u32>> {
        let responses = responses.iter().map(|(keys, value)| (keys.to_vec(), Outcome::Accepted(*value)));
        let outcomes = match_by_key(items, Vec::clone, responses);
        assert_eq!(outcomes.len(), items.len());
        outcomes.into_iter().map(Outcome::accepted).collect()
    }

    #[test]
    fn any_shared_key_matches() {
        let items = [vec![("remote", 1)], vec![("id", 2)], vec![("remote", 3), ("id", 3)], vec![]];
        let responses: [(&[Key], u32); 3] =
            [(&[("id", 3)], 30), (&[("remote", 9), ("id", 2)], 20), (&[("remote", 1), ("id", 7)], 10)];
        assert_eq!(matched(&items, &responses), [Some(10), Some(20), Some(30), None]);
    }

    #[test]
    fn equal_keys_are_answered_in_order_and_each_item_once() {
        let items = [vec![("id", 1)], vec![("id", 1)], vec![("id", 1)]];
        assert_eq!(matched(&items, &[(&[("id", 1)], 10), (&[("id", 1)], 11)]), [Some(10), Some(11), None]);

        let items = [vec![("id", 1), ("remote", 1)], vec![("remote", 1)]];
        let responses: [(&[Key], u32); 3] = [(&[("id", 1)], 10), (&[("remote", 1)], 11), (&[("remote", 1)], 12)];
        assert_eq!(matched(&items, &responses), [Some(10), Some(11)]);
    }

    #[test]
    fn foreign_answers_are_left_out() {
        assert_eq!(matched(&[vec![("id", 1)]], &[(&[("id", 2)], 20), (&[], 30)]), [None]);
        assert_eq!(matched(&[], &[(&[("id", 2)], 20)]), []);
    }
}
