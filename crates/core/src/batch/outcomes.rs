//! The stream of outcomes: divides the input into chunks, sends them and yields what became of the items.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};

use crate::batch::builder::{Batch, ReadOutcomes, Reason, SendItems};
use crate::batch::cancellation::{Cancellation, Phase};
use crate::batch::circuit_breaker::CircuitBreaker;
use crate::batch::input::{Chunk, Input};
use crate::batch::outcome::{Counts, ItemOutcome, Outcome};
use crate::{Error, ErrorKind, WriteWatch};

/// The outcomes of a batch, made by [`Batch::ordered`] and [`Batch::unordered`]: one per item.
///
/// Dropping it drops the requests in flight. What became of their items is not known then, and items that were read from
/// the input are gone. [`Cancellation`] ends it without that loss.
#[must_use = "streams do nothing unless polled"]
pub struct Outcomes<'a, I, T> {
    input: Input<'a, I>,
    send: SendItems<'a, I, T>,
    rejection: Reason<'a>,
    concurrency: usize,
    cancellation: Cancellation,
    circuit_breaker: CircuitBreaker,
    is_ordered: bool,
    in_flight: FuturesUnordered<InFlight<'a, I, T>>,
    /// The chunks in flight, by number.
    sent: BTreeMap<u64, (Chunk<I>, WriteWatch)>,
    /// The keys of the items in flight.
    busy: HashSet<u64>,
    /// Outcomes that wait for those of a chunk before theirs.
    parked: BTreeMap<u64, VecDeque<ItemOutcome<I, T>>>,
    /// The number of the chunk whose outcomes come next.
    turn: u64,
    /// Outcomes that wait for the consumer.
    ready: VecDeque<VecDeque<ItemOutcome<I, T>>>,
    counts: Counts,
}

/// A request for the chunk of a number.
type InFlight<'a, I, T> = BoxFuture<'a, (u64, Result<ReadOutcomes<'a, I, T>, Error>)>;

impl<'a, I: 'a, T: 'a> Outcomes<'a, I, T> {
    pub(super) fn new(batch: Batch<'a, I, T>, is_ordered: bool) -> Self {
        let Batch { input, send, rejection, concurrency, cancellation, keeps_going } = batch;
        Self {
            input,
            send,
            rejection,
            concurrency,
            cancellation,
            circuit_breaker: CircuitBreaker::new(!keeps_going),
            is_ordered,
            in_flight: FuturesUnordered::new(),
            sent: BTreeMap::new(),
            busy: HashSet::new(),
            parked: BTreeMap::new(),
            turn: 0,
            ready: VecDeque::new(),
            counts: Counts::default(),
        }
    }

    /// The next outcome; `None` at the end. The same as the stream's `next`, for callers that use no other streams.
    ///
    /// It is safe to drop the future before it is ready, as `select!` and timeouts do: no outcome is lost.
    pub async fn next(&mut self) -> Option<ItemOutcome<I, T>> {
        std::future::poll_fn(|context| self.poll_next_unpin(context)).await
    }

    /// The number of outcomes of each kind that have been yielded. After the end, the total is the number of items.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Lets everything proceed that can: reading the input, sending and receiving.
    fn drive(&mut self, context: &mut Context<'_>) {
        self.cancellation.register(context.waker());
        loop {
            self.input.fill(context);
            // Asked each time and after reading, since the input itself may cancel the batch.
            let phase = self.phase();
            if phase == Phase::Aborted {
                self.abort();
            }
            if self.may_take_chunk(phase) {
                let chunk = self.input.take_chunk();
                self.start(chunk, phase);
                continue;
            }
            match self.in_flight.poll_next_unpin(context) {
                Poll::Ready(Some((number, response))) => self.receive(number, response),
                Poll::Ready(None) | Poll::Pending => return,
            }
        }
    }

    /// How far the batch is to go. An open circuit breaker stops it as a cancellation does.
    fn phase(&self) -> Phase {
        let phase = self.cancellation.phase();
        if self.circuit_breaker.open().is_some() { phase.max(Phase::Stopping) } else { phase }
    }

    fn may_take_chunk(&self, phase: Phase) -> bool {
        let held = self.in_flight.len() + self.parked.len() + self.ready.len();
        if held >= self.concurrency.saturating_mul(2) {
            return false;
        }
        let chunk = &self.input.chunk;
        match phase {
            // A cancelled batch waits for no further items.
            Phase::Stopping | Phase::Aborted => self.input.has_chunk(),
            Phase::Running if chunk.items.is_empty() => self.input.is_chunk_complete(),
            // Asked before each outcome: a look at all keys comes last.
            Phase::Running => {
                self.in_flight.len() < self.concurrency
                    && self.input.is_chunk_complete()
                    && !chunk.keys.iter().any(|key| self.busy.contains(key))
            }
        }
    }

    /// Sends a chunk, unless the batch is cancelled or the chunk has nothing to send.
    fn start(&mut self, chunk: Chunk<I>, phase: Phase) {
        if phase != Phase::Running {
            let open = self.circuit_breaker.open().map(Arc::clone);
            let error = open.unwrap_or_else(|| Arc::new(self.cancellation.not_sent()));
            return self.finish_all(chunk, || Outcome::NotSent(Arc::clone(&error)));
        }
        if chunk.items.is_empty() {
            return self.finish(chunk, Vec::new());
        }
        let number = chunk.number;
        self.busy.extend(&chunk.keys);
        let watch = WriteWatch::new();
        let (watched, response) = (watch.clone(), (self.send)(&chunk.items));
        self.in_flight.push(async move { (number, watched.watch(response).await) }.boxed());
        self.sent.insert(number, (chunk, watch));
    }

    fn receive(&mut self, number: u64, response: Result<ReadOutcomes<'a, I, T>, Error>) {
        let Some((chunk, _)) = self.sent.remove(&number) else { return };
        match response {
            Ok(read) => {
                self.circuit_breaker.answered();
                let outcomes = read(&chunk.items);
                match outcomes.len() == chunk.items.len() {
                    true => self.finish(chunk, outcomes),
                    // It cannot be told which items the list leaves out, so it says nothing about any.
                    false => {
                        let cause =
                            format!("the response has {} outcomes for {} items", outcomes.len(), chunk.items.len());
                        let advice = "read the items from the service before sending them again";
                        let error = Arc::new(Error::new(ErrorKind::Decode, cause).with_advice(advice));
                        self.finish_all(chunk, || Outcome::Unknown(Arc::clone(&error)));
                    }
                }
            }
            Err(error) => {
                self.circuit_breaker.failed(chunk.items.len(), &error);
                let error = Arc::new(error);
                let outcomes = chunk.items.iter().map(|_| Outcome::from_error(Arc::clone(&error), &self.rejection));
                let outcomes = outcomes.collect();
                self.finish(chunk, outcomes);
            }
        }
    }

    /// Drops the requests in flight.
    fn abort(&mut self) {
        self.in_flight.clear();
        let (aborted, unsent) = (Arc::new(Cancellation::aborted()), Arc::new(Cancellation::aborted_before()));
        for (chunk, watch) in std::mem::take(&mut self.sent).into_values() {
            match watch.is_certainly_unsent() {
                true => self.finish_all(chunk, || Outcome::NotSent(Arc::clone(&unsent))),
                false => self.finish_all(chunk, || Outcome::Unknown(Arc::clone(&aborted))),
            }
        }
    }

    fn finish_all(&mut self, chunk: Chunk<I>, outcome: impl Fn() -> Outcome<T>) {
        let outcomes = chunk.items.iter().map(|_| outcome()).collect();
        self.finish(chunk, outcomes);
    }

    /// Keeps the outcomes of a chunk until it is their turn.
    fn finish(&mut self, chunk: Chunk<I>, outcomes: Vec<Outcome<T>>) {
        for key in &chunk.keys {
            self.busy.remove(key);
        }
        let number = chunk.number;
        let outcomes = chunk.into_outcomes(outcomes);
        if !self.is_ordered {
            self.ready.push_back(outcomes);
            return;
        }
        self.parked.insert(number, outcomes);
        while let Some(outcomes) = self.parked.remove(&self.turn) {
            self.ready.push_back(outcomes);
            self.turn += 1;
        }
    }

    fn take_ready(&mut self) -> Option<ItemOutcome<I, T>> {
        let outcomes = self.ready.front_mut()?;
        let outcome = outcomes.pop_front();
        if outcomes.is_empty() {
            self.ready.pop_front();
        }
        outcome
    }
}

/// Items are never pinned.
impl<I, T> Unpin for Outcomes<'_, I, T> {}

impl<'a, I: 'a, T: 'a> Stream for Outcomes<'a, I, T> {
    type Item = ItemOutcome<I, T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.drive(context);
        if let Some(outcome) = this.take_ready() {
            this.counts.count(&outcome.outcome);
            return Poll::Ready(Some(outcome));
        }
        if this.input.is_empty() && this.in_flight.is_empty() { Poll::Ready(None) } else { Poll::Pending }
    }
}

impl<I, T> fmt::Debug for Outcomes<'_, I, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Outcomes")
            .field("in_flight", &self.in_flight.len())
            .field("parked", &self.parked.len())
            .field("ready", &self.ready.len())
            .field("counts", &self.counts)
            .finish_non_exhaustive()
    }
}
