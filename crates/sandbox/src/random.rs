//! Pseudo-random numbers, the same on every machine.
//!
//! Sample data must not change with a new version of a library, so the generator is implemented here: splitmix64. A
//! [`Draw`] is a sequence of numbers that a seed, the name of a purpose and an index determine, so that any person can be
//! generated without those before.

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The sequence of numbers for one item of one purpose.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    state: u64,
}

impl Draw {
    pub(crate) fn new(seed: u64, purpose: &str, index: u64) -> Self {
        let state = mix(mix(seed ^ fingerprint(purpose)).wrapping_add(mix(index.wrapping_add(GOLDEN))));
        Self { state }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number from 0 to `bound - 1`; 0 if `bound` is 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// True once in `n` times on average.
    pub(crate) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One item of a list.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len() as u64) as usize)
    }

    /// One text of a list; empty if the list is.
    pub(crate) fn word(&mut self, words: &'static [&'static str]) -> &'static str {
        self.pick(words).copied().unwrap_or_default()
    }
}

/// FNV-1a, to tell purposes apart.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The output function of splitmix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// If this fails, all sample data has changed.
    #[test]
    fn numbers_never_change() {
        let mut draw = Draw { state: 0 };
        assert_eq!(draw.next(), 0xe220_a839_7b1d_cdaf, "the published first output of splitmix64 for state 0");
        assert_eq!(draw.next(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn seed_purpose_and_index_each_change_the_sequence() {
        let first = |seed, purpose, index| Draw::new(seed, purpose, index).next();
        let base = first(7, "person", 1);
        assert_eq!(base, first(7, "person", 1));
        for other in [first(8, "person", 1), first(7, "people", 1), first(7, "person", 2)] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn numbers_stay_below_their_bound() {
        let mut draw = Draw::new(1, "bound", 0);
        for bound in [1, 2, 3, 1000] {
            assert!((0..200).all(|_| draw.below(bound) < bound));
        }
        assert_eq!(draw.below(0), 0);
        assert_eq!(draw.pick::<u8>(&[]), None);
    }
}
