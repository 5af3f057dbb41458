//! How the scope of a client gets into a request.

use super::{Content, Part, Request};
use crate::ScopePlace;
use crate::scope::Scope;

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
