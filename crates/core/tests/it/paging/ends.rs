//! Where a listing ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rosterkit_core::ErrorKind;
use rosterkit_core::paging::{CursorPage, LinkedPage, NumberedPage, Pager, Position};

use super::*;
use crate::support::SENTINEL;

#[tokio::test]
async fn numbered_listings_end_where_the_service_ends_and_not_where_it_says() {
    /// What is tested, the pages, the items that are to come, and the number of requests.
    type Case = (&'static str, &'static [(&'static [u32], Says)], &'static [u32], u64);
    const CASES: &[Case] = &[
        ("nothing at all", &[], &[], 1),
        ("no hint: an empty page is the end", &[(&[1, 2], NOTHING), (&[3], NOTHING)], &[1, 2, 3], 3),
        (
            "an empty page is passed over where a link promises more",
            &[(&[1], link(Some("2"))), (&[], link(Some("3"))), (&[3], link(None))],
            &[1, 3],
            3,
        ),
        (
            "an empty page is passed over where a page count promises more",
            &[(&[1], page_count(3)), (&[], page_count(3)), (&[3], page_count(3))],
            &[1, 3],
            3,
        ),
        (
            "an empty page is passed over where a total promises more",
            &[(&[1], link(None).with_total(2)), (&[], link(None).with_total(2)), (&[3], link(None).with_total(2))],
            &[1, 3],
            3,
        ),
        (
            "an empty page that leads to itself is the end",
            &[(&[1], link(Some("2"))), (&[], link(Some("2"))), (&[3], NOTHING)],
            &[1],
            2,
        ),
        ("no next link is the end", &[(&[1], link(Some("2"))), (&[2], link(None)), (&[3], link(None))], &[1, 2], 2),
        (
            "no next link is not the end where counts say more",
            &[
                (&[1], link(Some("2")).with_page_count(9).with_total(9)),
                (&[2], link(None).with_page_count(9).with_total(9)),
                (&[3], link(None).with_page_count(3).with_total(3)),
                (&[4], NOTHING),
            ],
            &[1, 2, 3],
            3,
        ),
        (
            "a total that the missing link and the page count contradict is not asked",
            &[
                (&[1, 2], link(Some("2")).with_page_count(2).with_total(5)),
                (&[3, 4], link(None).with_page_count(2).with_total(5)),
                (&[3, 4], link(None).with_page_count(2).with_total(5)),
            ],
            &[1, 2, 3, 4],
            2,
        ),
        (
            "a null link and an empty one are none",
            &[(&[1], link(Some("2"))), (&[2], link(Some("null"))), (&[3], NOTHING)],
            &[1, 2],
            2,
        ),
        ("an empty link is none", &[(&[1], link(Some(""))), (&[2], NOTHING)], &[1], 1),
        ("a link that says no is none", &[(&[1], link(Some("false"))), (&[2], NOTHING)], &[1], 1),
        (
            "a next link goes on though counts say over",
            &[(&[1], link(Some("2")).with_page_count(1).with_total(1)), (&[2], link(None))],
            &[1, 2],
            2,
        ),
        (
            "the page count is reached",
            &[(&[1], page_count(2)), (&[2], page_count(2)), (&[3], page_count(2))],
            &[1, 2],
            2,
        ),
        (
            "a page count that is too large costs its requests",
            &[(&[1], page_count(9)), (&[2], page_count(9))],
            &[1, 2],
            9,
        ),
        ("a page count of zero beside items is not asked", &[(&[1], page_count(0)), (&[2], page_count(0))], &[1, 2], 3),
        ("a negative count says nothing", &[(&[1], page_count(-1).with_total(-1)), (&[2], NOTHING)], &[1, 2], 3),
        ("the total is reached", &[(&[1, 2], total(3)), (&[3], total(3)), (&[4], total(3))], &[1, 2, 3], 2),
        ("a total that is too large costs eleven requests", &[(&[1, 2], total(9)), (&[3], total(9))], &[1, 2, 3], 13),
        ("a total that the first page exceeds is not asked", &[(&[1, 2], total(1)), (&[3], total(1))], &[1, 2, 3], 3),
        (
            "a total that goes missing is remembered",
            &[(&[1, 2], total(3)), (&[3], NOTHING), (&[4], NOTHING)],
            &[1, 2, 3],
            2,
        ),
        (
            "counts that contradict each other go on",
            &[(&[1], page_count(1).with_total(2)), (&[2], page_count(1).with_total(2))],
            &[1, 2],
            2,
        ),
        (
            "a service that repeats its last page is not read forever",
            &[(&[1, 2], total(5)), (&[3], total(5)), (&[3], total(5)), (&[3], total(5))],
            &[1, 2, 3, 3, 3],
            4,
        ),
    ];
    for (case, pages, items, requests) in CASES {
        let (pager, log) = numbered(pages);
        let (read, failure) = drain(pager.ahead(0).items()).await;
        assert_eq!((read.as_slice(), failure.is_none()), (*items, true), "{case}");
        assert_eq!(requested(&log), (1..=*requests).collect::<Vec<_>>(), "{case}");

        let (pager, _) = numbered(pages);
        let (read, failure) = drain(pager.ahead(3).items()).await;
        assert_eq!((read.as_slice(), failure.is_none()), (*items, true), "{case}, ahead");
    }
}

#[tokio::test]
async fn cursor_listings_end_where_no_new_cursor_leads_on() {
    /// What is tested, the pages, the items that are to come, and the number of requests.
    type Case = (&'static str, &'static [(&'static str, &'static [u32], Option<&'static str>)], &'static [u32], usize);
    const CASES: &[Case] = &[
        ("one page", &[("", &[1], None)], &[1], 1),
        ("an empty first page", &[("", &[], None)], &[], 1),
        ("no cursor", &[("", &[1], Some("a")), ("a", &[2], None)], &[1, 2], 2),
        ("an empty cursor is none", &[("", &[1], Some(""))], &[1], 1),
        ("an empty page in the middle", &[("", &[1], Some("a")), ("a", &[], Some("b")), ("b", &[2], None)], &[1, 2], 3),
        ("an empty page with the old cursor", &[("", &[1], Some("a")), ("a", &[], Some("a"))], &[1], 2),
        ("an empty page without cursor", &[("", &[1], Some("a")), ("a", &[], None)], &[1], 2),
    ];
    for (case, pages, items, requests) in CASES {
        for ahead in [0, 1, 3] {
            let (pager, log) = cursors(pages);
            let (read, failure) = drain(pager.ahead(ahead).items()).await;
            assert_eq!((read.as_slice(), failure.is_none()), (*items, true), "{case}");
            assert_eq!(requested(&log).len(), *requests, "{case}");
        }
    }
}

#[tokio::test]
async fn a_listing_is_complete_if_it_was_read_to_the_end_that_the_service_promised() {
    /// What is tested, the pages, the limit, and whether the listing is complete.
    type Case = (&'static str, &'static [(&'static [u32], Says)], u64, bool);
    const CASES: &[Case] = &[
        ("no page", &[], 99, true),
        ("an empty page", &[(&[1], NOTHING)], 99, true),
        ("the last link", &[(&[1], link(Some("2"))), (&[2], link(None))], 99, true),
        ("the total", &[(&[1], total(2)), (&[2], total(2))], 99, true),
        ("a total that never comes", &[(&[1], total(9)), (&[2], total(9))], 99, false),
        ("a page count that never comes", &[(&[1], page_count(99)), (&[2], page_count(99))], 99, false),
        ("a limit before the end", &[(&[1, 2], total(3)), (&[3], total(3))], 2, false),
        ("a limit within the last page", &[(&[1, 2], total(3)), (&[3, 4], total(4))], 3, false),
        ("a limit at the end", &[(&[1, 2], total(3)), (&[3], total(3))], 3, true),
        ("less than the total", &[(&[1], link(None).with_page_count(1).with_total(2))], 99, false),
        ("a repeated link", &[(&[1], link(Some("2"))), (&[2], link(Some("2")))], 99, false),
    ];
    for (case, pages, limit, expected) in CASES {
        for ahead in [0, 3] {
            let (pager, _) = numbered(pages);
            let mut items = pager.limit(*limit).ahead(ahead).items();
            assert!(!items.is_complete(), "{case}: nothing was read");
            while items.next().await.is_some() {}
            assert_eq!(items.is_complete(), *expected, "{case}");
        }
    }
    let (pager, _) = numbered(&[(&[1], total(2)), (&[2], total(2))]);
    let mut pages = pager.max_pages(1).pages();
    while pages.next().await.is_some() {}
    assert!(!pages.is_complete(), "a page was left out");
    for (cursors, is_complete) in [
        (super::cursors(&[("", &[1], Some("a")), ("a", &[2], None)]).0, true),
        (super::cursors(&[("", &[1], Some("a"))]).0, false),
        (super::cursors(&[("", &[1], Some("a")), ("a", &[], Some("b"))]).0.pass_empty_pages(0), false),
    ] {
        let mut items = cursors.items();
        while items.next().await.is_some() {}
        assert_eq!(items.is_complete(), is_complete);
    }
}

#[tokio::test]
async fn an_approximate_total_is_handed_on_and_never_ends_a_listing() {
    let pages = [vec![1, 2], vec![3, 4], vec![5]];
    let fetch = move |number: u64| {
        let page = pages.get(number as usize - 1).cloned().unwrap_or_default();
        async move { Ok(page) }
    };
    let mut pages = Pager::by_number(1, fetch, |items| NumberedPage::new(items).approximate_total(3)).pages();
    let (mut items, mut totals) = (Vec::new(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page.expect("a page");
        items.extend(page.items);
        totals.push(page.total);
    }
    assert_eq!((items, totals), (vec![1, 2, 3, 4, 5], vec![Some(3); 3]));
    assert!(pages.is_complete());
}

#[tokio::test]
async fn a_repeated_cursor_is_an_error_after_what_was_new() {
    for (pages, items, position, offset) in [
        (vec![("", &[1, 2][..], Some("a")), ("a", &[3, 4, 5][..], Some("a"))], 5, "cursor:a", 3),
        (vec![("", &[1][..], Some("a")), ("a", &[2][..], Some("b")), ("b", &[3][..], Some("a"))], 3, "cursor:b", 1),
    ] {
        let (pager, log) = cursors(&pages);
        let (read, failure) = drain(pager.items()).await;
        let failure = failure.expect("an endless listing");
        assert_eq!(read, (1..=items as u32).collect::<Vec<_>>());
        assert_eq!((failure.error().kind(), failure.item()), (ErrorKind::Decode, items));
        assert_eq!((failure.position().to_string().as_str(), failure.offset()), (position, offset));
        assert_eq!(requested(&log).len(), pages.len());
    }

    let (pager, log) = cursors(&[("a", &[1], Some("a"))]);
    let (read, failure) = drain(pager.start_at(Position::Cursor("a".to_owned()), 0).items()).await;
    assert_eq!((read, failure.is_some(), requested(&log).len()), (vec![1], true, 1));
}

#[tokio::test]
async fn a_repeated_link_is_an_error_too() {
    let (pager, log) = numbered(&[(&[1], link(Some("/x?page=2"))), (&[2], link(Some("/x?page=2"))), (&[2], NOTHING)]);
    let (read, failure) = drain(pager.ahead(0).items()).await;
    let failure = failure.expect("an endless listing");
    assert_eq!((read, failure.position(), failure.offset()), (vec![1, 2], &Position::Page(2), 1));
    assert_eq!(requested(&log), [1, 2]);
}

#[tokio::test]
async fn cursor_after_cursor_without_items_comes_to_an_end() {
    for (pass, requests) in [(None, 12), (Some(0), 2), (Some(3), 5)] {
        let log = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&log);
        let fetch = move |_| {
            let number = counter.fetch_add(1, Ordering::Relaxed);
            async move { Ok(number) }
        };
        let read =
            |number| CursorPage::new(if number == 0 { vec![7] } else { vec![] }).cursor(Some(format!("c-{number}")));
        let pager = Pager::by_cursor(fetch, read);
        let pager = if let Some(pages) = pass { pager.pass_empty_pages(pages) } else { pager };
        let (read, failure) = drain(pager.items()).await;
        assert_eq!((read, failure.is_none(), log.load(Ordering::Relaxed)), (vec![7], true, requests));
    }
}

#[tokio::test]
async fn after_listings_take_the_parameter_out_of_the_link() {
    let log = Log::<Option<String>>::default();
    let requests = Arc::clone(&log);
    let fetch = move |after: Option<String>| {
        requests.lock().expect("no panic before").push(after.clone());
        async move { Ok(after) }
    };
    let read = |after: Option<String>| match after.as_deref() {
        None => LinkedPage::new(vec![1]).next(Some("/api/v2/x?pageSize=1&after=a%3D%3D".to_owned())).total(3),
        Some("a==") => LinkedPage::new(vec![2]).next(Some("https://other.example.com/x?after=b".to_owned())),
        Some(_) => LinkedPage::new(vec![3]).next(Some(String::new())),
    };
    let (read, failure) = drain(Pager::by_after("after", fetch, read).items()).await;
    assert_eq!((read, failure.is_none()), (vec![1, 2, 3], true));
    assert_eq!(requested(&log), [None, Some("a==".to_owned()), Some("b".to_owned())]);
}

#[tokio::test]
async fn a_link_without_its_parameter_is_an_error_and_not_the_end() {
    let read = |()| LinkedPage::new(vec![1]).next(Some("/api/v2/x?before=S3NTINEL".to_owned()));
    let (read, failure) = drain(Pager::by_after("after", |_| async { Ok(()) }, read).items()).await;
    let failure = failure.expect("no way on");
    assert_eq!((read, failure.error().kind()), (vec![1], ErrorKind::Decode));
    assert!(failure.to_string().contains("`after`"));
    assert!(!format!("{failure} {failure:?}").contains(SENTINEL));
}

#[tokio::test]
async fn limits_end_a_listing_and_spare_requests() {
    let pages = [(&[1, 2][..], page_count(9)); 9];
    for (limit, items, requests) in [(0, 0, 0), (1, 1, 1), (2, 2, 1), (3, 3, 2), (5, 5, 3), (99, 18, 9)] {
        let (pager, log) = numbered(&pages);
        let (read, failure) = drain(pager.limit(limit).ahead(5).items()).await;
        assert_eq!((read.len(), failure.is_none(), requested(&log).len()), (items, true, requests), "limit {limit}");
    }
    for (max, requests) in [(0, 0), (1, 1), (4, 4), (99, 9)] {
        let (pager, log) = numbered(&pages);
        let (read, _) = drain(pager.max_pages(max).ahead(5).items()).await;
        assert_eq!((read.len(), requested(&log).len()), (requests * 2, requests), "{max} pages");
    }
}

#[tokio::test]
async fn a_limit_ends_the_listing_before_an_error_behind_it() {
    let (pager, _) = cursors(&[("", &[1, 2], Some("broken"))]);
    let (read, failure) = drain(pager.limit(2).items()).await;
    assert_eq!((read, failure.is_none()), (vec![1, 2], true));
}
