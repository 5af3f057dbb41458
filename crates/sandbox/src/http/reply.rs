//! A response before it is sent.

use std::convert::Infallible;
use std::fmt;
use std::iter;

use axum::body::{Body, Bytes};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use futures_util::stream;
use serde_json::Value;
use tokio::task::yield_now;

use crate::http::Error;

const JSON: &str = "application/json";
const TEXT: &str = "text/plain;charset=UTF-8";
const XML: &str = "application/xml;charset=UTF-8";

/// The parts of a long response are sent when they have this many bytes.
const CHUNK: usize = 32 << 10;

/// After this many items of a long response, other requests are served, even if there is nothing to send yet: a filter that
/// matches one of a million people must not block others, or continue after the client has disconnected.
const TURN: usize = 64;

/// Status, headers and body of a response.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Content,
}

enum Content {
    Text(String),
    Bytes(Bytes),
    /// Generated while it is sent: a listing of a million people is never completely in memory.
    Pieces(Box<dyn Iterator<Item = String> + Send>),
    /// Computed before it is sent.
    Steps(Box<Step>),
}

type Step = dyn FnMut() -> Option<Result<Value, Error>> + Send;

impl Reply {
    fn new(media_type: &'static str, body: Content) -> Self {
        let headers = vec![(CONTENT_TYPE, HeaderValue::from_static(media_type))];
        Self { status: StatusCode::OK, headers, body }
    }

    pub(crate) fn json(value: &Value) -> Self {
        Self::new(JSON, Content::Text(value.to_string()))
    }

    pub(crate) fn xml(document: String) -> Self {
        Self::new(XML, Content::Text(document))
    }

    pub(crate) fn text(text: String) -> Self {
        Self::new(TEXT, Content::Text(text))
    }

    /// A document of any media type.
    pub(crate) fn document(media_type: &'static str, text: String) -> Self {
        Self::new(media_type, Content::Text(text))
    }

    /// A file. A media type that is invalid in a header is replaced by `application/octet-stream`.
    pub(crate) fn file(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let media_type =
            HeaderValue::from_str(media_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
        let headers = vec![(CONTENT_TYPE, media_type)];
        Self { status: StatusCode::OK, headers, body: Content::Bytes(bytes.into()) }
    }

    /// A response without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Self { status, headers: Vec::new(), body: Content::Text(String::new()) }
    }

    /// JSON with a long list between its start and end. An item of `items` is the result of one step: one value, several,
    /// or none, so that a filter does not search for its next match in one step.
    pub(crate) fn json_list<I: IntoIterator<Item = Value>>(
        start: &'static str,
        items: impl Iterator<Item = I> + Send + 'static,
        end: &'static str,
    ) -> Self {
        let mut comma = "";
        let items = items.map(move |values| {
            let mut text = String::new();
            for value in values {
                text += comma;
                text += &value.to_string();
                comma = ",";
            }
            text
        });
        Self::new(JSON, Content::enclosed(start, items, end))
    }

    /// JSON, or an error, that takes many steps to compute: `step` gives it at last.
    pub(crate) fn json_in_steps(step: impl FnMut() -> Option<Result<Value, Error>> + Send + 'static) -> Self {
        Self::new(JSON, Content::Steps(Box::new(step)))
    }

    /// The reply when its steps are done. Other requests are served between them.
    pub(crate) async fn computed(mut self) -> Result<Self, Error> {
        if let Content::Steps(step) = &mut self.body {
            let value = loop {
                match step() {
                    Some(value) => break value?,
                    None => yield_now().await,
                }
            };
            self.body = Content::Text(value.to_string());
        }
        Ok(self)
    }

    /// XML with many elements between its start and end; an item can be empty.
    pub(crate) fn xml_list(
        start: &'static str,
        items: impl Iterator<Item = String> + Send + 'static,
        end: &'static str,
    ) -> Self {
        Self::new(XML, Content::enclosed(start, items, end))
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn with_headers(mut self, headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> Self {
        self.headers.extend(headers);
        self
    }
}

impl Content {
    fn enclosed(start: &'static str, items: impl Iterator<Item = String> + Send + 'static, end: &'static str) -> Self {
        let mut items = iter::once(start.to_owned()).chain(items).chain(iter::once(end.to_owned()));
        Self::Pieces(Box::new(iter::from_fn(move || {
            let mut chunk = items.next()?;
            for _ in 1..TURN {
                if chunk.len() >= CHUNK {
                    break;
                }
                let Some(item) = items.next() else { break };
                chunk += &item;
            }
            Some(chunk)
        })))
    }
}

impl From<Content> for Body {
    fn from(content: Content) -> Self {
        match content {
            Content::Text(text) => Self::from(text),
            Content::Bytes(bytes) => Self::from(bytes),
            Content::Pieces(pieces) => Self::from_stream(stream::unfold(pieces, |mut pieces| async {
                yield_now().await;
                let piece = pieces.next()?;
                Some((Ok::<_, Infallible>(piece), pieces))
            })),
            // Replies are computed before they are sent.
            Content::Steps(_) => Self::empty(),
        }
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Text(_) => "Text",
            Self::Bytes(_) => "Bytes",
            Self::Pieces(_) => "Pieces",
            Self::Steps(_) => "Steps",
        })
    }
}

impl From<Reply> for Response<Body> {
    fn from(reply: Reply) -> Self {
        let mut response = Response::new(Body::from(reply.body));
        *response.status_mut() = reply.status;
        for (name, value) in reply.headers {
            response.headers_mut().append(name, value);
        }
        response
    }
}
