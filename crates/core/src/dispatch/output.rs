//! The response to a call whose operation was chosen at run time, in the shape that the service gave it.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;

use crate::{Body, Error, ErrorKind, Operation, Response, headers};

/// The response to a call whose operation was chosen at run time.
pub struct Output {
    /// The status, always 2xx.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// What the response holds.
    pub content: Content,
}

/// What an [`Output`] holds.
pub enum Content {
    /// Nothing.
    Empty,
    /// JSON that fits the operation's type.
    Json(Json),
    /// Anything else, as a stream.
    Raw(Body),
}

/// JSON as the service sent it, beside the value that the client's type made of it.
///
/// The type has no place for properties that the spec does not know, for the order of properties and for the spelling of
/// numbers; the [`bytes`](Self::bytes) have all of it.
///
/// ```
/// use rosterkit_core::dispatch::Json;
/// use serde_json::json;
///
/// let made = Json::from(json!({ "id": "u-1" }));
/// assert_eq!(made.bytes().as_ref(), br#"{"id":"u-1"}"#);
/// assert_eq!(made.into_value()?, json!({ "id": "u-1" }));
/// # Ok::<(), rosterkit_core::Error>(())
/// ```
pub struct Json {
    operation: Option<&'static Operation>,
    sent: Bytes,
    typed: Box<dyn Encode + Send>,
}

/// A value of a type that is not known any more.
trait Encode {
    fn encode(&self) -> serde_json::Result<Value>;
}

impl<T: Serialize> Encode for T {
    fn encode(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }
}

impl Json {
    /// The body as the service sent it, byte for byte.
    pub fn bytes(&self) -> &Bytes {
        &self.sent
    }

    /// The body alone: the decoded value is dropped.
    pub fn into_bytes(self) -> Bytes {
        self.sent
    }

    /// The body as a value, with all that the service sent. The decoded value is dropped first.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode) if the body holds what a [`Value`] cannot: a number beyond 64 bits of floating
    /// point, or more than 128 levels. The operation's type can skip over either.
    pub fn into_value(self) -> Result<Value, Error> {
        let Self { operation, sent, typed } = self;
        drop(typed);
        serde_json::from_slice(document(&sent)).map_err(|error| {
            // A message about the syntax holds nothing of the data.
            let message = error.to_string();
            let problem = match message.as_str() {
                it if it.starts_with("number out of range") => "holds a number that is too large",
                it if it.starts_with("recursion limit exceeded") => "is nested too deeply",
                _ => "is invalid JSON",
            };
            let (line, column) = (error.line(), error.column());
            let error = undecodable(operation, format!("the response {problem}, at line {line} column {column}"));
            error.with_advice("take the body as it came")
        })
    }

    /// What the operation's type kept of the body, as JSON again.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode) if the value cannot be written as JSON.
    pub fn typed(&self) -> Result<Value, Error> {
        self.typed.encode().map_err(|_| undecodable(self.operation, UNWRITABLE))
    }
}

fn undecodable(operation: Option<&'static Operation>, cause: impl Into<Cow<'static, str>>) -> Error {
    operation.into_iter().fold(Error::new(ErrorKind::Decode, cause), Error::in_operation)
}

/// A body without a byte order mark.
fn document(sent: &[u8]) -> &[u8] {
    sent.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sent)
}

const UNWRITABLE: &str = "the response cannot be written as JSON";

/// For responses of test doubles, which have no body that was sent.
impl From<Value> for Json {
    fn from(value: Value) -> Self {
        Self { operation: None, sent: value.to_string().into(), typed: Box::new(value) }
    }
}

impl Output {
    /// A response with a decoded value and the body that was kept of it; without one, the value's own JSON takes its place.
    /// A body that is blank makes the response empty.
    ///
    /// # Errors
    /// [`Decode`](ErrorKind::Decode) if there is no body and the value cannot be written as JSON.
    pub fn json<T>(operation: &'static Operation, response: Response<T>) -> Result<Self, Error>
    where
        T: Serialize + Send + 'static,
    {
        let kept = response.kept_body().cloned();
        let content = |value: T| {
            let sent = match kept {
                Some(kept) => kept,
                None => serde_json::to_vec(&value).map_err(|_| Error::decode(operation, UNWRITABLE))?.into(),
            };
            if document(&sent).trim_ascii().is_empty() {
                return Ok(Content::Empty);
            }
            Ok(Content::Json(Json { operation: Some(operation), sent, typed: Box::new(value) }))
        };
        response.try_map(content).map(Self::new)
    }

    /// A response with a decoded value, or without one.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub fn optional<T>(operation: &'static Operation, response: Response<Option<T>>) -> Result<Self, Error>
    where
        T: Serialize + Send + 'static,
    {
        match response.get().is_some() {
            true => Self::json(operation, response),
            false => Ok(Self::empty(response.map(|_| ()))),
        }
    }

    /// A response without a value.
    pub fn empty(response: Response<()>) -> Self {
        Self::new(response.map(|()| Content::Empty))
    }

    /// A response that is handed on as a stream.
    pub fn raw(response: Response<Body>) -> Self {
        Self::new(response.map(Content::Raw))
    }

    fn new(response: Response<Content>) -> Self {
        let (content, status, headers) = response.into_parts();
        Self { status, headers, content }
    }

    /// The id under which the service logged the call.
    pub fn correlation_id(&self) -> Option<&str> {
        headers::correlation_id(&self.headers)
    }
}

/// Shows the status, the correlation id and the kind of content, which may be personal itself.
impl fmt::Debug for Output {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Output")
            .field("status", &self.status.as_u16())
            .field("correlation_id", &self.correlation_id())
            .field("content", &self.content)
            .finish_non_exhaustive()
    }
}

/// Shows the kind of content only.
impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Empty => "Empty",
            Self::Json(_) => "Json",
            Self::Raw(_) => "Raw",
        })
    }
}
