//! Bodies that can be read from their beginning as often as a request is sent.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};

use super::{Body, ByteStream, Content};

/// What gives a body anew each time it is opened.
#[derive(Clone)]
pub(crate) struct Source {
    open: Arc<dyn Fn() -> ByteStream + Send + Sync>,
    length: Option<u64>,
}

impl Source {
    pub fn new(open: impl Fn() -> ByteStream + Send + Sync + 'static, length: Option<u64>) -> Self {
        Self { open: Arc::new(open), length }
    }

    /// One source of many, read one after the other.
    pub fn concatenated(sources: Vec<Self>) -> Self {
        let length = sources.iter().try_fold(0_u64, |sum, source| sum.checked_add(source.length?));
        Self::new(move || Box::pin(stream::iter(sources.clone()).flat_map(|source| source.open())), length)
    }

    pub fn open(&self) -> ByteStream {
        (self.open)()
    }

    /// The length in bytes, where it is known.
    pub fn length(&self) -> Option<u64> {
        self.length
    }
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        let length = Some(bytes.len() as u64);
        Self::new(move || Box::pin(Body::from(bytes.clone())), length)
    }
}

impl From<Source> for Body {
    fn from(source: Source) -> Self {
        Self { content: Content::Source { source, opened: None }, origin: None }
    }
}
