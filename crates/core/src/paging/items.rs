//! The stream of items: the pages, unpacked.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::vec;

use futures_core::Stream;
use futures_util::StreamExt as _;

use crate::UnreadableItem;
use crate::paging::error::PagingError;
use crate::paging::pages::Pages;
use crate::paging::position::Position;

/// The items of a listing, made by [`Pager::items`](crate::paging::Pager::items).
///
/// After an error, it ends. Dropping it drops the requests that are in flight.
#[must_use = "streams do nothing unless polled"]
pub struct Items<'a, T> {
    pages: Pages<'a, T>,
    page: vec::IntoIter<T>,
    position: Position,
    offset: u64,
}

impl<'a, T: 'a> Items<'a, T> {
    /// The items of pages, of which the first begins at this position and offset.
    pub(super) fn new(pages: Pages<'a, T>, position: Position, offset: u64) -> Self {
        Self { pages, page: Vec::new().into_iter(), position, offset }
    }

    /// The next item; `None` at the end. The same as the stream's `next`, for callers that use no other streams.
    ///
    /// It is safe to drop the future before it is ready, as `select!` and timeouts do: no item is lost.
    pub async fn next(&mut self) -> Option<Result<T, PagingError>> {
        std::future::poll_fn(|context| self.poll_next_unpin(context)).await
    }

    /// Whether the stream has ended and read the listing to its end; see [`Pages::is_complete`].
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), rosterkit_core::paging::PagingError> {
    /// use rosterkit_core::paging::{NumberedPage, Pager};
    ///
    /// for (limit, is_complete) in [(2, false), (9, true)] {
    ///     let fetch = |page: u64| async move { Ok(if page <= 3 { vec![page] } else { vec![] }) };
    ///     let mut items = Pager::by_number(1, fetch, NumberedPage::new).limit(limit).items();
    ///     while let Some(item) = items.next().await {
    ///         println!("{}", item?);
    ///     }
    ///     assert_eq!(items.is_complete(), is_complete);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_complete(&self) -> bool {
        self.page.as_slice().is_empty() && self.pages.is_complete()
    }

    /// The page of the item that was yielded last. With [`offset`](Self::offset), what
    /// [`Pager::start_at`](crate::paging::Pager::start_at) takes to go on after that item, in another process too.
    pub fn position(&self) -> &Position {
        &self.position
    }

    /// How many items were left out so far because they could not be read: see [`Pages::skipped`].
    pub fn skipped(&self) -> u64 {
        self.pages.skipped()
    }

    /// Takes the items that were left out so far because they could not be read: see [`Pages::take_unreadable`].
    pub fn take_unreadable(&mut self) -> Vec<UnreadableItem> {
        self.pages.take_unreadable()
    }

    /// How many items at the beginning of that page have been yielded or skipped.
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

/// Items are never pinned.
impl<T> Unpin for Items<'_, T> {}

impl<'a, T: 'a> Stream for Items<'a, T> {
    type Item = Result<T, PagingError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(item) = this.page.next() {
                this.offset += 1;
                // The request for the next page proceeds while the items of this one are consumed.
                this.pages.advance(context);
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(this.pages.poll_next_unpin(context)) {
                None => return Poll::Ready(None),
                Some(Ok(page)) => {
                    (this.position, this.offset) = (page.position, page.offset);
                    this.page = page.items.into_iter();
                }
                Some(Err(error)) => {
                    (this.position, this.offset) = (error.position().clone(), error.offset());
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
    }
}

impl<T> fmt::Debug for Items<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Items")
            .field("position", &self.position)
            .field("offset", &self.offset)
            .field("pages", &self.pages)
            .finish_non_exhaustive()
    }
}
