//! The stream of pages: requests them, in order and some ahead.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt as _, StreamExt as _};
use http::StatusCode;

use crate::paging::error::{PagingError, foreign_position};
use crate::paging::page::Page;
use crate::paging::position::Position;
use crate::paging::tracker::{Hint, Next, Tracker};
use crate::{Error, UnreadableItem};

/// Requests the page at a position.
pub(super) type Fetch<'a, T> =
    Box<dyn Fn(&Position) -> BoxFuture<'a, Result<PageContents<T>, Error>> + Send + Sync + 'a>;

/// What the response with a page contains.
pub(super) struct PageContents<T> {
    pub items: Vec<T>,
    pub unreadable: Vec<UnreadableItem>,
    pub total: Option<u64>,
    pub hint: Hint,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Number { first: u64 },
    Cursor,
    After,
}

/// A listing, and which part of it is read.
pub(super) struct Listing<'a, T> {
    pub kind: Kind,
    pub fetch: Fetch<'a, T>,
    pub position: Position,
    pub offset: u64,
    pub ahead: usize,
    pub max_pages: u64,
    pub limit: u64,
    pub pass_empty: u64,
    pub cut: Option<Cut>,
}

/// Where the service ends a listing, though it has more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cut {
    pub items: u64,
    /// The operation that reads all.
    pub instead: &'static str,
}

impl<T> Listing<'_, T> {
    /// The position to start at, in the form that pages have.
    fn start(&self) -> Result<Position, Error> {
        match (self.kind, &self.position) {
            (Kind::Number { first }, Position::Start) => Ok(Position::Page(first)),
            (Kind::Number { first }, Position::Page(number)) if *number >= first => Ok(self.position.clone()),
            (Kind::Number { first: _ }, _) => Err(foreign_position("page numbers")),
            (Kind::Cursor, Position::Start | Position::Cursor(_)) => Ok(self.position.clone()),
            (Kind::Cursor, _) => Err(foreign_position("cursors")),
            (Kind::After, Position::Start | Position::After(_)) => Ok(self.position.clone()),
            (Kind::After, _) => Err(foreign_position("values of `after`")),
        }
    }
}

/// The pages of a listing, made by [`Pager::pages`](crate::paging::Pager::pages).
///
/// After an error, it ends. Dropping it drops the requests that are in flight.
#[must_use = "streams do nothing unless polled"]
pub struct Pages<'a, T> {
    fetch: Fetch<'a, T>,
    tracker: Tracker,
    ahead: usize,
    pages_left: u64,
    items_left: u64,
    /// How many items of the first page are left out.
    offset: u64,
    /// How many items have arrived that are yielded.
    item: u64,
    /// The page that certainly follows and is not requested yet.
    next: Option<Position>,
    /// The last page that was requested.
    requested: Option<Position>,
    in_flight: FuturesOrdered<BoxFuture<'a, Arrival<T>>>,
    ready: VecDeque<Result<Page<T>, PagingError>>,
    /// The items that could not be read and were not taken yet, and how many there were in all.
    unreadable: Vec<UnreadableItem>,
    skipped: u64,
    /// Nothing is to be requested any more, and nothing is in flight.
    is_over: bool,
    is_complete: bool,
    first: u64,
    cut: Option<Cut>,
}

type Arrival<T> = (Position, Result<PageContents<T>, Error>);

impl<'a, T: 'a> Pages<'a, T> {
    pub(super) fn new(listing: Listing<'a, T>) -> Self {
        let start = listing.start();
        let first = if let Kind::Number { first } = listing.kind { first } else { 0 };
        let Listing { fetch, position, offset, ahead, max_pages, limit, pass_empty, cut, .. } = listing;
        let mut pages = Self {
            fetch,
            tracker: Tracker::new(first, &position, pass_empty),
            ahead,
            pages_left: max_pages,
            items_left: limit,
            offset,
            item: 0,
            next: None,
            requested: None,
            in_flight: FuturesOrdered::new(),
            ready: VecDeque::new(),
            unreadable: Vec::new(),
            skipped: 0,
            is_over: limit == 0,
            is_complete: false,
            first,
            cut,
        };
        match start {
            Ok(start) => pages.next = Some(start),
            Err(error) => pages.stop(error, position, offset),
        }
        pages
    }

    /// The next page; `None` at the end. The same as the stream's `next`, for callers that use no other streams.
    ///
    /// It is safe to drop the future before it is ready, as `select!` and timeouts do: no page is lost.
    pub async fn next(&mut self) -> Option<Result<Page<T>, PagingError>> {
        std::future::poll_fn(|context| self.poll_next_unpin(context)).await
    }

    /// How many items were left out so far because they could not be read: those of all pages that have arrived, pages that
    /// were fetched [ahead](crate::paging::Pager::ahead) included. 0 unless the listing skips such items.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Takes the items that were left out so far because they could not be read. Each has its number in its page.
    pub fn take_unreadable(&mut self) -> Vec<UnreadableItem> {
        std::mem::take(&mut self.unreadable)
    }

    /// Whether the stream has ended and read the listing to its end, from where it started. `false` before the end; after an
    /// error; if [`limit`](crate::paging::Pager::limit) or [`max_pages`](crate::paging::Pager::max_pages) ended it before;
    /// and if the service promised more than came, so that [empty pages](crate::paging::Pager::pass_empty_pages) ended it.
    ///
    /// Items that were [left out](Self::skipped) make it `false`, too.
    ///
    /// Ask before you conclude from a listing that something is not there.
    pub fn is_complete(&self) -> bool {
        self.is_over && self.is_complete && self.skipped == 0 && self.ready.is_empty()
    }

    /// Lets the requests in flight proceed, and sends those that are to be ahead of the consumer.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) {
        while !self.is_over {
            self.request(self.ahead);
            match self.in_flight.poll_next_unpin(context) {
                Poll::Ready(Some(arrival)) => self.arrive(arrival),
                Poll::Ready(None) | Poll::Pending => return,
            }
        }
    }

    /// Requests pages until so many are in flight or ready.
    fn request(&mut self, pages: usize) {
        while !self.is_over && self.pages_left > 0 && self.in_flight.len() + self.ready.len() < pages {
            let Some(position) = self.next.take().or_else(|| self.expected()) else { return };
            self.pages_left -= 1;
            self.requested = Some(position.clone());
            let response = (self.fetch)(&position);
            self.in_flight.push_back(response.map(move |response| (position, response)).boxed());
        }
    }

    /// The page after those that are requested, if it probably exists and is needed.
    fn expected(&self) -> Option<Position> {
        let Some(Position::Page(requested)) = self.requested else { return None };
        let number = requested.checked_add(1)?;
        let coming = (self.in_flight.len() as u64).saturating_mul(self.tracker.largest());
        let is_wanted = !self.in_flight.is_empty() && coming < self.items_left && self.tracker.expects(number);
        is_wanted.then_some(Position::Page(number))
    }

    fn arrive(&mut self, (position, response): Arrival<T>) {
        let offset = std::mem::take(&mut self.offset);
        let PageContents { mut items, unreadable, total, hint } = match response {
            Ok(response) => response,
            Err(error) => return self.stop(self.with_cut(error, &position), position, offset),
        };
        let count = items.len();
        // A page whose items cannot be read is not empty.
        let next = self.tracker.after(&position, count + unreadable.len(), hint);
        self.skipped += unreadable.len() as u64;
        self.unreadable.extend(unreadable);
        let skipped = usize::try_from(offset).unwrap_or(count).min(count);
        items.drain(..skipped);
        let is_whole = items.len() as u64 <= self.items_left;
        items.truncate(usize::try_from(self.items_left).unwrap_or(usize::MAX));
        self.items_left -= items.len() as u64;
        let first_item = self.item;
        self.item += items.len() as u64;
        if !items.is_empty() {
            let position = position.clone();
            self.ready.push_back(Ok(Page { items, position, offset: skipped as u64, first_item, total }));
        }
        self.is_complete = is_whole && matches!(next, Next::End { is_complete: true });
        match next {
            _ if self.items_left == 0 => self.end(),
            Next::Page(Position::Page(number)) if self.has_requested(number) => {}
            Next::Page(next) => self.next = Some(next),
            Next::End { .. } => self.end(),
            Next::Error(error) => self.stop(error, position, count as u64),
        }
    }

    /// Says of a status 400 that the service ends the listing there, if it does.
    fn with_cut(&self, error: Error, position: &Position) -> Error {
        let (Some(Cut { items, instead }), Position::Page(number)) = (self.cut, position) else { return error };
        let pages = number.saturating_sub(self.first).saturating_add(1);
        let is_behind = pages.saturating_mul(self.tracker.largest()) > items;
        if !is_behind || error.status() != Some(StatusCode::BAD_REQUEST) {
            return error;
        }
        error
            .with_context(format!("because the service ends this listing after {items} items"))
            .with_advice(format!("use `{instead}`, which lists all; this listing is not complete"))
    }

    fn has_requested(&self, number: u64) -> bool {
        matches!(self.requested, Some(Position::Page(requested)) if requested >= number)
    }

    fn stop(&mut self, error: Error, position: Position, offset: u64) {
        self.ready.push_back(Err(PagingError { error, position, offset, item: self.item }));
        self.end();
    }

    fn end(&mut self) {
        self.is_over = true;
        self.in_flight.clear();
    }
}

/// Items are never pinned.
impl<T> Unpin for Pages<'_, T> {}

impl<'a, T: 'a> Stream for Pages<'a, T> {
    type Item = Result<Page<T>, PagingError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(page) = this.ready.pop_front() {
                this.advance(context);
                return Poll::Ready(Some(page));
            }
            if this.is_over {
                return Poll::Ready(None);
            }
            this.request(this.ahead.max(1));
            match this.in_flight.poll_next_unpin(context) {
                Poll::Ready(Some(arrival)) => this.arrive(arrival),
                Poll::Ready(None) => this.end(),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

impl<T> fmt::Debug for Pages<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pages")
            .field("items", &self.item)
            .field("requested", &self.requested)
            .field("in_flight", &self.in_flight.len())
            .field("ready", &self.ready.len())
            .field("is_over", &self.is_over)
            .finish_non_exhaustive()
    }
}
