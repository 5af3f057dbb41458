//! The client, as its users call it.

#![allow(missing_docs, clippy::unwrap_used)]

#[cfg(feature = "bulk")]
mod bulk;
#[cfg(feature = "bulk")]
mod bulk_dates;
#[cfg(feature = "bulk")]
mod bulk_files;
#[cfg(all(feature = "mocks", feature = "xml"))]
mod calls;
#[cfg(feature = "catalog")]
mod credentials;
#[cfg(all(feature = "bulk", feature = "xml"))]
mod examples;
mod fields;
#[cfg(all(feature = "feeds", feature = "mocks"))]
mod representations;
mod scoped;
mod timestamps;
mod uploads;
#[cfg(feature = "xml")]
mod xml_calls;
#[cfg(feature = "xml")]
mod xml_courses;
#[cfg(feature = "xml")]
mod xml_documents;
#[cfg(feature = "xml")]
mod xml_properties;
#[cfg(feature = "xml")]
mod xml_records;
#[cfg(feature = "xml")]
mod xml_refused;

/// A client of the server with the credentials of a user and of the system.
fn client(server: &httpmock::MockServer) -> peoplefluent_lms::Client {
    let builder = peoplefluent_lms::Client::builder().base_url(server.url("/ekp/"));
    builder.user("m.sample", "password").system_key("the key").build().expect("a client")
}
