//! Typed client for the Genesys Cloud Users API: users, skills, queues, presence, routing, grants, development
//! activities and analytics jobs.
//!
//! ```no_run
//! use genesys_users::Client;
//! use genesys_users::types::UpdateUser;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Or Client::builder().region("eu-west-1").client_credentials(id, secret).build()?
//!     let client = Client::from_env()?;
//!     let mut users = client.users().list().state("any").items();
//!     while let Some(user) = users.next().await {
//!         let user = user?;
//!         let Some(id) = user.id.filter(|_| user.department.as_deref() == Some("Sales")) else { continue };
//!         // The title is set on the latest version of the user, and nothing else is changed.
//!         let change = |_: &_| UpdateUser { title: "Trainer".to_owned().into(), ..Default::default() };
//!         let changed = client.users().patch_latest(id, change).await?;
//!         println!("{} is a trainer", changed.name.as_deref().unwrap_or("(no name)"));
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
//! export GENESYSCLOUD_BASE_URL=http://127.0.0.1:4010/genesys GENESYSCLOUD_ACCESS_TOKEN=sandbox-genesys-token
//! cargo run
//! ```
//!
//! A test starts a sandbox of its own with the crate `rosterkit-sandbox`, as the examples do:
//!
//! | example | shows |
//! | --- | --- |
//! | `users` | listing users, and changing one whoever else changes it |
//! | `bulk_languages` | many items in few requests, with an outcome for each |
//! | `mocks` (`--features mocks`) | typed mocks in tests of code that uses the client |
//!
//! `cargo run -p genesys-users --example users` runs the first.
//!
//! # Modules and types
//! | task | use |
//! | --- | --- |
//! | connect: regions, credentials, environment variables | [`Client`], [`ClientBuilder`], [`Region`], [`oauth`] |
//! | call any operation | [`Client::api`], with the builders of [`builder`] and the data types of [`types`] |
//! | list, search, get, create, patch, delete users | [`Client::users`], see [`Users`] |
//! | what an update would change, and the smallest one that is needed | [`User::changes_by`](types::User::changes_by), [`User::smallest_update`](types::User::smallest_update) |
//! | skills, languages, queues, routing status of a user | [`Client::routing`], see [`Routing`] |
//! | stations of a user | [`Client::stations`], see [`Stations`] |
//! | ids of skills, queues, divisions, groups and the like by name | [`Client::lookups`], see [`Lookups`] |
//! | roles and grants | [`Client::roles`], see [`Roles`] |
//! | learning assignments and coaching appointments | [`Client::development`], see [`Development`] |
//! | analytics queries | [`Client::analytics`], see [`Analytics`] |
//! | pages and items of lists | [`paging`]; `items()` of a builder is a stream over all pages |
//! | many items, with one outcome each | [`batch`]; [`bulk`] says how responses are read |
//! | work that the service does later | [`job`] |
//!
//! The shortcuts add nothing that [`Client::api`] cannot do: each method names the operations that it calls.
//!
//! # Features
//! All are off by default.
//! - `catalog`: every operation's parameters, permissions and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod analytics;
pub mod bulk;
mod client;
mod conflict;
mod development;
mod fields;
#[rustfmt::skip]
pub mod generated;
mod lookups;
mod pool;
mod region;
mod roles;
mod routing;
mod stations;
mod users;

pub use analytics::{Analytics, AnalyticsError, AnalyticsJobs, AnalyticsResults};
pub use client::{Client, ClientBuilder};
pub use development::Development;
#[cfg(feature = "catalog")]
pub use generated::catalog;
#[cfg(feature = "mocks")]
pub use generated::mocks;
pub use generated::{builder, types};
pub use lookups::Lookups;
pub use region::Region;
pub use roles::Roles;
pub use routing::Routing;
pub use stations::Stations;
pub use users::Users;

#[doc(inline)]
pub use rosterkit_core::client_exports::*;
pub use rosterkit_core::oauth;

/// The names that most programs use: `use genesys_users::prelude::*`.
pub mod prelude {
    pub use rosterkit_core::client_exports::prelude::*;

    pub use crate::{Client, Region};
}
