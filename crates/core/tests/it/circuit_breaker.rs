//! Batches against a service that is down, or refuses the credential.

use std::sync::Mutex;

use futures_util::StreamExt as _;
use rosterkit_core::batch::{Batch, ItemOutcome, Outcome, all_accepted};
use rosterkit_core::{Error, ErrorKind, Request};

use crate::support::*;

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Success,
    /// A status with a body that is no error of the service.
    Status(u16),
    NoConnection,
}

/// Errors as a transport makes them, by answer.
struct Failures(Vec<(Answer, String)>);

impl Failures {
    async fn of(answers: &[Answer]) -> Self {
        let mut failures = Vec::new();
        for answer in answers {
            let url = match answer {
                Answer::Success => continue,
                Answer::Status(status) => serve_bytes(response(*status, &[])).await,
                Answer::NoConnection => closed_port().await,
            };
            failures.push((*answer, url));
        }
        Self(failures)
    }

    async fn error(&self, answer: Answer) -> Error {
        let (_, url) = self.0.iter().find(|(it, _)| *it == answer).expect("it is known");
        transport(url).send_empty(Request::new(&POST_USER).json(&1)).await.expect_err("it fails")
    }
}

/// Sends items in chunks, one after the other, and returns the outcomes with the number of requests.
async fn run(
    items: u32,
    size: usize,
    answers: impl Fn(usize) -> Answer + Send + Sync,
    keep_going: bool,
) -> (Vec<ItemOutcome<u32, ()>>, usize) {
    let known =
        [Answer::Status(400), Answer::Status(401), Answer::Status(429), Answer::Status(500), Answer::NoConnection];
    let failures = Failures::of(&known).await;
    let requests = Mutex::new(0);
    let send = |items: &[u32]| {
        let count = items.len();
        let number = {
            let mut requests = requests.lock().expect("no panic before");
            *requests += 1;
            *requests - 1
        };
        let answer = answers(number);
        let failures = &failures;
        async move {
            match answer {
                Answer::Success => Ok(count),
                answer => Err(failures.error(answer).await),
            }
        }
    };
    let batch = Batch::of(0..items, send, |_: &[u32], count| all_accepted(count)).size(size).concurrency(1);
    let outcomes: Vec<_> = batch.keep_going(keep_going).ordered().collect().await;
    let requests = *requests.lock().expect("no panic before");
    (outcomes, requests)
}

fn count(outcomes: &[ItemOutcome<u32, ()>], name: &str) -> usize {
    outcomes.iter().filter(|item| item.outcome.name() == name).count()
}

#[tokio::test]
async fn a_dead_service_ends_the_run_and_what_was_tried_keeps_its_outcome() {
    for (size, answer, tried, requests) in [
        (10, Answer::NoConnection, "not sent", 5),
        (10, Answer::Status(500), "unknown", 5),
        (1, Answer::NoConnection, "not sent", 20),
        (1, Answer::Status(500), "unknown", 20),
    ] {
        let (outcomes, sent) = run(200, size, |_| answer, false).await;
        assert_eq!((outcomes.len(), sent), (200, requests), "{answer:?}");
        let (first, rest) = outcomes.split_at(requests * size);
        assert!(first.iter().all(|item| item.outcome.name() == tried), "{answer:?}");
        for item in rest {
            let Outcome::NotSent(error) = &item.outcome else { panic!("{item:?}") };
            assert_eq!((error.kind(), error.is_retryable()), (ErrorKind::CircuitOpen, true));
            assert!(error.to_string().contains(&format!("{requests} requests in a row failed")), "{error}");
        }
        let (outcomes, sent) = run(200, size, |_| answer, true).await;
        assert_eq!((count(&outcomes, tried), sent), (200, 200 / size), "it keeps going");
    }
}

#[tokio::test]
async fn a_refused_credential_is_used_once() {
    for keep_going in [false, true] {
        let answers = |number| if number < 3 { Answer::Success } else { Answer::Status(401) };
        let (outcomes, sent) = run(100, 10, answers, keep_going).await;
        assert_eq!((count(&outcomes, "accepted"), count(&outcomes, "not sent"), sent), (30, 70, 4));
    }
}

#[tokio::test]
async fn responses_about_items_or_pace_do_not_end_the_run() {
    for answer in [Answer::Status(400), Answer::Status(429)] {
        let (outcomes, sent) = run(100, 2, |_| answer, false).await;
        let expected = if answer == Answer::Status(400) { "rejected" } else { "not sent" };
        assert_eq!((count(&outcomes, expected), sent), (100, 50));
    }
    let answers = |number: usize| if number % 5 == 4 { Answer::Status(400) } else { Answer::Status(500) };
    let (outcomes, sent) = run(100, 2, answers, false).await;
    assert_eq!((count(&outcomes, "unknown"), count(&outcomes, "rejected"), sent), (80, 20, 50));
}
