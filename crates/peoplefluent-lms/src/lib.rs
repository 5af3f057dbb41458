//! Typed client for the PeopleFluent LMS Legacy API: enrollments, training records, catalog, news, people, reports and
//! bulk files.
//!
//! ```no_run
//! use peoplefluent_lms::{Client, Error};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Error> {
//!     // Or Client::builder().base_url("https://www.example.com/ekp/").user("j.doe", password).build()?
//!     let client = Client::from_env()?;
//!     let me = client.api().me().send_json().await?.into_inner();
//!     println!("signed in as {}", me.id.as_deref().unwrap_or("(no id)"));
//!
//!     let history = client.api().records().send_document().await?.into_inner();
//!     println!("{} records", history.training_record.map_or(0, |records| records.len()));
//!     Ok(())
//! }
//! ```
//!
//! # Try it
//! The program runs without an account against the sandbox of the command line `rosterkit`:
//!
//! ```sh
//! rosterkit sandbox --port 4010 &
//! export LMS_BASE_URL=http://127.0.0.1:4010/ekp LMS_ACCESS_TOKEN=sandbox-lms-token LMS_SYSTEM_KEY=sandbox-system-key
//! cargo run
//! ```
//!
//! A test starts a sandbox of its own with the crate `rosterkit-sandbox`, as the examples do:
//!
//! | example | shows |
//! | --- | --- |
//! | `external_training` | a bulk file, with an outcome for each row, and the training history that results |
//! | `enrollments` | enrolling somebody else, and what a refusal is |
//!
//! `cargo run -p peoplefluent-lms --example external_training` runs the first. The example `mocks` of `genesys-users` shows
//! typed mocks, which are alike in all clients.
//!
//! # Modules and types
//! | task | use |
//! | --- | --- |
//! | connect: a user's credentials, the system key, environment variables | [`Client`], [`ClientBuilder`] |
//! | call any function | [`Client::api`], with the builders of [`builder`] and the data types of [`types`] |
//! | act for another user, or in one assignment | [`Client::on_behalf_of`], [`Client::assignment`] |
//! | enroll, record launches, approve, deny | [`Client::enrollments`], [`Client::approvals`] |
//! | groups, certificates, a team's training histories | [`Client::group`], [`Client::certificates`], [`Client::team`] |
//! | select the fields that a function returns | [`FieldSelector`] |
//! | JSON in a type of your own | `send_json_as` of each function that returns JSON |
//! | go on after a person who cannot be read | `api().users().send_json_as::<ReadableUsers>()`: see [`ReadableUsers`] |
//! | documents in XML, also very large ones | [`xml`] |
//! | bulk files of training records and external training, with an outcome for each row | [`bulk`], [`Client::bulk`] |
//! | news and forum feeds | [`feeds`] |
//! | certificates, packages, reports as files | [`Body::save_to`], [`Body::save_into`], [`Body::write_to`] |
//!
//! One client can hold a user's credentials and the site's system key; each function is sent the one that it takes, and a
//! function whose credential is missing is not called. No cookie is kept between calls.
//!
//! An HTML page, such as a login or error page, is an error of kind
//! [`UnexpectedMediaType`](ErrorKind::UnexpectedMediaType) where data is expected, whatever its `Content-Type` is. Functions
//! with any or an undocumented representation (such as `batchReport` and `resource`) return what they receive;
//! [`Body::expect_data`] rejects HTML pages there, and the methods above do so already.
//!
//! # Features
//! On by default:
//! - `xml`: documents in XML, and the methods whose responses can be XML: enrollments, groups, certificates and teams;
//! - `bulk`: CSV files of training records;
//! - `feeds`: news and forum feeds; needs `xml`;
//! - `files`: response bodies into files; part of `xml` and `bulk`.
//!
//! Off by default:
//! - `catalog`: every function's parameters, media types and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod approvals;
#[cfg(feature = "bulk")]
pub mod bulk;
mod call;
#[cfg(feature = "xml")]
mod certificates;
mod client;
#[cfg(feature = "xml")]
mod each;
#[cfg(feature = "xml")]
mod enrollments;
#[cfg(feature = "feeds")]
pub mod feeds;
mod fields;
#[rustfmt::skip]
pub mod generated;
#[cfg(feature = "xml")]
mod groups;
#[cfg(feature = "xml")]
mod ids;
#[cfg(feature = "xml")]
mod raw_response;
mod readable_users;
pub mod refusal;
#[cfg(feature = "xml")]
mod team;
#[cfg(feature = "xml")]
pub mod xml;

pub use approvals::{Approvals, Decision};
pub use call::Call;
#[cfg(feature = "xml")]
pub use certificates::{CertificateFile, Certificates};
pub use client::{Client, ClientBuilder};
#[cfg(feature = "xml")]
pub use enrollments::Enrollments;
pub use fields::{FieldSelector, FieldSelectorBuilder, FieldSelectorError};
#[cfg(feature = "catalog")]
pub use generated::catalog;
#[cfg(feature = "mocks")]
pub use generated::mocks;
pub use generated::{builder, types};
#[cfg(feature = "xml")]
pub use groups::{Group, Member};
#[cfg(feature = "xml")]
pub use raw_response::RawResponse;
pub use readable_users::ReadableUsers;
#[doc(inline)]
pub use rosterkit_core::client_exports::*;
#[cfg(feature = "files")]
pub use rosterkit_core::{SaveOptions, Saved};
#[cfg(feature = "xml")]
pub use team::{PersonHistory, Team};

/// The names that most programs use: `use peoplefluent_lms::prelude::*`.
pub mod prelude {
    pub use rosterkit_core::client_exports::prelude::*;

    #[cfg(feature = "files")]
    pub use crate::SaveOptions;
    #[cfg(feature = "feeds")]
    pub use crate::feeds::FeedResponse as _;
    #[cfg(feature = "xml")]
    pub use crate::xml::FromXml as _;
    pub use crate::{Body, Client};
}
