//! News and forum feeds: RSS 2.0 and Atom 1.0, and the single Atom entry of an article.
//!
//! | function | call |
//! | --- | --- |
//! | `publicNews`, `userNews` | `send_rssteasers`, `send_rssfull` or `send_atom` |
//! | `modules` | `send_rss` or `send_atom` |
//! | `latestForumPosts` | `send_rss` or `send_atom` |
//! | `article` | `send`; [`into_entry`](FeedResponse::into_entry) returns its one entry |
//!
//! The types and the decoder are those of feed-rs. Before decoding, a document is validated as in [`xml`](crate::xml): it
//! must be complete and well-formed, within the limits, and have no document type definition. Texts are returned as they
//! were sent: sanitize HTML before you show it. Dates are read in every form that the site uses elsewhere, and in those of
//! feeds; an invalid date is left out. A text type that Atom does not define counts as plain text, or as XHTML if it is an
//! XML type.

mod normalize;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

pub use feed_rs::model;
use feed_rs::model::{Entry, Feed};
use feed_rs::parser::{Builder, ParseErrorKind, ParseFeedError};
use rosterkit_core::chrono::{DateTime, Utc};
use rosterkit_core::{Body, Error, Response, Timestamp};

use crate::xml::{Limits, validated};

/// Largest feed that is decoded by default, in bytes: 16 MiB.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Decodes the responses of the functions that return feeds.
///
/// ```no_run
/// use peoplefluent_lms::feeds::FeedResponse as _;
///
/// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
/// let news = client.api().public_news().send_atom().await?.into_feed().await?;
/// for entry in &news.get().entries {
///     println!("{}", entry.title.as_ref().map_or("(untitled)", |title| title.content.as_str()));
/// }
/// let article = client.api().article().id("N-1").send().await?.into_entry().await?;
/// # Ok(())
/// # }
/// ```
pub trait FeedResponse: Sized {
    /// Decodes a feed of at most [`MAX_BYTES`] bytes.
    ///
    /// # Errors
    /// Those of [`into_feed_within`](Self::into_feed_within).
    fn into_feed(self) -> impl Future<Output = Result<Response<Feed>, Error>> + Send {
        self.into_feed_within(MAX_BYTES)
    }

    /// Decodes a feed of at most `limit` bytes.
    ///
    /// # Errors
    /// - [`TooLarge`](crate::ErrorKind::TooLarge) if the response exceeds the limit,
    /// - [`Decode`](crate::ErrorKind::Decode) if it ends early, is malformed, is nested too deeply, has a document type
    ///   definition or is not a feed,
    /// - [`UnexpectedMediaType`](crate::ErrorKind::UnexpectedMediaType) if it is an HTML page,
    /// - and those of reading a body.
    fn into_feed_within(self, limit: usize) -> impl Future<Output = Result<Response<Feed>, Error>> + Send;

    /// Decodes the one entry of `article`.
    ///
    /// # Errors
    /// Those of [`into_feed`](Self::into_feed), and [`Decode`](crate::ErrorKind::Decode) if there is not exactly one entry.
    fn into_entry(self) -> impl Future<Output = Result<Response<Entry>, Error>> + Send;
}

impl FeedResponse for Response<Body> {
    async fn into_feed_within(self, limit: usize) -> Result<Response<Feed>, Error> {
        let (mut body, status, headers) = self.into_parts();
        let feed = read(&mut body, limit).await?;
        Ok(Response::new(feed, status, headers))
    }

    async fn into_entry(self) -> Result<Response<Entry>, Error> {
        let (mut body, status, headers) = self.into_parts();
        let mut entries = read(&mut body, MAX_BYTES).await?.entries;
        match (entries.pop(), entries.is_empty()) {
            (Some(entry), true) => Ok(Response::new(entry, status, headers)),
            _ => Err(body.decode_error("expected exactly one entry in the response")),
        }
    }
}

async fn read(body: &mut Body, limit: usize) -> Result<Feed, Error> {
    let document = body.bytes_up_to(limit).await?;
    // A whole article is one text.
    let limits = Limits::new().with_depth(128).with_token(limit);
    let document = validated(body, &document, limits).await?;
    let invalid = || body.decode_error("the feed has content that cannot be read");
    let document =
        std::str::from_utf8(&document).ok().and_then(|text| normalize::normalized(text).ok()).ok_or_else(invalid)?;
    // By default, an entry without id and link gets a random one.
    let parser = Builder::new()
        .id_generator(|links, title, _| {
            let link = links.first().map(|link| link.href.clone());
            link.or_else(|| title.as_ref().map(|title| title.content.clone())).unwrap_or_default()
        })
        .sanitize_content(false)
        .timestamp_parser(timestamp)
        .build();
    // feed-rs panics at a duration that is too long for it. The parser is not used after that.
    let feed = catch_unwind(AssertUnwindSafe(|| parser.parse(&*document))).map_err(|_| invalid())?;
    // Errors of feed-rs quote the document.
    feed.map_err(|error| match error {
        ParseFeedError::ParseError(ParseErrorKind::NoFeedRoot) => {
            body.decode_error("the response is not an RSS or Atom feed")
        }
        _ => invalid(),
    })
}

/// A date-time in a form of the site or of feeds.
fn timestamp(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let of_site = text.parse().ok().and_then(|timestamp: Timestamp| timestamp.to_datetime().ok());
    let datetime = of_site.or_else(|| DateTime::parse_from_rfc2822(text).ok());
    datetime.map(|datetime| datetime.to_utc()).or_else(|| lenient_timestamp(text))
}

/// A date-time as feed-rs reads it, which accepts common mistakes. Its function is not public, so a minimal feed is parsed.
fn lenient_timestamp(text: &str) -> Option<DateTime<Utc>> {
    let text = quick_xml::escape::escape(text);
    let feed = format!("<feed><updated>{text}</updated></feed>");
    Builder::new().build().parse(feed.as_bytes()).ok()?.updated
}

#[cfg(test)]
mod tests;
