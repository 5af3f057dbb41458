//! How much a client asks of a service, how long it waits, and what it leaves behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::support::clock::{hold, pass, settle, telling};
use crate::support::*;
use futures_util::StreamExt as _;
use futures_util::future::join_all;
use rosterkit_core::{Backoff, CallOptions, ErrorKind, RateLimit, Request, RetryPolicy, StatusCode};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{Instant, advance};

const MINUTE: Duration = Duration::from_secs(60);
const TICK: Duration = Duration::from_millis(1);

/// A server that is asked by many at once. It responds when it is told to, and tells the time of each request.
async fn serve_many(response: String) -> (String, UnboundedReceiver<Instant>, Arc<AtomicUsize>) {
    let (sender, receiver) = unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let peak = Arc::new(AtomicUsize::new(0));
    let (seen, active) = (peak.clone(), Arc::new(AtomicUsize::new(0)));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (sender, response, seen, active) = (sender.clone(), response.clone(), seen.clone(), active.clone());
            tokio::spawn(async move {
                read_head(&mut stream).await;
                let _ = sender.send(Instant::now());
                seen.fetch_max(active.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Long enough for others to come, if they may.
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                active.fetch_sub(1, Ordering::SeqCst);
                let _ = stream.write_all(response.as_bytes()).await;
            });
        }
    });
    (url, receiver, peak)
}

#[tokio::test]
async fn no_more_than_the_cap_are_under_way() {
    for cap in [1, 3] {
        let (url, _requests, peak) = serve_many(response(200, &[])).await;
        let transport = builder(url).max_concurrent(cap).build().expect("valid settings");
        let calls = (0..20).map(|_| transport.send_empty(Request::new(&GET_USERS)));
        assert!(join_all(calls).await.iter().all(Result::is_ok));
        assert_eq!(peak.load(Ordering::SeqCst), cap);
    }
    let error = builder("http://localhost").max_concurrent(0).build().expect_err("nothing could be sent");
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[tokio::test(start_paused = true)]
async fn a_thousand_clones_share_one_budget() {
    let (url, mut requests, _) = serve_many(response(200, &[])).await;
    let transport =
        builder(url).rate_limit(RateLimit::per_minute(300)).timeout(Duration::MAX).build().expect("valid settings");
    let began = Instant::now();
    let calls = (0..1000).map(|_| {
        let transport = transport.clone();
        async move { transport.send_empty(Request::new(&GET_USERS)).await }
    });
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    let times: Vec<Instant> = std::iter::from_fn(|| requests.try_recv().ok()).collect();
    assert_eq!(times.len(), 1000);
    for (index, start) in times.iter().enumerate() {
        let seen = times[index..].iter().take_while(|time| **time < *start + MINUTE - 2 * TICK).count();
        assert!(seen <= 300, "{seen} in the minute from {:?}", *start - began);
    }
    assert!(began.elapsed() > 3 * MINUTE);
}

#[tokio::test(start_paused = true)]
async fn clients_can_share_a_budget_and_retries_come_out_of_it() {
    let (url, mut requests) = serve_in_turn(vec![response(503, &[]), response(200, &[])]).await;
    let rate_limit = RateLimit::per_minute(2);
    let (one, mut waits) = telling(builder(&url).retry(RetryPolicy::default()).rate_limit(rate_limit.clone()));
    let (one, other) =
        (one.build().expect("valid settings"), builder(&url).rate_limit(rate_limit).build().expect("valid settings"));
    let _held = hold();
    let began = Instant::now();
    let mut calls = Box::pin(async {
        waits.leap(one.send_empty(Request::new(&GET_USERS))).await.0.expect("the second attempt");
        other.send_empty(Request::new(&GET_USERS)).await.expect("the third request");
    });
    for expected in 1..=3 {
        settle_unless_done(&mut calls).await;
        assert!(requests.try_recv().is_ok() && requests.try_recv().is_err(), "request {expected}");
        advance(Duration::from_secs(30) + TICK).await;
    }
    assert!(began.elapsed() >= MINUTE);
}

async fn settle_unless_done(future: &mut (impl Future<Output = ()> + Unpin)) {
    let pending = async {
        future.await;
        std::future::pending::<()>().await;
    };
    settle(&mut Box::pin(pending)).await;
}

#[tokio::test(start_paused = true)]
async fn the_service_s_count_holds_the_next_request() {
    let full = ["inin-ratelimit-count: 300", "inin-ratelimit-allowed: 300", "inin-ratelimit-reset: 17"];
    let busy = ["Retry-After: 17"];
    for first in [response(200, &full), response(429, &busy), response(503, &full)] {
        let (url, mut requests) = serve_in_turn(vec![first, response(200, &[])]).await;
        let transport = builder(url).rate_limit(RateLimit::per_minute(300)).build().expect("valid settings");
        let _held = hold();
        let _ = transport.send_empty(Request::new(&GET_USERS)).await;
        requests.recv().await.expect("the first request");
        let clone = transport.clone();
        let mut second = Box::pin(clone.send_empty(Request::new(&GET_USERS)));
        settle(&mut second).await;
        advance(Duration::from_secs(16)).await;
        settle(&mut second).await;
        assert!(requests.try_recv().is_err());
        advance(Duration::from_secs(1) + TICK).await;
        second.await.expect("done");
    }
}

/// A server that never responds, and reports of each request, and of each connection that its client has closed.
async fn silent() -> (String, UnboundedReceiver<()>, UnboundedReceiver<()>) {
    let (sender, requests) = unbounded_channel();
    let (closer, closed) = unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("bound"));
    let watch = |closer: UnboundedSender<()>, sender: UnboundedSender<()>| async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            read_head(&mut stream).await;
            let _ = sender.send(());
            let _ = stream.read_u8().await;
            let _ = closer.send(());
        }
    };
    tokio::spawn(watch(closer, sender));
    (url, requests, closed)
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_repeated_where_it_does_no_harm() {
    for (operation, attempts) in [(&GET_USERS, 2), (&SEARCH_USERS, 2), (&POST_USER, 1)] {
        let (url, mut requests, _closed) = silent().await;
        let policy = RetryPolicy::default().with_attempts(2).with_total(Duration::MAX).with_backoff(Backoff::new(
            Duration::ZERO,
            1.0,
            Duration::ZERO,
        ));
        let transport = builder(url).retry(policy).timeout(MINUTE).build().expect("valid settings");
        let _held = hold();
        let mut call = Box::pin(transport.send_empty(Request::new(operation)));
        let mut seen = 0;
        let error = loop {
            tokio::select! {
                biased;
                sent = &mut call => break sent.expect_err("late"),
                _ = requests.recv() => {
                    seen += 1;
                    advance(MINUTE + TICK).await;
                }
                // A wait of zero still is a timer.
                () = tokio::task::yield_now() => advance(TICK).await,
            }
        };
        assert_eq!((error.kind(), error.attempts(), seen), (ErrorKind::Timeout, attempts, attempts));
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_with_its_time_limit_in_the_middle_of_an_attempt() {
    for options in [None, Some(CallOptions::new().call_timeout(Duration::from_secs(5)))] {
        let limit = Duration::from_secs(if options.is_some() { 5 } else { 20 });
        let (url, notice, _closed) = silent().await;
        let builder = builder(url).retry(RetryPolicy::default()).call_timeout(Duration::from_secs(20));
        let transport = builder.build().expect("valid settings");
        let request = Request::new(&GET_USERS).options(options.unwrap_or_default());
        let began = Instant::now();
        let error = pass(limit, notice, transport.send_empty(request)).await.expect_err("late");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
        assert!(began.elapsed() <= limit + 2 * TICK);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_has_its_own_time_limit_for_an_attempt() {
    let (url, notice, _closed) = silent().await;
    let request = Request::new(&GET_USERS).options(CallOptions::new().timeout(Duration::from_secs(3)));
    let transport = transport(url);
    let error = pass(Duration::from_secs(3), notice, transport.send_empty(request)).await.expect_err("late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_call_does_not_wait_for_the_budget_beyond_its_time_limit() {
    let (url, _requests) = serve_in_turn(vec![response(503, &[])]).await;
    let rate_limit = RateLimit::per_minute(1);
    let (builder, mut waits) = telling(builder(url).retry(RetryPolicy::default()).rate_limit(rate_limit));
    let transport = builder.call_timeout(Duration::from_secs(30)).build().expect("valid settings");
    let began = Instant::now();
    {
        let held = hold();
        let mut call = Box::pin(waits.leap(transport.send_empty(Request::new(&GET_USERS))));
        settle(&mut call).await;
        advance(Duration::from_secs(30)).await;
        let (sent, _) = call.await;
        // The attempt that was answered says more than the one that was not made.
        let error = sent.expect_err("no second attempt in time");
        assert_eq!((error.status(), error.attempts()), (Some(StatusCode::SERVICE_UNAVAILABLE), 1));
        drop(held);
    }
    assert!(began.elapsed() < Duration::from_secs(31));
    let request = Request::new(&GET_USERS).options(CallOptions::new().call_timeout(Duration::from_secs(5)));
    let error = transport.send_empty(request).await.expect_err("no first attempt in time");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 0));
}

#[tokio::test(start_paused = true)]
async fn what_was_given_up_before_it_was_sent_did_nothing_and_may_be_sent_again() {
    let (url, mut requests) = serve_in_turn(vec![response(200, &[])]).await;
    let transport = builder(url).rate_limit(RateLimit::per_minute(1)).build().expect("valid settings");
    let held = hold();
    transport.send_empty(Request::new(&POST_USER)).await.expect("the only one of this minute");
    requests.recv().await.expect("the first request");
    drop(held);
    let request = Request::new(&POST_USER).options(CallOptions::new().call_timeout(Duration::from_secs(5)));
    let error = transport.send_empty(request).await.expect_err("no turn in time");
    assert!(requests.try_recv().is_err());
    assert_eq!(
        (error.kind(), error.attempts(), error.is_retryable(), error.may_have_taken_effect()),
        (ErrorKind::Timeout, 0, true, false)
    );
    assert_eq!(
        error.to_string(),
        "postUser (POST /api/users): the time limit passed before the request could be sent; send less at once, or set \
         a longer time limit; it was spent on a credential or a turn to send"
    );
}

/// Drives a future until it waits, drops it, and waits until as many tasks are left as before.
async fn drop_while_waiting(mut future: impl Future + Unpin, mut reached: impl AsyncFnMut()) {
    let tasks = Handle::current().metrics().num_alive_tasks();
    tokio::select! {
        biased;
        _ = &mut future => panic!("it ended too early"),
        () = reached() => {}
    }
    drop(future);
    for _ in 0..1000 {
        if Handle::current().metrics().num_alive_tasks() <= tasks {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("tasks were left behind");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_leaves_no_task_and_no_connection() {
    let _held = hold();
    let (url, mut requests, mut closed) = silent().await;
    let transport = builder(&url).max_concurrent(1).build().expect("valid settings");
    for _ in 0..3 {
        let call = Box::pin(transport.send_empty(Request::new(&GET_USERS)));
        drop_while_waiting(call, async || assert!(requests.recv().await.is_some())).await;
        closed.recv().await.expect("the connection is closed");
    }

    // Between two attempts.
    let (waiting, mut waits) = unbounded_channel();
    let retrying = builder(closed_port().await)
        .retry(RetryPolicy::default())
        .on_retry(move |_| waiting.send(()).expect("the test still runs"))
        .build()
        .expect("valid settings");
    let call = Box::pin(retrying.send_empty(Request::new(&GET_USERS)));
    drop_while_waiting(call, async || assert!(waits.recv().await.is_some())).await;

    // In the queue for the rate limit, whose next request then is somebody else's.
    let (url, _received) = serve_in_turn(vec![response(200, &[])]).await;
    let paced = builder(url).rate_limit(RateLimit::per_minute(1)).build().expect("valid settings");
    paced.send_empty(Request::new(&GET_USERS)).await.expect("the first");
    for _ in 0..3 {
        let call = Box::pin(paced.send_empty(Request::new(&GET_USERS)));
        drop_while_waiting(call, async || (0..50).for_each(drop)).await;
    }
    advance(MINUTE + TICK).await;
    paced.send_empty(Request::new(&GET_USERS)).await.expect("the second");
}

#[tokio::test]
async fn a_streamed_response_that_is_dropped_closes_its_connection() {
    let (closer, mut closed) = unbounded_channel();
    let url = serve(move |mut stream| {
        let closer = closer.clone();
        async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc").await;
            let _ = stream.read_u8().await;
            let _ = closer.send(());
        }
    })
    .await;
    let response = transport(url).send_body(Request::new(&GET_USERS), &["*/*"]).await.expect("a head");
    let mut body = response.into_inner();
    body.next().await.expect("a chunk").expect("a chunk");
    drop(body);
    closed.recv().await.expect("the connection is closed");
}
