//! The state file: snapshots, identities, plans, journal, ledger, history.
//!
//! One SQLite file. [`State`] owns the connection on a thread of its own; the functions of the modules below work on a
//! connection inside of [`State::call`]. They take the time as a parameter. Each is atomic by itself; a caller that wants
//! several in one commit opens a transaction around them.
//!
//! ```no_run
//! # async fn example() -> Result<(), rosterkit_sync::state::StateError> {
//! use rosterkit_core::chrono::Utc;
//! use rosterkit_sync::state::{State, runs};
//!
//! let state = State::open("rosterkit-sync.db", "sync plan").await?;
//! let run = state.call(|connection| runs::begin(connection, "sync plan", "9f86d081", Utc::now())).await?;
//! # let _ = run;
//! # Ok(())
//! # }
//! ```
//!
//! | module | table |
//! | --- | --- |
//! | [`runs`] | `run`: one row per command that plans or applies |
//! | [`side_reads`] | `side_read`: how the sides of flows were read |
//! | [`snapshots`], `staged` | `source_person`, `target_person`: the last read |
//! | `unsettled` | `settled_flow`, `unsettled`: who has to be compared again |
//! | [`identities`] | `identity`: who is who |
//! | [`plans`] | `plan`, `action` |
//! | [`journal`] | `journal`: every effect and its outcome; the history |
//! | [`ledger`] | `ledger`: the training record of each completion |
//! | [`meta`] | `meta`: single values |
//! | [`forget`](mod@forget) | erases a person from all of them |
//!
//! The file has mode 0600, and so have the `-wal` and `-shm` files beside it. A file that others can read is closed to them
//! when it is opened for writing. A symbolic link is followed; a link to nothing and a file with several hard links are
//! refused. The lock is a file of its own with `.lock` added to the name; it stays, empty, and must not be deleted while a
//! run goes on.

mod digests;
mod error;
pub mod forget;
pub mod identities;
pub mod journal;
pub mod ledger;
mod lock;
pub mod meta;
mod open;
pub mod plans;
pub mod runs;
pub mod side_reads;
pub mod snapshots;
pub(crate) mod staged;
mod thread;
pub(crate) mod unsettled;
pub(crate) mod value;

pub use error::StateError;
/// What [`State::call`] gives to a function.
pub use rusqlite::Connection;
pub use thread::State;
pub(crate) use value::{Json, Number, Time};

/// A side of a flow.
pub use side_reads::Side;

/// What makes the tables, for tests of statements.
#[cfg(test)]
pub(crate) fn schema() -> String {
    open::MIGRATIONS.join(";")
}
