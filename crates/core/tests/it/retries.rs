//! What is repeated, how often, and after what waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::clock::{Waits, telling};
use crate::support::*;
use futures_util::stream;
use rosterkit_core::{
    Backoff, Body, CallOptions, Error, ErrorKind, FilePart, Operation, Request, Response, RetryPolicy, StatusCode,
    TransportBuilder, bytes::Bytes,
};
use tokio::io::AsyncWriteExt as _;

/// As clients come, but with waits that can be told beforehand.
fn repeating(base_url: impl AsRef<str>) -> (TransportBuilder, Waits) {
    let policy = RetryPolicy::default().with_backoff(Backoff::default().with_jitter(false));
    telling(builder(base_url).retry(policy))
}

fn millis(waits: &[Duration]) -> Vec<u128> {
    waits.iter().map(Duration::as_millis).collect()
}

fn requests() -> [(&'static Operation, bool); 4] {
    [(&GET_USERS, true), (&SEARCH_USERS, true), (&PUT_USERS, true), (&POST_USER, false)]
}

static PUT_USERS: Operation = Operation { id: "putUsers", method: "PUT", ..GET_USERS_COPY };
const GET_USERS_COPY: Operation = Operation {
    api: "sample",
    id: "getUsers",
    method: "GET",
    path: "/api/users",
    security: &[],
    repeatable: false,
    service_error: None,
    scope: &[],
};

#[tokio::test(start_paused = true)]
async fn a_busy_service_is_asked_again_by_what_is_safe_to_repeat() {
    for status in [408, 500, 502, 503, 504] {
        for (operation, is_safe) in requests() {
            let (url, mut received) = serve_in_turn(vec![response(status, &[]), response(200, &[])]).await;
            let (builder, mut waits) = repeating(url);
            let transport = builder.build().expect("valid settings");
            let (sent, waits) = waits.leap(transport.send_empty(Request::new(operation).json(&1))).await;
            assert_eq!(sent.is_ok(), is_safe, "{status} {}", operation.id);
            assert_eq!(millis(&waits), if is_safe { vec![250] } else { vec![] });
            assert_eq!(received.recv().await.expect("a request").body, b"1");
            match is_safe {
                true => assert_eq!(received.recv().await.expect("the same request again").body, b"1"),
                false => assert!(received.try_recv().is_err()),
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_turned_away_is_safe_to_repeat_for_every_method() {
    for (operation, _) in requests() {
        let (url, _received) = serve_in_turn(vec![response(429, &["Retry-After: 7"]), response(200, &[])]).await;
        let (builder, mut waits) = repeating(url);
        let transport = builder.build().expect("valid settings");
        let (sent, waits) = waits.leap(transport.send_empty(Request::new(operation).json(&1))).await;
        assert_eq!((sent.is_ok(), millis(&waits)), (true, vec![7000]));
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_tried_again_for_every_method() {
    for (operation, _) in requests() {
        let (builder, mut waits) = repeating(closed_port().await);
        let transport = builder.build().expect("valid settings");
        let (sent, waits) = waits.leap(transport.send_empty(Request::new(operation).json(&1))).await;
        let error = sent.expect_err("nothing listens");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 4));
        assert_eq!(millis(&waits), [250, 500, 1000]);
        assert!(error.to_string().contains(", after 4 attempts; "), "{error}");
        assert_discreet(&error);
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_is_repeated_only_where_it_does_no_harm() {
    for (operation, is_safe) in requests() {
        let (url, _received) = serve_in_turn(vec![String::new(), response(200, &[])]).await;
        let (builder, mut waits) = repeating(url);
        let transport = builder.build().expect("valid settings");
        let (sent, _) = waits.leap(transport.send_empty(Request::new(operation).json(&1))).await;
        match is_safe {
            true => drop(sent.expect("the second attempt")),
            false => {
                let error = sent.expect_err("not repeated");
                assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 1));
                assert!(!error.is_retryable());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_can_have_everything_repeated() {
    let responses = || vec![String::new(), response(503, &[]), response(200, &[])];
    let policy = RetryPolicy::default().with_repeat_unsafe(true);
    for (client, options, succeeds) in [
        (RetryPolicy::default(), CallOptions::new(), false),
        (policy.clone(), CallOptions::new(), true),
        (RetryPolicy::default(), CallOptions::new().repeat_unsafe(true), true),
        (RetryPolicy::default(), CallOptions::new().retry(policy.clone()), true),
        (policy.clone(), CallOptions::new().repeat_unsafe(false), false),
        (policy, CallOptions::new().retry(RetryPolicy::none()), false),
    ] {
        let (url, _received) = serve_in_turn(responses()).await;
        let (builder, mut waits) = telling(builder(url).retry(client));
        let transport = builder.build().expect("valid settings");
        let request = Request::new(&POST_USER).json(&1).options(options);
        assert_eq!(waits.leap(transport.send_empty(request)).await.0.is_ok(), succeeds);
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_says_it_is_idempotent_is_repeated_like_a_put() {
    let idempotent = || CallOptions::new().idempotent(true);
    let said = |is_idempotent| Request::new(&POST_USER).json(&1).idempotent(is_idempotent);
    let plain = || Request::new(&POST_USER).json(&1);
    type Make<'a> = &'a dyn Fn() -> Request;
    let requests: [(Make<'_>, Option<CallOptions>, bool); 9] = [
        (&plain, None, false),
        (&|| said(true), None, true),
        (&|| said(false), None, false),
        // What a caller says of this call takes precedence, in whatever order it is set.
        (&|| plain().options(idempotent()), None, true),
        (&|| said(false).options(idempotent()), None, true),
        (&|| said(true).options(CallOptions::new().idempotent(false)), None, false),
        (&|| said(true).options(CallOptions::new().timeout(Duration::from_secs(9))), None, true),
        // What a client says of all its calls does not.
        (&plain, Some(idempotent()), true),
        (&|| said(false), Some(idempotent()), false),
    ];
    for (number, (request, of_client, is_repeated)) in requests.into_iter().enumerate() {
        for failure in [408, 500, 502, 503, 504].map(|status| response(status, &[])).into_iter().chain([String::new()])
        {
            let (url, mut received) = serve_in_turn(vec![failure, response(200, &[])]).await;
            let (builder, mut waits) = repeating(url);
            let transport = builder.build().expect("valid settings");
            let transport = of_client.clone().map_or(transport.clone(), |options| transport.with_options(options));
            let (sent, _) = waits.leap(transport.send_empty(request())).await;
            assert_eq!(sent.is_ok(), is_repeated, "request {number}");
            if let Err(error) = sent {
                assert!(error.may_have_taken_effect() && !error.is_retryable(), "request {number}: {error}");
            }
            let mut count = 0;
            while received.try_recv().is_ok() {
                count += 1;
            }
            assert_eq!(count, if is_repeated { 2 } else { 1 }, "request {number}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_final_failure_of_an_idempotent_request_may_have_taken_effect_and_is_retryable() {
    for (responses, attempts, is_retryable) in
        [(&[503, 503, 503, 503][..], 4, true), (&[503, 400], 2, false), (&[520], 1, true)]
    {
        let (url, _received) = serve_in_turn(responses.iter().map(|status| response(*status, &[])).collect()).await;
        let (builder, mut waits) = repeating(url);
        let transport = builder.build().expect("valid settings");
        let request = Request::new(&POST_USER).json(&1).idempotent(true);
        let error = waits.leap(transport.send_empty(request)).await.0.expect_err("refused in the end");
        assert_eq!((error.attempts(), error.is_retryable()), (attempts, is_retryable), "{responses:?}");
        assert!(error.may_have_taken_effect() && !error.is_rejection(), "{responses:?}");
    }
    // A status that is never repeated is not repeated for an idempotent request either.
    let (url, _received) = serve_in_turn(vec![response(400, &[]), response(200, &[])]).await;
    let transport = builder(url).build().expect("valid settings");
    let error = transport.send_empty(Request::new(&POST_USER).json(&1).idempotent(true)).await.expect_err("refused");
    assert_eq!((error.attempts(), error.may_have_taken_effect(), error.is_rejection()), (1, false, true));
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_may_have_taken_effect_is_not_forgotten() {
    for (responses, attempts, may_have_taken_effect) in [
        (&[400][..], 1, false),
        (&[408, 400], 2, true),
        (&[429, 400], 2, false),
        (&[429, 503, 429, 401], 4, true),
        (&[503, 503, 503, 503], 4, true),
        (&[501], 1, true),
    ] {
        let (url, _received) = serve_in_turn(responses.iter().map(|status| response(*status, &[])).collect()).await;
        let (builder, mut waits) = telling(builder(url).retry(RetryPolicy::default().with_repeat_unsafe(true)));
        let transport = builder.build().expect("valid settings");
        let sent = waits.leap(transport.send_empty(Request::new(&POST_USER).json(&1))).await.0;
        let error = sent.expect_err("refused in the end");
        assert_eq!(
            (error.attempts(), error.may_have_taken_effect()),
            (attempts, may_have_taken_effect),
            "{responses:?}"
        );
        assert_eq!(error.is_rejection(), !may_have_taken_effect && responses.last() == Some(&400), "{responses:?}");
    }
    let transport = builder(closed_port().await).retry(RetryPolicy::none()).build().expect("valid settings");
    let error = transport.send_empty(Request::new(&POST_USER).json(&1)).await.expect_err("no listener");
    assert!(!error.may_have_taken_effect());
}

#[tokio::test(start_paused = true)]
async fn other_statuses_are_responses() {
    for status in [400, 401, 403, 404, 409, 410, 412, 422, 501, 505, 507] {
        let (url, _received) = serve_in_turn(vec![response(status, &["Retry-After: 1"]), response(200, &[])]).await;
        let (builder, mut waits) = repeating(url);
        let transport = builder.build().expect("valid settings");
        let (sent, waits) = waits.leap(transport.send_empty(Request::new(&GET_USERS))).await;
        let error = sent.expect_err("a response");
        assert_eq!((error.status().map(|it| it.as_u16()), error.attempts(), waits.len()), (Some(status), 1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_breaks_off_is_read_again() {
    let short = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{\"id\":\"u\",\"ver";
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 22\r\nConnection: close\r\n\r\n{\"id\":\"u\",\"version\":3}";
    for (operation, is_safe) in requests() {
        let (url, _received) = serve_in_turn(vec![short.into(), short.into(), whole.into()]).await;
        let (builder, mut waits) = repeating(url);
        let transport = builder.build().expect("valid settings");
        let (user, waits) = waits.leap(transport.send_json::<User>(Request::new(operation).json(&1))).await;
        match is_safe {
            true => assert_eq!((user.expect("whole").get().version, millis(&waits)), (3, vec![250, 500])),
            false => assert_eq!(user.expect_err("not repeated").attempts(), 1),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_decoded_is_not_repeated_but_counted() {
    let wrong = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";
    let (url, _received) = serve_in_turn(vec![response(503, &[]), wrong.into()]).await;
    let (builder, mut waits) = repeating(url);
    let transport = builder.build().expect("valid settings");
    let (user, _) = waits.leap(transport.send_json::<User>(Request::new(&GET_USERS))).await;
    let error = user.expect_err("no user");
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 2));
}

#[tokio::test(start_paused = true)]
async fn what_was_never_sent_has_no_attempts() {
    let (builder, mut waits) = repeating(closed_port().await);
    let transport = builder.build().expect("valid settings");
    for request in [Request::new(&GET_USERS).invalid("q", "is wrong"), Request::new(&GET_ME)] {
        let (sent, waits) = waits.leap(transport.send_empty(request)).await;
        assert_eq!((sent.expect_err("not sent").attempts(), waits.len()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn a_date_says_when_to_come_back() {
    let headers = ["Date: Sun, 06 Nov 1994 08:49:37 GMT", "Retry-After: Sun, 06 Nov 1994 08:50:07 GMT"];
    let (url, _received) = serve_in_turn(vec![response(503, &headers), response(200, &[])]).await;
    let (builder, mut waits) = repeating(url);
    let transport = builder.build().expect("valid settings");
    let (sent, waits) = waits.leap(transport.send_empty(Request::new(&GET_USERS))).await;
    assert_eq!((sent.is_ok(), millis(&waits)), (true, vec![30_000]));
}

#[tokio::test(start_paused = true)]
async fn a_wait_beyond_the_cap_or_the_call_is_not_begun() {
    let patient = RetryPolicy::default().with_total(Duration::from_secs(3600));
    for (options, waits_for) in [
        // The default total is shorter than what the service asks for, and does not count it.
        (CallOptions::new(), Some(100)),
        (CallOptions::new().retry(patient.clone()), Some(100)),
        (CallOptions::new().retry(patient.clone()).call_timeout(Duration::from_secs(100)), None),
        (CallOptions::new().retry(patient.clone()).call_timeout(Duration::from_secs(101)), Some(100)),
        (CallOptions::new().retry(patient.with_retry_after_cap(Duration::from_secs(99))), None),
    ] {
        let (url, _received) = serve_in_turn(vec![response(429, &["Retry-After: 100"]), response(200, &[])]).await;
        let (builder, mut waits) = repeating(url);
        let transport = builder.build().expect("valid settings");
        let request = Request::new(&GET_USERS).options(options);
        let (sent, waits) = waits.leap(transport.send_empty(request)).await;
        assert_eq!(waits.first().map(Duration::as_secs), waits_for);
        if let Err(error) = sent {
            // The last response, and not that time is up.
            assert_eq!(error.status(), Some(StatusCode::TOO_MANY_REQUESTS));
            assert_eq!(error.retry_after(), Some(Duration::from_secs(100)));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_longer_wait_than_the_cap_ends_the_call_and_says_when_to_come_back() {
    for asked in ["181", "99999999999999999999"] {
        let (url, _received) = serve_in_turn(vec![response(429, &[&format!("Retry-After: {asked}")])]).await;
        let (builder, _waits) = repeating(url);
        let transport = builder.build().expect("valid settings");
        let error = transport.send_empty(Request::new(&GET_USERS)).await.expect_err("it ends");
        let seconds = asked.parse().unwrap_or(604_800).min(604_800);
        assert!(error.advice().contains(&format!("come back in {seconds} s, at ")), "{error}");
        assert_eq!((error.attempts(), error.is_retryable()), (1, true));
    }
}

#[tokio::test(start_paused = true)]
async fn a_wait_learned_by_one_call_holds_all_calls_of_the_client() {
    for status in [429, 503] {
        let busy = response(status, &["Retry-After: 100"]);
        let (url, mut received) = serve_in_turn(vec![busy, response(200, &[])]).await;
        let transport = transport(url);
        let error = transport.send_empty(Request::new(&GET_USERS)).await.expect_err("it is busy");
        assert_eq!((error.attempts(), received.recv().await.is_some()), (1, true));
        let (clone, request) = (transport.clone(), Request::new(&GET_USERS));
        let held = tokio::time::timeout(Duration::from_secs(99), clone.send_empty(request)).await;
        assert!(held.is_err() && received.try_recv().is_err(), "{status}");
        let request = Request::new(&GET_USERS).options(CallOptions::new().call_timeout(Duration::from_secs(1)));
        let late = transport.send_empty(request).await.expect_err("it is not its turn in time");
        assert_eq!((late.kind(), late.may_have_taken_effect()), (ErrorKind::Timeout, false));
    }
}

#[tokio::test(start_paused = true)]
async fn a_hook_sees_each_retry_and_nothing_else() {
    let (url, _received) = serve_in_turn(vec![String::new(), response(503, &["x-request-id: r-1"])]).await;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, count) = (seen.clone(), Arc::new(Mutex::new(0)));
    let counter = count.clone();
    let (builder, mut waits) = repeating(url);
    let transport = builder
        .retry(RetryPolicy::default().with_attempts(3))
        .on_retry(move |event| {
            let shown = format!("{event:?}");
            assert!(!shown.contains(SENTINEL), "{shown}");
            let error = event.error();
            let delay = event.delay();
            let entry = (event.attempt(), error.kind(), error.attempts(), error.correlation_id().map(str::to_owned));
            log.lock().expect("no panic").push((entry, delay));
        })
        .on_retry(move |_| *counter.lock().expect("no panic") += 1)
        .build()
        .expect("valid settings");
    let request = Request::new(&GET_USER).path("userId", SENTINEL);
    let (sent, waits) = waits.leap(transport.send_empty(request)).await;
    assert_eq!(sent.expect_err("busy").attempts(), 3);
    let seen = seen.lock().expect("no panic").clone();
    let entries: Vec<_> = seen.iter().map(|(entry, _)| entry.clone()).collect();
    assert_eq!(entries, [(1, ErrorKind::Transport, 1, None), (2, ErrorKind::Status, 2, Some("r-1".to_owned()))]);
    assert_eq!(seen.iter().map(|(_, delay)| *delay).collect::<Vec<_>>(), waits);
    assert_eq!(*count.lock().expect("no panic"), 2);
}

#[tokio::test(start_paused = true)]
async fn the_number_of_attempts_can_be_set_without_the_rest_of_the_policy() {
    let second = Duration::from_secs(1);
    let policy = RetryPolicy::default().with_backoff(Backoff::new(second, 1.0, second).with_jitter(false));
    for (attempts, expected) in [(0, 1), (3, 3)] {
        let (builder, mut waits) = telling(builder(closed_port().await).retry(policy.clone()));
        let transport = builder.retry_attempts(attempts).build().expect("valid settings");
        let (sent, waits) = waits.leap(transport.send_empty(Request::new(&GET_USERS))).await;
        assert_eq!(sent.expect_err("nothing listens").attempts(), expected);
        assert_eq!(waits, vec![second; expected as usize - 1]);
    }
}

#[tokio::test(start_paused = true)]
async fn jitter_is_random_unless_it_has_a_seed() {
    let mut courses = Vec::new();
    for seed in [Some(7), Some(7), Some(8), None, None] {
        let (builder, mut waits) = telling(builder(closed_port().await).retry(RetryPolicy::default()));
        let builder = seed.into_iter().fold(builder, TransportBuilder::jitter_seed);
        let transport = builder.build().expect("valid settings");
        let (_, waits) = waits.leap(transport.send_empty(Request::new(&GET_USERS))).await;
        assert!(waits.iter().zip([250, 500, 1000]).all(|(wait, step)| *wait <= Duration::from_millis(step)));
        courses.push(waits);
    }
    assert_eq!(courses[0], courses[1]);
    assert!(courses[1] != courses[2] && courses[3] != courses[4]);
}

fn streamed(length: Option<u64>) -> Body {
    Body::stream(stream::iter([Ok::<_, std::io::Error>(Bytes::from("abc"))]), length)
}

#[tokio::test(start_paused = true)]
async fn a_streamed_body_that_was_read_is_not_sent_again() {
    for first in [response(429, &[]), response(503, &[]), String::new()] {
        for body in [streamed(Some(3)), streamed(None)] {
            let (url, mut received) = serve_in_turn(vec![first.clone(), response(200, &[])]).await;
            let (builder, mut waits) = repeating(url);
            let transport =
                builder.retry(RetryPolicy::default().with_repeat_unsafe(true)).build().expect("valid settings");
            let request = Request::new(&POST_USER).body("text/csv", body);
            let (sent, waits) = waits.leap(transport.send_empty(request)).await;
            assert_eq!((sent.expect_err("not repeated").attempts(), waits.len()), (1, 0));
            received.recv().await.expect("one request");
            assert!(received.try_recv().is_err());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_streamed_body_survives_a_connection_that_was_never_made() {
    // The server of the second attempt begins to listen here.
    let port = taken_port();
    let (sender, mut received) = tokio::sync::mpsc::unbounded_channel();
    let (builder, mut waits) = repeating(url_of(&port));
    let server = Mutex::new(Some((port, sender)));
    let transport = builder
        .on_retry(move |_| {
            let (port, sender) = server.lock().expect("no panic").take().expect("one retry");
            let listener = port.listen(1).expect("a listener");
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                sender.send(read_request(&mut stream).await).expect("the test still runs");
                stream.write_all(response(200, &[]).as_bytes()).await.expect("the client still listens");
            });
        })
        .build()
        .expect("valid settings");
    let request = Request::new(&POST_USER).part_file("file", FilePart::new("a.csv", streamed(Some(3))));
    let (sent, waits) = waits.leap(transport.send_empty(request)).await;
    sent.expect("sent with the second attempt");
    assert_eq!(millis(&waits), [250]);
    let body = String::from_utf8(received.recv().await.expect("a request").body).expect("UTF-8");
    assert!(body.contains("\r\n\r\nabc\r\n"), "{body}");
}

#[tokio::test(start_paused = true)]
async fn a_streamed_response_is_repeated_only_until_its_head() {
    let short = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
    let (url, mut received) = serve_in_turn(vec![response(503, &[]), short.into()]).await;
    let (builder, mut waits) = repeating(url);
    let transport = builder.build().expect("valid settings");
    let (body, waits) = waits.leap(transport.send_body(Request::new(&GET_USERS), &["*/*"])).await;
    assert_eq!(waits.len(), 1);
    let error = body.expect("a head").into_inner().bytes().await.expect_err("breaks off");
    assert_eq!(error.kind(), ErrorKind::Transport);
    received.recv().await.expect("the first request");
    received.recv().await.expect("the second request");
    assert!(received.try_recv().is_err());
}

#[tokio::test]
async fn the_caller_s_id_goes_with_each_attempt_and_none_goes_otherwise() {
    let (url, mut received) = serve_in_turn(vec![response(503, &[]), response(200, &[])]).await;
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    let transport = builder(url).retry(quick).build().expect("valid settings");
    let options = CallOptions::new().request_id("job-4711");
    transport.send_empty(Request::new(&GET_USERS).options(options)).await.expect("done");
    transport.send_empty(Request::new(&GET_USERS)).await.expect("done");
    for expected in [Some("job-4711"), Some("job-4711"), None] {
        assert_eq!(received.recv().await.expect("a request").header("x-request-id"), expected);
    }
    let long = "x".repeat(129);
    for id in ["", "two words", "line\nbreak", "\u{e9}", &long] {
        let request = Request::new(&GET_USERS).options(CallOptions::new().request_id(id));
        let error = transport.send_empty(request).await.expect_err("no id");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
    }
}

/// Reads a response as a whole number.
async fn number(response: Response<Body>) -> Result<u64, Error> {
    let body = response.into_inner();
    let mismatch = body.decode_error("the response is not a number");
    body.text().await?.parse().map_err(|_| mismatch)
}

#[tokio::test(start_paused = true)]
async fn a_response_that_breaks_off_while_it_is_read_is_repeated_where_that_is_safe() {
    let whole = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789";
    let length = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123";
    let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n";
    for broken in [length, chunked] {
        for (operation, is_safe) in requests() {
            let (url, mut received) = serve_in_turn(vec![broken.into(), whole.into()]).await;
            let (builder, mut waits) = repeating(url);
            let transport = builder.build().expect("valid settings");
            let request = Request::new(operation).json(&1);
            let (read, waits) = waits.leap(transport.send_read(request, &["text/plain"], number)).await;
            received.recv().await.expect("a request");
            match is_safe {
                true => {
                    assert_eq!((read.expect("the second response"), millis(&waits)), (123_456_789, vec![250]));
                    assert_eq!(received.recv().await.expect("the same request again").body, b"1");
                }
                false => {
                    let error = read.expect_err("breaks off");
                    assert_eq!((error.kind(), error.attempts(), waits.len()), (ErrorKind::Transport, 1, 0));
                    assert_eq!((error.operation(), error.status()), (Some(operation.id), Some(StatusCode::OK)));
                    assert!(received.try_recv().is_err());
                }
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_response_that_is_read_and_does_not_fit_is_not_repeated() {
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Request-Id: r-1\r\n\r\nabc";
    let (url, _received) = serve_in_turn(vec![text.into()]).await;
    let (builder, mut waits) = repeating(url);
    let transport = builder.build().expect("valid settings");
    let (read, waits) = waits.leap(transport.send_read(Request::new(&GET_USERS), &["text/plain"], number)).await;
    let error = read.expect_err("no number");
    assert_eq!((error.kind(), error.attempts(), error.correlation_id()), (ErrorKind::Decode, 1, Some("r-1")));
    assert!(waits.is_empty());
}
