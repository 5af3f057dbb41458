//! The items between the input and their outcomes, in the order of the input.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{Stream, stream};
use serde_json::Value;
use tokio::sync::Notify;

use super::Verb;
use crate::error::Error;
use crate::input::{Input, Raw, Record};

/// What an outcome line says of its item.
pub(super) struct Meta {
    pub line: u64,
    pub name: String,
    pub raw: Raw,
}

impl Meta {
    pub(super) fn of(record: Record, name: fn(&Value) -> String) -> (Self, Result<Value, String>) {
        let name = record.value.as_ref().map(name).unwrap_or_default();
        (Self { line: record.line, name, raw: record.raw }, record.value)
    }
}

pub(super) enum State {
    /// It went to the batch, as the item with this number.
    Taken(u64),
    /// It cannot be sent.
    Invalid(String),
}

pub(super) struct Entry {
    pub meta: Meta,
    pub state: State,
}

/// Items whose outcome is to come. It holds as many as requests are under way, and what cannot be sent between them.
#[derive(Default)]
pub(super) struct Queue {
    entries: Mutex<VecDeque<Entry>>,
    error: Mutex<Option<Error>>,
    is_first_invalid: Notify,
}

impl Queue {
    fn entries(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, meta: Meta, state: State) {
        let mut entries = self.entries();
        entries.push_back(Entry { meta, state });
        if matches!(entries.front(), Some(Entry { state: State::Invalid(_), .. })) {
            self.is_first_invalid.notify_one();
        }
    }

    /// Waits until the first item is one that cannot be sent, whose outcome depends on nobody.
    pub(super) async fn first_is_invalid(&self) {
        self.is_first_invalid.notified().await;
    }

    /// Takes the first item, if it cannot be sent.
    pub(super) fn pop_invalid(&self) -> Option<(Meta, String)> {
        let mut entries = self.entries();
        match entries.front()?.state {
            State::Taken(_) => None,
            State::Invalid(_) => match entries.pop_front()? {
                Entry { meta, state: State::Invalid(problem) } => Some((meta, problem)),
                Entry { state: State::Taken(_), .. } => None,
            },
        }
    }

    /// Takes the first item.
    pub(super) fn pop(&self) -> Option<Entry> {
        self.entries().pop_front()
    }

    /// Why the input ended before its end.
    pub(super) fn take_failure(&self) -> Option<Error> {
        self.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The requests of the input. What cannot be sent goes into the queue and not into the stream.
pub(super) fn requests<'a, T: Send + 'a>(
    input: Arc<tokio::sync::Mutex<Input>>,
    verb: Verb<'a, T>,
    queue: Arc<Queue>,
) -> impl Stream<Item = T> + Send + 'a {
    stream::unfold((input, verb, queue, 0), async |(input, verb, queue, number)| {
        loop {
            let record = match input.lock().await.next().await? {
                Ok(record) => record,
                Err(error) => {
                    *queue.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    return None;
                }
            };
            let (meta, value) = Meta::of(record, verb.name);
            match value.and_then(&verb.prepare) {
                Ok(request) => {
                    queue.push(meta, State::Taken(number));
                    return Some((request, (input, verb, queue, number + 1)));
                }
                Err(problem) => queue.push(meta, State::Invalid(problem)),
            }
        }
    })
}
