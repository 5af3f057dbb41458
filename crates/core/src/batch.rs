//! Batches: any number of items through an operation that takes a limited number at once.
//!
//! A [`Batch`] takes an iterator or a stream, divides it into chunks, sends several chunks at a time and yields one
//! [`ItemOutcome`] per item. Its [`Outcome`] is accepted, warned, rejected with the service's reason, invalid, not sent
//! or unknown. Every item comes out once, whatever happens, so that the [`Counts`] always add up to the input.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use rosterkit_core::batch::{Batch, Outcome};
//!
//! // Generated clients know the request, its largest size and how its response is read. Here, the service is a closure.
//! let send = |ages: &[i32]| {
//!     let body = ages.to_vec();
//!     async move { Ok(body) }
//! };
//! let read = |_: &[i32], response: Vec<i32>| {
//!     let outcome = |age| if age < 0 { Outcome::Rejected("negative age".to_owned()) } else { Outcome::Accepted(age) };
//!     response.into_iter().map(outcome).collect()
//! };
//! let mut outcomes = Batch::of([31, -1, 47], send, read).size(2).ordered();
//! while let Some(age) = outcomes.next().await {
//!     if let Outcome::Rejected(reason) = &age.outcome {
//!         assert_eq!((age.index, age.item, reason.as_str()), (1, -1, "negative age"));
//!     }
//! }
//! assert_eq!(outcomes.counts().to_string(), "2 accepted, 1 rejected");
//! # }
//! ```
//!
//! # Memory and pace
//! Nothing is read from the input or sent before the outcomes are polled, and there are no tasks behind them: while one
//! outcome is consumed, requests are in flight inside the stream, and dropping it drops them. With a size of *s* and a
//! concurrency of *c*, at most *c* requests are in flight, and at most (2 *c* + 1) *s* items are held: in flight,
//! waiting for their turn, waiting to be consumed, and in the chunk that is being filled. A slow consumer therefore slows
//! down the input.
//!
//! A chunk is sent when it is full, or at the end of the input. An input that pauses keeps the items of an unfinished
//! chunk waiting.
//!
//! # A service that is down
//! After five requests in a row that failed by connection, timeout or 5xx (twenty, if requests have one item), the rest is
//! not sent and comes out so, with an error of the kind [`CircuitOpen`](crate::ErrorKind::CircuitOpen), which has the last
//! failure; [`Batch::keep_going`] goes on. A refused credential and a wait that is longer than the client waits end
//! sending at once, in any case.
//!
//! # Items that are not sent
//! [`Batch::check`] finds invalid items before they are sent, and a [`Cancellation`] ends sending early. These items come
//! out in their places like all others.
//!
//! # Items that change the same thing
//! Two items about the same user, sent at the same time, take effect in any order, and a response that names users cannot
//! tell one item from the other. [`Batch::keyed_by`] keeps them apart and in order.

mod builder;
mod cancellation;
mod circuit_breaker;
mod input;
mod matching;
mod outcome;
mod outcomes;

pub use builder::Batch;
pub use cancellation::Cancellation;
pub use matching::match_by_key;
pub use outcome::{Counts, ItemOutcome, Outcome, Violation, all_accepted, all_rejected};
pub use outcomes::Outcomes;
