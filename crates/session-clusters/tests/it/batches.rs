//! Upserts and deactivations: one outcome for each user, whatever the service answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream;
use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use rosterkit_sandbox::{Sandbox, UNTRUSTED};
use serde_json::{Value, json};
use session_clusters::Backoff;
use session_clusters::batch::{Outcome, Outcomes};
use session_clusters::mocks::on;
use session_clusters::types::{UserRef, UserTemplate};
use session_clusters::{CallOptions, Client, Error, ErrorKind, RetryPolicy};

use crate::support::{SENTINEL, TestResult, builder, client, refusal, template, user};

/// What became of an item, in a form that can be compared.
#[derive(Debug, PartialEq)]
enum Fate<T> {
    Accepted(T),
    Rejected(String),
    NotSent(ErrorKind),
    Unknown(ErrorKind),
}

async fn fates<'a, I: Send + 'a, T: 'a>(mut outcomes: Outcomes<'a, I, T>) -> Vec<Fate<T>> {
    let mut fates = Vec::new();
    while let Some(outcome) = outcomes.next().await {
        fates.push(match outcome.outcome {
            Outcome::Accepted(value) => Fate::Accepted(value),
            Outcome::Rejected(reason) => Fate::Rejected(reason),
            Outcome::NotSent(error) => Fate::NotSent(Error::kind(&error)),
            Outcome::Unknown(error) => Fate::Unknown(Error::kind(&error)),
            other => panic!("{other:?}: the client sends what it is given, and reads no warnings"),
        });
    }
    assert_eq!(outcomes.counts().total(), fates.len() as u64);
    fates
}

async fn responding(operation: &str, response: &Value) -> MockServer {
    let server = MockServer::start_async().await;
    server.mock(|when, then| {
        when.method("POST").path(if operation == "upsert" { "/users/batch" } else { "/users/deactivate" });
        then.status(200).json_body(response.clone());
    });
    server
}

async fn sandbox() -> TestResult<(Sandbox, Client)> {
    let sandbox = Sandbox::builder().users(40).start().await?;
    let client = Client::builder().base_url(sandbox.sessions_url()).api_key(sandbox.credentials().session_key);
    Ok((sandbox, client.build()?))
}

fn named(remote_id: String) -> UserTemplate {
    UserTemplate { first_name: Some("Ada".to_owned()), last_name: Some("L".to_owned()), ..template(&remote_id) }
}

#[tokio::test]
async fn any_number_of_users_is_sent_in_chunks_of_200() -> TestResult {
    let (sandbox, client) = sandbox().await?;
    let users = (0..450).map(|number| named(format!("person-{number}")));
    let found = fates(client.upsert_users(users).ordered()).await;
    for (number, fate) in found.iter().enumerate() {
        let Fate::Accepted(user) = fate else { return Err(format!("{number}: {fate:?}").into()) };
        assert_eq!(user.remote_id, Some(format!("person-{number}")));
    }
    assert_eq!((found.len(), sandbox.requests().sessions), (450, 3));
    let users = stream::iter((0..10).map(|number| UserRef::by_remote_id(format!("person-{number}"))));
    let found = fates(client.deactivate_user_stream(users).size(5).concurrency(1).unordered()).await;
    assert_eq!((found.len(), sandbox.requests().sessions), (10, 5));
    for (number, fate) in found.iter().enumerate() {
        let Fate::Accepted(done) = fate else { return Err(format!("{number}: {fate:?}").into()) };
        let user = done.user.as_ref().ok_or("the response names the user")?;
        assert_eq!((user.remote_id.clone(), user.active), (Some(format!("person-{number}")), Some(false)));
    }
    let users = ["person-11", "stranger"].map(UserRef::by_remote_id);
    let found = fates(client.deactivate_users(users).ordered()).await;
    assert!(matches!(&found[..], [Fate::Accepted(_), Fate::Rejected(reason)] if reason.contains("no such user")));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn users_that_the_service_refuses_are_rejected_with_its_reason() -> TestResult {
    let (sandbox, client) = sandbox().await?;
    let nameless = UserTemplate { remote_id: None, ..named(String::new()) };
    let users = stream::iter([named(format!("{UNTRUSTED}1")), named("person".to_owned()), nameless]);
    let found = fates(client.upsert_user_stream(users).ordered()).await;
    let [Fate::Rejected(untrusted), Fate::Accepted(_), Fate::Rejected(nameless)] = &found[..] else {
        return Err(format!("{found:?}").into());
    };
    assert_eq!(untrusted, "This user does not belong to a trusted domain");
    assert_eq!(nameless, "remoteId is missing");
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn users_with_the_same_id_take_effect_in_order() -> TestResult {
    let (sandbox, client) = sandbox().await?;
    let users = (0..6).map(|number| UserTemplate { last_name: Some(number.to_string()), ..named("person".to_owned()) });
    let found = fates(client.upsert_users(users).ordered()).await;
    for (number, fate) in found.iter().enumerate() {
        let Fate::Accepted(user) = fate else { return Err(format!("{number}: {fate:?}").into()) };
        assert_eq!(user.last_name, Some(number.to_string()), "its own response, and no other one's");
    }
    assert_eq!((found.len(), sandbox.requests().sessions), (6, 6));
    sandbox.stop().await;
    Ok(())
}

#[tokio::test]
async fn outcomes_are_matched_by_remote_id_id_or_name() -> TestResult {
    let response = json!({ "success": true, "data": {
        "success": [{ "id": "9", "remoteId": "a" }, { "id": "2", "remoteId": "x" }, { "remoteId": "stranger" }],
        "failed": [
            { "user": { "firstName": "Eve" }, "error": "no id" },
            { "user": { "remoteId": "both" } },
            { "error": "nobody" },
        ],
    } });
    let server = responding("upsert", &response).await;
    let by_id =
        UserTemplate { additional_properties: [("id".to_owned(), json!("2"))].into(), ..UserTemplate::default() };
    let by_name = UserTemplate { first_name: Some("Eve".to_owned()), ..UserTemplate::default() };
    let users = [by_name, template("lost"), by_id, template("both"), template("a")];
    let found = fates(client(&server)?.upsert_users(users).ordered()).await;
    let ids: Vec<Option<&str>> = found
        .iter()
        .map(|fate| match fate {
            Fate::Accepted(user) => user.id.as_deref(),
            Fate::Rejected(reason) => Some(reason.as_str()),
            Fate::NotSent(_) | Fate::Unknown(_) => None,
        })
        .collect();
    assert_eq!(ids, [Some("no id"), None, Some("2"), Some("the service gave no reason"), Some("9")]);
    assert_eq!(found[1], Fate::Unknown(ErrorKind::Decode), "the response does not mention it");
    Ok(())
}

#[tokio::test]
async fn success_false_rejects_all_users_of_the_request() -> TestResult {
    for (response, reason) in [(refusal(), SENTINEL), (json!({ "success": false }), "the service gave no reason")] {
        let server = responding("upsert", &response).await;
        let found = fates(client(&server)?.upsert_users([template("a"), template("b")]).ordered()).await;
        assert_eq!(found, [Fate::Rejected(reason.to_owned()), Fate::Rejected(reason.to_owned())]);
        let server = responding("deactivate", &response).await;
        let found = fates(client(&server)?.deactivate_users([UserRef::by_id("1")]).ordered()).await;
        assert_eq!(found.len(), 1);
        assert_eq!(found[0], Fate::Rejected(reason.to_owned()));
    }
    // Where the service names users nevertheless, that counts.
    let response = json!({ "success": false, "data": { "success": [{ "remoteId": "a" }] } });
    let server = responding("upsert", &response).await;
    let found = fates(client(&server)?.upsert_users([template("a"), template("b")]).ordered()).await;
    assert_eq!(found, [Fate::Accepted(user("a")), Fate::Unknown(ErrorKind::Decode)]);
    Ok(())
}

#[tokio::test]
async fn a_refusal_with_status_4xx_rejects_unless_an_earlier_attempt_may_have_taken_effect() -> TestResult {
    for (status, body, is_rejected) in [
        (400, refusal(), true),
        (422, refusal(), true),
        // The key is wrong, the service is busy, or something else answers: nothing is said about the users.
        (401, refusal(), false),
        (429, refusal(), false),
        (503, refusal(), false),
        (400, json!({ "message": SENTINEL }), false),
    ] {
        let server = MockServer::start_async().await;
        server.mock(|when, then| {
            when.method("POST");
            then.status(status).json_body(body);
        });
        let client = client(&server)?;
        let found = fates(client.upsert_users([template("a")]).ordered()).await;
        assert_eq!(matches!(&found[..], [Fate::Rejected(reason)] if reason == SENTINEL), is_rejected, "{status}");
        let found = fates(client.deactivate_users([UserRef::by_id("1")]).ordered()).await;
        assert_eq!(matches!(&found[..], [Fate::Rejected(reason)] if reason == SENTINEL), is_rejected, "{status}");
    }
    let server = MockServer::start_async().await;
    let attempts = AtomicUsize::new(0);
    let batch = server.mock(|when, then| {
        when.method("POST").path("/users/batch");
        then.respond_with(move |_: &HttpMockRequest| {
            let status = if attempts.fetch_add(1, Ordering::SeqCst) == 0 { 504 } else { 400 };
            let body = refusal().to_string();
            HttpMockResponse::builder().status(status).header("content-type", "application/json").body(body).build()
        });
    });
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    let hasty = client(&server)?.with_options(CallOptions::new().retry(quick).repeat_unsafe(true));
    let found = fates(hasty.upsert_users([template("a")]).ordered()).await;
    assert_eq!((found, batch.calls()), (vec![Fate::Unknown(ErrorKind::Status)], 2));
    Ok(())
}

/// A server that fails once with this status and then does what it is asked, and how often it was asked.
async fn failing_once(status: u16) -> (MockServer, Arc<AtomicUsize>) {
    let (server, calls) = (MockServer::start_async().await, Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&calls);
    server.mock(|when, then| {
        when.method("POST");
        then.respond_with(move |request: &HttpMockRequest| {
            let is_first = counted.fetch_add(1, Ordering::SeqCst) == 0;
            let sent: Value = serde_json::from_slice(request.body_ref()).unwrap_or_default();
            let body = json!({ "success": true, "data": { "success": sent["users"], "failed": [] } }).to_string();
            let status = if is_first { status } else { 200 };
            HttpMockResponse::builder().status(status).header("content-type", "application/json").body(body).build()
        });
    });
    (server, calls)
}

/// A client that repeats at once.
fn quick(server: &MockServer) -> TestResult<Client> {
    let policy = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    Ok(client(server)?.with_options(CallOptions::new().retry(policy)))
}

#[tokio::test]
async fn an_upsert_is_repeated_after_a_failure_only_if_every_user_has_a_remote_id() -> TestResult {
    let without = UserTemplate { remote_id: None, ..named(String::new()) };
    let with_id = UserTemplate { additional_properties: [("id".to_owned(), json!("9"))].into(), ..without.clone() };
    for (users, is_repeated) in [
        (vec![template("a")], true),
        (vec![template("a"), template("b")], true),
        (vec![template("a"), without.clone()], false),
        (vec![without], false),
        (vec![template("a"), template("")], false),
        (vec![template("  \t"), template("b")], false),
        (vec![with_id], false),
    ] {
        for status in [408, 500, 502, 503, 504] {
            let (server, calls) = failing_once(status).await;
            let found = fates(quick(&server)?.upsert_users(users.clone()).ordered()).await;
            let expected = if is_repeated { (users.len(), 2) } else { (0, 1) };
            let accepted = found.iter().filter(|fate| matches!(fate, Fate::Accepted(_))).count();
            assert_eq!((accepted, calls.load(Ordering::SeqCst)), expected, "{status}: {users:?}");
            assert!(is_repeated || found.iter().all(|fate| *fate == Fate::Unknown(ErrorKind::Status)), "{found:?}");
            // The call without a batch looks at its body, too.
            let (server, calls) = failing_once(status).await;
            let body = session_clusters::types::BatchUpsertUsersRequest { users: users.clone() };
            let sent = quick(&server)?.api().batch_upsert_users().body(body).send().await;
            let count = if is_repeated { 2 } else { 1 };
            assert_eq!((sent.is_ok(), calls.load(Ordering::SeqCst)), (is_repeated, count), "{status}: {users:?}");
        }
    }
    // A status that says the request was refused is final.
    let (server, calls) = failing_once(409).await;
    let found = fates(quick(&server)?.upsert_users([template("a")]).ordered()).await;
    assert_eq!((found.len(), calls.load(Ordering::SeqCst)), (1, 1));
    Ok(())
}

#[tokio::test]
async fn a_deactivation_is_always_repeated_after_a_failure() -> TestResult {
    for status in [408, 500, 502, 503, 504] {
        for users in [vec![UserRef::by_remote_id("a")], vec![UserRef::by_id("1"), UserRef::by_remote_id("b")]] {
            let (server, calls) = failing_once(status).await;
            let found = fates(quick(&server)?.deactivate_users(users.clone()).ordered()).await;
            assert!(found.iter().all(|fate| matches!(fate, Fate::Accepted(_))), "{status}: {found:?}");
            assert_eq!((found.len(), calls.load(Ordering::SeqCst)), (users.len(), 2));
        }
        let (server, calls) = failing_once(status).await;
        let custom = builder(&server).deactivate_body(|users| json!({ "users": users, "reason": "left" })).build()?;
        let policy = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
        let custom = custom.with_options(CallOptions::new().retry(policy));
        let found = fates(custom.deactivate_users([UserRef::by_remote_id("a")]).ordered()).await;
        assert!(matches!(&found[..], [Fate::Accepted(_)]), "{status}: {found:?}");
        assert_eq!(calls.load(Ordering::SeqCst), 2);
        let (server, calls) = failing_once(status).await;
        let body = session_clusters::types::BatchDeactivateUsersRequest { users: vec![UserRef::by_id("1")] };
        let sent = quick(&server)?.api().batch_deactivate_users().body(body).send().await;
        assert_eq!((sent.is_ok(), calls.load(Ordering::SeqCst)), (true, 2));
    }
    Ok(())
}

#[tokio::test]
async fn users_of_a_failed_request_are_unknown() -> TestResult {
    let server = MockServer::start_async().await;
    on(&server).batch_upsert_users(|when, then| {
        when.body(&session_clusters::types::BatchUpsertUsersRequest { users: vec![template("b")] });
        then.and(|then| then.status(503));
    });
    on(&server).batch_upsert_users(|_, then| {
        then.and(|then| {
            then.status(200).json_body(json!({ "success": true, "data": { "success": [{ "remoteId": "a" }] } }))
        });
    });
    let found = fates(client(&server)?.upsert_users([template("a"), template("b")]).size(1).ordered()).await;
    assert_eq!(found, [Fate::Accepted(user("a")), Fate::Unknown(ErrorKind::Status)]);
    let server = responding("upsert", &json!({ "success": true, "data": null })).await;
    let found = fates(client(&server)?.upsert_users([template("a")]).ordered()).await;
    assert_eq!(found, [Fate::Unknown(ErrorKind::Decode)]);
    Ok(())
}

#[tokio::test]
async fn a_batch_of_more_than_200_is_not_sent() -> TestResult {
    let client = Client::builder().api_key("key").build()?;
    let users = (0..201).map(|number| template(&number.to_string()));
    let found = fates(client.upsert_users(users).size(201).ordered()).await;
    assert!(found.iter().all(|fate| *fate == Fate::NotSent(ErrorKind::InvalidRequest)) && found.len() == 201);
    let users = (0..201).map(|number| UserRef::by_id(number.to_string()));
    let found = fates(client.deactivate_users(users).size(201).ordered()).await;
    assert!(found.iter().all(|fate| *fate == Fate::NotSent(ErrorKind::InvalidRequest)) && found.len() == 201);
    Ok(())
}

#[tokio::test]
async fn a_response_to_a_deactivation_gives_the_outcomes_that_it_states() -> TestResult {
    let users = || [UserRef::by_remote_id("a"), UserRef::by_id("2")];
    for (response, expected) in [
        (json!({ "success": true }), ["accepted", "accepted"]),
        (json!({ "success": true, "data": { "success": [], "failed": [] } }), ["accepted", "accepted"]),
        (json!({ "success": true, "data": { "success": [{ "remoteId": "a" }] } }), ["named", "Decode"]),
        (
            json!({ "success": true, "data": { "failed": [{ "user": { "id": "2" }, "error": "gone" }], "success": [{ "remoteId": "a" }] } }),
            ["named", "gone"],
        ),
        (json!({ "success": true, "data": { "failed": ["a"] } }), ["Decode", "Decode"]),
        (json!({}), ["Decode", "Decode"]),
        (json!("done"), ["Decode", "Decode"]),
    ] {
        let server = responding("deactivate", &response).await;
        let found = fates(client(&server)?.deactivate_users(users()).ordered()).await;
        let found: Vec<String> = found
            .into_iter()
            .map(|fate| match fate {
                Fate::Accepted(value) => if value.user.is_some() { "named" } else { "accepted" }.to_owned(),
                Fate::Rejected(reason) => reason,
                Fate::NotSent(kind) | Fate::Unknown(kind) => format!("{kind:?}"),
            })
            .collect();
        assert_eq!(found, expected, "{response}");
    }
    let server = MockServer::start_async().await;
    on(&server).batch_deactivate_users(|_, then| {
        then.and(|then| then.status(204));
    });
    let found = fates(client(&server)?.deactivate_users(users()).ordered()).await;
    assert_eq!(found, [Fate::Accepted(Default::default()), Fate::Accepted(Default::default())]);
    Ok(())
}

#[tokio::test]
async fn inferred_details_can_be_corrected_on_the_builder() -> TestResult {
    let server = MockServer::start_async().await;
    let corrected = server.mock(|when, then| {
        when.method("PUT").path("/v2/people/off").header("x-org-key", "key").json_body(json!({ "ids": ["a", "b"] }));
        then.status(200).json_body(json!({ "success": true }));
    });
    let client = builder(&server)
        .api_key_header("x-org-key")
        .transport(|transport| {
            transport
                .override_path("batchDeactivateUsers", "/v2/people/off")
                .override_method("batchDeactivateUsers", "PUT")
        })
        .deactivate_body(|users| json!({ "ids": users.iter().map(|user| &user.remote_id).collect::<Vec<_>>() }));
    let client = client.build()?;
    let users = [UserRef::by_remote_id("a"), UserRef::by_remote_id("b")];
    let found = fates(client.deactivate_users(users).ordered()).await;
    assert!(found.iter().all(|fate| matches!(fate, Fate::Accepted(_))), "{found:?}");
    assert_eq!((found.len(), corrected.calls()), (2, 1));
    Ok(())
}

#[tokio::test]
async fn a_batch_sends_what_the_generated_call_sends() -> TestResult {
    let server = MockServer::start_async().await;
    let body = session_clusters::types::BatchDeactivateUsersRequest { users: vec![UserRef::by_id("1")] };
    let mock = on(&server).batch_deactivate_users(|when, then| {
        when.body(&body).and(|when| when.header("accept", "application/json").header("x-api-key", "key"));
        then.and(|then| then.status(200).json_body(json!({ "success": true })));
    });
    let client = client(&server)?;
    client.api().batch_deactivate_users().body(body.clone()).send().await?;
    let found = fates(client.deactivate_users(body.users.clone()).ordered()).await;
    assert!(matches!(found[..], [Fate::Accepted(_)]));
    assert_eq!(mock.calls(), 2);
    Ok(())
}

#[tokio::test]
async fn nothing_personal_is_printed() -> TestResult {
    let server = responding("upsert", &refusal()).await;
    let client = builder(&server).deactivate_body(|_| json!(SENTINEL)).api_key(SENTINEL).api_key_header(SENTINEL);
    let mut shown = format!("{client:?}");
    let client = client.build()?;
    let mut outcomes = client.upsert_users([template(SENTINEL)]).ordered();
    let outcome = outcomes.next().await.ok_or("no outcome")?;
    shown += &format!("{client:?} {outcome:?} {:?} {outcomes:?}", client.users());
    assert!(!shown.contains(SENTINEL), "{shown}");
    Ok(())
}

#[tokio::test]
async fn a_batch_uses_the_options_of_its_client() -> TestResult {
    let server = MockServer::start_async().await;
    let named = server.mock(|when, then| {
        when.method("POST").path("/users/batch").header("x-request-id", "nightly-sync");
        then.status(503);
    });
    let quick = RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO));
    let options = CallOptions::new().request_id("nightly-sync").retry(quick.with_attempts(3)).repeat_unsafe(true);
    let client = client(&server)?.with_options(options);
    let outcomes = fates(client.upsert_users([template("r-1")]).ordered()).await;
    assert_eq!(outcomes.len(), 1);
    assert!(matches!(outcomes[0], Fate::Unknown(ErrorKind::Status)));
    assert_eq!(named.calls(), 3);
    Ok(())
}
