//! Responses of functions whose representation is not documented: JSON, XML or text.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;

use rosterkit_core::bytes::Bytes;
use rosterkit_core::{Body, Error, Operation, Response, StatusCode};
use serde::de::DeserializeOwned;

use crate::xml::{self, Tree, XmlError};
use crate::{Refusal, refusal};

/// Largest response that is read, in bytes. A function describes one action in a few lines.
const MAX_BYTES: usize = 1024 * 1024;

/// The response of a function whose representation is not documented: the bytes as the service sent them.
///
/// | response with a status of success | result of the call |
/// | --- | --- |
/// | JSON, well-formed XML or a text, without a refusal | this type |
/// | JSON with `error`, `errorCode` or `errors`, with `success` that is false, or with a `status` such as `failed`; XML whose root element is named `error`, `errors` or `…Error`, or says `success` is false; a text that begins with `ERROR`, `FAILED`, `FAILURE` or `EXCEPTION` | an error of the kind [`Refused`](crate::ErrorKind::Refused), whose [`service_error`](crate::Error::service_error) is a [`Refusal`] |
/// | nothing, `null`, bytes that are not text, JSON or XML that is cut off, malformed, too deep, or has a document type definition | [`Decode`](crate::ErrorKind::Decode) |
/// | an HTML page | [`UnexpectedMediaType`](crate::ErrorKind::UnexpectedMediaType) |
#[derive(Clone)]
pub struct RawResponse {
    operation: &'static Operation,
    status: StatusCode,
    media_type: Option<String>,
    correlation_id: Option<String>,
    bytes: Bytes,
    /// The text, if the bytes are not UTF-8.
    decoded: Option<Box<str>>,
}

impl RawResponse {
    pub(crate) async fn read(response: Response<Body>, operation: &'static Operation) -> Result<Self, Error> {
        let (status, correlation_id) = (response.status(), response.correlation_id().map(str::to_owned));
        let mut body = response.into_inner().expect_data()?;
        let media_type = body.media_type().map(str::to_owned);
        let charset = body.content_type().and_then(xml::charset).map(str::to_owned);
        let bytes = body.bytes_up_to(MAX_BYTES).await?;
        let decoded = match xml::decode(&bytes, charset.as_deref()) {
            Ok(Cow::Owned(text)) => Some(text[xml::declaration_length(text.as_bytes())..].into()),
            Ok(Cow::Borrowed(_)) | Err(_) => None,
        };
        let response = Self { operation, status, media_type, correlation_id, bytes, decoded };
        match Content::of(response.text()?) {
            Content::Success => Ok(response),
            Content::Refusal(refusal) => {
                Err(Error::refused(operation, status, response.correlation_id.as_deref(), refusal))
            }
            Content::Unreadable(cause) => Err(response.invalid(cause)),
        }
    }

    /// The status, always 2xx.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The media type that the service sent, without its parameters.
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

    /// The text, without a byte order mark. The encoding is that of the mark, the `charset` or the XML declaration, else
    /// UTF-8. Text in another encoding comes without the XML declaration that names it.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) if the bytes are invalid in this encoding.
    pub fn text(&self) -> Result<&str, Error> {
        self.decoded.as_deref().map_or_else(|| self.utf8(), Ok)
    }

    fn utf8(&self) -> Result<&str, Error> {
        let bytes = self.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.bytes);
        str::from_utf8(bytes)
            .map_err(|error| self.invalid(format!("the response is not UTF-8 from byte {} on", error.valid_up_to())))
    }

    /// The response as JSON, in a type of your own.
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) with the location if it is invalid JSON or has another shape.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        // JSON is UTF-8, whatever the `charset` is.
        let text = self.utf8().or_else(|_| self.text())?;
        // The message of serde quotes the value, which may be personal.
        serde_json::from_str(text).map_err(|error| {
            let (line, column) = (error.line(), error.column());
            self.invalid(format!("the response is not JSON of the expected shape, at line {line} column {column}"))
        })
    }

    /// The response as XML, within the default [`Limits`](xml::Limits).
    ///
    /// # Errors
    /// [`Decode`](crate::ErrorKind::Decode) if it is not well-formed XML within the limits.
    pub fn xml(&self) -> Result<Tree, Error> {
        xml::parse_text(self.text()?).map_err(|error| self.invalid(unreadable_xml(&error)))
    }

    /// A response that is not what was expected. The message holds nothing of the response.
    pub(crate) fn invalid(&self, message: impl Into<Cow<'static, str>>) -> Error {
        Error::decode(self.operation, message)
    }
}

/// Shows the metadata of the response, not its content.
impl fmt::Debug for RawResponse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RawResponse")
            .field("operation", &self.operation.id)
            .field("status", &self.status.as_u16())
            .field("media_type", &self.media_type)
            .field("correlation_id", &self.correlation_id)
            .field("length", &self.bytes.len())
            .finish_non_exhaustive()
    }
}

/// What a text says, as far as that can be told without knowing its representation.
#[derive(Debug, PartialEq)]
enum Content {
    Success,
    Refusal(Refusal),
    Unreadable(Cow<'static, str>),
}

impl Content {
    fn of(text: &str) -> Self {
        let text = text.trim();
        match text.as_bytes().first() {
            None => Self::Unreadable("the response is empty".into()),
            Some(b'<') => match xml::parse_text(text) {
                Ok(tree) => refusal::in_xml(tree.root()).map_or(Self::Success, Self::Refusal),
                Err(error) => Self::Unreadable(unreadable_xml(&error).into()),
            },
            Some(b'{' | b'[' | b'"') => match serde_json::from_str(text) {
                Ok(json) => Refusal::in_json(&json).map_or(Self::Success, Self::Refusal),
                Err(error) => {
                    let (line, column) = (error.line(), error.column());
                    Self::Unreadable(format!("the response is malformed JSON, at line {line} column {column}").into())
                }
            },
            Some(_) if text == "null" => Self::Unreadable("the response is `null`".into()),
            Some(_) if text.contains(|it: char| it.is_control() && !it.is_whitespace()) => {
                Self::Unreadable("the response is not text".into())
            }
            Some(_) => refusal::in_text(text).map_or(Self::Success, Self::Refusal),
        }
    }
}

fn unreadable_xml(error: &Error) -> String {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).map(ToString::to_string);
    format!("the response cannot be read as XML: {}", cause.unwrap_or_else(|| error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_found_in_json_xml_and_text() {
        for (text, expected) in [
            ("<error><code>no-such-module</code><message>None.</message></error>", "no-such-module: None."),
            ("<EnrollmentError>full</EnrollmentError>", "full"),
            ("<x:errors xmlns:x='urn:x'><message>full</message></x:errors>", "full"),
            ("<error/>", "the service gave no reason"),
            ("<response success='false'><message>full</message></response>", "full"),
            ("<response><success>No</success></response>", "the service gave no reason"),
            ("{\"error\":{\"code\":7,\"message\":\"full\"}}", "7: full"),
            ("{\"errorCode\":\"full\",\"errorMessage\":\"No seat.\"}", "full: No seat."),
            ("{\"error\":\"full\"}", "full"),
            ("{\"error\":\"full\",\"code\":7}", "7: full"),
            ("{\"errors\":[{\"code\":\"full\"}]}", "full"),
            ("{\"errors\":[\"full\"]}", "full"),
            ("{\"success\":false}", "the service gave no reason"),
            ("{\"success\":\"false\",\"message\":\"full\"}", "full"),
            ("{\"status\":\"FAILED\",\"message\":\"full\"}", "full"),
            ("[{\"error\":\"full\"}]", "full"),
            ("ERROR: full", "ERROR: full"),
            ("Exception in module", "Exception in module"),
            ("false", "false"),
        ] {
            let Content::Refusal(refusal) = Content::of(text) else { panic!("{text}") };
            assert_eq!(refusal.to_string(), expected, "{text}");
        }
    }

    #[test]
    fn the_beginning_of_a_document_tells_a_refusal_from_a_report() {
        let cut = format!("<?xml version='1.0'?>\n<x:ReportError xmlns:x='urn:x'><message>{}", "a".repeat(2000));
        for text in ["<error>none</error>", "\u{feff}<error/>", "{\"error\":\"none\"}", "ERROR: none", &cut] {
            assert!(refusal::in_head(text.as_bytes()).is_some(), "{text:.40}");
        }
        let report = format!("<?xml version='1.0'?><report><error>{}", "a".repeat(2000));
        for text in ["", "Error,Count\n1,2\n", "\"error\",1\n", "<report/>", "{\"rows\":[]}", "{\"rows\":[", &report] {
            assert!(refusal::in_head(text.as_bytes()).is_none(), "{text:.40}");
        }
    }

    #[test]
    fn what_says_nothing_of_a_refusal_is_success() {
        for text in [
            "{\"error\":null,\"id\":\"R-1\"}",
            "{\"errors\":[],\"success\":true}",
            "{\"status\":\"enrolled\"}",
            "<trainingRecord id=\"R-1\"><error>none</error></trainingRecord>",
            "<response><success>true</success></response>",
            "{}",
            "ok",
            "done\n",
            "true",
            "errorless",
        ] {
            assert_eq!(Content::of(text), Content::Success, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_no_success() {
        let deep = "<a>".repeat(2000) + &"</a>".repeat(2000);
        let deep_json = "[".repeat(2000) + &"]".repeat(2000);
        for text in [
            "",
            " \r\n",
            "null",
            "<not closed",
            "<enrollment><id>R-1</id>",
            "<!DOCTYPE a SYSTEM 'a.dtd'><a/>",
            "<a>&undefined;</a>",
            "{\"id\":\"R-1\"",
            "[1,",
            "\"ok",
            "%PDF-1.7\u{0}\u{1}",
            &deep,
            &deep_json,
        ] {
            assert!(matches!(Content::of(text), Content::Unreadable(_)), "{text:.40}");
        }
    }
}
