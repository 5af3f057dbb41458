//! Items that move from the thread that reads them to the loop that works on them.
//!
//! They move in chunks, since each move wakes the other thread. A chunk ends before the source is read again, which may have
//! to wait: no item waits for the next one.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::vec;

use tokio::sync::mpsc;

/// The largest number of items in a chunk.
const CHUNK: usize = 512;
/// How many chunks are buffered.
const AHEAD: usize = 2;

/// The two ends.
pub(crate) fn chunks<T>() -> (Sender<T>, Receiver<T>) {
    let (sender, chunks) = mpsc::channel(AHEAD);
    (Sender { items: Arc::default(), chunks: sender }, Receiver { items: Vec::new().into_iter(), chunks })
}

/// Where items are received.
pub(crate) struct Receiver<T> {
    items: vec::IntoIter<T>,
    chunks: mpsc::Receiver<Vec<T>>,
}

impl<T> Receiver<T> {
    /// The next item; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<T> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(item);
            }
            self.items = self.chunks.recv().await?.into_iter();
        }
    }
}

/// Where items are sent. [`finish`](Self::finish) sends the last ones.
pub(crate) struct Sender<T> {
    items: Arc<Mutex<Vec<T>>>,
    chunks: mpsc::Sender<Vec<T>>,
}

/// The receiver was dropped.
#[derive(Debug)]
pub(crate) struct NoReceiver;

impl<T> Sender<T> {
    /// Adds an item.
    pub(crate) fn push(&self, item: T) -> Result<(), NoReceiver> {
        let is_full = {
            let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
            items.push(item);
            items.len() >= CHUNK
        };
        if is_full { self.send() } else { Ok(()) }
    }

    /// Sends the items so far.
    fn send(&self) -> Result<(), NoReceiver> {
        let items = std::mem::take(&mut *self.items.lock().unwrap_or_else(PoisonError::into_inner));
        match items.is_empty() {
            true => Ok(()),
            false => self.chunks.blocking_send(items).map_err(|_| NoReceiver),
        }
    }

    /// Sends the last items.
    pub(crate) fn finish(self) {
        // Without a receiver, no one waits for them.
        let _ = self.send();
    }

    /// A source that sends the items so far before it reads on.
    pub(crate) fn before<R: Read>(&self, source: R) -> impl Read + use<R, T> {
        Sending { source, sender: Self { items: Arc::clone(&self.items), chunks: self.chunks.clone() } }
    }
}

struct Sending<R, T> {
    source: R,
    sender: Sender<T>,
}

impl<R: Read, T> Read for Sending<R, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.sender.send().map_err(|NoReceiver| io::ErrorKind::BrokenPipe)?;
        self.source.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufRead as _;

    use super::*;

    /// A source that gives a text only after all items before were received.
    struct OnDemand(std::sync::mpsc::Receiver<&'static str>);

    impl Read for OnDemand {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let Ok(text) = self.0.recv() else { return Ok(0) };
            buffer[..text.len()].copy_from_slice(text.as_bytes());
            Ok(text.len())
        }
    }

    #[tokio::test]
    async fn no_item_waits_for_the_next_one() {
        let (more, source) = std::sync::mpsc::channel();
        let (sender, mut items) = chunks();
        let reader = std::thread::spawn(move || {
            let lines = io::BufReader::new(sender.before(OnDemand(source)));
            lines.lines().try_for_each(|line| sender.push(line.expect("text"))).expect("received");
            sender.finish();
        });
        for (text, expected) in [("a\nb\nc", &["a", "b"][..]), ("\n", &["c"]), ("d", &[]), ("\n", &["d"])] {
            more.send(text).expect("read");
            for line in expected {
                assert_eq!(items.next().await.as_deref(), Some(*line));
            }
        }
        more.send("end").expect("read");
        drop(more);
        assert_eq!((items.next().await.as_deref(), items.next().await), (Some("end"), None));
        reader.join().expect("ended");
    }

    #[test]
    fn a_reader_ends_without_a_receiver() {
        let (sender, items) = chunks();
        let mut source = sender.before(io::repeat(1));
        drop(items);
        let pushed = (0..=CHUNK).find(|number| sender.push(*number).is_err());
        assert_eq!(pushed, Some(CHUNK - 1));
        sender.push(0).expect("room");
        let error = source.read(&mut [0]).expect_err("no receiver");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
