//! Listings: how they are read, where they end, and how they go on after an error.

mod ahead;
mod ends;
mod places;

use std::sync::{Arc, Mutex};

use rosterkit_core::Error;
use rosterkit_core::paging::{CursorPage, Items, NumberedPage, Pager, PagingError};

/// What was requested, in order.
type Log<K> = Arc<Mutex<Vec<K>>>;

fn requested<K: Clone>(log: &Log<K>) -> Vec<K> {
    log.lock().expect("no panic before").clone()
}

/// What a fake service says on a page, besides the items.
#[derive(Clone, Copy, Default)]
struct Says {
    /// `None`: the API has no links.
    next: Option<Option<&'static str>>,
    page_count: Option<i64>,
    total: Option<i64>,
}

const NOTHING: Says = Says { next: None, page_count: None, total: None };

const fn link(next: Option<&'static str>) -> Says {
    Says { next: Some(next), ..NOTHING }
}

const fn page_count(count: i64) -> Says {
    Says { page_count: Some(count), ..NOTHING }
}

const fn total(total: i64) -> Says {
    Says { total: Some(total), ..NOTHING }
}

impl Says {
    const fn with_page_count(self, count: i64) -> Self {
        Self { page_count: Some(count), ..self }
    }

    const fn with_total(self, total: i64) -> Self {
        Self { total: Some(total), ..self }
    }
}

/// A listing with pages from 1 on. Pages beyond the last are empty.
fn numbered(pages: &[(&'static [u32], Says)]) -> (Pager<'static, u32>, Log<u64>) {
    let log = Log::<u64>::default();
    let (requests, pages) = (Arc::clone(&log), pages.to_vec());
    let fetch = move |number: u64| {
        requests.lock().expect("no panic before").push(number);
        let page = pages.get(number as usize - 1).copied();
        async move { Ok(page.unwrap_or_default()) }
    };
    let read = |(items, says): (&[u32], Says)| {
        let page = NumberedPage::new(items.to_vec()).page_count(says.page_count).total(says.total);
        match says.next {
            Some(next) => page.next(next),
            None => page,
        }
    };
    (Pager::by_number(1, fetch, read), log)
}

/// A listing whose pages are found by the cursor that leads to them, the first by `""`. An error for unknown cursors.
fn cursors(pages: &[(&'static str, &'static [u32], Option<&'static str>)]) -> (Pager<'static, u32>, Log<String>) {
    let log = Log::<String>::default();
    let (requests, pages) = (Arc::clone(&log), pages.to_vec());
    let fetch = move |cursor: Option<String>| {
        let cursor = cursor.unwrap_or_default();
        let page = pages.iter().find(|(own, ..)| *own == cursor).copied();
        requests.lock().expect("no panic before").push(cursor);
        async move { page.ok_or_else(|| Error::configuration("broken")) }
    };
    let read = |(_, items, next): (&str, &[u32], Option<&str>)| {
        CursorPage::new(items.to_vec()).cursor(next.map(str::to_owned))
    };
    (Pager::by_cursor(fetch, read), log)
}

/// Reads to the end.
pub async fn drain(mut items: Items<'_, u32>) -> (Vec<u32>, Option<PagingError>) {
    let mut read = Vec::new();
    let mut failure = None;
    while let Some(item) = items.next().await {
        assert!(failure.is_none(), "nothing comes after an error");
        match item {
            Ok(item) => read.push(item),
            Err(error) => failure = Some(error),
        }
    }
    assert!(items.next().await.is_none(), "the end stays the end");
    (read, failure)
}
