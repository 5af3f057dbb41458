//! The smallest items of any number of items.

/// Keeps the `limit` smallest of all pushed items, in memory for about twice as many.
#[derive(Debug)]
pub(super) struct TopK<T> {
    limit: usize,
    items: Vec<T>,
}

/// A selection of fewer items costs more than it saves.
const SLACK: usize = 256;

impl<T: Ord> TopK<T> {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, items: Vec::new() }
    }

    pub(super) fn push(&mut self, item: T) {
        if self.limit == 0 {
            return;
        }
        self.items.push(item);
        if self.items.len() >= self.limit.saturating_mul(2).saturating_add(SLACK) {
            self.items.select_nth_unstable(self.limit - 1);
            self.items.truncate(self.limit);
        }
    }

    /// The items in order, without the first `skip`.
    pub(super) fn into_page(mut self, skip: usize) -> impl Iterator<Item = T> {
        self.items.sort_unstable();
        self.items.truncate(self.limit);
        self.items.into_iter().skip(skip)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_equals_that_of_all_items_sorted() {
        let items: Vec<u64> = (0..5_000).map(|n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40).collect();
        let mut sorted = items.clone();
        sorted.sort_unstable();
        for (skip, limit) in [(0, 0), (0, 1), (0, 10), (90, 100), (4_900, 5_000), (0, 6_000), (7_000, 8_000)] {
            let mut best = TopK::new(limit);
            items.iter().for_each(|item| best.push(*item));
            let expected: Vec<u64> = sorted.iter().copied().take(limit).skip(skip).collect();
            assert_eq!(best.into_page(skip).collect::<Vec<_>>(), expected, "{skip}..{limit}");
        }
    }
}
