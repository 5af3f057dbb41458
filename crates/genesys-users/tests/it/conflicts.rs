//! Changes that meet others: what counts as a conflict, and what is sent again.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use genesys_users::types::{UpdateUser, User, UserRoutingSkillPostPatch};
use genesys_users::{Backoff, CallOptions, Client, ErrorKind, Patch, RetryPolicy};
use httpmock::{Mock, MockServer};
use serde_json::{Value, json};

use crate::support::impatient;

/// A user whom somebody else changes before each of the first patches.
fn busy_user(server: &MockServer, interruptions: i64) -> (httpmock::Mock<'_>, httpmock::Mock<'_>) {
    static_version(server, move |read| read.min(interruptions + 1))
}

/// A user whose version depends on how often it was read, and the patch that takes only the last one.
fn static_version(
    server: &MockServer,
    version: impl Fn(i64) -> i64 + Send + Sync + 'static,
) -> (httpmock::Mock<'_>, httpmock::Mock<'_>) {
    let reads = std::sync::Arc::new(AtomicI64::new(0));
    let last = version(i64::MAX);
    let read = crate::support::respond(server, "GET", "/api/v2/users/u-1", move |_| {
        let read = reads.fetch_add(1, Ordering::Relaxed) + 1;
        (200, json!({ "id": "u-1", "version": version(read), "title": format!("title {}", version(read)) }))
    });
    let patch = crate::support::respond(server, "PATCH", "/api/v2/users/u-1", move |body| {
        match body["version"] == json!(last) {
            true => (200, json!({ "id": "u-1", "version": last + 1, "title": body["title"] })),
            false => (409, json!({ "code": "conflict", "message": "changed meanwhile", "status": 409 })),
        }
    });
    (read, patch)
}

fn senior(user: &User) -> UpdateUser {
    let title = user.title.as_deref().unwrap_or_default();
    // A version of the caller's own does not count.
    UpdateUser { title: format!("senior {title}").into(), version: Patch::Value(-1), ..Default::default() }
}

#[tokio::test]
async fn a_version_conflict_is_retried_with_the_latest_version() {
    let server = MockServer::start_async().await;
    let (read, patch) = busy_user(&server, 2);
    let user =
        impatient(&crate::support::client(&server), 10).users().patch_latest("u-1", senior).await.expect("changed");
    assert_eq!(user.title.as_deref(), Some("senior title 3"));
    assert_eq!((read.calls(), patch.calls()), (3, 3));
}

#[tokio::test]
async fn patch_latest_returns_the_conflict_after_as_many_attempts_as_the_policy_says() {
    let server = MockServer::start_async().await;
    let (read, patch) = busy_user(&server, 100);
    let client = impatient(&crate::support::client(&server), 5);
    let error = client.users().patch_latest("u-1", senior).await.expect_err("a conflict");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(409));
    assert_eq!((read.calls(), patch.calls()), (5, 5));
}

/// Answers one request after the other with these responses, and all further ones with the last.
fn in_turn<'a>(server: &'a MockServer, method: &str, path: &str, responses: Vec<(u16, Value)>) -> Mock<'a> {
    let responses = Mutex::new(VecDeque::from(responses));
    crate::support::respond(server, method, path, move |_| {
        let mut responses = responses.lock().expect("no panic");
        if responses.len() > 1 { responses.pop_front() } else { responses.front().cloned() }.expect("a response")
    })
}

fn title(title: &str) -> UpdateUser {
    UpdateUser { title: title.to_owned().into(), ..Default::default() }
}

fn version(version: i64) -> (u16, Value) {
    (200, json!({ "id": "u-1", "version": version, "title": "Agent" }))
}

#[tokio::test]
async fn an_unchanged_version_is_a_collision_that_names_deleted_users_and_is_not_repeated() {
    for conflict in
        [(409, json!({ "message": "taken" })), (400, json!({ "message": "Version 1 does NOT MATCH the current one" }))]
    {
        let server = MockServer::start_async().await;
        let read = in_turn(&server, "GET", "/api/v2/users/u-1", vec![version(1)]);
        let patch = in_turn(&server, "PATCH", "/api/v2/users/u-1", vec![conflict.clone()]);
        let client = impatient(&crate::support::client(&server), 10);
        let error = client.users().patch_latest("u-1", senior).await.expect_err("a collision");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(conflict.0));
        assert_eq!((read.calls(), patch.calls()), (2, 1));
        assert!(error.is_rejection() && !error.may_have_taken_effect());
        let told = error.to_string();
        assert!(told.contains("a deleted user keeps the address: restore that user"), "{told}");
    }
}

#[tokio::test]
async fn a_400_is_a_conflict_if_its_message_is_about_a_version_that_is_another_one() {
    for (message, is_conflict) in [
        ("Version 1 does not match the current version 2", true),
        ("the VERSION is not CURRENT", true),
        ("Conflicting version", true),
        ("version must be a number", false),
        ("The title does not match the pattern", false),
        ("", false),
    ] {
        let server = MockServer::start_async().await;
        in_turn(&server, "GET", "/api/v2/users/u-1", vec![version(1), version(2)]);
        let refused = (400, json!({ "status": 400, "code": "bad.request", "message": message }));
        let patch = in_turn(&server, "PATCH", "/api/v2/users/u-1", vec![refused, version(3)]);
        let client = impatient(&crate::support::client(&server), 10);
        let changed = client.users().patch_latest("u-1", |_| title("Agent")).await;
        assert_eq!((changed.is_ok(), patch.calls()), (is_conflict, 1 + usize::from(is_conflict)), "{message}");
    }
}

#[tokio::test]
async fn a_408_to_a_patch_is_repeated_unless_reading_shows_that_it_was_applied() {
    let late = || (408, json!({ "message": "late" }));
    let shown = |title: &str, version: i64| (200, json!({ "id": "u-1", "version": version, "title": title }));
    for (reads, patches, sent) in [
        // Nothing happened, and the version is still good.
        (vec![version(1), version(1)], vec![late(), shown("Lead", 2)], 2),
        // Somebody else came between.
        (vec![version(1), version(2)], vec![late(), shown("Lead", 3)], 2),
        // It was applied.
        (vec![version(1), shown("Lead", 2)], vec![late()], 1),
    ] {
        let server = MockServer::start_async().await;
        in_turn(&server, "GET", "/api/v2/users/u-1", reads);
        let patch = in_turn(&server, "PATCH", "/api/v2/users/u-1", patches);
        let client = impatient(&crate::support::client(&server), 10);
        let user = client.users().patch_latest("u-1", |_| title("Lead")).await.expect("changed");
        assert_eq!((user.title.as_deref(), patch.calls()), (Some("Lead"), sent));
    }
}

#[tokio::test]
async fn a_failure_after_a_408_says_that_the_change_may_have_been_applied() {
    let server = MockServer::start_async().await;
    in_turn(&server, "GET", "/api/v2/users/u-1", vec![version(1), version(2)]);
    let refused = (403, json!({ "message": "no" }));
    in_turn(&server, "PATCH", "/api/v2/users/u-1", vec![(408, json!({})), refused]);
    let client = impatient(&crate::support::client(&server), 10);
    let error = client.users().patch_latest("u-1", |_| title("Lead")).await.expect_err("refused");
    assert!(error.status().is_some_and(|status| status == 403) && error.may_have_taken_effect());
}

#[tokio::test]
async fn a_conflict_is_repeated_after_the_wait_that_the_service_asks_for() {
    let server = MockServer::start_async().await;
    let read = in_turn(&server, "GET", "/api/v2/users/u-1", vec![version(1)]);
    server.mock(|when, then| {
        when.method("PATCH");
        then.status(409).header("retry-after", "120");
    });
    let (sender, mut waits) = tokio::sync::mpsc::unbounded_channel();
    let builder = Client::builder().base_url(server.base_url()).bearer("token").transport(|transport| {
        transport.on_retry(move |event| {
            let _ = sender.send((event.attempt(), event.delay()));
        })
    });
    let users = builder.build().expect("a client").users();
    tokio::select! {
        changed = users.patch_latest("u-1", senior) => panic!("given up: {:?}", changed.map(|user| user.id)),
        // Nobody waits for it here.
        wait = waits.recv() => assert_eq!(wait, Some((1, Duration::from_secs(120)))),
    }
    read.assert_calls(1);
}

#[tokio::test]
async fn calls_without_a_version_are_sent_again_after_a_conflict() {
    let skills = "/api/v2/users/u-1/routingskills";
    let skill =
        UserRoutingSkillPostPatch { id: "s-1".to_owned().into(), proficiency: 4.5.into(), ..Default::default() };
    for (conflict, is_repeated) in [
        ((409, json!({ "code": "general.conflict" })), true),
        ((400, json!({ "message": "version conflict" })), true),
        ((408, json!({})), true),
        ((400, json!({ "message": "no" })), false),
    ] {
        let server = MockServer::start_async().await;
        let entities = json!({ "entities": [{ "id": "s-1" }] });
        let calls = [
            ("DELETE", "/api/v2/users/u-1".to_owned(), json!({})),
            ("DELETE", format!("{skills}/s-1"), json!({})),
            ("PATCH", format!("{skills}/bulk"), entities.clone()),
            ("PUT", format!("{skills}/bulk"), entities),
            ("DELETE", "/api/v2/users/u-1/routinglanguages/l-1".to_owned(), json!({})),
            ("PUT", "/api/v2/users/u-1/station/associatedstation/s-1".to_owned(), json!({})),
            ("DELETE", "/api/v2/users/u-1/station/associatedstation".to_owned(), json!({})),
            ("PUT", "/api/v2/users/u-1/station/defaultstation/s-1".to_owned(), json!({})),
            ("DELETE", "/api/v2/users/u-1/station/defaultstation".to_owned(), json!({})),
        ];
        let mocks = calls.map(|(method, path, success)| {
            in_turn(&server, method, &path, vec![conflict.clone(), conflict.clone(), (200, success)])
        });
        let policy = RetryPolicy::default().with_conflict_step(Duration::ZERO).with_backoff(Backoff::new(
            Duration::ZERO,
            1.0,
            Duration::ZERO,
        ));
        let client = crate::support::client(&server).with_options(CallOptions::new().retry(policy));
        let (users, routing, stations) = (client.users(), client.routing("u-1"), client.stations("u-1"));
        let added = routing.add_skills([skill.clone()]).ordered().next().await.expect("an item");
        let done = [
            users.delete("u-1").await.is_ok(),
            routing.remove_skill("s-1").await.is_ok(),
            added.outcome.is_accepted(),
            routing.replace_skills([] as [genesys_users::types::UserRoutingSkillPost; 0]).await.is_ok(),
            routing.remove_language("l-1").await.is_ok(),
            stations.associate("s-1").await.is_ok(),
            stations.disassociate().await.is_ok(),
            stations.set_default("s-1").await.is_ok(),
            stations.clear_default().await.is_ok(),
        ];
        assert_eq!(done, [is_repeated; 9], "{conflict:?}");
        let sent = mocks.map(|mock| mock.calls());
        assert_eq!(sent, [if is_repeated { 3 } else { 1 }; 9], "{conflict:?}");
    }
}

#[tokio::test]
async fn a_deletion_answered_404_after_a_lost_response_counts_as_deleted() {
    for (responses, is_deleted) in [
        (vec![(503, json!({})), (404, json!({}))], true),
        (vec![(409, json!({})), (404, json!({}))], false),
        (vec![(404, json!({}))], false),
    ] {
        let server = MockServer::start_async().await;
        in_turn(&server, "DELETE", "/api/v2/users/u-1", responses);
        let deleted = hasty(&crate::support::client(&server)).users().delete("u-1").await;
        assert_eq!(deleted.is_ok(), is_deleted, "{deleted:?}");
    }
}

/// Has patches repeated at once, at the caller's own risk.
fn hasty(client: &Client) -> Client {
    let at_once = RetryPolicy::default()
        .with_backoff(Backoff::new(Duration::ZERO, 1.0, Duration::ZERO))
        .with_conflict_step(Duration::ZERO);
    client.with_options(CallOptions::new().retry(at_once).repeat_unsafe(true))
}

#[tokio::test]
async fn a_change_that_may_have_taken_effect_is_not_applied_again() {
    let server = MockServer::start_async().await;
    let version = Arc::new(AtomicI64::new(1));
    let current = Arc::clone(&version);
    let read = crate::support::respond(&server, "GET", "/api/v2/users/u-1", move |_| {
        (200, json!({ "version": current.load(Ordering::SeqCst), "title": "trainer" }))
    });
    // The first attempt is carried out, and its response is lost; the second one meets its result.
    let patch = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1", move |_| {
        match version.fetch_max(2, Ordering::SeqCst) {
            1 => (503, json!({ "message": "busy" })),
            _ => (409, json!({ "message": "changed meanwhile" })),
        }
    });
    let client = hasty(&crate::support::client(&server));
    let error = client.users().patch_latest("u-1", senior).await.expect_err("the outcome is unknown");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(409));
    assert!(error.may_have_taken_effect());
    assert_eq!((read.calls(), patch.calls()), (1, 2));
}

#[tokio::test]
async fn a_user_without_a_version_is_not_changed() {
    let server = MockServer::start_async().await;
    crate::support::respond(&server, "GET", "/api/v2/users/u-1", |_| (200, json!({ "id": "u-1" })));
    let patch = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1", |_| (200, Value::Null));
    let error = crate::support::client(&server).users().patch_latest("u-1", senior).await.expect_err("no version");
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("getUser")));
    patch.assert_calls(0);
}

/// The bodies of the patches that a server gets, one after the other. It refuses those from this number on.
fn patches(server: &MockServer, refused_from: usize) -> Arc<Mutex<Vec<Value>>> {
    let current = Arc::new(AtomicI64::new(1));
    let read = Arc::clone(&current);
    crate::support::respond(server, "GET", "/api/v2/users/u-1", move |_| {
        (200, json!({ "id": "u-1", "version": read.load(Ordering::SeqCst), "state": "inactive", "title": "Agent" }))
    });
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&bodies);
    crate::support::respond(server, "PATCH", "/api/v2/users/u-1", move |body| {
        let mut seen = seen.lock().expect("no panic");
        seen.push(body);
        // The service counts on by itself, too.
        let version = current.fetch_add(2, Ordering::SeqCst) + 1;
        match seen.len() < refused_from {
            true => (200, json!({ "id": "u-1", "version": version })),
            false => (403, json!({ "message": "no" })),
        }
    });
    bodies
}

#[tokio::test]
async fn a_state_goes_alone_first_if_it_activates_and_last_if_it_deactivates() {
    for (state, states) in [("active", [json!("active"), Value::Null]), ("inactive", [Value::Null, json!("inactive")])]
    {
        for is_latest in [true, false] {
            let server = MockServer::start_async().await;
            let bodies = patches(&server, usize::MAX);
            let users = crate::support::client(&server).users();
            let update = UpdateUser { state: Patch::Value(state.into()), version: 1.into(), ..title("Lead") };
            match is_latest {
                true => users.patch_latest("u-1", |_| update.clone()).await.expect("changed"),
                false => users.patch("u-1", update).await.expect("changed"),
            };
            let bodies = bodies.lock().expect("no panic");
            let sent: Vec<_> = bodies.iter().map(|body| body["state"].clone()).collect();
            assert_eq!(sent, states);
            let versions: Vec<_> = bodies.iter().map(|body| body["version"].clone()).collect();
            assert_eq!(versions, [1, 3], "each has a version that was read before it");
            let titles: Vec<_> = bodies.iter().map(|body| body.get("title").is_some()).collect();
            assert_eq!(titles, states.clone().map(|state| state.is_null()));
        }
    }
}

#[tokio::test]
async fn a_change_that_depends_on_the_state_is_the_same_for_both_requests() {
    let server = MockServer::start_async().await;
    let bodies = patches(&server, usize::MAX);
    let change = |user: &User| match user.state.as_ref().map(AsRef::as_ref) {
        Some("inactive") => UpdateUser { state: Patch::Value("active".into()), ..title("Back") },
        _ => UpdateUser::default(),
    };
    crate::support::client(&server).users().patch_latest("u-1", change).await.expect("changed");
    let bodies = bodies.lock().expect("no panic");
    assert_eq!(*bodies, [json!({ "state": "active", "version": 1 }), json!({ "title": "Back", "version": 3 })]);
}

#[tokio::test]
async fn a_failure_of_the_second_request_says_that_the_first_was_applied() {
    for (state, applied) in [("active", "the change of `state`"), ("deleted", "the change of the other fields")] {
        for (refused_from, is_applied) in [(1, false), (2, true)] {
            let server = MockServer::start_async().await;
            let bodies = patches(&server, refused_from);
            let users = crate::support::client(&server).users();
            let update = UpdateUser { state: Patch::Value(state.into()), version: 1.into(), ..title("Lead") };
            let latest = users.patch_latest("u-1", |_| update.clone()).await.expect_err("refused");
            assert_eq!(bodies.lock().expect("no panic").len(), refused_from);
            assert_eq!((latest.may_have_taken_effect(), latest.is_rejection()), (is_applied, !is_applied));
            assert_eq!(latest.to_string().contains(&format!("after {applied} was applied")), is_applied, "{latest}");
        }
    }
}

#[tokio::test]
async fn a_deleted_user_is_found_by_address_restored_with_its_version_and_changed_afterwards() {
    let (_sandbox, client) = crate::support::sandbox(3).await;
    let users = client.users();
    let new = genesys_users::types::CreateUser {
        name: Some("Ada Test".to_owned()),
        email: Some("ada.test@example.com".to_owned()),
        ..Default::default()
    };
    let id = users.create(new.clone()).await.expect("created").id.expect("an id");
    assert!(users.find_deleted_by_email("ada.test@example.com").await.expect("a search").is_none());
    let error = users.restore(id.as_str()).await.expect_err("not deleted");
    assert!(error.to_string().contains("no deleted user has this id"), "{error}");
    users.delete(id.as_str()).await.expect("deleted");
    let error = users.create(new).await.expect_err("taken");
    assert_eq!(error.status().map(|status| status.as_u16()), Some(409));
    assert!(error.to_string().contains("perhaps a deleted one"), "{error}");
    let found = users.find_deleted_by_email("Ada.Test@example.com").await.expect("a search").expect("a user");
    assert_eq!(found.id.as_ref(), Some(&id));
    let read = users.get_in_state(id.as_str(), "deleted").await.expect("a deleted user");
    assert_eq!(read.id.as_ref(), Some(&id));
    let restored = users.restore(id.as_str()).await.expect("restored");
    assert_eq!(restored.state.as_ref().map(AsRef::as_ref), Some("active"));
    users.patch_latest(id.as_str(), |_| title("Lead")).await.expect("changed");
    assert_eq!(users.get(id).await.expect("read").title.as_deref(), Some("Lead"));
}

#[tokio::test]
async fn the_read_before_a_change_looks_for_deleted_users_only_after_a_404() {
    for (is_deleted, reads) in [(false, vec![None]), (true, vec![None, Some("deleted")])] {
        let server = MockServer::start_async().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let states = Arc::clone(&seen);
        server.mock(|when, then| {
            when.method("GET").path("/api/v2/users/u-1");
            then.respond_with(move |request: &httpmock::HttpMockRequest| {
                let state = request.query_params().into_iter().find(|(name, _)| name == "state").map(|it| it.1);
                let is_found = state.is_some() == is_deleted;
                states.lock().expect("no panic").push(state);
                let (status, body) = if is_found { version(7) } else { (404, json!({ "message": "no" })) };
                httpmock::HttpMockResponse::builder()
                    .status(status)
                    .header("content-type", "application/json")
                    .body(body.to_string())
                    .build()
            });
        });
        let patch = crate::support::respond(&server, "PATCH", "/api/v2/users/u-1", |body| {
            assert_eq!(body["version"], 7);
            version(8)
        });
        crate::support::client(&server).users().patch_latest("u-1", |_| title("Lead")).await.expect("changed");
        patch.assert_calls(1);
        let seen = seen.lock().expect("no panic");
        assert_eq!(seen.iter().map(Option::as_deref).collect::<Vec<_>>(), reads);
    }
}

#[tokio::test]
async fn a_conflict_of_a_given_version_and_an_address_names_both_causes() {
    let server = MockServer::start_async().await;
    in_turn(&server, "PATCH", "/api/v2/users/u-1", vec![(409, json!({}))]);
    let users = crate::support::client(&server).users();
    let email = UpdateUser { email: "a@example.com".to_owned().into(), version: 1.into(), ..Default::default() };
    for (update, is_named) in [(email, true), (UpdateUser { version: 1.into(), ..title("Lead") }, false)] {
        let error = users.patch("u-1", update).await.expect_err("a conflict");
        assert_eq!(error.to_string().contains("perhaps a deleted one"), is_named, "{error}");
    }
}
