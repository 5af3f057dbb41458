//! What a rate limit lets through, and when.

use http::{HeaderName, HeaderValue};

use super::*;

/// Takes so many requests at once; tells the second in which each went.
async fn take(rate_limit: &RateLimit, requests: usize) -> Vec<f64> {
    let began = Instant::now();
    let takers = (0..requests).map(|_| {
        let rate_limit = rate_limit.clone();
        async move {
            rate_limit.take().await;
            began.elapsed().as_secs_f64()
        }
    });
    futures_util::future::join_all(takers).await
}

fn rate(count: u32, allowed: u32, reset: u32) -> HeaderMap {
    let names = ["count", "allowed", "reset"].map(|name| format!("inin-ratelimit-{name}"));
    let pairs = names.iter().zip([count, allowed, reset]);
    pairs.map(|(name, value)| (HeaderName::try_from(name).expect("a name"), HeaderValue::from(value))).collect()
}

fn retry_after(seconds: u32) -> HeaderMap {
    HeaderMap::from_iter([(http::header::RETRY_AFTER, HeaderValue::from(seconds))])
}

#[tokio::test(start_paused = true)]
async fn no_minute_sees_more_than_the_budget() {
    for (per_minute, burst) in [(300, 30), (300, 150), (60, 1), (10, 5), (2, 1), (1, 1)] {
        let rate_limit = RateLimit::per_minute(per_minute).with_burst(burst);
        let times = take(&rate_limit, 4 * per_minute as usize).await;
        let at_once = times.iter().filter(|time| **time < 0.001).count();
        assert_eq!(at_once, burst as usize);
        for (index, start) in times.iter().enumerate() {
            // The clock has a resolution of a millisecond.
            let seen = times[index..].iter().take_while(|time| **time < start + 59.99).count();
            assert!(seen <= per_minute as usize, "{per_minute} with {burst}: {seen} from {start}");
        }
        // The steady pace, and no slower.
        let steady = f64::from(4 * per_minute - burst) * 60.0 / f64::from(per_minute - burst + 1);
        let last = times.last().expect("some");
        assert!((last - steady).abs() < 2.0 + steady / 100.0, "{per_minute} with {burst}: {last}, not {steady}");
    }
}

#[tokio::test(start_paused = true)]
async fn waiters_go_in_the_order_in_which_they_came() {
    let times = take(&RateLimit::per_minute(60), 30).await;
    assert!(times.is_sorted());
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_the_count_of_the_service_is_not_heeded() {
    let rate_limit = RateLimit::unlimited().with_burst(1);
    rate_limit.heed(StatusCode::OK, &rate(300, 300, 60));
    assert_eq!(take(&rate_limit, 5000).await.last(), Some(&0.0));
}

#[tokio::test(start_paused = true)]
async fn a_pause_fills_the_burst_and_no_more() {
    let rate_limit = RateLimit::per_minute(100);
    take(&rate_limit, 20).await;
    tokio::time::advance(Duration::from_secs(3600)).await;
    let times = take(&rate_limit, 11).await;
    assert_eq!(times.iter().filter(|time| **time == 0.0).count(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_is_dropped_takes_nothing() {
    let rate_limit = RateLimit::per_minute(1);
    rate_limit.take().await;
    for _ in 0..10 {
        let late = tokio::time::timeout(Duration::from_secs(5), rate_limit.take()).await;
        assert!(late.is_err());
    }
    let began = Instant::now();
    rate_limit.take().await;
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test(start_paused = true)]
async fn a_full_count_holds_until_it_begins_anew() {
    let rate_limit = RateLimit::per_minute(600);
    rate_limit.heed(StatusCode::OK, &rate(300, 300, 17));
    // An older response that comes later takes nothing back.
    rate_limit.heed(StatusCode::OK, &rate(100, 300, 17));
    assert_eq!(take(&rate_limit, 1).await, [17.0]);
    assert_eq!(take(&rate_limit, 1).await, [0.0]);
}

#[tokio::test(start_paused = true)]
async fn what_is_left_is_spread_when_it_gets_scarce() {
    let rate_limit = RateLimit::per_minute(6000);
    rate_limit.heed(StatusCode::OK, &rate(200, 300, 30));
    assert_eq!(take(&rate_limit, 5).await, [0.0; 5]);
    rate_limit.heed(StatusCode::OK, &rate(290, 300, 30));
    assert_eq!(take(&rate_limit, 12).await, [3.0, 6.0, 9.0, 12.0, 15.0, 18.0, 21.0, 24.0, 27.0, 30.0, 30.0, 30.0]);
}

#[tokio::test(start_paused = true)]
async fn a_busy_service_holds_everybody_and_no_hold_is_for_ever() {
    for rate_limit in [RateLimit::per_minute(600), RateLimit::unlimited()] {
        for (status, held) in [(200, 0.0), (404, 0.0), (500, 0.0), (429, 9.0), (503, 9.0)] {
            rate_limit.heed(StatusCode::from_u16(status).expect("a status"), &retry_after(9));
            assert_eq!(take(&rate_limit.clone(), 2).await, [held, held], "{status}");
        }
        rate_limit.heed(StatusCode::TOO_MANY_REQUESTS, &retry_after(180));
        assert_eq!(take(&rate_limit, 1).await, [180.0]);
        rate_limit.heed(StatusCode::TOO_MANY_REQUESTS, &retry_after(181));
        assert_eq!(take(&rate_limit, 1).await, [0.0]);
    }
    let rate_limit = RateLimit::per_minute(600);
    rate_limit.heed(StatusCode::OK, &rate(300, 300, u32::MAX));
    assert_eq!(take(&rate_limit, 1).await, [180.0]);
}

#[test]
fn a_budget_shows_its_limits() {
    assert_eq!(format!("{:?}", RateLimit::per_minute(300)), "RateLimit { per_minute: 300, burst: 30 }");
    assert_eq!(
        format!("{:?}", RateLimit::per_minute(300).with_burst(1000)),
        "RateLimit { per_minute: 300, burst: 150 }"
    );
    assert_eq!(format!("{:?}", RateLimit::per_minute(0)), "RateLimit { per_minute: 1, burst: 1 }");
    assert_eq!(format!("{:?}", RateLimit::unlimited()), "RateLimit::unlimited()");
}
