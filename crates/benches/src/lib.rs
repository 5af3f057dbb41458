//! Benchmarks as ratios: the time of a task divided by the time of the shortest way to do the same work.
//!
//! A time depends on the machine and its load. The ratio of two times that are measured alternately depends on the code.
//! Each [`Comparison`] runs both sides alternately and takes the median of the ratios. A figure may have a [`Bound`] that it is
//! meant to keep. Nothing passes or fails: the numbers are for people.

mod comparison;
mod numbers;
mod outcome;
mod report;
mod resources;

pub use comparison::{Clock, Comparison, Options};
pub use numbers::{duration, median, rate};
pub use outcome::{Bound, Outcome};
pub use report::{Part, updated};
pub use resources::{children_cpu_time, cpu_time, machine, peak_memory};
