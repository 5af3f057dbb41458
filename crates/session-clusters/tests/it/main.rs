//! The client, as its users call it.

#![allow(missing_docs, clippy::unwrap_used)]

#[cfg(feature = "mocks")]
mod batches;
mod examples;
#[cfg(feature = "mocks")]
mod reading;
mod support;
