//! A clock that is paused while sockets work, and skips waits.
//!
//! A paused clock leaps to the next timer whenever the runtime has nothing to do, and it takes waiting for a socket for
//! nothing to do: a time limit would expire while its response is in flight.

use std::future::Future;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use rosterkit_core::TransportBuilder;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::advance;

/// Holds the paused clock until it is dropped: time passes only with [`advance`].
pub struct Held(#[allow(dead_code, reason = "dropping it is its purpose")] Sender<()>);

/// Holds the paused clock. The runtime of a test does not leap while a blocking task runs.
pub fn hold() -> Held {
    let (sender, receiver) = channel::<()>();
    tokio::task::spawn_blocking(move || receiver.recv());
    Held(sender)
}

/// The waits of a transport between attempts.
pub struct Waits(UnboundedReceiver<Duration>);

/// Has a transport tell of its waits.
pub fn telling(builder: TransportBuilder) -> (TransportBuilder, Waits) {
    let (sender, receiver) = unbounded_channel();
    let builder = builder.on_retry(move |event| {
        let _ = sender.send(event.delay());
    });
    (builder, Waits(receiver))
}

impl Waits {
    /// Runs a call, leaping over its waits, and gives its result with the length of each wait.
    pub async fn leap<T>(&mut self, call: impl Future<Output = T>) -> (T, Vec<Duration>) {
        let _held = hold();
        let mut seen = Vec::new();
        tokio::pin!(call);
        loop {
            tokio::select! {
                biased;
                result = &mut call => return (result, seen),
                Some(wait) = self.0.recv() => {
                    seen.push(wait);
                    // The timers of tokio have a resolution of a millisecond.
                    advance(wait + Duration::from_millis(1)).await;
                }
            }
        }
    }
}

/// Runs a future and lets so much time pass once a server tells that it should, and the client has read what came.
pub async fn pass<T>(time: Duration, mut notice: UnboundedReceiver<()>, future: impl Future<Output = T>) -> T {
    let _held = hold();
    tokio::pin!(future);
    tokio::select! {
        biased;
        result = &mut future => return result,
        _ = notice.recv() => settle(&mut future).await,
    }
    advance(time + Duration::from_millis(1)).await;
    future.await
}

/// Runs a future until nothing more can happen without a timer or a peer.
pub async fn settle(future: &mut (impl Future + Unpin)) {
    let mut rounds = 0;
    // Each round looks at the sockets once.
    while rounds < 100 {
        tokio::select! {
            biased;
            _ = &mut *future => panic!("it ended too early"),
            () = tokio::task::yield_now() => rounds += 1,
        }
    }
}
