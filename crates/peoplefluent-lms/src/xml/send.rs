//! XML documents to send, validated before or while they are sent.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::{Path, absolute};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use rosterkit_core::bytes::{Bytes, BytesMut};
use rosterkit_core::{Body, Error, Response};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::error::XmlError;
use super::limits::Limits;
use super::parser::{ParseError, Parser};
use super::writer::{XML_DECLARATION, XmlWriter, write};
use crate::Client;
use crate::generated::operations::COURSES;

/// Size of the chunks of a file, in bytes.
const CHUNK: usize = 64 * 1024;

/// A well-formed document to send.
///
/// | source | validated |
/// | --- | --- |
/// | memory, a [writer](Self::build), a [file](Self::from_file) | on construction, so that nothing malformed is sent |
/// | a [stream](Self::from_stream) or [reader](Self::from_reader), read once | while it is sent: the last chunk is held back until the whole document is known to be well-formed. If it is not, the connection is aborted, so that the server never receives a complete request |
///
/// Files and streams are not held in memory. The rules are those of XML 1.0, strictly, and as in reading: no document type
/// definition, no entities but the five predefined ones. Elements may be nested 128 deep, and one tag or text may have
/// 16 MiB.
pub struct XmlSource(Body);

impl XmlSource {
    /// A document that is in memory, in any encoding that it declares.
    ///
    /// ```
    /// use peoplefluent_lms::xml::XmlSource;
    ///
    /// assert!(XmlSource::from_bytes("<courses><session id='S-1'/></courses>").is_ok());
    /// let error = XmlSource::from_bytes("<courses>\n<session></courses>").expect_err("not well-formed");
    /// assert!(error.to_string().contains("invalid end tag: expected `</session>`, in line 2"));
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if it is not well-formed; the message says where.
    pub fn from_bytes(document: impl Into<Bytes>) -> Result<Self, Error> {
        let document = document.into();
        let chunks = stream::iter([Ok(document.clone())]);
        match check(chunks).now_or_never() {
            Some(Ok(())) => Ok(Self(document.into())),
            Some(Err(ParseError::Document(cause))) => Err(refused(&cause)),
            Some(Err(ParseError::Body(error))) => Err(error),
            None => Err(Error::invalid_request(&COURSES, "the document in memory was not read at once")),
        }
    }

    /// A document that is written element by element, in UTF-8.
    ///
    /// ```
    /// use peoplefluent_lms::xml::XmlSource;
    ///
    /// let courses = XmlSource::build("courses", |courses| {
    ///     courses.element("session", |session| {
    ///         session.attribute("id", "S-1").text_element("title", "Safety & health");
    ///     });
    /// })?;
    /// assert!(XmlSource::build("courses", |courses| { courses.attribute("no name", 1); }).is_err());
    /// # Ok::<(), peoplefluent_lms::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) for invalid names and characters, and for
    /// attributes that are duplicated or written after content.
    pub fn build(root: &str, content: impl FnOnce(&mut XmlWriter<'_>)) -> Result<Self, Error> {
        let unwritable = |problem| Error::invalid_request(&COURSES, format!("cannot write the document: {problem}"));
        let root = write(root, content).map_err(unwritable)?;
        Self::from_bytes(format!("{XML_DECLARATION}{root}"))
    }

    /// A document in a file. It is read for validation, and again each time it is sent, so that a request with it is
    /// retried and redirected like one with a body in memory. It is validated again while it is sent, in case the file
    /// has changed.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest) if the file cannot be read or is not
    /// well-formed; the message names the file.
    pub async fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let unreadable = |error: io::Error| {
            Error::invalid_request(&COURSES, format!("the file `{name}` cannot be read: {}", error.kind()))
        };
        let file = File::open(path).await.map_err(unreadable)?;
        match check(chunks(file).map(|chunk| chunk.map_err(unreadable))).await {
            Ok(()) => {}
            Err(ParseError::Body(error)) => return Err(error),
            Err(ParseError::Document(cause)) => {
                return Err(Error::invalid_request(&COURSES, format!("the file `{name}` is not sent: {cause}")));
            }
        }
        // The path must stay valid if the working directory changes.
        let path = absolute(path).map_err(unreadable)?;
        let length = tokio::fs::metadata(&path).await.map_err(unreadable)?.len();
        let open = move || {
            let path = path.clone();
            let opened = stream::once(async { File::open(path).await.map(chunks) }).try_flatten();
            checked(Body::stream(opened, None))
        };
        Ok(Self(Body::repeatable(open, Some(length))))
    }

    /// A document that is read once, from any reader. Its length is unknown.
    pub fn from_reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::from_stream(chunks(Box::pin(reader)), None)
    }

    /// A document that is read once. With a `length`, in bytes, the request has a `Content-Length`.
    ///
    /// Sending fails with [`ErrorKind::RequestBody`](crate::ErrorKind::RequestBody) if the stream fails, is not
    /// well-formed or not of that length. The server then never receives a complete request.
    pub fn from_stream<S, E>(stream: S, length: Option<u64>) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
    {
        // The outer body converts errors of the stream.
        Self(Body::stream(checked(Body::stream(stream, None)), length))
    }

    /// The body of a request. It ends with an error if the document is malformed.
    pub fn into_body(self) -> Body {
        self.0
    }
}

impl fmt::Debug for XmlSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("XmlSource").field("length", &self.0.length()).finish_non_exhaustive()
    }
}

impl Client {
    /// Adds and changes courses and sessions in bulk (`contentHandler/courses`). Needs the system key.
    ///
    /// Only a well-formed document is sent; see [`XmlSource`] for how each source is validated. The elements are not
    /// checked, since the site's schema `courses.xsd` is not public. The response is not documented.
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// use peoplefluent_lms::xml::XmlSource;
    ///
    /// let response = client.import_courses(XmlSource::from_file("courses.xml").await?).await?;
    /// println!("{}", response.into_inner().text().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the call, and [`ErrorKind::RequestBody`](crate::ErrorKind::RequestBody) if a document that can be read
    /// only once is malformed.
    pub async fn import_courses(&self, courses: XmlSource) -> Result<Response<Body>, Error> {
        self.api().courses().body(courses.into_body()).send().await
    }
}

fn limits() -> Limits {
    Limits::new().with_depth(128).with_token(16 << 20)
}

fn refused(cause: &XmlError) -> Error {
    Error::invalid_request(&COURSES, format!("the document is not sent: {cause}"))
}

/// Reads a document to its end and validates it.
async fn check(chunks: impl Stream<Item = Result<Bytes, Error>> + Unpin) -> Result<(), ParseError> {
    let mut parser = Parser::new(chunks, None, limits(), true);
    while parser.step(&mut ()).await? {}
    Ok(())
}

/// The content of a reader, in chunks.
fn chunks(reader: impl AsyncRead + Unpin + Send + 'static) -> Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>> {
    Box::pin(stream::unfold(Some(reader), |reader| async {
        let mut reader = reader?;
        let mut chunk = BytesMut::with_capacity(CHUNK);
        match reader.read_buf(&mut chunk).await {
            Ok(0) => None,
            Ok(_) => Some((Ok(chunk.freeze()), Some(reader))),
            Err(error) => Some((Err(error), None)),
        }
    }))
}

/// Passes on validated chunks, each only when the next one has arrived. So the last one is held back until the end of the
/// document.
fn checked(chunks: Body) -> impl Stream<Item = Result<Bytes, Error>> + Send {
    let passed = Arc::new(Mutex::new(VecDeque::new()));
    let parser = Parser::new(Tee { chunks, passed: passed.clone() }, None, limits(), true);
    let checking = Checking { parser, passed, is_ended: false };
    stream::unfold(Some(checking), |checking| async {
        let mut checking = checking?;
        match checking.next().await {
            Ok(Some(chunk)) => Some((Ok(chunk), Some(checking))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    })
}

struct Checking {
    parser: Parser<Tee>,
    /// Chunks that the parser has read and that were not passed on yet.
    passed: Arc<Mutex<VecDeque<Bytes>>>,
    is_ended: bool,
}

impl Checking {
    async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        loop {
            let held_back = if self.is_ended { 0 } else { 1 };
            let ready = {
                let mut passed = self.passed.lock().unwrap_or_else(PoisonError::into_inner);
                if passed.len() > held_back { passed.pop_front() } else { None }
            };
            if let Some(chunk) = ready {
                return Ok(Some(chunk));
            }
            if self.is_ended {
                return Ok(None);
            }
            self.is_ended = !self.parser.step(&mut ()).await.map_err(|error| match error {
                ParseError::Body(error) => error,
                ParseError::Document(cause) => refused(&cause),
            })?;
        }
    }
}

/// Keeps the chunks that the parser reads.
struct Tee {
    chunks: Body,
    passed: Arc<Mutex<VecDeque<Bytes>>>,
}

impl Stream for Tee {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.chunks.poll_next_unpin(context)) {
                // An empty chunk could release the last one too early.
                Some(Ok(chunk)) if chunk.is_empty() => {}
                Some(Ok(chunk)) => {
                    self.passed.lock().unwrap_or_else(PoisonError::into_inner).push_back(chunk.clone());
                    return Poll::Ready(Some(Ok(chunk)));
                }
                other => return Poll::Ready(other),
            }
        }
    }
}
