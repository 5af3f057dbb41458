//! Asks about a job until it ends.

use std::fmt;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::Error;
use crate::job::{JobError, JobErrorKind, JobPolicy};

/// What a service says about a job.
///
/// `Debug` shows only which of the three it is.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum JobState<T> {
    /// It is queued or running.
    Running {
        /// The service's name for the state: `PENDING`.
        state: String,
    },
    /// It is done, and this is what the service says about it.
    Done(T),
    /// It ended, or was removed, without a result.
    Failed {
        /// The service's name for the state: `EXPIRED`.
        state: String,
        /// Why, in the service's words.
        reason: Option<String>,
    },
}

impl<T> JobState<T> {
    /// A job that is queued or running.
    pub fn running(state: impl ToString) -> Self {
        Self::Running { state: state.to_string() }
    }

    /// A job that ended without a result.
    pub fn failed(state: impl ToString, reason: Option<String>) -> Self {
        Self::Failed { state: state.to_string(), reason }
    }
}

impl<T> fmt::Debug for JobState<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Running { .. } => "Running { .. }",
            Self::Done(_) => "Done(..)",
            Self::Failed { .. } => "Failed { .. }",
        })
    }
}

/// Asks `check` until the job ends.
///
/// A question that fails with a [retryable](Error::is_retryable) error, after the client's own retries, is asked again
/// like one that was answered with [`Running`](JobState::Running), and not before the service's `Retry-After`. The last
/// question is asked shortly before the deadline.
///
/// # Errors
/// [`Failed`](crate::job::JobErrorKind::Failed) if the job did, [`Deadline`](crate::job::JobErrorKind::Deadline) if it
/// took too long, [`Request`](crate::job::JobErrorKind::Request) if a question failed for good.
pub async fn poll<T, F>(policy: &JobPolicy, check: impl FnMut() -> F) -> Result<T, JobError>
where
    F: Future<Output = Result<JobState<T>, Error>>,
{
    let mut progress = Progress::default();
    let result = poll_noting(policy, check, &mut progress).await;
    result.map_err(|end| progress.error(end))
}

/// What is known of a job that is being waited for.
#[derive(Default)]
pub(super) struct Progress {
    started: Option<Instant>,
    state: Option<String>,
    error: Option<Error>,
}

/// How a wait ends without a result.
pub(super) enum End {
    Failed(Option<String>),
    Deadline,
    Cancelled,
    Request,
}

impl Progress {
    pub(super) fn error(self, end: End) -> JobError {
        let (kind, reason, error) = match end {
            End::Failed(reason) => (JobErrorKind::Failed, reason, None),
            End::Deadline => (JobErrorKind::Deadline, None, self.error),
            End::Cancelled => (JobErrorKind::Cancelled, None, None),
            End::Request => (JobErrorKind::Request, None, self.error),
        };
        let waited = self.started.map(|started| started.elapsed()).unwrap_or_default();
        JobError::new(kind, self.state, reason, waited, error)
    }
}

pub(super) async fn poll_noting<T, F>(
    policy: &JobPolicy,
    mut check: impl FnMut() -> F,
    progress: &mut Progress,
) -> Result<T, End>
where
    F: Future<Output = Result<JobState<T>, Error>>,
{
    let started = *progress.started.insert(Instant::now());
    let mut waits = policy.waits();
    loop {
        let left = policy.deadline().saturating_sub(started.elapsed());
        let response = timeout(left, check()).await.map_err(|_| End::Deadline)?;
        progress.error = None;
        let asked = match response {
            Ok(JobState::Done(value)) => return Ok(value),
            Ok(JobState::Failed { state, reason }) => {
                progress.state = Some(state);
                return Err(End::Failed(reason));
            }
            Ok(JobState::Running { state }) => {
                progress.state = Some(state);
                Duration::ZERO
            }
            Err(error) => {
                let (is_retryable, asked) = (error.is_retryable(), error.retry_after());
                progress.error = Some(error);
                if !is_retryable {
                    return Err(End::Request);
                }
                asked.unwrap_or_default()
            }
        };
        let wait = wait_within(policy, started.elapsed(), waits.next(), asked).ok_or(End::Deadline)?;
        sleep(wait).await;
    }
}

/// The wait, cut short so that one more question fits before the deadline; `None` if none does.
fn wait_within(policy: &JobPolicy, elapsed: Duration, wait: Duration, asked: Duration) -> Option<Duration> {
    let last_question = policy.last_question().saturating_sub(elapsed);
    if last_question < asked || last_question.is_zero() {
        return None;
    }
    Some(wait.max(asked).min(last_question))
}
