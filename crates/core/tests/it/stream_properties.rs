//! What holds for every listing and every batch, whatever the service does.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use proptest::prelude::*;
use proptest::sample::Index;
use rosterkit_core::Error;
use rosterkit_core::batch::{Batch, Outcome, Outcomes, match_by_key};
use rosterkit_core::paging::{CursorPage, LinkedPage, NumberedPage, Pager, PagingError, Position};
use tokio::time::sleep;

/// Runs in paused time.
fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().start_paused(true).build().expect("a runtime").block_on(future)
}

/// A listing: the sizes of its pages, how long each takes, how often each fails first, and what its counts say.
#[derive(Clone, Debug)]
struct Listing {
    style: Style,
    pages: Vec<FakePage>,
    page_count: Option<i64>,
    total: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    /// With links, which are right, and counts, which may be wrong.
    Linked,
    /// With counts that are right, too large, or missing.
    Counted,
    Cursor,
    After,
}

#[derive(Clone, Debug)]
struct FakePage {
    items: usize,
    millis: u64,
    failures: usize,
}

#[derive(Clone, Debug)]
struct FakeResponse {
    items: Vec<u64>,
    /// The number of the next page.
    next: Option<usize>,
}

type Failures = Arc<Mutex<HashMap<usize, usize>>>;

impl Listing {
    fn all(&self) -> Vec<u64> {
        (0..self.pages.iter().map(|page| page.items as u64).sum()).collect()
    }

    fn failures(&self) -> Failures {
        Arc::new(Mutex::new(self.pages.iter().map(|page| page.failures).enumerate().collect()))
    }

    fn response(
        &self,
        number: usize,
        failures: &Failures,
    ) -> impl Future<Output = Result<FakeResponse, Error>> + Send + use<> {
        let before = self.pages.iter().take(number).map(|page| page.items as u64).sum::<u64>();
        let page = self.pages.get(number).cloned().unwrap_or(FakePage { items: 0, millis: 0, failures: 0 });
        let items = (before..before + page.items as u64).collect();
        let response = FakeResponse { items, next: (number + 1 < self.pages.len()).then_some(number + 1) };
        let mut failures = failures.lock().expect("no panic before");
        let left = failures.entry(number).or_default();
        let fails = *left > 0;
        *left = left.saturating_sub(1);
        async move {
            sleep(Duration::from_millis(page.millis)).await;
            if fails { Err(Error::configuration("broken")) } else { Ok(response) }
        }
    }

    fn pager(&self, failures: &Failures) -> Pager<'static, u64> {
        let (listing, failures) = (self.clone(), Arc::clone(failures));
        let (page_count, total) = (self.page_count, self.total);
        let has_links = self.style == Style::Linked;
        let number = |text: Option<String>| text.map_or(0, |text| text.parse().expect("a number"));
        match self.style {
            Style::Linked | Style::Counted => Pager::by_number(
                1,
                move |number| listing.response(number as usize - 1, &failures),
                move |response: FakeResponse| {
                    let page = NumberedPage::new(response.items).page_count(page_count).total(total);
                    if has_links { page.next(response.next) } else { page }
                },
            ),
            Style::Cursor => Pager::by_cursor(
                move |cursor| listing.response(number(cursor), &failures),
                move |response: FakeResponse| {
                    CursorPage::new(response.items).cursor(response.next.map(|next| next.to_string())).total(total)
                },
            ),
            Style::After => Pager::by_after(
                "after",
                move |after| listing.response(number(after), &failures),
                move |response: FakeResponse| {
                    LinkedPage::new(response.items)
                        .next(response.next.map(|next| format!("/x?after={next}")))
                        .total(total)
                },
            ),
        }
    }
}

prop_compose! {
    fn pages(empty: bool)(
        pages in prop::collection::vec((usize::from(!empty)..6, 0..40u64, 0..3usize, any::<bool>()), 0..9),
    ) -> Vec<FakePage> {
        let page = |(items, millis, failures, fails)| FakePage { items, millis, failures: if fails { failures } else { 0 } };
        pages.into_iter().map(page).collect()
    }
}

fn listing() -> impl Strategy<Value = Listing> {
    let lie = || prop::option::of(-1..50i64);
    let linked = (pages(false), lie(), lie()).prop_map(|(pages, page_count, total)| Listing {
        style: Style::Linked,
        pages,
        page_count,
        total,
    });
    let honest_or_more = || prop::option::of(0..5i64);
    let counted = (pages(false), honest_or_more(), honest_or_more()).prop_map(|(pages, more_pages, more_items)| {
        let items: usize = pages.iter().map(|page| page.items).sum();
        let page_count = more_pages.map(|more| pages.len() as i64 + more);
        let total = more_items.map(|more| items as i64 + more);
        Listing { style: Style::Counted, pages, page_count, total }
    });
    let chained = (pages(true), lie(), any::<bool>()).prop_map(|(pages, total, after)| Listing {
        style: if after { Style::After } else { Style::Cursor },
        pages,
        page_count: None,
        total,
    });
    prop_oneof![linked, counted, chained]
}

/// Reads on after every error.
async fn read_all(listing: &Listing, ahead: usize) -> Vec<u64> {
    let failures = listing.failures();
    let mut read = Vec::new();
    let mut failed: Option<PagingError> = None;
    loop {
        let pager = listing.pager(&failures).ahead(ahead);
        let mut items = match &failed {
            Some(error) => pager.resume(error),
            None => pager,
        }
        .items();
        let before = read.len() as u64;
        failed = None;
        while let Some(item) = items.next().await {
            match item {
                Ok(item) => read.push(item),
                Err(error) => {
                    assert_eq!(error.item(), read.len() as u64 - before);
                    failed = Some(error);
                }
            }
        }
        if failed.is_none() {
            return read;
        }
    }
}

/// What a fake service does with a request of a batch.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Respond,
    Fail,
    /// So many verdicts more or fewer than items.
    Miscount(isize),
    /// Names every n-th item only, last one first.
    Name(usize),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Respond),
        1 => Just(Fate::Fail),
        1 => prop_oneof![-3..0isize, 1..3isize].prop_map(Fate::Miscount),
        2 => (1..4usize).prop_map(Fate::Name),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_item_comes_once_and_in_order_whatever_fails(listing in listing(), ahead in 0..5usize) {
        prop_assert_eq!(run(read_all(&listing, ahead)), listing.all());
    }

    #[test]
    fn a_listing_goes_on_from_any_stored_place(listing in listing(), ahead in 0..4usize, stop in any::<Index>()) {
        let all = listing.all();
        let stop = stop.index(all.len() + 1);
        let listing = Listing { pages: listing.pages.iter().map(|page| FakePage { failures: 0, ..page.clone() }).collect(), ..listing };
        let read = run(async {
            let failures = listing.failures();
            let mut items = listing.pager(&failures).ahead(ahead).items();
            let mut read = Vec::new();
            for _ in 0..stop {
                read.push(items.next().await.expect("an item").expect("no error"));
            }
            let position: Position = items.position().to_string().parse().expect("what was stored");
            let rest = listing.pager(&failures).start_at(position, items.offset()).items();
            read.extend(rest.map(|item| item.expect("no error")).collect::<Vec<_>>().await);
            read
        });
        prop_assert_eq!(read, all);
    }

    #[test]
    fn limits_cut_the_listing_and_nothing_else(listing in listing(), ahead in 0..4usize, limit in 0..30u64) {
        let listing = Listing { pages: listing.pages.iter().map(|page| FakePage { failures: 0, ..page.clone() }).collect(), ..listing };
        let mut all = listing.all();
        all.truncate(limit as usize);
        let pages = run(listing.pager(&listing.failures()).ahead(ahead).limit(limit).pages().collect::<Vec<_>>());
        let mut read = Vec::new();
        for page in pages {
            let page = page.expect("no error");
            prop_assert!(!page.items.is_empty());
            prop_assert_eq!(page.first_item, read.len() as u64);
            read.extend(page.items);
        }
        prop_assert_eq!(read, all);
    }

    #[test]
    fn a_batch_gives_every_item_one_outcome(
        items in prop::collection::vec(0..12u32, 0..60),
        fates in prop::collection::vec((fate(), 0..50u64), 1..12),
        size in 1..8usize,
        concurrency in 1..5usize,
        in_order in any::<bool>(),
        keyed in any::<bool>(),
    ) {
        let (under_way, most, requests, read) =
            (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let busy = Mutex::new(HashSet::new());
        let input = items.iter().copied().enumerate().inspect(|_| {
            read.fetch_add(1, Ordering::Relaxed);
        });
        let send = |cut: &[(usize, u32)]| {
            let (fate, millis) = fates[requests.fetch_add(1, Ordering::Relaxed) % fates.len()];
            let (cut, under_way, most, busy) = (cut.to_vec(), &under_way, &most, &busy);
            async move {
                assert!((1..=size).contains(&cut.len()));
                if keyed {
                    let mut busy = busy.lock().expect("no panic before");
                    assert!(cut.iter().all(|(_, key)| busy.insert(*key)), "a key is in flight twice");
                }
                most.fetch_max(under_way.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
                sleep(Duration::from_millis(millis)).await;
                under_way.fetch_sub(1, Ordering::Relaxed);
                if keyed {
                    let mut busy = busy.lock().expect("no panic before");
                    cut.iter().for_each(|(_, key)| { busy.remove(key); });
                }
                match fate {
                    Fate::Fail => Err(Error::configuration("broken")),
                    fate => Ok(fate),
                }
            }
        };
        let judge = |(index, key): &(usize, u32)| {
            if key % 2 == 0 { Outcome::Accepted(*index) } else { Outcome::Rejected(index.to_string()) }
        };
        let read_response = |cut: &[(usize, u32)], fate| match fate {
            Fate::Miscount(by) => cut.iter().cycle().take(cut.len().saturating_add_signed(by)).map(judge).collect(),
            Fate::Name(nth) => {
                let named = cut.iter().rev().step_by(nth);
                match_by_key(cut, |item| vec![item.0], named.map(|item| (vec![item.0], judge(item))))
            }
            _ => cut.iter().map(judge).collect(),
        };
        let batch = Batch::of(input, send, read_response).size(size).concurrency(concurrency);
        let batch = if keyed { batch.keyed_by(|(_, key)| vec![*key]) } else { batch };
        let mut outcomes: Outcomes<'_, _, _> = if in_order { batch.ordered() } else { batch.unordered() };
        let indexes = run(async {
            let mut indexes = Vec::new();
            while let Some(outcome) = outcomes.next().await {
                let index = outcome.index as usize;
                assert_eq!(outcome.item, (index, items[index]), "an outcome has its own item");
                match outcome.outcome {
                    Outcome::Accepted(said) => assert_eq!(said, index, "an item has its own outcome"),
                    Outcome::Rejected(said) => assert_eq!(said, index.to_string(), "an item has its own outcome"),
                    outcome => assert!(outcome.error().is_some(), "no item is invalid"),
                }
                indexes.push(index);
                let held = read.load(Ordering::Relaxed) - indexes.len();
                assert!(held <= (2 * concurrency + 1) * size, "{held} items are held");
            }
            indexes
        });
        prop_assert_eq!(outcomes.counts().total(), items.len() as u64);
        prop_assert!(most.load(Ordering::Relaxed) <= concurrency);
        let expected: Vec<usize> = (0..items.len()).collect();
        if in_order {
            prop_assert_eq!(indexes, expected);
        } else {
            let mut sorted = indexes;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, expected);
        }
    }
}
