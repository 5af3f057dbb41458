//! From an HTTP request to a response, for any service.
//!
//! A request passes, in this order: body limit → faults and rate limit → route → authentication → permissions → media
//! type and parameters → JSON body → handler, or the example response of an operation without state. Each step
//! can fail with an [`Error`], which the service renders in its own format.

mod call;
mod check;
mod error;
mod form;
mod open;
mod query;
mod reply;
mod routes;
mod sample;
mod service;

pub(crate) use call::{Call, Caller, Incoming, Window};
pub(crate) use error::Error;
pub(crate) use form::{File, Form};
pub(crate) use open::read_texts;
pub(crate) use query::{Pairs, encode};
pub(crate) use reply::Reply;
pub(crate) use service::{Endpoint, Found, Handler, Service, ServiceEndpoint};
