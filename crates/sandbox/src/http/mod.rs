//! From an HTTP request to an answer, for any service.
//!
//! A request passes, in this order: body limit → faults and rate limit → route → authentication → permissions → media
//! type and parameters → JSON body → handler, or the example answer of an operation that keeps no state. Each step
//! refuses with a [`Failure`], which the service renders in its own shape.

mod arguments;
mod call;
mod check;
mod failure;
mod form;
mod mount;
mod reply;
mod routes;
mod sample;

pub(crate) use arguments::{Pairs, encode};
pub(crate) use call::{Call, Caller, Incoming, Window};
pub(crate) use failure::Failure;
pub(crate) use form::{File, Form};
pub(crate) use mount::{Endpoint, Found, Handler, Mount, Service};
pub(crate) use reply::Reply;
