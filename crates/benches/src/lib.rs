//! Ratios: what a task costs, over what the same work costs by the shortest way there is.
//!
//! A time says something about one machine on one day. The ratio of two times that were taken in turns says something
//! about the code, also on a machine that is busy. So each [`Comparison`] runs both sides alternately, and takes the
//! median of the ratios of the rounds. Nothing here passes or fails: the numbers are for people to read.

mod comparison;
mod numbers;

pub use comparison::{Comparison, Options, Outcome};
pub use numbers::{duration, median, rate};
