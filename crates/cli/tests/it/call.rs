//! `call`: parameters, request bodies, response bodies.

use serde_json::{Value, json};

use crate::support::{IDS, bare, harness, text};

#[test]
fn the_body_is_written_to_standard_output_and_notes_to_standard_error() {
    let harness = harness(30);
    let assert = harness
        .command()
        .args(["call", "genesys-users", "getUsers", "--params", "{\"pageSize\": 2, \"state\": \"any\"}", "-v"])
        .assert()
        .success();
    let answer: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    assert_eq!((&answer["total"], answer["entities"].as_array().map(Vec::len)), (&30.into(), Some(2)));
    let notes = text(&assert.get_output().stderr);
    assert!(notes.contains("200 OK, correlation id") && notes.contains("the environment"), "{notes}");
    let quiet = harness.command().args(["call", "genesys-users", "getUsers"]).assert().success();
    assert!(quiet.get_output().stderr.is_empty());
}

#[test]
fn parameters_can_be_given_one_by_one_and_lists_by_repeating_them() {
    let harness = harness(30);
    let arguments = ["call", "genesys-users", "getUsers", "--param", "pageSize=3", "-p", "state=any"];
    let more = ["-p", "expand=presence", "-p", "expand=skills", "--output", "jsonl", "--query", "entities | length(@)"];
    assert_eq!(harness.run(&[&arguments[..], &more].concat()), "3\n");
}

#[test]
fn a_parameter_that_is_given_twice_is_rejected() {
    let harness = harness(1);
    for again in [&["-p", "pageSize=2"][..], &["--params", "{\"pageSize\": 2}"]] {
        let arguments = [&["call", "genesys-users", "getUsers", "-p", "pageSize=1"], again].concat();
        let assert = harness.command().args(&arguments).assert().code(2);
        assert!(text(&assert.get_output().stderr).contains("`pageSize`"));
    }
}

#[test]
fn bodies_come_from_text_from_files_and_from_standard_input() {
    let harness = harness(0);
    let user = |name: &str| format!("{{\"name\": \"{name}\", \"email\": \"{name}@example.com\"}}");
    harness.file("user.json", &user("file"));
    for (body, name) in [(user("text").as_str(), "text"), ("@user.json", "file"), ("-", "stdin")] {
        let mut command = harness.command();
        command.args(["call", "genesys-users", "postUsers", "--body", body, "--query", "name"]);
        let assert = command.write_stdin(user("stdin")).assert().success();
        assert_eq!(text(&assert.get_output().stdout), format!("\"{name}\"\n"));
    }
}

#[test]
fn standard_input_can_be_used_only_once() {
    let harness = harness(1);
    let mut command = harness.command();
    command.args([
        "call",
        "peoplefluent-lms",
        "externalTrainingCsv",
        "--body",
        "-",
        "--user",
        "integration",
        "--password-stdin",
    ]);
    let assert = command.write_stdin("sandbox-lms-password\n").assert().code(2);
    let message = text(&assert.get_output().stderr);
    assert!(message.contains("standard input") && message.contains("--body"), "{message}");
}

#[test]
fn a_csv_file_is_streamed_and_the_report_is_printed() {
    let harness = harness(10);
    harness.file("training.csv", "Action,RecordID,UserId,Title,EndDate,Status\nA,R1,nobody,First aid,2026-01-31,4\n");
    let report = harness.run(&["call", "peoplefluent-lms", "externalTrainingCsv", "--body", "@training.csv"]);
    assert!(report.contains("R1") && report.starts_with(|it: char| it.is_ascii_alphabetic()), "{report}");
}

#[test]
fn a_response_is_written_to_a_file_all_or_nothing() {
    let harness = harness(10);
    let path = harness.home.path().join("answer");
    let out = path.to_str().expect("a path");
    assert_eq!(harness.run(&["call", "peoplefluent-lms", "records", "--out", out]), "");
    assert!(std::fs::read_to_string(&path).expect("a file").contains("<trainingHistory"));
    assert_eq!(harness.run(&["call", "session-clusters", "getUsers", "--out", out]), "");
    let answer: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    assert_eq!(answer["success"], true);
    let before = std::fs::read(&path).expect("a file");
    harness.command().args(["call", "genesys-users", "getUser", "-p", "userId=x", "--out", out]).assert().code(1);
    assert_eq!(std::fs::read(&path).expect("a file"), before);
    assert_eq!(std::fs::read_dir(harness.home.path()).expect("the home").count(), 1);
    harness.command().args(["call", "session-clusters", "getUsers", "--out", "missing/folder/file"]).assert().code(1);
}

#[test]
fn a_password_comes_from_standard_input_and_never_from_an_argument() {
    let home = tempfile::tempdir().expect("a home");
    let arguments = ["--sandbox", "--user", "integration", "--password-stdin", "call", "peoplefluent-lms", "me"];
    bare(&home).args(arguments).write_stdin("sandbox-lms-password\n").assert().success();
    let refused = bare(&home).args(arguments).write_stdin("S3NTINEL\n").assert().code(4);
    assert!(!text(&refused.get_output().stderr).contains("S3NTINEL"));
    bare(&home).args(arguments).write_stdin("").assert().code(2);
    bare(&home).args(["--password", "x", "ops"]).assert().code(2);
}

#[test]
fn output_formats_and_queries_work_on_json_responses() {
    let harness = harness(10);
    let arguments = ["call", "session-clusters", "getUsers", "-p", "pageSize=2"];
    let csv =
        harness.run(&[&arguments[..], &["--query", "data.items[].{first: firstName}", "--output", "csv"]].concat());
    assert!(csv.starts_with("first\r\n") || csv.starts_with("first\n"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
}

const PATCH: [&str; 3] = ["call", "genesys-users", "patchUser"];

#[test]
fn a_dry_run_shows_the_request_without_an_account_and_refuses_one_that_is_invalid() {
    let home = tempfile::tempdir().expect("a home");
    let run = |arguments: &[&str]| bare(&home).args(arguments).args(["--dry-run", "--output", "json"]).assert();
    let body = "{\"version\": 1, \"title\": \"Agent\"}";
    let assert = run(&[&PATCH[..], &["--param", "userId=u-1", "--body", body]].concat()).success();
    let rows: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    let expected = json!({
        "method": "PATCH", "path": "/api/v2/users/u-1", "body": { "version": 1, "title": "Agent" },
    });
    assert_eq!((&rows[0]["outcome"], &rows[0]["request"]), (&json!("valid"), &expected));
    let create = ["call", "genesys-users", "postUsers", "--body"];
    let user = "{\"name\": \"N\", \"email\": \"n@example.com\", \"password\": \"S3NTINEL\"}";
    let assert = run(&[&create[..], &[user]].concat()).success();
    assert!(!text(&assert.get_output().stdout).contains("S3NTINEL"));
    let upload = ["call", "peoplefluent-lms", "externalTrainingCsv", "--body", "Action,RecordID\nD,R-1\n"];
    let assert = run(&upload).success();
    let rows: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    assert!(rows[0]["request"]["body"].as_str().is_some_and(|body| body.contains("text/")), "{rows}");
    for (arguments, problem) in [
        (&[&PATCH[..], &["--param", "userId=u-1", "--body", "{\"titel\": \"x\"}"]].concat()[..], "titel"),
        (&[&PATCH[..], &["--body", body]].concat(), "userId"),
        (&[&PATCH[..], &["--param", "userId=u-1", "--param", "user=x", "--body", body]].concat(), "unknown parameter"),
        (&["call", "genesys-users", "getUsers"], "`getUsers` only reads"),
    ] {
        let message = text(&run(arguments).code(2).get_output().stderr);
        assert!(message.contains(problem), "{arguments:?}: {message}");
    }
}

#[test]
fn a_plan_compares_the_fields_of_the_body_with_what_a_get_of_the_same_path_reads() {
    let harness = harness(5);
    let id = harness.somebody();
    harness.run(&["genesys", "users", "update", &id, "--set", "title=Old"]);
    let patches = harness.calls("patchUser");
    let plan = |id: &str, body: &str, code: i32| {
        let user = format!("userId={id}");
        let arguments = [&PATCH[..], &["--param", &user, "--body", body, "--plan", "--exit-code", "--output", "json"]];
        let assert = harness.command().args(arguments.concat()).assert().code(code);
        let rows: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
        let row =
            |row: &Value| ["outcome", "field", "before", "after"].map(|name| row[name].as_str().map(str::to_owned));
        rows.as_array().expect("rows").iter().map(row).collect::<Vec<_>>()
    };
    let row = |fields: [&str; 4]| vec![fields.map(|it| Some(it.to_owned()).filter(|it| !it.is_empty()))];
    assert_eq!(plan(&id, "{\"version\": 2, \"title\": \"New\"}", 6), row(["change", "title", "Old", "New"]));
    assert_eq!(plan(&id, "{\"version\": 2, \"title\": \"Old\"}", 0), row(["same", "title", "Old", "Old"]));
    assert_eq!(plan(&id, "{\"version\": 1, \"title\": \"New\"}", 3), row(["invalid", "", "", ""]));
    assert_eq!(plan(IDS[0], "{\"version\": 1, \"title\": \"New\"}", 3), row(["missing", "", "", ""]));
    // Parts that are left out otherwise are read.
    let expanded = plan(&id, "{\"version\": 2, \"certifications\": [\"First aid\"]}", 6);
    assert_eq!(expanded.len(), 1, "{expanded:?}");
    assert_eq!(harness.calls("patchUser"), patches);
    for (arguments, problem) in [
        (&["call", "genesys-users", "deleteUser", "--param", "userId=u-1"][..], "would change cannot be read"),
        (&["call", "genesys-users", "getUsers"], "`getUsers` only reads"),
    ] {
        let assert = harness.command().args(arguments).arg("--plan").assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(problem) && message.contains("nothing was sent"), "{message}");
    }
}
