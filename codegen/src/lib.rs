//! Generator of the rosterkit client crates: load, lint, lower, progenitor, adapt, emit.
//!
//! A spec is read with the place of every node ([`load`]), held to the house rules ([`lint`]), decoded ([`spec`],
//! [`model`]) and lowered to what progenitor can express ([`lower`]). progenitor writes types and builders; one pass over
//! its syntax tree ([`adapt`]) keeps what its users know and replaces what runs; [`emit`] writes the files.
//! [`generate`] strings these together and touches nothing on disk until every spec has gone through.
//! [`drift`] compares a spec with what its vendor publishes today.

pub mod adapt;
pub mod csv;
pub mod drift;
pub mod emit;
pub mod example;
pub mod generate;
pub mod lint;
pub mod load;
pub mod lower;
pub mod model;
pub mod names;
pub mod rustdoc;
pub mod spec;
