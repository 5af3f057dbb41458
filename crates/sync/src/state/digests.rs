//! Digests in memory.

/// Digests, of which any one is found in a few steps, however many there are.
pub(super) struct Digests {
    sorted: Vec<u128>,
    /// Where those begin that have the same first 16 bits, and where the last of them end. Digests have all bits equally often.
    starts: Vec<usize>,
}

impl Digests {
    pub fn new(mut digests: Vec<u128>) -> Self {
        digests.sort_unstable();
        let mut starts = vec![0; Self::prefix(u128::MAX) + 2];
        for digest in &digests {
            starts[Self::prefix(*digest) + 1] += 1;
        }
        for prefix in 1..starts.len() {
            starts[prefix] += starts[prefix - 1];
        }
        Self { sorted: digests, starts }
    }

    fn prefix(digest: u128) -> usize {
        (digest >> 112) as usize
    }

    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    pub fn position(&self, digest: u128) -> Option<usize> {
        let prefix = Self::prefix(digest);
        let start = self.starts[prefix];
        let found = self.sorted[start..self.starts[prefix + 1]].binary_search(&digest);
        found.ok().map(|position| start + position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_digest_is_found_and_no_other() {
        let spread = (0..2_000_u128).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
        for digests in [vec![], vec![0], vec![u128::MAX], (5..50).collect(), spread.collect::<Vec<_>>()] {
            let found = Digests::new(digests.clone());
            assert_eq!(found.len(), digests.len());
            let mut sorted = digests.clone();
            sorted.sort_unstable();
            for digest in digests.iter().flat_map(|it| [*it, it.wrapping_add(1), !it]).chain([0, 1, u128::MAX]) {
                assert_eq!(found.position(digest), sorted.binary_search(&digest).ok(), "{digest:x}");
            }
        }
    }
}
