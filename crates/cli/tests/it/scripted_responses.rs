//! Commands against a service that gives every request the same response.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::exit_codes::message;
use crate::support::{bare, program, text};

/// A service that gives every request this body, with status 200.
fn answering(body: &'static str) -> String {
    responding("200 OK", body)
}

/// A service that gives every request this status and body.
fn responding(status: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = std::io::BufReader::new(stream.expect("a connection"));
            let (mut line, mut length) = (String::new(), 0);
            while std::io::BufRead::read_line(&mut stream, &mut line).is_ok_and(|read| read > 2) {
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().expect("a length");
                }
                line.clear();
            }
            let _ = (&mut stream).take(length).read_to_end(&mut Vec::new());
            let head =
                format!("HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n", body.len());
            let _ = stream.get_mut().write_all(format!("{head}connection: close\r\n\r\n{body}").as_bytes());
        }
    });
    url
}

#[test]
fn a_response_without_the_expected_shape_is_no_success() {
    let home = tempfile::tempdir().expect("a home");
    for body in ["{}", "[]", "null", "{\"other\":1}", "\"text\"", "7"] {
        let url = answering(body);
        for (arguments, may_be_applied) in [
            (&["genesys", "users", "get", "u-1"][..], false),
            (&["genesys", "users", "get", "u-1", "--expand", "presence"], false),
            (&["genesys", "users", "list"], false),
            (&["genesys", "users", "search", "an"], false),
            (&["genesys", "skills", "list", "u-1"], false),
            (&["genesys", "queues", "list", "u-1"], false),
            (&["genesys", "skills", "list"], false),
            (&["genesys", "queues", "list"], false),
            (&["genesys", "languages", "list"], false),
            (&["genesys", "divisions", "list"], false),
            (&["genesys", "roles", "list"], false),
            (&["genesys", "stations", "list"], false),
            (&["genesys", "groups", "list"], false),
            (&["genesys", "groups", "list", "--name", "x"], false),
            (&["genesys", "locations", "list"], false),
            (&["genesys", "presences", "list"], false),
            (&["genesys", "presences", "get", "p-1"], false),
            (&["genesys", "presence-sources", "list"], false),
            (&["genesys", "presence-sources", "get", "s-1"], false),
            (&["genesys", "activities", "list", "--mine"], false),
            (&["genesys", "activities", "get", "a-1", "--type", "Coaching"], false),
            (&["genesys", "users", "create", "--set", "name=Sample", "--set", "email=s@example.com"], true),
            (&["genesys", "users", "update", "u-1", "--set", "title=x", "--version", "3"], true),
            (&["genesys", "users", "update", "u-1", "--set", "title=x"], false),
            (&["genesys", "skills", "set", "u-1", "5e5e5e5e-0000-4000-8000-00000000000a=2"], true),
            (&["genesys", "skills", "set", "u-1", "--none"], true),
            (&["genesys", "skills", "add", "u-1", "5e5e5e5e-0000-4000-8000-00000000000a=2"], true),
            (&["genesys", "jobs", "run", "details", "--interval", "2024-12-02/2024-12-03"], true),
            (&["sessions", "deactivate", "r-1"], true),
        ] {
            let arguments = [&["--base-url", &url, "--attempts", "1"], arguments].concat();
            let key = if arguments.contains(&"sessions") { ["--api-key", "k"] } else { ["--token", "t"] };
            let told = message(bare(&home).args(key).args(&arguments), 1);
            let says_so = told.contains("check before retrying") || told.contains("before sending it again");
            assert_eq!(says_so, may_be_applied, "{body} for {arguments:?}: {told}");
        }
    }
}

#[test]
fn a_response_to_a_write_that_cannot_be_printed_as_asked_is_a_success() {
    let home = tempfile::tempdir().expect("a home");
    let url = answering(
        "{\"id\":\"u-1\",\"name\":\"Sample Person\",\"entities\":[{\"id\":\"5e5e5e5e-0000-4000-8000-00000000000a\"}]}",
    );
    let body = "{\"name\":\"Sample Person\",\"email\":\"s@example.com\"}";
    for (arguments, shown) in [
        (&["genesys", "users", "create", "--set", "name=Sample", "--set", "email=s@example.com"][..], "Sample Person"),
        (&["genesys", "users", "update", "u-1", "--set", "title=x", "--version", "3"], "Sample Person"),
        (
            &["genesys", "skills", "set", "u-1", "5e5e5e5e-0000-4000-8000-00000000000a=2"],
            "5e5e5e5e-0000-4000-8000-00000000000a",
        ),
        (&["genesys", "skills", "add", "u-1", "5e5e5e5e-0000-4000-8000-00000000000a=2"], "accepted"),
        (&["genesys", "queues", "join", "u-1", "5e5e5e5e-0000-4000-8000-00000000000a"], "accepted"),
        (&["call", "genesys-users", "postUsers", "--body", body], "Sample Person"),
    ] {
        for output in ["json", "jsonl", "table", "yaml"] {
            let mut command = bare(&home);
            command.args(["--base-url", &url, "--token", "t"]).args(arguments);
            // The function exists, but takes no objects.
            let assert = command.args(["--query", "abs(@)", "--output", output]).assert().code(0);
            let (stdout, told) = (text(&assert.get_output().stdout), text(&assert.get_output().stderr));
            assert!(stdout.contains(shown), "{arguments:?}: {stdout}");
            assert!(told.contains("--query does not match the data"), "{arguments:?}: {told}");
        }
        if cfg!(target_os = "linux") {
            let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
            let mut command = program();
            command.env_clear().env("HOME", home.path()).args(["--base-url", &url, "--token", "t"]).args(arguments);
            let output = command.stdout(full).output().expect("ended");
            let told = text(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{arguments:?}: {told}");
            assert!(told.contains("cannot write standard output"), "{arguments:?}: {told}");
        }
    }
}

#[test]
fn code_5_is_a_service_that_is_down_after_twenty_items_unless_the_run_keeps_going() {
    let home = tempfile::tempdir().expect("a home");
    let items: String = (0..30).map(|number| format!("{{\"id\":\"u-{number}\"}}\n")).collect();
    std::fs::write(home.path().join("leavers.jsonl"), &items).expect("written");
    for status in ["503 Service Unavailable", "503 Service Unavailable\r\nretry-after: 0", "500 Internal Server Error"]
    {
        let url = responding(status, "{}");
        let delete = ["genesys", "users", "delete", "--from", "leavers.jsonl", "--failed", "failed.jsonl", "--yes"];
        let arguments = [&["--base-url", &url, "--token", "t", "--attempts", "1"][..], &delete].concat();
        let told = message(bare(&home).args(&arguments).args(["--concurrency", "1"]), 5);
        assert!(told.contains("20 requests in a row failed"), "{status}: {told}");
        assert!(told.contains("10 not sent, 20 unknown"), "{status}: {told}");
        let failed = std::fs::read_to_string(home.path().join("failed.jsonl")).expect("a file");
        assert_eq!(failed, items, "{status}");
        let told = message(bare(&home).args(&arguments).arg("--keep-going"), 3);
        assert!(told.contains("30 unknown"), "{status}: {told}");
    }
}
