//! Typed client for the Genesys Cloud Users API: users, skills, queues, presence, routing, grants, development
//! activities and analytics jobs.
//!
//! ```no_run
//! # async fn run(token: String) -> Result<(), genesys_users::Error> {
//! let client = genesys_users::Client::builder().region("eu-west-1").bearer(token).build()?;
//! let mut users = client.users().list().state("any").items();
//! while let Some(user) = users.next().await {
//!     println!("{}", user?.name.as_deref().unwrap_or("(no name)"));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::api`] reaches every operation. The data types are in [`types`], the operations' builders in [`builder`].
//!
//! # Shorter ways
//! | what | made by |
//! | --- | --- |
//! | [`Users`]: list, search, get, create, patch, patch on the latest version, patch many, delete | [`Client::users`] |
//! | [`Routing`]: skills, languages, queues, routing status of a user | [`Client::routing`] |
//! | [`Analytics`]: from a query to a stream of results | [`Client::analytics`] |
//! | [`Development`]: learning assignments and coaching appointments | [`Client::development`] |
//! | [`Roles`]: roles and grants | [`Client::roles`] |
//!
//! They add nothing that [`Client::api`] cannot do: each method says which operations it calls. Listings are builders
//! whose `items()` is a stream; what takes many items at once is a [`batch`], what takes its time is a [`job`].
//!
//! # Features
//!
//! - `catalog`: every operation's parameters, permissions and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

mod analytics;
pub mod bulk;
mod client;
mod development;
#[rustfmt::skip]
pub mod generated;
mod region;
mod roles;
mod routing;
mod users;

pub use analytics::{Analytics, AnalyticsError, AnalyticsJobs, AnalyticsResults};
pub use client::{Client, ClientBuilder};
pub use development::Development;
#[cfg(feature = "catalog")]
pub use generated::catalog;
#[cfg(feature = "mocks")]
pub use generated::mocks;
pub use generated::{builder, types};
pub use region::Region;
pub use roles::Roles;
pub use routing::Routing;
pub use users::Users;

#[doc(inline)]
pub use rosterkit_core::client_exports::*;
pub use rosterkit_core::oauth;

/// The names that most programs use: `use genesys_users::prelude::*`.
pub mod prelude {
    pub use rosterkit_core::client_exports::prelude::*;

    pub use crate::{Client, Region};
}
