//! Ids that look random and can be mapped back to their item.
//!
//! A store of a million generated items keeps none of them, and no map from id to item. Instead, the first eight
//! hexadecimal digits of an id are the item's index, permuted with a key, and the rest is drawn from seed and index. A
//! lookup inverts the permutation and compares the whole id.

use std::fmt::Write;

use crate::random::Draw;

/// Replacements of the digits 0 to 9 at the beginning of a short id.
const LETTERS: [char; 10] = ['g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'];

/// The ids of one kind of item: the same seed and purpose give the same ids.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IdSpace {
    seed: u64,
    purpose: &'static str,
    key: u32,
}

impl IdSpace {
    pub(crate) fn new(seed: u64, purpose: &'static str) -> Self {
        let key = Draw::new(seed, purpose, u64::MAX).next() as u32;
        Self { seed, purpose, key }
    }

    /// The id of an item in the form of a random UUID.
    pub(crate) fn uuid(&self, index: u32) -> String {
        let mut draw = Draw::new(self.seed, self.purpose, index.into());
        let (high, low) = (draw.next(), draw.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            permute(index ^ self.key),
            high as u16,
            (high >> 16) & 0xfff,
            0x8000 | ((high >> 32) & 0x3fff),
            low & 0xffff_ffff_ffff
        )
    }

    /// The index of the item with this UUID, if it is of this kind.
    pub(crate) fn index_of_uuid(&self, id: &str) -> Option<u32> {
        let index = self.index(id)?;
        (self.uuid(index) == id).then_some(index)
    }

    /// The id of an item as 64 hexadecimal digits.
    pub(crate) fn hex(&self, index: u32) -> String {
        let mut draw = Draw::new(self.seed, self.purpose, index.into());
        let mut id = format!("{:08x}{:08x}", permute(index ^ self.key), draw.next() as u32);
        for _ in 0..3 {
            // Writing to a string cannot fail.
            let _ = write!(id, "{:016x}", draw.next());
        }
        id
    }

    /// The index of the item with these 64 digits, if it is of this kind.
    pub(crate) fn index_of_hex(&self, id: &str) -> Option<u32> {
        let index = self.index(id)?;
        (self.hex(index) == id).then_some(index)
    }

    /// The id of an item as 15 hexadecimal digits, the maximal length of an id of the LMS. The first is a letter, as an id of
    /// XML requires: `g` to `p` replace 0 to 9.
    pub(crate) fn short(&self, index: u32) -> String {
        let drawn = Draw::new(self.seed, self.purpose, index.into()).next() & 0xfff_ffff;
        let digits = format!("{:08x}{drawn:07x}", permute(index ^ self.key));
        match digits.chars().next().and_then(|first| first.to_digit(10)) {
            Some(digit) => format!("{}{}", LETTERS[digit as usize], &digits[1..]),
            None => digits,
        }
    }

    /// The index of the item with these 15 digits, if it is of this kind.
    pub(crate) fn index_of_short(&self, id: &str) -> Option<u32> {
        let letter = id.chars().next()?;
        let index = match LETTERS.iter().position(|known| *known == letter) {
            Some(digit) => self.index(&format!("{digit}{}", &id[1..]))?,
            None => self.index(id)?,
        };
        (self.short(index) == id).then_some(index)
    }

    fn index(&self, id: &str) -> Option<u32> {
        Some(unpermute(u32::from_str_radix(id.get(..8)?, 16).ok()?) ^ self.key)
    }
}

/// An invertible mixing function of 32 bits: right shifts by at least half the width are inverted in one or two steps,
/// and odd factors have a multiplicative inverse.
fn permute(value: u32) -> u32 {
    let value = (value ^ (value >> 16)).wrapping_mul(0x7feb_352d);
    let value = (value ^ (value >> 15)).wrapping_mul(0x846c_a68b);
    value ^ (value >> 16)
}

fn unpermute(value: u32) -> u32 {
    let value = (value ^ (value >> 16)).wrapping_mul(0x4302_1123);
    let value = (value ^ (value >> 15) ^ (value >> 30)).wrapping_mul(0x1d69_e2a5);
    value ^ (value >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_permutation_has_an_inverse() {
        for value in [0, 1, 2, 77, 1_000_000, 0x8000_0000, u32::MAX] {
            assert_eq!(unpermute(permute(value)), value);
        }
    }

    #[test]
    fn an_id_maps_back_to_its_index() {
        let ids = IdSpace::new(7, "user");
        for index in [0, 1, 249, 999_999, u32::MAX] {
            assert_eq!(ids.index_of_uuid(&ids.uuid(index)), Some(index));
            assert_eq!(ids.index_of_hex(&ids.hex(index)), Some(index));
            assert_eq!(ids.index_of_short(&ids.short(index)), Some(index));
            assert_eq!((ids.hex(index).len(), ids.short(index).len()), (64, 15));
            assert!(ids.short(index).starts_with(|first: char| first.is_ascii_lowercase()), "{}", ids.short(index));
        }
        let first: std::collections::BTreeSet<char> = (0..500).filter_map(|it| ids.short(it).chars().next()).collect();
        assert_eq!(first, ('a'..='p').collect());
        assert!((0..500).all(|index| ids.index_of_short(&ids.short(index)) == Some(index)));
    }

    #[test]
    fn other_ids_have_no_index() {
        let ids = IdSpace::new(7, "user");
        let mut altered = ids.uuid(3);
        altered.replace_range(35.., if altered.ends_with('0') { "1" } else { "0" });
        for id in [altered.as_str(), "", "short", "zzzzzzzz-0000", "äöüäöüäöü", &ids.uuid(3).to_uppercase()] {
            assert_eq!(ids.index_of_uuid(id), None, "{id}");
        }
        assert_eq!(ids.index_of_uuid(&IdSpace::new(8, "user").uuid(3)), None);
        assert_eq!(ids.index_of_hex(&ids.uuid(3)), None);
        assert_eq!([ids.index_of_short("g"), ids.index_of_short("gäöüäöüäöü")], [None, None]);
    }

    #[test]
    fn uuids_have_version_and_variant_of_random_ones() {
        let id = IdSpace::new(7, "user").uuid(5);
        let digits: Vec<char> = id.chars().collect();
        assert_eq!((digits.len(), digits[14]), (36, '4'));
        assert!("89ab".contains(digits[19]));
    }
}
