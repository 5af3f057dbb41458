//! The input of a batch, and the chunk that is filled from it.

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_util::StreamExt as _;

use crate::batch::outcome::{ItemOutcome, Outcome, Violation};

/// The hashes of an item's keys.
pub(super) type Keys<'a, I> = Box<dyn Fn(&I) -> Vec<u64> + Send + Sync + 'a>;

/// The rules that an item violates.
pub(super) type Check<'a, I> = Box<dyn Fn(&I) -> Result<(), Vec<Violation>> + Send + Sync + 'a>;

/// How much a request may weigh, and what an item does.
pub(super) struct Weight<'a, I> {
    pub max: u64,
    pub of: Box<dyn Fn(&I) -> u64 + Send + Sync + 'a>,
}

/// Items that go into one request, and invalid ones between them.
pub(super) struct Chunk<I> {
    /// The number of the chunk, counted from 0.
    pub number: u64,
    /// The index of its first item.
    pub first: u64,
    pub items: Vec<I>,
    /// The items that are not sent, each with its position in the chunk.
    pub invalid: VecDeque<(usize, I, Vec<Violation>)>,
    /// The hashes of the keys of the items that are sent.
    pub keys: HashSet<u64>,
}

impl<I> Chunk<I> {
    fn new(number: u64, first: u64) -> Self {
        Self { number, first, items: Vec::new(), invalid: VecDeque::new(), keys: HashSet::new() }
    }

    fn len(&self) -> usize {
        self.items.len() + self.invalid.len()
    }

    /// All items with their outcomes. `outcomes` has one for each item that is sent.
    pub fn into_outcomes<T>(self, outcomes: Vec<Outcome<T>>) -> VecDeque<ItemOutcome<I, T>> {
        let (count, mut invalid) = (self.len(), self.invalid);
        let mut sent = self.items.into_iter().zip(outcomes);
        let outcomes = (0..count).filter_map(|position| {
            let (item, outcome) = match invalid.front().is_some_and(|(at, ..)| *at == position) {
                true => invalid.pop_front().map(|(_, item, violations)| (item, Outcome::Invalid(violations)))?,
                false => sent.next()?,
            };
            Some(ItemOutcome::new(self.first + position as u64, item, outcome))
        });
        outcomes.collect()
    }
}

pub(super) struct Input<'a, I> {
    /// `None` after its end.
    items: Option<Pin<Box<dyn Stream<Item = I> + Send + 'a>>>,
    pub check: Option<Check<'a, I>>,
    pub keys: Option<Keys<'a, I>>,
    pub weight: Option<Weight<'a, I>>,
    pub size: usize,
    /// An item that shares a key with one in the chunk, or is too heavy for it, with its keys and weight.
    next: Option<(I, Vec<u64>, u64)>,
    pub chunk: Chunk<I>,
    chunk_weight: u64,
}

impl<'a, I> Input<'a, I> {
    pub fn new(items: impl Stream<Item = I> + Send + 'a, size: usize) -> Self {
        Self {
            items: Some(Box::pin(items)),
            check: None,
            keys: None,
            weight: None,
            size,
            next: None,
            chunk: Chunk::new(0, 0),
            chunk_weight: 0,
        }
    }

    /// Reads items until the chunk is full, the input ends or pauses.
    pub fn fill(&mut self, context: &mut Context<'_>) {
        while !self.is_chunk_full() {
            let Some(items) = &mut self.items else { return };
            match items.poll_next_unpin(context) {
                Poll::Ready(Some(item)) => self.add(item),
                Poll::Ready(None) => self.items = None,
                Poll::Pending => return,
            }
        }
    }

    fn add(&mut self, item: I) {
        if let Some(Err(violations)) = self.check.as_ref().map(|check| check(&item)) {
            self.chunk.invalid.push_back((self.chunk.len(), item, violations));
            return;
        }
        let keys = self.keys.as_ref().map(|keys| keys(&item)).unwrap_or_default();
        let weight = self.weight.as_ref().map(|weight| (weight.of)(&item)).unwrap_or_default();
        let sum = self.chunk_weight.saturating_add(weight);
        let is_too_heavy = self.weight.as_ref().is_some_and(|weight| sum > weight.max) && !self.chunk.items.is_empty();
        if is_too_heavy || keys.iter().any(|key| self.chunk.keys.contains(key)) {
            self.next = Some((item, keys, weight));
        } else {
            self.chunk.items.push(item);
            self.chunk.keys.extend(keys);
            self.chunk_weight = sum;
        }
    }

    /// Whether the chunk takes no further item. Invalid items at its beginning wait for no others.
    fn is_chunk_full(&self) -> bool {
        let is_invalid = self.chunk.items.is_empty() && !self.chunk.invalid.is_empty();
        self.next.is_some() || self.chunk.len() >= self.size || is_invalid
    }

    /// Whether the chunk waits for nothing more from the input.
    pub fn is_chunk_complete(&self) -> bool {
        self.chunk.len() > 0 && (self.is_chunk_full() || self.items.is_none())
    }

    /// Whether there is no item left.
    pub fn is_empty(&self) -> bool {
        self.items.is_none() && self.chunk.len() == 0
    }

    pub fn has_chunk(&self) -> bool {
        self.chunk.len() > 0
    }

    pub fn take_chunk(&mut self) -> Chunk<I> {
        let mut next = Chunk::new(self.chunk.number + 1, self.chunk.first + self.chunk.len() as u64);
        self.chunk_weight = 0;
        if let Some((item, keys, weight)) = self.next.take() {
            next.items.push(item);
            next.keys.extend(keys);
            self.chunk_weight = weight;
        }
        std::mem::replace(&mut self.chunk, next)
    }
}
