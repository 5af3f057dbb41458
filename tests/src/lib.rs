//! Contract tests: every operation of every spec, through its client, down to the bytes on the wire.
//!
//! A check of [`checks`] takes each operation of one API from its spec, calls it by id through the generated client
//! ([`Target`]) against a [`Recorder`], and compares what was sent with what the spec says ([`Expected`]) and what came
//! back with what was answered. It tells how many cases it has gone through, so that a test can say how many there must
//! be. All failures of a check are reported together, each with the API and the operation.
//!
//! `tests/it/negative_controls.rs` proves that each comparison notices a difference.

mod call;
pub mod checks;
mod expected;
mod harness;
mod json_diff;
mod recorder;
mod report;
mod target;
mod values;
mod wire;

pub use call::{Call, Choice, Fill, Plan};
pub use expected::{Authorization, Expected, ExpectedBody};
pub use harness::{Harness, Outcome, api};
pub use json_diff::json_diff;
pub use recorder::{BASE_PATH, Recorder, Reply};
pub use report::Report;
pub use target::{GenesysUsers, PeoplefluentLms, Proof, SessionClusters, Target};
pub use values::AWKWARD;
pub use wire::{Part, Recorded};

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
