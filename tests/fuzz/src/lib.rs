//! Fuzz targets: each takes any bytes, hands them to what reads such input from outside, and panics if what must hold does
//! not. `corpora` has the seeds of each target, and what was once found.
//!
//! `tests/it` runs them: `make test` 150 cases each, `make fuzz` for a minute each.

mod bulk;
mod csv;
mod expression;
mod feeds;
mod fields;
mod json;
mod responder;
mod retry_after;
mod sandbox;
mod spec;
mod sync_file;
mod xml;

/// A function that takes any bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of the folder of its seeds.
    pub name: &'static str,
    /// Fails, by a panic, if what must hold for the bytes does not.
    pub run: fn(&[u8]),
    /// Seeds besides those of the folder.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Texts that mean something to it, to be put in.
    pub words: &'static [&'static str],
}

/// All targets.
pub const TARGETS: [Target; 11] = [
    bulk::TARGET,
    csv::TARGET,
    expression::TARGET,
    feeds::TARGET,
    fields::TARGET,
    json::TARGET,
    retry_after::TARGET,
    sandbox::TARGET,
    spec::TARGET,
    sync_file::TARGET,
    xml::TARGET,
];

const fn no_seeds() -> Vec<Vec<u8>> {
    Vec::new()
}

/// What precedes the first line break, and what follows it.
fn first_line(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, &[]),
    }
}
