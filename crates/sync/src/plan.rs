//! What would change, and why.

mod action;

pub use action::{Action, ActionKind, Change};
