//! Turns the HTTP client's errors into ours.

use std::error::Error as StdError;

use super::{Error, ErrorKind, Route};

impl Error {
    /// Classifies an error of the HTTP client. Its URL, which holds parameters, is taken out.
    pub(crate) fn from_http(error: reqwest::Error, route: &Route) -> Self {
        // The source of a body is the caller's own; its words stay out of the chain.
        if let Some(body) = find_body_error(&error) {
            return Self::new(ErrorKind::RequestBody, body.cause().to_owned()).at(route);
        }
        let (kind, cause) = if error.is_connect() && error.is_timeout() {
            (ErrorKind::Connect, "no connection within the connect timeout")
        } else if error.is_connect() {
            (ErrorKind::Connect, "no connection")
        } else if error.is_timeout() {
            (ErrorKind::Timeout, "no response within the time limit")
        } else if error.is_builder() {
            (ErrorKind::InvalidRequest, "the request cannot be written as HTTP")
        } else if is_unreadable(&error) {
            let unreadable = Self::new(ErrorKind::Transport, "the response is not readable HTTP").at(route);
            let advice = "check the base URL and its port, and the proxies on the way";
            return unreadable.with_advice(advice).with_source(error.without_url());
        } else {
            (ErrorKind::Transport, "the connection broke before the response was complete")
        };
        Self::new(kind, cause).at(route).with_source(error.without_url())
    }
}

/// Whether an error comes from a response that is not HTTP, contradicts itself, or has too large a head.
pub(super) fn is_unreadable(error: &(dyn StdError + 'static)) -> bool {
    find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse)
}

fn find_body_error(error: &reqwest::Error) -> Option<&Error> {
    find(error)
}

/// The first error of a type among the sources of an error.
fn find<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    std::iter::successors(error.source(), |&error| error.source()).find_map(|error| error.downcast_ref())
}
