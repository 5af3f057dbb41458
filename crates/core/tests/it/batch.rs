//! Batches: divided into chunks, sent, and one outcome per item whatever happens.

mod cancellation;
mod checks;

use std::collections::HashSet;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::*;
use futures_util::{StreamExt as _, stream};
use httpmock::MockServer;
use rosterkit_core::batch::{
    Batch, Cancellation, Counts, ItemOutcome, Outcome, Outcomes, Violation, all_accepted, all_rejected, match_by_key,
};
use rosterkit_core::{Error, ErrorKind, Request};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

/// A service that notes each request's items and takes as many seconds as the first item says.
#[derive(Clone, Default)]
struct Service {
    requests: Arc<Mutex<Vec<Vec<u32>>>>,
    in_flight: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct InFlight(Arc<AtomicUsize>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Service {
    fn send(&self, items: &[u32], seconds: u32) -> impl Future<Output = Result<Vec<u32>, Error>> + Send + use<> {
        let (service, items) = (self.clone(), items.to_vec());
        async move {
            service.requests.lock().expect("no panic before").push(items.clone());
            let in_flight = InFlight(Arc::clone(&service.in_flight));
            let now = service.in_flight.fetch_add(1, Ordering::Relaxed) + 1;
            service.most.fetch_max(now, Ordering::Relaxed);
            sleep(Duration::from_secs(seconds.into())).await;
            drop(in_flight);
            Ok(items)
        }
    }

    fn requests(&self) -> Vec<Vec<u32>> {
        self.requests.lock().expect("no panic before").clone()
    }
}

fn accept(_: &[u32], response: Vec<u32>) -> Vec<Outcome<u32>> {
    response.into_iter().map(Outcome::Accepted).collect()
}

async fn indexes<'a, I: 'a, T: 'a>(outcomes: Outcomes<'a, I, T>) -> Vec<u64> {
    outcomes.map(|outcome| outcome.index).collect().await
}

fn counts(accepted: u64, rejected: u64, unknown: u64) -> Counts {
    let mut counts = Counts::default();
    (counts.accepted, counts.rejected, counts.unknown) = (accepted, rejected, unknown);
    counts
}

#[tokio::test(start_paused = true)]
async fn iterators_and_streams_are_divided_into_chunks() {
    for size in [1, 3, 7, 10, 99] {
        let expected: Vec<Vec<u32>> = (0..10).collect::<Vec<_>>().chunks(size).map(<[u32]>::to_vec).collect();
        let service = Service::default();
        let send = |items: &[u32]| service.send(items, 0);
        assert_eq!(indexes(Batch::of(0..10, send, accept).size(size).ordered()).await.len(), 10);
        assert_eq!(service.requests(), expected);

        let service = Service::default();
        let send = |items: &[u32]| service.send(items, 0);
        let items = stream::iter(0..10).then(|item| async move {
            sleep(Duration::from_millis(10)).await;
            item
        });
        assert_eq!(indexes(Batch::of_stream(items, send, accept).size(size).ordered()).await.len(), 10);
        assert_eq!(service.requests(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn no_items_make_no_request() {
    let service = Service::default();
    let mut outcomes = Batch::of([], |items: &[u32]| service.send(items, 0), accept).ordered();
    assert!(outcomes.next().await.is_none());
    assert!(outcomes.next().await.is_none());
    assert_eq!((service.requests().len(), outcomes.counts().total()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_size_or_concurrency_of_zero_is_one() {
    let service = Service::default();
    let send = |items: &[u32]| service.send(items, 1);
    let read = indexes(Batch::of(0..3, send, accept).size(0).concurrency(0).ordered()).await;
    assert_eq!((read, service.requests().len(), service.most.load(Ordering::Relaxed)), (vec![0, 1, 2], 3, 1));
}

#[tokio::test(start_paused = true)]
async fn chunks_are_sent_concurrently_up_to_the_limit() {
    for (concurrency, seconds) in [(1, 8), (2, 4), (3, 3), (99, 1)] {
        for is_ordered in [false, true] {
            let service = Service::default();
            let batch =
                Batch::of(0..16, |items: &[u32]| service.send(items, 1), accept).size(2).concurrency(concurrency);
            let start = Instant::now();
            assert_eq!(indexes(if is_ordered { batch.ordered() } else { batch.unordered() }).await.len(), 16);
            assert_eq!(start.elapsed(), Duration::from_secs(seconds));
            assert_eq!(service.most.load(Ordering::Relaxed), concurrency.min(8));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn outcomes_come_in_order_or_as_soon_as_they_are_there() {
    // The request of 5 takes five seconds, that of 1 takes one, and so on.
    let service = Service::default();
    let batch = || Batch::of([5, 1, 3], |items: &[u32]| service.send(items, items[0]), accept).size(1);
    let start = Instant::now();
    let first = batch().unordered().next().await.expect("an outcome");
    assert_eq!((first.index, first.item, start.elapsed()), (1, 1, Duration::from_secs(1)));
    assert_eq!(indexes(batch().unordered()).await, [1, 2, 0]);
    assert_eq!(indexes(batch().ordered()).await, [0, 1, 2]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_or_sent_before_the_first_poll_nor_after_the_drop() {
    let service = Service::default();
    let read = AtomicUsize::new(0);
    let items = (0..100).inspect(|_| {
        read.fetch_add(1, Ordering::Relaxed);
    });
    let send = |items: &[u32]| service.send(items, 1);
    let mut outcomes = Batch::of(items, send, accept).size(2).concurrency(3).unordered();
    sleep(Duration::from_secs(9)).await;
    assert_eq!((read.load(Ordering::Relaxed), service.requests().len()), (0, 0));
    assert!(timeout(Duration::ZERO, outcomes.next()).await.is_err());
    assert_eq!((service.requests().len(), service.in_flight.load(Ordering::Relaxed)), (3, 3));
    drop(outcomes);
    assert_eq!(service.in_flight.load(Ordering::Relaxed), 0);
    sleep(Duration::from_secs(9)).await;
    assert_eq!(service.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_consumer_that_stops_stops_the_input() {
    for is_ordered in [false, true] {
        let read = AtomicUsize::new(0);
        let items = (0..u32::MAX).inspect(|_| {
            read.fetch_add(1, Ordering::Relaxed);
        });
        let service = Service::default();
        // The first request is slow, so that in order the others are parked.
        let send = |items: &[u32]| service.send(items, if items[0] == 0 { 60 } else { 1 });
        let batch = Batch::of(items, send, accept).size(5).concurrency(3);
        let mut outcomes = if is_ordered { batch.ordered() } else { batch.unordered() };
        let mut taken = 0;
        for _ in 0..200 {
            outcomes.next().await.expect("an endless input");
            taken += 1;
            let held = read.load(Ordering::Relaxed) - taken;
            assert!(held <= (2 * 3 + 1) * 5, "{held} items are held");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn requests_proceed_while_outcomes_are_consumed() {
    let service = Service::default();
    let mut outcomes = Batch::of(0..8, |items: &[u32]| service.send(items, 2), accept).size(2).concurrency(1).ordered();
    let start = Instant::now();
    while outcomes.next().await.is_some() {
        sleep(Duration::from_secs(1)).await;
    }
    // 2 s for the first response, then each is there when the two items before it are consumed.
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

#[tokio::test]
async fn items_are_accepted_rejected_or_not_sent() {
    let send = |items: &[u32]| {
        let response = if items[0] >= 6 { Err(Error::configuration("broken")) } else { Ok(items.to_vec()) };
        async move { response }
    };
    let read = |_: &[u32], response: Vec<u32>| {
        let judge = |item| {
            if item % 2 == 0 { Outcome::Accepted(item * 10) } else { Outcome::Rejected(format!("{item} is odd")) }
        };
        response.into_iter().map(judge).collect()
    };
    let mut outcomes = Batch::of(0..8, send, read).size(3).ordered();
    let mut shown = Vec::new();
    while let Some(ItemOutcome { index, item, outcome, .. }) = outcomes.next().await {
        assert_eq!(index, u64::from(item));
        shown.push(match outcome {
            Outcome::Accepted(value) => value.to_string(),
            Outcome::Rejected(reason) => reason,
            other => format!("{}: {:?}", other.name(), other.error().map(|error| error.kind())),
        });
    }
    let not_sent = "not sent: Some(Configuration)";
    assert_eq!(shown, ["0", "1 is odd", "20", "3 is odd", "40", "5 is odd", not_sent, not_sent]);
    assert_eq!(outcomes.counts().to_string(), "3 accepted, 3 rejected, 2 not sent");
}

#[tokio::test]
async fn a_list_of_another_length_says_nothing_about_any_item() {
    for length in [0, 1, 2, 4, 9] {
        let read = move |_: &[u32], ()| all_accepted(length);
        let mut outcomes = Batch::of(0..3, |_: &[u32]| async { Ok(()) }, read).ordered();
        while let Some(item) = outcomes.next().await {
            let Outcome::Unknown(error) = item.outcome else { panic!("{length} outcomes for 3 items") };
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.to_string().contains(&format!("{length} outcomes for 3 items")));
        }
        assert_eq!(outcomes.counts(), counts(0, 0, 3));
    }
}

#[tokio::test]
async fn items_that_a_response_does_not_name_are_unknown() {
    let send = |items: &[u32]| {
        let response: Vec<u32> = items.iter().copied().rev().filter(|item| item % 3 != 0).collect();
        async move { Ok(response) }
    };
    let read = |items: &[u32], response: Vec<u32>| {
        match_by_key(items, |item| vec![*item], response.into_iter().map(|item| (vec![item], Outcome::Accepted(item))))
    };
    let mut outcomes = Batch::of(0..10, send, read).size(4).ordered();
    while let Some(item) = outcomes.next().await {
        assert_eq!(item.outcome.accepted(), (item.item % 3 != 0).then_some(item.item));
    }
    assert_eq!(outcomes.counts(), counts(6, 0, 4));
}

#[tokio::test]
async fn a_refusal_of_the_whole_request_rejects_its_items() {
    let read = |items: &[u32], ()| all_rejected::<()>(items.len(), "no");
    let mut outcomes = Batch::of(0..3, |_: &[u32]| async { Ok(()) }, read).ordered();
    while let Some(item) = outcomes.next().await {
        assert!(matches!(item.outcome, Outcome::Rejected(reason) if reason == "no"));
    }
    assert_eq!(outcomes.counts(), counts(0, 3, 0));
}

#[tokio::test(start_paused = true)]
async fn items_with_the_same_key_are_sent_one_after_the_other() {
    let service = Service::default();
    let busy = Arc::new(Mutex::new(HashSet::new()));
    let send = |items: &[u32]| {
        for item in items {
            assert!(busy.lock().expect("no panic before").insert(*item), "{item} is in flight already");
        }
        let (response, busy) = (service.send(items, 1), Arc::clone(&busy));
        async move {
            let items = response.await?;
            for item in &items {
                busy.lock().expect("no panic before").remove(item);
            }
            Ok(items)
        }
    };
    let items = [1, 2, 1, 3, 4, 5, 5, 5];
    let batch = Batch::of(items, send, accept).size(3).concurrency(4).keyed_by(|item| vec![*item]);
    let start = Instant::now();
    assert_eq!(indexes(batch.ordered()).await.len(), 8);
    assert_eq!(service.requests(), [vec![1, 2], vec![1, 3, 4], vec![5], vec![5], vec![5]]);
    assert_eq!(start.elapsed(), Duration::from_secs(4));
}

#[tokio::test(start_paused = true)]
async fn an_input_that_pauses_keeps_its_last_items_until_it_goes_on() {
    let service = Service::default();
    let items = stream::iter(0..5u32).then(|item| async move {
        sleep(Duration::from_secs(if item == 3 { 60 } else { 0 })).await;
        item
    });
    let mut outcomes = Batch::of_stream(items, |items: &[u32]| service.send(items, 1), accept).size(2).ordered();
    let start = Instant::now();
    assert_eq!(outcomes.next().await.expect("an outcome").index, 0);
    assert_eq!(start.elapsed(), Duration::from_secs(1));
    assert_eq!(indexes(outcomes).await, [1, 2, 3, 4]);
    assert_eq!(service.requests(), [vec![0, 1], vec![2, 3], vec![4]]);
}

#[tokio::test]
async fn debug_shows_no_items() {
    let send = |_: &[&str]| async { Ok(()) };
    let read = |items: &[&str], ()| all_rejected::<()>(items.len(), SENTINEL);
    let batch = Batch::of([SENTINEL, SENTINEL], send, read).keyed_by(|item| vec![*item]);
    let mut debug = format!("{batch:?}");
    let mut outcomes = batch.ordered();
    let outcome = outcomes.next().await.expect("an outcome");
    debug += &format!("{outcome:?} {outcomes:?}");
    assert!(!debug.contains(SENTINEL), "{debug}");
}

#[tokio::test]
async fn a_batch_over_http_gives_each_item_its_outcome() {
    let server = MockServer::start_async().await;
    let responses = [
        (
            json!(["ada", "bob"]),
            200,
            json!({ "success": ["bob"], "failed": [{ "user": "ada", "error": "no domain" }] }),
        ),
        (json!(["eve", "joe"]), 200, json!({ "success": ["joe"], "failed": [] })),
        (json!(["kim"]), 503, json!({})),
    ];
    for (body, status, response) in responses {
        let mock = server.mock_async(|when, then| {
            when.method("POST").path("/api/users").json_body(body);
            then.status(status).json_body(response);
        });
        mock.await;
    }
    let transport = transport(server.base_url());
    let send = |names: &[&str]| {
        let (transport, request) = (transport.clone(), Request::new(&POST_USER).json(names));
        async move { transport.send_json::<Value>(request).await }
    };
    let read = |names: &[&str], response: rosterkit_core::Response<Value>| {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |name: &str| response.get()[name].as_array().cloned().unwrap_or_default();
        let success = list("success").into_iter().map(|name| (vec![text(&name)], Outcome::Accepted(())));
        let failed = list("failed").into_iter();
        let failed = failed.map(|it| (vec![text(&it["user"])], Outcome::Rejected(text(&it["error"]))));
        match_by_key(names, |name| vec![(*name).to_owned()], success.chain(failed))
    };
    let mut outcomes = Batch::of(["ada", "bob", "eve", "joe", "kim"], send, read).size(2).ordered();
    let mut shown = Vec::new();
    while let Some(item) = outcomes.next().await {
        let outcome_text = match &item.outcome {
            Outcome::Accepted(()) => "accepted".to_owned(),
            Outcome::Rejected(reason) => reason.clone(),
            Outcome::Unknown(error) => {
                assert_discreet(error);
                error.status().map_or("?".to_owned(), |status| status.as_u16().to_string())
            }
            other => other.name().to_owned(),
        };
        shown.push(format!("{}: {outcome_text}", item.item));
    }
    assert_eq!(shown, ["ada: no domain", "bob: accepted", "eve: ?", "joe: accepted", "kim: 503"]);
    assert_eq!(outcomes.counts(), counts(2, 1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_request_is_limited_by_the_weight_of_its_items_too() {
    for (most, size, expected) in [
        (10, 99, vec![vec![4, 4], vec![4, 1, 1, 1], vec![30], vec![9]]),
        (10, 3, vec![vec![4, 4], vec![4, 1, 1], vec![1], vec![30], vec![9]]),
        (0, 99, vec![vec![4], vec![4], vec![4], vec![1], vec![1], vec![1], vec![30], vec![9]]),
        (u64::MAX, 99, vec![vec![4, 4, 4, 1, 1, 1, 30, 9]]),
    ] {
        let service = Service::default();
        let items = [4, 4, 4, 1, 1, 1, 30, 9];
        let batch = Batch::of(items, |items: &[u32]| service.send(items, 0), accept);
        let batch = batch.size(size).max_weight(most, |item| u64::from(*item)).concurrency(1);
        assert_eq!(indexes(batch.ordered()).await, (0..8).collect::<Vec<_>>());
        assert_eq!(service.requests(), expected, "at most {most} and {size} items");
    }
}

#[tokio::test]
async fn a_rejected_request_rejects_its_items_with_the_service_s_reason_or_the_error() {
    let server = MockServer::start_async().await;
    for (name, status, body) in [
        ("ada", 400, json!({ "message": "no domain" })),
        ("bob", 400, json!({})),
        ("eve", 500, json!({ "message": "?" })),
    ] {
        let mock = server.mock_async(|when, then| {
            when.method("POST").path("/api/users").json_body(json!([name]));
            then.status(status).json_body(body);
        });
        mock.await;
    }
    let transport = transport(server.base_url());
    let send = |names: &[&str]| {
        let (transport, request) = (transport.clone(), Request::new(&POST_USER).json(names));
        async move { transport.send_json::<Value>(request).await }
    };
    let batch = Batch::of(["ada", "bob", "eve"], send, |_: &[&str], _| all_accepted(1)).size(1);
    let batch = batch.rejection(|error| {
        let body: Value = serde_json::from_slice(error.body()?).ok()?;
        body["message"].as_str().map(str::to_owned)
    });
    let items: Vec<_> = batch.ordered().collect().await;
    let names: Vec<_> = items.iter().map(|item| item.outcome.name()).collect();
    assert_eq!(names, ["rejected", "rejected", "unknown"]);
    assert_eq!(items[0].outcome.reason().as_deref(), Some("no domain"));
    let reason = items[1].outcome.reason().expect("a reason");
    assert!(reason.starts_with("postUser (POST /api/users): ") && reason.contains("400"), "{reason}");
}
