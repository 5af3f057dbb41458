//! Keeps one directory in step with another, and carries session completions into training records.
//!
//! A [`SyncFile`](config::SyncFile) names flows: where people come from, where they go, which fields sync owns, who is never
//! touched, and how much may change at once. Both sides are read completely, a plan is computed and checked against the
//! limits, and only then anything is written. Every effect is journalled before it is sent and its outcome after, so that a
//! run that was killed goes on where it stopped, by reading the target.
//!
//! | module | what it has |
//! | --- | --- |
//! | [`config`] | the sync file |
//! | [`expression`] | JMESPath over the records of a source |
//! | [`state`] | the state file: snapshots, identities, plans, journal, ledger |
//! | [`source`] | reads people, and says whether it read all of them |
//! | [`plan`] | what would change, and why |
//! | [`plan_file`] | a plan as a file |
//! | [`engine`] | plans and applies |
//! | [`html`] | a plan as a page for the person who approves it |
//! | [`completions`] | session completions as training records of the LMS |
#![forbid(unsafe_code)]

pub mod completions;
pub mod config;
pub mod engine;
pub mod expression;
mod hex;
pub mod html;
pub mod plan;
pub mod plan_file;
pub mod source;
pub mod span;
pub mod state;
mod target;
