//! Genesys users as the service has them: conflicts, states, deleted users, listings with gaps.

use serde_json::{Value, json};

use crate::scripted::{Script, Scripted};
use crate::support::{IDS, harness, text};

const USER: &str = "GET /api/v2/users/U1";
const PATCH: &str = "PATCH /api/v2/users/U1";

#[test]
fn a_deletion_that_succeeds_without_a_body_is_a_success() {
    for response in [(204, Value::Null), (200, Value::Null), (200, json!({}))] {
        let service = Scripted::new(Script::from([("DELETE /api/v2/users/U1", vec![response])]));
        service.command(&["genesys", "users", "delete", "U1"]).assert().code(0);
        assert_eq!(service.routes(), ["DELETE /api/v2/users/U1"]);
    }
}

#[test]
fn a_stale_version_that_is_answered_400_is_read_again() {
    let stale =
        json!({ "status": 400, "code": "bad.request", "message": "Version 1 does not match the current version 2" });
    let version = |version: i64| (200, json!({ "id": "U1", "version": version }));
    let service =
        Scripted::new(Script::from([(USER, vec![version(1), version(2)]), (PATCH, vec![(400, stale), version(3)])]));
    service.command(&["genesys", "users", "update", "U1", "--set", "title=Agent"]).assert().code(0);
    assert_eq!(service.routes(), [USER, PATCH, USER, PATCH]);
    let requests = service.requests.lock().expect("no panic");
    assert_eq!(requests[3].1, json!({ "title": "Agent", "version": 2 }));
}

#[test]
fn an_update_of_state_and_other_fields_is_two_requests() {
    let version = |version: i64| (200, json!({ "id": "U1", "version": version }));
    let service =
        Scripted::new(Script::from([(USER, vec![version(1), version(4)]), (PATCH, vec![version(3), version(5)])]));
    let update = ["genesys", "users", "update", "U1", "--set", "state=inactive", "--set", "title=Agent"];
    service.command(&update).assert().code(0);
    let requests = service.requests.lock().expect("no panic");
    let bodies: Vec<_> = requests.iter().filter(|(route, _)| route == PATCH).map(|(_, body)| body.clone()).collect();
    assert_eq!(bodies, [json!({ "title": "Agent", "version": 1 }), json!({ "state": "inactive", "version": 4 })]);
}

#[test]
fn a_user_is_created_as_active_unless_told_otherwise() {
    for (state, expected) in [(None, "active"), (Some("state=inactive"), "inactive")] {
        let service = Scripted::new(Script::from([("POST /api/v2/users", vec![(200, json!({ "id": "U1" }))])]));
        let create = ["genesys", "users", "create", "--set", "name=Sample", "--set", "email=sample@example.com"];
        let state: Vec<_> = state.into_iter().flat_map(|state| ["--set", state]).collect();
        service.command(&create).args(state).assert().code(0);
        assert_eq!(service.requests.lock().expect("no panic")[0].1["state"], expected);
    }
    let service = Scripted::new(Script::from([("POST /api/v2/users", vec![(200, json!({ "id": "U1" }))])]));
    let file = service.home.path().join("users.csv");
    std::fs::write(&file, "name,email,state\nA,a@example.com,\nB,b@example.com,inactive\n").expect("written");
    let create = ["genesys", "users", "create", "--from", "users.csv", "--concurrency", "1"];
    service.command(&create).assert().code(0);
    let requests = service.requests.lock().expect("no panic");
    let states: Vec<_> = requests.iter().map(|(_, body)| body["state"].clone()).collect();
    assert_eq!(states, ["active", "inactive"]);
}

#[test]
fn a_deleted_user_is_named_when_its_address_is_taken_and_can_be_restored() {
    let harness = harness(3);
    let create = ["genesys", "users", "create", "--set", "name=Sample", "--set", "email=x@example.com"];
    let user = harness.json(&create);
    let id = user["id"].as_str().expect("an id").to_owned();
    for restore in [
        &["genesys", "users", "update", &id, "--set", "state=active"][..],
        &["genesys", "users", "restore", &id],
        &["genesys", "users", "restore", "--email", "x@example.com"],
    ] {
        harness.run(&["genesys", "users", "delete", &id]);
        let deleted = harness.json(&["genesys", "users", "get", &id, "--state", "deleted"]);
        assert_eq!(deleted["state"], "deleted");
        let assert = harness.command().args(create).assert().code(1);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains(&format!("the deleted user {id} has this e-mail address")), "{told}");
        assert!(told.contains(&format!("rosterkit genesys users restore {id}")), "{told}");
        let restored = harness.json(restore);
        assert_eq!((restored["id"].as_str(), restored["state"].as_str()), (Some(id.as_str()), Some("active")));
        assert_eq!(harness.json(&["genesys", "users", "get", &id])["state"], "active");
    }
    let told = harness.command().args(["genesys", "users", "restore", &id]).assert().code(1);
    let told = text(&told.get_output().stderr);
    assert!(told.contains("no deleted user has this id"), "{told}");
    let told = harness.command().args(["genesys", "users", "restore", "--email", "y@example.com"]).assert().code(1);
    let told = text(&told.get_output().stderr);
    assert!(told.contains("no deleted user has this e-mail address"), "{told}");
}

#[test]
fn a_queue_is_joined_by_any_success_whatever_the_response_shows() {
    const QUEUES: &str = "PATCH /api/v2/users/U1/queues";
    let earlier = json!({ "entities": [{ "id": IDS[0], "joined": false }] });
    let service = Scripted::new(Script::from([(QUEUES, vec![(200, earlier)])]));
    let join = ["genesys", "queues", "join", "U1", IDS[0], "--output", "jsonl"];
    let assert = service.command(&join).assert().code(0);
    let line: Value = serde_json::from_slice(&assert.get_output().stdout).expect("a line");
    assert_eq!(line["outcome"], "accepted");
    assert_eq!(service.routes(), [QUEUES]);
}

#[test]
fn a_listing_goes_on_behind_an_empty_page_and_says_if_less_came_than_was_promised() {
    let page = |ids: &[&str], number: i64, total: i64, next: bool| {
        let entities: Vec<_> = ids.iter().map(|id| json!({ "id": id })).collect();
        let next = next.then(|| format!("/api/v2/users?pageNumber={}", number + 1));
        (200, json!({ "entities": entities, "pageNumber": number, "pageCount": 3, "total": total, "nextUri": next }))
    };
    for (total, is_complete) in [(4, true), (5, false)] {
        let pages =
            vec![page(&["a", "b"], 1, total, true), page(&[], 2, total, true), page(&["d", "e"], 3, total, false)];
        let service = Scripted::new(Script::from([("GET /api/v2/users", pages)]));
        let list = ["genesys", "users", "list", "--all", "--output", "csv", "--columns", "id"];
        let assert = service.command(&list).assert().code(0);
        assert_eq!(text(&assert.get_output().stdout), "id\na\nb\nd\ne\n");
        let told = text(&assert.get_output().stderr);
        assert_eq!(told.is_empty(), is_complete, "{told}");
        assert_eq!(told.contains("the listing may not be complete"), !is_complete, "{told}");
    }
}
