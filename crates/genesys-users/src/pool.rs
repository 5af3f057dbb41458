//! Calls that belong together, on one of several OAuth clients.

use crate::generated;

/// The operations with all calls on one client of a pool.
pub(crate) fn kept(api: &generated::Client) -> generated::Client {
    generated::Client::new(api.transport().keep_client())
}
