//! A job over HTTP, from its start to its deletion. What takes time is tested beside the code, in paused time.

use crate::support::*;
use httpmock::MockServer;
use rosterkit_core::job::{JobCalls, JobErrorKind, JobState};
use rosterkit_core::paging::{CursorPage, Pager};
use rosterkit_core::{Error, Operation, Request, Transport};
use serde_json::{Value, json};

static START: Operation = Operation { id: "postJobs", method: "POST", path: "/api/jobs", ..GET_USER };
static CHECK: Operation = Operation { id: "getJob", path: "/api/jobs/{jobId}", ..GET_USER };
static RESULTS: Operation = Operation { id: "getJobResults", path: "/api/jobs/{jobId}/results", ..GET_USER };
static DELETE: Operation = Operation { id: "deleteJob", method: "DELETE", path: "/api/jobs/{jobId}", ..GET_USER };

/// What a wrapper makes of the generated operations.
fn jobs(transport: &Transport) -> JobCalls<'_, Value, Value> {
    let check = move |id: String| async move {
        let response = transport.send_json::<Value>(Request::new(&CHECK).path("jobId", &id)).await?.into_inner();
        Ok(match response["state"].as_str().unwrap_or_default() {
            "FULFILLED" => JobState::Done(response),
            state @ ("FAILED" | "CANCELLED" | "EXPIRED") => {
                JobState::failed(state, response["errorMessage"].as_str().map(str::to_owned))
            }
            state => JobState::running(state),
        })
    };
    let results = move |id: String| {
        let fetch = move |cursor: Option<String>| {
            let request = Request::new(&RESULTS).path("jobId", &id);
            let request = if let Some(cursor) = cursor { request.query("cursor", &cursor) } else { request };
            async move { transport.send_json::<Value>(request).await }
        };
        Pager::by_cursor(fetch, |response| {
            let items = response.get()["userDetails"].as_array().cloned().unwrap_or_default();
            CursorPage::new(items).cursor(response.get()["cursor"].as_str().map(str::to_owned))
        })
    };
    let delete = move |id: String| async move {
        transport.send_empty(Request::new(&DELETE).path("jobId", &id)).await.map(|_| ())
    };
    JobCalls::new(check, results).with_delete(delete)
}

async fn start(transport: &Transport) -> Result<String, Error> {
    let response = transport.send_json::<Value>(Request::new(&START).json(&json!({ "interval": "P1D" }))).await?;
    Ok(response.get()["jobId"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_job_is_started_awaited_read_and_deleted() {
    let server = MockServer::start_async().await;
    let respond = async |method: &str, path: &str, cursor: Option<&str>, status: u16, body: Value| {
        let mock = server.mock_async(|when, then| {
            let when = when.method(method).path(path);
            match cursor {
                Some(cursor) => when.query_param("cursor", cursor),
                None => when.query_param_missing("cursor"),
            };
            then.status(status).json_body(body);
        });
        mock.await
    };
    let started = respond("POST", "/api/jobs", None, 202, json!({ "jobId": "job-7" })).await;
    respond("GET", "/api/jobs/job-7", None, 200, json!({ "state": "FULFILLED" })).await;
    let first = json!({ "userDetails": [1, 2], "cursor": "c-2" });
    respond("GET", "/api/jobs/job-7/results", None, 200, first).await;
    respond("GET", "/api/jobs/job-7/results", Some("c-2"), 200, json!({ "userDetails": [3] })).await;
    let deleted = respond("DELETE", "/api/jobs/job-7", None, 200, json!({})).await;

    let transport = transport(server.base_url());
    let job = jobs(&transport).start(start(&transport)).await.expect("started");
    assert_eq!(job.id(), "job-7");
    assert_eq!(job.wait().await.expect("done")["state"], "FULFILLED");
    let mut items = job.results().items();
    let mut read = Vec::new();
    while let Some(item) = items.next().await {
        read.push(item.expect("an item"));
    }
    assert_eq!(read, [1, 2, 3].map(Value::from));
    assert_eq!(deleted.calls_async().await, 0);
    job.cancel_and_delete().await.expect("deleted");
    assert_eq!((started.calls_async().await, deleted.calls_async().await), (1, 1));
    assert_eq!(job.wait().await.expect_err("cancelled").kind(), JobErrorKind::Cancelled);
}

#[tokio::test]
async fn a_failed_job_and_a_failed_question_differ() {
    let server = MockServer::start_async().await;
    let failed = server.mock_async(|when, then| {
        when.method("GET").path("/api/jobs/failed");
        then.status(200).json_body(json!({ "state": "FAILED", "errorMessage": SENTINEL }));
    });
    failed.await;
    let transport = transport(server.base_url());
    let jobs = jobs(&transport);

    let error = jobs.resume("failed").wait().await.expect_err("failed");
    assert_eq!((error.kind(), error.state(), error.reason()), (JobErrorKind::Failed, Some("FAILED"), Some(SENTINEL)));
    assert!(!format!("{error} {error:?}").contains(SENTINEL));

    let error = jobs.resume(SENTINEL).wait().await.expect_err("no such job");
    assert_eq!((error.kind(), error.id()), (JobErrorKind::Request, Some(SENTINEL)));
    assert!(!format!("{error} {error:?}").contains(SENTINEL));
    assert_discreet(error.error().expect("the error of the request"));
}
