//! Refusals that come with a status of success.

use http::StatusCode;
use rosterkit_core::{Error, ErrorKind};

use crate::support::{ErrorBody, GET_USERS, SENTINEL};

fn refused(correlation_id: Option<&str>) -> Error {
    let body = ErrorBody { code: "closed".to_owned(), message: SENTINEL.to_owned() };
    Error::refused(&GET_USERS, StatusCode::OK, correlation_id, body)
}

#[test]
fn a_refusal_carries_operation_status_correlation_id_and_the_services_error() {
    let error = refused(Some("c-1"));
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!((error.operation(), error.method(), error.path()), (Some("getUsers"), Some("GET"), Some("/api/users")));
    assert_eq!((error.status(), error.correlation_id()), (Some(StatusCode::OK), Some("c-1")));
    assert_eq!(error.service_error::<ErrorBody>().map(|body| body.message.as_str()), Some(SENTINEL));
    assert!(!error.is_retryable());
}

#[test]
fn a_refusal_prints_nothing_of_the_services_error() {
    let expected =
        "getUsers (GET /api/users): the service refused the request, status 200; the service's own error says why";
    let error = refused(None);
    assert_eq!(error.to_string(), expected);
    assert!(!format!("{error:?} {error:#?}").contains(SENTINEL));
}
