//! The classes of errors, and the advice that each comes with.

use http::StatusCode;

/// The class of an [`Error`](crate::Error).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An argument breaks a rule of the operation. Nothing was sent.
    InvalidRequest,
    /// The client lacks the credential that the operation needs. Nothing was sent.
    MissingCredential,
    /// No valid credential could be obtained: signing in or renewing an access token failed. The service did not carry the
    /// request out. The error's status, correlation id and body are those of the login service.
    Authentication,
    /// A credential would have been sent over unencrypted http. Nothing was sent.
    InsecureTransport,
    /// No connection: name resolution, TCP, TLS or the proxy failed, or took longer than the connect timeout. The
    /// service saw nothing of the request.
    Connect,
    /// The time limit passed. Whether the service carried the request out is not known, unless
    /// [nothing was sent](crate::Error::may_have_taken_effect): the call's time was up while it waited for its turn.
    Timeout,
    /// The connection broke while the request or the response was in flight, or the response is not readable HTTP. Whether
    /// the service carried the request out is not known.
    Transport,
    /// The source of a request's body failed, or gave more or less than its declared length.
    RequestBody,
    /// The service redirected to where this request must not or cannot go.
    Redirect,
    /// The service answered with an error status: 4xx, 5xx, or another one that is neither success nor a redirect.
    Status,
    /// The service refused the request in a response whose status says success. The
    /// [service's own error](crate::Error::service_error) says why.
    Refused,
    /// The response is of another media type than the operation promises, often a login page, or is compressed in a way
    /// that was not asked for.
    UnexpectedMediaType,
    /// The response is not what the spec says: it ends early, is malformed, or has another shape.
    Decode,
    /// The client's settings are wrong.
    Configuration,
    /// The response is larger than the client is willing to hold in memory, or the caller to take.
    TooLarge,
    /// The writer or the file that a response was to go to failed, or the file is there already.
    Output,
    /// A [batch](crate::batch) was cancelled. Whether the request may have taken effect says
    /// [`may_have_taken_effect`](crate::Error::may_have_taken_effect).
    Cancelled,
    /// A [batch](crate::batch#a-service-that-is-down) ended before, because the service is down, refuses the credential or
    /// asks to come back later. The item was not sent.
    CircuitOpen,
}

impl ErrorKind {
    /// The name of the class in spans (`error.type`). It is stable.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::MissingCredential => "missing_credential",
            Self::InsecureTransport => "insecure_transport",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Transport => "transport",
            Self::RequestBody => "request_body",
            Self::Redirect => "redirect",
            Self::Authentication => "authentication",
            Self::Status => "status",
            Self::Refused => "refused",
            Self::UnexpectedMediaType => "unexpected_media_type",
            Self::Decode => "decode",
            Self::Configuration => "configuration",
            Self::TooLarge => "too_large",
            Self::Output => "output",
            Self::Cancelled => "cancelled",
            Self::CircuitOpen => "circuit_open",
        }
    }

    /// What to do about an error of this class, unless its place of origin knows better. Only a
    /// [retryable](crate::Error::is_retryable) error is to be tried again later.
    pub(super) fn advice(self, status: Option<StatusCode>, is_retryable: bool) -> &'static str {
        match self {
            Self::InvalidRequest => "correct the argument; nothing was sent",
            Self::MissingCredential => "give the client this credential; nothing was sent",
            Self::Authentication => "check what the credential source is configured with",
            Self::InsecureTransport => {
                "use an https base URL, or allow insecure HTTP where the network is trusted; nothing was sent"
            }
            Self::Connect => "check the base URL, the network, the proxy and the service's certificate",
            Self::Timeout if is_retryable => "try again later, or set a longer timeout",
            Self::Timeout => "check whether the request took effect before repeating it, or set a longer timeout",
            Self::Transport => "check whether the request took effect before repeating one that changes something",
            Self::RequestBody => "check the file or stream that the body is read from, and its declared length",
            Self::Redirect if status == Some(StatusCode::NOT_MODIFIED) => {
                "send no condition such as `If-None-Match` with this operation"
            }
            Self::Redirect => "check the base URL and the credential",
            Self::Status => status.map_or("ask the service's support", |status| status_advice(status, is_retryable)),
            Self::Refused => "the service's own error says why",
            Self::UnexpectedMediaType => "check the base URL and the representation that was asked for",
            Self::Decode => "the service may have changed; the beginning of the response is kept in the error's body",
            Self::Configuration => "correct the client's settings",
            Self::TooLarge => "ask for a smaller page, or raise the client's limit",
            Self::Output => "check the directory, its permissions and free space, and whether the file may be replaced",
            Self::Cancelled => "send the item again",
            Self::CircuitOpen => "send the item again when the service works",
        }
    }
}

fn status_advice(status: StatusCode, is_retryable: bool) -> &'static str {
    match status.as_u16() {
        400 | 422 => "check the arguments and the body; the service's own error may say which is wrong",
        401 => "the credential is wrong or has expired",
        403 => "the credential lacks a permission that this operation needs",
        404 => "not found: check the ids and the base URL",
        405 => "check the base URL and the operation's method",
        408 if is_retryable => "try again later",
        408 => "check whether the request took effect before repeating it",
        409 => "it was changed meanwhile: read it again and repeat the change on the current version",
        410 => "it has been removed",
        412 => "its state is not the expected one: read it again",
        413 => "send less at once",
        415 => "the service does not take this media type",
        429 => "wait before the next request, for as long as the service asks",
        501 => "the service does not offer this operation",
        500..=599 if is_retryable => "try again later; if it stays, give the correlation id to the service's support",
        500..=599 => {
            "check whether the request took effect before repeating it; if it stays, give the correlation id to the \
             service's support"
        }
        _ => "the service's own error may say what is wrong",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use http::{HeaderMap, HeaderValue, header};

    use super::*;
    use crate::error::Route;
    use crate::operation::SAMPLE;
    use crate::{Error, Operation};

    const KINDS: [ErrorKind; 18] = [
        ErrorKind::InvalidRequest,
        ErrorKind::MissingCredential,
        ErrorKind::Authentication,
        ErrorKind::InsecureTransport,
        ErrorKind::Connect,
        ErrorKind::Timeout,
        ErrorKind::Transport,
        ErrorKind::RequestBody,
        ErrorKind::Redirect,
        ErrorKind::Status,
        ErrorKind::Refused,
        ErrorKind::UnexpectedMediaType,
        ErrorKind::Decode,
        ErrorKind::Configuration,
        ErrorKind::TooLarge,
        ErrorKind::Output,
        ErrorKind::Cancelled,
        ErrorKind::CircuitOpen,
    ];

    /// Whether a text tells to send the same request again at another time, and nothing before that.
    fn says_later(error: &Error) -> bool {
        let text = error.to_string();
        let is_told = ["later", "try again", "come back"].iter().any(|words| text.contains(words));
        is_told && !text.contains("check whether the request took effect")
    }

    #[test]
    fn an_error_that_says_try_again_later_is_retryable() {
        static WRITES: Operation = Operation { method: "POST", ..SAMPLE };
        // The last kind has the highest number, so that none is missing in the list.
        let names: BTreeSet<_> = KINDS.into_iter().map(ErrorKind::name).collect();
        assert_eq!((names.len(), ErrorKind::CircuitOpen as usize + 1), (KINDS.len(), KINDS.len()));
        let mut told = 0;
        for kind in KINDS {
            for code in std::iter::once(None).chain((100..=599).map(Some)) {
                for is_idempotent in [false, true] {
                    let error = || {
                        let route = Route { is_idempotent, ..Route::of(&WRITES) };
                        let error = Error::new(kind, "failed").at(&route);
                        let wait = HeaderMap::from_iter([(header::RETRY_AFTER, HeaderValue::from_static("900"))]);
                        match code.and_then(|code| StatusCode::from_u16(code).ok()) {
                            Some(status) => error.with_head(status, &wait),
                            None => error,
                        }
                    };
                    for error in [error(), error().with_too_long_wait(), error().with_earlier_effect(true)] {
                        told += usize::from(says_later(&error));
                        assert!(
                            !says_later(&error) || error.is_retryable(),
                            "{kind:?} {code:?} {is_idempotent}: {error}"
                        );
                    }
                }
            }
        }
        assert!(told > 100, "{told}");
    }
}
