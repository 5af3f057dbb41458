//! `sync run` killed with SIGKILL in the middle: the same command brings all sides in step, and does nothing twice.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{Harness, harness, program};

/// How many points of a run are tried.
const POINTS: u64 = 20;

/// People become session users, and completions become training records.
const FLOWS: &str = r#"
[lms]
time_zone = "Europe/Berlin"

[[flow]]
name = "people"
from = "genesys-users"
to = "session-users"

[flow.fields]
remoteId = "id"
firstName = "split_name_first(name)"
lastName = "default(split_name_rest(name), 'Unknown')"

[[flow]]
name = "accounts"
from = "genesys-users"
to = "lms-users"

[flow.identity]
match = ["email"]

[[flow]]
name = "training"
from = "session-completions"
to = "lms-external-training"

[flow.completions]
since = "2024-01-01"
identities = "accounts"
"#;

fn synced() -> Harness {
    let harness = harness(40);
    harness.file("rosterkit-sync.toml", FLOWS);
    harness
}

/// What the services hold: session users and training records, in an order of their own.
fn held(harness: &Harness) -> (Vec<String>, Vec<String>) {
    let rows = |arguments: &[&str], columns: &[&str]| {
        let listed = harness.json(arguments);
        let mut rows: Vec<String> = listed
            .as_array()
            .expect("a list")
            .iter()
            .map(|row| columns.iter().map(|column| row[column].to_string()).collect::<Vec<_>>().join(" "))
            .collect();
        rows.sort();
        rows
    };
    let users = rows(&["sessions", "users", "--all"], &["remoteId", "firstName", "lastName", "active"]);
    let records = rows(&["lms", "export", "records"], &["id", "userId", "endDate", "overallStatus"]);
    (users, records)
}

/// Starts `sync run`, and kills it when the sandbox has got so many requests of it. The next one is held back until then.
/// Returns whether it was killed.
fn run_until(harness: &Harness, requests: u64) -> bool {
    let before = harness.sandbox.requests().total();
    harness.fault(&format!("*:delay=60s,skip={requests}"));
    let mut command = program();
    command.env_clear().envs(harness.environment()).env("HOME", harness.home.path()).current_dir(harness.home.path());
    command.args(["sync", "run"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("started");
    let is_killed = loop {
        if child.try_wait().expect("known").is_some() {
            break false;
        }
        if harness.sandbox.requests().total() >= before + requests {
            // SIGKILL: nothing of the process runs afterwards.
            child.kill().expect("killed");
            break true;
        }
        std::thread::yield_now();
    };
    child.wait().expect("ended");
    harness.sandbox.clear_faults();
    is_killed
}

#[test]
fn after_a_kill_at_any_request_the_same_command_does_everything_once() {
    let (expected, requests) = {
        let harness = synced();
        let initial = held(&harness);
        let before = harness.sandbox.requests().total();
        harness.run(&["sync", "run"]);
        let requests = harness.sandbox.requests().total() - before;
        let expected = held(&harness);
        assert!(expected.0.len() > initial.0.len() && expected.1.len() > initial.1.len(), "both sides get more");
        (expected, requests)
    };
    let mut killed = 0;
    for point in 0..POINTS {
        let at = 1 + point * requests / POINTS;
        let harness = synced();
        killed += u64::from(run_until(&harness, at));
        harness.run(&["sync", "run"]);
        assert_eq!(held(&harness), expected, "killed at request {at} of {requests}");
        let status = harness.json(&["sync", "status"]);
        assert_eq!(status["effects_without_outcome"], 0, "killed at request {at}: {status}");
        let plan: Value = harness.json(&["sync", "plan", "--exit-code"]);
        let kinds = ["create", "update", "reactivate", "deactivate", "withdraw"];
        let writes =
            plan.as_array().expect("a list").iter().filter(|row| kinds.iter().any(|kind| row["kind"] == *kind));
        assert_eq!(writes.count(), 0, "killed at request {at}: {plan}");
    }
    assert!(killed > POINTS / 2, "{killed} of {POINTS} runs were killed");
}
