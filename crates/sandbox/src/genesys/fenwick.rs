//! Differences at places among billions, summed up without walking through them.
//!
//! A Fenwick tree of which only the nodes that are not zero exist. Adding, summing and searching visit as many nodes as
//! a place has bits, however many differences there are.

use std::collections::HashMap;

/// Places are below two to the power of this.
const BITS: u32 = 33;

/// A sparse sequence of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Fenwick {
    nodes: HashMap<u64, i64>,
    /// How many nodes have been looked at.
    #[cfg(test)]
    pub(super) visits: std::cell::Cell<u64>,
}

impl Fenwick {
    /// Adds to the number at a place.
    pub(super) fn add(&mut self, place: u64, difference: i64) {
        let mut node = place + 1;
        while difference != 0 && node <= 1 << BITS {
            self.visit();
            let sum = self.nodes.entry(node).or_default();
            *sum += difference;
            if *sum == 0 {
                self.nodes.remove(&node);
            }
            node += node & node.wrapping_neg();
        }
    }

    /// The sum of the numbers at the places before this one.
    pub(super) fn before(&self, place: u64) -> i64 {
        let (mut node, mut sum) = (place, 0);
        while node > 0 {
            sum += self.node(node);
            node &= node - 1;
        }
        sum
    }

    /// The place of the n-th thing, counted from 0, where `base(place)` tells how many things stand before a place and
    /// the numbers of the tree come on top of that. No place may end up with less than nothing.
    pub(super) fn place_of(&self, n: u64, base: impl Fn(u64) -> u64) -> u64 {
        let (mut place, mut rest) = (0, n);
        for bit in (0..BITS).rev() {
            let next = place + (1 << bit);
            let things = (base(next) - base(place)).saturating_add_signed(self.node(next));
            if things <= rest {
                (place, rest) = (next, rest - things);
            }
        }
        place
    }

    fn node(&self, node: u64) -> i64 {
        self.visit();
        self.nodes.get(&node).copied().unwrap_or_default()
    }

    fn visit(&self) {
        #[cfg(test)]
        self.visits.set(self.visits.get() + 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_and_places_are_those_of_a_walk() {
        let (mut tree, base) = (Fenwick::default(), |place: u64| place.min(40) / 2);
        let mut numbers = vec![0_i64; 100];
        for (place, difference) in [(3, -1), (1, -1), (0, 1), (2, 1), (60, 1), (99, 1), (60, 1), (0, -1), (41, 2)] {
            tree.add(place, difference);
            numbers[place as usize] += difference;
        }
        for place in 0..=100 {
            assert_eq!(tree.before(place as u64), numbers[..place].iter().sum::<i64>(), "before {place}");
        }
        let mut things = Vec::new();
        for place in 0..100_u64 {
            let here = (base(place + 1) - base(place)) as i64 + numbers[place as usize];
            things.extend(std::iter::repeat_n(place, here as usize));
        }
        let found: Vec<u64> = (0..things.len() as u64).map(|n| tree.place_of(n, base)).collect();
        assert_eq!(found, things);
    }

    #[test]
    fn differences_that_cancel_each_other_leave_nothing() {
        let mut tree = Fenwick::default();
        for place in [0, 77, u64::from(u32::MAX)] {
            tree.add(place, 5);
            tree.add(place, -5);
        }
        assert!(tree.nodes.is_empty());
    }
}
