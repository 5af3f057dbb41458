//! Typed client for the session-cluster sync API: clusters, completions, and users in batches.
//!
//! ```no_run
//! # async fn run(key: String) -> Result<(), session_clusters::Error> {
//! let client = session_clusters::Client::builder().api_key(key).build()?;
//! let completions = client.api().get_completions().from("2024-01-01T00:00:00Z").send().await?;
//! for completion in completions.iter() {
//!     println!("{:?} {:?}", completion.remote_user_id, completion.module_name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Paths, methods and the key's header are inferred, since no document gives them: each can be corrected on the
//! builder, with [`ClientBuilder::api_key_header`] and [`ClientBuilder::transport`].
//!
//! # Features
//!
//! - `catalog`: every operation's parameters, media types and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

mod client;
#[rustfmt::skip]
pub mod generated;

pub use client::{Client, ClientBuilder};
#[cfg(feature = "catalog")]
pub use generated::catalog;
#[cfg(feature = "mocks")]
pub use generated::mocks;
pub use generated::{builder, types};
pub use rosterkit_core::{Error, ErrorKind, Response, Timestamp};
