//! Responses of functions whose representation is not documented: JSON, XML or text.

use std::borrow::Cow;
use std::error::Error as _;
use std::fmt;

use rosterkit_core::bytes::Bytes;
use rosterkit_core::{Body, Error, Operation, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::xml::{self, Element, Tree, XmlError};

/// Largest response that is read, in bytes. A function describes one action in a few lines.
const MAX_BYTES: usize = 1024 * 1024;

/// The response of a function whose representation is not documented: the bytes as the service sent them.
///
/// A refusal may come with a status of success: see [`refusal`](Self::refusal). An HTML page is not returned: the call
/// fails with [`UnexpectedMediaType`](crate::ErrorKind::UnexpectedMediaType) instead.
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
        Ok(Self { operation, status, media_type, correlation_id, bytes, decoded })
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
        xml::parse_text(self.text()?).map_err(|error| {
            let cause = error.source().and_then(|cause| cause.downcast_ref::<XmlError>()).map(ToString::to_string);
            self.invalid(format!("the response cannot be read as XML: {}", cause.unwrap_or_else(|| error.to_string())))
        })
    }

    /// The refusal, if the response is one: JSON with `error` or `errorCode`, or XML whose root element is named `error`
    /// or `…Error`.
    ///
    /// ```no_run
    /// # async fn run(client: peoplefluent_lms::Client) -> Result<(), peoplefluent_lms::Error> {
    /// let response = client.enrollments().enroll("M-100").send().await?;
    /// match response.refusal()? {
    ///     Some(refusal) => println!("not enrolled: {refusal}"),
    ///     None => println!("enrolled"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`text`](Self::text).
    pub fn refusal(&self) -> Result<Option<Refusal>, Error> {
        Ok(Refusal::find(self.text()?))
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

/// A refusal that came with a status of success; found by [`RawResponse::refusal`].
///
/// `Display` prints the code and the message of the service, which may be about a person.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// The code, from `code` or `errorCode`.
    pub code: Option<String>,
    /// The message, from `message`, `errorMessage` or `error`, or the text of the error itself.
    pub message: Option<String>,
}

impl Refusal {
    fn find(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.starts_with('<') {
            let tree = xml::parse_text(text).ok()?;
            let root = tree.root();
            return root.name().to_ascii_lowercase().ends_with("error").then(|| Self::of_element(root));
        }
        let json: Value = serde_json::from_str(text).ok()?;
        let is_error =
            |value: &&Value| !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some("");
        let error = ["error", "errorCode"].iter().find_map(|name| json.get(name).filter(is_error))?;
        Some(Self::of_json(if error.is_object() { error } else { &json }))
    }

    fn of_json(json: &Value) -> Self {
        let text = |name: &str| {
            let value = json.get(name)?;
            value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))
        };
        Self::of(text, None)
    }

    fn of_element(element: Element<'_>) -> Self {
        let is_text = element.children().next().is_none() && element.attributes().next().is_none();
        let own = element.text();
        let text = |name: &str| {
            let attribute = element.attribute(name).map(str::to_owned);
            attribute.or_else(|| element.text_of(name).map(Cow::into_owned))
        };
        Self::of(text, is_text.then_some(&own))
    }

    fn of(text: impl Fn(&str) -> Option<String>, own: Option<&str>) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| text(name));
        let message = first(&["message", "errorMessage", "error"]).or_else(|| own.map(str::to_owned));
        Self { code: first(&["code", "errorCode"]), message: message.filter(|message| !message.is_empty()) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.code, &self.message) {
            (Some(code), Some(message)) => write!(formatter, "{code}: {message}"),
            (Some(reason), None) | (None, Some(reason)) => formatter.write_str(reason),
            (None, None) => formatter.write_str("the LMS gave no reason"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_found_in_json_and_xml() {
        for (text, expected) in [
            ("<error><code>no-such-module</code><message>None.</message></error>", Some("no-such-module: None.")),
            ("<EnrollmentError>full</EnrollmentError>", Some("full")),
            ("<error/>", Some("the LMS gave no reason")),
            ("{\"error\":{\"code\":7,\"message\":\"full\"}}", Some("7: full")),
            ("{\"errorCode\":\"full\",\"errorMessage\":\"No seat.\"}", Some("full: No seat.")),
            ("{\"error\":\"full\"}", Some("full")),
            ("{\"error\":null,\"id\":\"R-1\"}", None),
            ("<trainingRecord id=\"R-1\"><error>none</error></trainingRecord>", None),
            ("ok", None),
            ("", None),
            ("<not closed", None),
        ] {
            assert_eq!(Refusal::find(text).map(|refusal| refusal.to_string()).as_deref(), expected, "{text}");
        }
    }
}
