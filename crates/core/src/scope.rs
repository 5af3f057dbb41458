//! Parameters that a client sets for all of its calls.
//!
//! A scope is applied in one place, when a request is sent, from what the spec says of the operation. So it reaches
//! every function alike, however its call was put together.

use std::fmt;
use std::sync::Arc;

/// Values by the name of their parameter. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Scope(Option<Arc<[(&'static str, String)]>>);

impl Scope {
    /// This scope with one more value, in place of an earlier one of the same name.
    pub fn with(&self, name: &'static str, value: String) -> Self {
        let others = self.values().iter().filter(|(other, _)| *other != name).cloned();
        Self(Some(others.chain([(name, value)]).collect()))
    }

    pub fn values(&self) -> &[(&'static str, String)] {
        self.0.as_deref().unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.values().is_empty()
    }
}

/// Shows the names of the parameters. Their values are ids of people.
impl fmt::Debug for Scope {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.values().iter().map(|(name, _)| name)).finish()
    }
}
