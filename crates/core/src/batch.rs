//! Batches: any number of items through an operation that takes a limited number at once.
//!
//! A [`Batch`] takes an iterator or a stream, cuts it, sends several cuts at a time and yields one [`Outcome`] per item:
//! accepted, rejected with the service's reason, or unknown because the request failed or the answer says nothing about
//! the item. Every item comes out once, whatever happens, so that the [`Counts`] always adds up to the input.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use rosterkit_core::batch::{Batch, Verdict};
//!
//! // Generated clients know the request, its largest size and how its answer is read. Here, the service is a closure.
//! let send = |ages: &[i32]| {
//!     let body = ages.to_vec();
//!     async move { Ok(body) }
//! };
//! let read = |_: &[i32], answer: Vec<i32>| {
//!     let judge = |age| if age < 0 { Verdict::Rejected("no age".to_owned()) } else { Verdict::Accepted(age) };
//!     answer.into_iter().map(judge).collect()
//! };
//! let mut outcomes = Batch::of([31, -1, 47], send, read).size(2).ordered();
//! while let Some(outcome) = outcomes.next().await {
//!     if let Verdict::Rejected(reason) = &outcome.verdict {
//!         assert_eq!((outcome.index, outcome.item, reason.as_str()), (1, -1, "no age"));
//!     }
//! }
//! let counts = outcomes.counts();
//! assert_eq!((counts.accepted, counts.rejected, counts.unknown, counts.total()), (2, 1, 0, 3));
//! # }
//! ```
//!
//! # Memory and pace
//! Nothing is read from the input or sent before the outcomes are polled, and there are no tasks behind them: while one
//! outcome is consumed, requests are under way inside the stream, and dropping it drops them. With a size of *s* and a
//! concurrency of *c*, at most *c* requests are under way, and at most (2 *c* + 1) *s* items are held: under way,
//! waiting for their turn, waiting to be consumed, and in the cut that is being filled. A slow consumer therefore slows
//! down the input.
//!
//! A cut is sent when it is full, or at the end of the input. An input that pauses keeps the items of an unfinished cut
//! waiting.
//!
//! [`Cancellation`] ends a batch early and keeps account of what was sent.
//!
//! # Items that touch the same thing
//! Two items about the same user, sent at the same time, take effect in any order, and an answer that names users cannot
//! tell one item from the other. [`Batch::keyed_by`] keeps them apart and in order.

mod builder;
mod cancellation;
mod keys;
mod outcome;
mod outcomes;
mod send;

pub use builder::Batch;
pub use cancellation::Cancellation;
pub use keys::match_by_key;
pub use outcome::{Counts, Outcome, Verdict, all_accepted, all_rejected};
pub use outcomes::Outcomes;
