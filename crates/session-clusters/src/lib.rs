//! Typed client for the session-cluster sync API: clusters, completions, and users in batches.
//!
//! ```no_run
//! use session_clusters::types::UserTemplate;
//! use session_clusters::{Client, Error};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     // Or Client::builder().api_key(key).build()?
//!     let client = Client::from_env()?;
//!     let person = UserTemplate {
//!         remote_id: Some("remote-123".to_owned()),
//!         first_name: Some("Sample".to_owned()),
//!         last_name: Some("Person".to_owned()),
//!         ..UserTemplate::default()
//!     };
//!     // Any number of users, each with an outcome of its own.
//!     let mut outcomes = client.upsert_users([person]).ordered();
//!     while let Some(item) = outcomes.next().await {
//!         println!("user {} is {}", item.index, item.outcome.name());
//!     }
//!
//!     let mut completions = client.completions().from("2024-01-01T00:00:00Z").items();
//!     while let Some(completion) = completions.next().await {
//!         let completion = completion?;
//!         println!("{:?} {:?}", completion.remote_user_id, completion.module_name);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Try it
//! The program runs without an account against the sandbox of the command line `rosterkit`:
//!
//! ```sh
//! rosterkit sandbox --port 4010 &
//! export SESSIONS_BASE_URL=http://127.0.0.1:4010/sessions SESSIONS_API_KEY=sandbox-session-key
//! cargo run
//! ```
//!
//! A test starts a sandbox of its own with the crate `rosterkit-sandbox`, as the examples do:
//!
//! | example | shows |
//! | --- | --- |
//! | `sync_users` | upserting users in batches, and deactivating those who are gone |
//! | `completions` | a year of completions, month by month |
//!
//! `cargo run -p session-clusters --example sync_users` runs the first. The example `mocks` of `genesys-users` shows typed
//! mocks, which are alike in all clients.
//!
//! # Modules and types
//! | task | use | generated calls, reachable through [`Client::api`] |
//! | --- | --- | --- |
//! | connect | [`Client`], [`ClientBuilder`] | |
//! | list clusters | [`Client::clusters`] | `get_clusters`, once |
//! | list completions | [`Client::completions`] | `get_completions`, once or for each interval of the window |
//! | list users | [`Client::users`] | `get_users`, for each page |
//! | create and update users | [`Client::upsert_users`] | `batch_upsert_users`, for each 200 users |
//! | what an upsert would change | [`SessionUser::changes_by`](types::SessionUser::changes_by) | |
//! | deactivate users | [`Client::deactivate_users`] | `batch_deactivate_users`, for each 200 users |
//! | pages and items of lists | [`paging`] | |
//! | outcomes of batches | [`batch`] | |
//!
//! The shortcuts check windows before anything is sent, open envelopes, so that `success: false` is an error of kind
//! `Refused` even with status 200, and return an outcome for every user of a batch.
//!
//! Paths, methods, the key's header and the body of a deactivation are inferred, since no document specifies them. Each can
//! be corrected on the builder, with [`ClientBuilder::transport`] (`override_path`, `override_method`),
//! [`ClientBuilder::api_key_header`] and [`ClientBuilder::deactivate_body`].
//!
//! # Features
//! All are off by default.
//! - `catalog`: every operation's parameters, media types and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod clusters;
mod completions;
mod difference;
mod envelope;
mod users;
mod window;
#[rustfmt::skip]
pub mod generated;

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
pub use users::{Deactivated, ListUsers};

/// The names that most programs use: `use session_clusters::prelude::*`.
pub mod prelude {
    pub use rosterkit_core::client_exports::prelude::*;

    pub use crate::Client;
}
