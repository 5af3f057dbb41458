//! A listing before it is read.

use std::fmt;
use std::sync::Arc;

use futures_util::{FutureExt as _, TryFutureExt as _};

use crate::Error;
use crate::paging::error::PagingError;
use crate::paging::items::Items;
use crate::paging::page::{CursorPage, LinkedPage, NumberedPage};
use crate::paging::pages::{Cut, Kind, Listing, PageContents, Pages};
use crate::paging::position::Position;
use crate::paging::tracker::Hint;

/// A listing that is read page by page; see the [module](crate::paging).
///
/// Generated clients make one for each listing operation. It sends nothing itself: [`items`](Self::items) and
/// [`pages`](Self::pages) make the streams that do.
///
/// | setting | default |
/// | --- | --- |
/// | [`start_at`](Self::start_at) | the first item of the first page |
/// | [`ahead`](Self::ahead) | 1 page |
/// | [`limit`](Self::limit), [`max_pages`](Self::max_pages) | none |
/// | [`pass_empty_pages`](Self::pass_empty_pages) | 10 pages |
/// | [`cut_at`](Self::cut_at) | nowhere |
pub struct Pager<'a, T> {
    listing: Listing<'a, T>,
}

impl<'a, T: 'a> Pager<'a, T> {
    /// A listing with page numbers from `first` on. `fetch` sends the request for a page, `read` takes the response apart.
    ///
    /// Only these listings can fetch several pages at once, since the others learn the way to a page from the one before.
    pub fn by_number<P, F>(
        first: u64,
        fetch: impl Fn(u64) -> F + Send + Sync + 'a,
        read: impl Fn(P) -> NumberedPage<T> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<P, Error>> + Send + 'a,
        P: 'a,
    {
        let place = move |position: &Position| if let Position::Page(number) = position { *number } else { first };
        Self::new(Kind::Number { first }, place, fetch, move |response| {
            let NumberedPage { items, link, page_count, total, is_total_exact, unreadable } = read(response);
            let counted = total.filter(|_| is_total_exact);
            PageContents { items, unreadable, total, hint: Hint::Numbered { link, page_count, total: counted } }
        })
    }

    /// A listing whose responses hold the cursor that leads to the next page. `fetch` sends the request with a cursor, at
    /// first without one, `read` takes the response apart.
    pub fn by_cursor<P, F>(
        fetch: impl Fn(Option<String>) -> F + Send + Sync + 'a,
        read: impl Fn(P) -> CursorPage<T> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<P, Error>> + Send + 'a,
        P: 'a,
    {
        let place = |position: &Position| if let Position::Cursor(it) = position { Some(it.clone()) } else { None };
        Self::new(Kind::Cursor, place, fetch, move |response| {
            let CursorPage { items, cursor, total, unreadable } = read(response);
            PageContents { items, unreadable, total, hint: Hint::Cursor(cursor) }
        })
    }

    /// A listing whose responses hold a link to the next page, with the cursor in a query parameter of this name. `fetch`
    /// sends the request with that cursor, at first without one, `read` takes the response apart.
    pub fn by_after<P, F>(
        parameter: &'static str,
        fetch: impl Fn(Option<String>) -> F + Send + Sync + 'a,
        read: impl Fn(P) -> LinkedPage<T> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<P, Error>> + Send + 'a,
        P: 'a,
    {
        let place = |position: &Position| if let Position::After(it) = position { Some(it.clone()) } else { None };
        Self::new(Kind::After, place, fetch, move |response| {
            let LinkedPage { items, next, total } = read(response);
            PageContents { items, unreadable: Vec::new(), total, hint: Hint::After { parameter, link: next } }
        })
    }

    /// `place` gives what a request needs of a position.
    fn new<X, P, F>(
        kind: Kind,
        place: impl Fn(&Position) -> X + Send + Sync + 'a,
        fetch: impl Fn(X) -> F + Send + Sync + 'a,
        read: impl Fn(P) -> PageContents<T> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<P, Error>> + Send + 'a,
        P: 'a,
    {
        let read = Arc::new(read);
        let listing = Listing {
            kind,
            fetch: Box::new(move |position| {
                let read = Arc::clone(&read);
                fetch(place(position)).map_ok(move |response| read(response)).boxed()
            }),
            position: Position::Start,
            offset: 0,
            ahead: 1,
            max_pages: u64::MAX,
            limit: u64::MAX,
            pass_empty: 10,
            cut: None,
        };
        Self { listing }
    }
}

impl<'a, T: 'a> Pager<'a, T> {
    /// Starts at this page, and there after so many items. A page that has fewer by now is skipped as a whole.
    ///
    /// A position of another kind of listing, such as a cursor where pages are numbered, makes the stream fail with
    /// [`InvalidRequest`](crate::ErrorKind::InvalidRequest) before anything is sent. What [`Position::Page`] means
    /// depends on the page size: keep it.
    pub fn start_at(mut self, position: Position, offset: u64) -> Self {
        (self.listing.position, self.listing.offset) = (position, offset);
        self
    }

    /// Starts where another stream over the same listing failed: no item is lost, none comes again. Items that were
    /// added to the listing or removed from it meanwhile can shift numbered pages.
    pub fn resume(self, error: &PagingError) -> Self {
        self.start_at(error.position().clone(), error.offset())
    }

    /// Keeps so many pages requested or ready beyond the one that is being consumed; 1 unless this is called, 0 to
    /// request a page only when it is needed.
    ///
    /// Numbered pages are requested at the same time, as far as the service's counts say that they exist, and come in
    /// order. With a cursor or `after`, one request is in flight at a time.
    pub fn ahead(mut self, pages: usize) -> Self {
        self.listing.ahead = pages;
        self
    }

    /// Ends after so many pages, empty ones included. No more are requested.
    pub fn max_pages(mut self, pages: u64) -> Self {
        self.listing.max_pages = pages;
        self
    }

    /// Ends after so many items. Pages that are not needed for them are not requested, as far as the size of the pages
    /// before shows it.
    pub fn limit(mut self, items: u64) -> Self {
        self.listing.limit = items;
        self
    }

    /// How many empty pages in a row are passed over because they have a new cursor, or a link or a count that promises
    /// more; 10 unless this is called. The next empty one ends the listing, which is not
    /// [complete](Items::is_complete) then.
    ///
    /// Services that choose items after they have cut a page response with empty pages in the middle.
    pub fn pass_empty_pages(mut self, pages: u64) -> Self {
        self.listing.pass_empty = pages;
        self
    }

    /// Says that the service ends the listing after so many items, with a status 400 for the pages behind them. That error
    /// then says so, and that this operation reads all. It concerns only numbered pages.
    pub fn cut_at(mut self, items: u64, instead: &'static str) -> Self {
        self.listing.cut = Some(Cut { items, instead });
        self
    }

    /// The items, one by one.
    pub fn items(self) -> Items<'a, T> {
        let (position, offset) = (self.listing.position.clone(), self.listing.offset);
        Items::new(self.pages(), position, offset)
    }

    /// The pages. Empty ones are left out.
    pub fn pages(self) -> Pages<'a, T> {
        Pages::new(self.listing)
    }
}

impl<T> fmt::Debug for Pager<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pager")
            .field("kind", &self.listing.kind)
            .field("position", &self.listing.position)
            .field("offset", &self.listing.offset)
            .field("ahead", &self.listing.ahead)
            .finish_non_exhaustive()
    }
}
