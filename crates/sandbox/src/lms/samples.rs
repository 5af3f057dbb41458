//! The data that every site has from the start, drawn from the seed.

pub(crate) mod modules;
pub(crate) mod records;
