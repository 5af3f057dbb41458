//! Turns the HTTP client's errors into ours.

use std::error::Error as StdError;

use super::{Error, ErrorKind, Place};

impl Error {
    /// Classifies an error of the HTTP client. Its URL, which holds parameters, is taken out.
    pub(crate) fn from_http(error: reqwest::Error, place: &Place) -> Self {
        // The source of a body is the caller's own; its words stay out of the chain.
        if let Some(body) = find_body_error(&error) {
            return Self::new(ErrorKind::RequestBody, body.cause().to_owned()).at(place);
        }
        let (kind, cause) = if error.is_connect() && error.is_timeout() {
            (ErrorKind::Connect, "no connection within the connect timeout")
        } else if error.is_connect() {
            (ErrorKind::Connect, "no connection")
        } else if error.is_timeout() {
            (ErrorKind::Timeout, "no answer within the time limit")
        } else if error.is_builder() {
            (ErrorKind::InvalidRequest, "the request cannot be written as HTTP")
        } else {
            (ErrorKind::Transport, "the connection broke before the answer was complete")
        };
        Self::new(kind, cause).at(place).with_source(error.without_url())
    }
}

fn find_body_error(error: &reqwest::Error) -> Option<&Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(found) = error.downcast_ref::<Error>() {
            return Some(found);
        }
        source = error.source();
    }
    None
}
