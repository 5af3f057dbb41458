//! The items between the input and their outcomes, in the order of the input.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{Stream, stream};

use super::Verb;
use crate::failure::Failure;
use crate::input::{Input, Raw};

/// What an outcome line says of its item.
pub(super) struct Meta {
    pub line: u64,
    pub name: String,
    pub raw: Raw,
}

pub(super) enum State {
    Sent,
    Invalid(String),
    NotSent,
}

pub(super) struct Entry {
    pub meta: Meta,
    pub state: State,
}

/// Items whose outcome is to come. It holds as many as requests are under way, and what cannot be sent between them.
#[derive(Default)]
pub(super) struct Queue {
    entries: Mutex<VecDeque<Entry>>,
    failure: Mutex<Option<Failure>>,
    stopped: AtomicBool,
}

impl Queue {
    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, meta: Meta, state: State) {
        self.entries().push_back(Entry { meta, state });
    }

    /// Takes the first item, if it was not sent.
    pub(super) fn pop_unsent(&self) -> Option<Entry> {
        let mut entries = self.entries();
        match entries.front()?.state {
            State::Sent => None,
            State::Invalid(_) | State::NotSent => entries.pop_front(),
        }
    }

    /// Takes the first item.
    pub(super) fn pop(&self) -> Option<Meta> {
        self.entries().pop_front().map(|entry| entry.meta)
    }

    /// Sends no more items.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Why the input ended before its end.
    pub(super) fn take_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The requests of the input. What cannot be sent goes into the queue and not into the stream.
pub(super) fn requests<'a, T: Send + 'a>(
    input: Input,
    verb: Verb<'a, T>,
    queue: Arc<Queue>,
) -> impl Stream<Item = T> + Send + 'a {
    stream::unfold((input, verb, queue), async |(mut input, verb, queue)| {
        loop {
            let record = match input.next().await? {
                Ok(record) => record,
                Err(failure) => {
                    *queue.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
                    return None;
                }
            };
            let name = record.value.as_ref().map(verb.name).unwrap_or_default();
            let meta = Meta { line: record.line, name, raw: record.raw };
            if queue.is_stopped() {
                queue.push(meta, State::NotSent);
                continue;
            }
            match record.value.and_then(&verb.prepare) {
                Ok(request) => {
                    queue.push(meta, State::Sent);
                    return Some((request, (input, verb, queue)));
                }
                Err(problem) => queue.push(meta, State::Invalid(problem)),
            }
        }
    })
}
