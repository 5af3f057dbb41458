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
//! println!("signed in as {}", me.id.as_deref().unwrap_or("(no id)"));
//! let records = client.api().records().on_behalf_of("a.roe").send().await?.into_inner();
//! println!("{}", records.text().await?);
//! # Ok(())
//! # }
//! ```
//!
//! [`Client::api`] reaches every function. One client can hold a user's credentials and the site's system key; each
//! function is sent the one that it takes. No cookie is kept between calls.
//!
//! # Features
//!
//! - `catalog`: every function's parameters, media types and limits as data, and calls by operation id;
//! - `mocks`: typed httpmock helpers for your own tests.

mod client;
pub mod feeds;
mod verbs;
#[rustfmt::skip]
pub mod generated;
pub mod xml;

pub use client::{Client, ClientBuilder};
#[cfg(feature = "catalog")]
pub use generated::catalog;
#[cfg(feature = "mocks")]
pub use generated::mocks;
pub use generated::{builder, types};
#[cfg(feature = "catalog")]
pub use rosterkit_core::dispatch;
pub use rosterkit_core::{
    Body, CallOptions, Credential, Date, Decimal, Error, ErrorKind, FilePart, Response, RetryPolicy, SaveOptions,
    Saved, SecretString, Timestamp, Transport, TransportBuilder, bytes, chrono,
};
pub use verbs::{
    Approvals, CertificateFile, Certificates, Decision, Enrollments, Group, Member, MemberOutcome, PersonHistory,
    RawAnswer, Team, Verb,
};
