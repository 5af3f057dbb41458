//! Analytics: queries whose results are streamed.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use futures_util::{StreamExt as _, stream};
use rosterkit_core::job::{Job, JobCalls, JobError, JobPolicy, JobState};
use rosterkit_core::paging::{Items, PagingError};
use rosterkit_core::{BoxFuture, Error, Operation, Response};

use crate::generated::{Client, operations};
use crate::types::{
    AnalyticsUserDetail, AsyncQueryResponse, AsyncQueryState, AsyncQueryStatus, AsyncUserDetailsQuery,
    UserAggregateDataContainer, UserAsyncAggregationQuery,
};

/// The operations of one kind of analytics job; see [`job`](crate::job).
pub type AnalyticsJobs<R> = JobCalls<'static, AsyncQueryStatus, R>;

/// Queries that the service runs as jobs; made by [`Client::analytics`](crate::Client::analytics).
///
/// ```no_run
/// # async fn run(client: genesys_users::Client) -> Result<(), genesys_users::AnalyticsError> {
/// use genesys_users::types::AsyncUserDetailsQuery;
///
/// let query = AsyncUserDetailsQuery {
///     interval: Some("2026-01-01T00:00:00Z/2026-02-01T00:00:00Z".to_owned()),
///     ..Default::default()
/// };
/// let mut details = client.analytics().details(query);
/// while let Some(detail) = details.next().await {
///     println!("{:?}", detail?.user_id);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Analytics {
    api: Client,
}

impl Analytics {
    pub(crate) fn new(api: Client) -> Self {
        Self { api }
    }

    /// The presences and routing statuses of users over an interval, as a stream. It calls
    /// `postAnalyticsUsersDetailsJobs`, then `getAnalyticsUsersDetailsJob` until the job is done (waits of 1 s to 30 s,
    /// for up to 10 minutes, or by [another policy](AnalyticsResults::policy)), then
    /// `getAnalyticsUsersDetailsJobResults` page by page, and at the end `deleteAnalyticsUsersDetailsJob`.
    /// [`details_jobs`](Self::details_jobs) keeps the job.
    pub fn details(&self, query: AsyncUserDetailsQuery) -> AnalyticsResults<AnalyticsUserDetail> {
        let (this, jobs) = (self.clone(), self.details_jobs());
        AnalyticsResults::new(async move { jobs.start(this.start_details(query)).await })
    }

    /// Starts a details job and returns its id, for [`details_jobs`](Self::details_jobs): `postAnalyticsUsersDetailsJobs`.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no id.
    pub async fn start_details(&self, query: AsyncUserDetailsQuery) -> Result<String, Error> {
        let response = self.api.post_analytics_users_details_jobs().body(query).send().await?;
        id_of(response, &operations::POST_ANALYTICS_USERS_DETAILS_JOBS)
    }

    /// The operations of details jobs, to start one, to resume one by its id, or to change the policy for waiting.
    pub fn details_jobs(&self) -> AnalyticsJobs<AnalyticsUserDetail> {
        let (state, results, delete) = (self.api.clone(), self.api.clone(), self.api.clone());
        JobCalls::new(
            move |id: String| {
                let call = state.get_analytics_users_details_job().job_id(id);
                async move { Ok(state_of(call.send().await?.into_inner())) }
            },
            move |id: String| results.get_analytics_users_details_job_results().job_id(id).pager(),
        )
        .with_delete(move |id: String| {
            let call = delete.delete_analytics_users_details_job().job_id(id);
            async move { call.send().await.map(drop) }
        })
    }

    /// Aggregated presence and routing status of users, as a stream. It calls `postAnalyticsUsersAggregatesJobs`, then
    /// `getAnalyticsUsersAggregatesJob` until the job is done (waits of 1 s to 30 s, for up to 10 minutes, or by
    /// [another policy](AnalyticsResults::policy)), then `getAnalyticsUsersAggregatesJobResults` page by page, and at the
    /// end `deleteAnalyticsUsersAggregatesJob`. [`aggregates_jobs`](Self::aggregates_jobs) keeps the job.
    pub fn aggregates(&self, query: UserAsyncAggregationQuery) -> AnalyticsResults<UserAggregateDataContainer> {
        let (this, jobs) = (self.clone(), self.aggregates_jobs());
        AnalyticsResults::new(async move { jobs.start(this.start_aggregates(query)).await })
    }

    /// Starts an aggregates job and returns its id, for [`aggregates_jobs`](Self::aggregates_jobs): `postAnalyticsUsersAggregatesJobs`.
    ///
    /// # Errors
    /// Those of the call; `ErrorKind::Decode` if the response has no id.
    pub async fn start_aggregates(&self, query: UserAsyncAggregationQuery) -> Result<String, Error> {
        let response = self.api.post_analytics_users_aggregates_jobs().body(query).send().await?;
        id_of(response, &operations::POST_ANALYTICS_USERS_AGGREGATES_JOBS)
    }

    /// The operations of aggregates jobs, to start one, to resume one by its id, or to change the policy for waiting.
    pub fn aggregates_jobs(&self) -> AnalyticsJobs<UserAggregateDataContainer> {
        let (state, results, delete) = (self.api.clone(), self.api.clone(), self.api.clone());
        JobCalls::new(
            move |id: String| {
                let call = state.get_analytics_users_aggregates_job().job_id(id);
                async move { Ok(state_of(call.send().await?.into_inner())) }
            },
            move |id: String| results.get_analytics_users_aggregates_job_results().job_id(id).pager(),
        )
        .with_delete(move |id: String| {
            let call = delete.delete_analytics_users_aggregates_job().job_id(id);
            async move { call.send().await.map(drop) }
        })
    }
}

fn id_of(response: Response<AsyncQueryResponse>, operation: &'static Operation) -> Result<String, Error> {
    response.require(operation, "the response has no job id", |job| job.job_id.filter(|id| !id.is_empty()))
}

/// An unknown state counts as running: the deadline ends the wait.
fn state_of(status: AsyncQueryStatus) -> JobState<AsyncQueryStatus> {
    match status.state.clone() {
        Some(AsyncQueryState::Fulfilled) => JobState::Done(status),
        Some(state @ (AsyncQueryState::Failed | AsyncQueryState::Cancelled | AsyncQueryState::Expired)) => {
            JobState::failed(state, status.error_message)
        }
        Some(state) => JobState::running(state),
        None => JobState::running("UNKNOWN"),
    }
}

/// Why the results of an analytics query ended early, by step.
#[derive(Debug)]
#[non_exhaustive]
pub enum AnalyticsError {
    /// The job could not be started.
    Start(Error),
    /// The job did not complete. Resume it with [`JobError::id`].
    Job(JobError),
    /// A page of results could not be read. The error holds the position to resume at, in the job of
    /// [`AnalyticsResults::job_id`].
    Results(PagingError),
    /// All results were read, but the job could not be deleted. It expires on the server.
    Delete(Error),
}

impl fmt::Display for AnalyticsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(error) => write!(formatter, "the job could not be started: {error}"),
            Self::Job(error) => error.fmt(formatter),
            Self::Results(error) => error.fmt(formatter),
            Self::Delete(error) => write!(formatter, "the job could not be deleted: {error}"),
        }
    }
}

impl std::error::Error for AnalyticsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match self {
            Self::Start(error) | Self::Delete(error) => error,
            Self::Job(error) => error,
            Self::Results(error) => error,
        })
    }
}

/// The results of an analytics query; made by [`Analytics::details`] and [`Analytics::aggregates`].
///
/// Nothing is sent before it is polled. After an error, or if the stream is dropped before its end, the job stays on the
/// server and can be resumed by its [id](Self::job_id).
#[must_use = "streams do nothing unless polled"]
pub struct AnalyticsResults<R> {
    /// Taken on the first poll.
    start: Option<Start<R>>,
    policy: JobPolicy,
    /// Set when the job has started.
    job_id: Arc<OnceLock<String>>,
    results: BoxStream<'static, Result<R, AnalyticsError>>,
}

type Start<R> = BoxFuture<'static, Result<Job<'static, AsyncQueryStatus, R>, Error>>;

/// The progress of a query.
enum Step<R> {
    Start(Start<R>, JobPolicy, Arc<OnceLock<String>>),
    Read(Job<'static, AsyncQueryStatus, R>, Box<Items<'static, R>>),
    End,
}

impl<R: Send + 'static> AnalyticsResults<R> {
    fn new(start: impl Future<Output = Result<Job<'static, AsyncQueryStatus, R>, Error>> + Send + 'static) -> Self {
        let (policy, results) = (JobPolicy::default(), stream::empty().boxed());
        Self { start: Some(Box::pin(start)), policy, job_id: Arc::default(), results }
    }

    /// Waits for the job by this policy. Default: [`JobPolicy::default`]. It has no effect once the stream was polled.
    ///
    /// ```
    /// # use genesys_users::{Client, types::AsyncUserDetailsQuery};
    /// use std::time::Duration;
    /// use genesys_users::job::JobPolicy;
    ///
    /// # fn nightly(client: &Client, query: AsyncUserDetailsQuery) {
    /// let patient = JobPolicy::default().with_longest_wait(Duration::from_secs(60)).without_deadline();
    /// let details = client.analytics().details(query).policy(patient);
    /// # let _ = details;
    /// # }
    /// ```
    pub fn policy(mut self, policy: JobPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// The id of the job; `None` before it was started. After an error, or in another process,
    /// [`details_jobs`](Analytics::details_jobs) and [`aggregates_jobs`](Analytics::aggregates_jobs) resume it:
    ///
    /// ```no_run
    /// # async fn run(client: genesys_users::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use genesys_users::{AnalyticsError, types::AsyncUserDetailsQuery};
    ///
    /// let mut details = client.analytics().details(AsyncUserDetailsQuery::default());
    /// while let Some(detail) = details.next().await {
    ///     match (detail, details.job_id()) {
    ///         (Err(AnalyticsError::Results(error)), Some(id)) if error.is_retryable() => {
    ///             let job = client.analytics().details_jobs().resume(id);
    ///             let mut rest = job.results().resume(&error).items();
    ///             // …
    ///         }
    ///         (detail, _) => println!("{:?}", detail?.user_id),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn job_id(&self) -> Option<&str> {
        self.job_id.get().map(String::as_str)
    }

    /// The next result; `None` at the end. The same as `next` of a stream, without an import.
    pub async fn next(&mut self) -> Option<Result<R, AnalyticsError>> {
        self.started().next().await
    }

    fn started(&mut self) -> &mut BoxStream<'static, Result<R, AnalyticsError>> {
        if let Some(start) = self.start.take() {
            let first = Step::Start(start, self.policy.clone(), Arc::clone(&self.job_id));
            self.results = stream::unfold(first, advance).fuse().boxed();
        }
        &mut self.results
    }
}

async fn advance<R: 'static>(step: Step<R>) -> Option<(Result<R, AnalyticsError>, Step<R>)> {
    let failed = |error| Some((Err(error), Step::End));
    let (job, mut items) = match step {
        Step::Start(start, policy, job_id) => {
            let job = match start.await {
                Ok(job) => job,
                Err(error) => return failed(AnalyticsError::Start(error)),
            };
            // It is set only here.
            let _ = job_id.set(job.id().to_owned());
            if let Err(error) = job.wait_as(&policy).await {
                return failed(AnalyticsError::Job(error));
            }
            let items = job.results().items();
            (job, Box::new(items))
        }
        Step::Read(job, items) => (job, items),
        Step::End => return None,
    };
    match items.next().await {
        Some(Ok(item)) => Some((Ok(item), Step::Read(job, items))),
        Some(Err(error)) => failed(AnalyticsError::Results(error)),
        None => match job.delete().await {
            Ok(()) => None,
            Err(error) => failed(AnalyticsError::Delete(error)),
        },
    }
}

impl<R: Send + 'static> Stream for AnalyticsResults<R> {
    type Item = Result<R, AnalyticsError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.started().poll_next_unpin(context)
    }
}

impl<R> fmt::Debug for AnalyticsResults<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AnalyticsResults").finish_non_exhaustive()
    }
}
