//! A time limit between the chunks of a streamed response.
//!
//! A limit on the whole would cut off a large document that arrives steadily; none at all would wait for ever on a
//! connection that died.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http::{HeaderMap, StatusCode};
use tokio::time::{Instant, Sleep};

use crate::error::Route;
use crate::{Error, ErrorKind};

/// Maps the HTTP client's errors, and ends a stream that stalls with [`ErrorKind::Timeout`].
pub(super) struct IdleTimeout<S> {
    chunks: Pin<Box<S>>,
    route: Route,
    /// The head of the response, for errors.
    head: (StatusCode, HeaderMap),
    limit: Duration,
    /// Runs only while a chunk is waited for: a slow consumer does not count.
    timer: Option<Pin<Box<Sleep>>>,
    done: bool,
}

impl<S> IdleTimeout<S> {
    pub fn new(chunks: S, route: Route, head: (StatusCode, HeaderMap), limit: Duration) -> Self {
        Self { chunks: Box::pin(chunks), route, head, limit, timer: None, done: false }
    }
}

impl<S: Stream<Item = reqwest::Result<Bytes>>> Stream for IdleTimeout<S> {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.done {
            return Poll::Ready(None);
        }
        if let Poll::Ready(chunk) = this.chunks.as_mut().poll_next(context) {
            this.timer = None;
            this.done = !matches!(chunk, Some(Ok(_)));
            let (status, headers) = &this.head;
            let broken = |error| Error::from_http(error, &this.route).with_head(*status, headers);
            return Poll::Ready(chunk.map(|chunk| chunk.map_err(broken)));
        }
        if this.timer.is_none() {
            // A limit beyond the range of the clock does not apply.
            this.timer = Instant::now().checked_add(this.limit).map(|end| Box::pin(tokio::time::sleep_until(end)));
        }
        let Some(timer) = &mut this.timer else { return Poll::Pending };
        ready!(timer.as_mut().poll(context));
        this.done = true;
        let error = Error::new(ErrorKind::Timeout, "the response stalled for longer than the time limit");
        let (status, headers) = &this.head;
        Poll::Ready(Some(Err(error.at(&this.route).with_head(*status, headers))))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, StreamExt as _, stream};
    use tokio::sync::mpsc::unbounded_channel;

    use super::*;
    use crate::Operation;
    use crate::operation::SAMPLE;

    static OPERATION: Operation = SAMPLE;

    #[tokio::test(start_paused = true)]
    async fn each_chunk_has_its_own_time_and_a_slow_consumer_does_not_count() {
        let (sender, mut receiver) = unbounded_channel();
        let source = stream::poll_fn(move |context| receiver.poll_recv(context));
        let head = (StatusCode::OK, HeaderMap::new());
        let mut chunks = IdleTimeout::new(source, Route::of(&OPERATION), head, Duration::from_secs(60));
        for _ in 0..3 {
            assert!(chunks.next().now_or_never().is_none());
            tokio::time::advance(Duration::from_secs(50)).await;
            sender.send(Ok(Bytes::from("chunk"))).expect("the stream still listens");
            assert_eq!(chunks.next().await.expect("a chunk").expect("a chunk"), "chunk");
            tokio::time::advance(Duration::from_secs(3600)).await;
        }
        let waiting = Instant::now();
        let error = chunks.next().await.expect("an error").expect_err("stalls");
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert_eq!(waiting.elapsed().as_secs(), 60);
        assert!(chunks.next().await.is_none());
    }
}
