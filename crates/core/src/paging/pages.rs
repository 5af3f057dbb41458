//! The stream of pages: requests them, in order and some ahead.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesOrdered;
use futures_util::{FutureExt as _, StreamExt as _};

use super::end::{Ends, Next};
use super::pager::{Answer, Fetch, Kind};
use crate::Error;
use crate::paging::{Page, Pager, PagingError, Position};

/// The pages of a listing, made by [`Pager::pages`].
///
/// After an error, it ends. Dropping it drops the requests that are under way.
#[must_use = "streams do nothing unless polled"]
pub struct Pages<'a, T> {
    fetch: Fetch<'a, T>,
    ends: Ends,
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
    /// Nothing is to be requested any more, and nothing is under way.
    is_over: bool,
}

type Arrival<T> = (Position, Result<Answer<T>, Error>);

impl<'a, T: 'a> Pages<'a, T> {
    pub(super) fn new(pager: Pager<'a, T>) -> Self {
        let start = pager.start();
        let first = if let Kind::Number { first } = pager.kind { first } else { 0 };
        let Pager { fetch, position, offset, ahead, max_pages, limit, pass_empty, .. } = pager;
        let mut pages = Self {
            fetch,
            ends: Ends::new(first, &position, pass_empty),
            ahead,
            pages_left: max_pages,
            items_left: limit,
            offset,
            item: 0,
            next: None,
            requested: None,
            in_flight: FuturesOrdered::new(),
            ready: VecDeque::new(),
            is_over: limit == 0,
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

    /// Lets the requests under way proceed, and sends those that are to be ahead of the consumer.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) {
        while !self.is_over {
            self.request(self.ahead);
            match self.in_flight.poll_next_unpin(context) {
                Poll::Ready(Some(arrival)) => self.arrive(arrival),
                Poll::Ready(None) | Poll::Pending => return,
            }
        }
    }

    /// Requests pages until so many are under way or ready.
    fn request(&mut self, pages: usize) {
        while !self.is_over && self.pages_left > 0 && self.in_flight.len() + self.ready.len() < pages {
            let Some(position) = self.next.take().or_else(|| self.expected()) else { return };
            self.pages_left -= 1;
            self.requested = Some(position.clone());
            let answer = (self.fetch)(&position);
            self.in_flight.push_back(answer.map(move |answer| (position, answer)).boxed());
        }
    }

    /// The page after those that are requested, if it probably exists and is needed.
    fn expected(&self) -> Option<Position> {
        let Some(Position::Page(requested)) = self.requested else { return None };
        let number = requested.checked_add(1)?;
        let coming = (self.in_flight.len() as u64).saturating_mul(self.ends.largest());
        let is_wanted = !self.in_flight.is_empty() && coming < self.items_left && self.ends.expects(number);
        is_wanted.then_some(Position::Page(number))
    }

    fn arrive(&mut self, (position, answer): Arrival<T>) {
        let offset = std::mem::take(&mut self.offset);
        let Answer { mut items, total, hint } = match answer {
            Ok(answer) => answer,
            Err(error) => return self.stop(error, position, offset),
        };
        let count = items.len();
        let next = self.ends.after(&position, count, hint);
        let skipped = usize::try_from(offset).unwrap_or(count).min(count);
        items.drain(..skipped);
        items.truncate(usize::try_from(self.items_left).unwrap_or(usize::MAX));
        self.items_left -= items.len() as u64;
        let first_item = self.item;
        self.item += items.len() as u64;
        if !items.is_empty() {
            let position = position.clone();
            self.ready.push_back(Ok(Page { items, position, offset: skipped as u64, first_item, total }));
        }
        match next {
            _ if self.items_left == 0 => self.end(),
            Next::Page(Position::Page(number)) if self.has_requested(number) => {}
            Next::Page(next) => self.next = Some(next),
            Next::End => self.end(),
            Next::Error(error) => self.stop(error, position, count as u64),
        }
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
