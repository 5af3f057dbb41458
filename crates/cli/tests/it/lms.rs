//! Commands for the LMS: records, people, enrollments, groups.

use serde_json::{Value, json};

use crate::support::{Harness, harness, text};

/// The first of the people of seed 7: they all have a manager, and this is the manager of the next nine.
pub const MANAGER: &str = "bebren.jorrova.0";

fn message(harness: &Harness, arguments: &[&str], code: i32) -> String {
    text(&harness.command().args(arguments).assert().code(code).get_output().stderr)
}

#[test]
fn records_are_listed_for_another_user() {
    let harness = harness(30);
    let all = ["lms", "records", "--on-behalf-of", MANAGER];
    insta::assert_snapshot!(harness.run(&all));
    let records = harness.json(&all);
    let active = harness.json(&["lms", "records", "--active", "--on-behalf-of", MANAGER]);
    let is_complete = |record: &Value| record["overallStatus"] == "completed";
    assert!(records.as_array().is_some_and(|records| records.iter().any(is_complete)));
    assert!(active.as_array().is_some_and(|records| !records.is_empty() && !records.iter().any(is_complete)));
    let id = records[0]["id"].as_str().expect("an id");
    assert_eq!(
        harness.json(&["lms", "records", "--id", id])["learningModule"]["id"],
        records[0]["learningModule"]["id"]
    );
}

#[test]
fn records_of_a_team_are_those_that_changed_since() {
    let harness = harness(30);
    let team = ["lms", "records", "--team", "--on-behalf-of", MANAGER, "--since"];
    let since = |time: &str| harness.json(&[&team[..], &[time]].concat()).as_array().map(Vec::len).unwrap_or_default();
    let (all, some, none) = (since("2000-01-01"), since("2024-09-01T00:00+02:00"), since("2090-01-01"));
    assert!(all > some && some > 0 && none == 0, "{all} {some} {none}");
    let records = harness.json(&[&team[..], &["2000-01-01"]].concat());
    let people = harness.json(&["lms", "people", "team", "--on-behalf-of", MANAGER]);
    let people: Vec<&Value> = people.as_array().expect("a list").iter().map(|person| &person["id"]).collect();
    assert!(records.as_array().expect("a list").iter().all(|record| people.contains(&&record["userId"])));
    assert!(message(&harness, &["lms", "records", "--team", "--since", "tomorrow"], 2).contains("2024-04-04"));
    harness.command().args(["lms", "records", "--since", "2024-01-01"]).assert().code(2);
}

#[test]
fn people_are_searched_listed_and_read() {
    let harness = harness(30);
    insta::assert_snapshot!(harness.run(&["lms", "people", "search", "an", "--max", "3"]));
    let by_name = harness.json(&["lms", "people", "search", "--last", "jorrova"]);
    assert_eq!(by_name[0]["id"], MANAGER);
    let by_address = harness.json(&["lms", "people", "list", "--email", &format!("{MANAGER}@example.com")]);
    assert_eq!((by_address[0]["id"].as_str(), by_address.as_array().map(Vec::len)), (Some(MANAGER), Some(1)));
    let organization = by_address[0]["organization"]["id"].as_str().expect("an organization");
    assert!(
        harness
            .json(&["lms", "people", "list", "--organization", organization])
            .as_array()
            .is_some_and(|it| it.len() > 1)
    );
    assert_eq!(harness.json(&["lms", "people", "get", MANAGER])["family"], "Jorrova");
    assert_eq!(harness.json(&["lms", "people", "me"])["id"], "integration");
    assert!(message(&harness, &["lms", "people", "get", "nobody"], 1).contains("user `nobody` does not exist"));
    assert!(message(&harness, &["lms", "people", "get", " "], 2).contains("blank"));
    harness.command().args(["lms", "people", "search"]).assert().code(2);
}

#[test]
fn a_user_is_enrolled_and_a_refusal_with_status_200_is_an_error() {
    let harness = harness(30);
    let enrolled = harness.json(&["lms", "enroll", "PHONE-110", "--on-behalf-of", MANAGER]);
    assert_eq!((&enrolled["userId"], &enrolled["overallStatus"]), (&json!(MANAGER), &json!("enrolled")));
    let active = harness.json(&["lms", "records", "--active", "--on-behalf-of", MANAGER]);
    assert!(active.as_array().is_some_and(|records| records.iter().any(|record| record["id"] == enrolled["id"])));
    let refused = message(&harness, &["lms", "enroll", "NOWHERE", "--on-behalf-of", MANAGER], 1);
    assert!(refused.contains("refused") && refused.contains("no-such-module"), "{refused}");
}

#[test]
fn groups_are_made_filled_emptied_and_deleted() {
    let harness = harness(30);
    insta::assert_snapshot!(harness.run(&["lms", "groups", "create", "Safety officers", "--shared"]));
    let people = harness.json(&["lms", "people", "search", "an", "--max", "2"]);
    let id = |index: usize| people[index]["id"].as_str().expect("an id");
    let add = ["lms", "groups", "add", "Safety officers", id(0), "nobody", id(1), "--output", "jsonl"];
    let assert = harness.command().args(add).assert().code(3);
    let outcomes: Vec<Value> =
        text(&assert.get_output().stdout).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let words: Vec<&str> = outcomes.iter().map(|row| row["outcome"].as_str().unwrap_or_default()).collect();
    assert_eq!(words, ["accepted", "rejected", "accepted"]);
    assert!(text(&assert.get_output().stderr).contains("1 of 3 failed"));
    harness.run(&["lms", "groups", "remove", "Safety officers", id(0)]);
    harness.run(&["lms", "groups", "add", "Safety officers", id(0), "--supervisors"]);
    harness.run(&["lms", "groups", "remove", "Safety officers", id(0), "--supervisors"]);
    harness.run(&["lms", "groups", "delete", "Safety officers"]);
    assert!(message(&harness, &["lms", "groups", "add", "Safety officers", id(0)], 1).contains("userGroupAdder"));
}

#[test]
fn imported_rows_are_there_afterwards() {
    let harness = harness(30);
    harness.file("training.csv", &format!("Action,RecordID,UserId,Title\nA,R-77,{MANAGER},First aid\n"));
    harness.run(&["lms", "import-csv", "external-training", "--from", "training.csv"]);
    let call = ["call", "peoplefluent-lms", "externalTrainingRecords", "--representation", "json", "-p"];
    let records = harness.json(&[&call[..], &[&format!("onBehalfOf={MANAGER}")]].concat());
    let records = records["externalTrainingRecords"].as_array().expect("a list");
    assert!(records.iter().any(|record| record["id"] == "R-77" && record["title"] == "First aid"), "{records:?}");

    let user = harness.json(&["lms", "people", "team", "--on-behalf-of", MANAGER])[0]["id"].clone();
    let user = user.as_str().expect("an id");
    let enrolled = harness.json(&["lms", "enroll", "PHONE-110", "--on-behalf-of", user]);
    let status = || -> Vec<Value> {
        let records = harness.json(&["lms", "records", "--on-behalf-of", user]);
        let of_module = |it: &&Value| it["learningModule"]["id"] == "PHONE-110";
        records.as_array().expect("a list").iter().filter(of_module).map(|it| it["overallStatus"].clone()).collect()
    };
    assert!(enrolled["id"].is_string() && status().contains(&json!("enrolled")), "{enrolled}");
    harness.file("history.csv", &format!("USERID,LEARNINGID,STUDENTSTATUS\n{user},PHONE-110,Completed\n"));
    harness.run(&["lms", "import-csv", "training-history", "--from", "history.csv"]);
    assert!(!status().is_empty() && !status().contains(&json!("enrolled")), "{:?}", status());
}

#[test]
fn rejected_credentials_give_code_4_and_a_missing_address_code_2() {
    let harness = harness(3);
    // The token of an option goes before the user of the environment.
    let home = tempfile::tempdir().expect("a home");
    let url = harness.sandbox.lms_url();
    for arguments in [
        &["lms", "records"][..],
        &["lms", "groups", "add", "G", "a.roe", "b.doe"],
        &["lms", "enroll", "M-1"],
        &["lms", "export", "people"],
    ] {
        let mut command = crate::support::bare(&home);
        command.args(["--base-url", &url, "--token", "wrong"]).args(arguments).assert().code(4);
        let missing = crate::support::bare(&home).args(arguments).assert().code(2);
        assert!(text(&missing.get_output().stderr).contains("LMS_BASE_URL"));
    }
}
