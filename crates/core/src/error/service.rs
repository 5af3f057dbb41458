//! Errors in a service's own words.

use std::any::Any;
use std::fmt::Debug;

use serde::de::DeserializeOwned;

/// The decoded body of an error response. Every type that decodes from JSON and can be sent between threads is one.
///
/// Callers get at it with [`Error::service_error`](crate::Error::service_error). Printing an
/// [`Error`](crate::Error) never prints it, because services quote what they were sent.
pub trait ServiceError: Any + Debug + Send + Sync {}

impl<E: DeserializeOwned + Debug + Send + Sync + 'static> ServiceError for E {}

/// Decodes a JSON error body into `E`; `None` if it is something else.
///
/// Meant for [`Operation::service_error`](crate::Operation::service_error):
/// `Some(decode_service_error::<ErrorBody>)`.
pub fn decode_service_error<E>(body: &[u8]) -> Option<Box<dyn ServiceError>>
where
    E: DeserializeOwned + Debug + Send + Sync + 'static,
{
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let error: E = serde_json::from_slice(body).ok()?;
    Some(Box::new(error))
}
