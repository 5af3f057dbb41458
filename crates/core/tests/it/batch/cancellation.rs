//! Batches that are cancelled or aborted.

use super::*;

/// The index, the name and the kind of error of each outcome.
async fn named<'a, I: 'a, T: 'a>(outcomes: &mut Outcomes<'a, I, T>) -> Vec<(u64, &'static str, Option<ErrorKind>)> {
    let named = |item: ItemOutcome<I, T>| (item.index, item.outcome.name(), item.outcome.error().map(|it| it.kind()));
    outcomes.map(named).collect().await
}

#[tokio::test(start_paused = true)]
async fn every_item_of_a_cancelled_batch_comes_out_in_its_place() {
    let service = Service::default();
    // The request of 2 takes long; those beside it are answered at once and wait for their turn.
    let send = |items: &[u32]| service.send(items, if items[0] == 2 { 60 } else { 1 });
    for is_aborted in [false, true] {
        service.requests.lock().expect("no panic before").clear();
        let cancellation = Cancellation::new();
        let batch = Batch::of(0..100, send, accept).size(2).concurrency(3).cancellation(&cancellation);
        let mut outcomes = batch.ordered();
        assert_eq!(outcomes.next().await.map(|outcome| outcome.index), Some(0));
        cancellation.stop_sending_because("the operator cancelled the run");
        let sent = service.requests().concat().len() as u64;
        assert!(outcomes.next().await.is_some());
        // The outcome of 2 is not there yet, and the others wait for it.
        assert!(timeout(Duration::from_secs(10), outcomes.next()).await.is_err());
        if is_aborted {
            cancellation.abort();
        }
        let named = named(&mut outcomes).await;
        assert_eq!(named.iter().map(|(index, ..)| *index).collect::<Vec<_>>(), (2..100).collect::<Vec<_>>());
        for (index, name, error) in named {
            let expected = match index {
                2..4 if is_aborted => ("unknown", Some(ErrorKind::Cancelled)),
                _ if index < sent => ("accepted", None),
                _ => ("not sent", Some(ErrorKind::Cancelled)),
            };
            assert_eq!((name, error), expected, "item {index}");
        }
        assert_eq!(service.requests().concat(), (0..sent as u32).collect::<Vec<_>>(), "nothing is sent afterwards");
        assert!((6..=10).contains(&sent), "{sent}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancellation_is_noticed_while_an_input_pauses() {
    let service = Service::default();
    let cancellation = Cancellation::new();
    // The input goes on after a minute.
    let items = stream::iter(0..5).then(|item| async move {
        sleep(Duration::from_secs(if item == 3 { 60 } else { 0 })).await;
        item
    });
    let batch = Batch::of_stream(items, |items: &[u32]| service.send(items, 0), accept).size(2);
    let mut outcomes = batch.cancellation(&cancellation).ordered();
    let handle = cancellation.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(5)).await;
        handle.stop_sending_because("shutdown");
    });
    let mut found = Vec::new();
    let start = Instant::now();
    while let Some(item) = outcomes.next().await {
        found.push((item.item, item.outcome.name(), start.elapsed().as_secs()));
        if let Outcome::NotSent(error) = &item.outcome {
            assert!(error.to_string().starts_with("shutdown; ") && !error.may_have_taken_effect(), "{error}");
        }
    }
    let not_sent = |item, seconds| (item, "not sent", seconds);
    assert_eq!(found[..2], [(0, "accepted", 0), (1, "accepted", 0)]);
    assert_eq!(found[2..], [not_sent(2, 5), not_sent(3, 60), not_sent(4, 60)]);
}

#[tokio::test(start_paused = true)]
async fn an_aborted_item_may_have_been_applied() {
    let service = Service::default();
    let cancellation = Cancellation::new();
    let batch = Batch::of(0..2, |items: &[u32]| service.send(items, 60), accept).size(1).concurrency(1);
    let mut outcomes = batch.cancellation(&cancellation).unordered();
    assert!(timeout(Duration::from_secs(1), outcomes.next()).await.is_err());
    cancellation.abort();
    let in_flight = outcomes.next().await.expect("an outcome");
    assert_eq!((in_flight.index, in_flight.outcome.name()), (0, "unknown"));
    assert!(in_flight.outcome.error().is_some_and(|error| error.may_have_taken_effect()));
    assert_eq!(named(&mut outcomes).await, [(1, "not sent", Some(ErrorKind::Cancelled))]);
    assert_eq!(outcomes.counts().to_string(), "1 not sent, 1 unknown");
    assert_eq!(service.in_flight.load(Ordering::Relaxed), 0);
}
