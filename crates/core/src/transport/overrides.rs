//! Corrections of paths and methods, for services that differ from their spec.

use std::collections::HashMap;

use http::Method;

use super::operation_index::OperationIndex;
use crate::error::Route;
use crate::request::encode;
use crate::{Error, Operation};

#[derive(Default)]
pub(super) struct Overrides {
    paths: HashMap<String, String>,
    methods: HashMap<String, String>,
}

impl Overrides {
    pub fn path(&mut self, operation_id: String, template: String) {
        self.paths.insert(operation_id, template);
    }

    pub fn method(&mut self, operation_id: String, method: String) {
        self.methods.insert(operation_id, method);
    }

    /// Refuses what can be called for no operation. Where the operations are not known, ids and parameters are compared
    /// when the operation is called.
    pub fn checked(self, operations: OperationIndex) -> Result<Self, Error> {
        for (id, template) in &self.paths {
            if let Some(problem) = template_problem(template) {
                return Err(Error::configuration(format!("the path override of `{id}` {problem}")));
            }
            if let Some(operation) = operations.operation("the path override", id)? {
                check_parameters(operation, template)?;
            }
        }
        for (id, method) in &self.methods {
            if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
                let problem = "must be an HTTP method in upper case";
                return Err(Error::configuration(format!("the method override of `{id}` {problem}")));
            }
            operations.operation("the method override", id)?;
        }
        Ok(self)
    }

    /// Where a call of the operation goes.
    pub fn route(&self, operation: &'static Operation) -> Result<Route, Error> {
        let mut route = Route::of(operation);
        if let Some(method) = self.methods.get(operation.id) {
            route.method = Method::from_bytes(method.as_bytes()).unwrap_or(route.method);
        }
        if let Some(template) = self.paths.get(operation.id) {
            check_parameters(operation, template).map_err(|error| error.at(&route))?;
            route.path = template.clone().into();
        }
        Ok(route)
    }
}

/// Refuses a template with other parameters than the operation has.
fn check_parameters(operation: &'static Operation, template: &str) -> Result<(), Error> {
    let (mut expected, mut given) = (parameters(operation.path), parameters(template));
    expected.sort_unstable();
    given.sort_unstable();
    if expected == given {
        return Ok(());
    }
    let cause = format!("the path override of `{}` must have the parameters of {}", operation.id, operation.path);
    Err(Error::configuration(cause))
}

/// What is wrong with a template, whatever its operation.
fn template_problem(template: &str) -> Option<&'static str> {
    let Some(path) = template.strip_prefix('/').filter(|path| !path.contains(['?', '#'])) else {
        return Some("must begin with a slash and have no query");
    };
    if !is_balanced(path) {
        return Some("has an unbalanced brace, or braces without a name");
    }
    // A slash at the end is part of some services' paths.
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(|_| !path.is_empty()).find_map(|segment| match encode::path_problem(segment) {
        Some(_) if segment.is_empty() => Some("has an empty segment"),
        Some(_) => Some("has a dot segment, which would call another path"),
        None => None,
    })
}

/// Whether each opening brace has its closing one, with a name between them.
fn is_balanced(template: &str) -> bool {
    let mut parts = template.split('{');
    let is_plain = |part: &str| !part.contains('}');
    parts.next().is_none_or(is_plain)
        && parts.all(|part| part.split_once('}').is_some_and(|(name, rest)| !name.is_empty() && is_plain(rest)))
}

/// The names in the braces of a template.
fn parameters(template: &str) -> Vec<&str> {
    template.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or_default()).collect()
}
