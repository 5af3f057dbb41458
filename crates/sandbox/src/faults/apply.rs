//! What a fault does to an answer that is ready to be sent.

use std::io;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use axum::http::{HeaderValue, Response, StatusCode};
use futures_util::{StreamExt, stream};

use super::FaultKind;

/// Damages an answer. A fault that does not concern the body leaves it as it is.
pub(crate) async fn damage(response: Response<Body>, kind: FaultKind) -> Response<Body> {
    if !matches!(kind, FaultKind::Drop | FaultKind::Truncate | FaultKind::Garbage) {
        return response;
    }
    let (mut head, body) = response.into_parts();
    // The bodies of the sandbox are made in memory and cannot fail; a broken one would be dropped all the same.
    let whole = to_bytes(body, usize::MAX).await.unwrap_or_default();
    head.headers.remove(TRANSFER_ENCODING);
    let body = match kind {
        FaultKind::Drop => {
            if whole.is_empty() {
                // Without a body nothing can break in the middle of it, so one is promised.
                head.status = if head.status == StatusCode::NO_CONTENT { StatusCode::OK } else { head.status };
            }
            head.headers.insert(CONTENT_LENGTH, HeaderValue::from(whole.len().max(2)));
            broken(whole.slice(..whole.len() / 2))
        }
        FaultKind::Truncate => Body::from(whole.slice(..whole.len() / 2)),
        _ => {
            let json = head.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().ends_with(b"json"));
            let text = if json { "{\"message\": \"this is no JSON, " } else { "<html><body>Service Unavailable" };
            Body::from(text)
        }
    };
    if kind != FaultKind::Drop {
        head.headers.remove(CONTENT_LENGTH);
    }
    Response::from_parts(head, body)
}

/// A body that breaks after these bytes. They are on their way before it does: the server writes what it has whenever the
/// body makes it wait.
fn broken(start: Bytes) -> Body {
    let first = stream::iter((!start.is_empty()).then_some(Ok(start)));
    let rest = stream::once(async {
        tokio::task::yield_now().await;
        Err(io::Error::new(io::ErrorKind::ConnectionReset, "a fault that was asked for"))
    });
    Body::from_stream(first.chain(rest))
}
