//! What a client proves its identity with, where that comes from, and how it is chosen for an operation.

mod connection;
mod credential;
mod set;
mod source;

pub use connection::Connection;
pub use credential::Credential;
pub(crate) use set::{Authorization, Credentials, Given};
pub use source::CredentialSource;
