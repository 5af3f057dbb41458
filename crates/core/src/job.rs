//! Jobs: work that a service does on its own time, started with one call and asked about with others.
//!
//! [`JobCalls`] says which operations start a job, tell its state, list its results and delete it. A [`Job`] is one of
//! them: it can be [waited for](Job::wait), [cancelled](Job::cancel), [deleted](Job::delete), read as a
//! [stream](Job::results), and picked up again by its [id](Job::id) in another process.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use rosterkit_core::job::{JobCalls, JobState};
//! use rosterkit_core::paging::{CursorPage, Pager};
//!
//! // Generated clients know these operations. Here, the service is closures.
//! # let polls = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
//! let state = move |_id: String| {
//!     let poll = polls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
//!     async move { Ok(if poll < 2 { JobState::running("PENDING") } else { JobState::Done(()) }) }
//! };
//! let results = |_id: String| Pager::by_cursor(|_| async { Ok(vec!["ada", "bob"]) }, CursorPage::new);
//! let calls = JobCalls::new(state, results);
//!
//! let job = calls.start(async { Ok("job-7".to_owned()) }).await?;
//! job.wait().await?;
//! let mut items = job.results().items();
//! while let Some(item) = items.next().await {
//!     println!("{}", item?);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! There are no tasks behind a job: it is polled while [`Job::wait`] is, and dropping that future ends the polling. The
//! job itself goes on, on the server, until it is deleted.

mod client;
mod error;
mod handle;
mod policy;
mod poll;

pub use client::JobCalls;
pub use error::{JobError, JobErrorKind};
pub use handle::Job;
pub use policy::JobPolicy;
pub use poll::{JobState, poll};

#[cfg(test)]
mod tests;
