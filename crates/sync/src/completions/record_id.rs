//! The id of the training record of a completion.

use sha2::{Digest as _, Sha256};

/// The alphabet of base32 in RFC 4648.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The number of characters, which is the most that the LMS takes: 75 bits.
const LENGTH: u32 = 15;

/// The `RecordID` of a completion: the first 75 bits of the SHA-256 of its id in lower case, as base32 (RFC 4648) without
/// padding.
///
/// The LMS takes 15 characters, and a completion id has 36 or more. That two of a million completions share a record id is as
/// likely as one in 75,000,000,000; sync reports it as a conflict.
///
/// ```
/// use rosterkit_sync::completions::record_id;
///
/// assert_eq!(record_id("00000000-0000-4000-8000-000000000001"), "CHSZJ5EBSWGBBYY");
/// ```
pub fn record_id(completion_id: &str) -> String {
    let digest = Sha256::digest(completion_id.to_lowercase());
    let bits = digest.iter().take(10).fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte)) >> 5;
    (0..LENGTH)
        .rev()
        .filter_map(|place| ALPHABET.get(usize::try_from(bits >> (5 * place) & 31).ok()?))
        .map(|letter| char::from(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed with another implementation of both algorithms.
    #[test]
    fn a_record_id_is_the_beginning_of_the_digest_in_base32() {
        assert_eq!(record_id("ABC"), "XJ4BNP4PAHH6UQK");
        assert_eq!(record_id("É"), "JKMVK7SAGPBVHHP");
    }

    #[test]
    fn the_case_of_a_completion_id_does_not_matter() {
        assert_eq!(record_id("A0B1-C2"), record_id("a0b1-c2"));
        assert_ne!(record_id("A0B1-C2"), record_id("a0b1-c3"));
    }
}
