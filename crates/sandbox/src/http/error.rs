//! Errors of requests, before a service renders them.

use axum::http::header::{ALLOW, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use rosterkit_core::catalog::{PermissionMode, PermissionsEntry, Violation, nearest, printable};

/// An error. [`Service::refuse`](super::Service::refuse) turns it into a response.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) status: StatusCode,
    /// The code for programs, in the style of Genesys: `bad.request`.
    pub(crate) code: &'static str,
    /// The message for people. It never contains content of the request.
    pub(crate) message: Box<str>,
    /// The invalid parameter or property.
    pub(crate) field: Option<Box<str>>,
    /// The id of the item.
    pub(crate) entity: Option<Box<str>>,
    /// The operation, if the request reached one.
    pub(crate) operation: Option<&'static str>,
    /// The required permissions.
    pub(crate) missing: Option<&'static PermissionsEntry>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Error {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<Box<str>>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            field: None,
            entity: None,
            operation: None,
            missing: None,
            headers: Vec::new(),
        }
    }

    pub(crate) fn bad_request(message: impl Into<Box<str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad.request", message)
    }

    /// An invalid parameter or property; `problem` completes "The value of `name` …".
    pub(crate) fn invalid(name: &str, problem: &str) -> Self {
        let message = format!("The value of `{name}` {problem}.");
        Self { field: Some(name.into()), ..Self::new(StatusCode::BAD_REQUEST, "invalid.value", message) }
    }

    pub(crate) fn missing(name: &str) -> Self {
        let message = format!("`{name}` is required.");
        Self { field: Some(name.into()), ..Self::new(StatusCode::BAD_REQUEST, "missing.value", message) }
    }

    /// A JSON body that does not match its schema.
    pub(crate) fn violation(violation: &Violation) -> Self {
        let (path, message) = (violation.path(), violation.to_string());
        let mut message: String = format!("{message}.");
        if path.is_empty() {
            message.replace_range(..1, "T");
        }
        let code = if violation.problem() == "is required" { "missing.value" } else { "invalid.value" };
        let field = (!path.is_empty()).then(|| path.into_boxed_str());
        Self { field, ..Self::new(StatusCode::BAD_REQUEST, code, message) }
    }

    /// An invalid JSON body. The message of serde_json can quote the body; its position cannot.
    pub(crate) fn invalid_json(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        Self::bad_request(format!("The body is invalid JSON: error at line {line}, column {column}."))
    }

    /// A body that did not arrive in time.
    pub(crate) fn timeout(seconds: u64) -> Self {
        let message = format!("The body did not arrive within {seconds} seconds.");
        Self::new(StatusCode::REQUEST_TIMEOUT, "request.timeout", message)
    }

    /// A known caller without the permissions `needed`.
    pub(crate) fn lacks_permissions(needed: &'static PermissionsEntry) -> Self {
        let names = needed.permissions.join(", ");
        let message = match (needed.mode, needed.permissions.len()) {
            (_, 1) => format!("You are missing the following permission: {names}."),
            (PermissionMode::Any, _) => format!("You need one of the following permissions: {names}."),
            (PermissionMode::All, _) => format!("You need all of the following permissions: {names}."),
        };
        let code = match needed.mode {
            PermissionMode::Any => "missing.any.permissions",
            PermissionMode::All => "missing.permissions",
        };
        Self { missing: Some(needed), ..Self::new(StatusCode::FORBIDDEN, code, message) }
    }

    /// An unknown name in the query, a form or a JSON body. The message lists the known ones.
    pub(crate) fn unknown_name<'a>(location: &str, name: &str, taken: impl Iterator<Item = &'a str> + Clone) -> Self {
        let shown = printable(name);
        let near = nearest(name, taken.clone()).map(|near| format!(" Did you mean `{near}`?"));
        let taken: Vec<_> = taken.collect();
        let taken = if taken.is_empty() { "none".to_owned() } else { taken.join(", ") };
        let message =
            format!("The {location} has the unknown name `{shown}`.{} Known names: {taken}.", near.unwrap_or_default());
        Self { field: Some(shown.into()), ..Self::new(StatusCode::BAD_REQUEST, "unknown.name", message) }
    }

    pub(crate) fn unauthorized(challenges: impl IntoIterator<Item = &'static str>) -> Self {
        let message = "The request carries no credentials that this operation accepts.";
        let headers = challenges.into_iter().map(|text| (WWW_AUTHENTICATE, HeaderValue::from_static(text))).collect();
        Self { headers, ..Self::new(StatusCode::UNAUTHORIZED, "bad.credentials", message) }
    }

    pub(crate) fn forbidden(message: impl Into<Box<str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "not.authorized", message)
    }

    pub(crate) fn not_found(message: impl Into<Box<str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not.found", message)
    }

    pub(crate) fn method_not_allowed(allowed: &[&'static str]) -> Self {
        let allowed = allowed.join(", ");
        let message = format!("Allowed methods: {allowed}.");
        let headers = HeaderValue::from_str(&allowed).map(|value| (ALLOW, value)).into_iter().collect();
        Self { headers, ..Self::new(StatusCode::METHOD_NOT_ALLOWED, "method.not.allowed", message) }
    }

    pub(crate) fn conflict(code: &'static str, message: impl Into<Box<str>>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    pub(crate) fn too_large(limit: usize) -> Self {
        let message = format!("The body has more than {limit} bytes.");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "request.too.large", message)
    }

    pub(crate) fn unsupported_media_type(expected: &str) -> Self {
        let message = format!("The body must be sent as {expected}.");
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported.media.type", message)
    }

    pub(crate) fn not_implemented(operation: &'static str) -> Self {
        let message = format!("The sandbox does not implement the operation {operation} yet.");
        Self::new(StatusCode::NOT_IMPLEMENTED, "not.implemented", message)
    }

    pub(crate) fn with_operation(self, operation: &'static str) -> Self {
        Self { operation: Some(operation), ..self }
    }

    /// Names the item.
    pub(crate) fn with_entity(self, id: &str) -> Self {
        Self { entity: Some(id.into()), ..self }
    }
}
