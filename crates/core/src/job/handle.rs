//! One job.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;

use futures_util::future::{Either, select};
use http::StatusCode;
use tokio::sync::watch;

use super::poll::{End, Progress, poll_noting};
use crate::Error;
use crate::job::{JobCalls, JobError, JobPolicy};
use crate::paging::Pager;

/// One job, made by [`JobCalls::start`] and [`JobCalls::resume`]. Clones are the same job.
///
/// Dropping it leaves the job to the server.
pub struct Job<'a, T, R>(Arc<Inner<'a, T, R>>);

struct Inner<'a, T, R> {
    id: String,
    calls: JobCalls<'a, T, R>,
    cancelled: watch::Sender<bool>,
}

impl<'a, T: 'a, R: 'a> Job<'a, T, R> {
    pub(super) fn new(id: String, calls: JobCalls<'a, T, R>) -> Self {
        Self(Arc::new(Inner { id, calls, cancelled: watch::Sender::new(false) }))
    }

    /// The id under which the service knows the job. Keep it to [resume](JobCalls::resume) the job later.
    pub fn id(&self) -> &str {
        &self.0.id
    }

    /// Waits until the job is done, as the policy of its [`JobCalls`] says. Dropping the future ends the wait.
    ///
    /// # Errors
    /// Those of [`poll`](crate::job::poll), and [`Cancelled`](crate::job::JobErrorKind::Cancelled) after
    /// [`cancel`](Self::cancel). The error holds the id and the state that was seen last.
    pub async fn wait(&self) -> Result<T, JobError> {
        self.wait_as(&self.0.calls.policy).await
    }

    /// Waits until the job is done, as this policy says. For the rest, see [`wait`](Self::wait).
    ///
    /// # Errors
    /// As [`wait`](Self::wait).
    pub async fn wait_as(&self, policy: &JobPolicy) -> Result<T, JobError> {
        let mut progress = Progress::default();
        let result = {
            let mut cancelled = self.0.cancelled.subscribe();
            let cancelled = pin!(async move { cancelled.wait_for(|is_cancelled| *is_cancelled).await.is_ok() });
            let check = || (self.0.calls.check)(self.0.id.clone());
            let polled = pin!(poll_noting(policy, check, &mut progress));
            // The sender lives as long as this borrow, so that only a cancellation ends the first.
            match select(cancelled, polled).await {
                Either::Left(_) => Err(End::Cancelled),
                Either::Right((result, _)) => result,
            }
        };
        result.map_err(|end| progress.error(end).of(self.id()))
    }

    /// Ends all waits for this job and its clones, present and future ones. The job itself goes on;
    /// [resume](JobCalls::resume) it to wait again.
    pub fn cancel(&self) {
        self.0.cancelled.send_replace(true);
    }

    /// Ends all waits like [`cancel`](Self::cancel), and deletes the job on the server.
    ///
    /// # Errors
    /// As [`delete`](Self::delete). The waits have ended nevertheless.
    pub async fn cancel_and_delete(&self) -> Result<(), Error> {
        self.cancel();
        self.delete().await
    }

    /// Deletes the job on the server, with its results. A job that is not there any more is as good as deleted.
    ///
    /// # Errors
    /// Those of the request, or [`Configuration`](crate::ErrorKind::Configuration) if the API cannot delete such jobs.
    pub async fn delete(&self) -> Result<(), Error> {
        let delete = self.0.calls.delete.as_ref();
        let delete = delete.ok_or_else(|| Error::configuration("the API has no operation that deletes such a job"))?;
        match delete(self.0.id.clone()).await {
            Err(error) if matches!(error.status(), Some(StatusCode::NOT_FOUND | StatusCode::GONE)) => Ok(()),
            result => result,
        }
    }

    /// The results. [Wait](Self::wait) for the job first: what the service responses before is its own affair.
    pub fn results(&self) -> Pager<'a, R> {
        (self.0.calls.results)(self.0.id.clone())
    }
}

impl<T, R> Clone for Job<'_, T, R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T, R> fmt::Debug for Job<'_, T, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Job")
            .field("id", &self.0.id)
            .field("is_cancelled", &*self.0.cancelled.borrow())
            .field("calls", &self.0.calls)
            .finish()
    }
}
