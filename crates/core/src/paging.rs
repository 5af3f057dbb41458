//! Listings as streams: of items, or of pages.
//!
//! A service cuts a long listing into pages and has one of three ways to find the next: a page number, a cursor in the
//! response, or a link whose `after` parameter is the cursor. A [`Pager`] knows them all, so that its caller sees one
//! stream of items and never a page, unless it wants to.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), rosterkit_core::paging::PagingError> {
//! use rosterkit_core::paging::{NumberedPage, Pager};
//!
//! // Generated clients build this from the spec. Here, the service is a function with three pages.
//! let users = Pager::by_number(
//!     1,
//!     |page| async move { Ok(if page <= 3 { vec![format!("ada-{page}"), format!("bob-{page}")] } else { vec![] }) },
//!     NumberedPage::new,
//! );
//! let mut items = users.limit(5).items();
//! while let Some(user) = items.next().await {
//!     println!("{}", user?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Nothing is requested before a stream is first polled. There are no tasks behind a stream: while one page is
//! consumed, the [next ones](Pager::ahead) are in flight inside it, and dropping it drops their requests.
//!
//! # Where a listing ends
//! Services count badly. What they say about the end is asked in this order:
//!
//! | | by number | by cursor, by `after` |
//! | --- | --- | --- |
//! | a page without items | is passed over if the link, the page count or the total promises more, [ten in a row](Pager::pass_empty_pages) at most; else it is the end | is passed over if its cursor is new, [ten in a row](Pager::pass_empty_pages) at most; else it is the end |
//! | the link to the next page, or the cursor | if the API has such links: one is not the end, whatever the counts say; none is, unless the page count says more, or the total where there is no page count | none is the end |
//! | a link or cursor that was there before | is an error, after the items of its page | is an error, after the items of its page |
//! | page count and total | if the API has no links: over if one says so and none says otherwise | are not asked |
//! | no count at all | goes on until a page is empty | is not asked |
//!
//! A count that the first page already exceeds is wrong and never asked. A total is asked only by a stream that starts
//! at the first page, because only that one has seen all items; one that is [approximate](NumberedPage::approximate_total)
//! is never asked. [`Items::is_complete`] says afterwards whether all was read. [`Pager::max_pages`] and [`Pager::limit`] end a stream
//! earlier. An API that has neither links nor counts and responses a page number beyond the end with items can only be
//! ended by them.
//!
//! # After an error
//! A stream yields all items before the failed page, then a [`PagingError`], then nothing more. The error says where to
//! go on:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use rosterkit_core::Error;
//! use rosterkit_core::paging::{CursorPage, Pager, Position};
//!
//! fn listing(broken: bool) -> Pager<'static, u32> {
//!     let fetch = move |cursor: Option<String>| async move {
//!         match cursor.as_deref() {
//!             None => Ok(CursorPage::new(vec![1, 2]).cursor(Some("c-2".to_owned()))),
//!             Some(_) if broken => Err(Error::configuration("broken")),
//!             Some(_) => Ok(CursorPage::new(vec![3])),
//!         }
//!     };
//!     Pager::by_cursor(fetch, |page| page)
//! }
//!
//! let mut items = listing(true).items();
//! let error = loop {
//!     match items.next().await {
//!         Some(Ok(_)) => {}
//!         Some(Err(error)) => break error,
//!         None => unreachable!("the second page is broken"),
//!     }
//! };
//! assert_eq!((error.item(), error.position()), (2, &Position::Cursor("c-2".to_owned())));
//! assert_eq!(error.position().to_string(), "cursor:c-2"); // for a file, until tomorrow
//!
//! let mut rest = listing(false).resume(&error).items();
//! assert!(matches!(rest.next().await, Some(Ok(3))));
//! # }
//! ```

mod error;
mod items;
mod page;
mod pager;
mod pages;
mod position;
mod tracker;

pub use error::PagingError;
pub use items::Items;
pub use page::{CursorPage, LinkedPage, NumberedPage, Page};
pub use pager::Pager;
pub use pages::Pages;
pub use position::{Position, PositionError};
