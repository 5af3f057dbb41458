//! What every client re-exports, so that its users need no other dependency.
//!
//! A client says `pub use rosterkit_core::client_exports::*` and has a module `prelude` with
//! `pub use rosterkit_core::client_exports::prelude::*`.

#[cfg(feature = "catalog")]
pub use crate::dispatch;
pub use crate::{
    Backoff, Body, BoxFuture, CallOptions, Connection, Credential, CredentialSource, Date, Decimal, Error, ErrorKind,
    FieldChange, FilePart, HeaderMap, HeaderName, HeaderValue, Patch, RateLimit, ReadableItems, Refusal, Response,
    RetryEvent, RetryPolicy, SecretString, SecretText, ServiceError, StatusCode, Timestamp, TimestampError, Transport,
    TransportBuilder, UnreadableItem,
};
pub use crate::{batch, bytes, chrono, job, paging, reqwest};
pub use futures_util::{StreamExt, TryStreamExt};

/// The names that most programs use.
pub mod prelude {
    pub use crate::{
        CallOptions, Error, ErrorKind, Patch, RateLimit, Response, RetryPolicy, SecretString, StatusCode, Timestamp,
    };
    pub use futures_util::{StreamExt as _, TryStreamExt as _};
}
