//! The data that every site has from the start: read from the JSON files here, and drawn from the seed.

pub(crate) mod modules;
pub(crate) mod records;

use std::sync::LazyLock;

use serde::Deserialize;

/// The rows of a sample file, read when they are needed.
pub(crate) type Samples<T> = LazyLock<Vec<T>>;

/// Reads a sample file. A test reads each of them, so that this cannot fail later.
pub(crate) fn load<T: Deserialize<'static>>(json: &'static str) -> Vec<T> {
    serde_json::from_str(json).expect("the sample file is valid")
}
