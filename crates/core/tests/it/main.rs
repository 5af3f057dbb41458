//! The core against servers, as clients use it.

#![allow(missing_docs, clippy::unwrap_used)]

mod batch;
mod circuit_breaker;
mod credential_source;
mod credentials;
#[cfg(feature = "catalog")]
mod dispatch;
#[cfg(feature = "files")]
mod downloads;
mod faults;
#[cfg(feature = "input")]
mod input;
mod job;
mod limits;
mod network;
#[cfg(feature = "oauth")]
mod oauth_grants;
#[cfg(feature = "oauth")]
mod oauth_renewal;
#[cfg(feature = "oauth")]
mod oauth_tracing;
mod paging;
mod redirects;
mod refusals;
mod responses;
mod retries;
mod scope;
mod stream_properties;
mod support;
mod tracing;
#[cfg(feature = "files")]
mod uploads;
mod wire;
