//! Bulk commands with items from a file.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{bare, harness, program, text};

const PEOPLE: &str = "name,email,title\n\
    Sample Person,sample@example.com,Agent\n\
    No Address,,Agent\n\
    \"Roe, A.\",a.roe@example.com,=1+1\n\
    Sample Twin,sample@example.com,Agent\n";

fn outcomes(stdout: &[u8]) -> Vec<(u64, String)> {
    let rows = text(stdout);
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    rows.map(|row| (row["line"].as_u64().unwrap_or_default(), row["outcome"].as_str().unwrap_or_default().to_owned()))
        .collect()
}

#[test]
fn each_item_has_an_outcome_and_failed_items_are_saved() {
    let harness = harness(0);
    harness.file("people.csv", PEOPLE);
    let arguments =
        ["genesys", "users", "create", "--from", "people.csv", "--failed", "failed.csv", "--output", "jsonl"];
    let assert = harness.command().args(arguments).arg("--concurrency").arg("1").assert().code(3);
    let expected = [(2, "accepted"), (3, "invalid"), (4, "accepted"), (5, "rejected")];
    assert_eq!(outcomes(&assert.get_output().stdout), expected.map(|(line, outcome)| (line, outcome.to_owned())));
    assert!(text(&assert.get_output().stderr).contains("2 accepted, 1 rejected, 1 invalid"));
    let failed = harness.home.path().join("failed.csv");
    let content = fs::read_to_string(&failed).expect("a file");
    assert_eq!(content, "name,email,title\nNo Address,,Agent\nSample Twin,sample@example.com,Agent\n");
    // Corrected and sent again, with the same file for failed items.
    fs::write(&failed, content.replace(",,", ",no.address@example.com,").replace("sample@", "twin@")).expect("written");
    let again = ["genesys", "users", "create", "--from", "failed.csv", "--failed", "failed.csv"];
    harness.command().args(again).assert().success();
    assert_eq!(fs::read_to_string(&failed).expect("a file"), "name,email,title\n");
    assert_eq!(harness.json(&["genesys", "users", "list", "--all"]).as_array().map(Vec::len), Some(4));
}

/// Writes each item only after the line of the one before was read.
fn in_turns(mut command: Command, items: &[&str], expected: &str) {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("started");
    let mut input = child.stdin.take().expect("piped");
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    input.write_all(b"name,email\n").expect("written");
    for (number, item) in (2..).zip(items) {
        input.write_all(item.as_bytes()).expect("written");
        let line = lines.next().expect("a line before the next item").expect("text");
        assert_eq!(outcomes(line.as_bytes()), [(number, expected.to_owned())]);
    }
    drop(input);
    assert!(lines.next().is_none());
    assert!(child.wait().expect("ended").success());
}

#[test]
fn a_slow_pipe_gets_the_line_of_each_item_before_the_next_one() {
    let harness = harness(0);
    let items = ["A Roe,a.roe@example.com\n", "B Roe,b.roe@example.com\n", "\"Roe, C.\",c.roe@example.com\n"];
    for (more, expected) in [(&["--dry-run"][..], "valid"), (&[], "accepted")] {
        let mut command = program();
        command.env_clear().env("HOME", harness.home.path()).envs(harness.environment());
        command.args(["genesys", "users", "create", "--from", "-", "--input-format", "csv", "--output", "jsonl"]);
        command.args(more);
        in_turns(command, &items, expected);
    }
}

#[test]
fn many_items_have_their_lines_in_order() {
    let harness = harness(0);
    let rows: String = (0..5000).map(|it| format!("Person {it},p{it}@example.com\n")).collect();
    harness.file("people.csv", &format!("name,email\n{rows}"));
    let arguments = ["genesys", "users", "create", "--from", "people.csv", "--dry-run", "--output", "jsonl"];
    let printed = outcomes(harness.run(&arguments).as_bytes());
    assert_eq!(printed, (2..5002).map(|line| (line, "valid".to_owned())).collect::<Vec<_>>());
}

#[test]
fn a_user_from_a_file_is_active_unless_its_state_says_otherwise() {
    let harness = harness(0);
    harness.file("people.csv", "name,email,state\nA Roe,a.roe@example.com,\nB Roe,b.roe@example.com,inactive\n");
    harness.command().args(["genesys", "users", "create", "--from", "people.csv"]).assert().success();
    let listed = harness.json(&["genesys", "users", "list", "--state", "any", "--all", "--query", "[].[email, state]"]);
    let mut listed: Vec<String> = listed.as_array().expect("a list").iter().map(ToString::to_string).collect();
    listed.sort_unstable();
    assert_eq!(listed, [r#"["a.roe@example.com","active"]"#, r#"["b.roe@example.com","inactive"]"#]);
}

#[test]
fn an_unclosed_quotation_mark_stops_reading_and_hides_no_row() {
    let harness = harness(0);
    let people = "name,email\nSample Person,sample@example.com\nA \"B\" Roe,b.roe@example.com\n\
        \"C\" Roe,c.roe@example.com\n\"Open,open@example.com\nLast Person,last@example.com\n";
    harness.file("people.csv", people);
    let arguments = ["genesys", "users", "create", "--from", "people.csv", "--failed", "failed.csv"];
    let output = ["--output", "jsonl", "--concurrency", "1"];
    let assert = harness.command().args(arguments).args(output).assert().code(3);
    let expected = [(2, "accepted"), (3, "accepted"), (4, "invalid")];
    assert_eq!(outcomes(&assert.get_output().stdout), expected.map(|(line, outcome)| (line, outcome.to_owned())));
    let stderr = text(&assert.get_output().stderr);
    assert!(stderr.contains("line 5: `name` has a quotation mark that is not closed"), "{stderr}");
    assert!(stderr.contains("the input after line 4 was not sent and is not in the file of --failed"), "{stderr}");
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, "name,email\n\"C\" Roe,c.roe@example.com\n", "unchanged");
    let dry_run = ["genesys", "users", "create", "--from", "people.csv", "--dry-run"];
    harness.command().args(dry_run).assert().code(2);
}

#[test]
fn delete_answered_404_after_a_retry_counts_as_deleted() {
    let harness = harness(2);
    let users = harness.json(&["genesys", "users", "list", "--state", "any", "--columns", "id"]);
    let ids: Vec<&str> = users.as_array().expect("a list").iter().filter_map(|user| user["id"].as_str()).collect();
    harness.file("ids.csv", &format!("id\n{}\nnobody\n", ids[0]));
    harness.fault("deleteUser:drop,times=1");
    let arguments =
        ["genesys", "users", "delete", "--from", "ids.csv", "--output", "jsonl", "--concurrency", "1", "--yes"];
    let assert = harness.command().args(arguments).args(["--attempts", "2"]).assert().code(3);
    let expected = [(2, "accepted"), (3, "rejected")];
    assert_eq!(outcomes(&assert.get_output().stdout), expected.map(|(line, outcome)| (line, outcome.to_owned())));
}

#[test]
fn a_dry_run_checks_and_sends_nothing() {
    let harness = harness(0);
    harness.file("people.csv", &PEOPLE.replace("title", "password"));
    let arguments = ["genesys", "users", "create", "--from", "people.csv", "--dry-run", "--output", "jsonl"];
    let assert = harness.command().args(arguments).assert().code(3);
    let rows = text(&assert.get_output().stdout);
    assert!(rows.contains("\"request\":{\"email\":\"sample@example.com\"") && !rows.contains("=1+1"), "{rows}");
    assert_eq!(outcomes(rows.as_bytes()).iter().filter(|(_, outcome)| outcome == "valid").count(), 3);
    assert_eq!(harness.sandbox.requests().total(), 0);
}

#[test]
fn changes_come_from_lines_of_standard_input() {
    let harness = harness(3);
    let users = harness.json(&["genesys", "users", "list", "--state", "any"]);
    let ids: Vec<&str> = users.as_array().expect("a list").iter().filter_map(|user| user["id"].as_str()).collect();
    let lines = [
        json!({ "id": ids[0], "title": "First" }),
        json!({ "id": ids[0], "title": "Second" }),
        json!({ "id": ids[1], "title": "Stale", "version": 99 }),
        json!({ "id": ids[2], "titel": "Misspelt" }),
        json!({ "id": "nobody", "title": "Nobody" }),
    ];
    let input: String = lines.iter().map(|line| format!("{line}\n")).collect::<String>() + "not json\n";
    let mut command = harness.command();
    command.args(["genesys", "users", "update", "--from", "-", "--input-format", "jsonl", "--failed", "failed.jsonl"]);
    let assert = command.args(["--output", "jsonl"]).write_stdin(input.clone()).assert().code(3);
    let names: Vec<String> = outcomes(&assert.get_output().stdout).into_iter().map(|(_, outcome)| outcome).collect();
    assert_eq!(names, ["accepted", "accepted", "rejected", "invalid", "rejected", "invalid"]);
    let failed = fs::read_to_string(harness.home.path().join("failed.jsonl")).expect("a file");
    assert_eq!(failed, input.lines().skip(2).map(|line| format!("{line}\n")).collect::<String>());
    assert_eq!(harness.json(&["genesys", "users", "get", ids[0]])["title"], "Second");
}

#[test]
fn a_rejected_credential_stops_the_run_and_saves_all_items() {
    let harness = harness(0);
    let people: String = (0..500).map(|it| format!("Person {it},p{it}@example.com\n")).collect();
    harness.file("people.csv", &format!("name,email\n{people}"));
    let arguments =
        ["--token", "wrong", "genesys", "users", "create", "--from", "people.csv", "--failed", "failed.csv"];
    harness.command().args(arguments).assert().code(4);
    assert!(harness.sandbox.requests().total() < 50, "{:?}", harness.sandbox.requests());
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    assert_eq!(failed, format!("name,email\n{people}"));
}

#[test]
fn a_table_of_outcomes() {
    let harness = harness(0);
    harness.file("people.csv", PEOPLE);
    let mut command = harness.command();
    command.args(["genesys", "users", "create", "--from", "people.csv", "--concurrency", "1"]);
    let assert = command.args(["--columns", "line,item,outcome,reason"]).assert().code(3);
    insta::assert_snapshot!(text(&assert.get_output().stdout));
}

#[test]
fn a_dry_run_needs_no_account() {
    let home = tempfile::tempdir().expect("a home");
    for (verb, item) in [
        (&["genesys", "users", "create"][..], json!({ "name": "Sample Person", "email": "sample@example.com" })),
        (&["genesys", "users", "update"], json!({ "id": "u-1", "title": "Agent" })),
        (&["lms", "enroll"], json!({ "user": "a.roe", "module": "M-1" })),
        (&["lms", "groups", "add", "G"], json!({ "user": "a.roe" })),
        (&["lms", "groups", "remove", "G"], json!({ "assignment": "A-1" })),
        (&["sessions", "upsert"], json!({ "remoteId": "r-1" })),
        (&["sessions", "deactivate"], json!({ "id": "u-1" })),
    ] {
        let mut command = bare(&home);
        // Neither a profile nor a secret is read.
        command.args(verb).args(["--from", "-", "--input-format", "jsonl", "--dry-run", "--output", "jsonl"]);
        let assert = command.write_stdin(format!("{item}\n{{}}\n")).assert().code(3);
        let words: Vec<String> = outcomes(&assert.get_output().stdout).into_iter().map(|(_, word)| word).collect();
        assert_eq!(words, ["valid", "invalid"], "{verb:?}: {}", text(&assert.get_output().stderr));
    }
}

#[test]
fn invalid_output_options_are_rejected_before_anything_is_sent() {
    let harness = harness(0);
    harness.file("people.csv", PEOPLE);
    for (more, code, expected) in [
        (&["--failed", "nowhere/failed.csv"][..], 1, "there is no folder `nowhere`"),
        (&["--failed", "f", "--dry-run"], 2, "--dry-run"),
        (&["--failed", "."], 2, "is a folder"),
        (&["--failed", "-"], 2, "needs a file path"),
        (&["--columns", "line,outcme"], 2, "did you mean `outcome`?"),
        (&["--query", "[?"], 2, "--query"),
        (&["--query", "nosuch(@)"], 2, "unknown function `nosuch`"),
    ] {
        let arguments = ["genesys", "users", "create", "--from", "people.csv"];
        let assert = harness.command().args(arguments).args(more).assert().code(code);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains(expected), "{more:?}: {told}");
    }
    assert_eq!(harness.sandbox.requests().total(), 0);
}

#[test]
fn a_query_that_does_not_match_changes_neither_the_run_nor_its_exit_code() {
    // With `jsonl` the query fails at the first outcome, with `json` after the last one.
    for (format, query) in [("jsonl", "length(line)"), ("json", "length(length(@))")] {
        let harness = harness(0);
        let people: String = (0..50).map(|it| format!("Person {it},p{it}@example.com\n")).collect();
        harness.file("people.csv", &format!("name,email\n{people}"));
        let mut command = harness.command();
        command.args(["genesys", "users", "create", "--from", "people.csv", "--failed", "failed.csv"]);
        command.args(["--concurrency", "1", "--output", format, "--query", query]);
        let assert = command.assert().code(0);
        let told = text(&assert.get_output().stderr);
        assert!(told.contains("--query does not match") && told.contains("50 accepted"), "{format}: {told}");
        assert_eq!(told.matches("--query").count(), 1, "{told}");
        // The default form has all outcomes.
        assert_eq!(text(&assert.get_output().stdout).matches("\"accepted\"").count(), 50, "{format}");
        let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
        let there = harness.json(&["genesys", "users", "list", "--all", "--state", "any"]);
        let there = there.as_array().map(Vec::len).unwrap_or_default();
        assert_eq!((there, failed.lines().count()), (50, 1), "{format}");
    }
}

#[test]
fn items_with_duplicate_keys_or_invalid_json_are_not_sent() {
    let harness = harness(0);
    let lines = "{\"name\":\"A\",\"email\":\"a@example.com\",\"name\":\"B\"}\n[{}]\n{\"name\":\"C\",}\n\n";
    let mut command = harness.command();
    command.args(["genesys", "users", "create", "--from", "-", "--input-format", "jsonl", "--output", "jsonl"]);
    let assert = command.write_stdin(lines).assert().code(3);
    let rows = text(&assert.get_output().stdout);
    assert!(
        rows.contains("duplicate key `name`") && rows.contains("expected a JSON object") && rows.contains("column 13"),
        "{rows}"
    );
    assert_eq!(harness.sandbox.requests().total(), 0);
}
