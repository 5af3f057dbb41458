//! Where a listing starts, fails and goes on, and what it shows.

use futures_util::StreamExt as _;
use httpmock::MockServer;
use rosterkit_core::paging::{CursorPage, LinkedPage, NumberedPage, Pager, Position};
use rosterkit_core::{Error, ErrorKind, Request};
use serde_json::{Value, json};

use super::*;
use crate::support::*;

#[tokio::test]
async fn an_error_says_at_which_item_and_where_to_go_on() {
    fn listing(broken: u64) -> Pager<'static, u64> {
        let fetch = move |number| async move {
            if number == broken {
                Err(Error::configuration("broken"))
            } else {
                Ok((number * 10..number * 10 + 3).collect())
            }
        };
        Pager::by_number(0, fetch, |items| NumberedPage::new(items).page_count(4))
    }
    for ahead in [0, 1, 4] {
        let mut items = listing(2).ahead(ahead).items();
        let mut read = Vec::new();
        let error = loop {
            match items.next().await.expect("an error in time") {
                Ok(item) => read.push(item),
                Err(error) => break error,
            }
        };
        assert_eq!(read, [0, 1, 2, 10, 11, 12], "all items before the failed page come first");
        assert_eq!((error.item(), error.position(), error.offset()), (6, &Position::Page(2), 0));
        assert!(error.to_string().starts_with("the listing stopped at item 6, page 2: broken"));
        assert!(items.next().await.is_none());
        assert_eq!((items.position(), items.offset()), (error.position(), error.offset()));

        let rest: Vec<u64> = listing(9).resume(&error).items().map(|item| item.expect("mended")).collect().await;
        assert_eq!(rest, [20, 21, 22, 30, 31, 32]);
    }
}

#[tokio::test]
async fn a_stream_can_start_in_the_middle_of_a_page() {
    let pages =
        [(&[1, 2, 3][..], page_count(3).with_total(8)), (&[4, 5, 6][..], page_count(3)), (&[7, 8][..], page_count(3))];
    for (number, offset, expected) in [
        (1, 0, &[1, 2, 3, 4, 5, 6, 7, 8][..]),
        (2, 2, &[6, 7, 8]),
        (2, 3, &[7, 8]),
        (2, 99, &[7, 8]),
        (3, u64::MAX, &[]),
        (4, 0, &[]),
    ] {
        let (pager, log) = numbered(&pages);
        let (read, failure) = drain(pager.start_at(Position::Page(number), offset).items()).await;
        assert_eq!((read.as_slice(), failure.is_none()), (expected, true), "page {number}, {offset} skipped");
        assert_eq!(requested(&log)[0], number);
    }

    // Who starts in the middle cannot tell by the total where the end is, and goes by the page count.
    let (pager, log) = numbered(&[(&[1], NOTHING), (&[2], page_count(3).with_total(3)), (&[3], NOTHING)]);
    let (read, _) = drain(pager.start_at(Position::Page(2), 0).items()).await;
    assert_eq!((read, requested(&log)), (vec![2, 3], vec![2, 3]));

    let (pager, _) = numbered(&pages);
    let mut pages = pager.start_at(Position::Page(2), 2).pages();
    let page = pages.next().await.expect("a page").expect("no error");
    assert_eq!((page.items, page.position, page.offset, page.first_item), (vec![6], Position::Page(2), 2, 0));
    let page = pages.next().await.expect("a page").expect("no error");
    assert_eq!((page.items, page.position, page.offset, page.first_item), (vec![7, 8], Position::Page(3), 0, 1));
    assert!(pages.next().await.is_none());
}

#[tokio::test]
async fn a_failed_first_page_keeps_what_was_to_be_skipped() {
    let (pager, _) = cursors(&[]);
    let (_, failure) = drain(pager.start_at(Position::Cursor("x".to_owned()), 7).items()).await;
    let failure = failure.expect("unknown cursor");
    assert_eq!((failure.item(), failure.position().to_string().as_str(), failure.offset()), (0, "cursor:x", 7));
}

#[tokio::test]
async fn the_place_of_the_last_item_can_be_stored() {
    let (pager, _) = cursors(&[("", &[1, 2], Some("a")), ("a", &[3, 4], None)]);
    let mut items = pager.items();
    for (position, offset) in [("start", 1), ("start", 2), ("cursor:a", 1), ("cursor:a", 2)] {
        items.next().await.expect("an item").expect("no error");
        assert_eq!((items.position().to_string().as_str(), items.offset()), (position, offset));
    }
    assert!(items.next().await.is_none());
    let (pager, _) = cursors(&[("a", &[3, 4, 5], None)]);
    let (read, _) = drain(pager.start_at(items.position().clone(), items.offset()).items()).await;
    assert_eq!(read, [5], "what was added since");
}

#[tokio::test]
async fn a_position_of_another_kind_is_refused_before_anything_is_sent() {
    let cursor = || Position::Cursor("S3NTINEL".to_owned());
    let after = || Position::After("S3NTINEL".to_owned());
    let by_after =
        || Pager::by_after("after", |_| async { Err(Error::configuration("sent")) }, |()| LinkedPage::new(vec![]));
    for pager in [
        numbered(&[]).0.start_at(cursor(), 0),
        numbered(&[]).0.start_at(after(), 0),
        numbered(&[]).0.start_at(Position::Page(0), 0),
        cursors(&[]).0.start_at(Position::Page(1), 0),
        cursors(&[]).0.start_at(after(), 0),
        by_after().start_at(cursor(), 0),
        by_after().start_at(Position::Page(1), 0),
    ] {
        let (_, failure) = drain(pager.items()).await;
        let failure = failure.expect("a foreign position");
        assert_eq!(failure.error().kind(), ErrorKind::InvalidRequest);
        assert!(!format!("{failure} {failure:?}").contains(SENTINEL));
    }
}

#[tokio::test]
async fn debug_shows_no_items_and_no_cursors() {
    let fetch = |_| async { Ok(()) };
    let read = |()| CursorPage::new(vec![SENTINEL]).cursor(Some(SENTINEL.to_owned()));
    let pager = Pager::by_cursor(fetch, read);
    let mut debug = format!("{pager:?} {:?}", read(()));
    let mut pages = pager.pages();
    debug += &format!("{:?} {pages:?}", pages.next().await.expect("a page").expect("no error"));
    let mut items = Pager::by_cursor(fetch, read).items();
    items.next().await.expect("an item").expect("no error");
    debug += &format!("{items:?}");
    debug += &format!("{:?}", NumberedPage::new(vec![SENTINEL]).next(Some(SENTINEL)));
    debug += &format!("{:?}", LinkedPage::new(vec![SENTINEL]).next(Some(SENTINEL.to_owned())));
    assert!(!debug.contains(SENTINEL), "{debug}");
}

#[tokio::test]
async fn a_listing_over_http_is_read_to_its_end_and_again_from_its_error() {
    let server = MockServer::start_async().await;
    let page = async |number: u32, status: u16, body: Value| {
        let mock = server.mock_async(|when, then| {
            when.method("GET").path("/api/users").query_param("pageNumber", number.to_string());
            then.status(status).json_body(body);
        });
        mock.await
    };
    page(1, 200, json!({ "entities": [1, 2], "nextUri": "/api/users?pageNumber=2", "pageCount": 3, "total": 5 })).await;
    let broken = page(2, 503, json!({ "code": "down", "message": "" })).await;
    page(3, 200, json!({ "entities": [5], "pageCount": 3, "total": 5 })).await;

    let transport = transport(server.base_url());
    let listing = || {
        let transport = transport.clone();
        let fetch = move |number: u64| {
            let transport = transport.clone();
            async move { transport.send_json::<Value>(Request::new(&GET_USERS).query("pageNumber", &number)).await }
        };
        Pager::by_number(1, fetch, |response| {
            let items = response.get()["entities"].as_array().cloned().unwrap_or_default();
            let next = response.get()["nextUri"].as_str().map(str::to_owned);
            NumberedPage::new(items)
                .next(next)
                .page_count(response.get()["pageCount"].as_i64())
                .total(response.get()["total"].as_i64())
        })
    };
    let mut items = listing().ahead(2).items();
    let mut read = Vec::new();
    let error = loop {
        match items.next().await.expect("an error in time") {
            Ok(item) => read.push(item),
            Err(error) => break error,
        }
    };
    assert_eq!((error.error().status().map(|status| status.as_u16()), error.is_retryable()), (Some(503), true));
    assert_eq!((error.item(), error.position()), (2, &Position::Page(2)));
    assert_discreet(error.error());

    broken.delete_async().await;
    page(2, 200, json!({ "entities": [3, 4], "nextUri": "/api/users?pageNumber=3", "pageCount": 3, "total": 5 })).await;
    let position: Position = error.position().to_string().parse().expect("what was stored");
    let rest: Vec<_> =
        listing().start_at(position, error.offset()).items().map(|item| item.expect("mended")).collect().await;
    read.extend(rest);
    assert_eq!(read, [1, 2, 3, 4, 5].map(Value::from));
}
