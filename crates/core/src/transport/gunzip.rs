//! Decoding `Content-Encoding: x-gzip`, the older name of gzip, which the HTTP client does not know.

use std::io;
use std::pin::Pin;

use async_compression::tokio::bufread::GzipDecoder;
use bytes::Bytes;
use futures_core::Stream;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use http::{HeaderMap, header};
use tokio_util::io::{ReaderStream, StreamReader};

/// The same response with a body that is decoded while it is read, as the HTTP client does with gzip. Limits on its length
/// hold for what comes out.
pub(super) fn decoded(http: reqwest::Response) -> reqwest::Response {
    if !is_x_gzip(http.headers()) {
        return http;
    }
    let mut plain = http::Response::new(());
    *plain.status_mut() = http.status();
    *plain.version_mut() = http.version();
    *plain.headers_mut() = http.headers().clone();
    plain.headers_mut().remove(header::CONTENT_ENCODING);
    // The length is that of the compressed body.
    plain.headers_mut().remove(header::CONTENT_LENGTH);
    let chunks = http.bytes_stream().map_err(io::Error::other);
    plain.map(|()| reqwest::Body::wrap_stream(decompressed(chunks))).into()
}

fn decompressed(
    chunks: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let mut chunks = chunks.boxed().peekable();
    let plain = async move {
        // Nothing is compressed in an empty body.
        let is_empty = Pin::new(&mut chunks).peek().await.is_none();
        let decoder = ReaderStream::new(GzipDecoder::new(StreamReader::new(chunks)));
        if is_empty { stream::empty().boxed() } else { decoder.boxed() }
    };
    stream::once(plain).flatten()
}

/// Whether the body has this encoding and no other.
fn is_x_gzip(headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(header::CONTENT_ENCODING).iter();
    let is_only = values.next().is_some_and(|value| value.as_bytes().trim_ascii().eq_ignore_ascii_case(b"x-gzip"));
    is_only && values.next().is_none()
}
