//! From the bytes of an answer to a value.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::{page, whereabouts};
use crate::error::Place;
use crate::{Error, ErrorKind, Response, headers, media_type};

/// A successful answer that is in memory.
pub(super) struct Decodable {
    pub place: Place,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Whether the body goes with the value.
    pub is_body_kept: bool,
}

impl Decodable {
    /// The body without a byte order mark.
    fn content(&self) -> &[u8] {
        self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&self.body)
    }

    /// Whether there is nothing to decode.
    pub fn is_blank(&self) -> bool {
        self.content().trim_ascii().is_empty()
    }

    /// Fails if the answer says that it is something else than JSON, or evidently is.
    pub fn require_json(&self) -> Result<(), Error> {
        if self.is_blank() {
            return Ok(());
        }
        let declared = headers::media_type(&self.headers).unwrap_or("application/json");
        let error = if page::is_page(&self.body) {
            page::error(&self.place)
        } else if !media_type::is_json(declared) {
            unexpected(&self.place, declared)
        } else if self.content().trim_ascii_start().starts_with(b"<") {
            // No JSON value begins like a tag.
            Error::new(ErrorKind::UnexpectedMediaType, "the answer is markup, and not the JSON that it says it is")
                .at(&self.place)
        } else {
            return Ok(());
        };
        Err(self.failed(error))
    }

    /// Decodes JSON.
    pub fn decode<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        if self.is_blank() {
            let error = Error::new(ErrorKind::Decode, "the answer is empty").at(&self.place);
            return Err(self.failed(error));
        }
        // One check of the whole is faster than serde's check of each string.
        let Ok(text) = str::from_utf8(self.content()) else {
            let error = Error::new(ErrorKind::Decode, "the answer is not UTF-8").at(&self.place);
            return Err(self.failed(error));
        };
        match serde_json::from_str(text) {
            Ok(value) => Ok(self.into_response(value)),
            Err(error) => Err(self.failed(mismatch(&self.place, text, &error, std::any::type_name::<T>()))),
        }
    }

    pub fn into_response<T>(self, value: T) -> Response<T> {
        let response = Response::new(value, self.status, self.headers);
        match self.is_body_kept {
            true => response.with_kept_body(self.body),
            false => response,
        }
    }

    fn failed(&self, error: Error) -> Error {
        error.with_head(self.status, &self.headers).with_body(&self.body)
    }
}

/// An answer of another media type than the operation promises.
pub(super) fn unexpected(place: &Place, actual: &str) -> Error {
    if media_type::is_html(actual) {
        return page::error(place);
    }
    let cause = format!("the answer is {}, which this operation does not answer with", media_type::printable(actual));
    Error::new(ErrorKind::UnexpectedMediaType, cause).at(place)
}

/// Says where and why decoding failed. The message of serde quotes the value that it stumbled on, which may be
/// personal, so only the part about what was expected is taken from it.
fn mismatch(place: &Place, text: &str, error: &serde_json::Error, type_name: &str) -> Error {
    let at = format!("line {} column {}", error.line(), error.column());
    let cause = match error.classify() {
        Category::Eof => format!("the answer ends early, at {at}"),
        // serde_json has no class for it. A message about the syntax holds nothing of the data.
        Category::Syntax if error.to_string().starts_with("recursion limit exceeded") => {
            format!("the answer is nested too deeply, at {at}")
        }
        Category::Syntax => format!("the answer is malformed JSON at {at}"),
        Category::Data | Category::Io => {
            let expected = expectation(&error.to_string()).map(|expected| format!(": {expected}")).unwrap_or_default();
            let path = whereabouts::path(text, error.line(), error.column());
            let path = path.map(|path| format!(", in `{path}`")).unwrap_or_default();
            format!("the answer does not fit {} at {at}{path}{expected}", short_name(type_name))
        }
    };
    Error::new(ErrorKind::Decode, cause).at(place)
}

/// The part of a message of serde that comes from the type and not from the data.
pub(crate) fn expectation(message: &str) -> Option<Cow<'static, str>> {
    let (message, _) = message.rsplit_once(" at line ").unwrap_or((message, ""));
    let is_plain = |text: &str| {
        text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" _-.$`,".contains(&byte))
    };
    if let Some(field) = message.strip_prefix("missing field ").filter(|field| is_plain(field)) {
        return Some(format!("field {field} is missing").into());
    }
    if let Some(field) = message.strip_prefix("duplicate field ").filter(|field| is_plain(field)) {
        return Some(format!("field {field} is there twice").into());
    }
    // A quoted value escapes its quotes, so the last comma before `expected` is the message's own.
    let starts = ["invalid type: ", "invalid value: ", "invalid length "];
    let expected = message.rsplit_once(", expected ").filter(|_| starts.iter().any(|start| message.starts_with(start)));
    expected
        .map(|(_, expected)| expected)
        .filter(|expected| is_plain(expected))
        .map(|it| format!("expected {it}").into())
}

/// A type's name without the modules that it stands in.
pub(crate) fn short_name(type_name: &str) -> String {
    let mut short = String::with_capacity(type_name.len());
    for part in type_name.split_inclusive(['<', '>', ',', ' ', '(', ')', '[', ']', '&']) {
        short.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_data_gets_into_an_expectation() {
        #[derive(Debug, serde::Deserialize)]
        struct User {
            #[serde(rename = "version")]
            _version: u64,
        }
        for (json, expected) in [
            (r#"{}"#, Some("field `version` is missing")),
            (r#"{"version":1,"version":"sentinel"}"#, Some("field `version` is there twice")),
            (r#"{"version":"sentinel"}"#, Some("expected u64")),
            (r#"{"version":"x\", expected sentinel"}"#, Some("expected u64")),
            (r#"{"version":"x, expected sentinel at line 1 column 2"}"#, Some("expected u64")),
            (r#"{"version":-4711}"#, Some("expected u64")),
            (r#"["sentinel"]"#, Some("expected u64")),
            (r#""sentinel""#, Some("expected struct User")),
        ] {
            let error = serde_json::from_str::<User>(json).expect_err("does not fit");
            assert_eq!(expectation(&error.to_string()).as_deref(), expected, "{json}");
        }
        let custom = <serde_json::Error as serde::de::Error>::custom("sentinel, expected sentinel");
        assert_eq!(expectation(&custom.to_string()), None);
    }

    #[test]
    fn type_names_lose_their_modules() {
        assert_eq!(short_name("alloc::vec::Vec<a::b::User>"), "Vec<User>");
        assert_eq!(short_name("(a::B, [u8; 3])"), "(B, [u8; 3])");
    }
}
