//! Typed client for the PeopleFluent LMS Legacy API: enrollments, training records, catalog, news, people, reports and
//! bulk files.
//!
//! ```no_run
//! # async fn run(password: String) -> Result<(), peoplefluent_lms::Error> {
//! let client = peoplefluent_lms::Client::builder()
//!     .base_url("https://www.example.com/ekp/")
//!     .user("j.doe", password)
//!     .build()?;
//! let me = client.api().me().send_json().await?;
//! println!("signed in as {}", me.get().id.as_deref().unwrap_or("(no id)"));
//!
//! let roe = client.on_behalf_of("a.roe");
//! let history = roe.api().records().send_document().await?;
//! println!("{} records", history.get().training_record.as_ref().map_or(0, Vec::len));
//! roe.enrollments().enroll("M-100").send().await?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::api`] reaches every function. One client can hold a user's credentials and the site's system key; each
//! function is sent the one that it takes, and a function whose credential is missing is not called. No cookie is kept
//! between calls.
//!
//! | what | how |
//! | --- | --- |
//! | act for another user, or in one assignment | [`Client::on_behalf_of`], [`Client::assignment`] |
//! | enroll, launch, approve, deny | [`Client::enrollments`], [`Client::approvals`] |
//! | groups, certificates, a team's history | [`Client::group`], [`Client::certificates`], [`Client::team`] |
//! | JSON in a type of your own | `send_json_as` of each function that answers with JSON |
//! | documents in XML, also very large ones | [`xml`] |
//! | news and forum feeds | [`feeds`] |
//! | certificates, packages, reports as files | [`Body::save_to`], [`Body::save_into`], [`Body::write_to`] |
//!
//! An HTML login or error page is no answer where data is expected: it is an error of kind
//! [`UnexpectedMediaType`](ErrorKind::UnexpectedMediaType) that says so, even if the site calls it something else. The
//! functions that may answer with anything (`batchReport`, `resource`, and those whose representation is not documented)
//! give out what comes; [`Body::expect_data`] refuses pages there, as the verbs do.
//!
//! # Features
//!
//! On by default:
//! - `xml`: documents in XML, and the methods whose responses can be XML: enrollments, groups, certificates and teams;
//! - `bulk`: CSV files of training records;
//! - `feeds`: news and forum feeds; needs `xml`;
//! - `files`: response bodies into files; part of `xml` and `bulk`.
//!
//! Off by default:
//! - `catalog`: every function's parameters, media types and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

mod approvals;
#[cfg(feature = "bulk")]
pub mod bulk;
mod call;
#[cfg(feature = "xml")]
mod certificates;
mod client;
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
pub use groups::{Group, Member, MemberOutcome};
#[cfg(feature = "xml")]
pub use raw_response::{RawResponse, Refusal};
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
