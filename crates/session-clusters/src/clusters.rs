//! Session clusters by the time of their creation.

use rosterkit_core::{CallOptions, Error, Response, Timestamp};

use crate::envelope::{accepted, lacks};
use crate::generated::{self, operations::GET_CLUSTERS};
use crate::types::SessionCluster;
use crate::window::Window;

/// The session clusters of the organization, made by [`Client::clusters`](crate::Client::clusters).
///
/// It is one call of `api().get_clusters()`, with the window checked before and the envelope opened after it. The service
/// has no paging here: one answer holds all clusters.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is sent"]
pub struct ListClusters<'a> {
    api: &'a generated::Client,
    window: Window,
    options: CallOptions,
}

impl<'a> ListClusters<'a> {
    pub(crate) fn new(api: &'a generated::Client) -> Self {
        Self { api, window: Window::default(), options: CallOptions::new() }
    }

    /// Only clusters created at this moment or later. Without it, the window has no start.
    pub fn from(mut self, moment: impl TryInto<Timestamp>) -> Self {
        self.window.set_from(moment);
        self
    }

    /// Only clusters created before this moment, which must be later than [`from`](Self::from). Without it, the window
    /// has no end.
    pub fn to(mut self, moment: impl TryInto<Timestamp>) -> Self {
        self.window.set_to(moment);
        self
    }

    /// Sets how this one call is made: retries, timeouts, a request id. The client's settings hold for the rest.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.options = options;
        self
    }

    /// Sends the request.
    ///
    /// # Errors
    /// - `InvalidRequest` before anything is sent, if a bound is no date and time or `to` is not later than `from`;
    /// - `Refused` if the envelope says `success: false` with a status of success;
    /// - `Decode` if it holds no list of clusters;
    /// - those of every call, see [`Error`].
    pub async fn send(self) -> Result<Response<Vec<SessionCluster>>, Error> {
        let bounds = self.window.check(&GET_CLUSTERS)?;
        let mut call = self.api.get_clusters().options(self.options);
        if let Some(from) = bounds.from {
            call = call.from(from.text);
        }
        if let Some(to) = bounds.to {
            call = call.to(to.text);
        }
        let answer = accepted(&GET_CLUSTERS, call.send().await?)?;
        answer.try_map(|envelope| {
            let list = envelope.data.ok_or_else(|| lacks(&GET_CLUSTERS, "data"))?;
            list.items.ok_or_else(|| lacks(&GET_CLUSTERS, "data.items"))
        })
    }
}
