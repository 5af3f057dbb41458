//! The client, as its users call it.

#![allow(missing_docs, clippy::unwrap_used)]

mod bulk;
mod bulk_dates;
mod bulk_files;
#[cfg(feature = "mocks")]
mod calls;
#[cfg(feature = "catalog")]
mod credentials;
mod fields;
#[cfg(feature = "mocks")]
mod representations;
mod scoped;
mod timestamps;
mod uploads;
mod xml_calls;
mod xml_courses;
mod xml_documents;
mod xml_properties;
mod xml_records;
mod xml_refused;
