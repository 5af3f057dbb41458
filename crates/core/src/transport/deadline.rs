//! Time limits of calls and attempts, as the instants at which they end.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::Route;
use crate::{Error, ErrorKind};

/// The instant at which something is given up; `None` is never.
pub(super) type Deadline = Option<Instant>;

/// The deadline after a time from now, or an earlier one.
pub(super) fn after(limit: Duration, other: Deadline) -> Deadline {
    // A limit beyond the range of the clock does not apply.
    Instant::now().checked_add(limit).into_iter().chain(other).min()
}

/// Runs a future until the deadline.
pub(super) async fn within<T>(deadline: Deadline, route: &Route, future: impl Future<Output = T>) -> Result<T, Error> {
    let Some(deadline) = deadline else { return Ok(future.await) };
    let late = |_| Error::new(ErrorKind::Timeout, "no complete response within the time limit").at(route);
    timeout_at(deadline, future).await.map_err(late)
}
