//! Exports of the LMS.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use crate::lms::MANAGER;
use crate::support::{harness, program, text};

#[test]
fn users_and_people_are_rows_in_every_form() {
    let harness = harness(30);
    let users = ["lms", "export", "users"];
    insta::assert_snapshot!(
        harness.run(&[&users[..], &["--output", "csv", "--columns", "id,organization.id", "--query", "[:2]"]].concat())
    );
    let all = harness.json(&users);
    let all = all.as_array().expect("a list");
    assert!(all.iter().all(|user| user["status"] == "active" && user["organization"]["id"].is_string()));
    let inactive = harness.json(&["lms", "export", "users", "--status", "inactive"]);
    assert!(inactive.as_array().is_some_and(|users| !users.is_empty()));
    assert_eq!(harness.run(&[&users[..], &["--output", "jsonl"]].concat()).lines().count(), all.len());
    assert_eq!(harness.run(&[&users[..], &["--output", "csv"]].concat()).lines().count(), all.len() + 1);
    let people = harness.json(&["lms", "export", "people", "an"]);
    assert_eq!(people, harness.json(&["lms", "people", "search", "an", "--max", "1000"]));
    let fields = harness.json(&["lms", "export", "users", "--fields", "id,organization(code)"]);
    assert!(fields[0].get("email").is_none() && fields[0]["organization"]["code"].is_string(), "{}", fields[0]);
    harness.command().args(["lms", "export", "users", "--fields", "id,(x"]).assert().code(2);
}

#[test]
fn records_are_exported_by_user_module_and_time() {
    let harness = harness(30);
    let export = |more: &[&str]| harness.json(&[&["lms", "export", "records"][..], more].concat());
    let count = |more: &[&str]| export(more).as_array().map(Vec::len).unwrap_or_default();
    let all = count(&[]);
    let completed = export(&["--completed"]);
    assert!(completed.as_array().is_some_and(|it| it.iter().all(|record| record["overallStatus"] == "completed")));
    assert!(all > count(&["--completed"]) && all > count(&["--from", "2024-09-01"]));
    assert_eq!(count(&["--from", "2024-06-01", "--to", "2024-06-01"]), 0);
    let of_user = export(&["--of", MANAGER]);
    assert!(of_user.as_array().is_some_and(|it| !it.is_empty() && it.iter().all(|record| record["userId"] == MANAGER)));
    let module = of_user[0]["learningModule"]["id"].as_str().expect("a module");
    let of_module = export(&["--modules", module]);
    assert!(of_module.as_array().is_some_and(|it| it.iter().all(|record| record["learningModule"]["id"] == module)));
    let blank = harness.command().args(["lms", "export", "records", "--of", ""]).assert().code(2);
    assert!(text(&blank.get_output().stderr).contains("whole site"));
}

#[test]
fn certificates_and_reports_become_files() {
    let harness = harness(30);
    let arguments = ["lms", "export", "certificates", "--on-behalf-of", MANAGER, "--out", "certificates"];
    insta::assert_snapshot!(harness.run(&[&arguments[..], &["--columns", "award,outcome,file"]].concat()));
    let folder = harness.home.path().join("certificates");
    for file in fs::read_dir(&folder).expect("a folder") {
        assert!(fs::read(file.expect("a file").path()).expect("read").starts_with(b"%PDF"));
    }
    // What is there already is left alone, unless it may be replaced.
    harness.command().args(arguments).assert().code(3);
    harness.run(&[&arguments[..], &["--overwrite"]].concat());
    let missing = ["lms", "export", "certificates", "--award", "NONE", "--out", "certificates"];
    harness.command().args(missing).assert().code(1);

    let reports = harness.json(&["lms", "export", "reports"]);
    let pathname = reports[0]["pathname"].as_str().expect("a report");
    harness.run(&["lms", "export", "reports", pathname, "--out", "report"]);
    assert!(fs::read_to_string(harness.home.path().join("report")).expect("a file").contains(','));
    harness.command().args(["lms", "export", "reports", "/nowhere", "--out", "nowhere"]).assert().code(1);
    assert!(!harness.home.path().join("nowhere").exists());
    harness.command().args(["lms", "export", "reports", pathname]).assert().code(2);
    let later = harness.json(&["lms", "export", "reports", "--from", "2024-12-15"]);
    assert!(later.as_array().map(Vec::len) < reports.as_array().map(Vec::len));
}

#[test]
fn rows_before_the_end_of_a_truncated_document_are_printed() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/ekp", listener.local_addr().expect("an address"));
    let home = tempfile::tempdir().expect("a home");
    let mut command = program();
    command.env_clear().env("HOME", home.path()).args(["--base-url", &url, "--system-key", "key", "--attempts", "1"]);
    command.args(["lms", "export", "users", "--output", "jsonl", "--columns", "id"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let (mut stream, _) = listener.accept().expect("a request");
    let _ = stream.read(&mut [0; 4096]).expect("a request");
    let document = "<users><user><id>a.roe</id></user><user><id>b.d";
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\nconnection: close\r\n\r\n";
    stream.write_all(format!("{head}{document}").as_bytes()).expect("written");
    drop(stream);
    let output = child.wait_with_output().expect("ended");
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), "{\"id\":\"a.roe\"}\n".to_owned()));
    assert!(text(&output.stderr).contains("after 1 complete record"), "{}", text(&output.stderr));
}
