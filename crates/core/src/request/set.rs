//! How generated builders hand over the values of their setters.

use super::{Content, Request};
use crate::CallOptions;

impl Request {
    /// Applies the value of a required setter, or notes why there is none.
    pub fn set<T>(self, name: &'static str, value: Result<T, String>, apply: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Ok(value) => apply(self, value),
            Err(problem) => self.invalid(name, problem),
        }
    }

    /// Applies the value of an optional setter, if it was set, or notes why it is invalid.
    pub fn set_optional<T>(
        self,
        name: &'static str,
        value: Result<Option<T>, String>,
        apply: impl FnOnce(Self, T) -> Self,
    ) -> Self {
        match value {
            Ok(Some(value)) => apply(self, value),
            Ok(None) => self,
            Err(problem) => self.invalid(name, problem),
        }
    }

    /// Applies the options of a builder, if it has some.
    pub fn call_options(self, options: Option<CallOptions>) -> Self {
        match options {
            Some(options) => self.options(options),
            None => self,
        }
    }

    /// Makes the body a form even if no field of it was set.
    pub fn form_body(mut self) -> Self {
        if let Content::None = self.content {
            self.content = Content::Form(Vec::new());
        }
        self
    }
}
