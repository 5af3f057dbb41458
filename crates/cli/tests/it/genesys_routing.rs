//! Skills and queues of a user: each named item has an outcome.

use assert_cmd::assert::Assert;
use serde_json::Value;

use crate::support::{CLOSED_PORT, Harness, IDS, harness, text};

/// Ids of nothing that exists.
const NOPE: &str = IDS[0];
const OTHER: &str = IDS[1];

/// The second of the people of seed 7, who has two skills, has joined one queue and could join another one.
fn person(harness: &Harness) -> String {
    let page = harness.json(&["genesys", "users", "list", "--state", "any", "--limit", "2"]);
    page[1]["id"].as_str().expect("an id").to_owned()
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

fn skills(harness: &Harness, user: &str) -> Value {
    harness.json(&["genesys", "skills", "list", user, "--all"])
}

fn queues(harness: &Harness, user: &str, joined: &str) -> Vec<String> {
    ids(&harness.json(&["genesys", "queues", "list", user, "--all", "--joined", joined]))
}

fn told(assert: &Assert) -> (Vec<String>, String) {
    let rows = text(&assert.get_output().stdout);
    let rows = rows.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let words = rows.map(|row| row["outcome"].as_str().expect("an outcome").to_owned());
    (words.collect(), text(&assert.get_output().stderr))
}

fn run(harness: &Harness, arguments: &[&str], code: i32) -> (Vec<String>, String) {
    told(&harness.command().args(arguments).args(["--output", "jsonl", "--attempts", "1"]).assert().code(code))
}

#[test]
fn skills_are_listed_added_set_and_removed() {
    let harness = harness(30);
    let user = person(&harness);
    let had = ids(&skills(&harness, &user));
    let [first, second] = [&had[0], &had[1]];
    harness.run(&["genesys", "skills", "remove", &user, first]);
    assert_eq!(ids(&skills(&harness, &user)), vec![second.clone()]);
    harness.run(&["genesys", "skills", "add", &user, &format!("{first}=1.5"), &format!("{second}=0")]);
    let has = skills(&harness, &user);
    let levels: Vec<_> = has.as_array().expect("a list").iter().map(|it| it["proficiency"].as_f64()).collect();
    assert_eq!((ids(&has).len(), levels.contains(&Some(1.5)), levels.contains(&Some(0.0))), (2, true, true), "{has}");
    let set = harness.json(&["genesys", "skills", "set", &user, &format!("{first}=5")]);
    assert_eq!((ids(&set), ids(&skills(&harness, &user))), (vec![first.clone()], vec![first.clone()]));
    assert_eq!(harness.json(&["genesys", "skills", "set", &user, "--none"]).as_array().map(Vec::len), Some(0));
    assert!(ids(&skills(&harness, &user)).is_empty());
}

#[test]
fn queues_are_listed_left_and_joined() {
    let harness = harness(30);
    let user = person(&harness);
    let joined = queues(&harness, &user, "true");
    let others = queues(&harness, &user, "false");
    assert!(!joined.is_empty() && !others.is_empty() && !others.contains(&joined[0]));
    let (words, _) = run(&harness, &["genesys", "queues", "leave", &user, &joined[0]], 0);
    assert_eq!(words, ["accepted"]);
    assert!(
        !queues(&harness, &user, "true").contains(&joined[0]) && queues(&harness, &user, "false").contains(&joined[0])
    );
    let (words, _) = run(&harness, &["genesys", "queues", "join", &user, &joined[0], &others[0]], 0);
    assert_eq!(words, ["accepted", "accepted"]);
    let now = queues(&harness, &user, "true");
    assert!(now.contains(&joined[0]) && now.contains(&others[0]), "{now:?}");
}

#[test]
fn tables_of_skills_queues_and_outcomes() {
    let harness = harness(30);
    let user = person(&harness);
    let had = ids(&skills(&harness, &user));
    let skills = harness.run(&["genesys", "skills", "list", &user]);
    let queues = harness.run(&["genesys", "queues", "list", &user, "--joined", "false"]);
    let remove = harness.command().args(["genesys", "skills", "remove", &user, NOPE, &had[0]]).assert().code(3);
    let outcomes = text(&remove.get_output().stdout);
    insta::assert_snapshot!([skills, queues, outcomes].join("----\n"));
}

#[test]
fn a_rejected_item_does_not_stop_the_others() {
    let harness = harness(30);
    let user = person(&harness);
    let had = ids(&skills(&harness, &user));
    let [first, second] = [&had[0], &had[1]];
    let add = ["genesys", "skills", "add", &user, &format!("{first}=2"), &format!("{NOPE}=3"), &format!("{second}=4")];
    let (words, message) = run(&harness, &add, 3);
    assert_eq!(words, ["accepted", "rejected", "accepted"]);
    assert!(message.contains("1 of 3 failed (2 accepted, 1 rejected); see the reasons in their lines"), "{message}");
    let has = skills(&harness, &user);
    let level = |id: &str| has.as_array()?.iter().find(|it| it["id"] == id)?["proficiency"].as_f64();
    assert_eq!((level(first), level(second)), (Some(2.0), Some(4.0)));
    let (words, message) = run(&harness, &["genesys", "skills", "remove", &user, NOPE, first, OTHER, second], 3);
    assert_eq!(words, ["rejected", "accepted", "rejected", "accepted"]);
    assert!(message.contains("2 of 4 failed"), "{message}");
    assert!(ids(&skills(&harness, &user)).is_empty());
    let others = queues(&harness, &user, "false");
    // The service disregards queues that the user is no member of.
    let (words, _) = run(&harness, &["genesys", "queues", "join", &user, NOPE, &others[0]], 0);
    assert_eq!(words, ["accepted", "accepted"]);
    assert!(queues(&harness, &user, "true").contains(&others[0]));
}

#[test]
fn the_error_of_the_only_item_is_that_of_the_command() {
    let harness = harness(30);
    let user = person(&harness);
    for arguments in [
        &["genesys", "skills", "add", &user, &format!("{NOPE}=1")][..],
        &["genesys", "queues", "leave", "nobody", NOPE],
    ] {
        let (words, message) = run(&harness, arguments, 1);
        assert_eq!(words, ["rejected"], "{arguments:?}");
        assert!(message.contains("rejected") && message.contains("see the reason in its line"), "{message}");
    }
    let (words, message) = run(&harness, &["genesys", "skills", "remove", &user, NOPE], 1);
    assert_eq!(words, ["rejected"]);
    assert!(message.contains("404") && message.contains("correlation id"), "{message}");
    for arguments in [
        &["genesys", "skills", "remove", &user, NOPE][..],
        &["genesys", "skills", "add", &user, &format!("{NOPE}=1")],
        &["genesys", "queues", "join", &user, NOPE],
    ] {
        let (words, message) = run(&harness, &[&["--base-url", CLOSED_PORT], arguments].concat(), 5);
        assert_eq!(words, ["not sent"]);
        assert!(message.contains("no connection"), "{message}");
    }
}

#[test]
fn an_outcome_can_be_unknown() {
    let harness = harness(30);
    let user = person(&harness);
    let had = ids(&skills(&harness, &user));
    harness.fault("deleteUserRoutingskill:status=503,times=1");
    let (words, message) = run(&harness, &["genesys", "skills", "remove", &user, &had[0], &had[1]], 3);
    assert_eq!(words, ["unknown", "accepted"]);
    assert!(message.contains("1 of 2 failed"), "{message}");
    assert_eq!(ids(&skills(&harness, &user)), [had[0].clone()]);
}

#[test]
fn a_rejected_credential_stops_at_once() {
    let harness = harness(30);
    let user = person(&harness);
    let rated = IDS.map(|id| format!("{id}=1"));
    for arguments in [
        &["skills", "list", &user][..],
        &["skills", "add", &user, &rated[0], &rated[1]],
        &["skills", "set", &user, &rated[0]],
        &["skills", "remove", &user, NOPE, OTHER],
        &["queues", "list", &user],
        &["queues", "join", &user, NOPE, OTHER],
        &["queues", "leave", &user, NOPE, OTHER],
    ] {
        let sent = harness.sandbox.requests().total();
        let (words, message) = run(&harness, &[&["--token", "wrong", "genesys"], arguments].concat(), 4);
        // Named items have a line each, also those that were not sent.
        let lines = if matches!(arguments[1], "add" | "remove" | "join" | "leave") { 2 } else { 0 };
        assert_eq!(words, vec!["not sent"; lines], "{arguments:?}");
        assert!(message.contains("401"), "{arguments:?}: {message}");
        assert_eq!(harness.sandbox.requests().total(), sent + 1, "{arguments:?}");
    }
}

#[test]
fn a_credential_that_is_rejected_in_the_middle_is_not_used_again() {
    let harness = harness(30);
    let user = person(&harness);
    let rated = IDS.map(|id| format!("{id}=1"));
    for (operation, arguments) in [
        ("patchUserRoutingskillsBulk", &["genesys", "skills", "add", &user, &rated[0], &rated[1], &rated[2]][..]),
        ("patchUserQueues", &["genesys", "queues", "join", &user, IDS[0], IDS[1], IDS[2]]),
    ] {
        // All items together are rejected, so that each is sent alone.
        harness.fault(&format!("{operation}:status=400,times=1"));
        harness.fault(&format!("{operation}:status=401"));
        let sent = harness.sandbox.requests().total();
        let (words, message) = run(&harness, arguments, 4);
        assert_eq!(words, ["not sent", "not sent", "not sent"], "{arguments:?}: {message}");
        assert!(message.contains("401"), "{message}");
        assert_eq!(harness.sandbox.requests().total(), sent + 2, "{arguments:?}");
    }
}

#[test]
fn invalid_arguments_are_reported_and_nothing_is_sent() {
    let harness = harness(1);
    for (arguments, expected) in [
        (&["skills", "add", "u", "abc"][..], "SKILL=PROFICIENCY, such as NAME=4.5"),
        (&["skills", "add", "u", "abc=9"], "from 0 to 5"),
        (&["skills", "add", "u", "abc=NaN"], "from 0 to 5"),
        (&["skills", "add", "u", " =1"], "the skill is blank"),
        (&["skills", "add", "u"], "no skill is given"),
        (&["skills", "set", "u"], "--none"),
        (&["skills", "set", "u", "a=1", "--none"], "--none leaves no skill"),
        (&["skills", "list", ""], "the id is blank"),
        (&["skills", "remove", "u", "a", " "], "the id is blank"),
        (&["queues", "join", "u", ""], "the id is blank"),
        (&["queues", "leave", "u"], "no queue is given"),
        (&["queues", "list", "u", "--joined", "maybe"], "true, false"),
        (&["queues", "list", ".."], "dot segment"),
    ] {
        let assert = harness.command().arg("genesys").args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    assert_eq!(harness.sandbox.requests().total(), 0);
}
