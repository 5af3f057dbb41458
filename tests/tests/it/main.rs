//! The contracts of all operations, and the documents' own examples, as a consumer's tests would see them.

#![allow(missing_docs, clippy::unwrap_used)]

mod contract;
mod exports;
mod faults;
#[allow(clippy::print_stdout)]
mod first_steps;
mod mocks;
mod negative_controls;
mod negative_controls_checks;
mod schemas;
mod security;
#[allow(clippy::print_stdout)]
mod soak;
