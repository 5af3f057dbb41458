//! One call: its attempts, and what happens between them.

use std::future::Future;
use std::sync::PoisonError;

use http::{HeaderValue, StatusCode};
use tokio::sync::SemaphorePermit;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::Instrument as _;

use super::Inner;
use super::call::Call;
use super::exchange::Answer;
use crate::error::Place;
use crate::retry::Course;
use crate::{Error, ErrorKind, Request, RetryEvent, observe};

/// The moment at which something is given up; `None` is never.
pub(super) type Deadline = Option<Instant>;

impl Inner {
    /// Makes a call. `read` reads an answer within its attempt, so that one which breaks off is repeated; `finish` makes
    /// of it what the caller gets.
    pub(super) async fn call<A, T, R, F>(
        &self,
        mut request: Request,
        accept: HeaderValue,
        read: R,
        finish: impl FnOnce(A) -> Result<T, Error>,
    ) -> Result<T, Error>
    where
        R: Fn(Answer) -> F,
        F: Future<Output = Result<A, Error>>,
    {
        let place = self.overrides.place(request.operation())?;
        let options = request.take_options();
        let span = observe::call_span(&place, &self.base, options.request_id.as_deref());
        let limit = options.call_timeout.or(self.call_timeout);
        let deadline = limit.and_then(|limit| Instant::now().checked_add(limit));
        let policy = options.retry.as_ref().unwrap_or(&self.retry).clone();
        let mut course = Course::new(policy, options.repeat_unsafe, deadline);
        let attempts = async {
            let call = self.prepare(place, request, &options, accept, deadline)?;
            finish(self.attempts(&call, &mut course, read).await?)
        };
        let result = attempts.instrument(span.clone()).await;
        let result = result.map_err(|error| error.with_attempts(course.attempts()).with_doubt(course.is_in_doubt()));
        span.record("rosterkit.attempts", course.attempts());
        if let Err(error) = &result {
            observe::failed(&span, error);
        }
        result
    }

    /// Sends a request until it is answered or given up. Nothing outlives the future: when it is dropped, its timers,
    /// its place in the queue and its connection go with it.
    async fn attempts<A, R, F>(&self, call: &Call, course: &mut Course, read: R) -> Result<A, Error>
    where
        R: Fn(Answer) -> F,
        F: Future<Output = Result<A, Error>>,
    {
        let mut last: Option<Error> = None;
        let mut is_renewed = false;
        let mut is_repeat = false;
        loop {
            let ready = async { Ok::<_, Error>((self.authorize(&call.place).await?, self.admit().await)) };
            let (authorization, permit) = match within(call.deadline, &call.place, ready).await {
                Ok(ready) => ready?,
                // Nothing was sent since, so the last answer says more.
                Err(late) => return Err(last.unwrap_or_else(|| late.unsent())),
            };
            if !is_repeat {
                course.begin();
            }
            let span = observe::attempt_span(&call.span, &call.place, &self.base, course.attempts());
            let mut is_trusted = true;
            let attempt = async {
                let answer = self.exchange(call, &authorization, &mut is_trusted).await?;
                read(answer).await
            };
            let result = attempt.instrument(span.clone()).await;
            drop(permit);
            let error = match result {
                Ok(answer) => return Ok(answer),
                Err(error) => error.with_attempts(course.attempts()),
            };
            observe::failed(&span, &error);
            // Another origin got no credential, so it rejected none.
            let may_renew = !is_renewed && is_trusted && is_rejected(&error);
            is_repeat = may_renew
                && match within(call.deadline, &call.place, self.renew(&call.place, &authorization)).await {
                    Ok(is_renewed) => is_renewed?,
                    // The service has answered, and says more than that time is up.
                    Err(_) => return Err(error),
                };
            if is_repeat && !call.body.is_whole() {
                return Err(error.with_advice("the credential is renewed now: send the request again"));
            }
            if is_repeat {
                is_renewed = true;
                last = Some(error);
                continue;
            }
            let wait = course.wait(&error, &mut self.jitter.lock().unwrap_or_else(PoisonError::into_inner));
            let Some(delay) = wait.filter(|_| call.body.is_whole()) else { return Err(error) };
            let event = RetryEvent { error: &error, attempt: course.attempts(), delay };
            observe::retrying(&event);
            self.on_retry.iter().for_each(|hook| hook(&event));
            course.repeat_after(&error);
            last = Some(error);
            sleep(delay).await;
        }
    }

    /// Waits for a free place among the concurrent requests, then for the rate limit.
    async fn admit(&self) -> Option<SemaphorePermit<'_>> {
        let permit = match &self.concurrent {
            // It is never closed.
            Some(places) => places.acquire().await.ok(),
            None => None,
        };
        self.rate_limit.take().await;
        permit
    }
}

fn is_rejected(error: &Error) -> bool {
    error.kind() == ErrorKind::Status && error.status() == Some(StatusCode::UNAUTHORIZED)
}

/// Gives a future until the deadline.
pub(super) async fn within<T>(deadline: Deadline, place: &Place, future: impl Future<Output = T>) -> Result<T, Error> {
    let Some(deadline) = deadline else { return Ok(future.await) };
    let late = |_| Error::new(ErrorKind::Timeout, "no complete answer within the time limit").at(place);
    timeout_at(deadline, future).await.map_err(late)
}
