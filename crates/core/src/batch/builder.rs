//! A batch before it is sent.

use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::pin::Pin;

use futures_core::Stream;
use futures_util::stream;

use super::send::{SendCut, sender};
use crate::Error;
use crate::batch::{Cancellation, Outcomes, Verdict};

/// Any number of items for an operation that takes a limited number at once; see the [module](crate::batch).
///
/// | setting | default |
/// | --- | --- |
/// | [`size`](Self::size) | 100 items; generated clients set what the spec says |
/// | [`max_weight`](Self::max_weight) | no limit but the size |
/// | [`concurrency`](Self::concurrency) | 4 requests |
/// | [`keyed_by`](Self::keyed_by) | no keys |
/// | [`cancellation`](Self::cancellation) | the end of the input |
pub struct Batch<'a, I, T> {
    pub(super) items: Pin<Box<dyn Stream<Item = I> + Send + 'a>>,
    pub(super) send: SendCut<'a, I, T>,
    pub(super) keys: Option<Keys<'a, I>>,
    pub(super) weight: Option<Weight<'a, I>>,
    pub(super) size: usize,
    pub(super) concurrency: usize,
    pub(super) stop: Cancellation,
}

/// How much a request may weigh, and what an item does.
pub(super) struct Weight<'a, I> {
    pub most: u64,
    pub of: Box<dyn Fn(&I) -> u64 + Send + Sync + 'a>,
}

/// The hashes of an item's keys.
pub(super) type Keys<'a, I> = Box<dyn Fn(&I) -> Vec<u64> + Send + Sync + 'a>;

impl<'a, I: Send + 'a, T: 'a> Batch<'a, I, T> {
    /// The items of an iterator, which is read as requests need them.
    ///
    /// `send` makes the request for a cut. `read` gets the same items and the answer, and returns one verdict per item,
    /// in their order; [`match_by_key`](crate::batch::match_by_key) and
    /// [`all_accepted`](crate::batch::all_accepted) help. A list of another length makes all items of the cut
    /// [`Unknown`](Verdict::Unknown), and so does an error.
    pub fn of<P, F>(
        items: impl IntoIterator<Item = I, IntoIter: Send + 'a>,
        send: impl Fn(&[I]) -> F + Send + Sync + 'a,
        read: impl Fn(&[I], P) -> Vec<Verdict<T>> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<P, Error>> + Send + 'a,
        P: 'a,
    {
        Self::of_stream(stream::iter(items), send, read)
    }

    /// The items of a stream, which is polled as requests need them. For the rest, see [`of`](Self::of).
    pub fn of_stream<P, F>(
        items: impl Stream<Item = I> + Send + 'a,
        send: impl Fn(&[I]) -> F + Send + Sync + 'a,
        read: impl Fn(&[I], P) -> Vec<Verdict<T>> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<P, Error>> + Send + 'a,
        P: 'a,
    {
        Self {
            items: Box::pin(items),
            send: sender(send, read),
            keys: None,
            weight: None,
            size: 100,
            concurrency: 4,
            stop: Cancellation::new(),
        }
    }
}

impl<'a, I, T> Batch<'a, I, T> {
    /// The number of items in a request; the last may have fewer, and so may one that [keys](Self::keyed_by) keep
    /// short. At least 1.
    pub fn size(mut self, items: usize) -> Self {
        self.size = items.max(1);
        self
    }

    /// Limits a request by the weight of its items too, such as their bytes. An item that weighs more than `most` goes
    /// alone.
    pub fn max_weight(mut self, most: u64, weight: impl Fn(&I) -> u64 + Send + Sync + 'a) -> Self {
        self.weight = Some(Weight { most, of: Box::new(weight) });
        self
    }

    /// The number of requests that are under way at the same time. At least 1. The client's own rate limit holds
    /// nevertheless.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Keeps items that share a key out of the same request, and sends the later one only after the earlier one was
    /// answered, so that they take effect in their order. An item may have several keys, such as an id and a name, or
    /// none.
    ///
    /// While an item waits for another one, those behind it wait too.
    pub fn keyed_by<K: Hash>(mut self, keys: impl Fn(&I) -> Vec<K> + Send + Sync + 'a) -> Self {
        // Two keys with the same hash cost a wait, nothing more.
        let hasher = RandomState::new();
        self.keys = Some(Box::new(move |item| keys(item).iter().map(|key| hasher.hash_one(key)).collect()));
        self
    }

    /// Lets `stop` end the batch before its input ends.
    pub fn cancellation(mut self, stop: &Cancellation) -> Self {
        self.stop = stop.clone();
        self
    }

    /// The outcomes in the order of the items. A slow request holds up those of later ones.
    pub fn ordered(self) -> Outcomes<'a, I, T> {
        Outcomes::new(self, true)
    }

    /// The outcomes as they come. Those of one request stay together and in order.
    pub fn unordered(self) -> Outcomes<'a, I, T> {
        Outcomes::new(self, false)
    }
}

impl<I, T> fmt::Debug for Batch<'_, I, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Batch")
            .field("size", &self.size)
            .field("concurrency", &self.concurrency)
            .field("keyed", &self.keys.is_some())
            .finish_non_exhaustive()
    }
}
