//! How far a body has been sent.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::{Body, ByteStream, Content, Source};

/// A body in memory is handed out in pieces of this many bytes, so that its progress shows.
const PIECE: usize = 64 * 1024;

type Progress = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;

impl Body {
    /// Calls `progress` each time that a piece of the body was handed to the network, with the number of bytes handed
    /// over so far and, where it is known, of all bytes.
    ///
    /// What was handed over may still be in buffers of this machine. When a request is repeated, the count begins anew.
    /// The function should return quickly: it holds up the request.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use rosterkit_core::Body;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), rosterkit_core::Error> {
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let bar = Arc::clone(&seen);
    /// let body = Body::from(vec![0; 100_000]).with_progress(move |sent, total| bar.lock().unwrap().push((sent, total)));
    /// body.bytes().await?;
    /// assert_eq!(*seen.lock().unwrap(), [(65_536, Some(100_000)), (100_000, Some(100_000))]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_progress(mut self, progress: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        let progress: Progress = Arc::new(progress);
        let length = self.length();
        let content = match self.source() {
            Some(source) => {
                let is_in_memory = self.as_bytes().is_some();
                let open = move || {
                    let stream = if is_in_memory { pieces(source.open()) } else { source.open() };
                    counted(stream, length, Arc::clone(&progress))
                };
                Content::Source { source: Source::new(open, length), opened: None }
            }
            None => match std::mem::replace(&mut self.content, Content::Bytes(Bytes::new())) {
                Content::Stream { stream, .. } | Content::Source { opened: Some(stream), .. } => {
                    Content::Stream { stream: counted(stream, length, progress), length }
                }
                // These two have a source.
                content @ (Content::Bytes(_) | Content::Source { opened: None, .. }) => content,
            },
        };
        Self { content, origin: self.origin }
    }
}

fn counted(stream: ByteStream, length: Option<u64>, progress: Progress) -> ByteStream {
    let mut sent = 0;
    Box::pin(stream.inspect(move |chunk| {
        if let Ok(chunk) = chunk {
            sent += chunk.len() as u64;
            progress(sent, length);
        }
    }))
}

fn pieces(stream: ByteStream) -> ByteStream {
    Box::pin(stream.flat_map(|chunk| {
        let mut rest = Some(chunk);
        futures_util::stream::iter(std::iter::from_fn(move || match rest.take()? {
            Ok(mut bytes) if bytes.len() > PIECE => {
                let piece = bytes.split_to(PIECE);
                rest = Some(Ok(bytes));
                Some(Ok(piece))
            }
            last => Some(last),
        }))
    }))
}
