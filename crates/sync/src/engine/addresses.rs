//! A state file belongs to the services at certain addresses: at others, everybody would be new, or would have left.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::json;

use super::{Engine, Error};
use crate::state::{StateError, meta};

const KEY: &str = "addresses";

impl Engine {
    /// Refuses to go on if a plan was applied to a service at another address.
    pub(super) async fn check_addresses(&self) -> Result<(), Error> {
        let known = self.state.call(|connection| known(connection)).await?;
        for (service, address) in self.services.addresses() {
            if let Some(other) = known.get(service).filter(|known| **known != address) {
                return Err(Error::Refused(format!(
                    "the state file belongs to {service} at {other}, not at {address}: use the profile or the state file that fits, \
                     or --accept-addresses if it is the same service at a new address"
                )));
            }
        }
        Ok(())
    }

    /// Takes the addresses of the services as those of the state file.
    ///
    /// # Errors
    /// If the state file fails.
    pub async fn accept_addresses(&self) -> Result<(), Error> {
        let addresses = self.services.addresses();
        let keep = move |connection: &mut Connection| {
            let mut known = known(connection)?;
            known.extend(addresses.into_iter().map(|(service, address)| (service.to_owned(), address)));
            meta::set(connection, KEY, &json!(known).to_string())
        };
        Ok(self.state.call(keep).await?)
    }
}

/// The address of each service of which something was applied.
fn known(connection: &Connection) -> Result<BTreeMap<String, String>, StateError> {
    let Some(text) = meta::get(connection, KEY)? else { return Ok(BTreeMap::new()) };
    serde_json::from_str(&text).map_err(|_| StateError::NoSuchRow { what: "list of addresses" })
}
