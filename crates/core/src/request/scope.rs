//! Parameters that a client sets for all of its calls.
//!
//! A scope is applied in one place, when a request is sent, from what the spec says of the operation. So it reaches
//! every function alike, however its call was put together.

use std::fmt;
use std::sync::Arc;

use super::{Content, Part, Request};
use crate::ScopePlace;

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

impl Request {
    /// Adds the parameters of a scope where the operation takes them. What the request has already stays.
    pub(crate) fn in_scope(self, scope: &Scope) -> Self {
        scope.values().iter().fold(self, |request, (name, value)| request.scoped(name, value))
    }

    fn scoped(mut self, name: &'static str, value: &str) -> Self {
        let Some((_, place)) = self.operation.scope.iter().find(|(known, _)| *known == name) else {
            let problem = "is set for all calls of this client, but this operation does not take it: call it with a \
                           client without it";
            return self.invalid(name, problem);
        };
        if value.trim().is_empty() {
            return self.invalid(name, "is set for all calls of this client, but blank");
        }
        match place {
            ScopePlace::Query if self.query.iter().any(|(given, _)| *given == name) => self,
            ScopePlace::Query => self.query(name, value),
            ScopePlace::Form => match &self.content {
                Content::Form(fields) if fields.iter().any(|(given, _)| *given == name) => self,
                _ => self.form(name, value),
            },
            ScopePlace::Multipart => match &mut self.content {
                Content::Multipart(parts) if parts.iter().any(|part| part.name() == name) => self,
                // Before the files, so that a server which reads the parts in their order knows for whom they are.
                Content::Multipart(parts) => {
                    parts.insert(0, Part::text(name, value.to_owned()));
                    self
                }
                _ => self.part(name, value),
            },
        }
    }
}
