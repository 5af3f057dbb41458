//! `call`: parameters, bodies, answers.

use crate::support::{bare, lab, text};

#[test]
fn the_body_goes_to_standard_output_and_the_rest_to_standard_error() {
    let lab = lab(30);
    let assert = lab
        .command()
        .args(["call", "genesys-users", "getUsers", "--params", "{\"pageSize\": 2, \"state\": \"any\"}", "-v"])
        .assert()
        .success();
    let answer: serde_json::Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    assert_eq!((&answer["total"], answer["entities"].as_array().map(Vec::len)), (&30.into(), Some(2)));
    let notes = text(&assert.get_output().stderr);
    assert!(notes.contains("200 OK, correlation id") && notes.contains("the environment"), "{notes}");
    let quiet = lab.command().args(["call", "genesys-users", "getUsers"]).assert().success();
    assert!(quiet.get_output().stderr.is_empty());
}

#[test]
fn parameters_can_be_given_one_by_one_and_lists_by_repeating_them() {
    let lab = lab(30);
    let arguments = ["call", "genesys-users", "getUsers", "--param", "pageSize=3", "-p", "state=any"];
    let more = ["-p", "expand=presence", "-p", "expand=skills", "--output", "jsonl", "--query", "entities | length(@)"];
    assert_eq!(lab.run(&[&arguments[..], &more].concat()), "3\n");
}

#[test]
fn a_parameter_that_is_given_twice_is_refused() {
    let lab = lab(1);
    for again in [&["-p", "pageSize=2"][..], &["--params", "{\"pageSize\": 2}"]] {
        let arguments = [&["call", "genesys-users", "getUsers", "-p", "pageSize=1"], again].concat();
        let assert = lab.command().args(&arguments).assert().code(2);
        assert!(text(&assert.get_output().stderr).contains("`pageSize`"));
    }
}

#[test]
fn bodies_come_from_text_from_files_and_from_standard_input() {
    let lab = lab(0);
    let user = |name: &str| format!("{{\"name\": \"{name}\", \"email\": \"{name}@example.com\"}}");
    lab.file("user.json", &user("file"));
    for (body, name) in [(user("text").as_str(), "text"), ("@user.json", "file"), ("-", "stdin")] {
        let mut command = lab.command();
        command.args(["call", "genesys-users", "postUsers", "--body", body, "--query", "name"]);
        let assert = command.write_stdin(user("stdin")).assert().success();
        assert_eq!(text(&assert.get_output().stdout), format!("\"{name}\"\n"));
    }
}

#[test]
fn standard_input_can_be_one_thing_only() {
    let lab = lab(1);
    let mut command = lab.command();
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
fn a_csv_file_is_streamed_and_its_report_comes_back() {
    let lab = lab(10);
    lab.file("training.csv", "Action,RecordID,UserId,Title,EndDate,Status\nA,R1,nobody,First aid,2026-01-31,4\n");
    let report = lab.run(&["call", "peoplefluent-lms", "externalTrainingCsv", "--body", "@training.csv"]);
    assert!(report.contains("R1") && report.starts_with(|it: char| it.is_ascii_alphabetic()), "{report}");
}

#[test]
fn an_answer_goes_to_a_file_whole_or_not_at_all() {
    let lab = lab(10);
    let path = lab.home.path().join("answer");
    let out = path.to_str().expect("a path");
    assert_eq!(lab.run(&["call", "peoplefluent-lms", "records", "--out", out]), "");
    assert!(std::fs::read_to_string(&path).expect("a file").contains("<trainingHistory"));
    assert_eq!(lab.run(&["call", "session-clusters", "getUsers", "--out", out]), "");
    let answer: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
    assert_eq!(answer["success"], true);
    let before = std::fs::read(&path).expect("a file");
    lab.command().args(["call", "genesys-users", "getUser", "-p", "userId=x", "--out", out]).assert().code(1);
    assert_eq!(std::fs::read(&path).expect("a file"), before);
    assert_eq!(std::fs::read_dir(lab.home.path()).expect("the home").count(), 1);
    lab.command().args(["call", "session-clusters", "getUsers", "--out", "missing/folder/file"]).assert().code(1);
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
fn the_other_forms_of_output_work_on_any_answer_that_is_json() {
    let lab = lab(10);
    let arguments = ["call", "session-clusters", "getUsers", "-p", "pageSize=2"];
    let csv = lab.run(&[&arguments[..], &["--query", "data.items[].{first: firstName}", "--output", "csv"]].concat());
    assert!(csv.starts_with("first\r\n") || csv.starts_with("first\n"), "{csv}");
    assert_eq!(csv.lines().count(), 3);
}
