//! Faults on request, and what a client makes of them.

use std::time::Duration;

use genesys_users::types::ErrorBody;
use genesys_users::{Client, ErrorKind, RateLimit, RetryPolicy};
use rosterkit_sandbox::{Fault, FaultKind, Sandbox, StartError};
use serde_json::{Value, json};

use crate::support::{As, Services, TestResult, http};

/// A client that repeats nothing.
fn without_retries(sandbox: &Sandbox) -> TestResult<Client> {
    let builder = Client::builder().base_url(sandbox.genesys_url()).bearer(sandbox.credentials().genesys_token);
    Ok(builder.rate_limit(RateLimit::unlimited()).transport(|it| it.retry(RetryPolicy::none())).build()?)
}

async fn sandbox(faults: &[&str]) -> TestResult<Sandbox> {
    let mut builder = Sandbox::builder().users(30);
    for fault in faults {
        builder = builder.fault(fault.parse()?);
    }
    Ok(builder.start().await?)
}

/// Status of one call, 0 if there was no complete response.
async fn status(client: &Client) -> u16 {
    match client.api().get_users().send().await {
        Ok(response) => response.status().as_u16(),
        Err(error) => error.status().map_or(0, |status| status.as_u16()),
    }
}

#[tokio::test]
async fn a_rate_limit_applies_to_the_next_calls_of_one_operation() -> TestResult {
    let sandbox = sandbox(&["getUsers:status=429,retry-after=7,times=2"]).await?;
    let client = without_retries(&sandbox)?;
    client.api().get_users_me().send().await?;
    let error = client.api().get_users().send().await.err().ok_or("no fault")?;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    let body = error.service_error::<ErrorBody>().ok_or("no error body")?;
    assert_eq!((body.status, body.code.as_deref()), (Some(429), Some("too.many.requests")));
    assert_eq!((status(&client).await, status(&client).await), (429, 200));
    Ok(())
}

#[tokio::test]
async fn a_client_that_retries_succeeds() -> TestResult {
    let sandbox =
        sandbox(&["getUsers:status=503,times=1", "getUsers:drop,times=1", "getUsers:status=429,retry-after=0,times=1"])
            .await?;
    let builder = Client::builder().base_url(sandbox.genesys_url()).bearer(sandbox.credentials().genesys_token);
    let client = builder.rate_limit(RateLimit::unlimited()).build()?;
    assert_eq!(client.api().get_users().send().await?.get().entities.as_ref().map(Vec::len), Some(25));
    assert_eq!(sandbox.requests().genesys, 4);
    Ok(())
}

#[tokio::test]
async fn damaged_bodies_are_decoding_errors() -> TestResult {
    for (fault, kind) in
        [("*:drop", ErrorKind::Transport), ("*:truncate", ErrorKind::Decode), ("*:garbage", ErrorKind::Decode)]
    {
        let sandbox = sandbox(&[fault]).await?;
        let error = without_retries(&sandbox)?.api().get_users().send().await.err().ok_or("no fault")?;
        assert_eq!(error.kind(), kind, "{fault}");
    }
    Ok(())
}

#[tokio::test]
async fn a_truncated_body_has_its_announced_length() -> TestResult {
    let sandbox = sandbox(&["session-clusters/*:truncate"]).await?;
    let request = http()?.get(format!("{}/users", sandbox.sessions_url()));
    let response = request.header("x-api-key", sandbox.credentials().session_key).send().await?;
    assert_eq!(response.status().as_u16(), 200);
    let body = response.text().await?;
    assert!(body.starts_with('{') && serde_json::from_str::<Value>(&body).is_err());
    Ok(())
}

#[tokio::test]
async fn a_dropped_response_begins_and_breaks() -> TestResult {
    let sandbox = sandbox(&["session-clusters/*:drop"]).await?;
    let request = http()?.get(format!("{}/users", sandbox.sessions_url()));
    let mut response = request.header("x-api-key", sandbox.credentials().session_key).send().await?;
    assert_eq!(response.status().as_u16(), 200);
    let first = response.chunk().await?.ok_or("nothing came")?;
    assert!(first.starts_with(b"{"));
    let promised = response.headers().get("content-length").ok_or("no length")?.to_str()?.parse::<usize>()?;
    assert!(first.len() < promised);
    assert!(response.chunk().await.is_err());
    Ok(())
}

#[tokio::test]
async fn an_operation_with_a_dropped_response_has_run() -> TestResult {
    let sandbox = sandbox(&["deleteUser:drop,times=1"]).await?;
    let client = without_retries(&sandbox)?;
    let user = client.api().get_users().send().await?.into_inner().entities.unwrap_or_default();
    let id = user[0].id.clone().ok_or("no id")?;
    assert!(client.api().delete_user().user_id(&id).send().await.is_err());
    let error = client.api().get_user().user_id(&id).send().await.err().ok_or("the user is still there")?;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    Ok(())
}

#[tokio::test]
async fn an_expired_token_is_renewed() -> TestResult {
    let sandbox = sandbox(&["getUsers:expired-token,times=1"]).await?;
    let known = sandbox.credentials();
    let builder = Client::builder().gateway(sandbox.base_url(), "/genesys", "/login");
    let client = builder.client_credentials(known.genesys_client_id, known.genesys_client_secret).build()?;
    assert_eq!(status(&client).await, 200);
    let operations: Vec<_> = sandbox.request_log().iter().filter_map(|request| request.operation).collect();
    assert_eq!(operations, ["oauthToken", "getUsers", "oauthToken", "getUsers"]);
    Ok(())
}

#[tokio::test]
async fn a_delay_affects_one_request_only() -> TestResult {
    let sandbox = sandbox(&["getUsers:delay=1h,times=1"]).await?;
    let client = without_retries(&sandbox)?;
    let slow = tokio::spawn({
        let client = client.clone();
        async move { status(&client).await }
    });
    // The log is written with the response, so the request count of the fault tells that the delay has begun.
    let faults = format!("{}/faults", sandbox.control_url());
    loop {
        let response: Value = http()?.get(&faults).send().await?.json().await?;
        if response["faults"][0]["struck"] == 1 {
            break;
        }
    }
    assert_eq!(status(&client).await, 200);
    assert!(!slow.is_finished());
    slow.abort();
    Ok(())
}

#[tokio::test]
async fn probability_selects_the_same_requests_in_every_run() -> TestResult {
    let run = async || -> TestResult<Vec<u16>> {
        let sandbox = sandbox(&["*:status=500,probability=0.3"]).await?;
        let client = without_retries(&sandbox)?;
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(status(&client).await);
        }
        Ok(statuses)
    };
    let first = run().await?;
    assert_eq!(first, run().await?);
    assert!(first.contains(&200) && first.contains(&500));
    Ok(())
}

#[tokio::test]
async fn faults_are_added_and_removed_while_the_sandbox_runs() -> TestResult {
    let sandbox = sandbox(&[]).await?;
    let client = without_retries(&sandbox)?;
    sandbox.add_fault(Fault::new(FaultKind::Status { status: 502, retry_after: None }).service("genesys-users"))?;
    assert_eq!(status(&client).await, 502);
    sandbox.clear_faults();
    assert_eq!(status(&client).await, 200);
    assert!(sandbox.add_fault(Fault::new(FaultKind::Drop).operation("getusers")).is_err());
    let refused = Sandbox::builder().fault(Fault::new(FaultKind::Drop).probability(-0.5)).start().await;
    assert!(matches!(refused, Err(StartError::Fault(_))), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn requests_beyond_the_limit_per_minute_are_rejected() -> TestResult {
    let sandbox = Sandbox::builder().users(3).rate_limit(2).start().await?;
    let client = without_retries(&sandbox)?;
    let first = client.api().get_users().send().await?;
    assert_eq!(first.headers().get("inin-ratelimit-count").and_then(|value| value.to_str().ok()), Some("1"));
    assert_eq!(status(&client).await, 200);
    let error = client.api().get_users().send().await.err().ok_or("no limit")?;
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert!(error.retry_after().is_some_and(|after| (1..=60).contains(&after.as_secs())));
    sandbox.advance(Duration::from_secs(60));
    assert_eq!(status(&client).await, 200);
    Ok(())
}

#[tokio::test]
async fn parts_of_users_are_left_out_although_they_are_asked_for() -> TestResult {
    let services = Services::of(sandbox(&[]).await?)?;
    let users = "/genesys/api/v2/users";
    let (_, me) = services.json(As::Genesys, "GET", &format!("{users}/me")).await?;
    let id = me["id"].as_str().ok_or("no id")?;
    let change = json!({ "version": me["version"], "certifications": ["First Aid"] }).to_string();
    assert_eq!(services.post(As::Genesys, "PATCH", &format!("{users}/{id}"), &change).await?.0, 200);
    let expand = "expand=skills&expand=certifications&expand=groups";
    let query = json!([{ "type": "EXACT", "fields": ["id"], "value": id }]);
    let search = json!({ "query": query, "expand": ["skills", "certifications", "groups"] }).to_string();
    // The operations, where their response has the user, and their requests.
    let calls = [
        ("getUser", "", "GET", format!("{users}/{id}?{expand}"), ""),
        ("getUsersMe", "", "GET", format!("{users}/me?{expand}"), ""),
        ("getUsers", "/entities/0", "GET", format!("{users}?id={id}&{expand}"), ""),
        ("getUsersQuery", "/entities/0", "GET", format!("{users}/query?{expand}"), ""),
        ("postUsersSearch", "/results/0", "POST", format!("{users}/search"), &*search),
    ];
    for (operation, place, method, path, body) in calls {
        let read = async || -> TestResult<Value> {
            let (status, response) = services.post(As::Genesys, method, &path, body).await?;
            assert_eq!(status, 200, "{operation}: {response}");
            Ok(response.pointer(place).cloned().ok_or("no user")?)
        };
        let complete = read().await?;
        for part in ["skills", "certifications"] {
            services.sandbox.add_fault(format!("{operation}:without={part},times=1").parse()?)?;
        }
        let mut expected = complete.clone();
        for part in ["skills", "certifications"] {
            let held = expected.as_object_mut().and_then(|user| user.remove(part));
            assert!(
                held.is_some_and(|held| held.as_array().is_some_and(|held| !held.is_empty())),
                "{operation}: {part}"
            );
        }
        assert_eq!(read().await?, expected, "{operation}");
        let logged = services.sandbox.request_log().pop().ok_or("no log")?;
        assert_eq!(logged.fault.as_deref(), Some("without=skills, without=certifications"), "{operation}");
        assert_eq!(read().await?, complete, "{operation}");
    }
    services.sandbox.add_fault("getUser:without=authorization.unusedRoles,times=1".parse()?)?;
    let both = format!("{users}/{id}?expand=authorization&expand=authorization.unusedRoles");
    let mut roles = Vec::new();
    for _ in 0..2 {
        let (_, user) = services.json(As::Genesys, "GET", &both).await?;
        roles.push((user["authorization"]["roles"].is_array(), user["authorization"]["unusedRoles"].is_array()));
    }
    assert_eq!(roles, [(true, false), (true, true)], "a part within a part");
    services.sandbox.add_fault("*:without=skills".parse()?)?;
    let (_, skills) = services.json(As::Genesys, "GET", &format!("{users}/{id}/routingskills")).await?;
    assert!(skills["total"].as_u64() > Some(0), "their own operation has them");
    Ok(())
}
