//! When pages are requested.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use rosterkit_core::paging::{CursorPage, NumberedPage, Pager};
use tokio::time::{Instant, sleep};

use super::*;

#[tokio::test]
async fn nothing_is_requested_before_the_first_poll() {
    let (pager, log) = numbered(&[(&[1], page_count(1))]);
    let mut items = pager.ahead(5).items();
    tokio::task::yield_now().await;
    assert!(requested(&log).is_empty());
    assert!(items.next().await.is_some());
    assert_eq!(requested(&log), [1]);
}

#[tokio::test]
async fn so_many_pages_are_requested_ahead_and_no_more() {
    let pages = [(&[1, 2][..], page_count(9)); 9];
    for (ahead, first, second) in [(0, 1, 1), (1, 2, 2), (3, 4, 4), (20, 9, 9)] {
        let (pager, log) = numbered(&pages);
        let mut items = pager.ahead(ahead).items();
        items.next().await;
        assert_eq!(requested(&log).len(), first, "after the first item, {ahead} ahead");
        items.next().await;
        assert_eq!(requested(&log).len(), second, "after the second item, {ahead} ahead");
    }
}

#[tokio::test]
async fn pages_that_nobody_promised_are_not_requested_ahead() {
    let (pager, log) = numbered(&[(&[1], link(Some("2"))), (&[2], link(None))]);
    let (read, _) = drain(pager.ahead(9).items()).await;
    assert_eq!((read, requested(&log)), (vec![1, 2], vec![1, 2]));

    let (pager, log) = numbered(&[(&[1, 2], total(5)), (&[3, 4], total(5)), (&[5], total(5))]);
    let (read, _) = drain(pager.ahead(9).items()).await;
    assert_eq!((read, requested(&log)), (vec![1, 2, 3, 4, 5], vec![1, 2, 3]));
}

/// A service whose pages take a second each, the even ones two.
fn slow(pages: u64) -> Pager<'static, u64> {
    let fetch = |number: u64| async move {
        sleep(Duration::from_secs(if number.is_multiple_of(2) { 2 } else { 1 })).await;
        Ok(number)
    };
    let count = pages as i64;
    Pager::by_number(1, fetch, move |number| NumberedPage::new(vec![number]).page_count(count))
}

#[tokio::test(start_paused = true)]
async fn pages_are_requested_at_the_same_time_and_come_in_order() {
    for (ahead, seconds) in [(0, 13), (1, 13), (8, 3)] {
        let start = Instant::now();
        let read: Vec<u64> = slow(9).ahead(ahead).items().map(|item| item.expect("a number")).collect().await;
        assert_eq!(read, [1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(start.elapsed(), Duration::from_secs(seconds), "{ahead} ahead");
    }
}

#[tokio::test(start_paused = true)]
async fn the_next_page_is_on_its_way_while_items_are_consumed() {
    for (ahead, seconds) in [(0, 8), (1, 5)] {
        let fetch = |cursor: Option<String>| async move {
            // Like a request that is sent, answered and read, it has to be polled several times.
            sleep(Duration::from_millis(500)).await;
            sleep(Duration::from_millis(500)).await;
            Ok(cursor.map_or(1, |cursor| cursor.parse::<u32>().expect("a number")))
        };
        let read = |page: u32| CursorPage::new(vec![page; 2]).cursor((page < 4).then(|| (page + 1).to_string()));
        let mut items = Pager::by_cursor(fetch, read).ahead(ahead).items();
        let start = Instant::now();
        while let Some(item) = items.next().await {
            item.expect("an item");
            sleep(Duration::from_millis(500)).await;
        }
        assert_eq!(start.elapsed(), Duration::from_secs(seconds), "{ahead} ahead");
    }
}

#[tokio::test(start_paused = true)]
async fn dropping_the_stream_drops_its_requests() {
    struct Guard(Arc<AtomicUsize>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
    }
    let alive = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&alive);
    let fetch = move |number: u64| {
        counter.fetch_add(1, Ordering::Relaxed);
        let guard = Guard(Arc::clone(&counter));
        async move {
            sleep(Duration::from_secs(number)).await;
            drop(guard);
            Ok(vec![number])
        }
    };
    let mut items = Pager::by_number(1, fetch, |items| NumberedPage::new(items).page_count(9)).ahead(3).items();
    assert!(matches!(items.next().await, Some(Ok(1))));
    assert_eq!(alive.load(Ordering::Relaxed), 3);
    drop(items);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}
