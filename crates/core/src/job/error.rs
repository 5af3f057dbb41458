//! Why a job gave no result.

use std::fmt;
use std::time::Duration;

use crate::Error;

/// Why a job gave no result.
///
/// `Display` is one line that holds the job's state, where it looks like one, but neither its id nor the service's words.
/// Unless the job [failed](JobErrorKind::Failed), it may still run or be done: resume it by its [id](Self::id).
pub struct JobError(Box<Inner>);

struct Inner {
    kind: JobErrorKind,
    id: Option<String>,
    state: Option<String>,
    reason: Option<String>,
    waited: Duration,
    error: Option<Error>,
}

/// The class of a [`JobError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JobErrorKind {
    /// The service says that the job ended without a result.
    Failed,
    /// The deadline passed before the job ended.
    Deadline,
    /// The wait was cancelled.
    Cancelled,
    /// The job's state could not be read.
    Request,
}

impl JobError {
    pub(super) fn new(
        kind: JobErrorKind,
        state: Option<String>,
        reason: Option<String>,
        waited: Duration,
        error: Option<Error>,
    ) -> Self {
        Self(Box::new(Inner { kind, id: None, state, reason, waited, error }))
    }

    pub(super) fn of(mut self, id: &str) -> Self {
        self.0.id = Some(id.to_owned());
        self
    }

    /// The class of the error.
    pub fn kind(&self) -> JobErrorKind {
        self.0.kind
    }

    /// The id of the job, with which it can be [resumed](crate::job::JobCalls::resume). `None` only from
    /// [`poll`](crate::job::poll), which does not know it.
    pub fn id(&self) -> Option<&str> {
        self.0.id.as_deref()
    }

    /// The state that the job was last seen in, in the service's spelling; `None` if it never was.
    pub fn state(&self) -> Option<&str> {
        self.0.state.as_deref()
    }

    /// Why the job failed, in the service's words, which may quote what it was asked for.
    pub fn reason(&self) -> Option<&str> {
        self.0.reason.as_deref()
    }

    /// How long the job was waited for.
    pub fn waited(&self) -> Duration {
        self.0.waited
    }

    /// The error of a request: the one that ended the wait, or, where the deadline passed, the last one if the last
    /// question failed.
    pub fn error(&self) -> Option<&Error> {
        self.0.error.as_ref()
    }

    /// The same as [`error`](Self::error), by value.
    pub fn into_error(self) -> Option<Error> {
        self.0.error
    }

    fn advice(&self) -> &'static str {
        match self.kind() {
            JobErrorKind::Failed => "the error's reason may say why; correct the request and start another job",
            JobErrorKind::Deadline => "set a later deadline, or resume the job by its id",
            JobErrorKind::Cancelled => "resume the job by its id, or delete it",
            JobErrorKind::Request => "resume the job by its id when the cause is mended",
        }
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.waited.as_secs();
        match self.kind() {
            JobErrorKind::Failed => write!(formatter, "the job failed after {seconds} s")?,
            JobErrorKind::Deadline => write!(formatter, "the job was not done after {seconds} s")?,
            JobErrorKind::Cancelled => write!(formatter, "the wait for the job was cancelled after {seconds} s")?,
            JobErrorKind::Request => write!(formatter, "the job's state could not be read after {seconds} s")?,
        }
        if let Some(state) = self.state().filter(|state| is_state(state)) {
            write!(formatter, ", last state {state}")?;
        }
        if let Some(error) = self.error() {
            write!(formatter, ": {error}")?;
        }
        write!(formatter, "; {}", self.advice())
    }
}

/// Whether a text looks like the name of a state, so that printing it tells nothing else.
fn is_state(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_- ".contains(&byte))
}

impl fmt::Debug for JobError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("JobError");
        debug.field("kind", &self.kind()).field("waited", &self.waited());
        if let Some(state) = self.state().filter(|state| is_state(state)) {
            debug.field("state", &state);
        }
        if let Some(error) = self.error() {
            debug.field("error", error);
        }
        debug.finish_non_exhaustive()
    }
}

impl std::error::Error for JobError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The error itself is a part of what is displayed.
        self.error().and_then(|error| error.source())
    }
}
