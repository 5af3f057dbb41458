//! `sync`: what its commands print, write and return.

use std::fs;

use serde_json::{Value, json};

use crate::support::{CLOSED_PORT, Harness, harness, text};

/// A sync file with one flow.
pub const PEOPLE: &str = r#"
[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "default(split_name_rest(name), 'Unknown')"

[flow.removals]
policy = "deactivate"
"#;

/// A sandbox with a sync file in the home folder.
fn synced(text: &str) -> Harness {
    let harness = harness(40);
    harness.file("rosterkit-sync.toml", text);
    harness
}

/// Runs a command, and returns its exit code, what it printed, and what it said.
fn told(harness: &Harness, arguments: &[&str]) -> (i32, String, String) {
    let output = harness.command().args(arguments).output().expect("run");
    (output.status.code().expect("a code"), text(&output.stdout), text(&output.stderr))
}

fn of_kind<'a>(plan: &'a Value, kind: &str) -> Vec<&'a Value> {
    plan.as_array().expect("a list").iter().filter(|row| row["kind"] == kind).collect()
}

/// Ends with an error if it is not this one.
fn refused(harness: &Harness, arguments: &[&str], code: i32, said: &str) {
    let (found, _, stderr) = told(harness, arguments);
    assert_eq!(found, code, "{arguments:?}: {stderr}");
    assert!(stderr.contains(said), "{arguments:?}: {stderr}");
}

fn managed(harness: &Harness) -> u64 {
    harness.json(&["sync", "status"])["flows"][0]["managed"].as_u64().expect("a number")
}

#[test]
fn a_plan_is_shown_then_applied_and_a_second_one_is_empty() {
    let harness = synced(PEOPLE);
    let (code, stdout, stderr) = told(&harness, &["sync", "plan", "--exit-code", "--output", "json"]);
    assert_eq!(code, 6, "{stderr}");
    let plan: Value = serde_json::from_str(&stdout).expect("JSON");
    let created = of_kind(&plan, "create");
    assert!(!created.is_empty());
    assert_eq!(created[0]["changes"][0]["before"], Value::Null);
    assert!(stderr.contains(&format!("{} create", created.len())), "{stderr}");
    assert!(stderr.contains("`rosterkit sync apply` applies it"), "{stderr}");
    let before = harness.json(&["sessions", "users", "--all"]).as_array().expect("a list").len();

    let (code, stdout, stderr) = told(&harness, &["sync", "apply", "--output", "json"]);
    assert_eq!((code, stdout.as_str()), (0, "[]\n"), "{stderr}");
    assert!(stderr.contains("accepted"), "{stderr}");
    let after = harness.json(&["sessions", "users", "--all"]).as_array().expect("a list").len();
    assert_eq!(after, before + created.len());

    let (code, stdout, _) = told(&harness, &["sync", "plan", "--exit-code", "--output", "json"]);
    assert_eq!(code, 0);
    let second: Value = serde_json::from_str(&stdout).expect("JSON");
    for kind in ["create", "update", "reactivate", "deactivate"] {
        assert_eq!(of_kind(&second, kind), Vec::<&Value>::new(), "{kind}");
    }
}

#[test]
fn a_table_of_a_plan_has_the_changes_as_text() {
    let harness = synced(PEOPLE);
    let plan = harness.run(&["sync", "plan", "--columns", "kind,changes"]);
    let created = plan.lines().find(|line| line.starts_with("create")).expect("a creation");
    assert!(created.contains("firstName: none → \""), "{created}");
    let redacted = harness.run(&["sync", "plan", "--redact", "--columns", "kind,changes,label", "--output", "csv"]);
    assert!(redacted.contains("create,\"firstName, lastName, remoteId\",\n"), "{redacted}");
    assert!(!redacted.contains('→'), "{redacted}");
    refused(&harness, &["sync", "plan", "--columns", "nothing"], 2, "nothing");
}

#[test]
fn a_plan_is_a_page_with_every_person_who_changes() {
    let harness = synced(PEOPLE);
    let plan = harness.run(&["sync", "plan", "--html", "plan.html", "--output", "json"]);
    let page = fs::read_to_string(harness.home.path().join("plan.html")).expect("a page");
    let plan: Value = serde_json::from_str(&plan).expect("JSON");
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    for person in of_kind(&plan, "create") {
        assert!(page.contains(person["source_id"].as_str().expect("an id")), "{person}");
    }
}

#[test]
fn a_run_is_in_the_status_the_history_the_report_and_the_metrics() {
    let harness = synced(PEOPLE);
    harness.run(&["sync", "run", "--report", "report.json", "--metrics", "sync.prom"]);
    let status = harness.json(&["sync", "status"]);
    assert_eq!(status["last_run"]["command"], "sync run");
    assert_eq!(status["last_run"]["status"], "done");
    assert_eq!(status["effects_without_outcome"], 0);
    assert!(status["newest_plan"]["applied_at"].is_string(), "{status}");
    let number = status["last_run"]["run"].clone();
    let run = number.to_string();

    let history = harness.json(&["sync", "history", "--limit", "1000"]);
    let entries = history.as_array().expect("a list");
    assert!(!entries.is_empty());
    assert!(entries.iter().all(|entry| entry["outcome"] == "accepted" && entry["run"] == number));
    assert_eq!(harness.json(&["sync", "history", "--limit", "2"]).as_array().map(Vec::len), Some(2));
    let person = entries[0]["source_id"].as_str().expect("an id");
    let of_person = harness.json(&["sync", "history", "--person", person]);
    assert!(of_person.as_array().is_some_and(|it| it.iter().all(|entry| entry["source_id"] == person)), "{of_person}");
    assert_eq!(harness.json(&["sync", "show", &run]).as_array().map(Vec::len), Some(entries.len()));
    refused(&harness, &["sync", "show", "99"], 2, "no run 99");

    let report = fs::read_to_string(harness.home.path().join("report.json")).expect("a report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["exit_code"], 0);
    assert_eq!(report["flows"][0]["outcomes"]["accepted"], json!(entries.len()));
    let metrics = fs::read_to_string(harness.home.path().join("sync.prom")).expect("metrics");
    let accepted = format!("rosterkit_sync_outcomes{{flow=\"people\",outcome=\"accepted\"}} {}\n", entries.len());
    assert!(metrics.contains(&accepted), "{metrics}");
    assert!(metrics.contains("rosterkit_sync_run_exit_code{command=\"sync run\"} 0\n"), "{metrics}");
}

#[test]
fn reports_and_redacted_plans_have_no_values_of_people() {
    let harness = synced(PEOPLE);
    let plan = harness.json(&["sync", "plan"]);
    let created = of_kind(&plan, "create");
    let names: Vec<&str> = created.iter().map(|row| row["label"].as_str().expect("a name")).collect();
    let arguments = ["sync", "plan", "--out", "plan.json", "--html", "plan.html", "--redact", "--output", "json"];
    let redacted = harness.run(&[&arguments[..], &["--report", "plan-report.json"]].concat());
    let file = fs::read_to_string(harness.home.path().join("plan.json")).expect("a plan");
    let (_, _, said) = told(&harness, &["sync", "apply", "plan.json", "--report", "report.json", "-v"]);
    let read = |name: &str| fs::read_to_string(harness.home.path().join(name)).expect("a report");
    for text in [redacted, file, said, read("plan.html"), read("plan-report.json"), read("report.json")] {
        let shown = names.iter().find(|name| text.contains(*name));
        assert_eq!(shown, None, "{text}");
    }
    assert!(managed(&harness) >= u64::try_from(created.len()).expect("a number"), "the plan was applied");
}

#[test]
#[cfg(unix)]
fn plan_files_and_state_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let harness = synced(PEOPLE);
    harness.run(&["sync", "plan", "--out", "plan.json", "--html", "plan.html"]);
    for name in ["plan.json", "plan.html", "rosterkit-sync.db"] {
        let mode = fs::metadata(harness.home.path().join(name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn a_plan_file_that_was_changed_or_is_of_another_plan_is_refused_and_nothing_is_sent() {
    let harness = synced(PEOPLE);
    harness.run(&["sync", "plan", "--out", "plan.json"]);
    let plan = fs::read_to_string(harness.home.path().join("plan.json")).expect("a plan");
    let parsed: Value = serde_json::from_str(&plan).expect("JSON");
    let with = |key: &str, value: Value| {
        let mut plan = parsed.clone();
        plan[key] = value;
        plan.to_string()
    };
    let mut fewer = parsed["actions"].clone();
    fewer.as_array_mut().expect("a list").pop();
    let mut other = parsed["actions"].clone();
    other[0]["reason"] = "because".into();
    let mut odd = parsed["actions"].clone();
    odd[0]["kind"] = "SECRET".into();
    let before = harness.sandbox.requests().total();
    for (text, said) in [
        (with("actions", fewer), "it was changed after it was written"),
        (with("actions", other), "it was changed after it was written"),
        (with("redacted", json!(true)), "unknown key"),
        (with("digest", json!("0")), "has another digest"),
        (with("plan", json!(77)), "does not have plan 77"),
        (with("version", json!(9)), "version 9 is not supported; expected 1"),
        (with("format", json!("csv")), "expected the key `format`"),
        (with("more", json!(1)), "unknown key `more`"),
        (with("actions", odd), "a value has the wrong type, or is unknown"),
        (plan.replacen("\"plan\":", "\"plan\": 1, \"plan\":", 1), "duplicate key `plan`"),
        (plan.trim_end().trim_end_matches('}').to_owned(), "it is not JSON, or ends early"),
        ("id,name\n".to_owned(), "it is not JSON, or ends early"),
    ] {
        harness.file("other.json", &text);
        let (code, _, stderr) = told(&harness, &["sync", "apply", "other.json"]);
        assert_eq!(code, 2, "{said}: {stderr}");
        assert!(stderr.contains(said) && !stderr.contains("SECRET"), "{said}: {stderr}");
    }
    refused(&harness, &["sync", "apply", "nowhere.json"], 2, "cannot read `nowhere.json`");
    // Apart from what settles earlier effects, of which there are none.
    assert_eq!(harness.sandbox.requests().total(), before);
    harness.run(&["sync", "apply", "plan.json"]);
    refused(&harness, &["sync", "apply", "plan.json"], 2, "it was applied at");
}

#[test]
fn a_plan_of_another_sync_file_is_refused() {
    let harness = synced(PEOPLE);
    refused(&harness, &["sync", "apply"], 2, "the state file has no plan");
    harness.run(&["sync", "plan"]);
    harness.file("rosterkit-sync.toml", &format!("{PEOPLE}# changed\n"));
    refused(&harness, &["sync", "apply"], 2, "the sync file was changed since");
    assert_eq!(harness.json(&["sync", "status"])["last_run"]["status"], "failed");
}

#[test]
fn over_a_limit_nothing_is_applied_until_it_is_allowed() {
    let harness = synced(&format!("{PEOPLE}\n[flow.limits]\ncreations = {{ max = 1 }}\n"));
    let count = |harness: &Harness| harness.json(&["sessions", "users", "--all"]).as_array().expect("a list").len();
    let before = count(&harness);
    let (code, _, stderr) = told(&harness, &["sync", "plan", "--exit-code"]);
    assert_eq!(code, 7, "{stderr}");
    assert!(stderr.contains("people: not applied:") && stderr.contains("--allow-creations"), "{stderr}");
    let (code, _, stderr) = told(&harness, &["sync", "run", "--report", "report.json"]);
    assert_eq!(code, 7, "{stderr}");
    assert_eq!(count(&harness), before);
    let report = fs::read_to_string(harness.home.path().join("report.json")).expect("a report");
    assert!(report.contains("\"status\": \"kept_back\""), "{report}");
    harness.run(&["sync", "run", "--allow-creations", "100"]);
    assert!(count(&harness) > before);
}

#[test]
fn one_person_is_planned_and_applied_alone() {
    let harness = synced(PEOPLE);
    let plan = harness.json(&["sync", "plan"]);
    let person = of_kind(&plan, "create")[0]["source_id"].as_str().expect("an id");
    let only = harness.json(&["sync", "plan", "--only", person]);
    assert_eq!(only.as_array().map(Vec::len), Some(1), "{only}");
    harness.run(&["sync", "run", "--only", person]);
    let history = harness.json(&["sync", "history"]);
    assert_eq!(history.as_array().map(Vec::len), Some(1), "{history}");
    assert_eq!(managed(&harness), 1, "no one else is managed because of that");
    let (_, _, stderr) = told(&harness, &["sync", "plan", "--only", "no one-1"]);
    assert!(stderr.contains("no one has the id `no one-1`"), "{stderr}");
}

#[test]
fn a_person_is_explained_and_the_plan_of_the_explanation_is_not_applied() {
    let harness = synced(PEOPLE);
    let plan = harness.json(&["sync", "plan"]);
    let person = of_kind(&plan, "create")[0]["source_id"].as_str().expect("an id");
    let explained = harness.json(&["sync", "explain", person]);
    assert_eq!(explained[0]["kind"], "create");
    assert_eq!(explained[0]["matched"], "with no one");
    assert_eq!(explained[0]["scope"], "in scope (no `where`)");
    assert_eq!(explained[0]["wanted"]["remoteId"], person);
    let paired = harness.json(&["sessions", "users", "--limit", "1"])[0]["id"].as_str().expect("an id").to_owned();
    let of_pair = harness.json(&["sync", "explain", &paired]);
    assert_eq!(of_pair[0]["matched"], "by `remoteId`; recorded when the plan is applied");
    refused(&harness, &["sync", "explain", "no one-1"], 2, "no one has the id `no one-1`");
    harness.run(&["sync", "apply"]);
    assert!(managed(&harness) > 1);
    let explained = harness.json(&["sync", "explain", person]);
    assert_eq!((&explained[0]["kind"], &explained[0]["target"]), (&json!("unchanged"), &json!("active")));
    assert!(explained[0]["matched"].as_str().is_some_and(|it| it.starts_with("created in run ")), "{explained}");
    let target = explained[0]["target_id"].as_str().expect("an id");
    assert_eq!(harness.json(&["sync", "explain", target])[0]["source_id"], person);
}

#[test]
fn a_person_is_adopted_by_ids_of_the_last_plan() {
    let harness = synced(PEOPLE);
    let source = harness.somebody();
    let target = harness.json(&["sessions", "users", "--limit", "1"])[0]["id"].as_str().expect("an id").to_owned();
    refused(&harness, &["sync", "adopt", "people", &source, &target], 2, "no state file");
    harness.run(&["sync", "plan"]);
    assert_eq!(managed(&harness), 0);
    harness.run(&["sync", "adopt", "people", &source, &target]);
    assert_eq!(managed(&harness), 1);
    let (code, _, stderr) = told(&harness, &["sync", "adopt", "people", &source, &target]);
    assert!(code == 0 && stderr.contains("recorded before"), "{stderr}");
    refused(
        &harness,
        &["sync", "adopt", "people", &source, "no one-1"],
        2,
        "no one with the id `no one-1` in the target",
    );
    refused(&harness, &["sync", "adopt", "peopel", &source, &target], 2, "no flow `peopel`; it has `people`");
}

#[test]
fn a_person_is_forgotten_with_a_word_on_what_is_not_reached() {
    let harness = synced(PEOPLE);
    harness.run(&["sync", "run"]);
    let history = harness.json(&["sync", "history"]);
    let person = history[0]["source_id"].as_str().expect("an id");
    let before = managed(&harness);
    let (code, stdout, stderr) = told(&harness, &["sync", "forget", person, "--output", "json"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("plan files, reports, backups"), "{stderr}");
    let forgotten: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((&forgotten["identities"], &forgotten["journal"]), (&json!(1), &json!(1)), "{forgotten}");
    assert_eq!(managed(&harness), before - 1);
    let all = harness.run(&["sync", "history", "--limit", "1000", "--output", "jsonl"]);
    assert!(!all.contains(person) && all.contains("forgotten:"), "{all}");
}

#[test]
fn a_sample_has_paths_and_lengths_and_no_values() {
    let harness = synced(PEOPLE);
    let sample = harness.run(&["sync", "sample", "people", "--output", "jsonl"]);
    let users = harness.json(&["genesys", "users", "list", "--state", "any", "--all"]);
    for user in users.as_array().expect("a list") {
        let name = user["name"].as_str().expect("a name");
        assert!(!sample.contains(name), "{name}: {sample}");
    }
    let rows: Vec<Value> = sample.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let has = |side: &str, path: &str, kind: &str| {
        rows.iter().any(|row| row["side"] == side && row["path"] == path && row["type"] == kind)
    };
    assert!(has("source", "id", "text") && has("source", "version", "number"), "{sample}");
    assert!(has("target", "remoteId", "text") && has("target", "active", "true or false"), "{sample}");
}

#[test]
fn an_example_of_every_flow_can_be_planned_with_and_the_schema_has_its_keys() {
    let harness = harness(5);
    let example = harness.run(&["sync", "init", "people", "--from", "genesys-users", "--to", "session-users"]);
    harness.file("rosterkit-sync.toml", &example);
    harness.run(&["sync", "plan"]);
    refused(&harness, &["sync", "init", "p", "--from", "paper", "--to", "session-users"], 2, "unknown source `paper`");
    let schema: Value = serde_json::from_str(&harness.run(&["sync", "schema"])).expect("JSON");
    assert_eq!(schema["properties"]["plan_max_age"]["type"], "string");
}

#[test]
fn mistakes_of_the_sync_file_are_shown_with_their_lines_and_nothing_is_sent() {
    let harness = synced("[[flow]]\nname = \"people\"\nfrm = \"genesys-users\"\n");
    let before = harness.sandbox.requests().total();
    refused(
        &harness,
        &["sync", "plan"],
        2,
        "rosterkit-sync.toml:3:1: `flow.frm` is an unknown key; did you mean `from`?",
    );
    refused(&harness, &["sync", "plan", "--file", "other.toml"], 2, "no sync file `other.toml`");
    harness.file("rosterkit-sync.toml", PEOPLE);
    refused(&harness, &["sync", "plan", "--flow", "poeple"], 2, "no flow `poeple`; it has `people`");
    refused(&harness, &["sync", "status"], 2, "no state file");
    refused(&harness, &["sync", "forget", "u-1"], 2, "no state file");
    refused(&harness, &["--sandbox", "sync", "apply"], 2, "`sync apply` does not use --sandbox");
    refused(&harness, &["sync", "plan", "--token", "t"], 2, "`sync` does not use --token");
    refused(&harness, &["sync", "plan", "--report", "nowhere/report.json"], 1, "no folder `nowhere`");
    refused(&harness, &["sync", "plan", "--out", "-"], 2, "--out needs a file path");
    assert_eq!(harness.sandbox.requests().total(), before);
}

#[test]
fn a_service_that_fails_refuses_the_credential_or_is_not_reached_has_a_code_of_its_own() {
    for (variable, value, code) in [
        ("SESSIONS_API_KEY", "wrong", 4),
        ("SESSIONS_BASE_URL", CLOSED_PORT, 5),
        ("GENESYSCLOUD_BASE_URL", CLOSED_PORT, 5),
    ] {
        let harness = synced(PEOPLE);
        let run = harness.command().args(["sync", "run", "--attempts", "1"]).env(variable, value).assert().code(code);
        assert!(text(&run.get_output().stderr).contains("cannot read"), "{variable}");
        assert_eq!(harness.json(&["sync", "status"])["last_run"]["status"], "failed");
    }
}

/// People of a file.
const OF_FILE: &str = r#"
[[flow]]
name = "staff"
from = "file"
to = "session-users"

[flow.source]
path = "staff.csv"

[flow.identity]
id = "number"

[flow.fields]
remoteId = "number"
firstName = "given"
lastName = "family"
"#;

#[test]
fn people_of_a_file_who_cannot_be_used_are_named_and_stop_nobody() {
    let harness = synced(OF_FILE);
    harness.file("staff.csv", "number,given,family\nn-1,Ann,Sample\nn-2,Ben,Sample\nn-2,Bea,Sample\nn-3,,Sample\n");
    let (code, stdout, stderr) = told(&harness, &["sync", "plan", "--output", "json"]);
    assert_eq!(code, 0, "{stderr}");
    let plan: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(of_kind(&plan, "create").len(), 1, "{plan}");
    assert_eq!(of_kind(&plan, "conflict")[0]["source_id"], "n-2", "{plan}");
    assert_eq!(of_kind(&plan, "invalid")[0]["source_id"], "n-3", "{plan}");
    let (code, _, stderr) = told(&harness, &["sync", "run"]);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("0 failed or skipped, 1 conflict, 1 invalid"), "{stderr}");
    assert_eq!(managed(&harness), 1);
}

#[test]
fn an_incomplete_read_has_a_code_of_its_own_which_goes_before_people_who_were_not_done() {
    let harness = synced(OF_FILE);
    harness.file("staff.csv", "number,given,family\nn-1,Ann,Sample\nn-2,Ben\nn-3,,Sample\n");
    for command in ["plan", "run"] {
        let (code, _, stderr) = told(&harness, &["sync", command]);
        assert_eq!(code, 7, "{stderr}");
        assert!(stderr.contains("staff: the source was not read completely"), "{stderr}");
    }
    assert_eq!(managed(&harness), 1);
}

#[test]
fn rejected_people_are_rows_and_the_words_of_the_service_need_verbose() {
    let harness = synced(OF_FILE);
    harness.file("staff.csv", "number,given,family\nn-1,Ann,Sample\n");
    harness.fault("batchUpsertUsers:status=400");
    let (code, stdout, stderr) = told(&harness, &["sync", "run", "--output", "json"]);
    assert_eq!(code, 3, "{stderr}");
    let rows: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!(
        (&rows[0]["source_id"], &rows[0]["outcome"], &rows[0]["reason"]),
        (&json!("n-1"), &json!("rejected"), &Value::Null)
    );
    assert!(stderr.contains("`-v` shows the messages of the service"), "{stderr}");
    assert_eq!(harness.json(&["sync", "status"])["last_run"]["status"], "partial");
    let (_, stdout, _) = told(&harness, &["sync", "run", "--output", "json", "-v"]);
    let rows: Value = serde_json::from_str(&stdout).expect("JSON");
    assert!(rows[0]["reason"].is_string(), "{rows}");
    let (_, history, _) = told(&harness, &["sync", "history", "--output", "jsonl"]);
    assert!(history.contains("\"rejected\"") && !history.contains("\"reason\""), "{history}");
    let (_, history, _) = told(&harness, &["sync", "history", "--output", "jsonl", "-v"]);
    assert!(history.contains("\"reason\""), "{history}");
}

#[test]
fn a_service_that_breaks_off_while_people_are_sent_leaves_unknown_people_whom_the_next_run_settles() {
    let harness = synced(OF_FILE);
    harness.file("staff.csv", "number,given,family\nn-1,Ann,Sample\n");
    harness.fault("batchUpsertUsers:status=503,times=1");
    let (code, stdout, stderr) = told(&harness, &["sync", "run", "--attempts", "1", "--output", "json"]);
    assert_eq!(code, 3, "{stderr}");
    let rows: Value = serde_json::from_str(&stdout).expect("JSON");
    assert_eq!((&rows[0]["source_id"], &rows[0]["outcome"]), (&json!("n-1"), &json!("unknown")), "{rows}");
    harness.run(&["sync", "run"]);
    assert_eq!(managed(&harness), 1);
    // The service applies this one, and the response is lost.
    harness.file("staff.csv", "number,given,family\nn-1,Ann,Sample\nn-2,Ben,Sample\n");
    harness.fault("batchUpsertUsers:drop,times=1");
    let (code, stdout, stderr) = told(&harness, &["sync", "run", "--attempts", "1"]);
    assert_eq!((code, stdout.as_str()), (0, ""), "{stderr}");
    assert_eq!(managed(&harness), 2);
}

/// Completions of the sandbox, for the LMS users with the same addresses.
const RECORDS: &str = r#"
[lms]
time_zone = "Europe/Berlin"

[[flow]]
name = "link"
from = "genesys-users"
to = "lms-users"

[flow.identity]
match = [{ source = "lower(email)", target = "lower(email)" }]

[[flow]]
name = "records"
from = "session-completions"
to = "lms-external-training"

[flow.completions]
since = "2024-01-01"
identities = "link"
"#;

#[test]
fn completions_become_training_records_once() {
    let harness = synced(RECORDS);
    let plan = harness.json(&["sync", "plan"]);
    let created: Vec<&Value> = of_kind(&plan, "create").into_iter().filter(|row| row["flow"] == "records").collect();
    assert!(!created.is_empty(), "{plan}");
    harness.run(&["sync", "apply"]);
    let history = harness.json(&["sync", "history", "--limit", "1000"]);
    assert_eq!(history.as_array().map(Vec::len), Some(created.len()));
    let completion = created[0]["source_id"].as_str().expect("an id");
    let explained = harness.json(&["sync", "explain", completion]);
    assert_eq!((&explained[0]["kind"], &explained[0]["target_id"]), (&json!("unchanged"), &created[0]["target_id"]));
    let record = explained[0]["found"]["RecordID"].as_str().expect("a record");
    assert_eq!(harness.json(&["sync", "explain", record])[0]["source_id"], completion);
    let (code, _, stderr) = told(&harness, &["sync", "run"]);
    assert!(code == 0 && stderr.contains("records: nothing to apply"), "{stderr}");
    let sample = harness.run(&["sync", "sample", "records", "--output", "csv"]);
    assert!(sample.contains("source,sessionScheduledStartAt,text,"), "{sample}");
}

#[test]
fn only_the_services_of_the_sync_file_need_an_address() {
    let harness = synced(PEOPLE);
    let mut command = harness.command();
    command.env_remove("LMS_BASE_URL").args(["sync", "plan"]).assert().success();
    let mut command = harness.command();
    let plan = command.env_remove("GENESYSCLOUD_BASE_URL").args(["sync", "plan"]).assert().code(2);
    assert!(text(&plan.get_output().stderr).contains("the region of Genesys Cloud is missing"));
}

#[test]
fn the_state_of_the_embedded_sandbox_is_kept_apart() {
    let harness = synced(PEOPLE);
    let home = harness.home.path();
    crate::support::bare(&harness.home).args(["--sandbox", "sync", "run"]).assert().success();
    assert!(home.join("rosterkit-sync.sandbox.db").exists() && !home.join("rosterkit-sync.db").exists());
}

#[test]
fn rows_of_the_plan_confirm_matches_by_name() {
    let by_name = PEOPLE.replace("[flow.removals]", "[flow.identity]\nmatch = [\"name\"]\n\n[flow.removals]");
    let harness = synced(&by_name);
    let user = harness.json(&["genesys", "users", "list", "--limit", "1"])[0].clone();
    let id = user["id"].as_str().expect("an id");
    harness.file("wrong.csv", "flow\npeople\n");
    refused(
        &harness,
        &["sync", "apply", "--accept-matches", "wrong.csv"],
        2,
        "`wrong.csv`, line 2: expected a text in `source_id`",
    );
    harness.file("confirmed.csv", &format!("flow,source_id\nstaff,{id}\n"));
    refused(
        &harness,
        &["sync", "run", "--accept-matches", "confirmed.csv"],
        2,
        "line 2: `rosterkit-sync.toml` has no flow `staff`",
    );
    harness.file("confirmed.jsonl", &format!("{}\n", json!({ "flow": "people", "source_id": id, "kind": "confirm" })));
    harness.run(&["sync", "run", "--accept-matches", "confirmed.jsonl"]);
}

#[test]
#[cfg(unix)]
fn the_command_of_on_finish_gets_counts_and_no_credentials_and_its_failure_is_said() {
    let harness = harness(5);
    let program = harness.file("tell", "#!/bin/sh\ncat > told.json\nenv > told.env\necho heard\nexit 3\n");
    std::process::Command::new("chmod").arg("+x").arg(&program).status().expect("run");
    let on_finish = format!("on_finish = {{ command = [{:?}] }}\n", program.display().to_string());
    harness.file("rosterkit-sync.toml", &format!("{on_finish}{PEOPLE}"));
    let (code, stdout, stderr) = told(&harness, &["sync", "run"]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("heard") && !stdout.contains("heard"), "{stderr}");
    assert!(stderr.contains("the command of `on_finish`") && stderr.contains("failed: exit status: 3"), "{stderr}");
    let read = |name: &str| fs::read_to_string(harness.home.path().join(name)).expect("written");
    let got: Value = serde_json::from_str(&read("told.json")).expect("JSON");
    assert_eq!((&got["command"], &got["exit_code"]), (&json!("sync run"), &json!(0)));
    let environment = read("told.env");
    assert!(environment.contains("ROSTERKIT_SYNC_STATUS=done\n"), "{environment}");
    for secret in ["GENESYSCLOUD_ACCESS_TOKEN", "LMS_PASSWORD", "LMS_SYSTEM_KEY", "SESSIONS_API_KEY="] {
        assert!(!environment.contains(secret), "{secret}");
    }
    fs::remove_file(harness.home.path().join("told.json")).expect("removed");
    harness.run(&["sync", "plan"]);
    assert!(!harness.home.path().join("told.json").exists(), "a plan is not told");
}

#[test]
#[cfg(unix)]
fn a_command_of_on_finish_that_takes_too_long_is_stopped() {
    let harness = harness(5);
    let on_finish = "on_finish = { command = [\"/bin/sleep\", \"600\"], timeout = \"1s\" }\n";
    harness.file("rosterkit-sync.toml", &format!("{on_finish}{PEOPLE}"));
    let (code, _, stderr) = told(&harness, &["sync", "run"]);
    assert!(code == 0 && stderr.contains("was stopped after its time limit of 1s"), "{stderr}");
    harness.file("rosterkit-sync.toml", &format!("on_finish = {{ command = [\"/nowhere/tell\"] }}\n{PEOPLE}"));
    let (code, _, stderr) = told(&harness, &["sync", "run"]);
    assert!(code == 0 && stderr.contains("cannot be started"), "{stderr}");
}

#[test]
#[cfg(unix)]
fn after_ctrl_c_what_is_in_flight_is_finished_and_the_same_command_goes_on() {
    use std::io::{BufRead as _, BufReader, Read as _};
    use std::process::Stdio;

    let harness = synced(PEOPLE);
    harness.run(&["sync", "plan"]);
    harness.fault("batchUpsertUsers:delay=3s");
    let mut command = crate::support::program();
    command.env_clear().envs(harness.environment()).env("HOME", harness.home.path()).current_dir(harness.home.path());
    command.args(["sync", "apply"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("started");
    // The status can be read while a run goes on. Effects are journalled before they are sent.
    while harness.json(&["sync", "status"])["effects_without_outcome"] == 0 {
        assert_eq!(child.try_wait().expect("known"), None);
    }
    let (code, _, said) = told(&harness, &["sync", "plan"]);
    assert!(code == 2 && said.contains("is in use by") && said.contains("sync apply"), "{code}: {said}");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert!(line.contains("finishing what is in flight"), "{line}");
    let status = child.wait().expect("ended");
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).expect("text");
    assert_eq!(status.code(), Some(130), "{rest}");
    assert!(rest.contains("`rosterkit sync apply` goes on"), "{rest}");
    let status = harness.json(&["sync", "status"]);
    assert_eq!((&status["last_run"]["status"], &status["effects_without_outcome"]), (&json!("interrupted"), &json!(0)));
    assert!(status["newest_plan"]["applied_at"].is_null(), "{status}");
    let sent = harness.json(&["sync", "history", "--limit", "1000"]);
    assert!(
        sent.as_array().is_some_and(|it| !it.is_empty() && it.iter().all(|it| it["outcome"] == "accepted")),
        "{sent}"
    );
    harness.run(&["sync", "apply"]);
    assert_eq!(harness.json(&["sync", "history", "--limit", "1000"]), sent, "no one is sent twice");
}

#[test]
fn a_state_file_is_not_used_with_another_account() {
    let first = synced(PEOPLE);
    first.run(&["sync", "run"]);
    let other = synced(PEOPLE);
    for name in ["rosterkit-sync.db", "rosterkit-sync.db-wal"] {
        // The log is gone when the last connection was closed.
        let _ = fs::copy(first.home.path().join(name), other.home.path().join(name));
    }
    for arguments in [&["sync", "plan"][..], &["sync", "run"]] {
        refused(&other, arguments, 2, "the state file belongs to");
    }
    let (code, _, stderr) = told(&other, &["sync", "run", "--accept-addresses"]);
    assert_eq!(code, 0, "{stderr}");
    other.run(&["sync", "plan"]);
}
