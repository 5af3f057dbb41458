//! The client, as its users call it.

#![allow(missing_docs, clippy::unwrap_used)]

mod analytics;
mod bulk;
mod conflicts;
mod development_and_roles;
mod examples;
mod lookups;
mod pool;
mod regions;
mod sign_in;
mod size;
mod support;
#[cfg(feature = "mocks")]
mod tolerance;
#[cfg(feature = "mocks")]
mod users;
