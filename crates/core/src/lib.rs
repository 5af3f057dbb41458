//! What every rosterkit client shares: transport, authentication, errors and wire types.
//!
//! The crates `genesys-users`, `peoplefluent-lms` and `session-clusters` are generated clients over this one. Their
//! users meet it as the [`Transport`] that a client is built on, the [`Response`] and the [`Error`] of every call, and
//! the types that carry what plain Rust types cannot: [`Patch`], [`Timestamp`], [`Date`], [`Body`] and the open
//! enumerations made by [`open_enum!`].
//!
//! A program uses it through a client, which re-exports all of this. Errors of all clients are one type, so that a function can
//! use several of them:
//!
//! ```
//! use rosterkit_core::{Error, ErrorKind};
//!
//! /// What to tell an operator.
//! fn advice(error: &Error) -> &'static str {
//!     match error.kind() {
//!         _ if error.is_retryable() => "try again later",
//!         ErrorKind::Authentication | ErrorKind::MissingCredential => "check the credentials",
//!         _ if error.is_rejection() => "correct the request",
//!         _ if error.may_have_taken_effect() => "look at the service before you try again",
//!         _ => "report it",
//!     }
//! }
//!
//! let error = Error::configuration("the region is unknown");
//! assert_eq!(advice(&error), "report it");
//! ```
//!
//! The crate `rosterkit-sandbox` has the services in memory to try it on.
//!
//! | task | use |
//! | --- | --- |
//! | settings of all calls of a client: address, credentials, retries, time limits | [`TransportBuilder`], [`RetryPolicy`], [`RateLimit`], [`Credential`] |
//! | settings of one call | [`CallOptions`] |
//! | what comes back | [`Response`], [`Body`], [`Error`], [`Refusal`] |
//! | an update that can clear fields, and what it would change | [`Patch`], [`FieldChange`] |
//! | values as services write them | [`Timestamp`], [`Date`], [`Decimal`], [`SecretText`], [`open_enum!`] |
//! | listings in pages | [`paging`] |
//! | many items, with an outcome for each | [`batch`] |
//! | work that the service does on its own time | [`job`] |
//! | addresses and credentials from the environment | [`environment`] |
//! | items of CSV and JSON-lines files (features `input` and `csv`) | `input`, `csv` |
//! | any operation by its id (feature `catalog`) | `catalog`, `dispatch` |
//!
//! # Features
//! All are off by default.
//! - `catalog`: static descriptions of operations, and calls by operation id, for tools;
//! - `csv`: a strict reader of CSV records;
//! - `input`: items of files in CSV or JSON lines, for tools;
//! - `files`: bodies of responses into writers and files;
//! - `mocks`: what the typed httpmock helpers of the clients are made of;
//! - `oauth`: OAuth 2 access tokens that are requested, shared and renewed.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "catalog")]
pub mod catalog;
#[cfg(feature = "csv")]
pub mod csv;
#[cfg(feature = "catalog")]
pub mod dispatch;
#[cfg(feature = "mocks")]
pub mod mocks;
#[cfg(feature = "oauth")]
pub mod oauth;

#[cfg(feature = "files")]
pub mod atomic_file;
pub mod batch;
pub mod client_exports;
pub mod environment;
#[cfg(feature = "input")]
pub mod input;
pub mod job;
pub mod lenient_integer;
pub mod loose_json;
pub mod paging;
pub mod presence;

mod body;
mod credentials;
mod decimal;
#[cfg(feature = "files")]
mod download;
mod error;
mod field_change;
mod file_part;
mod headers;
mod media_type;
mod open_enum;
mod operation;
mod options;
mod patch;
mod rate_limit;
mod readable_items;
mod redact;
mod refusal;
mod request;
mod response;
mod retry;
mod secret_text;
#[cfg(all(test, feature = "csv"))]
mod slow_reader;
mod suggest;
mod telemetry;
mod time;
mod transport;
mod write_watch;

pub use body::Body;
pub use credentials::{Connection, Credential, CredentialSource};
pub use decimal::Decimal;
#[cfg(feature = "files")]
pub use download::{SaveOptions, Saved};
pub use error::{Error, ErrorKind, ServiceError, decode_service_error};
pub use field_change::FieldChange;
pub use file_part::FilePart;
pub use operation::{Operation, ScopePlace, ServiceErrorDecoder};
pub use options::CallOptions;
pub use patch::Patch;
pub use rate_limit::RateLimit;
pub use readable_items::{ReadableItems, UnreadableItem, read_item};
pub use refusal::Refusal;
pub use request::{REQUIRED, Request, Required};
pub use response::Response;
pub use retry::{Backoff, RetryEvent, RetryPolicy};
pub use secret_text::SecretText;
pub use suggest::nearest;
pub use time::{Date, Timestamp, TimestampError};
pub use transport::{Transport, TransportBuilder};
pub use write_watch::WriteWatch;

// The crates and types that the surface above is made of, so that a caller needs no version of their own.
pub use futures_core::future::BoxFuture;
pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
pub use secrecy::SecretString;
pub use {bytes, chrono, http, reqwest, secrecy};

#[doc(hidden)]
pub mod __private {
    //! What the expansion of [`open_enum!`](crate::open_enum) needs.

    pub use crate::open_enum::deserialize_text;
    pub use serde;
}
