//! The envelope `{success, data, error}` of responses.
//!
//! The service can refuse with status 200. This crate never returns such a response as a success.

use rosterkit_core::{Error, ErrorKind, Operation, Refusal, Response, ServiceError, StatusCode};

use crate::types::{
    BatchDeactivateUsersEnvelope, BatchUpsertUsersEnvelope, ClustersEnvelope, ErrorDetail, ErrorEnvelope, UsersEnvelope,
};

/// A response in an envelope.
pub(crate) trait Envelope {
    /// The error, if the envelope is a refusal: `success` is false, or absent next to an `error`.
    fn refusal(&mut self) -> Option<ErrorEnvelope>;
}

macro_rules! envelope {
    ($($name:ty),*) => {$(
        impl Envelope for $name {
            fn refusal(&mut self) -> Option<ErrorEnvelope> {
                refusal(self.success, &mut self.error)
            }
        }
    )*};
}

envelope!(BatchDeactivateUsersEnvelope, BatchUpsertUsersEnvelope, ClustersEnvelope, UsersEnvelope);

/// An envelope whose data are read in another way than the generated types do.
#[derive(Debug, serde::Deserialize)]
pub(crate) struct EnvelopeOf<T> {
    success: Option<bool>,
    error: Option<Box<ErrorDetail>>,
    pub data: Option<T>,
}

impl<T> Envelope for EnvelopeOf<T> {
    fn refusal(&mut self) -> Option<ErrorEnvelope> {
        refusal(self.success, &mut self.error)
    }
}

fn refusal(success: Option<bool>, error: &mut Option<Box<ErrorDetail>>) -> Option<ErrorEnvelope> {
    is_refusal(success, error.as_deref()).then(|| ErrorEnvelope {
        success: Some(false),
        error: error.take(),
        data: None,
    })
}

fn is_refusal(success: Option<bool>, error: Option<&ErrorDetail>) -> bool {
    success == Some(false) || success.is_none() && error.is_some()
}

/// The response, unless it is a refusal.
///
/// # Errors
/// `Refused`, with an [`ErrorEnvelope`] as its service error, or a [`Refusal`] if the service says no in another form.
pub(crate) fn accepted<E: Envelope>(
    operation: &'static Operation,
    mut response: Response<E>,
) -> Result<Response<E>, Error> {
    match response.get_mut().refusal() {
        Some(refusal) => Err(response.refused(operation, refusal)),
        None => response.accepted(operation),
    }
}

/// The error of a response without a required field.
pub(crate) fn lacks(operation: &'static Operation, what: &str) -> Error {
    Error::decode(operation, format!("the response has no `{what}`"))
}

/// The refusal, if a response could not be decoded because an envelope came in place of an array, or one whose error has
/// another shape; else the error itself.
pub(crate) fn refusal_behind(operation: &'static Operation, error: Error) -> Error {
    let (ErrorKind::Decode, Some(status), Some(body)) = (error.kind(), error.status(), error.body()) else {
        return error;
    };
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    match serde_json::from_slice::<ErrorEnvelope>(body) {
        Ok(refusal) if is_refusal(refusal.success, refusal.error.as_deref()) => {
            in_place_of(&error, operation, status, refusal)
        }
        Ok(_) => error,
        Err(_) => match serde_json::from_slice(body).ok().and_then(|json| Refusal::in_json(&json)) {
            Some(refusal) => in_place_of(&error, operation, status, refusal),
            None => error,
        },
    }
}

/// The error of a refusal that could not be decoded.
fn in_place_of(error: &Error, operation: &'static Operation, status: StatusCode, refusal: impl ServiceError) -> Error {
    let refused = Error::refused(operation, status, error.correlation_id(), refusal);
    refused.with_earlier_effect(error.is_earlier_effect_possible())
}

/// The service's words for a refusal.
pub(crate) fn reason(error: &Error) -> Option<&str> {
    let documented = error.service_error::<ErrorEnvelope>().and_then(|envelope| envelope.error.as_ref());
    let documented = documented.and_then(|error| error.message.as_deref());
    documented.or_else(|| error.service_error::<Refusal>()?.message.as_deref())
}
