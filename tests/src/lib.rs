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
mod environment;
mod expected;
mod harness;
mod json_diff;
mod recorder;
mod report;
mod target;
mod values;
mod wire;

pub use call::{Call, Choice, Fill, Plan};
pub use environment::{memory, setting};
pub use expected::{Authorization, Expected, ExpectedBody};
pub use harness::{Harness, Outcome, api, apis};
pub use json_diff::json_diff;
pub use recorder::{BASE_PATH, Recorder, Reply};
pub use report::Report;
pub use target::{GenesysUsers, PeoplefluentLms, Proof, SessionClusters, Target};
pub use values::AWKWARD;
pub use wire::{Part, Recorded};

/// Runs the examples of the READMEs and of the guide.
#[cfg(doctest)]
mod documents {
    macro_rules! documents {
        ($($name:ident = $path:literal,)*) => {
            $(#[doc = include_str!(concat!("../../", $path))] struct $name;)*
        };
    }

    documents! {
        Readme = "README.md",
        GenesysUsers = "crates/genesys-users/README.md",
        PeoplefluentLms = "crates/peoplefluent-lms/README.md",
        SessionClusters = "crates/session-clusters/README.md",
        Sandbox = "crates/sandbox/README.md",
        GuideLibrary = "docs/src/library.md",
        GuideCredentials = "docs/src/credentials.md",
        GuideLimits = "docs/src/limits.md",
        GuideBulk = "docs/src/bulk.md",
        GuideErrors = "docs/src/errors.md",
    }
}
