//! What the verbs of the LMS and of the session service do when a service fails in the middle.

use std::collections::BTreeSet;
use std::fs;

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::lms::MANAGER;
use crate::support::{Lab, lab, text};

fn troubled(users: u64, faults: &[&str]) -> Lab {
    let lab = lab(users);
    for fault in faults {
        lab.sandbox.add_fault(fault.parse().expect("a fault")).expect("a fault of an operation");
    }
    lab
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

fn training(lab: &Lab) -> String {
    let rows: String = (0..6).map(|it| format!("A,R{it},{MANAGER},First aid\n")).collect();
    let file = format!("Action,RecordID,UserId,Title\n{rows}");
    lab.file("training.csv", &file);
    file
}

#[test]
fn after_an_upload_of_which_nobody_knows_nothing_more_is_sent() {
    let lab = troubled(30, &["externalTrainingCsv:drop,skip=1,times=1"]);
    let file = training(&lab);
    let assert = lab.command().args(IMPORT).assert().code(3);
    assert_eq!(outcomes(&assert), ["accepted", "accepted", "unknown", "unknown", "not sent", "not sent"]);
    let failed = fs::read_to_string(lab.home.path().join("failed.csv")).expect("a file");
    let expected: String =
        file.lines().enumerate().filter(|(it, _)| !matches!(it, 1 | 2)).map(|(_, it)| format!("{it}\n")).collect();
    assert_eq!(failed, expected);
    assert_eq!(lab.sandbox.requests().total(), 2, "an upload is not repeated");
}

#[test]
fn those_who_ask_for_it_go_on() {
    let lab = troubled(30, &["externalTrainingCsv:status=503,skip=1,times=1"]);
    training(&lab);
    let assert = lab.command().args(IMPORT).args(["--keep-going", "--attempts", "1"]).assert().code(3);
    assert_eq!(outcomes(&assert), ["accepted", "accepted", "unknown", "unknown", "accepted", "accepted"]);
}

#[test]
fn half_an_answer_is_no_success() {
    let lab = troubled(30, &["externalTrainingCsv:truncate"]);
    training(&lab);
    let assert = lab.command().args(IMPORT).assert().code(3);
    assert!(!outcomes(&assert).contains(&"accepted".to_owned()));
}

#[test]
fn one_person_of_a_team_who_cannot_be_read_stops_nobody_else() {
    let team = ["lms", "records", "--team", "--since", "2000-01-01", "--on-behalf-of", MANAGER, "--output", "jsonl"];
    let people = |stdout: &[u8]| -> BTreeSet<String> {
        let rows = text(stdout);
        rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON")["userId"].to_string()).collect()
    };
    let all = people(lab(30).run(&team).as_bytes());
    let lab = troubled(30, &["trainingHistoryXml:status=403,skip=1,times=1"]);
    let assert = lab.command().args(team).assert().code(3);
    let read = people(&assert.get_output().stdout);
    assert!(read.is_subset(&all) && read.len() + 1 >= all.len() && !read.is_empty(), "{read:?} of {all:?}");
    let told = text(&assert.get_output().stderr);
    assert!(told.contains("1 failed") && told.contains("403"), "{told}");
}

#[test]
fn an_export_that_breaks_off_is_a_failure_after_what_was_read() {
    for (fault, code) in [("users200510Xml:drop", 5), ("users200510Xml:truncate", 1), ("users200510Xml:garbage", 1)] {
        let lab = troubled(200, &[fault]);
        let assert = lab.command().args(["lms", "export", "users", "--output", "jsonl"]).assert().code(code);
        let rows = text(&assert.get_output().stdout);
        assert!(rows.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{fault}");
        assert_eq!(rows.is_empty(), fault.ends_with("garbage"), "{fault}");
        assert!(!assert.get_output().stderr.is_empty());
    }
}

#[test]
fn an_export_that_breaks_off_leaves_the_file_as_it_was() {
    let lab =
        troubled(200, &["users200510Xml:truncate,times=1", "session-clusters/getUsers:status=500,skip=1,times=1"]);
    let users = lab.file("users.csv", "old\n");
    let read = || fs::read_to_string(&users).expect("a file");
    let (export, list) =
        (["lms", "export", "users", "--out", "users.csv"], ["sessions", "users", "--all", "--out", "users.csv"]);
    lab.command().args(export).assert().code(1);
    assert_eq!(read(), "old\n");
    let exported = lab.command().args(export).assert().success();
    assert!(exported.get_output().stdout.is_empty());
    assert!(read().starts_with("id,given,family,email,status,organization.id\n") && read().lines().count() > 50);
    let before = read();
    lab.command().args(list).args(["--page-size", "20", "--attempts", "1"]).assert().code(1);
    assert_eq!(read(), before);
    lab.run(&list);
    assert!(read().starts_with("remoteId,firstName"));
    let sent = lab.sandbox.requests().total();
    let nowhere = lab.command().args(["sessions", "users", "--out", "no/where.csv"]).assert().code(1);
    assert!(text(&nowhere.get_output().stderr).contains("no folder `no`"));
    lab.command().args(["genesys", "users", "list", "--columns", "id,naem"]).assert().code(2);
    assert_eq!((lab.sandbox.requests().total(), fs::read_dir(lab.home.path()).expect("the home").count()), (sent, 1));
}

#[test]
fn half_a_report_or_certificate_leaves_no_file() {
    let lab = troubled(30, &["batchReport:drop", "certificate:drop"]);
    let report = ["lms", "export", "reports", "/reports/2024-12-31/modules.csv", "--out", "report", "--attempts", "1"];
    lab.command().args(report).assert().code(5);
    let certificates = ["lms", "export", "certificates", "--on-behalf-of", MANAGER, "--out", "c", "--attempts", "1"];
    lab.command().args(certificates).assert().code(3);
    assert_eq!(fs::read_dir(lab.home.path().join("c")).expect("a folder").count(), 0);
    assert_eq!(fs::read_dir(lab.home.path()).expect("the home").count(), 1);
}

#[test]
fn batches_that_fail_leave_their_users_unknown_and_in_the_file() {
    let lab = troubled(3, &["batchUpsertUsers:status=500,skip=1,times=1"]);
    let lines: String = (0..6)
        .map(|it| format!("{{\"remoteId\":\"r-{it}\",\"firstName\":\"Sample\",\"lastName\":\"{it}\"}}\n"))
        .collect();
    lab.file("people.jsonl", &lines);
    let mut command = lab.command();
    command.args(["sessions", "upsert", "--from", "people.jsonl", "--failed", "failed.jsonl", "--output", "jsonl"]);
    command.args(["--batch-size", "2", "--concurrency", "1", "--attempts", "1"]);
    let assert = command.assert().code(3);
    assert_eq!(outcomes(&assert), ["accepted", "accepted", "unknown", "unknown", "accepted", "accepted"]);
    let failed = fs::read_to_string(lab.home.path().join("failed.jsonl")).expect("a file");
    let expected: String = lines.lines().skip(2).take(2).map(|line| format!("{line}\n")).collect();
    assert_eq!(failed, expected);
}

#[test]
fn a_listing_that_breaks_off_says_after_how_many() {
    let lab = troubled(250, &["session-clusters/getUsers:status=500,skip=2"]);
    let arguments = ["sessions", "users", "--all", "--page-size", "20", "--output", "jsonl", "--attempts", "1"];
    let assert = lab.command().args(arguments).assert().code(1);
    assert_eq!(text(&assert.get_output().stdout).lines().count(), 40);
    assert!(text(&assert.get_output().stderr).contains("after 40 items"));
}
