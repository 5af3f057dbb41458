//! What is known of an operation before it is called.
//!
//! Generated code holds one [`Operation`] per operation of a spec, as a `static`. The core reads from it how to
//! authenticate, whether repeating the call is harmless, and how an error response is decoded.

use crate::ServiceError;

/// Decodes the body of an error response; `None` if it is something else.
pub type ServiceErrorDecoder = fn(&[u8]) -> Option<Box<dyn ServiceError>>;

/// The static facts of one operation.
///
/// ```
/// use rosterkit_core::{Operation, decode_service_error};
///
/// #[derive(Debug, serde::Deserialize)]
/// struct ErrorBody {
///     message: String,
/// }
///
/// static GET_USER: Operation = Operation {
///     api: "genesys-users",
///     id: "getUser",
///     method: "GET",
///     path: "/api/v2/users/{userId}",
///     security: &[&["PureCloud OAuth"]],
///     repeatable: false,
///     service_error: Some(decode_service_error::<ErrorBody>),
///     scope: &[],
/// };
/// assert!(GET_USER.only_reads() && GET_USER.is_safe_to_repeat());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The API, by the name of its crate: `genesys-users`.
    pub api: &'static str,
    /// The operation id, as the spec spells it: `getUsers`.
    pub id: &'static str,
    /// The HTTP method in upper case: `GET`.
    pub method: &'static str,
    /// The path template below the base URL, with its parameters in braces: `/api/v2/users/{userId}`.
    pub path: &'static str,
    /// The ways to authenticate, in order of preference. Each is a set of security schemes that are needed together;
    /// an empty set means that the operation can be called anonymously. An empty list means that credentials are never
    /// sent.
    pub security: &'static [&'static [&'static str]],
    /// Whether the spec marks the operation as only reading although its method does not say so (`x-safe`). Methods
    /// that are idempotent by definition need no mark.
    pub repeatable: bool,
    /// Decodes the documented error response, where there is one; see [`decode_service_error`](crate::decode_service_error).
    pub service_error: Option<ServiceErrorDecoder>,
    /// Where the operation takes each of the parameters that a client can set for all its calls; see
    /// [`Transport::scoped`](crate::Transport::scoped).
    pub scope: &'static [(&'static str, ScopePlace)],
}

/// An operation for the tests of modules.
#[cfg(test)]
pub(crate) const SAMPLE: Operation = Operation {
    api: "sample",
    id: "sample",
    method: "GET",
    path: "/",
    security: &[],
    repeatable: false,
    service_error: None,
    scope: &[],
};

/// Where an operation takes a parameter that a client can set for all its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScopePlace {
    /// In the query.
    Query,
    /// In a field of an `application/x-www-form-urlencoded` body.
    Form,
    /// In a text part of a `multipart/form-data` body.
    Multipart,
}

impl Operation {
    /// Whether the operation changes nothing: its method is safe (RFC 9110, section 9.2.1), or the spec marks it as only
    /// reading.
    pub fn only_reads(&self) -> bool {
        self.repeatable || matches!(self.method, "GET" | "HEAD" | "OPTIONS" | "TRACE")
    }

    /// Whether sending the request twice has the effect of sending it once: the method is idempotent (RFC 9110,
    /// section 9.2.2), or the spec marks the operation as only reading.
    pub fn is_safe_to_repeat(&self) -> bool {
        self.repeatable || matches!(self.method, "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
    }
}
