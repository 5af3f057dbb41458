//! What a client proves its identity with, where that comes from, and how it is chosen for an operation.

mod chosen;
mod connection;
mod credential;
mod source;

pub(crate) use chosen::{Authorization, Credentials, Given};
pub use connection::Connection;
pub use credential::Credential;
pub use source::CredentialSource;
