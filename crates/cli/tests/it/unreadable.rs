//! `--skip-unreadable`: listings go on after items that cannot be read.

use assert_cmd::assert::Assert;
use serde_json::{Value, json};

use crate::scripted::{Script, Scripted};
use crate::support::text;

const SENTINEL: &str = "S3NTINEL";

/// Runs a listing that prints ids, and returns what it printed to standard output and standard error.
fn list(route: &'static str, pages: &[Value], arguments: &[&str]) -> (Assert, String, String) {
    let script = Script::from([(route, pages.iter().map(|page| (200, page.clone())).collect())]);
    let service = Scripted::new(script);
    // The LMS takes the token, the sessions the key.
    let mut command = service.command(&[]);
    if arguments.contains(&"sessions") {
        command = crate::support::bare(&service.home);
        command.args(["--base-url", &service.url, "--api-key", "k"]);
    }
    let assert = command.args(arguments).args(["--output", "csv"]).assert();
    let (printed, told) = (text(&assert.get_output().stdout), text(&assert.get_output().stderr));
    assert!(!printed.contains(SENTINEL) && !told.contains(SENTINEL), "{printed}{told}");
    (assert, printed, told)
}

fn page(items: &Value, next: Option<i64>) -> Value {
    json!({ "success": true, "data": { "items": items, "next": next, "total": 5 } })
}

#[test]
fn users_that_cannot_be_read_are_named_and_counted_and_the_listing_goes_on() {
    let bad = |id: &str| json!({ "id": id, "active": SENTINEL });
    let first = page(&json!([{ "id": "u-1" }, bad("u-2"), { "id": "u-3" }]), Some(1));
    let pages = [first, page(&json!([bad("u-4"), { "id": "u-5" }]), None)];
    let users = ["sessions", "users", "--columns", "id"];
    let run = |more: &[&str]| list("GET /users", &pages, &[&users[..], more].concat());

    let (assert, printed, told) = run(&["--all", "--skip-unreadable"]);
    assert.code(3);
    assert_eq!(printed, "id\nu-1\nu-3\nu-5\n");
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(
        lines,
        [
            "rosterkit: left out: item 1 with id `u-2`, in `active`: expected a boolean",
            "rosterkit: left out: item 0 with id `u-4`, in `active`: expected a boolean",
            "rosterkit: 2 items were left out, since they cannot be read",
        ]
    );
    // The first page only.
    let (assert, printed, told) = run(&["--skip-unreadable"]);
    assert.code(3);
    assert_eq!(printed, "id\nu-1\nu-3\n");
    assert!(told.contains("`u-2`") && told.contains("2 of 5; --all reads the rest"), "{told}");
    assert!(told.ends_with("rosterkit: 1 item was left out, since it cannot be read\n"), "{told}");
    // What cannot be read on a page that was requested counts, also behind the limit.
    let (assert, printed, _) = run(&["--limit", "1", "--skip-unreadable"]);
    assert_eq!((printed.as_str(), assert.get_output().status.code()), ("id\nu-1\n", Some(3)));
    // By default, it is an error that names the item.
    let (assert, _, told) = run(&["--all"]);
    assert.code(1);
    assert!(told.contains("of the item with id `u-2`"), "{told}");
}

#[test]
fn clusters_completions_and_people_that_cannot_be_read_are_left_out_when_asked() {
    let clusters = json!({ "success": true, "data": { "items": [{ "clusterId": "a" }, { "clusterId": [SENTINEL] }] } });
    let completions = json!([{ "id": "a" }, { "id": "b", "attended": SENTINEL }]);
    let people = json!({ "users": [{ "id": "a" }, { "id": "b.poe", "email": [SENTINEL] }] });
    for (route, response, command, id, told_id) in [
        ("GET /clusters", &clusters, &["sessions", "clusters"][..], "clusterId", "item 1"),
        ("GET /completions", &completions, &["sessions", "completions"], "id", "item 1 with id `b`"),
        ("GET /api/users", &people, &["lms", "people", "list"], "id", "item 1 with id `b.poe`"),
    ] {
        let command = [command, &["--columns", id]].concat();
        let skip = [&command[..], &["--skip-unreadable"]].concat();
        let (assert, printed, told) = list(route, std::slice::from_ref(response), &skip);
        assert_eq!((printed, assert.get_output().status.code()), (format!("{id}\na\n"), Some(3)), "{told}");
        assert!(told.contains(&format!("left out: {told_id}")), "{told}");
        assert!(told.ends_with("1 item was left out, since it cannot be read\n"), "{told}");
        let (assert, _, told) = list(route, std::slice::from_ref(response), &command);
        assert.code(1);
        assert!(!told.contains("left out"), "{told}");
    }
}

#[test]
fn a_listing_without_unreadable_items_succeeds_and_a_refusal_stays_one() {
    let users = page(&json!([{ "id": "u-1" }]), None);
    let refusal = json!({ "success": false, "error": { "code": "no", "message": "no" } });
    let people = json!({ "users": [{ "id": "a" }] });
    let of_lms = json!({ "error": "no" });
    for (route, good, bad, command) in [
        ("GET /users", &users, &refusal, &["sessions", "users", "--all"][..]),
        ("GET /api/users", &people, &of_lms, &["lms", "people", "list"]),
    ] {
        let command = [command, &["--skip-unreadable"]].concat();
        let (assert, _, told) = list(route, std::slice::from_ref(good), &command);
        assert_eq!((assert.get_output().status.code(), told.contains("left out")), (Some(0), false), "{told}");
        let (assert, printed, _) = list(route, std::slice::from_ref(bad), &command);
        assert_eq!(assert.get_output().status.code(), Some(1), "{printed}");
    }
}
