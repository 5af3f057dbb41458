//! Answers whose representation nobody documents.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;

use rosterkit_core::bytes::Bytes;
use rosterkit_core::{Body, Error, Operation, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::xml::{self, Tree, XmlError};

/// Largest answer that is taken. What a function says about one action is a few lines.
const LARGEST: usize = 1024 * 1024;

/// The answer of a function whose representation is not documented: the bytes as they came.
///
/// A status of success may come with a refusal in the text, so look at it. An HTML page is no such answer: the call
/// fails with [`UnexpectedMediaType`](crate::ErrorKind::UnexpectedMediaType) instead.
#[derive(Clone)]
pub struct RawAnswer {
    operation: &'static Operation,
    status: StatusCode,
    media_type: Option<String>,
    correlation_id: Option<String>,
    bytes: Bytes,
    /// The text of bytes that are not UTF-8.
    decoded: Option<Box<str>>,
}

impl RawAnswer {
    pub(super) async fn read(answer: Response<Body>, operation: &'static Operation) -> Result<Self, Error> {
        let (status, correlation_id) = (answer.status(), answer.correlation_id().map(str::to_owned));
        let mut body = answer.into_inner().expect_data()?;
        let media_type = body.media_type().map(str::to_owned);
        let charset = body.content_type().and_then(xml::charset).map(str::to_owned);
        let bytes = body.bytes_up_to(LARGEST).await?;
        let decoded = match xml::decode(&bytes, charset.as_deref()) {
            Ok(Cow::Owned(text)) => Some(text[xml::declaration_length(text.as_bytes())..].into()),
            Ok(Cow::Borrowed(_)) | Err(_) => None,
        };
        Ok(Self { operation, status, media_type, correlation_id, bytes, decoded })
    }

    /// The status, always 2xx.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The media type, without its parameters, as the service sent it.
    pub fn media_type(&self) -> Option<&str> {
        self.media_type.as_deref()
    }

    /// The id under which the service logged the call.
    pub fn correlation_id(&self) -> Option<&str> {
        self.correlation_id.as_deref()
    }

    /// The bytes, at most 1 MiB.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The text, without a byte order mark: in the encoding that the mark, the answer's head or an XML declaration names,
    /// else UTF-8. Text that was in another encoding comes without the declaration that names it.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) if it is in neither.
    pub fn text(&self) -> Result<&str, Error> {
        self.decoded.as_deref().map_or_else(|| self.utf8(), Ok)
    }

    fn utf8(&self) -> Result<&str, Error> {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        str::from_utf8(bytes)
            .map_err(|error| self.misfit(format!("the answer is not UTF-8 from byte {} on", error.valid_up_to())))
    }

    /// The answer as JSON, in a type of the caller's own.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) with the place of the trouble if it is no JSON or does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // JSON is UTF-8, whatever the head of the answer says beside it.
        let text = self.utf8().or_else(|_| self.text())?;
        // The message of serde quotes the value that it stumbled on, which may be personal.
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.misfit(format!("the answer is no JSON of the expected shape, at line {line} column {column}"))
        })
    }

    /// The answer as XML, within the default [`Limits`](xml::Limits).
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) if it is no complete, harmless document.
    pub fn xml(&self) -> Result<Tree, Error> {
        xml::parse_text(self.text()?).map_err(|error| {
            let cause = error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).map(ToString::to_string);
            self.misfit(format!("the answer cannot be read as XML: {}", cause.unwrap_or_else(|| error.to_string())))
        })
    }

    /// An answer that is not what was expected of it. The message holds nothing of the answer.
    pub(super) fn misfit(&self, message: impl Into<Cow<'static, str>>) -> Error {
        Error::decode(self.operation, message)
    }
}

/// Shows what is known of the answer, not its content.
impl fmt::Debug for RawAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawAnswer")
            .field("operation", &self.operation.id)
            .field("status", &self.status.as_u16())
            .field("media_type", &self.media_type)
            .field("correlation_id", &self.correlation_id)
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}
