//! What is checked of every operation. Each check returns the number of its cases.

pub mod catalog;
pub mod credentials;
pub mod errors;
pub mod refusals;
pub mod representations;
pub mod requests;
pub mod responses;
pub mod scope;
