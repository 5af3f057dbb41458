//! Contract tests: every operation of every spec, through its client, down to the bytes on the wire.
//!
//! A check of [`checks`] takes each operation of one API from its spec, calls it by id through the generated client
//! ([`Subject`]) against a [`Recorder`], and compares what was sent with what the spec says ([`Expected`]) and what came
//! back with what was answered. It tells how many cases it has gone through, so that a test can say how many there must
//! be. All failures of a check are reported together, each with the API and the operation.
//!
//! `tests/controls.rs` proves that each comparison notices a difference.

mod call;
pub mod checks;
mod difference;
mod expected;
mod lab;
mod recorder;
mod report;
mod subject;
mod values;
mod wire;

pub use call::{Call, Choice, Fill, Plan};
pub use difference::difference;
pub use expected::{Authorization, Expected, ExpectedBody};
pub use lab::{Lab, Outcome, api};
pub use recorder::{BASE_PATH, Recorder, Reply};
pub use report::Report;
pub use subject::{GenesysUsers, PeoplefluentLms, Proof, SessionClusters, Subject};
pub use values::AWKWARD;
pub use wire::{Part, Recorded};

/// Runs the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
