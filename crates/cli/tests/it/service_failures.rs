//! Commands of the LMS and of the session service when the service fails in the middle.

use std::collections::BTreeSet;
use std::fs;

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::lms::MANAGER;
use crate::support::{Harness, harness, text};

fn with_faults(users: u64, faults: &[&str]) -> Harness {
    let harness = harness(users);
    for fault in faults {
        harness.sandbox.add_fault(fault.parse().expect("a fault")).expect("a fault of an operation");
    }
    harness
}

fn outcomes(assert: &Assert) -> Vec<String> {
    let rows = text(&assert.get_output().stdout);
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    rows.map(|row| row["outcome"].as_str().unwrap_or_default().to_owned()).collect()
}

const IMPORT: [&str; 10] = [
    "lms",
    "import-csv",
    "external-training",
    "--from",
    "training.csv",
    "--failed",
    "failed.csv",
    "--chunk-size",
    "2",
    "--output=jsonl",
];

fn training(harness: &Harness) -> String {
    let rows: String = (0..6).map(|it| format!("A,R{it},{MANAGER},First aid\n")).collect();
    let file = format!("Action,RecordID,UserId,Title\n{rows}");
    harness.file("training.csv", &file);
    file
}

#[test]
fn after_an_upload_with_unknown_outcome_nothing_more_is_sent() {
    let harness = with_faults(30, &["externalTrainingCsv:drop,skip=1,times=1"]);
    let file = training(&harness);
    let assert = harness.command().args(IMPORT).assert().code(3);
    assert_eq!(outcomes(&assert), ["accepted", "accepted", "unknown", "unknown", "not sent", "not sent"]);
    let failed = fs::read_to_string(harness.home.path().join("failed.csv")).expect("a file");
    let expected: String =
        file.lines().enumerate().filter(|(it, _)| !matches!(it, 1 | 2)).map(|(_, it)| format!("{it}\n")).collect();
    assert_eq!(failed, expected);
    assert_eq!(harness.sandbox.requests().total(), 2, "an upload is not repeated");
}

#[test]
fn keep_going_continues_after_a_failed_upload() {
    let harness = with_faults(30, &["externalTrainingCsv:status=503,skip=1,times=1"]);
    training(&harness);
    let assert = harness.command().args(IMPORT).args(["--keep-going", "--attempts", "1"]).assert().code(3);
    assert_eq!(outcomes(&assert), ["accepted", "accepted", "unknown", "unknown", "accepted", "accepted"]);
}

#[test]
fn a_truncated_response_is_not_a_success() {
    let harness = with_faults(30, &["externalTrainingCsv:truncate"]);
    training(&harness);
    let assert = harness.command().args(IMPORT).assert().code(3);
    assert!(!outcomes(&assert).contains(&"accepted".to_owned()));
}

#[test]
fn an_error_for_one_person_of_a_team_does_not_stop_the_others() {
    let team = ["lms", "records", "--team", "--since", "2000-01-01", "--on-behalf-of", MANAGER, "--output", "jsonl"];
    let people = |stdout: &[u8]| -> BTreeSet<String> {
        let rows = text(stdout);
        rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["userId"].to_string()).collect()
    };
    let all = people(harness(30).run(&team).as_bytes());
    let harness = with_faults(30, &["trainingHistoryXml:status=403,skip=1,times=1"]);
    let assert = harness.command().args(team).assert().code(3);
    let read = people(&assert.get_output().stdout);
    assert!(read.is_subset(&all) && read.len() + 1 >= all.len() && !read.is_empty(), "{read:?} of {all:?}");
    let told = text(&assert.get_output().stderr);
    assert!(told.contains("1 failed") && told.contains("403"), "{told}");
}

#[test]
fn a_truncated_export_is_an_error_after_its_rows() {
    for (fault, code) in [("users200510Xml:drop", 5), ("users200510Xml:truncate", 1), ("users200510Xml:garbage", 1)] {
        let harness = with_faults(200, &[fault]);
        let assert = harness.command().args(["lms", "export", "users", "--output", "jsonl"]).assert().code(code);
        let rows = text(&assert.get_output().stdout);
        assert!(rows.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{fault}");
        assert_eq!(rows.is_empty(), fault.ends_with("garbage"), "{fault}");
        assert!(!assert.get_output().stderr.is_empty());
    }
}

#[test]
fn a_truncated_export_does_not_change_the_file() {
    let harness =
        with_faults(200, &["users200510Xml:truncate,times=1", "session-clusters/getUsers:status=500,skip=1,times=1"]);
    let users = harness.file("users.csv", "old\n");
    let read = || fs::read_to_string(&users).expect("a file");
    let (export, list) =
        (["lms", "export", "users", "--out", "users.csv"], ["sessions", "users", "--all", "--out", "users.csv"]);
    harness.command().args(export).assert().code(1);
    assert_eq!(read(), "old\n");
    let exported = harness.command().args(export).assert().success();
    assert!(exported.get_output().stdout.is_empty());
    assert!(read().starts_with("id,given,family,email,status,organization.id\n") && read().lines().count() > 50);
    let before = read();
    harness.command().args(list).args(["--page-size", "20", "--attempts", "1"]).assert().code(1);
    assert_eq!(read(), before);
    harness.run(&list);
    assert!(read().starts_with("remoteId,firstName"));
    let sent = harness.sandbox.requests().total();
    let nowhere = harness.command().args(["sessions", "users", "--out", "no/where.csv"]).assert().code(1);
    assert!(text(&nowhere.get_output().stderr).contains("no folder `no`"));
    harness.command().args(["genesys", "users", "list", "--columns", "id,naem"]).assert().code(2);
    assert_eq!(
        (harness.sandbox.requests().total(), fs::read_dir(harness.home.path()).expect("the home").count()),
        (sent, 1)
    );
}

#[test]
fn a_truncated_report_or_certificate_leaves_no_file() {
    let harness = with_faults(30, &["batchReport:drop", "certificate:drop"]);
    let report = ["lms", "export", "reports", "/reports/2024-12-31/modules.csv", "--out", "report", "--attempts", "1"];
    harness.command().args(report).assert().code(5);
    let certificates = ["lms", "export", "certificates", "--on-behalf-of", MANAGER, "--out", "c", "--attempts", "1"];
    // Both failed for the same reason.
    harness.command().args(certificates).assert().code(5);
    assert_eq!(fs::read_dir(harness.home.path().join("c")).expect("a folder").count(), 0);
    assert_eq!(fs::read_dir(harness.home.path()).expect("the home").count(), 1);
}

#[test]
fn users_of_a_failed_batch_are_unknown_and_saved() {
    let harness = with_faults(3, &["batchUpsertUsers:status=500,skip=1,times=1"]);
    let lines: String = (0..6)
        .map(|it| format!("{{\"remoteId\":\"r-{it}\",\"firstName\":\"Sample\",\"lastName\":\"{it}\"}}\n"))
        .collect();
    harness.file("people.jsonl", &lines);
    let mut command = harness.command();
    command.args(["sessions", "upsert", "--from", "people.jsonl", "--failed", "failed.jsonl", "--output", "jsonl"]);
    command.args(["--batch-size", "2", "--concurrency", "1", "--attempts", "1"]);
    let assert = command.assert().code(3);
    assert_eq!(outcomes(&assert), ["accepted", "accepted", "unknown", "unknown", "accepted", "accepted"]);
    let failed = fs::read_to_string(harness.home.path().join("failed.jsonl")).expect("a file");
    let expected: String = lines.lines().skip(2).take(2).map(|line| format!("{line}\n")).collect();
    assert_eq!(failed, expected);
}

#[test]
fn a_failed_listing_reports_the_number_of_items_before() {
    let harness = with_faults(250, &["session-clusters/getUsers:status=500,skip=2"]);
    let arguments = ["sessions", "users", "--all", "--page-size", "20", "--output", "jsonl", "--attempts", "1"];
    let assert = harness.command().args(arguments).assert().code(1);
    assert_eq!(text(&assert.get_output().stdout).lines().count(), 40);
    assert!(text(&assert.get_output().stderr).contains("after 40 items"));
}
