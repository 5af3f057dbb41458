//! What every rosterkit client shares: transport, authentication, errors and wire types.
//!
//! The crates `genesys-users`, `peoplefluent-lms` and `session-clusters` are generated clients over this one. Their
//! users meet it as the [`Transport`] that a client is built on, the [`Response`] and the [`Error`] of every call, and
//! the types that carry what plain Rust types cannot: [`Patch`], [`Timestamp`], [`Date`], [`Body`] and the open
//! enumerations made by [`open_enum!`].
//!
//! What takes more than one call has a module: [`paging`] reads listings, [`batch`] sends many items, [`job`] waits for
//! work that the service does on its own time.
//!
//! # Features
//! All are off by default.
//! - `catalog`: static descriptions of operations, and calls by operation id, for tools;
//! - `files`: bodies of responses into writers and files;
//! - `mocks`: what the typed httpmock helpers of the clients are made of;
//! - `oauth`: OAuth 2 access tokens that are requested, shared and renewed.

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
#[cfg(feature = "csv")]
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
pub use readable_items::{ReadableItems, UnreadableItem};
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
