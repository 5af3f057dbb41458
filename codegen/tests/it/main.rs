//! The generator, as its command line runs it.

#![allow(missing_docs, clippy::unwrap_used)]

mod drift;
mod limits;
mod lint;
mod pipeline;
