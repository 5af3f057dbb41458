//! The daily verbs of the session service.

use std::fs;

use serde_json::{Value, json};

use crate::support::{harness, text};

#[test]
fn users_are_listed_by_page_and_all_of_them_on_request() {
    let harness = harness(250);
    let first =
        harness.command().args(["sessions", "users", "--page-size", "20", "--output", "csv"]).assert().success();
    assert_eq!(text(&first.get_output().stdout).lines().count(), 21);
    assert!(text(&first.get_output().stderr).contains("20 of 125; --all reads the rest"));
    let all = harness.json(&["sessions", "users", "--page-size", "20", "--all"]);
    assert_eq!(all.as_array().map(Vec::len), Some(125));
    insta::assert_snapshot!(harness.run(&["sessions", "users", "--limit", "3"]));
    harness.command().args(["sessions", "users", "--page-size", "201"]).assert().code(2);
}

#[test]
fn clusters_and_completions_have_windows() {
    let harness = harness(250);
    insta::assert_snapshot!(harness.run(&["sessions", "clusters", "--columns", "moduleName,moduleCategory,duration"]));
    let of_window = |more: &[&str]| harness.json(&[&["sessions", "completions"][..], more].concat());
    let june = of_window(&["--from", "2024-06-01", "--to", "2024-07-01T00:00:00+00:00"]);
    let is_in_june =
        |it: &Value| it["sessionScheduledStartAt"].as_str().is_some_and(|start| start.starts_with("2024-06-"));
    assert!(june.as_array().is_some_and(|june| !june.is_empty() && june.iter().all(is_in_june)));
    let pieces = of_window(&["--from", "2024-06-01", "--to", "2024-07-01", "--days", "3"]);
    let ids = |list: &Value| {
        let mut ids: Vec<String> = list.as_array().expect("a list").iter().map(|it| it["id"].to_string()).collect();
        ids.sort();
        ids
    };
    assert_eq!(ids(&pieces), ids(&june));
    assert_eq!(of_window(&["--limit", "2"]).as_array().map(Vec::len), Some(2));
    assert!(harness.json(&["sessions", "clusters", "--from", "2090-01-01"]).as_array().is_some_and(Vec::is_empty));
    let query =
        ["sessions", "completions", "--from", "2024-06-01", "--query", "[?attended] | length(@)", "--output", "json"];
    assert!(harness.run(&query).trim().parse::<u64>().is_ok());
    for wrong in [
        &["--from", "2024-07-01", "--to", "2024-06-01"][..],
        &["--from", "June"],
        &["--days", "3"],
        &["--from", "2024-06-01T00:00:00"],
    ] {
        harness.command().args(["sessions", "completions"]).args(wrong).assert().code(2);
    }
}

#[test]
fn users_are_written_in_batches_with_an_outcome_each() {
    let harness = harness(3);
    let people: String = (0..450).map(|it| format!("r-{it},Sample,Number {it},true\n")).collect();
    harness.file("people.csv", &format!("remoteId,firstName,lastName,active\n{people},,,true\nr-x,No,Truth,maybe\n"));
    let arguments = ["sessions", "upsert", "--from", "people.csv", "--failed", "failed.csv", "--output", "jsonl"];
    let before = harness.sandbox.requests().total();
    let dry = ["sessions", "upsert", "--from", "people.csv", "--dry-run", "--output", "jsonl"];
    let assert = harness.command().args(dry).assert().code(3);
    assert!(text(&assert.get_output().stderr).contains("450 valid, 2 invalid; nothing was sent"));
    assert_eq!(harness.sandbox.requests().total(), before);
    let assert = harness.command().args(arguments).assert().code(3);
    assert!(text(&assert.get_output().stderr).contains("450 accepted, 2 invalid"));
    assert_eq!(harness.sandbox.requests().total(), before + 3);
    let lines: Vec<u64> = text(&assert.get_output().stdout)
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["line"].as_u64().unwrap_or_default())
        .collect();
    assert_eq!(lines, (2..=453).collect::<Vec<_>>());
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, "remoteId,firstName,lastName,active\n,,,true\nr-x,No,Truth,maybe\n");
    let users = harness.json(&["sessions", "users", "--all"]);
    assert!(
        users.as_array().is_some_and(|it| it.iter().any(|user| user["remoteId"] == "r-449" && user["active"] == true))
    );
}

#[test]
fn users_are_deactivated_by_id_and_from_lines() {
    let harness = harness(30);
    let users = harness.json(&["sessions", "users", "--all"]);
    let of = |index: usize, name: &str| users[index][name].as_str().expect("an id").to_owned();
    let outcome = harness.json(&["sessions", "deactivate", &of(0, "remoteId"), "--id", &of(1, "id"), "--yes"]);
    assert_eq!((&outcome[0]["outcome"], &outcome[1]["outcome"]), (&json!("accepted"), &json!("accepted")));
    let input = format!("{}\n{{\"remote\":\"x\"}}\n", json!({ "remoteId": of(2, "remoteId") }));
    let mut command = harness.command();
    command.args(["sessions", "deactivate", "--from", "-", "--input-format", "jsonl", "--failed", "failed.jsonl"]);
    command.write_stdin(input).assert().code(3);
    assert_eq!(fs::read_to_string(harness.home.path().join("failed.jsonl")).expect("a file"), "{\"remote\":\"x\"}\n");
    let users = harness.json(&["sessions", "users", "--all"]);
    let active: Vec<bool> = (0..4).map(|index| users[index]["active"] == true).collect();
    assert_eq!(active, [false, false, false, true]);
    harness.command().args(["sessions", "deactivate", ""]).assert().code(2);
    harness.command().args(["sessions", "deactivate"]).assert().code(2);
}

#[test]
fn a_rejected_key_gives_code_4() {
    let harness = harness(3);
    harness.file("people.jsonl", "{\"remoteId\":\"r-1\"}\n");
    for arguments in [
        &["sessions", "users"][..],
        &["sessions", "clusters"],
        &["sessions", "completions"],
        &["sessions", "upsert", "--from", "people.jsonl"],
        &["sessions", "deactivate", "r-1"],
    ] {
        harness.command().args(["--api-key", "wrong"]).args(arguments).assert().code(4);
    }
    harness.command().args(["--token", "t", "sessions", "users"]).assert().code(2);
}
