//! Sums of differences at positions among billions, in logarithmic time.
//!
//! A sparse Fenwick tree: only nodes that are not zero exist. Adding, summing and searching visit as many nodes as a position
//! has bits, for any number of differences.

use std::collections::HashMap;

/// Positions are below two to the power of this.
const BITS: u32 = 33;

/// A sparse sequence of numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Fenwick {
    nodes: HashMap<u64, i64>,
    /// The number of visited nodes.
    #[cfg(test)]
    pub(super) visits: std::cell::Cell<u64>,
}

impl Fenwick {
    /// Adds to the number at a position.
    pub(super) fn add(&mut self, position: u64, difference: i64) {
        let mut node = position + 1;
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

    /// The sum of the numbers at the positions before this one.
    pub(super) fn before(&self, position: u64) -> i64 {
        let (mut node, mut sum) = (position, 0);
        while node > 0 {
            sum += self.node(node);
            node &= node - 1;
        }
        sum
    }

    /// The position of the n-th item, counted from 0. `base(position)` is the number of items before a position, to which
    /// the numbers of the tree are added. No position may have a negative number of items.
    pub(super) fn position_of(&self, n: u64, base: impl Fn(u64) -> u64) -> u64 {
        let (mut position, mut rest) = (0, n);
        for bit in (0..BITS).rev() {
            let next = position + (1 << bit);
            let items = (base(next) - base(position)).saturating_add_signed(self.node(next));
            if items <= rest {
                (position, rest) = (next, rest - items);
            }
        }
        position
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
    fn sums_and_positions_equal_those_of_an_array() {
        let (mut tree, base) = (Fenwick::default(), |position: u64| position.min(40) / 2);
        let mut numbers = vec![0_i64; 100];
        for (position, difference) in [(3, -1), (1, -1), (0, 1), (2, 1), (60, 1), (99, 1), (60, 1), (0, -1), (41, 2)] {
            tree.add(position, difference);
            numbers[position as usize] += difference;
        }
        for position in 0..=100 {
            assert_eq!(tree.before(position as u64), numbers[..position].iter().sum::<i64>(), "before {position}");
        }
        let mut items = Vec::new();
        for position in 0..100_u64 {
            let here = (base(position + 1) - base(position)) as i64 + numbers[position as usize];
            items.extend(std::iter::repeat_n(position, here as usize));
        }
        let found: Vec<u64> = (0..items.len() as u64).map(|n| tree.position_of(n, base)).collect();
        assert_eq!(found, items);
    }

    #[test]
    fn differences_that_cancel_each_other_leave_nothing() {
        let mut tree = Fenwick::default();
        for position in [0, 77, u64::from(u32::MAX)] {
            tree.add(position, 5);
            tree.add(position, -5);
        }
        assert!(tree.nodes.is_empty());
    }
}
