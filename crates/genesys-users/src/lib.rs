//! Typed client for the Genesys Cloud Users API: users, skills, queues, presence, routing, grants, development
//! activities and analytics jobs.
//!
//! ```no_run
//! # async fn run(token: String) -> Result<(), genesys_users::Error> {
//! let client = genesys_users::Client::builder()
//!     .base_url("https://api.mypurecloud.ie")
//!     .bearer(token)
//!     .build()?;
//! let page = client.api().get_users().page_size(100).send().await?;
//! for user in page.entities.iter().flatten() {
//!     println!("{}", user.name.as_deref().unwrap_or("(no name)"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::api`] reaches every operation. The data types are in [`types`], the operations' builders in [`builder`].
//!
//! # Features
//!
//! - `catalog`: every operation's parameters, permissions and limits as data, and calls by operation id;
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
pub use rosterkit_core::{Body, Error, ErrorKind, Patch, Response, SecretText, Timestamp};
