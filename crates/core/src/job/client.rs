//! The operations that a kind of job is made of.

use std::fmt;
use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::Error;
use crate::job::{Job, JobPolicy, JobState};
use crate::paging::Pager;

/// The operations that a kind of job is made of; see the [module](crate::job).
///
/// `T` is what the service says about a job that is done, `R` an item of its results. Clones are cheap.
pub struct JobCalls<'a, T, R> {
    pub(super) check: Arc<Check<'a, T>>,
    pub(super) results: Arc<dyn Fn(String) -> Pager<'a, R> + Send + Sync + 'a>,
    pub(super) delete: Option<Arc<Delete<'a>>>,
    pub(super) policy: JobPolicy,
}

type Check<'a, T> = dyn Fn(String) -> BoxFuture<'a, Result<JobState<T>, Error>> + Send + Sync + 'a;
type Delete<'a> = dyn Fn(String) -> BoxFuture<'a, Result<(), Error>> + Send + Sync + 'a;

impl<'a, T: 'a, R: 'a> JobCalls<'a, T, R> {
    /// Jobs whose state `check` reads and whose results `results` lists, each given the job's id.
    pub fn new<F>(
        check: impl Fn(String) -> F + Send + Sync + 'a,
        results: impl Fn(String) -> Pager<'a, R> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<JobState<T>, Error>> + Send + 'a,
    {
        Self {
            check: Arc::new(move |id| check(id).boxed()),
            results: Arc::new(results),
            delete: None,
            policy: JobPolicy::default(),
        }
    }

    /// Says how a job is deleted on the server, given its id.
    pub fn with_delete<F>(mut self, delete: impl Fn(String) -> F + Send + Sync + 'a) -> Self
    where
        F: Future<Output = Result<(), Error>> + Send + 'a,
    {
        self.delete = Some(Arc::new(move |id| delete(id).boxed()));
        self
    }

    /// How often a job is asked about, and for how long.
    pub fn with_policy(mut self, policy: JobPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Starts a job. `start` sends the request and takes the job's id out of the response.
    ///
    /// # Errors
    /// Those of `start`. After one that is not [retryable](Error::is_retryable), such as a timeout, a job may run whose
    /// id is not known.
    pub async fn start(&self, start: impl Future<Output = Result<String, Error>>) -> Result<Job<'a, T, R>, Error> {
        Ok(self.resume(start.await?))
    }

    /// Picks up a job that was started before, in this process or another. Nothing is sent.
    pub fn resume(&self, id: impl Into<String>) -> Job<'a, T, R> {
        Job::new(id.into(), self.clone())
    }
}

impl<T, R> Clone for JobCalls<'_, T, R> {
    fn clone(&self) -> Self {
        Self {
            check: Arc::clone(&self.check),
            results: Arc::clone(&self.results),
            delete: self.delete.clone(),
            policy: self.policy.clone(),
        }
    }
}

impl<T, R> fmt::Debug for JobCalls<'_, T, R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("JobCalls")
            .field("can_delete", &self.delete.is_some())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
