//! Parameters and options that a client sets for all of its calls: where they arrive, what goes first, what is refused.

use std::time::Duration;

use crate::support::{EMPTY, GET_USERS, POST_USER, SENTINEL, assert_discreet, record, transport};
use rosterkit_core::{Backoff, CallOptions, ErrorKind, FilePart, Operation, Request, RetryPolicy, ScopePlace};

static QUERY: Operation =
    Operation { scope: &[("assignmentId", ScopePlace::Query), ("onBehalfOf", ScopePlace::Query)], ..GET_USERS };
static FORM: Operation = Operation { scope: &[("onBehalfOf", ScopePlace::Form)], ..POST_USER };
static MULTIPART: Operation = Operation { scope: &[("onBehalfOf", ScopePlace::Multipart)], ..POST_USER };

#[tokio::test]
async fn the_query_the_form_and_the_parts_get_the_value_as_the_operation_wants() {
    let (url, mut requests) = record(EMPTY).await;
    let scoped = transport(url).scoped("onBehalfOf", "a.roe & söhne");
    let file = FilePart::new("a.txt", "x");
    for (request, line, body) in [
        (Request::new(&QUERY).query("a", "b"), "GET /api/users?a=b&onBehalfOf=a.roe%20%26%20s%C3%B6hne HTTP/1.1", ""),
        (Request::new(&FORM).form("a", "b"), "POST /api/users HTTP/1.1", "a=b&onBehalfOf=a.roe+%26+s%C3%B6hne"),
        (Request::new(&FORM), "POST /api/users HTTP/1.1", "onBehalfOf=a.roe+%26+s%C3%B6hne"),
        (
            Request::new(&MULTIPART).part_file("file", file),
            "POST /api/users HTTP/1.1",
            "name=\"onBehalfOf\"\r\n\r\na.roe & söhne\r\n--",
        ),
        (Request::new(&MULTIPART), "POST /api/users HTTP/1.1", "name=\"onBehalfOf\"\r\n\r\na.roe & söhne\r\n--"),
    ] {
        scoped.send_empty(request).await.expect("sent");
        let received = requests.recv().await.expect("a request");
        assert_eq!(received.request_line(), line);
        let got = String::from_utf8(received.body).expect("UTF-8");
        assert!(got.contains(body), "{got}");
        assert_eq!(got.matches("onBehalfOf").count(), usize::from(!body.is_empty()));
    }
}

#[tokio::test]
async fn a_value_of_the_call_goes_before_the_scope_even_if_it_is_empty() {
    let (url, mut requests) = record(EMPTY).await;
    let scoped = transport(url).scoped("onBehalfOf", "a.roe");
    for value in ["b.doe", ""] {
        scoped.send_empty(Request::new(&QUERY).query("onBehalfOf", value)).await.expect("sent");
        let line = format!("GET /api/users?onBehalfOf={value} HTTP/1.1");
        assert_eq!(requests.recv().await.expect("a request").request_line(), line);
        for request in
            [Request::new(&FORM).form("onBehalfOf", value), Request::new(&MULTIPART).part("onBehalfOf", value)]
        {
            scoped.send_empty(request).await.expect("sent");
            let body = String::from_utf8(requests.recv().await.expect("a request").body).expect("UTF-8");
            assert!(body.contains("onBehalfOf") && !body.contains("a.roe"), "{body}");
        }
    }
}

#[tokio::test]
async fn values_add_up_and_the_last_of_a_name_counts_and_the_original_stays_as_it_is() {
    let (url, mut requests) = record(EMPTY).await;
    let original = transport(url);
    let scoped = original.scoped("onBehalfOf", "a.roe").scoped("assignmentId", "7").scoped("onBehalfOf", "b.doe");
    for (transport, query) in [(&scoped, "?assignmentId=7&onBehalfOf=b.doe"), (&original, ""), (&scoped.unscoped(), "")]
    {
        transport.send_empty(Request::new(&QUERY)).await.expect("sent");
        let line = format!("GET /api/users{query} HTTP/1.1");
        assert_eq!(requests.recv().await.expect("a request").request_line(), line);
    }
    let shown = format!("{scoped:?}");
    assert!(shown.contains("onBehalfOf") && !shown.contains("b.doe"), "{shown}");
    assert!(!format!("{original:?}").contains("scope"));
}

#[tokio::test]
async fn an_operation_that_takes_no_such_parameter_and_a_blank_value_are_refused_before_sending() {
    let (url, mut requests) = record(EMPTY).await;
    let transport = transport(url);
    for (operation, value, expected) in [
        (&FORM, SENTINEL, "assignmentId` is set for all calls of this client, but this operation does not take it"),
        (&GET_USERS, SENTINEL, "this operation does not take it"),
        (&QUERY, "", "assignmentId` is set for all calls of this client, but blank"),
        (&QUERY, " \t\u{a0}\n", "but blank"),
    ] {
        let scoped = transport.scoped("assignmentId", value);
        let error = scoped.send_empty(Request::new(operation)).await.expect_err("refused");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0));
        assert!(error.to_string().contains(expected), "{error}");
        assert!(error.to_string().contains(operation.id), "{error}");
        assert_discreet(&error);
    }
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn options_of_a_transport_hold_where_the_call_sets_none_and_leave_the_original_alone() {
    let (url, mut requests) = record(EMPTY).await;
    let original = transport(&url).scoped("onBehalfOf", "a.roe");
    let named = original.with_options(CallOptions::new().request_id("first").repeat_unsafe(true));
    let renamed = named.with_options(CallOptions::new().request_id("second"));
    let own = || Request::new(&QUERY).options(CallOptions::new().request_id("own"));
    for (transport, request, id) in [
        (&original, Request::new(&QUERY), None),
        (&named, Request::new(&QUERY), Some("first")),
        (&named.unscoped(), Request::new(&QUERY).query("onBehalfOf", "a.roe"), Some("first")),
        (&renamed, Request::new(&QUERY), Some("second")),
        (&renamed, own(), Some("own")),
        (&renamed, Request::new(&QUERY).options(CallOptions::new()), Some("second")),
    ] {
        transport.send_empty(request).await.expect("sent");
        let received = requests.recv().await.expect("a request");
        assert_eq!(received.header("x-request-id"), id);
        assert_eq!(received.request_line(), "GET /api/users?onBehalfOf=a.roe HTTP/1.1");
    }
    let error = original.with_options(CallOptions::new().request_id(format!("{SENTINEL}\n")));
    let error = error.send_empty(Request::new(&QUERY)).await.expect_err("no id");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_discreet(&error);
}

#[tokio::test]
async fn options_are_set_one_by_one_and_the_nearest_counts() {
    let busy = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let quick = |attempts| {
        let none = Backoff::new(Duration::ZERO, 1.0, Duration::ZERO);
        CallOptions::new().retry(RetryPolicy::default().with_backoff(none).with_attempts(attempts))
    };
    let (url, _requests) = record(busy).await;
    // The original repeats nothing.
    let thrice = transport(url).with_options(quick(3)).with_options(CallOptions::new().repeat_unsafe(true));
    let own = Request::new(&POST_USER).options(quick(2));
    let cautious = Request::new(&POST_USER).options(CallOptions::new().repeat_unsafe(false));
    for (request, attempts) in [(Request::new(&GET_USERS), 3), (Request::new(&POST_USER), 3), (own, 2), (cautious, 1)] {
        let error = thrice.send_empty(request).await.expect_err("busy");
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Status, attempts));
    }
}
