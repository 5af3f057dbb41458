//! What a listing needs to know of a response, and what it hands out.

use std::fmt;

use crate::UnreadableItem;
use crate::paging::position::Position;

/// What the response to a request for a page number holds.
///
/// ```
/// use rosterkit_core::paging::NumberedPage;
///
/// struct Listing {
///     entities: Option<Vec<String>>,
///     next_uri: Option<String>,
///     page_count: Option<i64>,
///     total: Option<i64>,
/// }
///
/// fn read(listing: Listing) -> NumberedPage<String> {
///     NumberedPage::new(listing.entities.unwrap_or_default())
///         .next(listing.next_uri)
///         .page_count(listing.page_count)
///         .total(listing.total)
/// }
/// ```
pub struct NumberedPage<T> {
    pub(super) items: Vec<T>,
    pub(super) link: Link,
    pub(super) page_count: Option<u64>,
    pub(super) total: Option<u64>,
    pub(super) unreadable: Vec<UnreadableItem>,
    pub(super) is_total_exact: bool,
}

/// The link to the next page.
pub(super) enum Link {
    /// The API has no such links.
    Unsupported,
    /// The API has them, and this response has none.
    Missing,
    /// A link, or a page number in its place.
    To(String),
}

impl<T> NumberedPage<T> {
    /// A page with these items, of an API that has neither links nor counts.
    pub fn new(items: Vec<T>) -> Self {
        Self {
            items,
            link: Link::Unsupported,
            page_count: None,
            total: None,
            is_total_exact: true,
            unreadable: Vec::new(),
        }
    }

    /// Says that the API has links to the next page, and which one this response has. Its form does not matter: a URI, or
    /// the number of the page. `None`, `null`, `false` and an empty text are none.
    pub fn next(mut self, link: Option<impl ToString>) -> Self {
        let link = link.map(|link| link.to_string());
        self.link = link
            .filter(|link| !matches!(link.as_str(), "" | "\"\"" | "null" | "false"))
            .map_or(Link::Missing, Link::To);
        self
    }

    /// Says which items of the page are left out because they could not be read. They count as items where the
    /// listing's end is looked for, and the streams tell them.
    pub fn unreadable(mut self, items: Vec<UnreadableItem>) -> Self {
        self.unreadable = items;
        self
    }

    /// How many pages there are, as the response says. A negative number says nothing.
    pub fn page_count(mut self, count: impl Into<Option<i64>>) -> Self {
        self.page_count = unsigned(count.into());
        self
    }

    /// How many items there are on all pages, as the response says. A negative number says nothing.
    pub fn total(mut self, total: impl Into<Option<i64>>) -> Self {
        self.total = unsigned(total.into());
        self
    }

    /// About how many items there are on all pages, as the response says. It is handed on and never asked for the end.
    pub fn approximate_total(mut self, total: impl Into<Option<i64>>) -> Self {
        self.is_total_exact = false;
        self.total(total)
    }
}

/// What the response to a request with a cursor holds.
pub struct CursorPage<T> {
    pub(super) items: Vec<T>,
    pub(super) cursor: Option<String>,
    pub(super) total: Option<u64>,
    pub(super) unreadable: Vec<UnreadableItem>,
}

impl<T> CursorPage<T> {
    /// A page with these items, the last one.
    pub fn new(items: Vec<T>) -> Self {
        Self { items, cursor: None, total: None, unreadable: Vec::new() }
    }

    /// Says which items of the page are left out because they could not be read. They count as items where the
    /// listing's end is looked for, and the streams tell them.
    pub fn unreadable(mut self, items: Vec<UnreadableItem>) -> Self {
        self.unreadable = items;
        self
    }

    /// The cursor of the next page. `None` and an empty text are none.
    pub fn cursor(mut self, cursor: Option<String>) -> Self {
        self.cursor = cursor.filter(|cursor| !cursor.is_empty());
        self
    }

    /// How many items there are on all pages, as the response says. It is handed on and never asked for the end.
    pub fn total(mut self, total: impl Into<Option<i64>>) -> Self {
        self.total = unsigned(total.into());
        self
    }
}

/// What a response holds whose link to the next page carries the cursor in a query parameter.
pub struct LinkedPage<T> {
    pub(super) items: Vec<T>,
    pub(super) next: Option<String>,
    pub(super) total: Option<u64>,
}

impl<T> LinkedPage<T> {
    /// A page with these items, the last one.
    pub fn new(items: Vec<T>) -> Self {
        Self { items, next: None, total: None }
    }

    /// The URI of the next page, absolute or relative. `None` and an empty text are none. The URI itself is never
    /// requested, only its parameter is taken out, so that no service can lead a client elsewhere.
    pub fn next(mut self, uri: Option<String>) -> Self {
        self.next = uri.filter(|uri| !uri.is_empty());
        self
    }

    /// How many items there are on all pages, as the response says. It is handed on and never asked for the end.
    pub fn total(mut self, total: impl Into<Option<i64>>) -> Self {
        self.total = unsigned(total.into());
        self
    }
}

fn unsigned(number: Option<i64>) -> Option<u64> {
    number.and_then(|number| number.try_into().ok())
}

/// A page of a listing. It has at least one item, and not more than the [limit](crate::paging::Pager::limit) allows.
#[non_exhaustive]
pub struct Page<T> {
    /// The items, from `offset` on.
    pub items: Vec<T>,
    /// Where the page is.
    pub position: Position,
    /// The number of the first item in its page, counted from 0. Not 0 only if the stream
    /// [starts](crate::paging::Pager::start_at) within the page.
    pub offset: u64,
    /// The number of the first item, counted from 0 where the stream starts.
    pub first_item: u64,
    /// How many items the service says there are on all pages. Services are wrong about it.
    pub total: Option<u64>,
}

/// Shows the number of the items, not the items.
impl<T> fmt::Debug for Page<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Page")
            .field("items", &self.items.len())
            .field("position", &self.position)
            .field("offset", &self.offset)
            .field("first_item", &self.first_item)
            .field("total", &self.total)
            .finish()
    }
}

macro_rules! debug_without_items {
    ($($page:ident),*) => {$(
        /// Shows the number of the items, not the items.
        impl<T> fmt::Debug for $page<T> {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.debug_struct(stringify!($page)).field("items", &self.items.len()).finish_non_exhaustive()
            }
        }
    )*};
}

debug_without_items!(NumberedPage, CursorPage, LinkedPage);
