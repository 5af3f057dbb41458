//! What would change, and why.

mod action;
mod compare;
mod mapping;
mod pairing;
pub(crate) mod references;
mod summary;

pub use action::{Action, ActionKind, Change};
pub(crate) use compare::Comparison;
pub(crate) use mapping::{Mapping, WITHOUT_ID};
pub(crate) use pairing::{managed_active, pair, to_confirm};
pub use summary::{Allowances, FlowSummary, PlanSummary, SideSummary};
