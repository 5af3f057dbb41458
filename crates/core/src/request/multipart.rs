//! Bodies of type `multipart/form-data` (RFC 7578), streamed, with a length where it is known.
//!
//! Written here and not by the HTTP client because a body in memory must stay repeatable across a redirect.

use std::hash::{BuildHasher as _, RandomState};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::HeaderValue;

use crate::body::Source;
use crate::{Body, Error, FilePart};

/// One field of a form.
pub(super) struct Part {
    name: &'static str,
    file: Option<(String, String)>,
    body: Body,
}

impl Part {
    pub fn text(name: &'static str, value: String) -> Self {
        Self { name, file: None, body: value.into() }
    }

    /// A file, unless its media type is invalid.
    pub fn file(name: &'static str, file: FilePart) -> Result<Self, &'static str> {
        let media_type = file.media_type();
        if !media_type.contains('/') || HeaderValue::from_str(media_type).is_err() {
            return Err("has an invalid media type");
        }
        Ok(Self { name, file: Some((file.file_name().to_owned(), media_type.to_owned())), body: file.into_body() })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    fn head(&self, boundary: &str) -> String {
        let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"", quoted(self.name));
        if let Some((file_name, media_type)) = &self.file {
            head.push_str(&format!("; filename=\"{}\"\r\nContent-Type: {media_type}", quoted(file_name)));
        }
        head.push_str("\r\n\r\n");
        head
    }
}

/// Escapes a name as browsers do (HTML, section 4.10.21.8): these three characters, UTF-8 as it is.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

/// The content type and the body of a form.
pub(super) fn encode(parts: Vec<Part>) -> (HeaderValue, Body) {
    let boundary = boundary();
    let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
        .unwrap_or(HeaderValue::from_static("multipart/form-data"));
    let mut bodies: Vec<Body> = Vec::with_capacity(3 * parts.len() + 1);
    for part in parts {
        bodies.push(part.head(&boundary).into());
        bodies.push(part.body);
        bodies.push("\r\n".into());
    }
    bodies.push(format!("--{boundary}--\r\n").into());
    (content_type, concatenated(bodies))
}

/// One body of many: in memory if all are, else repeatable if all are, else a stream.
fn concatenated(bodies: Vec<Body>) -> Body {
    if let Some(chunks) = bodies.iter().map(Body::as_bytes).collect::<Option<Vec<&Bytes>>>() {
        return chunks.into_iter().map(AsRef::<[u8]>::as_ref).collect::<Vec<_>>().concat().into();
    }
    if let Some(sources) = bodies.iter().map(Body::source).collect() {
        return Source::concatenated(sources).into();
    }
    let length = bodies.iter().try_fold(0_u64, |sum, body| sum.checked_add(body.length()?));
    Body::stream::<Error>(stream::iter(bodies).flatten(), length)
}

/// A line that occurs in no part: 128 bits from the hash keys that the standard library seeds at random.
fn boundary() -> String {
    let random = || RandomState::new().hash_one("boundary");
    format!("rosterkit-{:016x}{:016x}", random(), random())
}
