//! Benchmarks as ratios: the time of a task divided by the time of the shortest way to do the same work.
//!
//! A time depends on the machine and its load. The ratio of two times that are measured alternately depends on the code.
//! Each [`Comparison`] runs both sides alternately and takes the median of the ratios. Nothing passes or fails: the numbers
//! are for people.

mod comparison;
mod numbers;

pub use comparison::{Comparison, Options, Outcome};
pub use numbers::{duration, median, rate};
