//! Bodies of requests and responses that need not fit into memory.

#[cfg(feature = "files")]
mod file;
mod progress;
mod source;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use futures_util::StreamExt as _;
use http::{HeaderMap, StatusCode, header};

use crate::error::Route;
use crate::transport::html;
use crate::{Error, ErrorKind, ServiceError, media_type};

pub(crate) use source::Source;

type ByteStream = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send>>;

/// Bytes, or a stream of them.
///
/// A body of a response is a stream: it is read from the network as it is polled, and no time limit holds but the one
/// between two chunks.
///
/// ```
/// use rosterkit_core::{Body, bytes::Bytes};
/// use futures_util::stream;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let rows = stream::iter([Ok::<_, std::io::Error>(Bytes::from("id,name\n")), Ok(Bytes::from("1,Ada\n"))]);
/// assert_eq!(Body::stream(rows, None).text().await?, "id,name\n1,Ada\n");
/// assert_eq!(Body::from("id,name\n").length(), Some(8));
/// # Ok::<(), rosterkit_core::Error>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Body {
    content: Content,
    origin: Option<Box<Origin>>,
}

enum Content {
    Bytes(Bytes),
    Stream {
        stream: ByteStream,
        length: Option<u64>,
    },
    /// Opened when it is first read.
    Source {
        source: Source,
        opened: Option<ByteStream>,
    },
}

/// What a response's head says of its body.
pub(crate) struct Origin {
    pub route: Route,
    pub media_type: Option<String>,
    pub file_name: Option<String>,
    pub head: (StatusCode, HeaderMap),
}

impl Origin {
    fn attributed(&self, error: Error) -> Error {
        error.at(&self.route).with_head(self.head.0, &self.head.1)
    }
}

impl Body {
    /// A body that is read as it is sent. With a `length`, in bytes, the request says beforehand how long it is
    /// (`Content-Length`), which some services insist on; without, it is sent in chunks.
    ///
    /// Such a body can be sent once: a request that has one is not repeated. See [`repeatable`](Self::repeatable).
    ///
    /// Sending fails with [`ErrorKind::RequestBody`] if the stream fails, or gives more or fewer bytes than `length`.
    /// The stream's own error is the caller's and not printed, except for the kind of an [`io::Error`].
    pub fn stream<E>(stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static, length: Option<u64>) -> Self
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let stream = checked(stream, length);
        Self { content: Content::Stream { stream, length }, origin: None }
    }

    /// A body that `open` gives as often as it is asked, the same each time: unlike a [`stream`](Self::stream), a
    /// request that has one is repeated and redirected like one whose body is in memory. Nothing is opened before the
    /// request is sent.
    ///
    /// For the length, and for what sending fails with, see [`stream`](Self::stream).
    ///
    /// ```
    /// use futures_util::stream;
    /// use rosterkit_core::{Body, bytes::Bytes};
    ///
    /// let row = Bytes::from_static(b"1,Sample Person\n");
    /// let rows = move || {
    ///     let row = row.clone();
    ///     stream::iter((0..1_000).map(move |_| Ok::<_, std::io::Error>(row.clone())))
    /// };
    /// assert_eq!(Body::repeatable(rows, Some(16_000)).length(), Some(16_000));
    /// ```
    pub fn repeatable<S, E>(open: impl Fn() -> S + Send + Sync + 'static, length: Option<u64>) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        Source::new(move || checked(open(), length), length).into()
    }

    pub(crate) fn received(stream: ByteStream, length: Option<u64>, origin: Origin) -> Self {
        Self { content: Content::Stream { stream, length }, origin: Some(Box::new(origin)) }
    }

    /// The length in bytes, where it is known beforehand.
    pub fn length(&self) -> Option<u64> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::Stream { length, .. } => *length,
            Content::Source { source, .. } => source.length(),
        }
    }

    /// The media type of a response's body, without its parameters, as the service sent it.
    pub fn media_type(&self) -> Option<&str> {
        self.origin.as_ref()?.media_type.as_deref()
    }

    /// The media type of a response's body with its parameters, such as a `charset`, as the service sent it.
    pub fn content_type(&self) -> Option<&str> {
        self.origin.as_ref()?.head.1.get(header::CONTENT_TYPE)?.to_str().ok()
    }

    /// The file name that the service suggests for a response's body (`Content-Disposition`). It is a bare name: parts
    /// of a path are cut off.
    pub fn file_name(&self) -> Option<&str> {
        self.origin.as_ref()?.file_name.as_deref()
    }

    /// Reads the whole body into memory, without a limit.
    ///
    /// # Errors
    /// [`ErrorKind::Transport`] or [`ErrorKind::Timeout`] if a response breaks off or stalls, [`ErrorKind::RequestBody`]
    /// if a stream of the caller fails.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        if let Content::Bytes(bytes) = &mut self.content {
            return Ok(std::mem::take(bytes));
        }
        let Some(first) = self.next().await.transpose()? else { return Ok(Bytes::new()) };
        let Some(second) = self.next().await.transpose()? else { return Ok(first) };
        let mut all = BytesMut::from(first);
        all.extend_from_slice(&second);
        while let Some(chunk) = self.next().await.transpose()? {
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// Reads the whole body into memory, up to a limit in bytes. What is left is empty, but knows its call: see
    /// [`decode_error`](Self::decode_error).
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), and [`ErrorKind::TooLarge`] if the body exceeds the limit.
    pub async fn bytes_up_to(&mut self, limit: usize) -> Result<Bytes, Error> {
        let too_large = || Error::new(ErrorKind::TooLarge, format!("the response has more than {limit} bytes"));
        if self.length().is_some_and(|length| length > limit as u64) {
            return Err(self.attributed(too_large()));
        }
        let mut all = BytesMut::new();
        while let Some(chunk) = self.next().await.transpose()? {
            if chunk.len() > limit - all.len() {
                return Err(self.attributed(too_large()));
            }
            all.extend_from_slice(&chunk);
        }
        Ok(all.freeze())
    }

    /// Refuses an HTML page, for a response whose media type is not documented, but which is data. Responses of documented
    /// media types need no such call.
    ///
    /// A page is known by its media type, or else by its beginning: then it is reading that fails.
    ///
    /// # Errors
    /// [`ErrorKind::UnexpectedMediaType`] for a page. Of what it says, the error keeps nothing.
    pub fn expect_data(self) -> Result<Self, Error> {
        let Self { content, origin } = self;
        let Some(origin) = origin else { return Ok(Self { content, origin: None }) };
        if origin.media_type.as_deref().is_some_and(media_type::is_html) {
            return Err(origin.attributed(html::error(&origin.route)));
        }
        let content = match content {
            Content::Stream { stream, length } => {
                let stream = Box::pin(html::Sniffed::new(stream, origin.route.clone(), origin.head.clone()));
                Content::Stream { stream, length }
            }
            own @ (Content::Bytes(_) | Content::Source { .. }) => own,
        };
        Ok(Self { content, origin: Some(origin) })
    }

    /// Reads the whole body into memory as UTF-8 text, without a limit. A byte order mark is left out.
    ///
    /// # Errors
    /// As [`bytes`](Self::bytes), and [`ErrorKind::Decode`] if the body is not UTF-8.
    pub async fn text(mut self) -> Result<String, Error> {
        let origin = self.origin.take();
        let bytes = self.bytes().await?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").map(Bytes::copy_from_slice).unwrap_or(bytes);
        String::from_utf8(bytes.into()).map_err(|_| {
            let error = Error::new(ErrorKind::Decode, "the body is not UTF-8 text").with_advice("read it as bytes");
            origin.iter().fold(error, |error, origin| origin.attributed(error))
        })
    }

    /// Says of an error which call the body belongs to, and what the head of its response says.
    pub(crate) fn attributed(&self, error: Error) -> Error {
        self.origin.iter().fold(error, |error, origin| origin.attributed(error))
    }

    /// The error for a response that a wrapper cannot decode. The message is printed, so it holds nothing of the response: it
    /// says what was expected and where.
    pub fn decode_error(&self, message: impl Into<Cow<'static, str>>) -> Error {
        self.attributed(Error::new(ErrorKind::Decode, message))
    }

    /// The error that the body is a refusal although the status says success, with the call that it belongs to; see
    /// [`Error::refused`].
    pub fn refused(&self, error: impl ServiceError) -> Error {
        let refused = Error::new(ErrorKind::Refused, "the service refused the request");
        self.attributed(refused).with_service_error(Some(Box::new(error)))
    }

    /// The error that the body is not what a wrapper expects, with the call that it belongs to and what the head of the
    /// response says. What was found becomes the [source](std::error::Error::source) of the error.
    ///
    /// The words of `found` and `advice` are printed, so they hold nothing of the body.
    ///
    /// ```
    /// use rosterkit_core::{Body, ErrorKind};
    ///
    /// #[derive(Debug)]
    /// struct NoRows;
    ///
    /// impl std::fmt::Display for NoRows {
    ///     fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    ///         formatter.write_str("the report has no rows")
    ///     }
    /// }
    ///
    /// impl std::error::Error for NoRows {}
    ///
    /// let error = Body::from("").undecodable(ErrorKind::Decode, NoRows, "ask for another month");
    /// assert_eq!(error.to_string(), "the report has no rows; ask for another month");
    /// ```
    pub fn undecodable(
        &self,
        kind: ErrorKind,
        found: impl std::error::Error + Send + Sync + 'static,
        advice: impl Into<Cow<'static, str>>,
    ) -> Error {
        self.attributed(Error::new(kind, found.to_string()).with_advice(advice).with_source(found))
    }

    pub(crate) fn as_bytes(&self) -> Option<&Bytes> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes),
            Content::Stream { .. } | Content::Source { .. } => None,
        }
    }

    /// What gives the body anew, if that is possible and nothing of it was read.
    pub(crate) fn source(&self) -> Option<Source> {
        match &self.content {
            Content::Bytes(bytes) => Some(Source::from(bytes.clone())),
            Content::Source { source, opened: None } => Some(source.clone()),
            Content::Stream { .. } | Content::Source { .. } => None,
        }
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.content {
            Content::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            Content::Bytes(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            Content::Stream { stream, .. } => stream.as_mut().poll_next(context),
            Content::Source { source, opened } => {
                opened.get_or_insert_with(|| source.open()).as_mut().poll_next(context)
            }
        }
    }
}

/// An empty body.
impl Default for Body {
    fn default() -> Self {
        Bytes::new().into()
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self { content: Content::Bytes(bytes), origin: None }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from(bytes).into()
    }
}

/// Shows what is known of the body, not its content.
impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

/// An error of the caller's stream. Its text stays out: nothing is known of what it quotes.
fn source_error<E: Into<Box<dyn StdError + Send + Sync>>>(error: E) -> Error {
    match error.into().downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => match error.downcast_ref::<io::Error>() {
            Some(error) => Error::new(ErrorKind::RequestBody, format!("reading the body failed: {}", error.kind())),
            None => Error::new(ErrorKind::RequestBody, "reading the body failed"),
        },
    }
}

/// A stream that is held to its declared length and fails with errors of this crate.
fn checked<E>(stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static, length: Option<u64>) -> ByteStream
where
    E: Into<Box<dyn StdError + Send + Sync>>,
{
    let stream = stream.map(|chunk| chunk.map_err(source_error));
    match length {
        Some(length) => {
            Box::pin(ExactLength { stream: Box::pin(stream), remaining: length, last: None, is_over: false })
        }
        None => Box::pin(stream),
    }
}

/// Holds a stream to its declared length: with another one, the request's head would be a lie.
///
/// The piece that fills the length is held back until the stream has ended. The HTTP client stops reading once it has as
/// many bytes as it announced, so a stream that goes on would otherwise arrive cut off, and pass for whole.
struct ExactLength {
    stream: ByteStream,
    remaining: u64,
    last: Option<Bytes>,
    is_over: bool,
}

impl Stream for ExactLength {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        while !self.is_over {
            let problem = match std::task::ready!(self.stream.as_mut().poll_next(context)) {
                Some(Ok(chunk)) if chunk.is_empty() => continue,
                Some(Ok(chunk)) => match self.remaining.checked_sub(chunk.len() as u64) {
                    Some(0) => {
                        self.remaining = 0;
                        self.last = Some(chunk);
                        continue;
                    }
                    Some(remaining) => {
                        self.remaining = remaining;
                        return Poll::Ready(Some(Ok(chunk)));
                    }
                    None => Error::new(ErrorKind::RequestBody, "the body is longer than its declared length"),
                },
                Some(Err(error)) => error,
                None if self.remaining > 0 => {
                    Error::new(ErrorKind::RequestBody, "the body ended before its declared length")
                }
                None => {
                    self.is_over = true;
                    break;
                }
            };
            (self.is_over, self.last) = (true, None);
            return Poll::Ready(Some(Err(problem)));
        }
        Poll::Ready(self.last.take().map(Ok))
    }
}
