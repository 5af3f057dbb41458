//! News and forum feeds: RSS 2.0 and Atom 1.0, and the single Atom entry of an article.
//!
//! | function | call |
//! | --- | --- |
//! | `publicNews`, `userNews` | `send_rssteasers`, `send_rssfull` or `send_atom` |
//! | `modules` | `send_rss` or `send_atom` |
//! | `latestForumPosts` | `send_rss` or `send_atom` |
//! | `article` | `send`; [`into_entry`](FeedAnswer::into_entry) gives its one entry |
//!
//! Decoding is feed-rs's, and so are the types. Before it, a document is held to the rules of [`xml`](crate::xml): it must be
//! complete and well-formed, no larger and no deeper than the limits, and have no document type definition. Texts come as
//! they were sent: sanitize HTML before you show it. Dates are read in every form that the site writes elsewhere, and in
//! those that feeds have; one that is in none of them is left out. A type of text that Atom does not have counts as plain
//! text, or as XHTML if it is a type of XML.

mod tidy;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use feed_rs::model;
use feed_rs::model::{Entry, Feed};
use feed_rs::parser::{Builder, ParseErrorKind, ParseFeedError};
use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_core::{Body, Error, Response, Timestamp};

use crate::xml::{Limits, checked};

/// Largest feed that is decoded by default, in bytes: 16 MiB.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// Decoding the answers of the functions that give feeds.
///
/// ```no_run
/// use peoplefluent_lms::feeds::FeedAnswer as _;
///
/// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
/// let news = client.api().public_news().send_atom().await?.into_feed().await?;
/// for entry in &news.entries {
///     println!("{}", entry.title.as_ref().map_or("(untitled)", |title| title.content.as_str()));
/// }
/// let article = client.api().article().id("N-1").send().await?.into_entry().await?;
/// # Ok(())
/// # }
/// ```
pub trait FeedAnswer: Sized {
    /// Decodes a feed of at most [`LARGEST`] bytes.
    ///
    /// # Errors
    /// Those of [`into_feed_within`](Self::into_feed_within).
    fn into_feed(self) -> impl Future<Output = Result<Response<Feed>, Error>> + Send {
        self.into_feed_within(LARGEST)
    }

    /// Decodes a feed of at most so many bytes.
    ///
    /// # Errors
    /// - [`TooLarge`](crate::ErrorKind::TooLarge) if the answer exceeds the limit,
    /// - [`Decode`](crate::ErrorKind::Decode) if it ends early, is malformed, is nested too deeply, has a document type
    ///   definition or is no feed,
    /// - [`UnexpectedMediaType`](crate::ErrorKind::UnexpectedMediaType) if it is an HTML page,
    /// - and those of reading a body.
    fn into_feed_within(self, limit: usize) -> impl Future<Output = Result<Response<Feed>, Error>> + Send;

    /// Decodes the one entry of `article`.
    ///
    /// # Errors
    /// Those of [`into_feed`](Self::into_feed), and [`Decode`](crate::ErrorKind::Decode) if there is not exactly one entry.
    fn into_entry(self) -> impl Future<Output = Result<Response<Entry>, Error>> + Send;
}

impl FeedAnswer for Response<Body> {
    async fn into_feed_within(self, limit: usize) -> Result<Response<Feed>, Error> {
        let (mut body, status, headers) = self.into_parts();
        let feed = read(&mut body, limit).await?;
        Ok(Response::new(feed, status, headers))
    }

    async fn into_entry(self) -> Result<Response<Entry>, Error> {
        let (mut body, status, headers) = self.into_parts();
        let mut entries = read(&mut body, LARGEST).await?.entries;
        match (entries.pop(), entries.is_empty()) {
            (Some(entry), true) => Ok(Response::new(entry, status, headers)),
            _ => Err(body.decode_error("the answer is not exactly one entry")),
        }
    }
}

async fn read(body: &mut Body, limit: usize) -> Result<Feed, Error> {
    let document = body.bytes_up_to(limit).await?;
    // An article with everything in it is one text.
    let limits = Limits::new().with_depth(128).with_token(limit);
    let document = checked(body, &document, limits).await?;
    let misfit = |problem| body.decode_error(problem);
    let unreadable = || misfit("the feed holds something that cannot be read");
    let document =
        std::str::from_utf8(&document).ok().and_then(|text| tidy::tidied(text).ok()).ok_or_else(unreadable)?;
    // By default, an entry without id and link gets a random one.
    let parser = Builder::new()
        .id_generator(|links, title, _| {
            let link = links.first().map(|link| link.href.clone());
            link.or_else(|| title.as_ref().map(|title| title.content.clone())).unwrap_or_default()
        })
        .sanitize_content(false)
        .timestamp_parser(moment)
        .build();
    // The decoder panics at a duration that is too long for it. Nothing of it is used after that.
    let feed = catch_unwind(AssertUnwindSafe(|| parser.parse(&*document))).map_err(|_| unreadable())?;
    // Errors of the decoder quote the document.
    feed.map_err(|error| match error {
        ParseFeedError::ParseError(ParseErrorKind::NoFeedRoot) => misfit("the answer is no feed in RSS or Atom"),
        _ => unreadable(),
    })
}

/// A date as the site writes it, or as feeds do.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let of_site = text.parse().ok().and_then(|moment: Timestamp| moment.to_datetime().ok());
    let moment = of_site.or_else(|| DateTime::parse_from_rfc2822(text).ok()).map(|moment| moment.to_utc());
    moment.or_else(|| odd_moment(text))
}

/// The decoder's own reading, which knows what is wrong with dates in feeds. It is not public, but a feed with nothing
/// else in it has it.
fn odd_moment(text: &str) -> Option<DateTime<Utc>> {
    let text = quick_xml::escape::escape(text);
    let feed = format!("<feed><updated>{text}</updated></feed>");
    Builder::new().build().parse(feed.as_bytes()).ok()?.updated
}

#[cfg(test)]
#[path = "feeds/tests.rs"]
mod tests;
