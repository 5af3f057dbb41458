//! The body of a request across its attempts.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;

use crate::body::Source;
use crate::{Body, Error};

/// A body that can be handed to the HTTP client once per attempt, as long as that is possible.
pub(super) enum RequestBody {
    None,
    /// In memory: sent as often as needed.
    Bytes(Bytes),
    /// Opened anew each time it is sent.
    Source(Source),
    /// Sent once. The stream stays here until the HTTP client reads from it, so an attempt that gets no connection does
    /// not cost it.
    Stream {
        source: Arc<Mutex<Option<Body>>>,
        length: Option<u64>,
    },
}

impl RequestBody {
    pub fn new(body: Option<Body>) -> Self {
        let Some(body) = body else { return Self::None };
        match (body.as_bytes(), body.source()) {
            (Some(bytes), _) => Self::Bytes(bytes.clone()),
            (None, Some(source)) => Self::Source(source),
            (None, None) => Self::Stream { length: body.length(), source: Arc::new(Mutex::new(Some(body))) },
        }
    }

    pub fn is_some(&self) -> bool {
        !matches!(self, Self::None)
    }

    /// The length in bytes, where it is known.
    pub fn length(&self) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Source(source) => source.length(),
            Self::Stream { length, .. } => *length,
        }
    }

    /// The bytes, if they are in memory.
    pub fn bytes(&self) -> Option<&Bytes> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::None | Self::Source(_) | Self::Stream { .. } => None,
        }
    }

    /// Whether it can be sent from its beginning: it is in memory, can be opened anew, or nothing of it was read yet.
    pub fn is_whole(&self) -> bool {
        match self {
            Self::None | Self::Bytes(_) | Self::Source(_) => true,
            Self::Stream { source, .. } => source.lock().unwrap_or_else(PoisonError::into_inner).is_some(),
        }
    }

    /// What the HTTP client sends.
    pub fn lend(&self) -> Option<reqwest::Body> {
        match self {
            Self::None => None,
            Self::Bytes(bytes) => Some(bytes.clone().into()),
            Self::Source(source) => Some(reqwest::Body::wrap_stream(source.open())),
            Self::Stream { source, .. } => {
                Some(reqwest::Body::wrap_stream(Lent { source: Arc::clone(source), taken: None }))
            }
        }
    }
}

/// A stream that is taken from its owner when it is first read.
struct Lent {
    source: Arc<Mutex<Option<Body>>>,
    taken: Option<Body>,
}

impl Stream for Lent {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.taken.is_none() {
            let source = self.source.lock().unwrap_or_else(PoisonError::into_inner).take();
            self.taken = source;
        }
        match &mut self.taken {
            Some(body) => Pin::new(body).poll_next(context),
            // No attempt is made with a body that is not whole.
            None => Poll::Ready(None),
        }
    }
}
