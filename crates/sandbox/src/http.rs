//! From an HTTP request to an answer, for any service.
//!
//! A request passes, in this order: body limit → faults and rate limit → route → authentication → permissions → media
//! type and parameters → JSON body → handler, or the example answer of an operation that keeps no state. Each step
//! refuses with an [`Error`], which the service renders in its own shape.

mod call;
mod check;
mod error;
mod form;
mod query;
mod reply;
mod routes;
mod sample;
mod service;

pub(crate) use call::{Call, Caller, Incoming, Window};
pub(crate) use error::Error;
pub(crate) use form::{File, Form};
pub(crate) use query::{Pairs, encode};
pub(crate) use reply::Reply;
pub(crate) use service::{Endpoint, Found, Handler, Service, ServiceEndpoint};
