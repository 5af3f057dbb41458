//! The three services in memory, for tests, demos and offline work.
//!
//! A [`Sandbox`] answers HTTP on a free port of this machine, with invented people who are the same for the same seed:
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use rosterkit_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::builder().users(250).seed(7).start().await?;
//! let client = genesys_users::Client::builder()
//!     .base_url(sandbox.genesys_url())
//!     .bearer(sandbox.credentials().genesys_token)
//!     .build()?;
//! let page = client.api().get_users().state("any").page_size(50).send().await?;
//! assert_eq!(page.total, Some(250));
//! assert_eq!(sandbox.requests().genesys, 1);
//! sandbox.stop().await;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | service | URL | what it implements |
//! | --- | --- | --- |
//! | Genesys Cloud | [`genesys_url`](Sandbox::genesys_url) | `getUsers`, `getUser`, `postUsers`, `patchUser`, `deleteUser` |
//! | PeopleFluent LMS | [`lms_url`](Sandbox::lms_url) | `me`, `users`, `records`, `externalTrainingCsv` |
//! | Session clusters | [`sessions_url`](Sandbox::sessions_url) | all five operations |
//!
//! Every other operation of the specs answers 501 and says so. Paths, methods, parameters, media types and
//! authentication are checked by the same catalogs that the clients are generated with.
//!
//! # The people
//! Genesys has all of them, by an id in the form of a UUID. The session service calls that id the remote id; it knows
//! every second person from the start, and has completions of those. The LMS knows them by a login, which is what stands
//! before the `@` of the e-mail address. The data has the usual traps on purpose: one in 20 people is inactive, one in
//! 50 is unknown to the LMS, one in 60 is no person but a shared account whose name is one word, and some names go
//! beyond ASCII. Nobody real is meant.
//!
//! # What stands still
//! The same number of people and the same seed give the same answers to the same requests, on any machine and any day:
//! the sandbox reads no clock and takes the first of January 2025 for now.
//!
//! # Features
//! `cli` and `demo` (both on by default) build the binaries `rosterkit-sandbox` and `rosterkit-demo`. The library needs
//! neither.

mod clock;
mod control;
mod credentials;
mod error;
mod exchange;
mod faults;
mod genesys;
mod http;
mod ident;
mod limit;
mod lms;
mod log;
mod login;
mod people;
mod random;
mod sandbox;
mod server;
mod sessions;
mod state;
mod world;

pub use credentials::Credentials;
pub use error::StartError;
pub use faults::{Fault, FaultError, FaultKind};
pub use log::LoggedRequest;
pub use login::{OAuthClient, Permissions};
pub use sandbox::{MAX_USERS, Requests, Sandbox, SandboxBuilder};
pub use state::StateError;

/// The session service takes a user whose remote id begins with this for one outside of the trusted domains, and refuses
/// it within a batch.
pub const UNTRUSTED: &str = "untrusted-";
