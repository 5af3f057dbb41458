//! Tests of the sync engine, on the sandbox and on servers that misbehave.

#![allow(missing_docs, clippy::unwrap_used)]

mod bench;
mod completions;
mod corners;
mod decisions;
mod genesys_target;
mod killed;
mod model;
mod people;
mod source;
mod state;
mod support;
