//! Hashes as digits, and as numbers.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A text takes everything.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The first 16 bytes of a hash: two with the same would need more texts than there are people.
pub(crate) fn half(hash: Sha256) -> u128 {
    let hash = hash.finalize();
    u128::from_be_bytes(std::array::from_fn(|at| hash.get(at).copied().unwrap_or_default()))
}

/// Adds a text.
pub(crate) fn add_text(hash: &mut Sha256, text: Option<&str>) {
    let (length, text) = parts(text);
    hash.update(length);
    hash.update(text);
}

/// What a hash gets of a text. Its length tells where it ends; no text has the length that is used for none.
pub(crate) fn parts(text: Option<&str>) -> ([u8; 8], &str) {
    (text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes(), text.unwrap_or_default())
}
