//! Complete exports: joined names, parts of users that columns ask for, all columns, dates relative to now, standard output.

use std::collections::BTreeSet;

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::lms::MANAGER;
use crate::scripted::{Script, Scripted};
use crate::support::{Harness, bare, harness, text};

const LIST: [&str; 5] = ["genesys", "users", "list", "--state", "any"];

/// Standard output and standard error of a command that succeeds.
fn both(mut command: Command, arguments: &[&str]) -> (String, String) {
    let assert = command.args(arguments).assert().success();
    (text(&assert.get_output().stdout), text(&assert.get_output().stderr))
}

/// The requests of users by id: how many, and for how many ids.
fn by_id(harness: &Harness) -> (usize, usize) {
    let sent = harness.sandbox.request_log();
    let ids = sent.iter().map(|request| request.query.iter().filter(|(name, _)| name == "id").count());
    let counts: Vec<usize> = ids.filter(|count| *count > 0).collect();
    (counts.len(), counts.iter().sum())
}

#[test]
fn managers_are_joined_page_by_page_and_each_is_read_once() {
    let harness = harness(250);
    let users = harness.json(&[&LIST[..], &["--all"]].concat());
    let users = users.as_array().expect("a list");
    let name = |id: &Value| users.iter().find(|user| user["id"] == *id).map(|user| (&user["name"], &user["email"]));
    let managers: BTreeSet<&str> = users.iter().filter_map(|user| user["manager"]["id"].as_str()).collect();
    harness.sandbox.clear_request_log();
    let joined = harness.json(&[&LIST[..], &["--all", "--page-size", "50", "--join", "manager"]].concat());
    let joined = joined.as_array().expect("a list");
    assert_eq!(joined.len(), users.len());
    for user in joined.iter().filter(|user| user["manager"].is_object()) {
        let manager = &user["manager"];
        assert_eq!(Some((&manager["name"], &manager["email"])), name(&manager["id"]), "{user}");
    }
    let (requests, ids) = by_id(&harness);
    assert_eq!(ids, managers.len(), "each manager once");
    assert!((1..=5).contains(&requests), "one request for a page at most: {requests}");

    // A page of a hundred or fewer needs one request. Columns that name the manager join as well, and `-v` says so.
    for more in [&["--join", "manager"][..], &["--columns", "id,manager.name,manager.email"]] {
        harness.sandbox.clear_request_log();
        let (csv, told) = both(harness.command(), &[&LIST[..], &["--output", "csv", "-v"], more].concat());
        assert!(csv.lines().next().is_some_and(|header| header.ends_with("manager.name,manager.email")), "{csv}");
        assert!(csv.lines().filter(|line| line.ends_with("@example.com")).count() > 50, "{csv}");
        assert!(told.contains("for the names of managers: ") && by_id(&harness).0 == 1, "{told}");
    }
    // Nothing is read for other columns, or without a manager.
    harness.sandbox.clear_request_log();
    harness.run(&[&LIST[..], &["--columns", "id,manager.id"]].concat());
    harness.run(&[&LIST[..], &["--limit", "1", "--join", "manager"]].concat());
    assert_eq!(by_id(&harness).0, 0);
    harness.command().args(LIST).args(["--join", "division"]).assert().code(2);
}

#[test]
fn a_failed_join_is_an_error_and_a_manager_who_is_gone_is_named() {
    let user = json!({ "id": "u-1", "name": "Sample Person", "manager": { "id": "m-1" } });
    let page = (200, json!({ "entities": [user], "total": 1, "pageCount": 1 }));
    let run = |status, managers: Value| {
        let service = Scripted::new(Script::from([("GET /api/v2/users", vec![page.clone(), (status, managers)])]));
        let list = ["genesys", "users", "list", "--all", "--join", "manager", "--attempts", "1", "--output", "csv"];
        let assert = service.command(&list).assert();
        let output = assert.get_output();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (code, printed, told) = run(500, json!({ "message": "out of order" }));
    assert_eq!((code, printed.as_str()), (Some(1), ""), "{told}");
    assert!(told.contains("500"), "{told}");
    let (code, printed, told) = run(200, json!({ "entities": [], "total": 0 }));
    assert_eq!((code, printed.lines().count()), (Some(0), 2), "{told}");
    assert!(told.contains("managers who are not users any more, without name: m-1"), "{told}");
}

#[test]
fn parts_of_users_that_columns_name_are_asked_for() {
    let harness = harness(20);
    let columns = "id,presence.presenceDefinition.systemPresence,lastTokenIssued.dateIssued,skills.0.name";
    let named = [&LIST[..], &["--output", "csv", "--columns", columns]].concat();
    let (csv, told) = both(harness.command(), &[&named[..], &["-v"]].concat());
    assert!(told.contains("for --columns: --expand presence,lasttokenissued,skills"), "{told}");
    assert!(csv.lines().skip(1).all(|line| line.split(',').nth(1).is_some_and(|cell| !cell.is_empty())), "{csv}");
    let expanded = harness.run(&[&named[..], &["--expand", "presence,lasttokenissued,skills"]].concat());
    assert_eq!(csv, expanded);
    let sent = harness.sandbox.request_log();
    let asked = |name: &str| sent.iter().flat_map(|request| &request.query).any(|(_, value)| value == name);
    assert!(asked("lasttokenissued") && !asked("lastTokenIssued"), "as the service writes it");

    let id = harness.somebody();
    let one =
        harness.json(&["genesys", "users", "get", &id, "--columns", "presence.presenceDefinition.systemPresence"]);
    assert!(one["presence.presenceDefinition.systemPresence"].is_string(), "{one}");
    let search = ["genesys", "users", "search", "an", "--columns", "id,presence.presenceDefinition.systemPresence"];
    let found = harness.json(&search);
    assert!(found[0]["presence.presenceDefinition.systemPresence"].is_string(), "{found}");

    // Columns of a query's result are no columns of users.
    harness.sandbox.clear_request_log();
    harness.run(&[&LIST[..], &["--query", "[].{presence: name}", "--columns", "presence"]].concat());
    let sent = harness.sandbox.request_log();
    assert!(sent.iter().flat_map(|request| &request.query).all(|(name, _)| name != "expand"), "{sent:?}");
}

#[test]
fn default_columns_name_what_they_leave_out_and_all_has_every_field() {
    let harness = harness(20);
    for format in ["table", "csv"] {
        let (shown, told) = both(harness.command(), &[&LIST[..], &["--output", format]].concat());
        assert!(shown.to_lowercase().starts_with("id"), "{shown}");
        let told = told.lines().find(|line| line.contains("columns left out: ")).expect("a notice");
        for expected in ["department", "manager", "username", "--columns all"] {
            assert!(told.contains(expected), "{expected}: {told}");
        }
        assert!(!told.contains(" id,") && !told.contains("email") && !told.contains("presence"), "{told}");
    }
    // There is none where nothing is left out by default.
    for more in [&["--output", "jsonl"][..], &["--columns", "id"], &["--columns", "all"], &["--query", "[].{id: id}"]] {
        let (_, told) = both(harness.command(), &[&LIST[..], more].concat());
        assert!(!told.contains("left out") && !told.contains("no item has"), "{more:?}: {told}");
    }

    let header = |more: &[&str]| -> Vec<String> {
        let csv = harness.run(&[&LIST[..], &["--output", "csv"], more].concat());
        csv.lines().next().expect("a header").split(',').map(str::to_owned).collect()
    };
    let whole = harness.json(&[&LIST[..], &["--all"]].concat());
    let fields: BTreeSet<&String> =
        whole.as_array().expect("a list").iter().flat_map(|user| user.as_object().expect("a user").keys()).collect();
    let all = header(&["--columns", "all"]);
    assert!(fields.iter().all(|field| all.contains(field)), "{fields:?} {all:?}");
    assert!(!all.contains(&"presence".to_owned()), "what was not asked for has no empty column: {all:?}");
    assert!(header(&["--columns", "all", "--expand", "presence"]).contains(&"presence".to_owned()));
    let mixed = header(&["--columns", "name,all,manager.name"]);
    assert_eq!((mixed[0].as_str(), mixed[mixed.len() - 1].as_str()), ("name", "manager.name"));
    assert_eq!((mixed.len(), mixed.iter().filter(|name| *name == "name").count()), (all.len() + 1, 1));
    // JSON has the fields of each item, as without the option; a listing without documented fields has those of its rows.
    assert_eq!(harness.json(&[&LIST[..], &["--all", "--columns", "all"]].concat()), whole);
    let people = harness.run(&["lms", "export", "users", "--output", "csv", "--columns", "all"]);
    let header = people.lines().next().expect("a header");
    assert!(header.contains("organization") && header.contains("email"), "{header}");
    assert_eq!(people.lines().count(), harness.json(&["lms", "export", "users"]).as_array().map_or(0, Vec::len) + 1);
}

#[test]
fn dates_are_taken_relative_to_the_clock_of_the_sandbox() {
    // It shows 2025-01-01T00:00Z.
    let home = tempfile::tempdir().expect("a home");
    let run = |arguments: &[&str]| {
        let mut command = bare(&home);
        command.args(["--sandbox", "--sandbox-seed", "7", "--output", "jsonl"]);
        both(command, arguments).0
    };
    let team = ["lms", "records", "--team", "--on-behalf-of", MANAGER];
    let job = ["genesys", "jobs", "run", "details", "--interval"];
    let activities = ["genesys", "activities", "list", "--mine", "--all"];
    let of = |verb: &[&'static str], words: &'static str| -> String {
        run(&[verb, &words.split(' ').collect::<Vec<_>>()].concat())
    };
    // The same date-times, and others.
    for (verb, relative, absolute, other) in [
        (&["sessions", "completions"][..], "--from 30w --to 26w", "--from 2024-06-05 --to 2024-07-03", "--to now"),
        (&["sessions", "clusters"], "--from 52w --to 26w", "--from 2024-01-03 --to 2024-07-03", "--to now"),
        (&["lms", "export", "records"], "--from 52w --to 182d", "--from 2024-01-03 --to 2024-07-03", "--to now"),
        (&["lms", "export", "reports"], "--from 1d --to now", "--from 2024-12-31 --to 2025-01-01", "--to now"),
        (&team, "--since 17w", "--since 2024-09-04", "--since 2000-01-01"),
        (&job, "7d/yesterday", "2024-12-25/2024-12-31", "14d/7d"),
        (&activities, "--completed 26w/now", "--completed 2024-07-03/2025-01-01", "--completed 26w/25w"),
        (&activities, "--due 9w/yesterday", "--due 2024-10-30/2024-12-31", "--due 26w/now"),
    ] {
        let printed = of(verb, relative);
        assert_eq!(printed, of(verb, absolute), "{verb:?} {relative}");
        assert_ne!(printed, "", "{verb:?} {relative}");
        assert_ne!(printed, of(verb, other), "{verb:?} {relative}");
    }
    for (arguments, problem) in [
        (&["sessions", "completions", "--from", "tomorrow"][..], "a time ago, such as 7d"),
        (&["sessions", "completions", "--from", "40000d"], "maximum of 36525d"),
        (&["genesys", "jobs", "run", "details", "--interval", "now/7d"], "START must be before END"),
        (&["genesys", "activities", "list", "--mine", "--due", "7d"], "START/END"),
    ] {
        let refused = bare(&home).arg("--sandbox").args(arguments).assert().code(2);
        let message = text(&refused.get_output().stderr);
        assert!(message.contains(problem), "{arguments:?}: {message}");
    }
}

#[test]
fn exports_of_the_lms_go_to_standard_output_byte_for_byte() {
    let harness = harness(30);
    let export = |arguments: &[&str]| {
        let assert = harness.command().args(["lms", "export"]).args(arguments).assert().success();
        assert_eq!(text(&assert.get_output().stderr), "", "{arguments:?}");
        assert.get_output().stdout.clone()
    };
    let file = |name: &str| std::fs::read(harness.home.path().join(name)).expect("a file");

    let report = ["reports", "/reports/2024-12-31/modules.csv", "--out"];
    assert_eq!(export(&[&report[..], &["report"]].concat()), b"");
    assert_eq!(export(&[&report[..], &["-"]].concat()), file("report"));
    let certificates = ["certificates", "--on-behalf-of", MANAGER, "--out"];
    let saved = [&["lms", "export"], &certificates[..], &["folder"]].concat();
    let award = harness.json(&saved)[0]["award"].as_str().expect("an award").to_owned();
    let certificate = export(&[&certificates[..], &["-", "--award", &award]].concat());
    assert!(certificate.starts_with(b"%PDF"));
    let folder = harness.home.path().join("folder");
    let files = std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").path());
    assert!(files.into_iter().any(|path| std::fs::read(path).expect("a file") == certificate));
    export(&["users", "--out", "users.jsonl"]);
    assert_eq!(export(&["users", "--out", "-", "--output", "jsonl"]), file("users.jsonl"));
    assert!(!harness.home.path().join("-").exists());

    // An error is not mixed with data, and two certificates are not one file.
    let missing = harness.command().args(["lms", "export", "reports", "/nowhere", "--out", "-"]).assert().code(1);
    assert_eq!(text(&missing.get_output().stdout), "");
    for awards in [&[][..], &["--award", &award, "--award", "OTHER"]] {
        let refused =
            harness.command().args(["lms", "export"]).args(certificates).arg("-").args(awards).assert().code(2);
        assert!(text(&refused.get_output().stderr).contains("exactly one --award"));
    }
}
