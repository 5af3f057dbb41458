//! A batch before it is sent.

use std::fmt;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::Arc;

use futures_core::Stream;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, TryFutureExt as _, stream};

use crate::Error;
use crate::batch::cancellation::Cancellation;
use crate::batch::input::{Input, Weight};
use crate::batch::outcome::{Outcome, Violation};
use crate::batch::outcomes::Outcomes;

/// Any number of items for an operation that takes a limited number at once; see the [module](crate::batch).
///
/// | setting | default |
/// | --- | --- |
/// | [`size`](Self::size) | 100 items; generated clients set what the spec says |
/// | [`max_weight`](Self::max_weight) | no limit but the size |
/// | [`concurrency`](Self::concurrency) | 4 requests |
/// | [`keyed_by`](Self::keyed_by) | no keys |
/// | [`check`](Self::check) | every item is valid |
/// | [`rejection`](Self::rejection) | the error is the reason of a rejection |
/// | [`cancellation`](Self::cancellation) | the end of the input |
/// | [`keep_going`](Self::keep_going) | a service that is down [ends sending](crate::batch#a-service-that-is-down) |
pub struct Batch<'a, I, T> {
    pub(super) input: Input<'a, I>,
    pub(super) send: SendItems<'a, I, T>,
    pub(super) rejection: Reason<'a>,
    pub(super) concurrency: usize,
    pub(super) cancellation: Cancellation,
    pub(super) keeps_going: bool,
}

/// Sends the items of a chunk, and gives what reads their outcomes from the response.
pub(super) type SendItems<'a, I, T> =
    Box<dyn Fn(&[I]) -> BoxFuture<'a, Result<ReadOutcomes<'a, I, T>, Error>> + Send + Sync + 'a>;

/// Gives an outcome for each of the items that were sent.
pub(super) type ReadOutcomes<'a, I, T> = Box<dyn FnOnce(&[I]) -> Vec<Outcome<T>> + 'a>;

/// Finds the service's words in an error that rejects a request.
pub(super) type Reason<'a> = Box<dyn Fn(&Error) -> Option<String> + Send + Sync + 'a>;

impl<'a, I: 'a, T: 'a> Batch<'a, I, T> {
    /// The items of an iterator, which is read as requests need them.
    ///
    /// `send` makes the request for a chunk. `read` gets the same items and the response, and returns one outcome per
    /// item, in their order; [`match_by_key`](crate::batch::match_by_key) and
    /// [`all_accepted`](crate::batch::all_accepted) help. A list of another length makes all items of the chunk
    /// [`Unknown`](Outcome::Unknown); an error makes them what [`Outcome::from_error`] says.
    pub fn of<P, F>(
        items: impl IntoIterator<Item = I, IntoIter: Send + 'a>,
        send: impl Fn(&[I]) -> F + Send + Sync + 'a,
        read: impl Fn(&[I], P) -> Vec<Outcome<T>> + Send + Sync + 'a,
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
        read: impl Fn(&[I], P) -> Vec<Outcome<T>> + Send + Sync + 'a,
    ) -> Self
    where
        F: Future<Output = Result<P, Error>> + Send + 'a,
        P: 'a,
    {
        let read = Arc::new(read);
        Self {
            input: Input::new(items, 100),
            send: Box::new(move |items| {
                let read = Arc::clone(&read);
                let reading = |response| Box::new(move |items: &[I]| read(items, response)) as ReadOutcomes<'a, I, T>;
                send(items).map_ok(reading).boxed()
            }),
            rejection: Box::new(|_| None),
            concurrency: 4,
            cancellation: Cancellation::new(),
            keeps_going: false,
        }
    }

    /// Replaces the input by items that carry what is sent, such as a line of a file with the request that was made of
    /// it. The outcomes have these items. `part` gives what an item carries, or the rules that the item violates: then it
    /// comes out [invalid](Outcome::Invalid).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use futures_util::stream;
    /// use rosterkit_core::batch::{Batch, Outcome, Violation, all_accepted};
    ///
    /// let send = |ages: &[u8]| {
    ///     let count = ages.len();
    ///     async move { Ok(count) }
    /// };
    /// let ages = Batch::of([], send, |_: &[u8], count| all_accepted(count));
    ///
    /// let lines = ["31", "none"].map(|line| (line, line.parse()));
    /// let invalid = || vec![Violation::of("age", "must be a number")];
    /// let batch = ages.carried_by(stream::iter(lines), move |(_, age)| age.as_ref().map_err(|_| invalid()));
    /// let mut outcomes = batch.ordered();
    /// assert!(outcomes.next().await.is_some_and(|line| line.outcome.is_accepted()));
    /// let invalid = outcomes.next().await.expect("two lines");
    /// assert_eq!((invalid.index, invalid.item.0, invalid.outcome.name()), (1, "none", "invalid"));
    /// # }
    /// ```
    pub fn carried_by<J: 'a>(
        self,
        items: impl Stream<Item = J> + Send + 'a,
        part: impl Fn(&J) -> Result<&I, Vec<Violation>> + Send + Sync + 'a,
    ) -> Batch<'a, J, T>
    where
        I: Clone + Send,
    {
        let part = Arc::new(part);
        let mut input = Input::new(items, self.input.size);
        let (check, of) = (self.input.check, Arc::clone(&part));
        input.check = Some(Box::new(move |item| {
            let item = of(item)?;
            check.as_ref().map_or(Ok(()), |check| check(item))
        }));
        if let Some(keys) = self.input.keys {
            let of = Arc::clone(&part);
            input.keys = Some(Box::new(move |item| of(item).map(&keys).unwrap_or_default()));
        }
        if let Some(Weight { max, of: weight }) = self.input.weight {
            let of = Arc::clone(&part);
            input.weight = Some(Weight { max, of: Box::new(move |item| of(item).map(&weight).unwrap_or_default()) });
        }
        let send = self.send;
        let send: SendItems<'a, J, T> = Box::new(move |items| {
            let parts: Vec<I> = items.iter().filter_map(|item| part(item).ok().cloned()).collect();
            let response = send(&parts);
            let reading =
                |read: ReadOutcomes<'a, I, T>| Box::new(move |_: &[J]| read(&parts)) as ReadOutcomes<'a, J, T>;
            response.map_ok(reading).boxed()
        });
        let Self { rejection, concurrency, cancellation, keeps_going, .. } = self;
        Batch { input, send, rejection, concurrency, cancellation, keeps_going }
    }
}

impl<'a, I: 'a, T: 'a> Batch<'a, I, T> {
    /// The number of items in a request. The last may have fewer, and so may one that [keys](Self::keyed_by), weights or
    /// invalid items keep short. At least 1.
    pub fn size(mut self, items: usize) -> Self {
        self.input.size = items.max(1);
        self
    }

    /// Limits a request by the weight of its items too, such as their bytes. An item that weighs more than `max` goes
    /// alone.
    pub fn max_weight(mut self, max: u64, weight: impl Fn(&I) -> u64 + Send + Sync + 'a) -> Self {
        self.input.weight = Some(Weight { max, of: Box::new(weight) });
        self
    }

    /// The number of requests in flight at the same time. At least 1. The client's own rate limit holds nevertheless.
    pub fn concurrency(mut self, requests: usize) -> Self {
        self.concurrency = requests.max(1);
        self
    }

    /// Keeps items that share a key out of the same request, and sends the later one only after the response to the
    /// earlier one, so that they take effect in their order. An item may have several keys, such as an id and a name, or
    /// none.
    ///
    /// While an item waits for another one, those behind it wait too.
    pub fn keyed_by<K: Hash>(mut self, keys: impl Fn(&I) -> Vec<K> + Send + Sync + 'a) -> Self {
        // Two keys with the same hash cost a wait, nothing more.
        let hasher = RandomState::new();
        self.input.keys = Some(Box::new(move |item| keys(item).iter().map(|key| hasher.hash_one(key)).collect()));
        self
    }

    /// Checks each item before it is sent. One that violates rules is not sent and comes out
    /// [invalid](Outcome::Invalid), in its place. A further check comes after those before it, of which the first that an
    /// item fails counts.
    pub fn check(mut self, check: impl Fn(&I) -> Result<(), Vec<Violation>> + Send + Sync + 'a) -> Self {
        self.input.check = Some(match self.input.check.take() {
            Some(earlier) => Box::new(move |item| earlier(item).and_then(|()| check(item))),
            None => Box::new(check),
        });
        self
    }

    /// Sets how the service's words are found in an error that [rejects](Error::is_rejection) a request as a whole. All items
    /// of the request come out [rejected](Outcome::Rejected) with them, or with the error where there are none.
    pub fn rejection(mut self, reason: impl Fn(&Error) -> Option<String> + Send + Sync + 'a) -> Self {
        self.rejection = Box::new(reason);
        self
    }

    /// Lets `cancellation` end the batch before its input ends.
    pub fn cancellation(mut self, cancellation: &Cancellation) -> Self {
        self.cancellation = cancellation.clone();
        self
    }

    /// Sets whether sending goes on although the service seems to be [down](crate::batch#a-service-that-is-down). By
    /// default, it does not.
    pub fn keep_going(mut self, keeps_going: bool) -> Self {
        self.keeps_going = keeps_going;
        self
    }

    /// The outcomes in the order of the items. A slow request holds up those of later ones.
    pub fn ordered(self) -> Outcomes<'a, I, T> {
        Outcomes::new(self, true)
    }

    /// The outcomes as soon as they are there. Those of one request stay together and in order.
    pub fn unordered(self) -> Outcomes<'a, I, T> {
        Outcomes::new(self, false)
    }
}

impl<I, T> fmt::Debug for Batch<'_, I, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Batch")
            .field("size", &self.input.size)
            .field("concurrency", &self.concurrency)
            .field("keyed", &self.input.keys.is_some())
            .finish_non_exhaustive()
    }
}
