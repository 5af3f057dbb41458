//! Jobs on services that are closures, in paused time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};
use tokio::time::{Instant, sleep};

use super::*;
use crate::paging::{CursorPage, Pager};
use crate::{Error, ErrorKind};

type Answer = Result<JobState<u32>, Error>;

fn pending() -> Answer {
    Ok(JobState::running("PENDING"))
}

fn status(status: u16, retry_after: Option<&'static str>) -> Error {
    let mut headers = HeaderMap::new();
    if let Some(wait) = retry_after {
        headers.insert("retry-after", HeaderValue::from_static(wait));
    }
    let status = StatusCode::from_u16(status).expect("a status");
    Error::new(ErrorKind::Status, "status").with_head(status, &headers)
}

/// A service that gives these answers, then says that the job is pending, and notes when it is asked.
#[derive(Clone)]
struct Service {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
    start: Instant,
}

impl Service {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, asked: Arc::default(), start: Instant::now() }
    }

    fn ask(&self) -> impl Future<Output = Answer> + Send + use<> {
        self.asked.lock().expect("no panic before").push(Instant::now());
        let answer = self.answers.lock().expect("no panic before").pop_front().unwrap_or_else(pending);
        async move { answer }
    }

    /// When it was asked, in milliseconds.
    fn times(&self) -> Vec<u128> {
        self.asked.lock().expect("no panic before").iter().map(|time| (*time - self.start).as_millis()).collect()
    }

    fn calls(&self) -> JobCalls<'static, u32, &'static str> {
        let service = self.clone();
        let results = |id: String| {
            Pager::by_cursor(
                move |_| std::future::ready(Ok(id.clone())),
                |id| CursorPage::new(if id == "job-7" { vec!["ada", "bob"] } else { vec![] }),
            )
        };
        JobCalls::new(move |_| service.ask(), results).with_policy(exact())
    }
}

fn exact() -> JobPolicy {
    JobPolicy::default().with_jitter(0.0)
}

#[tokio::test(start_paused = true)]
async fn a_job_is_polled_with_growing_waits_until_it_is_done() {
    let service = Service::new([pending(), pending(), pending(), Ok(JobState::Done(7))]);
    let result = poll(&exact(), || service.ask()).await;
    assert!(matches!(result, Ok(7)));
    assert_eq!(service.times(), [0, 1000, 2500, 4750]);
}

#[tokio::test(start_paused = true)]
async fn a_job_that_is_done_at_once_is_asked_about_once() {
    let service = Service::new([Ok(JobState::Done(7))]);
    assert!(matches!(service.calls().resume("job-7").wait().await, Ok(7)));
    assert_eq!(service.times(), [0]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_job_says_its_state_and_on_demand_its_reason() {
    let failed = JobState::failed("EXPIRED", Some("S3NTINEL".to_owned()));
    let service = Service::new([pending(), Ok(failed)]);
    let error = service.calls().resume("S3NTINEL").wait().await.expect_err("failed");
    assert_eq!((error.kind(), error.id(), error.state()), (JobErrorKind::Failed, Some("S3NTINEL"), Some("EXPIRED")));
    assert_eq!((error.reason(), error.waited()), (Some("S3NTINEL"), Duration::from_secs(1)));
    let printed = format!("{error}\n{error:?}");
    assert!(error.to_string().starts_with("the job failed after 1 s, last state EXPIRED; "), "{error}");
    assert!(!printed.contains("S3NTINEL"), "{printed}");
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_wait_and_keeps_what_is_needed_to_resume() {
    let service = Service::new([]);
    let calls = service.calls().with_policy(exact().with_deadline(Duration::from_secs(20)));
    let error = calls.resume("job-7").wait().await.expect_err("never done");
    assert_eq!((error.kind(), error.id(), error.state()), (JobErrorKind::Deadline, Some("job-7"), Some("PENDING")));
    assert!(error.waited() <= Duration::from_secs(20));
    assert!(error.to_string().starts_with("the job was not done after 19 s, last state PENDING; "), "{error}");
    assert!(!error.to_string().contains("job-7"));
    // The last wait would end behind the deadline and is cut short.
    assert_eq!(service.times(), [0, 1000, 2500, 4750, 8125, 13188, 19000]);

    let service = Service::new([pending(), Ok(JobState::Done(7))]);
    assert!(matches!(service.calls().resume(error.id().expect("kept")).wait().await, Ok(7)));
}

#[tokio::test(start_paused = true)]
async fn a_question_that_hangs_is_dropped_at_the_deadline() {
    let policy = exact().with_deadline(Duration::from_secs(5));
    let start = Instant::now();
    let error = poll::<(), _>(&policy, std::future::pending).await.expect_err("no answer");
    assert_eq!((error.kind(), error.state(), error.id()), (JobErrorKind::Deadline, None, None));
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_a_job_may_take_days() {
    let days = Duration::from_secs(3 * 86400);
    let start = Instant::now();
    let check = async || if start.elapsed() < days { Ok(JobState::running("PENDING")) } else { Ok(JobState::Done(())) };
    assert!(poll(&exact().without_deadline(), check).await.is_ok());
    assert!(start.elapsed() >= days && start.elapsed() <= days + Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn transient_errors_are_asked_again_after_the_wait_that_the_service_asks_for() {
    let service = Service::new([Err(status(429, Some("20"))), Err(status(429, None)), Ok(JobState::Done(7))]);
    assert!(matches!(poll(&exact(), || service.ask()).await, Ok(7)));
    assert_eq!(service.times(), [0, 20_000, 21_500]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_the_service_asks_for_beyond_the_deadline_ends_it_at_once() {
    let service = Service::new([pending(), Err(status(429, Some("3600")))]);
    let error = poll(&exact(), || service.ask()).await.expect_err("too long");
    assert_eq!(
        (error.kind(), error.state(), error.waited()),
        (JobErrorKind::Deadline, Some("PENDING"), Duration::from_secs(1))
    );
    assert_eq!(error.error().and_then(Error::status), Some(StatusCode::TOO_MANY_REQUESTS));
}

#[tokio::test(start_paused = true)]
async fn other_errors_end_the_wait_and_keep_the_job() {
    let service = Service::new([pending(), Err(status(403, None))]);
    let error = service.calls().resume("job-7").wait().await.expect_err("forbidden");
    assert_eq!((error.kind(), error.id(), error.state()), (JobErrorKind::Request, Some("job-7"), Some("PENDING")));
    assert_eq!(error.into_error().and_then(|error| error.status()), Some(StatusCode::FORBIDDEN));
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_the_wait_wherever_it_is() {
    let service = Service::new([]);
    let job = service.calls().resume("job-7");
    let canceller = async {
        sleep(Duration::from_secs(3)).await;
        job.clone().cancel();
    };
    let (result, ()) = tokio::join!(job.wait(), canceller);
    let error = result.expect_err("cancelled");
    assert_eq!((error.kind(), error.id(), error.state()), (JobErrorKind::Cancelled, Some("job-7"), Some("PENDING")));
    assert_eq!((error.waited(), service.times()), (Duration::from_secs(3), vec![0, 1000, 2500]));

    assert_eq!(job.wait().await.expect_err("cancelled").kind(), JobErrorKind::Cancelled);
    assert_eq!(service.times().len(), 3, "a cancelled job is not asked about");

    service.answers.lock().expect("no panic before").push_back(Ok(JobState::Done(7)));
    assert!(matches!(service.calls().resume(job.id()).wait().await, Ok(7)));
}

#[tokio::test(start_paused = true)]
async fn a_job_is_deleted_on_the_server_only_when_asked() {
    let deleted = Arc::new(Mutex::new(Vec::new()));
    let ids = Arc::clone(&deleted);
    let delete = move |id: String| {
        let answer = match id.as_str() {
            "gone" => Err(status(404, None)),
            "forbidden" => Err(status(403, None)),
            _ => Ok(()),
        };
        ids.lock().expect("no panic before").push(id);
        async move { answer }
    };
    let calls = Service::new([]).calls().with_delete(delete);
    let job = calls.resume("job-7");
    job.cancel();
    drop(job);
    assert!(deleted.lock().expect("no panic before").is_empty());

    let job = calls.resume("job-7");
    assert!(job.cancel_and_delete().await.is_ok());
    assert_eq!(job.wait().await.expect_err("cancelled").kind(), JobErrorKind::Cancelled);
    assert!(calls.resume("gone").delete().await.is_ok(), "what is gone is deleted");
    assert!(calls.resume("forbidden").delete().await.is_err());
    assert_eq!(*deleted.lock().expect("no panic before"), ["job-7", "gone", "forbidden"]);

    let error = Service::new([]).calls().resume("job-7").delete().await.expect_err("no such operation");
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test(start_paused = true)]
async fn a_started_job_is_waited_for_and_its_results_are_a_stream() {
    let service = Service::new([pending(), Ok(JobState::Done(2))]);
    let job = service.calls().start(async { Ok("job-7".to_owned()) }).await.expect("started");
    assert!(service.times().is_empty(), "starting asks nothing");
    assert!(matches!(job.wait().await, Ok(2)));
    let mut items = job.results().items();
    let mut read = Vec::new();
    while let Some(item) = items.next().await {
        read.push(item.expect("an item"));
    }
    assert_eq!((job.id(), read), ("job-7", vec!["ada", "bob"]));

    let error = service.calls().start(async { Err(status(400, None)) }).await.expect_err("refused");
    assert_eq!(error.status(), Some(StatusCode::BAD_REQUEST));
}

#[tokio::test(start_paused = true)]
async fn states_that_look_like_something_else_are_not_printed() {
    for state in ["", "ada@example.com", "line\nbreak", &"x".repeat(41)] {
        let service = Service::new([Ok(JobState::failed(state, None))]);
        let error = poll(&exact(), || service.ask()).await.expect_err("failed");
        assert_eq!(error.state(), Some(state));
        assert!(!format!("{error} {error:?}").contains("state"), "{error}");
    }
    assert_eq!(format!("{:?}", JobState::Done("S3NTINEL")), "Done(..)");
}

#[test]
fn waits_can_move_between_threads() {
    fn is_send<T: Send>(_: &T) {}
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let job = runtime.block_on(async { Service::new([]).calls().resume("job-7") });
    is_send(&job);
    is_send(&job.wait());
    is_send(&job.results().items());
}
