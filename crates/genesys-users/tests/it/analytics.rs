//! Analytics jobs: from a query to a stream of results.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use genesys_users::AnalyticsError;
use genesys_users::job::{JobErrorKind, JobPolicy};
use genesys_users::paging::Position;
use genesys_users::types::{AsyncUserDetailsQuery, UserAsyncAggregationQuery, UserDetailsQuery};
use httpmock::{HttpMockRequest, HttpMockResponse, Mock, MockServer};
use serde_json::{Value, json};

/// The operations of a kind of job on a server.
struct Server<'a> {
    start: Mock<'a>,
    check: Mock<'a>,
    results: Mock<'a>,
    delete: Mock<'a>,
}

/// A job that goes through these states and has two pages of results.
fn jobs<'a>(server: &'a MockServer, kind: &str, states: &'static [&'static str]) -> Server<'a> {
    let path = format!("/api/v2/analytics/users/{kind}/jobs");
    let start = crate::support::respond(server, "POST", &path, |body| {
        assert_eq!(body["interval"], "2026-01-01T00:00:00Z/2026-02-01T00:00:00Z");
        (202, json!({ "jobId": "j-1" }))
    });
    let polls = Arc::new(AtomicUsize::new(0));
    let check = crate::support::respond(server, "GET", &format!("{path}/j-1"), move |_| {
        let poll = polls.fetch_add(1, Ordering::Relaxed);
        let state = states.get(poll).or(states.last()).copied().unwrap_or_default();
        (200, json!({ "state": state, "errorMessage": "too much" }))
    });
    let rows = if kind == "details" { "userDetails" } else { "results" };
    let results = server.mock(|when, then| {
        when.method("GET").path(format!("{path}/j-1/results"));
        then.respond_with(move |request: &HttpMockRequest| {
            let is_second = request.uri_str().contains("cursor=c-1");
            let row = if is_second { json!({ "userId": "u-2" }) } else { json!({ "userId": "u-1" }) };
            let cursor = if is_second { Value::Null } else { json!("c-1") };
            let body = json!({ rows: [row], "cursor": cursor }).to_string();
            HttpMockResponse::builder().status(200).header("content-type", "application/json").body(body).build()
        });
    });
    let delete = server.mock(|when, then| {
        when.method("DELETE").path(format!("{path}/j-1"));
        then.status(204);
    });
    Server { start, check, results, delete }
}

/// Asks again and again without letting much time pass.
fn at_once() -> JobPolicy {
    JobPolicy::default().with_first_wait(Duration::ZERO).with_longest_wait(Duration::ZERO)
}

fn details() -> AsyncUserDetailsQuery {
    AsyncUserDetailsQuery {
        interval: Some("2026-01-01T00:00:00Z/2026-02-01T00:00:00Z".to_owned()),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_details_query_becomes_a_stream_and_the_job_is_deleted_at_its_end() {
    let server = MockServer::start_async().await;
    let jobs = jobs(&server, "details", &["QUEUED", "SOMETHING_NEW", "FULFILLED"]);
    let client = crate::support::client(&server);
    let mut ids = Vec::new();
    let mut results = client.analytics().details(details()).policy(at_once());
    while let Some(detail) = results.next().await {
        ids.extend(detail.expect("a detail").user_id);
    }
    assert!(results.next().await.is_none());
    assert_eq!(ids, ["u-1", "u-2"]);
    let calls = (jobs.start.calls(), jobs.check.calls(), jobs.results.calls(), jobs.delete.calls());
    assert_eq!(calls, (1, 3, 2, 1));
}

#[tokio::test]
async fn an_aggregates_query_becomes_a_stream_and_the_job_is_deleted_at_its_end() {
    let server = MockServer::start_async().await;
    let jobs = jobs(&server, "aggregates", &["FULFILLED"]);
    let query = UserAsyncAggregationQuery {
        interval: details().interval,
        metrics: Some(vec!["tSystemPresence".into()]),
        ..Default::default()
    };
    let client = crate::support::client(&server);
    let mut results = client.analytics().aggregates(query);
    let mut count = 0;
    while let Some(row) = results.next().await {
        row.expect("a row");
        count += 1;
    }
    let calls = (jobs.start.calls(), jobs.check.calls(), jobs.results.calls(), jobs.delete.calls());
    assert_eq!((count, calls), (2, (1, 1, 2, 1)));
}

#[tokio::test]
async fn a_details_query_is_listed_with_the_default_page_size() {
    let server = MockServer::start_async().await;
    let query = crate::support::respond(&server, "POST", "/api/v2/analytics/users/details/query", |body| {
        assert_eq!(body["paging"]["pageSize"], 25);
        let page = body["paging"]["pageNumber"].as_i64().unwrap_or_default();
        let users = (1..3).filter(|number| *number == page).map(|number| json!({ "userId": format!("u-{number}") }));
        (200, json!({ "userDetails": users.collect::<Value>(), "totalHits": 2 }))
    });
    let body = UserDetailsQuery { interval: details().interval, ..Default::default() };
    let client = crate::support::client(&server);
    let mut users = client.api().post_analytics_users_details_query().body(body).items();
    let mut ids = Vec::new();
    while let Some(user) = users.next().await {
        ids.extend(user.expect("a user").user_id);
    }
    assert_eq!(ids, ["u-1", "u-2"]);
    assert!(query.calls() >= 2);
}

#[tokio::test]
async fn a_job_that_fails_is_cancelled_or_expires_ends_the_stream_with_its_state() {
    for states in [&["FAILED"], &["CANCELLED"], &["EXPIRED"]] as [&'static [&'static str]; 3] {
        let server = MockServer::start_async().await;
        let jobs = jobs(&server, "details", states);
        let client = crate::support::client(&server);
        let mut results = client.analytics().details(details());
        match results.next().await {
            Some(Err(AnalyticsError::Job(error))) => {
                assert_eq!(
                    (error.kind(), error.id(), error.state()),
                    (JobErrorKind::Failed, Some("j-1"), Some(states[0]))
                );
                assert_eq!(error.reason(), Some("too much"));
            }
            other => panic!("{other:?}"),
        }
        assert!(results.next().await.is_none());
        assert_eq!((jobs.results.calls(), jobs.delete.calls()), (0, 0));
    }
}

#[tokio::test]
async fn each_failed_step_has_its_own_error() {
    let server = MockServer::start_async().await;
    let client = crate::support::client(&server);
    let path = "/api/v2/analytics/users/details/jobs";
    let mut refused = crate::support::respond(&server, "POST", path, |_| (400, json!({ "message": "no interval" })));
    let mut results = client.analytics().details(details());
    assert!(matches!(results.next().await, Some(Err(AnalyticsError::Start(error))) if error.status().is_some()));
    refused.delete();

    let mut nameless = crate::support::respond(&server, "POST", path, |_| (202, json!({})));
    let mut results = client.analytics().details(details());
    assert!(
        matches!(results.next().await, Some(Err(AnalyticsError::Start(error))) if error.kind() == genesys_users::ErrorKind::Decode)
    );
    nameless.delete();

    let mut jobs = jobs(&server, "details", &["FULFILLED"]);
    jobs.delete.delete();
    crate::support::respond(&server, "DELETE", &format!("{path}/j-1"), |_| (403, json!({ "message": "not yours" })));
    let mut results = client.analytics().details(details());
    assert!(results.next().await.expect("a first").is_ok() && results.next().await.expect("a second").is_ok());
    assert!(matches!(results.next().await, Some(Err(AnalyticsError::Delete(_)))));
    assert!(results.next().await.is_none());
    jobs.results.delete();

    crate::support::respond(&server, "GET", &format!("{path}/j-1/results"), |_| {
        (403, json!({ "message": "not yours" }))
    });
    let mut results = client.analytics().details(details());
    assert!(matches!(results.next().await, Some(Err(AnalyticsError::Results(_)))));
    assert_eq!(results.job_id(), Some("j-1"));
}

#[tokio::test]
async fn interrupted_results_resume_in_the_same_job() {
    let server = MockServer::start_async().await;
    let jobs = jobs(&server, "details", &["FULFILLED"]);
    let client = crate::support::client(&server);
    let mut results = client.analytics().details(details());
    assert_eq!(results.job_id(), None);
    assert!(matches!(results.next().await, Some(Ok(first)) if first.user_id.as_deref() == Some("u-1")));
    // Somebody stops here, and goes on in another process.
    let id = results.job_id().expect("a job was started").to_owned();
    drop(results);
    let position = Position::Cursor("c-1".to_owned());
    let mut rest = client.analytics().details_jobs().resume(id).results().start_at(position, 0).items();
    assert!(matches!(rest.next().await, Some(Ok(second)) if second.user_id.as_deref() == Some("u-2")));
    assert_eq!((jobs.start.calls(), jobs.delete.calls()), (1, 0));
}

#[tokio::test]
async fn a_job_can_be_started_kept_and_resumed_by_its_id() {
    let server = MockServer::start_async().await;
    let jobs = jobs(&server, "details", &["FULFILLED"]);
    let client = crate::support::client(&server);
    let id = client.analytics().start_details(details()).await.expect("started");
    let job = client.analytics().details_jobs().resume(id);
    job.wait().await.expect("done");
    let first = job.results().items().next().await.expect("a result").expect("a result");
    assert_eq!((first.user_id.as_deref(), jobs.delete.calls()), (Some("u-1"), 0));
}

#[tokio::test]
async fn a_details_query_ends_at_its_first_empty_page_and_not_at_its_approximate_total() {
    let server = MockServer::start_async().await;
    let query = crate::support::respond(&server, "POST", "/api/v2/analytics/users/details/query", |body| {
        assert_eq!(body["paging"]["pageSize"], 2);
        let details = |ids: &[&str]| ids.iter().map(|id| json!({ "userId": id })).collect::<Vec<_>>();
        let page = match body["paging"]["pageNumber"].as_i64() {
            Some(1) => details(&["a", "b"]),
            Some(2) => details(&["c", "d"]),
            Some(3) => details(&["e"]),
            _ => return (200, json!({ "totalHits": 3 })),
        };
        (200, json!({ "userDetails": page, "totalHits": 3 }))
    });
    let body: UserDetailsQuery = serde_json::from_value(json!({
        "interval": "2026-01-01T00:00:00Z/2026-01-08T00:00:00Z",
        "paging": { "pageSize": 2, "pageNumber": 1 },
    }))
    .expect("a query");
    let client = crate::support::client(&server);
    let mut details = client.api().post_analytics_users_details_query().body(body).items();
    let mut ids = Vec::new();
    while let Some(user) = details.next().await {
        ids.extend(user.expect("details").user_id);
    }
    assert_eq!((ids, details.is_complete()), (["a", "b", "c", "d", "e"].map(str::to_owned).to_vec(), true));
    query.assert_calls(4);
}
