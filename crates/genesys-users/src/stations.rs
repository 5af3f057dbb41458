//! Stations of a user: phones that calls go to.

use rosterkit_core::Error;

use crate::conflict;
use crate::generated::Client;
use crate::types::UserStations;

/// The stations of a user; made by [`Client::stations`](crate::Client::stations).
///
/// The changes carry no version: after a conflict with another change they are sent again, as
/// [`RetryPolicy`](crate::RetryPolicy#conflicts) says. The service makes them after its response, so that
/// [`get`](Self::get) may show the earlier state for a while.
#[derive(Clone, Debug)]
pub struct Stations {
    api: Client,
    user_id: String,
}

impl Stations {
    pub(crate) fn new(api: Client, user_id: String) -> Self {
        Self { api, user_id }
    }

    /// Reads the stations: `getUserStation`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn get(&self) -> Result<UserStations, Error> {
        Ok(self.api.get_user_station().user_id(self.user_id.clone()).send().await?.into_inner())
    }

    /// Gives the user a station to use: `putUserStationAssociatedstationStationId`.
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::Error> {
    /// client.stations("user id").associate("station id").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the call; status 400 while somebody else has the station: [`disassociate`](Self::disassociate) frees it.
    pub async fn associate(&self, station_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.put_user_station_associatedstation_station_id().user_id(self.user_id.clone());
        call.station_id(station_id).options(conflict::repeated()).send().await.map(drop)
    }

    /// Takes the station in use from the user: `deleteUserStationAssociatedstation`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn disassociate(&self) -> Result<(), Error> {
        let call = self.api.delete_user_station_associatedstation().user_id(self.user_id.clone());
        call.options(conflict::repeated()).send().await.map(drop)
    }

    /// Sets the default station: `putUserStationDefaultstationStationId`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn set_default(&self, station_id: impl Into<String>) -> Result<(), Error> {
        let call = self.api.put_user_station_defaultstation_station_id().user_id(self.user_id.clone());
        call.station_id(station_id).options(conflict::repeated()).send().await.map(drop)
    }

    /// Removes the default station: `deleteUserStationDefaultstation`.
    ///
    /// # Errors
    /// Those of the call.
    pub async fn clear_default(&self) -> Result<(), Error> {
        let call = self.api.delete_user_station_defaultstation().user_id(self.user_id.clone());
        call.options(conflict::repeated()).send().await.map(drop)
    }
}
