//! The generator, as its command line runs it.

#![allow(missing_docs, clippy::unwrap_used)]

mod limits;
mod lint;
mod pipeline;
