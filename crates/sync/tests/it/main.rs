//! Tests of the sync engine, on the sandbox and on servers that misbehave.

#![allow(missing_docs, clippy::unwrap_used)]

mod bench;
mod completions;
mod corners;
mod decisions;
mod genesys_target;
mod incomplete;
mod killed;
mod known;
mod late;
mod model;
mod people;
mod source;
mod state;
mod support;
