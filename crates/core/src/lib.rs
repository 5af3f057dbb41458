//! What every rosterkit client shares: transport, authentication, errors and wire types.
//!
//! The crates `genesys-users`, `peoplefluent-lms` and `session-clusters` are generated clients over this one. Their
//! users meet it as the [`Transport`] that a client is built on, the [`Response`] and the [`Error`] of every call, and
//! the types that carry what plain Rust types cannot: [`Patch`], [`Timestamp`], [`Date`], [`Body`] and the open
//! enumerations made by [`open_enum!`].
//!
//! # Features
//! Both are off by default.
//! - `catalog`: static descriptions of operations, and calls by operation id, for tools;
//! - `mocks`: what the typed httpmock helpers of the clients are made of.

#[cfg(feature = "catalog")]
pub mod catalog;
#[cfg(feature = "catalog")]
pub mod dispatch;
#[cfg(feature = "mocks")]
pub mod mocks;

mod body;
mod credentials;
mod error;
mod headers;
mod media_type;
mod open_enum;
mod operation;
mod patch;
mod request;
mod response;
mod secret_text;
#[cfg(feature = "catalog")]
mod suggest;
mod time;
mod transport;

pub use body::{Body, FilePart};
pub use credentials::Credential;
pub use error::{Error, ErrorKind, ServiceError, decode_service_error};
pub use operation::{Operation, ServiceErrorDecoder};
pub use patch::Patch;
pub use request::{REQUIRED, Request};
pub use response::Response;
pub use secret_text::SecretText;
pub use time::{Date, Timestamp, TimestampError};
pub use transport::{Transport, TransportBuilder};

// The crates and types that the surface above is made of, so that a caller needs no version of their own.
pub use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
pub use secrecy::SecretString;
pub use {bytes, chrono, http, reqwest, secrecy};

#[doc(hidden)]
pub mod __private {
    //! What the expansion of [`open_enum!`](crate::open_enum) needs.

    pub use crate::open_enum::deserialize_text;
    pub use serde;
}
