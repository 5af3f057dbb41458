//! The stream of outcomes: cuts the input, sends the cuts and hands out what became of the items.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec;

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;

use super::builder::{Keys, Weight};
use super::cancellation::Phase;
use super::send::{Cut, SendCut, Sent};
use crate::batch::{Batch, Cancellation, Counts, Outcome};

/// The outcomes of a batch, made by [`Batch::ordered`] and [`Batch::unordered`]: one per item.
///
/// Dropping it drops the requests that are under way. What became of their items is not known then, and items that were
/// read from the input are gone. [`Cancellation`] ends it without that loss.
#[must_use = "streams do nothing unless polled"]
pub struct Outcomes<'a, I, T> {
    input: Input<'a, I>,
    send: SendCut<'a, I, T>,
    concurrency: usize,
    stop: Cancellation,
    in_order: bool,
    in_flight: FuturesUnordered<BoxFuture<'a, Sent<I, T>>>,
    /// The keys of the items that are under way.
    busy: HashSet<u64>,
    /// Answered cuts that wait for one before them.
    parked: BTreeMap<u64, Vec<Outcome<I, T>>>,
    /// The number of the cut whose turn it is.
    turn: u64,
    /// Answered cuts that wait for the consumer.
    ready: VecDeque<vec::IntoIter<Outcome<I, T>>>,
    counts: Counts,
}

impl<'a, I, T> Outcomes<'a, I, T> {
    pub(super) fn new(batch: Batch<'a, I, T>, in_order: bool) -> Self {
        let Batch { items, send, keys, weight, size, concurrency, stop } = batch;
        Self {
            input: Input { items: Some(items), keys, weight, size, next: None, cut: Cut::empty(0, 0), cut_weight: 0 },
            send,
            concurrency,
            stop,
            in_order,
            in_flight: FuturesUnordered::new(),
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
    pub async fn next(&mut self) -> Option<Outcome<I, T>> {
        std::future::poll_fn(|context| self.poll_next_unpin(context)).await
    }

    /// How many outcomes of each kind have been yielded. After the end, the total is the number of items.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Lets everything proceed that can: reading the input, sending and receiving.
    fn drive(&mut self, context: &mut Context<'_>) {
        self.stop.register(context.waker());
        loop {
            // Asked each time: the input itself may have ended it.
            self.obey();
            self.input.fill(context);
            if self.stop.phase() == Phase::Running && self.may_send() {
                let cut = self.input.take_cut();
                self.stop.add_sent(cut.items.len() as u64);
                self.busy.extend(&cut.keys);
                self.in_flight.push((self.send)(cut));
                continue;
            }
            match self.in_flight.poll_next_unpin(context) {
                Poll::Ready(Some(sent)) => self.arrive(sent),
                Poll::Ready(None) | Poll::Pending => return,
            }
        }
    }

    /// Does what [`Cancellation`] asks for.
    fn obey(&mut self) {
        let phase = self.stop.phase();
        if phase == Phase::Running {
            return;
        }
        self.input.end();
        if phase == Phase::GivenUp {
            self.in_flight.clear();
            // What was answered out of turn waits for nothing any more.
            let parked = std::mem::take(&mut self.parked);
            self.ready.extend(parked.into_values().map(Vec::into_iter));
        }
    }

    fn may_send(&self) -> bool {
        let held = self.in_flight.len() + self.parked.len() + self.ready.len();
        self.in_flight.len() < self.concurrency
            && held < self.concurrency.saturating_mul(2)
            && self.input.is_cut_complete()
            && self.input.cut.keys.iter().all(|key| !self.busy.contains(key))
    }

    fn arrive(&mut self, sent: Sent<I, T>) {
        for key in &sent.keys {
            self.busy.remove(key);
        }
        if !self.in_order {
            self.ready.push_back(sent.outcomes.into_iter());
            return;
        }
        self.parked.insert(sent.number, sent.outcomes);
        while let Some(outcomes) = self.parked.remove(&self.turn) {
            self.ready.push_back(outcomes.into_iter());
            self.turn += 1;
        }
    }

    fn take_ready(&mut self) -> Option<Outcome<I, T>> {
        loop {
            let outcomes = self.ready.front_mut()?;
            let outcome = outcomes.next();
            if outcomes.len() == 0 {
                self.ready.pop_front();
            }
            if outcome.is_some() {
                return outcome;
            }
        }
    }
}

/// The input, and the cut that is being filled from it.
struct Input<'a, I> {
    /// `None` after its end.
    items: Option<Pin<Box<dyn Stream<Item = I> + Send + 'a>>>,
    keys: Option<Keys<'a, I>>,
    weight: Option<Weight<'a, I>>,
    size: usize,
    /// An item that shares a key with one in the cut, or is too heavy for it, with its keys and weight.
    next: Option<(I, Vec<u64>, u64)>,
    cut: Cut<I>,
    cut_weight: u64,
}

impl<I> Input<'_, I> {
    fn fill(&mut self, context: &mut Context<'_>) {
        while self.next.is_none() && self.cut.items.len() < self.size {
            let Some(items) = &mut self.items else { return };
            match items.poll_next_unpin(context) {
                Poll::Ready(Some(item)) => self.add(item),
                Poll::Ready(None) => self.items = None,
                Poll::Pending => return,
            }
        }
    }

    /// Reads nothing more, and leaves what was read.
    fn end(&mut self) {
        self.items = None;
        self.next = None;
        self.cut.items.clear();
    }

    fn add(&mut self, item: I) {
        let keys = self.keys.as_ref().map(|keys| keys(&item)).unwrap_or_default();
        let weight = self.weight.as_ref().map(|weight| (weight.of)(&item)).unwrap_or_default();
        let sum = self.cut_weight.saturating_add(weight);
        let is_too_heavy = self.weight.as_ref().is_some_and(|weight| sum > weight.most) && !self.cut.items.is_empty();
        if is_too_heavy || keys.iter().any(|key| self.cut.keys.contains(key)) {
            self.next = Some((item, keys, weight));
        } else {
            self.cut.items.push(item);
            self.cut.keys.extend(keys);
            self.cut_weight = sum;
        }
    }

    fn is_cut_complete(&self) -> bool {
        let is_closed = self.cut.items.len() >= self.size || self.next.is_some() || self.items.is_none();
        is_closed && !self.cut.items.is_empty()
    }

    fn take_cut(&mut self) -> Cut<I> {
        let first = self.cut.first + self.cut.items.len() as u64;
        let mut next = Cut::empty(self.cut.number + 1, first);
        self.cut_weight = 0;
        if let Some((item, keys, weight)) = self.next.take() {
            next.items.push(item);
            next.keys.extend(keys);
            self.cut_weight = weight;
        }
        std::mem::replace(&mut self.cut, next)
    }
}

/// Items are never pinned.
impl<I, T> Unpin for Outcomes<'_, I, T> {}

impl<I, T> Stream for Outcomes<'_, I, T> {
    type Item = Outcome<I, T>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        this.drive(context);
        if let Some(outcome) = this.take_ready() {
            this.counts.count(&outcome.verdict);
            return Poll::Ready(Some(outcome));
        }
        let is_over = this.input.items.is_none() && this.input.cut.items.is_empty() && this.in_flight.is_empty();
        if is_over { Poll::Ready(None) } else { Poll::Pending }
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
