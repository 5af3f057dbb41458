//! Typed client for the session-cluster sync API: clusters, completions, and users in batches.
//!
//! ```no_run
//! # async fn run(key: String) -> Result<(), session_clusters::Error> {
//! let client = session_clusters::Client::builder().api_key(key).build()?;
//! let mut completions = client.completions().from("2024-01-01T00:00:00Z").items();
//! while let Some(completion) = completions.next().await {
//!     let completion = completion?;
//!     println!("{:?} {:?}", completion.remote_user_id, completion.module_name);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! | call | is these generated calls, reachable through [`Client::api`] |
//! | --- | --- |
//! | [`Client::clusters`] | `get_clusters`, once |
//! | [`Client::completions`] | `get_completions`, once or for each piece of the window |
//! | [`Client::users`] | `get_users`, for each page |
//! | [`Client::upsert_users`] | `batch_upsert_users`, for each 200 users |
//! | [`Client::deactivate_users`] | `batch_deactivate_users`, for each 200 users |
//!
//! What they add: windows are checked before anything is sent, envelopes are opened, so that `success: false` is an error
//! of kind `Refused` even with status 200, and every user of a batch has an outcome.
//!
//! Paths, methods, the key's header and the body of a deactivation are inferred, since no document gives them: each can be
//! corrected on the builder, with [`ClientBuilder::transport`] (`override_path`, `override_method`),
//! [`ClientBuilder::api_key_header`] and [`ClientBuilder::deactivate_body`].
//!
//! # Features
//!
//! - `catalog`: every operation's parameters, media types and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

mod batches;
mod client;
mod clusters;
mod completions;
mod envelope;
mod users;
mod window;
#[rustfmt::skip]
pub mod generated;

pub use batches::Deactivated;
pub use client::{Client, ClientBuilder};
pub use clusters::ListClusters;
pub use completions::ListCompletions;
#[cfg(feature = "catalog")]
pub use generated::catalog;
#[cfg(feature = "mocks")]
pub use generated::mocks;
pub use generated::{builder, types};
#[doc(inline)]
pub use rosterkit_core::client_exports::*;
pub use users::ListUsers;

/// The names that most programs use: `use session_clusters::prelude::*`.
pub mod prelude {
    pub use rosterkit_core::client_exports::prelude::*;

    pub use crate::Client;
}
