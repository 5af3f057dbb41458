//! Session clusters, by their creation time.

use rosterkit_core::{CallOptions, Error, ReadableItems, Response, Timestamp};

use crate::Client;
use crate::envelope::{EnvelopeOf, accepted, lacks};
use crate::generated::{builder::GetClusters, operations::GET_CLUSTERS};
use crate::types::SessionCluster;
use crate::window::Window;

/// The session clusters of the organization; made by [`Client::clusters`].
///
/// It is one call of `api().get_clusters()`, with the window checked before and the envelope opened after it. The service
/// has no paging here: one response holds all clusters.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it is sent"]
pub struct ListClusters {
    call: GetClusters,
    window: Window,
}

impl Client {
    /// Lists the session clusters, by their creation time.
    pub fn clusters(&self) -> ListClusters {
        ListClusters { call: self.api().get_clusters(), window: Window::default() }
    }
}

impl ListClusters {
    /// Lists only clusters created at this time or later. Without it, the window has no start.
    pub fn from(mut self, start: impl TryInto<Timestamp>) -> Self {
        self.window.set_from(start);
        self
    }

    /// Lists only clusters created before this time, which must be later than [`from`](Self::from). Without it, the window
    /// has no end.
    pub fn to(mut self, end: impl TryInto<Timestamp>) -> Self {
        self.window.set_to(end);
        self
    }

    /// Sets options of this call: retries, timeouts, a request id. The client's settings hold for the rest.
    pub fn options(mut self, options: CallOptions) -> Self {
        self.call = self.call.options(options);
        self
    }

    /// Sends the request.
    ///
    /// # Errors
    /// - `InvalidRequest` before anything is sent, if a bound is not a date-time or `to` is not later than `from`;
    /// - `Refused` if the envelope says `success: false` with a status of success;
    /// - `Decode` if it holds no list of clusters;
    /// - those of every call, see [`Error`].
    pub async fn send(self) -> Result<Response<Vec<SessionCluster>>, Error> {
        let response = accepted(&GET_CLUSTERS, self.checked()?.send().await?)?;
        response.try_map(|envelope| {
            let list = envelope.data.ok_or_else(|| lacks(&GET_CLUSTERS, "data"))?;
            list.items.ok_or_else(|| lacks(&GET_CLUSTERS, "data.items"))
        })
    }

    /// Sends the request, and leaves out clusters that cannot be read. By [`send`](Self::send), one of them makes the whole
    /// response an error.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// # let sandbox = rosterkit_sandbox::Sandbox::builder().start().await?;
    /// # let client = session_clusters::Client::builder()
    /// #     .base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key).build()?;
    /// let clusters = client.clusters().send_skip_unreadable().await?.into_inner();
    /// println!("{} clusters, {} left out", clusters.items.len(), clusters.unreadable.len());
    /// # assert!(!clusters.items.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Those of [`send`](Self::send), but for a cluster that cannot be read.
    pub async fn send_skip_unreadable(self) -> Result<Response<ReadableItems<SessionCluster>>, Error> {
        let response = self.checked()?.send_as::<EnvelopeOf<ReadableList>>().await?;
        accepted(&GET_CLUSTERS, response)?.try_map(|envelope| {
            let list = envelope.data.ok_or_else(|| lacks(&GET_CLUSTERS, "data"))?;
            list.items.ok_or_else(|| lacks(&GET_CLUSTERS, "data.items"))
        })
    }

    /// The call with the bounds of the window.
    fn checked(self) -> Result<GetClusters, Error> {
        let bounds = self.window.check(&GET_CLUSTERS)?;
        let call = bounds.from.into_iter().fold(self.call, |call, from| call.from(from.text));
        Ok(bounds.to.into_iter().fold(call, |call, to| call.to(to.text)))
    }
}

/// The clusters of a response that can be read.
#[derive(Debug, serde::Deserialize)]
struct ReadableList {
    items: Option<ReadableItems<SessionCluster>>,
}
