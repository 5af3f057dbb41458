//! One test for each exit code.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Stdio;

use crate::support::{bare, lab, text};

#[test]
fn zero_is_success() {
    let home = tempfile::tempdir().expect("a home");
    bare(&home).args(["--sandbox", "genesys", "users", "list"]).assert().code(0);
}

#[test]
fn one_is_a_refusal_of_the_service_and_names_the_correlation_id() {
    let lab = lab(3);
    let assert = lab.command().args(["genesys", "users", "get", "nobody"]).assert().code(1);
    let message = text(&assert.get_output().stderr);
    assert!(message.contains("404") && message.contains("correlation id") && message.contains("getUser"), "{message}");
    assert!(assert.get_output().stdout.is_empty());
}

#[test]
fn two_is_wrong_usage_before_anything_is_sent() {
    let lab = lab(3);
    lab.file("list.json", "[1, 2]");
    let sent = lab.sandbox.requests().total();
    for (arguments, expected) in [
        (&["call", "genesys-users", "getusers"][..], "perhaps `getUsers` is meant"),
        (&["call", "genesys-users", "getUsers", "--params", "{\"pagesize\": 5}"], "pageSize"),
        (&["call", "genesys-users", "getUsers", "--params", "{\"pageSize\": \"five\"}"], "pageSize"),
        (&["call", "genesys-users", "getUsers", "--params", "@list.json"], "no JSON object"),
        (&["call", "genesys-users", "getUsers", "--params", "@missing.json"], "missing.json"),
        (&["call", "genesys-users", "getUsers", "--params", "{pageSize}"], "line 1, column 2"),
        (&["call", "genesys-users", "getUsers", "--param", "pageSize=five"], "whole number"),
        (&["call", "genesys-users", "patchUser", "--body", "{}"], "userId"),
        (&["call", "genesys-users", "deleteUser", "--param", "userId=.."], "userId"),
        (&["call", "session-clusters", "getUsers", "--token", "t"], "--token"),
        (&["call", "peoplefluent-lms", "records", "--query", "[]"], "--query"),
        (&["genesys", "users", "list", "--query", "[?"], "--query"),
        (&["genesys", "users", "list", "--columns", "id,,name"], "--columns"),
        (&["genesys", "users", "list", "--region", "eu-west-1", "--base-url", "http://127.0.0.1:9"], "--base-url"),
        (&["genesys", "users", "list", "--region", "atlantis"], "region"),
        (&["genesys", "users", "list", "--limit", "0"], "--limit"),
        (&["genesys", "users", "update", "u-1"], "nothing to write"),
        (&["genesys", "users", "update", "u-1", "--set", "titel=x"], "titel"),
        (&["genesys", "users", "create", "--set", "password=hunter2"], "command line"),
        (&["genesys", "users", "create", "--from", "people.txt"], "--input-format"),
        (&["--sandbox", "--base-url", "http://127.0.0.1:9", "genesys", "users", "list"], "--sandbox"),
        (&["genesys", "users", "list", "--sandbox-users", "3"], "--sandbox"),
        (&["ops", "--token", "t"], "--token"),
        (&["ops", "show", "getusr"], "perhaps `getUser`"),
        (&["--profile", "nowhere", "genesys", "users", "list"], "no profile `nowhere`"),
        (&["unknown"], "unrecognized subcommand"),
    ] {
        let assert = lab.command().args(arguments).assert().code(2);
        let message = text(&assert.get_output().stderr);
        assert!(message.contains(expected), "{arguments:?}: {message}");
        assert!(!message.contains("hunter2"), "{message}");
        assert!(assert.get_output().stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(lab.sandbox.requests().total(), sent);
}

#[test]
fn three_is_a_part_that_failed() {
    let lab = lab(3);
    let people =
        lab.file("people.jsonl", "{\"name\":\"Sample Person\",\"email\":\"sample@example.com\"}\n{\"name\":\"B\"}\n");
    let people = people.to_str().expect("a path");
    lab.command().args(["genesys", "users", "create", "--from", people]).assert().code(3);
}

#[test]
fn four_is_authentication() {
    let lab = lab(3);
    let home = tempfile::tempdir().expect("a home");
    let refused = lab.command().args(["--token", "wrong", "genesys", "users", "list"]).assert().code(4);
    assert!(text(&refused.get_output().stderr).contains("401"));
    bare(&home).args(["--sandbox", "--api-key", "wrong", "call", "session-clusters", "getUsers"]).assert().code(4);
    let missing = bare(&home).args(["--region", "eu-west-1", "genesys", "users", "list"]).assert().code(4);
    assert!(text(&missing.get_output().stderr).contains("--help"));
}

#[test]
fn five_is_the_network() {
    let lab = lab(0);
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port();
    let url = format!("http://127.0.0.1:{port}");
    let assert =
        lab.command().args(["--base-url", &url, "--attempts", "1", "genesys", "users", "list"]).assert().code(5);
    assert!(!text(&assert.get_output().stderr).is_empty());
}

#[test]
fn a_reader_that_has_enough_is_no_failure() {
    let lab = lab(2000);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("rosterkit"));
    command.env_clear().env("HOME", lab.home.path());
    command.env("GENESYSCLOUD_BASE_URL", lab.sandbox.genesys_url());
    command.env("GENESYSCLOUD_ACCESS_TOKEN", lab.sandbox.credentials().genesys_token);
    command.args(["genesys", "users", "list", "--all", "--output", "jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
    let mut first = [0; 1];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("a byte");
    let output = child.wait_with_output().expect("ended");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
}

#[test]
#[cfg(unix)]
fn a_signal_ends_it_and_leaves_nothing_half_written() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let lab = lab(0);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("rosterkit"));
        command.env_clear().env("HOME", lab.home.path()).current_dir(lab.home.path());
        command.args([
            "--base-url",
            &url,
            "--token",
            "t",
            "call",
            "peoplefluent-lms",
            "records",
            "--out",
            "records.xml",
        ]);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("started");
        let (mut stream, _) = listener.accept().expect("a request");
        let _ = stream.read(&mut [0; 4096]).expect("a request");
        // Half an answer: the rest never comes.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/xml\r\ncontent-length: 1000\r\n\r\n<trainingHistory>";
        stream.write_all(head.as_bytes()).expect("written");
        let kill = std::process::Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        assert!(kill.is_ok_and(|status| status.success()));
        let output = child.wait_with_output().expect("ended");
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(code), String::new()));
        assert_eq!(std::fs::read_dir(lab.home.path()).expect("the home").count(), 0);
    }
}
